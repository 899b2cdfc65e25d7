//! Settings of the teacher.

use serde::{Deserialize, Serialize};
use sharp_distill::student::Head;
pub use sharp_distill::teacher::Activation;

use super::linear::LinearSettings;
use super::wide::WideKind;
use crate::fit::FitSettings;

/// L_sup of eq. 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Supervision {
    /// Full softmax cross-entropy over the items.
    Softmax,
    /// A like above sampled items.
    Bpr,
    /// 1 for a like, 0 for sampled items.
    Mse,
}

/// Settings of the teacher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherSettings {
    /// d.
    pub emb_dim: usize,
    /// L.
    pub n_layers: usize,
    /// act.
    pub activation: Activation,
    /// Weight of the layers' sum beside the input; with 0 only the last layer counts, as eq. 3 has it.
    pub residual: f64,
    /// Whether what lies between the layers is computed again for the gradient instead of kept for it: gradient
    /// checkpointing. The same numbers in less memory, for a forward pass more.
    pub recompute_layers: bool,
    /// Whether users start from the hyperedge that gathers their items, beside an embedding of their own.
    pub gathered_input: bool,
    /// Standard deviation of the embeddings at the start.
    pub init_std: f32,
    /// Standard deviation of the fusion MLP's last layer at the start.
    pub fusion_init_std: f32,
    /// Whether the fusion MLP is added to the hypergraph's embedding or replaces it.
    pub fusion_residual: bool,
    /// mlp, dot or hybrid, on `[z_u || z_i]`.
    pub scorer: Head,
    /// Hidden units of the scorer's MLP.
    pub hidden_dim: usize,
    /// Standard deviation of the scorer's output weight at the start.
    pub scorer_init_std: f32,
    /// Share of memberships hidden in each step.
    pub dropout: f32,
    /// softmax, bpr or mse.
    pub supervision: Supervision,
    /// Weight of L_sup.
    pub supervision_weight: f64,
    /// Sampled items a like, for bpr and mse.
    pub n_negatives: usize,
    /// Weight of the squared embeddings: of all, divided by the number of users, with softmax; of a step's pairs,
    /// divided by their number, with bpr and mse.
    pub l2: f64,
    /// lambda on the InfoNCE between a node's hypergraph embedding and its text (eq. 4); no effect without text.
    pub cross_modal_weight: f64,
    /// lambda on the InfoNCE between two views of a node (eq. 5).
    pub intra_domain_weight: f64,
    /// Share of hyperedges hidden from a view.
    pub view_dropout: f32,
    /// tau.
    pub contrastive_temperature: f64,
    /// Nodes of each side that are contrasted in a step.
    pub contrastive_batch: usize,
    /// ridge or filter: the closed form of the wide channel.
    pub wide_kind: WideKind,
    /// Ridge of the wide channel.
    pub wide_lambda: f64,
    /// Directions that the filter's low-pass part keeps.
    pub filter_rank: usize,
    /// Weight of that part beside the neighbours'.
    pub filter_weight: f64,
    /// How much less the likes of a user with many of them count in the filter: `R = D_u^(-a/2) H D_i^-1/2`. 1 is GF-CF.
    pub filter_user_exponent: f64,
    /// Weight of the wide channel's standardised logits; with 0 here and in `wide_loss_weight` there is no wide channel.
    pub wide_weight: f32,
    /// Weight of the soft labels from the wide channel while the deep channels learn.
    pub wide_loss_weight: f64,
    /// Factor on the wide channel's standardised logits before they become those soft labels: lower is softer.
    pub wide_label_scale: f32,
    /// Weight of the deep channels' standardised logits beside the others'. With 0 beside another channel they are not
    /// trained.
    pub deep_weight: f32,
    /// The linear channel, which reads text.
    pub linear: LinearSettings,
    /// The loop.
    pub fit: FitSettings,
}

impl TeacherSettings {
    /// Whether there is a wide channel.
    pub fn is_wide(&self) -> bool {
        self.wide_weight > 0.0 || self.wide_loss_weight > 0.0
    }

    /// Whether the deep channels are trained and asked.
    pub fn is_deep(&self) -> bool {
        self.deep_weight > 0.0 || (self.wide_weight == 0.0 && self.linear.weight == 0.0)
    }

    /// Whether steps are made of sampled pairs.
    pub fn is_sampled(&self) -> bool {
        self.supervision != Supervision::Softmax && self.supervision_weight > 0.0
    }
}
