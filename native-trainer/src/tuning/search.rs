//! From a space to configurations.

use std::collections::HashSet;

use clap::ValueEnum;
use rand::Rng;
use serde::Serialize;

use super::{Choice, Trial, TuneError, apply};
use crate::ablation::effective;
use crate::models::Model;
use crate::rng;
use crate::settings::Settings;

/// How a space is searched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Search {
    /// Every combination
    Grid,
    /// Every combination if they fit the budget, else some, drawn from the seed without repetition
    #[default]
    Random,
    /// One setting at a time, the others as they are: how sensitive the model is to each
    Sweep,
}

impl Search {
    /// The name as it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Random => "random",
            Self::Sweep => "sweep",
        }
    }
}

/// What is tried, and what is not because it has no say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trials {
    /// The settings as they are, then the others.
    pub trials: Vec<Trial>,
    /// Settings of the space of which no value makes another training under the settings as they are.
    pub without_effect: Vec<String>,
}

/// Configurations that are drawn where nothing is said.
const N_DRAWN: usize = 10;
/// Configurations of a grid that nobody has asked for by number.
const MOST: usize = 10_000;
/// Combinations that are written down to be shuffled.
const MOST_SHUFFLED: usize = 1 << 20;

/// The settings as they are, then the combinations of the choices that a search takes.
///
/// # Errors
/// A choice that cannot be set; more configurations than the budget allows where none may be left out.
pub fn trials(
    model: Model,
    base: &Settings,
    choices: &[Choice],
    (search, n_trials): (Search, Option<usize>),
    seed: u64,
) -> Result<Trials, TuneError> {
    for choice in choices {
        for value in &choice.values {
            apply(base, &choice.with(value))?;
        }
    }
    let made = Made::new(model, base);
    let is_other = |trial: &Trial| made.identity(trial) != made.of_base;
    let has_say = |choice: &&Choice| choice.values.iter().any(|value| is_other(&choice.with(value)));
    let without_effect = choices.iter().filter(|choice| !has_say(choice)).map(|choice| choice.key.clone()).collect();
    // The settings as they are come first, and once; so does every other training.
    let mut seen = HashSet::from([made.of_base.clone()]);
    let is_new = |trial: &Trial| seen.insert(made.identity(trial));
    let base = std::iter::once(Trial::new());
    let trials: Vec<Trial> = match search {
        Search::Random => {
            let n_trials = n_trials.unwrap_or(N_DRAWN).max(1);
            base.chain(combinations(choices, Some((n_trials, seed))).filter(is_new)).take(n_trials).collect()
        }
        Search::Grid => {
            let (n_all, room) = (n_combinations(choices), n_trials.unwrap_or(MOST));
            // The settings as they are may be one of them, or one more.
            if n_all > room.saturating_add(1) {
                return Err(TuneError::TooMany { search: search.name(), n_all, n_trials: room });
            }
            base.chain(combinations(choices, None).filter(is_new)).collect()
        }
        Search::Sweep => {
            let one = choices.iter().flat_map(|choice| choice.values.iter().map(|value| choice.with(value)));
            base.chain(one.filter(is_new)).collect()
        }
    };
    match n_trials {
        Some(n_trials) if trials.len() > n_trials => {
            Err(TuneError::TooMany { search: search.name(), n_all: trials.len(), n_trials })
        }
        _ => Ok(Trials { trials, without_effect }),
    }
}

fn n_combinations(choices: &[Choice]) -> usize {
    choices.iter().fold(1, |n, choice| n.saturating_mul(choice.values.len()))
}

/// All combinations, in their order or, with a budget that leaves some of them out, in one drawn from a seed.
fn combinations(choices: &[Choice], drawn: Option<(usize, u64)>) -> impl Iterator<Item = Trial> + '_ {
    let n_all = n_combinations(choices);
    let combination = move |mut number: usize| -> Trial {
        let pick = choices.iter().flat_map(move |choice| {
            let value = &choice.values[number % choice.values.len()];
            number /= choice.values.len();
            choice.with(value)
        });
        pick.collect()
    };
    let numbers: Box<dyn Iterator<Item = usize>> = match drawn {
        Some((n_trials, seed)) if n_all > n_trials.saturating_sub(1) => {
            let mut rng = rng::stream(seed, "tune");
            if n_all <= MOST_SHUFFLED {
                let mut numbers: Vec<usize> = (0..n_all).collect();
                rng::shuffle(&mut rng, &mut numbers);
                Box::new(numbers.into_iter())
            } else {
                // Too many to be written down: a number that comes again is the same training and left out as such.
                Box::new(std::iter::repeat_with(move || rng.random_range(0..n_all as u64) as usize))
            }
        }
        _ => Box::new(0..n_all),
    };
    numbers.map(combination)
}

/// What a trial makes of a model.
struct Made<'a> {
    model: Model,
    base: &'a Settings,
    of_base: String,
}

