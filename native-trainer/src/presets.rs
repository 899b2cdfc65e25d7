//! The named configurations of MODEL.md. Each is a function of the default, so that a reader sees what differs.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use sharp_distill::student::Head;

use crate::baselines::collaborative::CollaborativeSettings;
use crate::baselines::itemknn::ItemKnnSettings;
use crate::fit::FitSettings;
use crate::settings::Settings;
use crate::student::{DistilSettings, Select, StudentTraining};
use crate::teacher::{Activation, Supervision, TeacherSettings};
use crate::text::EncoderChoice;

/// A named configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Chosen on validation of MovieLens: what the demo ships
    #[default]
    Tuned,
    /// Chosen on validation of Musical Instruments, for data with reviews and few likes
    TunedReviews,
    /// Every number as SHARP-Distill (ICML 2025) gives it; text by the built-in DeBERTa
    Paper,
    /// Its forerunner: cross-entropy and contrast, no positional term; as published with --text-encoder and a BERT (hf:google-bert/bert-base-uncased, or a folder)
    DistillhgnnLr,
}

impl Preset {
    /// The name as it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tuned => "tuned",
            Self::TunedReviews => "tuned-reviews",
            Self::Paper => "paper",
            Self::DistillhgnnLr => "distillhgnn-lr",
        }
    }

    /// Its settings. The baselines are the same in every preset.
    pub fn settings(self) -> Settings {
        match self {
            Self::Tuned => Settings::default(),
            Self::TunedReviews => tuned_reviews(),
            Self::Paper => paper(),
            Self::DistillhgnnLr => distillhgnn_lr(),
        }
    }
}

/// Where likes are few, what is written about an item says more of it than who likes it: the teacher's linear channel,
/// which reads, counts most, and the deep channels, which do not help it, rest.
fn tuned_reviews() -> Settings {
    let mut settings = Settings::default();
    settings.text.encoder = EncoderChoice::Builtin;
    settings.ease.lambda = 1500.0;
    settings.itemknn = ItemKnnSettings { n_neighbours: 200, shrinkage: 500.0 };
    settings.lightgcn.n_layers = 3;
    settings.hgatt.n_layers = 2;
    let learned = |common: &mut CollaborativeSettings, l2: f64, learning_rate: f64, batch_size: usize| {
        common.l2 = l2;
        common.fit = FitSettings { learning_rate, batch_size, ..common.fit.clone() };
    };
    learned(&mut settings.bpr_mf.common, 0.1, 1e-3, 512);
    learned(&mut settings.lightgcn.common, 0.03, 5e-3, 512);
    learned(&mut settings.hgatt.common, 0.01, 1e-3, 512);
    learned(&mut settings.hccf.common, 0.3, 2e-3, 512);
    settings.hccf.dropout = 0.1;
    let teacher = &mut settings.teacher;
    teacher.wide_lambda = 1500.0;
    teacher.wide_weight = 0.2;
    teacher.deep_weight = 0.0;
    teacher.linear.weight = 1.0;
    teacher.fit = FitSettings { min_epochs: 0, ..teacher.fit.clone() };
    settings.distil.logit_scale = 0.5;
    settings
}

/// Learning rate 1e-3, batches of 256, 200 epochs, reg 1e-3, d = 64, L = 3, tau = 0.1, BPR, the MLP heads.
///
/// The text is read by a DeBERTa as in the paper, but by the small one that is built in: where a larger one is at hand,
/// `--text-encoder DIR` with its folder is the published configuration.
///
/// The paper does not say what follows a layer, nor how the MLPs are initialised: relu, and as in the tuned teacher.
fn paper() -> Settings {
    let mut settings = Settings::default();
    let fit = FitSettings {
        epochs: 200,
        learning_rate: 1e-3,
        decay_to: 1.0,
        batch_size: 256,
        eval_every: 5,
        patience: 10,
        min_epochs: 0,
    };
    settings.text.encoder = EncoderChoice::Builtin;
    settings.teacher = TeacherSettings {
        emb_dim: 64,
        n_layers: 3,
        activation: Activation::Relu,
        residual: 0.0,
        gathered_input: false,
        fusion_init_std: 0.125,
        fusion_residual: false,
        scorer: Head::Mlp,
        scorer_init_std: 0.125,
        dropout: 0.0,
        supervision: Supervision::Bpr,
        supervision_weight: 1.0,
        n_negatives: 1,
        l2: 1e-3,
        cross_modal_weight: 1.0,
        intra_domain_weight: 1.0,
        contrastive_temperature: 0.1,
        contrastive_batch: 256,
        wide_weight: 0.0,
        wide_loss_weight: 0.0,
        deep_weight: 1.0,
        fit: fit.clone(),
        ..settings.teacher
    };
    settings.student.head = Head::Mlp;
    settings.distil = DistilSettings {
        lambda1: 1.0,
        lambda2: 1.0,
        lambda3: 1.0,
        logit_scale: 1.0,
        standardize: false,
        unseen_only: false,
        temperature_max: 10.0,
        temperature_min: 1.0,
        annealing_epochs: 200,
        gamma: 0.5,
        gamma_epochs: 0,
        alpha: 0.5,
        n_hops: 3,
        beta: 0.5,
        contrastive_temperature: 0.1,
        contrastive_batch: 256,
        max_kept_logits: settings.distil.max_kept_logits,
    };
    let training = |scratch: &StudentTraining| StudentTraining {
        head_init_std: 0.125,
        precondition: 0.0,
        dropout: 0.0,
        ego_dropout: 0.0,
        hard_loss_weight: 1.0,
        leave_one_out: false,
        l2: 1e-3,
        select: Select::Users,
        fit: fit.clone(),
        ..scratch.clone()
    };
    settings.distilled = training(&settings.distilled);
    settings.scratch = training(&settings.scratch);
    settings
}

/// As `paper`, but: the teacher's supervision is cross-entropy over the items (in batches of 256 users), and the
/// similarities of the student's contrasts have no positional part.
///
/// The published text encoder is BERT. None is small enough to be built in, so that without a word the built-in DeBERTa
/// reads; the published configuration is `--preset distillhgnn-lr --text-encoder hf:google-bert/bert-base-uncased`, or any
/// BERT's folder.
fn distillhgnn_lr() -> Settings {
    let mut settings = paper();
    settings.teacher.supervision = Supervision::Softmax;
    settings.distil.alpha = 1.0;
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paper_preset_has_the_numbers_of_its_readme() {
        let Settings { teacher, distil, distilled, student, .. } = Preset::Paper.settings();
        assert_eq!((teacher.emb_dim, teacher.n_layers, teacher.l2), (64, 3, 1e-3));
        assert_eq!((teacher.fit.learning_rate, teacher.fit.batch_size, teacher.fit.epochs), (1e-3, 256, 200));
        assert_eq!((distil.temperature_max, distil.temperature_min, distil.annealing_epochs), (10.0, 1.0, 200));
        assert_eq!(
            (distil.lambda1, distil.lambda2, distil.lambda3, distil.alpha, distil.gamma),
            (1.0, 1.0, 1.0, 0.5, 0.5)
        );
        assert_eq!((distil.n_hops, distil.beta, distil.contrastive_temperature), (3, 0.5, 0.1));
        assert_eq!((student.emb_dim, student.head, distilled.fit.batch_size), (64, Head::Mlp, 256));
        assert_eq!(Preset::DistillhgnnLr.settings().distil.alpha, 1.0);
    }
}
