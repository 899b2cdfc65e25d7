//! The schema of `--json` and `report.json` (DESIGN.md).

use serde::{Serialize, Serializer};
use serde_json::Value;
use sharp_distill::metrics::Metrics;

use super::alignment::AlignmentSummary;
use crate::bootstrap::Interval;
use crate::data::Dataset;
use crate::latency::Latencies;
use crate::models::Model;
use crate::ops::plain_numbers;
use crate::pipeline::Row;

/// Everything that a report says.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// What was trained and tested on.
    pub data: DataSummary,
    /// One training of each model that is not closed-form for every seed.
    pub seeds: Vec<u64>,
    /// In the order of the table.
    pub models: Vec<ModelSummary>,
    /// Differences with their intervals.
    pub comparisons: Vec<Comparison>,
    /// The same for some of the users.
    pub slices: Vec<Slice>,
    /// How alike teacher and students see users and items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cka: Vec<AlignmentSummary>,
    /// NDCG@10 of the student over that of the teacher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<f64>,
    /// NDCG@10 of the distilled student over that of the same student from scratch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distillation_gain: Option<f64>,
    /// Median latency of the teacher over that of the student, one user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speedup: Option<f64>,
    /// What was typed.
    pub command: String,
    /// What ran.
    pub versions: Build,
    /// What it ran on.
    pub machine: Machine,
}

/// The models on some of the users.
#[derive(Debug, Clone, Serialize)]
pub struct Slice {
    /// Its name.
    pub name: &'static str,
    /// Which users these are, in words.
    pub users: String,
    /// How many.
    pub n_test_users: usize,
    /// NDCG@10 of every model, in the order of the table.
    pub models: Vec<SliceModel>,
    /// Differences with their intervals.
    pub comparisons: Vec<Comparison>,
}

/// One model on some of the users.
#[derive(Debug, Clone, Serialize)]
pub struct SliceModel {
    /// Which.
    #[serde(serialize_with = "name")]
    pub name: Model,
    /// NDCG@10 on test, over the seeds.
    #[serde(rename = "ndcg@10")]
    pub ndcg_10: f64,
}

/// The data set in numbers.
#[derive(Debug, Clone, Serialize)]
pub struct DataSummary {
    /// Its name.
    pub name: String,
    /// sha256 of the file.
    pub sha256: String,
    /// How it was split, in words.
    pub split: String,
    /// Users.
    pub n_users: usize,
    /// Items.
    pub n_items: usize,
    /// Likes trained on.
    pub n_train: usize,
    /// Likes that choices are made on.
    pub n_valid: usize,
    /// Likes reported on.
    pub n_test: usize,
    /// Users with at least one of those: what every mean is over.
    pub n_test_users: usize,
}

impl DataSummary {
    pub(crate) fn of(data: &Dataset, n_test_users: usize) -> Self {
        Self {
            name: data.name.clone(),
            sha256: data.sha256.clone(),
            split: data.split.clone(),
            n_users: data.n_users(),
            n_items: data.n_items(),
            n_train: data.train.n_memberships(),
            n_valid: data.valid.n_memberships(),
            n_test: data.test.n_memberships(),
            n_test_users,
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Serialize)]
pub struct ModelSummary {
    /// Which model.
    #[serde(rename = "name", serialize_with = "name")]
    pub model: Model,
    /// Learned numbers.
    pub params: usize,
    /// Those that are no embedding.
    pub params_without_embeddings: usize,
    /// The settings it depends on.
    pub hyper: Value,
    /// On test.
    pub metrics: MetricsSummary<MeanStd>,
    /// On validation.
    pub validation: MetricsSummary<MeanStd>,
    /// Of NDCG@10 on test, from the choice of users: how far another sample of as many users may be off.
    pub standard_error: f64,
    /// Training, evaluation not included.
    pub train_seconds: MeanStd,
    /// What the means are of.
    pub per_seed: Vec<SeedSummary>,
    /// What an answer takes, where it was measured.
    pub latency_ms: Option<Latencies>,
    /// Bytes that a deployment must hold to answer, where that is counted: [`crate::analysis::RULE`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_bytes: Option<u64>,
    /// The deployment cost index beside the teacher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dci: Option<f64>,
}

/// A model by its name.
pub(crate) fn name<S: Serializer>(model: &Model, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(model.name())
}

/// One row of one seed.
#[derive(Debug, Clone, Serialize)]
pub struct SeedSummary {
    /// The seed.
    pub seed: u64,
    /// On test.
    pub metrics: MetricsSummary<f64>,
    /// On validation.
    pub validation: MetricsSummary<f64>,
    /// Training, evaluation not included.
    pub train_seconds: f64,
}

/// The eight metrics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MetricsSummary<T> {
    /// NDCG@10.
    #[serde(rename = "ndcg@10")]
    pub ndcg_10: T,
    /// Recall@10.
    #[serde(rename = "recall@10")]
    pub recall_10: T,
    /// Precision@10.
    #[serde(rename = "precision@10")]
    pub precision_10: T,
    /// HitRate@10.
    #[serde(rename = "hit@10")]
    pub hit_10: T,
    /// NDCG@20.
    #[serde(rename = "ndcg@20")]
    pub ndcg_20: T,
    /// Recall@20.
    #[serde(rename = "recall@20")]
    pub recall_20: T,
    /// Precision@20.
    #[serde(rename = "precision@20")]
    pub precision_20: T,
    /// HitRate@20.
    #[serde(rename = "hit@20")]
    pub hit_20: T,
}

