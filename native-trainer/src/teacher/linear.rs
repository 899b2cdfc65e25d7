//! The linear channel: a low-rank linear autoencoder of a user's hyperedges, whose items are what is written of them.
//!
//! `Z = F W`, F the items' text and W learned; without text Z itself is learned. A user gathers its items,
//! `x_u = |u|^-1/2 sum_{i in u} z_i`, and the logits are `x_u . z_j + b_j`: one step over the hypergraph without layers,
//! as in ELSA (Vancura et al., RecSys 2022). Trained by the full softmax, where an item does not help to predict
//! itself (`- [j in u] |u|^-1/2 z_j . z_j`) and memberships are hidden at random.
//!
//! With few likes an item, free embeddings learn little that popularity does not know; a map of the text has a few
//! thousand numbers, shared by all items, and says something of an item that nobody has liked yet.

use std::sync::Arc;

use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::Incidence;
use sharp_distill::teacher::LinearWeights;

use super::shipped::rounded;
use crate::losses::hard_loss;
use crate::ops::{project, to_vec};
use crate::params::{Init, Params};
use crate::rng;
use crate::sparse::{Pattern, SparseMatrix};
use crate::text::{TextFeatures, whitened};

/// What its parameters are called.
pub(super) const NAME: &str = "teacher.linear_channel";

/// Settings of the linear channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearSettings {
    /// Weight of its standardised logits beside those of the other channels; with 0 there is none.
    pub weight: f32,
    /// What is taken of the text's spread before it is projected: 0 leaves directions as long as they are, 0.5 their
    /// square roots, 1 makes all alike.
    pub whitening: f64,
    /// With text, on W.
    pub text: LinearStart,
    /// Without, on Z.
    pub free: LinearStart,
}

/// How what is learned starts, and how it is held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearStart {
    /// Standard deviation at the start.
    pub init_std: f32,
    /// Weight of the squares, divided by the number of users.
    pub l2: f64,
    /// Share of memberships hidden in each step.
    pub dropout: f32,
}

impl Default for LinearSettings {
    fn default() -> Self {
        Self {
            weight: 0.0,
            whitening: 0.75,
            text: LinearStart { init_std: 0.1, l2: 0.5, dropout: 0.3 },
            free: LinearStart { init_std: 0.03, l2: 1.0, dropout: 0.1 },
        }
    }
}

/// The channel.
#[derive(Debug)]
pub(super) struct LinearChannel {
    start: LinearStart,
    train: Arc<Incidence>,
    pattern: Arc<Pattern>,
    /// `|u|^-1/2` of every membership.
    values: Vec<f32>,
    /// F, `[n_items, text_dim]`.
    text: Option<Tensor>,
    /// W, `[text_dim, emb_dim]`, or Z, `[n_items, emb_dim]`.
    weight: Tensor,
    /// Z as a file holds it, once the channel is [rounded](LinearChannel::round).
    rounded: Option<Tensor>,
    /// b, `[1, n_items]`.
    bias: Tensor,
    users: Vec<u32>,
}

impl LinearChannel {
    /// With its initial parameters; the bias starts from half the logarithm of an item's likes.
    pub(super) fn new(
        settings: &LinearSettings,
        params: &mut Params,
        train: &Arc<Incidence>,
        emb_dim: usize,
        text: Option<&TextFeatures>,
    ) -> Result<Self> {
        let (n_users, n_items) = (train.n_nodes(), train.n_hyperedges());
        let text = match text {
            Some(text) => {
                // Texts that do not differ say nothing.
                let nothing = || (vec![0.0; n_items], 1);
                let (rows, dim) = whitened(&text.items, text.dim, settings.whitening).unwrap_or_else(nothing);
                Some(Tensor::from_vec(rows, (n_items, dim), params.device())?)
            }
            None => None,
        };
        let (n_rows, start) = match &text {
            Some(text) => (text.dim(1)?, &settings.text),
            None => (n_items, &settings.free),
        };
        let weight = params.add(&format!("{NAME}.weight"), (n_rows, emb_dim), Init::Normal(start.init_std))?;
        let bias = params.add_values(&format!("{NAME}.bias"), (1, n_items), log_popularity(train))?;
        let by_user = train.inv_sqrt_node_degree();
        Ok(Self {
            start: start.clone(),
            pattern: Arc::new(Pattern::of_incidence(train)),
            values: train.memberships().map(|(user, _)| by_user[user as usize]).collect(),
            train: train.clone(),
            text,
            weight,
            rounded: None,
            bias,
            users: (0..n_users as u32).collect(),
        })
    }

    /// Learned numbers that belong to an item: all of Z, none of W.
    pub(super) fn n_embeddings(&self) -> usize {
        if self.text.is_some() { 0 } else { self.weight.elem_count() }
    }

    /// Z, `[n_items, emb_dim]`.
    pub(super) fn item_emb(&self) -> Result<Tensor> {
        match (&self.rounded, &self.text) {
            (Some(rounded), _) => Ok(rounded.clone()),
            (None, Some(text)) => project(text, &self.weight),
            (None, None) => Ok(self.weight.clone()),
        }
    }

    /// Computes Z once and for all, in numbers that f16 holds; the parameters have been rounded before.
    pub(super) fn round(&mut self) -> Result<()> {
        self.rounded = Some(rounded(&self.item_emb()?)?);
        Ok(())
    }

    /// The channel as a file holds it.
    pub(super) fn weights(&self) -> Result<LinearWeights> {
        Ok(LinearWeights { item_emb: to_vec(&self.item_emb()?)?, bias: to_vec(&self.bias)? })
    }

    /// X, `[n_users, emb_dim]`.
    pub(super) fn user_emb(&self, item_emb: &Tensor) -> Result<Tensor> {
        SparseMatrix::new(self.pattern.clone(), self.values.clone()).matmul(item_emb)
    }

    /// Logits of all items, a row for each row of user embeddings.
    pub(super) fn logits(&self, [user_emb, item_emb]: [&Tensor; 2]) -> Result<Tensor> {
        Ok(user_emb.matmul(&item_emb.t()?)?.broadcast_add(&self.bias)?.detach())
    }

    /// Its loss in an epoch: softmax and the squares.
    pub(super) fn loss_terms(&self, seed: u64, epoch: usize) -> Result<Vec<(&'static str, Tensor)>> {
        let mut rng = rng::stream(seed, &format!("teacher.linear.{epoch}"));
        let kept = self.values.iter().map(|value| value * rng::dropout(&mut rng, self.start.dropout)).collect();
        let kept = SparseMatrix::new(self.pattern.clone(), kept);
        let item_emb = self.item_emb()?;
        let logits = kept.matmul(&item_emb)?.matmul(&item_emb.t()?)?.broadcast_add(&self.bias)?;
        let own = kept.scale_columns(&item_emb.sqr()?.sum(1)?)?;
        let softmax = hard_loss(&(logits - own)?, &self.train, &self.users)?;
        let squares = (self.weight.sqr()?.sum_all()? * (self.start.l2 / self.users.len().max(1) as f64))?;
        Ok(vec![("linear softmax", softmax), ("linear l2", squares)])
    }
}

/// `ln(1 + |i|) / 2` of every item, less their mean.
fn log_popularity(train: &Incidence) -> Vec<f32> {
    let logs: Vec<f32> = train.hyperedge_degrees().into_iter().map(|degree| (1.0 + degree as f32).ln() / 2.0).collect();
    let mean = logs.iter().sum::<f32>() / logs.len().max(1) as f32;
    logs.into_iter().map(|log| log - mean).collect()
}
