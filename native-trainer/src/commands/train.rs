//! `train`: the whole path, and the model file at its end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;
use sharp_distill::bundle::{Provenance, ResultRow};
use sharp_distill::student::StudentConfig;

use super::{CHECKPOINTS, check_memory, command, print, stop_on_ctrl_c, use_device};
use crate::baselines::ease;
use crate::checkpoint::Checkpoints;
use crate::cli::TrainArgs;
use crate::data::{self, Dataset};
use crate::explorer::Explained;
use crate::export::{CATALOGUE_FILE, EXPLORER_FILE, Export, MODEL_FILE, check_writable};
use crate::models::Model;
use crate::pipeline::Run;
use crate::progress::Progress;
use crate::report::Report;
use crate::visitors::{choose_dislike_weight, overlap_with_exact};

/// What the model file reports.
const MODELS: [Model; 6] =
    [Model::Popularity, Model::Ease, Model::Teacher, Model::Student, Model::StudentFoldIn, Model::StudentScratch];
/// Users of whom the overlap of fold-in and exact answer is taken.
const OVERLAP_SAMPLE: usize = 50;
/// NDCG@10 by which dislikes must help before they count: about the seed-to-seed noise.
const DISLIKE_MARGIN: f64 = 0.001;

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn train(args: &TrainArgs) -> anyhow::Result<()> {
    let start = Instant::now();
    args.run.check_settings()?;
    let out = args.out.clone().unwrap_or_else(default_out);
    check_writable(&out, "--out")?;
    let checkpoints = Checkpoints::new(out.join(CHECKPOINTS), args.resume)?;
    let progress = Progress::shown();
    let device = &use_device(args.run.device, &progress)?;
    let data = data::load_shown(&args.run.data_choice(), &progress)?;
    let settings = args.run.settings(!data.reviews.is_empty())?;
    let models = models(&data, &progress);
    check_memory(&args.run, &data, &settings, &models, (&progress, device))?;
    let seed = args.run.seed;
    stop_on_ctrl_c(&checkpoints)?;
    let (settings, progress, checkpoints) = (&settings, &progress, &checkpoints);
    let run = Run { data: &data, settings, seed, progress, checkpoints, timed: false, device };
    let mut outcome = run.train(&models)?;
    let teacher = outcome.teacher.take().context("no teacher was trained")?;
    let teacher = Some(Arc::into_inner(teacher).context("a student still learns from the teacher")?);
    let student = outcome.student.as_ref().context("no student was trained")?;
    let weights = student.weights()?;
    let (dislike_weight, tried) = choose_dislike_weight(&data, student.config(), &weights, DISLIKE_MARGIN);
    let config = StudentConfig { dislike_weight, ..student.config().clone() };
    let overlap = overlap_with_exact(&data, &config, &weights, OVERLAP_SAMPLE);
    let provenance = Provenance {
        data: data.name.clone(),
        data_sha256: data.sha256.clone(),
        split: data.split.clone(),
        seed,
        command: command(),
        trainer_version: env!("CARGO_PKG_VERSION").to_owned(),
        results: outcome.rows.iter().map(ResultRow::from).collect(),
    };
    let explained = Explained { teacher, scratch: outcome.scratch.as_ref(), distil: &settings.distil };
    let export = Export::new(&data, student, config, outcome.text.as_ref(), provenance, explained)?;
    export.write(&out)?;
    checkpoints.remove()?;
    let mut report = Report::default();
    report.add(seed, &outcome.rows);
    let summary = report.summary(&data, settings, &command());
    let [model, catalogue, explorer] = [MODEL_FILE, CATALOGUE_FILE, EXPLORER_FILE].map(|name| out.join(name));
    if args.run.json {
        let mut value = serde_json::to_value(&summary)?;
        value["files"] = json!({"model": model, "catalogue": catalogue, "explorer": explorer});
        value["not_in_explorer"] = json!(export.left_out);
        value["dislike_weight"] = json!({"chosen": dislike_weight, "valid_ndcg@10": tried});
        value["fold_in_overlap@10"] = json!(overlap);
        return print(&serde_json::to_string_pretty(&value)?);
    }
    let tried = tried.iter().map(|(weight, ndcg)| format!("{weight}: {ndcg:.4}")).collect::<Vec<_>>().join(", ");
    let not_shown = export
        .left_out
        .iter()
        .map(|left_out| format!("\nnot for the explorer: {}: {}", left_out.part, left_out.reason));
    print(&format!(
        "{}\ndislike weight {dislike_weight} (validation NDCG@10 by weight: {tried})\n\
         fold-in and exact answer share {:.0} % of the first ten places\n\
         wrote {} ({} kB), {} ({} kB) and {} ({} kB) in {:.0} s{}",
        summary.to_text(),
        overlap * 100.0,
        model.display(),
        export.model.len().div_ceil(1000),
        catalogue.display(),
        export.catalogue.len().div_ceil(1000),
        explorer.display(),
        export.explorer.len().div_ceil(1000),
        start.elapsed().as_secs_f64(),
        not_shown.collect::<String>()
    ))
}

/// What is trained: EASE^R, of which nothing depends, is left out where it has no closed form that fits.
fn models(data: &Dataset, progress: &Progress) -> Vec<Model> {
    let fits = ease::fits(data.n_users(), data.n_items());
    if !fits {
        progress.say("ease is left out: it holds a logit of every user for every item");
    }
    MODELS.into_iter().filter(|model| fits || *model != Model::Ease).collect()
}

/// The repository's `assets` if this program still stands where it was built, else a folder here.
fn default_out() -> PathBuf {
    let assets = PathBuf::from(env!("CARGO_MANIFEST_DIR")).with_file_name("assets");
    if assets.is_dir() { assets } else { PathBuf::from("sharp-distill-model") }
}
