//! `evaluate`: the table, over one or more seeds.

use super::{print, use_threads};
use crate::cli::EvaluateArgs;
use crate::data;
use crate::latency;
use crate::pipeline::{Model, run};
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
    let mut report = Report::default();
    for seed in (args.run.seed..).take(args.seeds as usize) {
        let outcome = run(&data, &settings, seed, &args.models.0, &Progress::shown())?;
        report.add(seed, &outcome.rows);
        if seed == args.run.seed {
            report.add_latencies(Model::Teacher, latency::of_teacher(&outcome)?);
            report.add_latencies(Model::Student, latency::of_student(&outcome, &data)?);
        }
    }
    if args.run.json {
        return print(&serde_json::to_string_pretty(&report.to_json(&data, &settings))?);
    }
    print(&report.to_text(&data))
}
