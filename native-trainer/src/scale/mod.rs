//! What training and answers cost as data grow: sizes measured one by one, and the laws fitted to them.
//!
//! | file | what it is |
//! |---|---|
//! | `measure` | one size, in a process of its own |
//! | `clock` | time of the processor |
//! | `law` | power laws by least squares, with their error |
//! | `series` | what is fitted against what, and what is expected of it |
//! | `page` | the report for people |

mod clock;
mod law;
mod measure;
mod page;
mod series;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use clock::Cost;
pub use law::Law;
pub use measure::{
    AllUsers, Answer, MeasureError, Measurement, N_RANKED, N_SAMPLED_ITEMS, N_STEPS, Training, measure, settings, sizes,
};
pub use series::{Fitted, fitted};

use crate::export::ExportError;
use crate::report::{self, Build, Machine};

/// All sizes, and what follows from them.
#[derive(Debug, Serialize)]
pub struct Study {
    /// Measured, smallest first.
    pub sizes: Vec<Measurement>,
    /// Asked for and not measured.
    pub left_out: Vec<LeftOut>,
    /// The laws.
    pub laws: Vec<Fitted>,
    /// What they say of the student, in a sentence each.
    pub verdicts: Vec<String>,
    /// Of data and draws.
    pub seed: u64,
    /// Of each measurement.
    pub threads: u32,
    /// What makes it again.
    pub command: String,
    /// What ran.
    pub versions: Build,
    /// On what.
    pub machine: Machine,
}

/// A size that has no measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Users and items.
    pub n_nodes: usize,
    /// Why.
    pub reason: String,
}

impl Study {
    /// Fits what was measured.
    pub fn new(sizes: Vec<Measurement>, left_out: Vec<LeftOut>, (seed, threads): (u64, u32), command: String) -> Self {
        let laws = fitted(&sizes);
        let verdicts = series::verdicts(&laws, &sizes);
        let machine = Machine { n_threads: threads as usize, ..Machine::this() };
        Self { sizes, left_out, laws, verdicts, seed, threads, command, versions: Build::this(), machine }
    }

    /// Writes `report.json` and `report.html` into a folder, whole or not at all.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn write(&self, folder: &Path) -> Result<[PathBuf; 2], ExportError> {
        report::write_both(folder, &self.to_json(), &self.to_html())
    }

    /// Indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// For a terminal.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{:>9} {:>9}  {:>11} {:>11}  {:>10} {:>10}  {:>12} {:>12} {:>12}\n",
            "nodes",
            "edges",
            "epoch T (s)",
            "epoch S (s)",
            "peak T",
            "peak S",
            "one user T",
            "all emb. S",
            "one user S"
        );
        for size in &self.sizes {
            let peak = |training: &Training| training.peak_bytes.map_or("?".to_owned(), crate::memory::in_words);
            text += &format!(
                "{:>9} {:>9}  {:>11.2} {:>11.2}  {:>10} {:>10}  {:>9.1} ms {:>9.1} ms {:>9.3} ms\n",
                size.n_nodes,
                size.n_edges,
                size.teacher.epoch.cpu_s,
                size.student.epoch.cpu_s,
                peak(&size.teacher),
                peak(&size.student),
                size.teacher_one_user.cpu_ms,
                size.student_convolution.cpu_ms,
                size.student_one_user.cpu_ms
            );
        }
        text += "T teacher, S student; seconds and milliseconds of the processor\n";
        self.laws.iter().for_each(|law| text += &format!("{}\n", law.in_words()));
        self.verdicts.iter().for_each(|verdict| text += &format!("{verdict}\n"));
        for LeftOut { n_nodes, reason } in &self.left_out {
            text += &format!("left out: {n_nodes} nodes: {reason}\n");
        }
        text
    }
}
