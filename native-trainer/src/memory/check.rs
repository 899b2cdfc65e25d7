//! Whether a training fits, said before it starts.

use thiserror::Error;

use super::estimate::{of_ease, of_embeddings, of_student, of_teacher};
use super::{Available, Estimate, Sizes, available, in_words, resident_bytes};
use crate::models::Model;
use crate::settings::Settings;
use crate::teacher::WideKind;

/// Batches that are tried as advice, largest first.
const BATCHES: [usize; 7] = [16_384, 8_192, 4_096, 2_048, 1_024, 512, 256];
/// Sampled items that are tried as advice.
const SAMPLES: usize = 2_048;

/// A training that would not fit.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "training the {model} would take about {} of memory beside the {} that the data take: {parts}. {} may be taken \
     ({source_of_limit}). {advice}. --memory-limit GB sets another limit",
    in_words(*needed), in_words(*resident), in_words(*allowed)
)]
pub struct TooLarge {
    /// Which model.
    pub model: &'static str,
    /// Bytes that it takes, beside those of the data.
    pub needed: u64,
    /// Bytes that the process has taken already.
    pub resident: u64,
    /// Bytes that may be taken beside them.
    pub allowed: u64,
    /// Who says so.
    pub source_of_limit: &'static str,
    /// What takes most, in words.
    pub parts: String,
    /// What would help, with the setting.
    pub advice: String,
}

/// What each model is expected to take, largest first.
pub type Expected = Vec<(Model, Estimate)>;

/// Estimates every model's training and refuses the first that does not fit; `limit` is of the whole process, in GB of 10^9
/// bytes, in the place of what the system says.
///
/// # Errors
/// See [`TooLarge`].
pub fn check(sizes: &Sizes, settings: &Settings, models: &[Model], limit: Option<f64>) -> Result<Expected, TooLarge> {
    let resident = resident_bytes().unwrap_or(0);
    let limit = match limit {
        Some(limit) => {
            let bytes = ((limit * 1e9) as u64).saturating_sub(resident);
            Some(Available { bytes, source: "--memory-limit, less the data" })
        }
        None => available(),
    };
    let mut expected: Expected =
        needed_for(models).into_iter().filter_map(|model| Some((model, estimate(model, sizes, settings)?))).collect();
    expected.sort_by_key(|(_, estimate)| std::cmp::Reverse(estimate.total()));
    let Some(Available { bytes: allowed, source }) = limit else { return Ok(expected) };
    // A teacher is heard of before its students, and a baseline, which can be left out, last.
    let mut too_large: Vec<&(Model, Estimate)> =
        expected.iter().filter(|(_, estimate)| estimate.total() > allowed).collect();
    too_large.sort_by_key(|(model, _)| (model.is_baseline(), *model));
    match too_large.first() {
        None => Ok(expected),
        Some((model, estimate)) => Err(TooLarge {
            model: model.name(),
            needed: estimate.total(),
            resident,
            allowed,
            source_of_limit: source,
            parts: largest_parts(estimate),
            advice: advice(*model, sizes, settings, allowed),
        }),
    }
}

/// The models that are trained for those of a table.
fn needed_for(models: &[Model]) -> Vec<Model> {
    let mut needed: Vec<Model> = models
        .iter()
        .flat_map(|&model| match model {
            Model::Student | Model::StudentFoldIn => vec![Model::Teacher, Model::Student],
            Model::StudentSoftLabels => vec![Model::Teacher, Model::StudentSoftLabels],
            Model::StudentNoText => vec![Model::TeacherNoText, Model::StudentNoText],
            other => vec![other],
        })
        .collect();
    needed.sort();
    needed.dedup();
    needed
}

