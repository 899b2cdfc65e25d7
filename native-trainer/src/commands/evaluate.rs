//! `evaluate`: the table, over one or more seeds.

use candle_core::Device;
use serde_json::Value;

use super::{check_memory, checkpoints_in, command, print, use_device};
use crate::checkpoint::Checkpoints;
use crate::cli::EvaluateArgs;
use crate::data::{self, Dataset};
use crate::models::Model;
use crate::pipeline::{PipelineError, Row, Run};
use crate::progress::Progress;
use crate::report::Report;
use crate::settings::Settings;

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn evaluate(args: &EvaluateArgs) -> anyhow::Result<()> {
    args.run.check_settings()?;
    let checkpoints = checkpoints_in(args.report.as_deref(), args.resume)?;
    let progress = Progress::shown();
    let device = use_device(args.run.device, &progress)?;
    let data = data::load_shown(&args.run.data_choice(), &progress)?;
    let settings = args.run.settings(!data.reviews.is_empty())?;
    let models = args.models.of(&settings);
    check_memory(&args.run, &data, &settings, &models, (&progress, &device))?;
    let table = Table {
        data: &data,
        settings: &settings,
        seeds: (args.run.seed, args.seeds),
        models: &models,
        progress: &progress,
        checkpoints: &checkpoints,
        device: &device,
    };
    let summary = table.train(&mut Kept::default())?.summary(&data, &settings, &command());
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

/// Which table.
pub(super) struct Table<'r> {
    pub(super) data: &'r Dataset,
    pub(super) settings: &'r Settings,
    /// The first, and how many.
    pub(super) seeds: (u64, u32),
    pub(super) models: &'r [Model],
    pub(super) progress: &'r Progress,
    pub(super) checkpoints: &'r Checkpoints,
    pub(super) device: &'r Device,
}

/// Rows of baselines that need not be trained again: by their settings and seed.
#[derive(Default)]
pub(super) struct Kept(Vec<(Value, u64, Row)>);

impl Kept {
    /// The row that a baseline would have; nothing is random in some, so that they have the same with every seed.
    fn row(&self, model: Model, hyper: &Value, seed: u64) -> Option<&Row> {
        let fits = |(of, with, row): &&(Value, u64, Row)| {
            row.model == model && of == hyper && (*with == seed || model.is_closed_form())
        };
        self.0.iter().find(fits).map(|(.., row)| row)
    }
}

impl Table<'_> {
    /// Trains and measures everything, with every seed.
    pub(super) fn train(&self, kept: &mut Kept) -> Result<Report, PipelineError> {
        let Self { data, settings, seeds: (first, n_seeds), models, progress, checkpoints, device } = *self;
        let mut report = Report::default();
        for seed in (first..).take(n_seeds as usize) {
            let earlier = models.iter().filter(|model| model.is_baseline());
            let mut rows: Vec<Row> =
                earlier.filter_map(|&model| kept.row(model, &model.hyper(settings), seed).cloned()).collect();
            let is_there = |model: &Model| rows.iter().any(|row| row.model == *model);
            let missing: Vec<Model> = models.iter().copied().filter(|model| !is_there(model)).collect();
            // Timed once: the same numbers are multiplied whatever the seed.
            let run = Run { data, settings, seed, progress, checkpoints, timed: seed == first, device };
            let outcome = run.train(&missing)?;
            let baselines = outcome.rows.iter().filter(|row| row.model.is_baseline());
            kept.0.extend(baselines.map(|row| (row.model.hyper(settings), seed, row.clone())));
            rows.extend(outcome.rows);
            report.add(seed, &rows);
            report.add_analysis(&outcome.alignments, outcome.text.map(|text| text.dim));
        }
        Ok(report)
    }
}