/// At 10 and at 20.
pub type Measured = (Metrics, Metrics);

impl<T> MetricsSummary<T> {
    fn of(value: impl Fn(&dyn Fn(&Measured) -> f64) -> T) -> Self {
        Self {
            ndcg_10: value(&|at| at.0.ndcg),
            recall_10: value(&|at| at.0.recall),
            precision_10: value(&|at| at.0.precision),
            hit_10: value(&|at| at.0.hit),
            ndcg_20: value(&|at| at.1.ndcg),
            recall_20: value(&|at| at.1.recall),
            precision_20: value(&|at| at.1.precision),
            hit_20: value(&|at| at.1.hit),
        }
    }
}

/// Over seeds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct MeanStd {
    /// The mean.
    pub mean: f64,
    /// The sample standard deviation; 0 of a single value.
    pub std: f64,
}

impl MeanStd {
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.collect();
        let n = values.len() as f64;
        // Relative to the first: equal values have exactly themselves as their mean, and no deviation.
        let origin = values.first().copied().unwrap_or_default();
        let mean = origin + values.iter().map(|value| value - origin).sum::<f64>() / n.max(1.0);
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        Self { mean, std: variance.sqrt() }
    }
}

impl ModelSummary {
    pub(crate) fn of(model: Model, rows: &[(u64, Row)], hyper: Value, standard_error: f64) -> Self {
        let test = |row: &Row| (row.test.at_10, row.test.at_20);
        let valid = |row: &Row| (row.valid.at_10, row.valid.at_20);
        let over_seeds = |of: &dyn Fn(&Row) -> Measured| {
            MetricsSummary::of(|value| MeanStd::of(rows.iter().map(|(_, row)| value(&of(row)))))
        };
        let seed = |(seed, row): &(u64, Row)| SeedSummary {
            seed: *seed,
            metrics: MetricsSummary::of(|value| value(&test(row))),
            validation: MetricsSummary::of(|value| value(&valid(row))),
            train_seconds: row.train_seconds,
        };
        let (params, params_without_embeddings) = rows.first().map(|(_, row)| row.n_parameters).unwrap_or_default();
        Self {
            model,
            params,
            params_without_embeddings,
            hyper: plain_numbers(hyper),
            metrics: over_seeds(&test),
            validation: over_seeds(&valid),
            standard_error,
            train_seconds: MeanStd::of(rows.iter().map(|(_, row)| row.train_seconds)),
            per_seed: rows.iter().map(seed).collect(),
            latency_ms: rows.iter().find_map(|(_, row)| row.latencies),
            held_bytes: None,
            dci: None,
        }
    }
}

/// `a` minus `b`, users paired.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The one.
    #[serde(serialize_with = "name")]
    pub a: Model,
    /// The other.
    #[serde(serialize_with = "name")]
    pub b: Model,
    /// What is compared.
    pub metric: &'static str,
    /// How far apart, and how sure.
    #[serde(flatten)]
    pub interval: Interval,
}

impl Comparison {
    pub(super) fn of(a: Model, b: Model, interval: Interval) -> Self {
        Self { a, b, metric: "ndcg@10", interval }
    }

    /// What the interval says, in a word.
    pub fn verdict(&self) -> &'static str {
        match (self.interval.is_clear(), self.interval.difference > 0.0) {
            (false, _) => "no clear difference",
            (true, true) => "better",
            (true, false) => "worse",
        }
    }
}

/// What ran.
#[derive(Debug, Clone, Serialize)]
pub struct Build {
    /// Version of this program.
    #[serde(rename = "native-trainer")]
    pub program: &'static str,
    /// How it was compiled; latencies depend on it.
    pub profile: &'static str,
}

impl Build {
    pub(crate) fn this() -> Self {
        let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
        Self { program: env!("CARGO_PKG_VERSION"), profile }
    }
}

/// What it ran on: nothing that names somebody's machine.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Threads used.
    pub n_threads: usize,
    /// Name of the processor, where the system tells.
    pub cpu: Option<String>,
    /// Architecture.
    pub arch: &'static str,
    /// The GPU that trained, if one did: number and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu: Option<String>,
}

impl Machine {
    pub(crate) fn this() -> Self {
        let cpu = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        let gpu = crate::device::gpu_in_use().map(str::to_owned);
        Self { n_threads: rayon::current_num_threads(), cpu, arch: std::env::consts::ARCH, gpu }
    }

    /// `PROCESSOR (x86_64), 2 threads`
    pub(crate) fn in_words(&self) -> String {
        let cpu = self.cpu.as_deref().unwrap_or("an unnamed processor");
        format!("{cpu} ({}), {} threads", self.arch, self.n_threads)
    }
}

impl Summary {
    /// The schema, indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