/// The estimate of a model's training; none of those that hold little beside the data.
pub fn estimate(model: Model, sizes: &Sizes, settings: &Settings) -> Option<Estimate> {
    let without_text = Sizes { text_dim: 0, ..*sizes };
    let student = |sizes: &Sizes| {
        of_student(sizes, &settings.student, &settings.distilled, Some((&settings.teacher, &settings.distil)))
    };
    let embeddings = |common: &crate::baselines::collaborative::CollaborativeSettings, n_layers, n_views| {
        of_embeddings(sizes, common.emb_dim, (n_layers, n_views), common.fit.batch_size)
    };
    Some(match model {
        Model::Popularity | Model::ItemKnn => return None,
        Model::Ease => of_ease(sizes),
        Model::BprMf => embeddings(&settings.bpr_mf.common, 0, 1),
        Model::LightGcn => embeddings(&settings.lightgcn.common, settings.lightgcn.n_layers, 1),
        Model::Hccf => embeddings(&settings.hccf.common, settings.hccf.n_layers, 3),
        Model::HgAtt => embeddings(&settings.hgatt.common, settings.hgatt.n_layers, 3),
        Model::Hgnn => embeddings(&settings.hgnn.common, settings.hgnn.n_layers, 2),
        Model::Teacher => of_teacher(sizes, &settings.teacher),
        Model::TeacherNoText => of_teacher(&without_text, &settings.teacher),
        Model::Student | Model::StudentFoldIn | Model::StudentSoftLabels => student(sizes),
        Model::StudentNoText => student(&without_text),
        Model::StudentScratch => of_student(&without_text, &settings.student, &settings.scratch, None),
    })
}

/// The three that take most, in words.
fn largest_parts(estimate: &Estimate) -> String {
    let mut parts = estimate.parts.clone();
    parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
    let said: Vec<String> =
        parts.iter().take(3).map(|part| format!("{} {}", part.what, in_words(part.bytes))).collect();
    said.join(", ")
}

