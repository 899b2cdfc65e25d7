//! What a search says: `tune.json`, and what an interrupted one left in it.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{Choice, Search, Trial, apply, as_config};
use crate::data::Dataset;
use crate::export::{ExportError, write_files};
use crate::models::Model;
use crate::ops::plain_numbers;
use crate::report::{Build, HTML_FILE, Machine, MeanStd};
use crate::settings::Settings;

/// Every configuration and what it gave.
pub const TUNE_FILE: &str = "tune.json";
/// The best one, as `--config` takes it.
pub const BEST_FILE: &str = "best.json";

/// One configuration and what it gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// What is set.
    pub trial: Trial,
    /// NDCG@10 on validation of each seed.
    pub of_seeds: Vec<f64>,
    /// Training and validation of all seeds.
    pub seconds: f64,
}

impl Tried {
    /// The mean over the seeds: what decides.
    pub fn valid_ndcg(&self) -> f64 {
        self.of_seeds.iter().sum::<f64>() / self.of_seeds.len().max(1) as f64
    }

    /// Mean and standard deviation over the seeds.
    pub fn spread(&self) -> MeanStd {
        MeanStd::of(self.of_seeds.iter().copied())
    }

    /// What is set, in words.
    pub fn describe(&self) -> String {
        if self.trial.is_empty() { "(as it is)".to_owned() } else { self.trial.join(" ") }
    }
}

/// A search as far as it has come.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// Whose settings.
    pub model: Model,
    /// Name, sha256 and split go into the report; test is not looked at.
    pub data: &'a Dataset,
    /// What every configuration starts from, and its preset.
    pub base: (&'a Settings, &'static str),
    /// How the space is searched.
    pub search: Search,
    /// What is searched.
    pub choices: &'a [Choice],
    /// Settings of the space that have no say.
    pub without_effect: &'a [String],
    /// Of every configuration.
    pub seeds: &'a [u64],
    /// In the order in which they were tried.
    pub tried: Vec<Tried>,
    /// How many there are to try.
    pub n_trials: usize,
    /// What was typed.
    pub command: String,
}

impl Report<'_> {
    /// Best first; of equals the one that was tried first.
    pub fn ranked(&self) -> Vec<&Tried> {
        let mut ranked: Vec<&Tried> = self.tried.iter().collect();
        ranked.sort_by(|a, b| b.valid_ndcg().total_cmp(&a.valid_ndcg()));
        ranked
    }

    /// The content of `tune.json`.
    pub fn to_value(&self) -> Value {
        let space: Map<String, Value> =
            self.choices.iter().map(|choice| (choice.key.clone(), json!(choice.values))).collect();
        let ranked = self.ranked();
        let trials = ranked.iter().map(|tried| {
            json!({
                "set": as_config(&tried.trial),
                "valid_ndcg@10": tried.valid_ndcg(),
                "of_seeds": tried.of_seeds,
                "seconds": (tried.seconds * 10.0).round() / 10.0,
            })
        });
        let hyper = |best: &&Tried| apply(self.base.0, &best.trial).ok().map(|settings| self.model.hyper(&settings));
        let plain = plain_numbers(json!({
            "space": space,
            "trials": trials.collect::<Vec<_>>(),
            "best_hyper": ranked.first().and_then(hyper),
        }));
        let mut all = json!({
            "model": self.model.name(),
            "data": {"name": self.data.name, "sha256": self.data.sha256, "split": self.data.split},
            "seeds": self.seeds,
            "preset": self.base.1,
            "search": self.search,
            "without_effect": self.without_effect,
            "complete": self.tried.len() == self.n_trials,
            "command": self.command,
            "version": Build::this().program,
            "versions": Build::this(),
            "machine": Machine::this(),
        });
        if let (Value::Object(all), Value::Object(plain)) = (&mut all, plain) {
            all.extend(plain);
        }
        all
    }

    /// Writes `tune.json`, `best.json` and `report.html`, whole or not at all.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn write(&self, folder: &Path) -> Result<(), ExportError> {
        let pretty = |value: &Value| format!("{}\n", serde_json::to_string_pretty(value).unwrap_or_default());
        let best = self.ranked().first().map(|best| as_config(&best.trial)).unwrap_or_default();
        let (all, best, html) = (pretty(&self.to_value()), pretty(&best), self.to_html());
        let files = [(TUNE_FILE, all.as_bytes()), (BEST_FILE, best.as_bytes()), (HTML_FILE, html.as_bytes())];
        write_files(folder, "--report", &files)
    }
}

/// Why an earlier search cannot be gone on with.
#[derive(Debug, Error)]
pub enum EarlierError {
    /// There is none.
    #[error("there is nothing to resume in {}: it has no {TUNE_FILE}. Leave out --resume", folder.display())]
    Nothing {
        /// Where it would be.
        folder: PathBuf,
    },
    /// Not readable.
    #[error("{} is no usable search: {reason}. Remove it, or leave out --resume", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Another search.
    #[error(
        "{} is of another search: its {key} is {found}, now it is {wanted}. Give the flags it was made with, or leave out \
         --resume", path.display()
    )]
    Other {
        /// The file.
        path: PathBuf,
        /// What differs.
        key: &'static str,
        /// In the file.
        found: String,
        /// In this search.
        wanted: String,
    },
}

/// What an earlier run of the same command tried.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    trials: Vec<Value>,
}

impl Earlier {
    /// From the folder of a report that `now` would write to: command, version, data and seeds must be the same.
    ///
    /// # Errors
    /// No such file, a damaged one, or one of another search.
    pub fn read(folder: &Path, now: &Report<'_>) -> Result<Self, EarlierError> {
        let path = folder.join(TUNE_FILE);
        if !path.is_file() {
            return Err(EarlierError::Nothing { folder: folder.to_owned() });
        }
        let unusable = |reason: String| EarlierError::Unusable { path: path.clone(), reason };
        let text = std::fs::read_to_string(&path).map_err(|error| unusable(error.to_string()))?;
        let found: Value = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        let wanted = now.to_value();
        for key in ["command", "version", "data", "seeds"] {
            if found[key] != wanted[key] {
                let [found, wanted] = [&found[key], &wanted[key]].map(Value::to_string);
                return Err(EarlierError::Other { path, key, found, wanted });
            }
        }
        let trials = found["trials"].as_array().ok_or_else(|| unusable("it has no trials".to_owned()))?;
        Ok(Self { trials: trials.clone() })
    }

    /// What a configuration gave, if it was tried.
    pub fn find(&self, trial: &Trial) -> Option<Tried> {
        // As the file has it.
        let set: Value = serde_json::from_str(&plain_numbers(as_config(trial)).to_string()).ok()?;
        let found = self.trials.iter().find(|found| found["set"] == set)?;
        let of_seeds: Option<Vec<f64>> = found["of_seeds"].as_array()?.iter().map(Value::as_f64).collect();
        Some(Tried { trial: trial.clone(), of_seeds: of_seeds?, seconds: found["seconds"].as_f64()? })
    }
}
