//! Settings without those that have no say: two variants that differ only in these are one training, not two.
//!
//! What has no say under the rest of a variant's settings is set back to what it is in the base. So "without positional
//! features" is found to be the base itself where the base contrasts nothing that they could weigh.

use sharp_distill::student::Head;

use crate::settings::Settings;
use crate::student::{DistilSettings, StudentTraining};
use crate::teacher::{Supervision, TeacherSettings};
use crate::text::{EncoderChoice, TextSettings};

/// The settings of a variant whose student has a teacher, or has none; what has no say is as in `base`.
pub fn effective(settings: &Settings, base: &Settings, without_teacher: bool) -> Settings {
    let mut made = base.clone();
    made.student = settings.student.clone();
    if made.student.head == Head::Dot {
        made.student.hidden_dim = base.student.hidden_dim;
    }
    if without_teacher {
        made.scratch = training(&settings.scratch, &base.scratch, settings);
        return made;
    }
    made.text = text(&settings.text, &base.text);
    made.teacher = teacher(&settings.teacher, &base.teacher, made.text.encoder != EncoderChoice::None);
    made.distil = distil(&settings.distil, &base.distil);
    made.distilled = training(&settings.distilled, &base.distilled, settings);
    made
}

fn training(training: &StudentTraining, base: &StudentTraining, settings: &Settings) -> StudentTraining {
    let mut made = training.clone();
    if settings.student.head == Head::Dot {
        made.head_init_std = base.head_init_std;
    }
    made
}

fn text(text: &TextSettings, base: &TextSettings) -> TextSettings {
    let mut made = TextSettings { cache: text.cache.clone(), encoder: text.encoder.clone(), ..base.clone() };
    match text.encoder {
        EncoderChoice::None => return made,
        EncoderChoice::Hashing => made.hashing_dim = text.hashing_dim,
        EncoderChoice::Builtin | EncoderChoice::Folder(_) | EncoderChoice::Hub(_) => {
            made.max_tokens = text.max_tokens;
            made.attention = text.attention;
            made.dtype = text.dtype;
        }
    }
    made.center = text.center;
    made
}

fn teacher(teacher: &TeacherSettings, base: &TeacherSettings, reads: bool) -> TeacherSettings {
    let mut made = teacher.clone();
    let is_linear = teacher.linear.weight > 0.0;
    made.linear = base.linear.clone();
    made.linear.weight = teacher.linear.weight;
    if is_linear && reads {
        made.linear.whitening = teacher.linear.whitening;
        made.linear.text = teacher.linear.text.clone();
    } else if is_linear {
        made.linear.free = teacher.linear.free.clone();
    }
    if !reads {
        made.cross_modal_weight = base.cross_modal_weight;
    }
    if !teacher.is_deep() && is_linear {
        // Whose embeddings are then the linear channel's: of the deep ones nothing is left.
        let resting = TeacherSettings { deep_weight: 0.0, ..base.clone() };
        made = TeacherSettings {
            emb_dim: teacher.emb_dim,
            wide_lambda: teacher.wide_lambda,
            wide_weight: teacher.wide_weight,
            linear: made.linear,
            fit: teacher.fit.clone(),
            ..resting
        };
        made.fit.batch_size = base.fit.batch_size;
        if made.wide_weight == 0.0 {
            made.wide_loss_weight = 0.0;
            made.wide_lambda = base.wide_lambda;
        }
        return made;
    }
    if teacher.wide_weight == 0.0 && !is_linear {
        // It alone is asked, and not weighed.
        made.deep_weight = 1.0;
    }
    if teacher.scorer == Head::Dot {
        made.hidden_dim = base.hidden_dim;
        made.scorer_init_std = base.scorer_init_std;
    }
    if teacher.supervision_weight == 0.0 {
        made.supervision = Supervision::Softmax;
    }
    if !teacher.is_sampled() {
        made.n_negatives = base.n_negatives;
    }
    // The wide channel's soft labels are over all items: sampled pairs have none.
    if teacher.wide_loss_weight == 0.0 || teacher.is_sampled() {
        made.wide_loss_weight = 0.0;
        made.wide_label_scale = base.wide_label_scale;
    }
    if !made.is_wide() {
        made.wide_lambda = base.wide_lambda;
    }
    let contrasts_text = reads && teacher.cross_modal_weight > 0.0;
    if teacher.intra_domain_weight == 0.0 {
        made.view_dropout = base.view_dropout;
        if !contrasts_text {
            made.contrastive_temperature = base.contrastive_temperature;
            made.contrastive_batch = base.contrastive_batch;
        }
    }
    made
}

