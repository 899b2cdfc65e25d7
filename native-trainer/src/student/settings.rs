//! Settings of the student: its architecture, its training, and what it takes from the teacher.

use serde::{Deserialize, Serialize};
use sharp_distill::student::Head;
use sharp_distill::teacher::DistilConfig;

use crate::fit::FitSettings;

/// Architecture of the student: the same with and without a teacher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentSettings {
    /// d.
    pub emb_dim: usize,
    /// Hidden units of the light MLP (not used by the head `dot`).
    pub hidden_dim: usize,
    /// mlp, dot or hybrid.
    pub head: Head,
}

/// How a student is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentTraining {
    /// Standard deviation of the features at the start.
    pub init_std: f32,
    /// Standard deviation of the head's output weight at the start: near 0, the head starts as the dot product.
    pub head_init_std: f32,
    /// Features are learned as `X = D^precondition X'`: 0.5 undoes the scale that `A` gives them.
    pub precondition: f32,
    /// Share of memberships hidden from the users' rows in each step.
    pub dropout: f32,
    /// Share of users whose self-loop is hidden in each step.
    pub ego_dropout: f32,
    /// Weight of L_hard.
    pub hard_loss_weight: f64,
    /// Whether a training item's own share is taken out of its logit, so that L_hard cannot be met by copying.
    pub leave_one_out: bool,
    /// Weight of the squared `X'`, divided by the number of users.
    pub l2: f64,
    /// Items of a step that the losses run over, drawn anew for each; 0 takes all, which costs users times items.
    pub n_sampled_items: usize,
    /// Whose validation ranking decides: users with their own embedding, visitors without, or the mean.
    pub select: Select,
    /// The loop.
    pub fit: FitSettings,
}

/// Whose validation ranking decides when to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Select {
    /// Users of the training data, with their own embedding.
    Users,
    /// The same users as visitors: fold-in without an embedding.
    Visitors,
    /// The mean of both.
    Both,
}

/// What the student takes from the teacher (eq. 11-21) and how much each part weighs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistilSettings {
    /// lambda1 of eq. 15, on the soft labels.
    pub lambda1: f64,
    /// lambda2, on the contrast of users.
    pub lambda2: f64,
    /// lambda3, on the contrast of items.
    pub lambda3: f64,
    /// Factor on the teacher's logits.
    pub logit_scale: f32,
    /// Whether the teacher's logits are standardised per user first.
    pub standardize: bool,
    /// Whether both softmaxes of eq. 15 run over the items alone that a user does not have. Of a teacher that is surest of
    /// what it was trained on, little else is left in its labels.
    pub unseen_only: bool,
    /// T_max of eq. 12.
    pub temperature_max: f32,
    /// T_min of eq. 12.
    pub temperature_min: f32,
    /// E of eq. 12.
    pub annealing_epochs: usize,
    /// gamma of eq. 13: the student's share of the embeddings that are scored while training. 1 is the student alone.
    pub gamma: f64,
    /// Epochs over which gamma moves to 1; 0 keeps it.
    pub gamma_epochs: usize,
    /// alpha of eq. 18-20: the embeddings' share of a similarity, the rest is positional.
    pub alpha: f64,
    /// K of eq. 17.
    pub n_hops: usize,
    /// beta of eq. 17.
    pub beta: f64,
    /// tau of the contrasts.
    pub contrastive_temperature: f64,
    /// Nodes of each side that are contrasted in a step.
    pub contrastive_batch: usize,
    /// The most logits of a teacher that are kept, 4 bytes each: of more users times items they are computed batch by batch,
    /// anew in every epoch.
    pub max_kept_logits: usize,
}

impl DistilSettings {
    /// The same without interpolation and contrasts: what the soft labels alone are worth.
    pub fn soft_labels_only(&self) -> Self {
        Self { gamma: 1.0, lambda2: 0.0, lambda3: 0.0, ..self.clone() }
    }

    /// gamma in an epoch.
    pub fn gamma_at(&self, epoch: usize) -> f64 {
        match self.gamma_epochs {
            0 => self.gamma,
            n => self.gamma + (1.0 - self.gamma) * (epoch as f64 / n as f64).min(1.0),
        }
    }

    /// What of them can be shown.
    pub fn shown(&self) -> DistilConfig {
        DistilConfig {
            logit_scale: self.logit_scale,
            standardize: self.standardize,
            temperature_max: self.temperature_max,
            temperature_min: self.temperature_min,
            annealing_epochs: self.annealing_epochs,
            gamma: self.gamma,
            gamma_epochs: self.gamma_epochs,
            alpha: self.alpha,
            n_hops: self.n_hops,
            beta: self.beta,
        }
    }

    /// Whether the teacher's embeddings are needed, beside its logits.
    pub fn needs_embeddings(&self) -> bool {
        self.gamma < 1.0 || self.lambda2 > 0.0 || self.lambda3 > 0.0
    }
}
