//! What a teacher is made of: sizes, layers, and how its channels are weighed.

use serde::{Deserialize, Serialize};

use crate::json::{JsonError, Others, Read, Reader, needed};
use crate::student::Head;

/// What follows a layer of eq. 3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// Nothing.
    #[default]
    Identity,
    /// tanh.
    Tanh,
    /// max(x, 0).
    Relu,
}

impl Activation {
    /// Of one number.
    pub fn of(self, x: f32) -> f32 {
        match self {
            Self::Identity => x,
            Self::Tanh => x.tanh(),
            Self::Relu if x > 0.0 => x,
            Self::Relu => 0.0,
        }
    }
}

/// Sizes and settings of a teacher, as its forward needs them. Users are the nodes of the user channel, items those of the
/// item channel.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TeacherConfig {
    /// Users of the training data.
    pub n_users: usize,
    /// Items of the catalogue.
    pub n_items: usize,
    /// d, the width of the embeddings of every channel.
    pub emb_dim: usize,
    /// L, layers of each deep channel.
    pub n_layers: usize,
    /// act.
    pub activation: Activation,
    /// Weight of the layers' sum beside their input; with 0 only the last layer counts, as eq. 3 has it.
    pub residual: f32,
    /// Whether users start from what the hyperedge of their items gathers, beside an embedding of their own.
    pub gathered_input: bool,
    /// Whether the deep channels read text.
    pub reads_text: bool,
    /// Whether the fusion is added to the hypergraph's embedding or replaces it.
    pub fusion_residual: bool,
    /// How `[z_u || z_i]` becomes a logit.
    pub scorer: Head,
    /// Hidden units of the scorer's MLP; 0 exactly when it has none.
    pub hidden_dim: usize,
    /// Ridge of the wide channel.
    pub wide_lambda: f64,
    /// Weight of the wide channel's standardised logits; with 0 it is not asked.
    pub wide_weight: f32,
    /// Weight of the linear channel's standardised logits; with 0 there is none.
    pub linear_weight: f32,
    /// Weight of the deep channels' standardised logits beside the others'.
    pub deep_weight: f32,
}

impl TeacherConfig {
    /// Whether the wide channel is asked.
    pub fn is_wide(&self) -> bool {
        self.wide_weight > 0.0
    }

    /// Whether the linear channel is asked.
    pub fn is_linear(&self) -> bool {
        self.linear_weight > 0.0
    }

    /// Whether the deep channels are asked.
    pub fn is_deep(&self) -> bool {
        self.deep_weight > 0.0 || !(self.is_wide() || self.is_linear())
    }
}

impl Read for Activation {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        *self = reader.choice(&[("identity", Self::Identity), ("tanh", Self::Tanh), ("relu", Self::Relu)])?;
        Ok(())
    }
}

impl Read for TeacherConfig {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let mut fields = needed!(
            self: n_users, n_items, emb_dim, n_layers, activation, residual, gathered_input, reads_text,
            fusion_residual, scorer, hidden_dim, wide_lambda, wide_weight, linear_weight, deep_weight
        );
        reader.object(Others::Refused, &mut fields)
    }
}
