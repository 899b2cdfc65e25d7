//! The full table of MODEL.md's evaluation, beside what is published, with a statement of what differs.

mod differs;
mod page;
mod published;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use differs::{Difference, Made, changed_settings, differences};
pub use published::{Accuracy, Inference, Published};

use crate::export::ExportError;
use crate::models::Model;
use crate::report::{self, MetricsSummary, Summary};

/// A model that could not be part of the table.
#[derive(Debug, Clone, Serialize)]
pub struct LeftOut {
    /// Which, or which part of it.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// One configuration, trained and measured.
#[derive(Debug, Clone, Serialize)]
pub struct Configuration {
    /// Name of its preset.
    pub preset: &'static str,
    /// What was changed of it, as `key: from -> to`.
    pub changed: Vec<String>,
    /// The table, as `evaluate` reports it.
    #[serde(flatten)]
    pub summary: Summary,
}

/// A reproduction: each configuration on the same data, split and seeds.
#[derive(Debug, Clone, Serialize)]
pub struct Reproduction {
    /// What is published.
    pub published: Published,
    /// What is not as it is published.
    pub differences: Vec<Difference>,
    /// What the table lacks.
    pub left_out: Vec<LeftOut>,
    /// The published configuration first.
    pub configurations: Vec<Configuration>,
    /// What was typed.
    pub command: String,
}

impl Reproduction {
    /// The schema, indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// What a terminal shows.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for configuration in &self.configurations {
            text += &format!("== {}\n{}\n", configuration.preset, configuration.summary.to_text());
        }
        if let Some(first) = self.configurations.first() {
            text += &self.published_text(first);
        }
        text += "What differs from the publication\n";
        for Difference { topic, text: said } in &self.differences {
            text += &format!("  {topic}: {said}\n");
        }
        for LeftOut { what, reason } in &self.left_out {
            text += &format!("  Left out: {what}, because {reason}\n");
        }
        text
    }

    fn published_text(&self, configuration: &Configuration) -> String {
        if self.published.accuracy.is_empty() {
            return String::new();
        }
        let mut text = format!(
            "Published beside {}, in %, at 10\n{:<16} {:>16} {:>16} {:>16} {:>16}\n",
            configuration.preset, "model", "precision", "recall", "NDCG", "hit rate"
        );
        for row in &self.published.accuracy {
            let cells = beside(row, configuration).map(|(published, ours)| {
                let ours = ours.map_or("–".to_owned(), |ours| format!("{ours:.2}"));
                format!(" {:>16}", format!("{published:.2} / {ours}"))
            });
            text += &format!("{:<16}{}\n", row.name, cells.concat());
        }
        text + "\n"
    }

    /// Writes `report.json` and `report.html` into a folder, whole or not at all.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn write(&self, folder: &Path) -> Result<[PathBuf; 2], ExportError> {
        report::write_both(folder, &self.to_json(), &self.to_html())
    }
}

impl Configuration {
    fn metrics(&self, model: Model) -> Option<&MetricsSummary<crate::report::MeanStd>> {
        self.summary.models.iter().find(|row| row.model == model).map(|row| &row.metrics)
    }
}

/// Precision, recall, NDCG and hit rate at 10 in percent: what is published, and ours.
fn beside(published: &Accuracy, configuration: &Configuration) -> [(f64, Option<f64>); 4] {
    let ours = configuration.metrics(published.model);
    let of = |value: fn(&MetricsSummary<crate::report::MeanStd>) -> f64| ours.map(|metrics| 100.0 * value(metrics));
    [
        (published.precision, of(|metrics| metrics.precision_10.mean)),
        (published.recall, of(|metrics| metrics.recall_10.mean)),
        (published.ndcg, of(|metrics| metrics.ndcg_10.mean)),
        (published.hit, of(|metrics| metrics.hit_10.mean)),
    ]
}
