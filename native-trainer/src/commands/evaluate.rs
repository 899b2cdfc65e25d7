//! `evaluate`: the table, over one or more seeds.

use super::{CHECKPOINTS, command, print, stop_on_ctrl_c, use_threads};
use crate::checkpoint::Checkpoints;
use crate::cli::EvaluateArgs;
use crate::data;
use crate::export::check_writable;
use crate::models::Model;
use crate::pipeline::{Row, Run};
use crate::progress::Progress;
use crate::report::Report;

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn evaluate(args: &EvaluateArgs) -> anyhow::Result<()> {
    args.run.check_settings()?;
    use_threads(args.run.threads)?;
    let checkpoints = match &args.report {
        Some(folder) => {
            check_writable(folder, "--report")?;
            let checkpoints = Checkpoints::new(folder.join(CHECKPOINTS), args.resume)?;
            stop_on_ctrl_c(&checkpoints)?;
            checkpoints
        }
        // Nowhere to keep anything: Ctrl-C ends the program, as it ends others.
        None => Checkpoints::default(),
    };
    let progress = Progress::shown();
    let data = data::load_shown(&args.run.data_choice(), &progress)?;
    let settings = args.run.settings(!data.reviews.is_empty())?;
    let wanted = args.models.of(&settings);
    let mut report = Report::default();
    let mut closed_form: Vec<Row> = Vec::new();
    for seed in (args.run.seed..).take(args.seeds as usize) {
        // Nothing is random in some models: their rows of the first seed are those of every seed.
        let done = |model: &Model| closed_form.iter().any(|row| row.model == *model);
        let models: Vec<Model> = wanted.iter().copied().filter(|model| !done(model)).collect();
        let run = Run {
            data: &data,
            settings: &settings,
            seed,
            progress: &progress,
            checkpoints: &checkpoints,
            // Once: the same numbers are multiplied whatever the seed.
            timed: seed == args.run.seed,
        };
        let mut rows = run.train(&models)?.rows;
        rows.extend_from_slice(&closed_form);
        closed_form = rows.iter().filter(|row| row.model.is_closed_form()).cloned().collect();
        report.add(seed, &rows);
    }
    let summary = report.summary(&data, &settings, &command());
    let mut written = String::new();
    if let Some(folder) = &args.report {
        let [json, html] = summary.write(folder)?;
        checkpoints.remove()?;
        written = format!("\nwrote {} and {}", json.display(), html.display());
    }
    if args.run.json {
        return print(&summary.to_json());
    }
    print(&(summary.to_text() + &written))
}
