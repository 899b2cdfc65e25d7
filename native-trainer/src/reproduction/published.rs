//! What the publication says: SHARP-Distill (Forouzandeh, Moradi, Jalili; ICML 2025), the tables of its README.

use serde::Serialize;

use crate::models::Model;

/// Where the figures are from.
pub(super) const SOURCE: &str = "README of SHARP-Distill (Forouzandeh, Moradi, Jalili; ICML 2025)";
/// The published accuracies are of this data set, by its name for `--dataset`.
pub(super) const DATA_OF_ACCURACY: &str = "amazon-cds";

/// Accuracy of one model, at 10, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Accuracy {
    /// As it is called there.
    pub name: &'static str,
    /// Which row of ours it stands beside.
    #[serde(serialize_with = "crate::report::name_of_model")]
    pub model: Model,
    /// Precision@10.
    pub precision: f64,
    /// Recall@10.
    pub recall: f64,
    /// NDCG@10.
    pub ndcg: f64,
    /// Hit rate@10.
    pub hit: f64,
}

/// What an answer takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Inference {
    /// As it is called there.
    pub name: &'static str,
    /// Which row of ours it stands beside.
    #[serde(serialize_with = "crate::report::name_of_model")]
    pub model: Model,
    /// Milliseconds; of what exactly, on what machine and which data set, it does not say.
    pub milliseconds: f64,
    /// Parameters, in millions.
    pub million_params: f64,
}

/// Everything that is published, and can stand beside a run on one data set.
#[derive(Debug, Clone, Serialize)]
pub struct Published {
    /// Where it is from.
    pub source: &'static str,
    /// Accuracies; empty for data of which none are published.
    pub accuracy: Vec<Accuracy>,
    /// Latencies and sizes: the table does not say of which data set.
    pub inference: Vec<Inference>,
    /// NDCG and the like of the student over the teacher's: an average over its five data sets.
    pub retention: f64,
}

const ACCURACY: [Accuracy; 4] = [
    Accuracy { name: "LightGCN", model: Model::LightGcn, precision: 11.67, recall: 10.14, ndcg: 9.75, hit: 42.59 },
    Accuracy { name: "HCCF", model: Model::Hccf, precision: 13.96, recall: 12.05, ndcg: 11.70, hit: 49.72 },
    Accuracy { name: "HGAtt", model: Model::HgAtt, precision: 13.21, recall: 12.47, ndcg: 12.24, hit: 48.55 },
    Accuracy { name: "SHARP-Distill", model: Model::Student, precision: 13.75, recall: 13.06, ndcg: 12.17, hit: 54.42 },
];

const INFERENCE: [Inference; 3] = [
    Inference { name: "HGNN + DeBERTa", model: Model::Teacher, milliseconds: 668.23, million_params: 145.0 },
    Inference { name: "LightGCN", model: Model::LightGcn, milliseconds: 395.45, million_params: 1.5 },
    Inference { name: "SHARP-Distill", model: Model::Student, milliseconds: 9.77, million_params: 0.5 },
];

impl Published {
    /// What stands beside a run on a data set of that name.
    pub fn of(dataset: Option<&str>) -> Self {
        let accuracy = if dataset == Some(DATA_OF_ACCURACY) { ACCURACY.to_vec() } else { Vec::new() };
        Self { source: SOURCE, accuracy, inference: INFERENCE.to_vec(), retention: 0.941 }
    }
}
