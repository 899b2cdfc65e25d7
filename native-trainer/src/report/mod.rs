//! The table, for people and for machines: `report.json`, `report.html` and what a terminal shows.
//!
//! All three are views of one [`Summary`], so that they cannot disagree.

mod alignment;
mod differences;
mod html;
mod json;
mod lines;
pub(crate) mod page;
pub(crate) mod plots;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use lines::{Line, LinePlot};
pub use plots::Role;
pub(crate) use text::milliseconds;

pub use alignment::{AlignmentSummary, CkaSummary};
pub(crate) use json::name as name_of_model;
pub use json::{
    Build, Comparison, DataSummary, Machine, MeanStd, Measured, MetricsSummary, ModelSummary, SeedSummary, Slice,
    SliceModel, Summary,
};

use crate::analysis::{Alignment, Cost, held_bytes};
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
    alignments: BTreeMap<Model, Vec<Alignment>>,
    text_dim: Option<usize>,
}

impl Report {
    /// Adds the rows of one seed.
    pub fn add(&mut self, seed: u64, rows: &[Row]) {
        self.seeds.push(seed);
        for row in rows {
            self.rows.entry(row.model).or_default().push((seed, row.clone()));
        }
    }

    /// Adds what else is measured of one seed: how alike teacher and students are, and how wide the text vectors were that the
    /// teacher read.
    pub fn add_analysis(&mut self, alignments: &[Alignment], text_dim: Option<usize>) {
        for alignment in alignments {
            self.alignments.entry(alignment.student).or_default().push(*alignment);
        }
        self.text_dim = text_dim.or(self.text_dim);
    }

    /// Everything that a report says: means, deviations, comparisons and what follows from them.
    pub fn summary(&self, data: &Dataset, settings: &Settings, command: &str) -> Summary {
        let n_test_users = (0..data.n_users()).filter(|&user| !data.test.hyperedges_of(user).is_empty()).count();
        let everybody = |_| true;
        let mut models: Vec<ModelSummary> = self
            .rows
            .iter()
            .filter_map(|(&model, rows)| {
                let of_users = self.of_users(model, &everybody)?;
                Some(ModelSummary::of(model, rows, model.hyper(settings), standard_error(&of_users)))
            })
            .collect();
        self.add_costs(&mut models, data);
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
            comparisons: self.comparisons(&everybody),
            slices: self.cold_start(data).into_iter().collect(),
            cka: self.alignments.iter().map(|(&student, of)| AlignmentSummary::of(student, of)).collect(),
            retention,
            distillation_gain,
            speedup,
            models,
            command: command.to_owned(),
            versions: Build::this(),
            machine: Machine::this(),
        }
    }

    /// Bytes held, and the index beside the teacher.
    fn add_costs(&self, models: &mut [ModelSummary], data: &Dataset) {
        for row in models.iter_mut() {
            let n_parameters = (row.params, row.params_without_embeddings);
            row.held_bytes = held_bytes(row.model, n_parameters, data, self.text_dim);
        }
        let cost = |row: &ModelSummary| {
            let one_user_ms = row.latency_ms?.one_user.p50;
            Some(Cost { one_user_ms, held_bytes: row.held_bytes?, params: row.params })
        };
        let Some(teacher) = models.iter().find(|row| row.model == Model::Teacher).and_then(cost) else { return };
        for row in models {
            row.dci = cost(row).and_then(|cost| cost.index(&teacher));
        }
    }

    /// The student against every other row, the teacher against EASE^R, and each with text against itself without.
    fn comparisons(&self, of: &dyn Fn(usize) -> bool) -> Vec<Comparison> {
        let others = Model::ALL.into_iter().filter(|&model| model != Model::Student && !model.is_without_text());
        let with_text = [(Model::Teacher, Model::TeacherNoText), (Model::Student, Model::StudentNoText)];
        let pairs: Vec<(Model, Model)> = others
            .map(|other| (Model::Student, other))
            .chain([(Model::Teacher, Model::Ease)])
            .chain(with_text)
            .filter(|(a, b)| self.rows.contains_key(a) && self.rows.contains_key(b))
            .collect();
        let difference = |&(a, b): &(Model, Model)| -> Option<Vec<f64>> {
            Some(self.of_users(a, of)?.iter().zip(self.of_users(b, of)?).map(|(a, b)| a - b).collect())
        };
        let differences: Vec<Vec<f64>> = pairs.iter().filter_map(difference).collect();
        let intervals = paired_bootstrap(&differences, self.seeds.first().copied().unwrap_or_default());
        pairs.iter().zip(intervals).map(|(&(a, b), interval)| Comparison::of(a, b, interval)).collect()
    }

    /// The third of the users with the fewest training likes, and all who have as few as they.
    fn cold_start(&self, data: &Dataset) -> Option<Slice> {
        let n_likes = |user: usize| data.train.node_degree(user);
        let mut tested: Vec<usize> =
            (0..data.n_users()).filter(|&user| !data.test.hyperedges_of(user).is_empty()).map(n_likes).collect();
        tested.sort_unstable();
        let most = *tested.get(tested.len().div_ceil(3).checked_sub(1)?)?;
        let is_cold = |user: usize| n_likes(user) <= most;
        let models = self.rows.keys().filter_map(|&name| {
            let of_users = self.of_users(name, &is_cold)?;
            Some(SliceModel { name, ndcg_10: of_users.iter().sum::<f64>() / of_users.len().max(1) as f64 })
        });
        Some(Slice {
            name: "cold-start",
            users: format!("users with at most {most} training likes"),
            n_test_users: tested.iter().filter(|&&n| n <= most).count(),
            models: models.collect(),
            comparisons: self.comparisons(&is_cold),
        })
    }

    /// NDCG@10 on test of every one of some users who has a test item, averaged over seeds.
    fn of_users(&self, model: Model, of: &dyn Fn(usize) -> bool) -> Option<Vec<f64>> {
        let rows = self.rows.get(&model)?;
        let of_seed = |row: &Row| -> Vec<f64> {
            let of_users = row.test.of_users.iter().enumerate().filter(|(user, _)| of(*user));
            of_users.filter_map(|(_, metrics)| metrics.map(|(at_10, _)| at_10.ndcg)).collect()
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
        write_both(folder, &self.to_json(), &self.to_html())
    }
}

/// Writes a report for machines and one for people into the folder of `--report`, whole or not at all.
///
/// # Errors
/// The folder cannot be written to.
pub(crate) fn write_both(folder: &Path, json: &str, html: &str) -> Result<[PathBuf; 2], ExportError> {
    let json = format!("{json}\n");
    write_files(folder, "--report", &[(JSON_FILE, json.as_bytes()), (HTML_FILE, html.as_bytes())])?;
    Ok([folder.join(JSON_FILE), folder.join(HTML_FILE)])
}

/// Of a mean over users.
fn standard_error(of_users: &[f64]) -> f64 {
    MeanStd::of(of_users.iter().copied()).std / (of_users.len() as f64).max(1.0).sqrt()
}

/// None where either is missing, or nothing can be divided by.
fn ratio(of: Option<f64>, to: Option<f64>) -> Option<f64> {
    to.filter(|&to| to > 0.0).and_then(|to| Some(of? / to))
}
