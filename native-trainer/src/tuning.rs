//! Choosing settings on validation: which values are tried, and in which order.

use serde_json::Value;
use thiserror::Error;

use crate::models::Model;
use crate::rng;
use crate::settings::{SettingError, Settings};

/// The values that one setting may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Path of the setting, such as `lightgcn.l2`.
    pub key: String,
    /// Values as they are typed.
    pub values: Vec<String>,
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

/// What is tried of a model where nothing else is said. Learned baselines have spaces of about the same size, and a
/// budget is a number of configurations: none is tuned with more care than another.
pub fn space(model: Model) -> Vec<Choice> {
    let of = |key: &str, values: &[&str]| Choice {
        key: format!("{}.{key}", model.name()),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    };
    let common = |rest: &[(&str, &[&str])]| {
        let l2 = of("l2", &["0.001", "0.003", "0.01", "0.03"]);
        let learning_rate = of("fit.learning_rate", &["0.002", "0.005", "0.01"]);
        let batch_size = of("fit.batch_size", &["2048", "8192"]);
        let rest = rest.iter().map(|(key, values)| of(key, values));
        [l2, learning_rate, batch_size].into_iter().chain(rest).collect()
    };
    let n_layers: (&str, &[&str]) = ("n_layers", &["1", "2", "3"]);
    let with = |key: &str, values: &[&str]| Choice {
        key: key.to_owned(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    };
    match model {
        Model::Popularity => Vec::new(),
        Model::ItemKnn => {
            vec![of("n_neighbours", &["20", "50", "100", "200"]), of("shrinkage", &["0", "10", "50", "100", "500"])]
        }
        Model::Ease => vec![of("lambda", &["20", "50", "100", "200", "500", "1000", "1500", "2000"])],
        Model::BprMf => common(&[("init_std", &["0.01", "0.1", "0.3"])]),
        Model::LightGcn => common(&[n_layers]),
        Model::Hccf => common(&[n_layers, ("membership_scale", &["0", "0.01", "0.1"]), ("dropout", &["0.1", "0.5"])]),
        Model::HgAtt | Model::Hgnn => common(&[n_layers, ("readout", &["mean", "last"])]),
        Model::Teacher | Model::TeacherNoText => vec![
            with("teacher.wide_lambda", &["50", "100", "200", "500", "1500"]),
            with("teacher.deep_weight", &["0", "0.1", "0.25", "0.5"]),
            with("teacher.dropout", &["0.1", "0.3"]),
        ],
        Model::Student | Model::StudentFoldIn | Model::StudentNoText | Model::StudentSoftLabels => vec![
            with("distil.logit_scale", &["0.2", "0.25", "0.35"]),
            with("distil.gamma", &["1", "0.9", "0.5"]),
            with("distil.lambda2", &["0", "0.01", "0.1"]),
            with("distil.lambda3", &["0", "0.01", "0.1"]),
            with("distilled.hard_loss_weight", &["0", "0.05", "0.3"]),
        ],
        Model::StudentScratch => vec![
            with("scratch.dropout", &["0.3", "0.5", "0.7"]),
            with("scratch.l2", &["0.03", "0.1", "0.3"]),
            with("scratch.fit.learning_rate", &["0.001", "0.003", "0.01"]),
        ],
    }
}

/// One configuration: `key=value` for every setting that is tried. Empty: the settings as they are.
pub type Trial = Vec<String>;

/// The settings as they are, then combinations of the choices: all of them if they fit the budget, else some, drawn from
/// the seed without repetition.
///
/// # Errors
/// A choice that cannot be set.
pub fn trials(base: &Settings, choices: &[Choice], n_trials: usize, seed: u64) -> Result<Vec<Trial>, TuneError> {
    for choice in choices {
        for value in &choice.values {
            base.clone().set(&format!("{}={value}", choice.key))?;
        }
    }
    let n_all: usize = choices.iter().map(|choice| choice.values.len()).product();
    let combination = |mut number: usize| -> Trial {
        let pick = choices.iter().map(|choice| {
            let value = &choice.values[number % choice.values.len()];
            number /= choice.values.len();
            format!("{}={value}", choice.key)
        });
        pick.collect()
    };
    let mut numbers: Vec<usize> = (0..n_all).collect();
    if n_all > n_trials.saturating_sub(1) {
        rng::shuffle(&mut rng::stream(seed, "tune"), &mut numbers);
    }
    // The settings as they are come first, and once.
    let same = |trial: &Trial| apply(base, trial).is_ok_and(|settings| settings == *base);
    let others = numbers.into_iter().map(combination).filter(|trial| !same(trial));
    Ok(std::iter::once(Trial::new()).chain(others).take(n_trials.max(1)).collect())
}

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
    fn a_budget_is_kept_and_nothing_is_tried_twice() {
        let base = Settings::default();
        for model in Model::ALL {
            let trials = trials(&base, &space(model), 10, 42).unwrap();
            let mut sorted = trials.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!(sorted.len(), trials.len(), "{}", model.name());
            assert!(trials.len() <= 10 && trials[0].is_empty(), "{}", model.name());
            assert!(trials[1..].iter().all(|trial| apply(&base, trial).unwrap() != base));
        }
        let all = trials(&base, &space(Model::Ease), 100, 42).unwrap();
        assert_eq!(all.len(), 8, "the setting as it is, and the seven others");
    }

    #[test]
    fn choices_that_cannot_be_set_are_refused() {
        let base = Settings::default();
        for bad in ["lightgcn.l2", "lightgcn.l2=", "=1", "lightgcn.l2=1,,2"] {
            assert!(matches!(bad.parse::<Choice>(), Err(TuneError::NoValues { .. })), "{bad}");
        }
        let unknown = "lightgcn.l3=1".parse::<Choice>().unwrap();
        assert!(trials(&base, &[unknown], 3, 1).unwrap_err().to_string().contains("lightgcn.l2"));
    }

    #[test]
    fn a_trial_is_a_config() {
        let trial = vec!["student.head=dot".to_owned(), "ease.lambda=200".to_owned()];
        assert_eq!(as_config(&trial), serde_json::json!({"student.head": "dot", "ease.lambda": 200}));
    }
}