fn distil(distil: &DistilSettings, base: &DistilSettings) -> DistilSettings {
    let mut made = distil.clone();
    if distil.lambda1 == 0.0 {
        made.logit_scale = base.logit_scale;
        made.standardize = base.standardize;
        made.temperature_max = base.temperature_max;
        made.temperature_min = base.temperature_min;
        made.annealing_epochs = base.annealing_epochs;
    }
    if distil.temperature_max == distil.temperature_min {
        made.annealing_epochs = base.annealing_epochs;
    }
    if distil.gamma == 1.0 {
        made.gamma_epochs = base.gamma_epochs;
    }
    let contrasts = distil.lambda2 > 0.0 || distil.lambda3 > 0.0;
    if !contrasts {
        made.alpha = base.alpha;
        made.contrastive_temperature = base.contrastive_temperature;
        made.contrastive_batch = base.contrastive_batch;
    }
    if !contrasts || distil.alpha >= 1.0 {
        made.n_hops = base.n_hops;
        made.beta = base.beta;
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::Preset;

    fn with(base: &Settings, set: &[&str]) -> Settings {
        let mut settings = base.clone();
        set.iter().for_each(|given| settings.set(given).unwrap());
        effective(&settings, &effective(base, base, false), false)
    }

    #[test]
    fn what_a_base_lacks_already_is_the_base() {
        for (preset, set) in [
            (Preset::Tuned, vec!["distil.alpha=1"]),
            (Preset::Tuned, vec!["text.attention=content"]),
            (Preset::Tuned, vec!["text.encoder=none"]),
            (Preset::Tuned, vec!["teacher.cross_modal_weight=1"]),
            (Preset::Tuned, vec!["teacher.linear.weight=0", "teacher.linear.text.l2=7"]),
            (Preset::TunedReviews, vec!["teacher.deep_weight=0"]),
            (Preset::TunedReviews, vec!["teacher.supervision=bpr"]),
            (Preset::TunedReviews, vec!["teacher.intra_domain_weight=1", "teacher.scorer=mlp"]),
            (Preset::TunedReviews, vec!["teacher.linear.free.l2=7"]),
            (Preset::Paper, vec!["teacher.wide_weight=0", "teacher.wide_lambda=3"]),
            (Preset::Paper, vec!["teacher.deep_weight=0"]),
            (Preset::Paper, vec!["text.hashing_dim=3", "scratch.l2=3", "ease.lambda=3"]),
            (Preset::DistillhgnnLr, vec!["distil.alpha=1", "distil.beta=0.1"]),
        ] {
            let base = preset.settings();
            assert_eq!(with(&base, &set), with(&base, &[]), "{} {set:?}", preset.name());
        }
    }

    #[test]
    fn what_a_base_has_is_missed() {
        for (preset, set) in [
            (Preset::Tuned, "distil.lambda2=0.1"),
            (Preset::Tuned, "text.encoder=builtin"),
            (Preset::Tuned, "teacher.wide_loss_weight=0"),
            (Preset::Tuned, "teacher.wide_lambda=3"),
            (Preset::Tuned, "teacher.supervision=bpr"),
            (Preset::TunedReviews, "text.encoder=none"),
            (Preset::TunedReviews, "text.attention=p2c"),
            (Preset::TunedReviews, "teacher.linear.weight=0"),
            (Preset::TunedReviews, "teacher.emb_dim=32"),
            (Preset::Paper, "distil.alpha=1"),
            (Preset::Paper, "distil.beta=0.1"),
            (Preset::Paper, "teacher.cross_modal_weight=0"),
            (Preset::Paper, "teacher.view_dropout=0"),
            (Preset::Paper, "student.head=dot"),
        ] {
            let base = preset.settings();
            assert_ne!(with(&base, &[set]), with(&base, &[]), "{} {set}", preset.name());
        }
    }

    #[test]
    fn without_a_teacher_nothing_of_a_teacher_counts() {
        let base = Preset::Paper.settings();
        let mut other = base.clone();
        for set in ["teacher.emb_dim=8", "distil.gamma=1", "text.encoder=none", "distilled.l2=9"] {
            other.set(set).unwrap();
        }
        assert_eq!(effective(&other, &base, true), effective(&base, &base, true));
        other.set("scratch.l2=9").unwrap();
        assert_ne!(effective(&other, &base, true), effective(&base, &base, true));
    }
}
