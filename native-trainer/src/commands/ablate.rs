//! `ablate`: variants of the method, each against the full one.

use serde_json::json;

use super::{check_memory, checkpoints_in, command, print, use_device};
use crate::ablation::{Plan, Report, Variant, train};
use crate::cli::AblateArgs;
use crate::data;
use crate::models::Model;
use crate::progress::Progress;

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn ablate(args: &AblateArgs) -> anyhow::Result<()> {
    let variants = args.variants();
    if args.list {
        return list(&variants, args.run.json);
    }
    // What cannot be set is better heard of before data are read.
    Plan::new(&args.run.settings(false)?, variants.clone())?;
    let checkpoints = checkpoints_in(args.report.as_deref(), args.resume)?;
    let progress = Progress::shown();
    let device = use_device(args.run.device, &progress)?;
    let data = data::load_shown(&args.run.data_choice(), &progress)?;
    let has_reviews = !data.reviews.is_empty();
    let preset = args.run.preset_for(has_reviews).name();
    let settings = args.run.settings(has_reviews)?;
    let mut plan = Plan::new(&settings, variants)?;
    check_memory(&args.run, &data, &settings, &[Model::Student], (&progress, &device))?;
    plan.check_encoders(progress)?;
    let seeds: Vec<u64> = (args.run.seed..).take(args.seeds as usize).collect();
    progress.say(&plan.describe(seeds.len()));
    let report = |results: &_| Report::new(&plan, results, seeds.len(), &data, preset, &command());
    let results = train(&plan, &data, &seeds, (&progress, &checkpoints, &device), |results| -> anyhow::Result<()> {
        if let Some(folder) = &args.report {
            report(results).write(folder)?;
        }
        Ok(())
    })?;
    let report = report(&results);
    let mut written = String::new();
    if let Some(folder) = &args.report {
        let [json, html] = report.write(folder)?;
        checkpoints.remove()?;
        written = format!("\nwrote {} and {}", json.display(), html.display());
    }
    if args.run.json {
        return print(&report.to_json());
    }
    print(&(report.to_text() + &written))
}

fn list(variants: &[Variant], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return print(&serde_json::to_string_pretty(&json!({ "variants": variants }))?);
    }
    let line = |variant: &Variant| {
        let set = if variant.set.is_empty() { String::new() } else { format!("\n    {}", variant.set.join(" ")) };
        format!("{}: {}{set}", variant.name, variant.shows)
    };
    print(&variants.iter().map(line).collect::<Vec<_>>().join("\n"))
}
