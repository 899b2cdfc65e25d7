//! Choosing settings on validation: which values are tried, in which order, and what came of it.
//!
//! | file | what it is |
//! |---|---|
//! | `spaces` | what is tried where nothing is said, and settings by a name |
//! | `search` | from a space to configurations: a grid, a draw, or one setting at a time |
//! | `study` | training them, each teacher once |
//! | `report`, `html` | `tune.json`, and the curves for people |

mod html;
mod report;
mod search;
mod spaces;
mod study;

use serde_json::Value;
use thiserror::Error;

use crate::settings::{SettingError, Settings};
pub use report::{BEST_FILE, Earlier, EarlierError, Report, TUNE_FILE, Tried};
pub use search::{Search, Trials, trials};
pub use spaces::{Param, space};
pub use study::Study;

/// The values that one setting may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Path of the setting, such as `lightgcn.l2`; several, which then have one value, with `+` between them.
    pub key: String,
    /// Values as they are typed.
    pub values: Vec<String>,
}

impl Choice {
    /// The paths of its settings.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.key.split('+')
    }

    /// With one of its values, as `key=value`.
    pub fn with(&self, value: &str) -> Trial {
        self.keys().map(|key| format!("{}={value}", key.trim())).collect()
    }
}

/// Why there is nothing to try.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TuneError {
    /// Not `key=a,b,c`.
    #[error("--try {given:?} is not of the form key=value,value,..., such as lightgcn.l2=0.001,0.01")]
    NoValues {
        /// What was given.
        given: String,
    },
    /// A model without settings.
    #[error("{model} has no settings to try: name some with --try key=value,value,...")]
    NoSpace {
        /// The model.
        model: &'static str,
    },
    /// Nothing is asked for that this model has.
    #[error("{param} is no setting of {model}: name one with --try key=value,value,...")]
    NoParam {
        /// What was asked for.
        param: &'static str,
        /// The model.
        model: &'static str,
    },
    /// A search that leaves nothing out, and a budget that it does not fit.
    #[error(
        "the {search} has {n_all} configurations, and --trials allows {n_trials}: give --trials {n_all}, fewer values, or \
         --search random"
    )]
    TooMany {
        /// grid or sweep.
        search: &'static str,
        /// How many there are.
        n_all: usize,
        /// How many may be tried.
        n_trials: usize,
    },
    /// A setting that does not exist or cannot have a value.
    #[error(transparent)]
    Setting(#[from] SettingError),
}

impl std::str::FromStr for Choice {
    type Err = TuneError;

    fn from_str(given: &str) -> Result<Self, TuneError> {
        let no_values = || TuneError::NoValues { given: given.to_owned() };
        let (key, values) = given.split_once('=').ok_or_else(no_values)?;
        let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
        if key.trim().is_empty() || values.iter().any(String::is_empty) {
            return Err(no_values());
        }
        Ok(Self { key: key.trim().to_owned(), values })
    }
}

/// One configuration: `key=value` for every setting that is tried. Empty: the settings as they are.
pub type Trial = Vec<String>;

/// The settings of a trial.
///
/// # Errors
/// A setting that does not exist or cannot have that value.
pub fn apply(base: &Settings, trial: &Trial) -> Result<Settings, SettingError> {
    let mut settings = base.clone();
    trial.iter().try_for_each(|given| settings.set(given))?;
    Ok(settings)
}

/// The trial as a file that `--config` reads: one JSON object of paths and values.
pub fn as_config(trial: &Trial) -> Value {
    let pairs = trial.iter().filter_map(|given| given.split_once('='));
    let value = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    Value::Object(pairs.map(|(key, text)| (key.to_owned(), value(text))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_choice_is_refused() {
        for bad in ["lightgcn.l2", "lightgcn.l2=", "=1", "lightgcn.l2=1,,2"] {
            assert!(matches!(bad.parse::<Choice>(), Err(TuneError::NoValues { .. })), "{bad}");
        }
    }

    #[test]
    fn a_trial_is_a_config() {
        let trial = vec!["student.head=dot".to_owned(), "ease.lambda=200".to_owned()];
        assert_eq!(as_config(&trial), serde_json::json!({"student.head": "dot", "ease.lambda": 200}));
    }
}