impl<'a> Made<'a> {
    fn new(model: Model, base: &'a Settings) -> Self {
        let made = Self { model, base, of_base: String::new() };
        Self { of_base: made.identity(&Trial::new()), ..made }
    }

    /// The same for two trials that are the same training. One that cannot be set is as good as the settings as they are.
    fn identity(&self, trial: &Trial) -> String {
        let settings = apply(self.base, trial).unwrap_or_else(|_| self.base.clone());
        let settings = match self.model {
            Model::Teacher | Model::Student | Model::StudentFoldIn => effective(&settings, self.base, false),
            _ => settings,
        };
        settings.to_value().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Param, space};
    use super::*;
    use crate::presets::Preset;

    fn drawn(base: &Settings, model: Model, n_trials: usize) -> Vec<Trial> {
        trials(model, base, &space(model), (Search::Random, Some(n_trials)), 42).unwrap().trials
    }

    #[test]
    fn a_budget_is_kept_and_nothing_is_tried_twice() {
        let base = Settings::default();
        for model in Model::ALL {
            let trials = drawn(&base, model, 10);
            let mut sorted = trials.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!(sorted.len(), trials.len(), "{}", model.name());
            assert!(trials.len() <= 10 && trials[0].is_empty(), "{}", model.name());
            assert!(trials[1..].iter().all(|trial| apply(&base, trial).unwrap() != base));
        }
        assert_eq!(drawn(&base, Model::Ease, 100).len(), 8, "the setting as it is, and the seven others");
    }

    #[test]
    fn a_sweep_changes_one_setting_at_a_time_and_leaves_out_what_has_no_say() {
        let (model, choices) = (Model::Student, Param::all_of(Model::Student));
        let swept = |preset: Preset| trials(model, &preset.settings(), &choices, (Search::Sweep, None), 42).unwrap();
        let paper = swept(Preset::Paper);
        assert!(paper.without_effect.is_empty());
        let n_values: usize = choices.iter().map(|choice| choice.values.len()).sum();
        assert_eq!(
            paper.trials.len(),
            1 + n_values - choices.len(),
            "every setting has the published value among its own"
        );
        for trial in &paper.trials[1..] {
            assert!(
                choices.iter().any(|choice| choice.values.iter().any(|value| choice.with(value) == *trial)),
                "{trial:?}"
            );
        }
        let tuned = swept(Preset::Tuned);
        assert_eq!(tuned.without_effect, ["distil.alpha"], "the tuned student contrasts nothing");
        assert!(tuned.trials.iter().flatten().all(|set| !set.starts_with("distil.alpha")));
        assert_eq!(swept(Preset::TunedReviews).without_effect, ["distil.alpha", "teacher.n_layers"]);
    }

    #[test]
    fn a_space_that_nobody_could_try_is_drawn_from_all_the_same() {
        let base = Settings::default();
        let values: Vec<String> = (1..=100).map(|at| at.to_string()).collect();
        let keys = ["ease.lambda", "itemknn.shrinkage", "lightgcn.l2", "hccf.l2", "hgnn.l2", "hgatt.l2", "bpr-mf.l2"];
        let huge: Vec<Choice> =
            keys.iter().map(|key| Choice { key: (*key).to_owned(), values: values.clone() }).collect();
        let drawn = |seed| trials(Model::Ease, &base, &huge, (Search::Random, Some(5)), seed).unwrap().trials;
        assert_eq!((drawn(1).len(), drawn(1) == drawn(1), drawn(1) == drawn(2)), (5, true, false));
        assert!(trials(Model::Ease, &base, &huge, (Search::Grid, None), 1).is_err());
    }

    #[test]
    fn a_grid_is_whole_or_refused() {
        let base = Settings::default();
        let choices = ["ease.lambda=1,2,3", "itemknn.shrinkage=0,10,500"].map(|given| given.parse().unwrap());
        let grid = |n_trials| trials(Model::Ease, &base, &choices, (Search::Grid, n_trials), 42);
        assert_eq!(grid(None).unwrap().trials.len(), 10);
        let said = grid(Some(9)).unwrap_err().to_string();
        assert!(said.contains("has 10 configurations") && said.contains("--trials 10"), "{said}");
    }

    #[test]
    fn a_choice_that_cannot_be_set_is_refused_with_a_hint() {
        let unknown: Choice = "lightgcn.l3=1".parse().unwrap();
        let said = trials(Model::LightGcn, &Settings::default(), &[unknown], (Search::Random, Some(3)), 1).unwrap_err();
        assert!(said.to_string().contains("lightgcn.l2"), "{said}");
    }

    #[test]
    fn settings_that_go_together_have_one_value() {
        let choice: Choice = "student.emb_dim+teacher.emb_dim=8,16".parse().unwrap();
        assert_eq!(choice.with("8"), ["student.emb_dim=8", "teacher.emb_dim=8"]);
    }
}
