//! The table, for people and for machines: `report.json`, `report.html` and what a terminal shows.
//!
//! All three are views of one [`Summary`], so that they cannot disagree.

mod html;
mod json;
mod plots;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use json::{
    Build, Comparison, DataSummary, Machine, MeanStd, Measured, MetricsSummary, ModelSummary, SeedSummary, Summary,
};

use crate::bootstrap::paired_bootstrap;
use crate::data::Dataset;
use crate::export::{ExportError, write_files};
use crate::models::Model;
use crate::pipeline::Row;
use crate::settings::Settings;

/// Name of the report for machines.
pub const JSON_FILE: &str = "report.json";
/// Name of the report for people.
pub const HTML_FILE: &str = "report.html";

/// Rows of one or more seeds.
#[derive(Debug, Default)]
pub struct Report {
    seeds: Vec<u64>,
    rows: BTreeMap<Model, Vec<(u64, Row)>>,
}

impl Report {
    /// Adds the rows of one seed.
    pub fn add(&mut self, seed: u64, rows: &[Row]) {
        self.seeds.push(seed);
        for row in rows {
            self.rows.entry(row.model).or_default().push((seed, row.clone()));
        }
    }

    /// Everything that a report says: means, deviations, comparisons and what follows from them.
    pub fn summary(&self, data: &Dataset, settings: &Settings, command: &str) -> Summary {
        let n_test_users = (0..data.n_users()).filter(|&user| !data.test.hyperedges_of(user).is_empty()).count();
        let models: Vec<ModelSummary> = self
            .rows
            .iter()
            .filter_map(|(&model, rows)| {
                let of_users = self.of_users(model)?;
                Some(ModelSummary::of(model, rows, model.hyper(settings), standard_error(&of_users)))
            })
            .collect();
        let ndcg = |model: Model| Some(models.iter().find(|row| row.model == model)?.metrics.ndcg_10.mean);
        let one_user = |model: Model| {
            let row = models.iter().find(|row| row.model == model)?;
            Some(row.latency_ms?.one_user.p50)
        };
        let retention = ratio(ndcg(Model::Student), ndcg(Model::Teacher));
        let distillation_gain = ratio(ndcg(Model::Student), ndcg(Model::StudentScratch));
        let speedup = ratio(one_user(Model::Teacher), one_user(Model::Student));
        Summary {
            data: DataSummary::of(data, n_test_users),
            seeds: self.seeds.clone(),
            comparisons: self.comparisons(),
            retention,
            distillation_gain,
            speedup,
            models,
            command: command.to_owned(),
            versions: Build::this(),
            machine: Machine::this(),
        }
    }

    /// The student against every other row, and the teacher against EASE^R.
    fn comparisons(&self) -> Vec<Comparison> {
        let others = Model::ALL.into_iter().filter(|&model| model != Model::Student);
        let pairs: Vec<(Model, Model)> = others
            .map(|other| (Model::Student, other))
            .chain([(Model::Teacher, Model::Ease)])
            .filter(|(a, b)| self.rows.contains_key(a) && self.rows.contains_key(b))
            .collect();
        let difference = |&(a, b): &(Model, Model)| -> Option<Vec<f64>> {
            Some(self.of_users(a)?.iter().zip(self.of_users(b)?).map(|(a, b)| a - b).collect())
        };
        let differences: Vec<Vec<f64>> = pairs.iter().filter_map(difference).collect();
        let intervals = paired_bootstrap(&differences, self.seeds.first().copied().unwrap_or_default());
        pairs.iter().zip(intervals).map(|(&(a, b), interval)| Comparison::of(a, b, interval)).collect()
    }

    /// NDCG@10 on test of every user with a test item, averaged over seeds.
    fn of_users(&self, model: Model) -> Option<Vec<f64>> {
        let rows = self.rows.get(&model)?;
        let of_seed = |row: &Row| -> Vec<f64> {
            row.test.of_users.iter().flatten().map(|(at_10, _)| at_10.ndcg).collect::<Vec<_>>()
        };
        let mut sums = vec![0.0; of_seed(&rows.first()?.1).len()];
        for (_, row) in rows {
            sums.iter_mut().zip(of_seed(row)).for_each(|(sum, ndcg)| *sum += ndcg);
        }
        Some(sums.into_iter().map(|sum| sum / rows.len() as f64).collect())
    }
}

impl Summary {
    /// Writes `report.json` and `report.html` into a folder, whole or not at all.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn write(&self, folder: &Path) -> Result<[PathBuf; 2], ExportError> {
        let json = format!("{}\n", self.to_json());
        write_files(folder, "--report", &[(JSON_FILE, json.as_bytes()), (HTML_FILE, self.to_html().as_bytes())])?;
        Ok([folder.join(JSON_FILE), folder.join(HTML_FILE)])
    }
}

/// Of a mean over users.
fn standard_error(of_users: &[f64]) -> f64 {
    MeanStd::of(of_users.iter().copied()).std / (of_users.len() as f64).max(1.0).sqrt()
}

/// None where either is missing, or nothing can be divided by.
fn ratio(of: Option<f64>, to: Option<f64>) -> Option<f64> {
    to.filter(|&to| to > 0.0).and_then(|to| Some(of? / to))
}
