//! `reproduce`: the full table with the published configuration and the tuned one, beside what is published.

use super::evaluate::{Kept, Table};
use super::{check_memory, checkpoints_in, command, print, use_device};
use crate::baselines::ease;
use crate::checkpoint::Checkpoints;
use crate::cli::ReproduceArgs;
use crate::data::{self, Dataset, SplitChoice};
use crate::models::Model;
use crate::presets::Preset;
use crate::progress::Progress;
use crate::report::Machine;
use crate::reproduction::{Configuration, LeftOut, Made, Published, Reproduction, changed_settings, differences};
use crate::settings::Settings;

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn reproduce(args: &ReproduceArgs) -> anyhow::Result<()> {
    args.run.check_settings()?;
    let checkpoints = checkpoints_in(args.report.as_deref(), args.resume)?;
    let progress = Progress::shown();
    let device = use_device(args.run.device, &progress)?;
    let data = data::load_shown(&args.run.data_choice(), &progress)?;
    let has_reviews = !data.reviews.is_empty();
    let mut left_out = Vec::new();
    let mut kept = Kept::default();
    let mut configurations = Vec::new();
    let presets = args.presets(has_reviews);
    let of_presets: Vec<Checkpoints> = presets.iter().map(|preset| checkpoints.within(preset.name())).collect();
    let mut first: Option<(Settings, Vec<String>)> = None;
    for (&preset, checkpoints) in presets.iter().zip(&of_presets) {
        let mut settings = args.settings(preset, has_reviews)?;
        let wanted = fitting(args.models.of(&settings), preset, &mut settings, &data, &mut left_out);
        check_memory(&args.run, &data, &settings, &wanted, (&progress, &device))?;
        let changed = changed_settings(&ReproduceArgs::base(preset, has_reviews), &settings);
        if !args.run.json {
            eprintln!("configuration {}", preset.name());
        }
        let table = Table {
            data: &data,
            settings: &settings,
            seeds: (args.run.seed, args.seeds),
            models: &wanted,
            progress: &progress,
            checkpoints,
            device: &device,
        };
        let summary = table.train(&mut kept)?.summary(&data, &settings, &command());
        first.get_or_insert((settings, changed.clone()));
        configurations.push(Configuration { preset: preset.name(), changed, summary });
    }
    let Some((settings, changed)) = &first else { return Ok(()) };
    let dataset = args.run.input.dataset;
    let is_given = matches!(args.run.input.split, Some(SplitChoice::Folder(_))) || args.run.input.data.is_none();
    let reproduction = Reproduction {
        published: Published::of(dataset.map(|known| known.name)),
        differences: differences(&Made {
            data: &data,
            dataset: dataset.filter(|known| known.sizes().is_some()).map(|known| known.name),
            sizes: dataset.and_then(|known| known.sizes()),
            like_from: (!is_given).then_some(args.run.input.like_from),
            settings,
            changed,
            n_seeds: args.seeds as usize,
            machine: Machine::this().in_words(),
        }),
        left_out,
        configurations,
        command: command(),
    };
    let mut written = String::new();
    if let Some(folder) = &args.report {
        let [json, html] = reproduction.write(folder)?;
        of_presets.iter().try_for_each(Checkpoints::remove)?;
        checkpoints.remove()?;
        written = format!("\nwrote {} and {}", json.display(), html.display());
    }
    if args.run.json {
        return print(&reproduction.to_json());
    }
    print(&(reproduction.to_text() + &written))
}

/// The models that data of this size allow. What is in closed form holds logits of all users and items.
fn fitting(
    mut models: Vec<Model>,
    preset: Preset,
    settings: &mut Settings,
    data: &Dataset,
    left_out: &mut Vec<LeftOut>,
) -> Vec<Model> {
    if ease::fits(data.n_users(), data.n_items()) {
        return models;
    }
    let mut leave = |what: String| {
        let reason =
            format!("it is in closed form and would hold the logits of {} x {} pairs", data.n_users(), data.n_items());
        if !left_out.iter().any(|known| known.what == what) {
            left_out.push(LeftOut { what, reason });
        }
    };
    if models.contains(&Model::Ease) {
        models.retain(|model| *model != Model::Ease);
        leave(Model::Ease.name().to_owned());
    }
    if settings.teacher.is_wide() {
        (settings.teacher.wide_weight, settings.teacher.wide_loss_weight) = (0.0, 0.0);
        leave(format!("the wide channel of the teacher of {}", preset.name()));
    }
    models
}
