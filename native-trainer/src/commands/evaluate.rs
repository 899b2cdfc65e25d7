//! `evaluate`: the table, over one or more seeds.

use super::{print, use_threads};
use crate::checkpoint::Checkpoints;
use crate::cli::EvaluateArgs;
use crate::data;
use crate::pipeline::Run;
use crate::progress::Progress;
use crate::report::Report;

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn evaluate(args: &EvaluateArgs) -> anyhow::Result<()> {
    let settings = args.run.settings()?;
    use_threads(args.run.threads)?;
    let data = data::load(&args.run.data_choice())?;
    let (progress, checkpoints) = (Progress::shown(), Checkpoints::default());
    let mut report = Report::default();
    for seed in (args.run.seed..).take(args.seeds as usize) {
        let run = Run {
            data: &data,
            settings: &settings,
            seed,
            progress: &progress,
            checkpoints: &checkpoints,
            // Once: the same numbers are multiplied whatever the seed.
            timed: seed == args.run.seed,
        };
        report.add(seed, &run.train(&args.models.0)?.rows);
    }
    if args.run.json {
        return print(&serde_json::to_string_pretty(&report.to_json(&data, &settings))?);
    }
    print(&report.to_text(&data))
}
