//! What a student is made of: sizes, head, and the one setting that serving has.

use serde::{Deserialize, Serialize};

use crate::json::{JsonError, Others, Read, Reader, needed};

/// How a user and an item embedding become a logit (MODEL.md, "Head").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// `w2 . relu(W_u z_u + W_i z_i + b1) + b2`, the published head.
    #[default]
    Mlp,
    /// `z_u . z_i`.
    Dot,
    /// The sum of both.
    Hybrid,
}

impl Head {
    /// Whether the head has the light MLP.
    pub fn has_mlp(self) -> bool {
        matches!(self, Self::Mlp | Self::Hybrid)
    }

    /// Whether the head adds the dot product of the embeddings.
    pub fn has_dot(self) -> bool {
        matches!(self, Self::Dot | Self::Hybrid)
    }
}

/// Sizes and settings of a student. Users are nodes `0..n_users` of the bipartite graph, items follow them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StudentConfig {
    /// Users of the training data.
    pub n_users: usize,
    /// Items of the catalogue.
    pub n_items: usize,
    /// d, the width of features and embeddings.
    pub emb_dim: usize,
    /// Width of the head's hidden layer; 0 exactly when the head is `dot`.
    pub hidden_dim: usize,
    /// The head.
    pub head: Head,
    /// Weight of a disliked item's membership in a visitor's row: it enters the fold-in with minus this weight.
    /// Chosen on validation; 0 means that a dislike only hides the item.
    pub dislike_weight: f32,
}

impl Read for Head {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        *self = reader.choice(&[("mlp", Self::Mlp), ("dot", Self::Dot), ("hybrid", Self::Hybrid)])?;
        Ok(())
    }
}

impl Read for StudentConfig {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let mut fields = needed!(self: n_users, n_items, emb_dim, hidden_dim, head, dislike_weight);
        reader.object(Others::Refused, &mut fields)
    }
}

impl StudentConfig {
    /// Nodes of the bipartite graph: users, then items.
    pub fn n_nodes(&self) -> usize {
        self.n_users + self.n_items
    }
}
