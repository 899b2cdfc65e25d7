//! `tune`: settings of one model, tried and compared on validation.

use std::time::Instant;

use sharp_distill::hypergraph::Incidence;

use super::{check_memory, command, print, use_device};
use crate::cli::TuneArgs;
use crate::data;
use crate::export::check_writable;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::tuning::{
    BEST_FILE, Choice, Earlier, Param, Report, Search, Study, TUNE_FILE, Tried, TuneError, apply, space, trials,
};

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn tune(args: &TuneArgs) -> anyhow::Result<()> {
    args.run.check_settings()?;
    if let Some(folder) = &args.report {
        check_writable(folder, "--report")?;
    }
    let device = use_device(args.run.device, &Progress::shown())?;
    let mut data = data::load_shown(&args.run.data_choice(), &Progress::shown())?;
    let has_reviews = !data.reviews.is_empty();
    let base = args.run.settings(has_reviews)?;
    check_memory(&args.run, &data, &base, &[args.model], (&Progress::shown(), &device))?;
    let choices = choices(args)?;
    let budget = (args.search, args.trials.map(|trials| trials as usize));
    let planned = trials(args.model, &base, &choices, budget, args.run.seed)?;
    // What is not there cannot be looked at.
    data.test = Incidence::from_memberships(data.n_users(), data.n_items(), [])?;
    let seeds: Vec<u64> = (args.run.seed..).take(args.seeds as usize).collect();
    let mut report = Report {
        model: args.model,
        data: &data,
        base: (&base, args.run.preset_for(has_reviews).name()),
        search: args.search,
        choices: &choices,
        without_effect: &planned.without_effect,
        seeds: &seeds,
        tried: Vec::new(),
        n_trials: planned.trials.len(),
        command: command(),
    };
    let earlier = match &args.report {
        Some(folder) if args.resume => Earlier::read(folder, &report)?,
        _ => Earlier::default(),
    };
    if !planned.without_effect.is_empty() {
        eprintln!("no value makes another training, so not tried alone: {}", planned.without_effect.join(", "));
    }
    let to_train = planned.trials.iter().filter(|trial| earlier.find(trial).is_none());
    let to_train: Vec<Settings> = to_train.map(|trial| apply(&base, trial)).collect::<Result<_, _>>()?;
    let mut study = Study::new(args.model, seeds.clone(), &data, device, &to_train);
    for (at, trial) in planned.trials.iter().enumerate() {
        let tried = match earlier.find(trial) {
            Some(tried) => tried,
            None => {
                let clock = Instant::now();
                let of_seeds = study.validate(&apply(&base, trial)?)?;
                Tried { trial: trial.clone(), of_seeds, seconds: clock.elapsed().as_secs_f64() }
            }
        };
        let (ndcg, seconds, what) = (tried.valid_ndcg(), tried.seconds, tried.describe());
        eprintln!("{}/{}  {ndcg:.4}  {seconds:.0} s  {what}", at + 1, planned.trials.len());
        report.tried.push(tried);
        if let Some(folder) = &args.report {
            report.write(folder)?;
        }
    }
    if args.run.json {
        return print(&serde_json::to_string_pretty(&report.to_value())?);
    }
    let ranked = report.ranked().into_iter().map(|tried| format!("{:.4}  {}", tried.valid_ndcg(), tried.describe()));
    let mut lines = vec![format!("{}: NDCG@10 on validation, best first", args.model.name())];
    lines.extend(ranked);
    if let Some(folder) = &args.report {
        lines.push(format!("wrote {TUNE_FILE}, {BEST_FILE} and report.html in {}", folder.display()));
    }
    print(&lines.join("\n"))
}

/// What is searched: what was named, else the space of the model.
fn choices(args: &TuneArgs) -> Result<Vec<Choice>, TuneError> {
    let named = args.params.iter().map(|param| param.choice(args.model));
    let mut choices = named.collect::<Result<Vec<_>, _>>()?;
    choices.extend_from_slice(&args.choices);
    if choices.is_empty() && args.search == Search::Sweep {
        choices = Param::all_of(args.model);
    }
    if choices.is_empty() {
        choices = space(args.model);
    }
    if choices.is_empty() {
        return Err(TuneError::NoSpace { model: args.model.name() });
    }
    Ok(choices)
}
