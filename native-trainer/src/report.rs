//! The table, for people and for machines.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sharp_distill::metrics::Metrics;

use crate::data::Dataset;
use crate::models::Model;
use crate::pipeline::Row;
use crate::settings::Settings;

/// Rows of one or more seeds.
#[derive(Debug, Default)]
pub struct Report {
    seeds: Vec<u64>,
    rows: BTreeMap<Model, Vec<Row>>,
}

impl Report {
    /// Adds the rows of one seed.
    pub fn add(&mut self, seed: u64, rows: &[Row]) {
        self.seeds.push(seed);
        for row in rows {
            self.rows.entry(row.model).or_default().push(row.clone());
        }
    }

    /// The schema of DESIGN.md.
    pub fn to_json(&self, data: &Dataset, settings: &Settings) -> Value {
        let models: Vec<Value> = self
            .rows
            .iter()
            .filter_map(|(&model, rows)| {
                let (all, without_embeddings) = rows.first()?.n_parameters;
                Some(json!({
                    "name": model.name(),
                    "params": all,
                    "params_without_embeddings": without_embeddings,
                    "hyper": model.hyper(settings),
                    "metrics": metrics_json(rows, |row| (row.test.at_10, row.test.at_20)),
                    "validation": metrics_json(rows, |row| (row.valid.at_10, row.valid.at_20)),
                    "latency_ms": rows.iter().find_map(|row| row.latencies),
                }))
            })
            .collect();
        json!({
            "data": {
                "name": data.name,
                "split": data.split,
                "n_users": data.n_users(),
                "n_items": data.n_items(),
                "n_train": data.train.n_memberships(),
                "n_valid": data.valid.n_memberships(),
                "n_test": data.test.n_memberships(),
            },
            "seeds": self.seeds,
            "models": models,
        })
    }

    /// The table, and what it is about.
    pub fn to_text(&self, data: &Dataset) -> String {
        let mut text = format!(
            "{}: {} users, {} items, {} training likes, {} held out for validation, {} for test; split {}\n",
            data.name,
            data.n_users(),
            data.n_items(),
            data.train.n_memberships(),
            data.valid.n_memberships(),
            data.test.n_memberships(),
            data.split
        );
        let seeds = self.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        text += &format!("held-out test items, mean over users; seed {seeds}\n\n");
        text += &format!(
            "{:<16} {:>10} {:>9} {:>12} {:>8} {:>9} {:>9} {:>14}\n",
            "model", "NDCG@10", "Recall@10", "Precision@10", "Hit@10", "NDCG@20", "Recall@20", "valid NDCG@10"
        );
        for (model, rows) in &self.rows {
            let of = |value: fn(&Row) -> f64| mean_std(rows.iter().map(value)).0;
            text += &format!(
                "{:<16} {:>10.4} {:>9.4} {:>12.4} {:>8.4} {:>9.4} {:>9.4} {:>14.4}\n",
                model.name(),
                of(|row| row.test.at_10.ndcg),
                of(|row| row.test.at_10.recall),
                of(|row| row.test.at_10.precision),
                of(|row| row.test.at_10.hit),
                of(|row| row.test.at_20.ndcg),
                of(|row| row.test.at_20.recall),
                of(|row| row.valid.at_10.ndcg),
            );
        }
        text
    }
}

/// One of the four metrics.
type MetricOf = fn(&Metrics) -> f64;

fn metrics_json(rows: &[Row], of: impl Fn(&Row) -> (Metrics, Metrics)) -> Value {
    let mut fields = Map::new();
    let names: [(&str, MetricOf); 4] = [
        ("ndcg", |metrics| metrics.ndcg),
        ("recall", |metrics| metrics.recall),
        ("precision", |metrics| metrics.precision),
        ("hit", |metrics| metrics.hit),
    ];
    for (name, value) in names {
        let both = [
            ("10", mean_std(rows.iter().map(|row| value(&of(row).0)))),
            ("20", mean_std(rows.iter().map(|row| value(&of(row).1)))),
        ];
        for (k, (mean, std)) in both {
            fields.insert(format!("{name}@{k}"), json!({"mean": mean, "std": std}));
        }
    }
    Value::Object(fields)
}

/// Mean and sample standard deviation; 0 for a single value.
fn mean_std(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, variance.sqrt())
}