/// Settings that would make it fit, tried one after the other.
fn advice(model: Model, sizes: &Sizes, settings: &Settings, allowed: u64) -> String {
    let fits = |settings: &Settings| estimate(model, sizes, settings).filter(|estimate| estimate.total() <= allowed);
    let mut tried = settings.clone();
    let mut flags: Vec<String> = Vec::new();
    let is_teacher = matches!(model, Model::Teacher | Model::TeacherNoText);
    let section = match model {
        Model::Teacher | Model::TeacherNoText => "teacher",
        Model::StudentScratch => "scratch",
        Model::Student | Model::StudentFoldIn | Model::StudentSoftLabels | Model::StudentNoText => "distilled",
        Model::Ease => return "Leave EASE^R out: it is a closed form over all items".to_owned(),
        _ => "",
    };
    if is_teacher && settings.teacher.is_wide() && settings.teacher.wide_kind == WideKind::Ridge {
        tried.teacher.wide_kind = WideKind::Filter;
        flags.push("teacher.wide_kind=filter".to_owned());
    }
    let said = |flags: &[String], estimate: &Estimate| {
        let flags: Vec<String> = flags.iter().map(|flag| format!("--set {flag}")).collect();
        format!("With {} it would take about {}", flags.join(" "), in_words(estimate.total()))
    };
    if !flags.is_empty()
        && let Some(estimate) = fits(&tried)
    {
        return said(&flags, &estimate);
    }
    let batch_of = |settings: &mut Settings, batch: usize| match section {
        "teacher" => settings.teacher.fit.batch_size = batch,
        "scratch" => settings.scratch.fit.batch_size = batch,
        "distilled" => settings.distilled.fit.batch_size = batch,
        _ => {}
    };
    // The largest batch that fits, with what else has been changed so far.
    let with_batch = |tried: &mut Settings, flags: &mut Vec<String>| {
        let fitting = BATCHES.into_iter().find_map(|batch| {
            batch_of(tried, batch);
            Some((batch, fits(tried)?))
        });
        let (batch, estimate) = fitting?;
        flags.push(format!("{section}.fit.batch_size={batch}"));
        Some(estimate)
    };
    if !section.is_empty()
        && let Some(estimate) = with_batch(&mut tried, &mut flags)
    {
        return said(&flags, &estimate);
    }
    if is_teacher && tried.teacher.is_deep() {
        tried.teacher.recompute_layers = true;
        if let Some(estimate) = with_batch(&mut tried, &mut flags) {
            flags.push("teacher.recompute_layers=true".to_owned());
            return said(&flags, &estimate);
        }
    }
    if section == "distilled" || section == "scratch" {
        let training = if section == "scratch" { &mut tried.scratch } else { &mut tried.distilled };
        training.n_sampled_items = SAMPLES;
        if let Some(estimate) = with_batch(&mut tried, &mut flags) {
            flags.push(format!("{section}.n_sampled_items={SAMPLES}"));
            return said(&flags, &estimate);
        }
    }
    "No batch is small enough: narrower embeddings (emb_dim), fewer items or a larger machine would help".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CDS: Sizes = Sizes { n_users: 71_258, n_items: 65_443, n_likes: 995_000, text_dim: 0 };

    #[test]
    fn a_whole_step_of_a_large_set_is_refused_with_settings_that_fit() {
        let mut settings = Settings::default();
        let said = check(&CDS, &settings, &[Model::Student], Some(24.0)).unwrap_err();
        assert_eq!(said.model, "teacher");
        // Two matrices of users times items and two of the smaller side squared, of 8 bytes each, are 170 GB.
        assert!(said.needed > 150_000_000_000, "{said}");
        let text = said.to_string();
        for words in
            ["--set teacher.wide_kind=filter", "teacher.fit.batch_size=", "--memory-limit", "the losses of a step"]
        {
            assert!(text.contains(words), "{text}");
        }
        // What is advised is followed, first for the teacher, then for the student.
        for _ in 0..2 {
            let Err(said) = check(&CDS, &settings, &[Model::Student], Some(24.0)) else { break };
            let flags = said.advice.split("--set ").skip(1).map(|flag| flag.split(' ').next().unwrap().to_owned());
            flags.for_each(|flag| settings.set(&flag).unwrap());
        }
        let expected = check(&CDS, &settings, &[Model::Student], Some(24.0)).unwrap();
        assert_eq!(expected.len(), 2);
        assert!(expected.iter().all(|(_, estimate)| estimate.total() < 24_000_000_000));
        assert!(settings.teacher.fit.batch_size >= 512 && settings.distilled.fit.batch_size >= 512, "{text}");
    }

    /// Where the layers take most, no batch is small enough, and they are advised to be computed again.
    #[test]
    fn wide_embeddings_are_advised_to_compute_their_layers_again() {
        let mut settings = Settings::default();
        (settings.teacher.wide_weight, settings.teacher.wide_loss_weight) = (0.0, 0.0);
        (settings.teacher.emb_dim, settings.teacher.n_layers) = (512, 6);
        let said = check(&CDS, &settings, &[Model::Teacher], Some(13.0)).unwrap_err();
        assert!(said.advice.contains("--set teacher.recompute_layers=true"), "{said}");
        let flags = said.advice.split("--set ").skip(1).map(|flag| flag.split(' ').next().unwrap().to_owned());
        flags.for_each(|flag| settings.set(&flag).unwrap());
        check(&CDS, &settings, &[Model::Teacher], Some(13.0)).unwrap();
        settings.set("teacher.recompute_layers=false").unwrap();
        assert!(check(&CDS, &settings, &[Model::Teacher], Some(13.0)).is_err());
    }

    #[test]
    fn what_cannot_fit_is_said_and_small_data_pass() {
        let tiny = check(&CDS, &Settings::default(), &[Model::StudentScratch], Some(0.1)).unwrap_err();
        assert!(tiny.advice.starts_with("No batch is small enough"), "{tiny}");
        let movielens = Sizes { n_users: 663, n_items: 2398, n_likes: 43_260, text_dim: 0 };
        let all = check(&movielens, &Settings::default(), &Model::ALL, Some(4.0)).unwrap();
        assert!(all.iter().all(|(_, estimate)| estimate.total() < 1_000_000_000), "{all:?}");
        let ease = check(&CDS, &Settings::default(), &[Model::Ease], Some(24.0)).unwrap_err();
        assert!(ease.to_string().contains("Leave EASE^R out"));
    }
}
