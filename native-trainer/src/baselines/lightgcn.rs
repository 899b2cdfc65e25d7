//! LightGCN (He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation", SIGIR 2020).
//!
//! Layer by layer `E_l = A E_{l-1}` with `A = D^-1/2 A_bip D^-1/2` over the bipartite graph without self-loops; the
//! final embeddings are the mean of layers 0 to L. No weights beside the embeddings, no activation.

use std::sync::Arc;

use candle_core::Result;
use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::Incidence;

use super::collaborative::{Collaborative, CollaborativeSettings, Embeddings, Encoder, Task};
use crate::fit::FitSettings;
use crate::models::Model;
use crate::sparse::{Pattern, SparseMatrix};

/// Settings of LightGCN. Learned numbers: `(n + m) d`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LightGcnSettings {
    /// L.
    pub n_layers: usize,
    /// Embeddings and their training.
    #[serde(flatten)]
    pub common: CollaborativeSettings,
}

impl Default for LightGcnSettings {
    fn default() -> Self {
        Self {
            n_layers: 2,
            common: CollaborativeSettings {
                emb_dim: 64,
                init_std: 0.1,
                l2: 3e-3,
                fit: FitSettings {
                    epochs: 200,
                    learning_rate: 5e-3,
                    batch_size: 2048,
                    eval_every: 5,
                    patience: 6,
                    min_epochs: 0,
                },
            },
        }
    }
}

/// The propagation.
#[derive(Debug)]
pub struct LightGcn {
    normalised: SparseMatrix,
    n_layers: usize,
}

impl LightGcn {
    /// Over the training likes.
    pub fn new(train: &Incidence, n_layers: usize) -> Self {
        let pattern = Arc::new(Pattern::of_incidence(train));
        let values = normalised_values(train);
        Self { normalised: SparseMatrix::new(pattern, values), n_layers }
    }
}

/// `1 / sqrt(|I_u| |U_i|)` of every like, user by user: the users' rows of `D^-1/2 A_bip D^-1/2`.
pub(super) fn normalised_values(train: &Incidence) -> Vec<f32> {
    let (by_user, by_item) = (train.inv_sqrt_node_degree(), train.transposed().inv_sqrt_node_degree());
    train.memberships().map(|(user, item)| by_user[user as usize] * by_item[item as usize]).collect()
}

/// One application of `A`: users gather their items, items their users. `normalised` is `[n_users, n_items]`.
pub(super) fn propagate(normalised: &SparseMatrix, xs: &Embeddings) -> Result<Embeddings> {
    Ok(Embeddings { users: normalised.matmul(&xs.items)?, items: normalised.t().matmul(&xs.users)? })
}

impl Encoder for LightGcn {
    fn forward(&self, ego: &Embeddings) -> Result<Embeddings> {
        let mut layers = vec![ego.clone()];
        for layer in 0..self.n_layers {
            layers.push(propagate(&self.normalised, &layers[layer])?);
        }
        Embeddings::mean(&layers)
    }
}

/// LightGCN with its initial parameters.
///
/// # Errors
/// What candle refuses.
pub fn lightgcn<'a>(settings: &LightGcnSettings, task: Task<'a>) -> Result<Collaborative<'a>> {
    let encoder = LightGcn::new(&task.train, settings.n_layers);
    Collaborative::new(Model::LightGcn, settings.common.clone(), task, |_| Ok(Box::new(encoder)))
}
