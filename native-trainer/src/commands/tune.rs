//! `tune`: settings of one model, tried and compared on validation.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use sharp_distill::hypergraph::Incidence;

use super::{command, print, use_threads};
use crate::checkpoint::Checkpoints;
use crate::cli::TuneArgs;
use crate::data::{self, Dataset};
use crate::export::{check_writable, write_files};
use crate::models::Model;
use crate::ops::plain_numbers;
use crate::pipeline::{PipelineError, Run};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::teacher::Teacher;
use crate::tuning::{Choice, Trial, TuneError, apply, as_config, space, trials};

const TUNE_FILE: &str = "tune.json";
const BEST_FILE: &str = "best.json";

/// One configuration and what it gave.
struct Tried {
    trial: Trial,
    /// NDCG@10 on validation of each seed.
    of_seeds: Vec<f64>,
    /// The model's settings, whole.
    hyper: Value,
    seconds: f64,
}

impl Tried {
    fn valid_ndcg(&self) -> f64 {
        self.of_seeds.iter().sum::<f64>() / self.of_seeds.len().max(1) as f64
    }

    fn describe(&self) -> String {
        if self.trial.is_empty() { "(as it is)".to_owned() } else { self.trial.join(" ") }
    }
}

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn tune(args: &TuneArgs) -> anyhow::Result<()> {
    args.run.check_settings()?;
    use_threads(args.run.threads)?;
    if let Some(folder) = &args.report {
        check_writable(folder, "--report")?;
    }
    let mut data = data::load_shown(&args.run.data_choice(), &Progress::shown())?;
    let base = args.run.settings(!data.reviews.is_empty())?;
    let choices = choices(args)?;
    let trials = trials(&base, &choices, args.trials as usize, args.run.seed)?;
    // What is not there cannot be looked at.
    data.test = Incidence::from_memberships(data.n_users(), data.n_items(), [])?;
    let mut tuning = Tuning { args, data: &data, teachers: HashMap::new() };
    let mut tried: Vec<Tried> = Vec::new();
    for (at, trial) in trials.iter().enumerate() {
        let settings = apply(&base, trial)?;
        let clock = Instant::now();
        let of_seeds = tuning.validate(&settings)?;
        let seconds = clock.elapsed().as_secs_f64();
        tried.push(Tried { trial: trial.clone(), of_seeds, hyper: args.model.hyper(&settings), seconds });
        let last = &tried[at];
        eprintln!("{}/{}  {:.4}  {:.0} s  {}", at + 1, trials.len(), last.valid_ndcg(), seconds, last.describe());
        if let Some(folder) = &args.report {
            write(folder, args, &data, &choices, &tried)?;
        }
    }
    if args.run.json {
        return print(&serde_json::to_string_pretty(&report(args, &data, &choices, &tried))?);
    }
    let mut lines: Vec<String> =
        ranked(&tried).into_iter().map(|tried| format!("{:.4}  {}", tried.valid_ndcg(), tried.describe())).collect();
    lines.insert(0, format!("{}: NDCG@10 on validation, best first", args.model.name()));
    if let Some(folder) = &args.report {
        lines.push(format!("wrote {} and {BEST_FILE} in {}", TUNE_FILE, folder.display()));
    }
    print(&lines.join("\n"))
}

fn choices(args: &TuneArgs) -> Result<Vec<Choice>, TuneError> {
    let choices = if args.choices.is_empty() { space(args.model) } else { args.choices.clone() };
    if choices.is_empty() {
        return Err(TuneError::NoSpace { model: args.model.name() });
    }
    Ok(choices)
}

struct Tuning<'a> {
    args: &'a TuneArgs,
    data: &'a Dataset,
    /// By seed and settings: a teacher is trained once, however many students learn from it.
    teachers: HashMap<String, Arc<Teacher<'a>>>,
}

impl Tuning<'_> {
    /// NDCG@10 on validation of every seed.
    fn validate(&mut self, settings: &Settings) -> Result<Vec<f64>, PipelineError> {
        let (args, progress, checkpoints) = (self.args, Progress::quiet(), Checkpoints::default());
        let seeds = (args.run.seed..).take(args.seeds as usize);
        seeds
            .map(|seed| {
                let key = format!("{seed} {}", Model::Teacher.hyper(settings));
                let run = Run {
                    data: self.data,
                    settings,
                    seed,
                    progress: &progress,
                    checkpoints: &checkpoints,
                    timed: false,
                };
                let teacher = self.teachers.get(&key).cloned();
                let outcome = run.train_with(&[args.model], teacher)?;
                if let Some(teacher) = outcome.teacher {
                    self.teachers.insert(key, teacher);
                }
                Ok(outcome.rows.first().map_or(f64::NAN, |row| row.valid.at_10.ndcg))
            })
            .collect()
    }
}

/// Best first; of equals the one that was tried first.
fn ranked(tried: &[Tried]) -> Vec<&Tried> {
    let mut ranked: Vec<&Tried> = tried.iter().collect();
    ranked.sort_by(|a, b| b.valid_ndcg().total_cmp(&a.valid_ndcg()));
    ranked
}

fn report(args: &TuneArgs, data: &Dataset, choices: &[Choice], tried: &[Tried]) -> Value {
    let space: HashMap<&str, &[String]> =
        choices.iter().map(|choice| (choice.key.as_str(), choice.values.as_slice())).collect();
    let ranked = ranked(tried);
    let trials = ranked.iter().map(|tried| {
        json!({
            "set": as_config(&tried.trial),
            "valid_ndcg@10": tried.valid_ndcg(),
            "of_seeds": tried.of_seeds,
            "seconds": (tried.seconds * 10.0).round() / 10.0,
        })
    });
    plain_numbers(json!({
        "model": args.model.name(),
        "data": {"name": data.name, "sha256": data.sha256, "split": data.split},
        "seeds": (args.run.seed..).take(args.seeds as usize).collect::<Vec<_>>(),
        "space": space,
        "trials": trials.collect::<Vec<_>>(),
        "best_hyper": ranked.first().map(|best| &best.hyper),
        "command": command(),
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

fn write(folder: &Path, args: &TuneArgs, data: &Dataset, choices: &[Choice], tried: &[Tried]) -> anyhow::Result<()> {
    let all = format!("{}\n", serde_json::to_string_pretty(&report(args, data, choices, tried))?);
    let best = ranked(tried).first().map(|best| as_config(&best.trial)).unwrap_or_default();
    let best = format!("{}\n", serde_json::to_string_pretty(&best)?);
    write_files(folder, "--report", &[(TUNE_FILE, all.as_bytes()), (BEST_FILE, best.as_bytes())])?;
    Ok(())
}
