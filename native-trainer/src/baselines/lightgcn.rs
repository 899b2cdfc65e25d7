//! LightGCN (He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation", SIGIR 2020).
//!
//! Layer by layer `E_l = A E_{l-1}` with `A = D^-1/2 A_bip D^-1/2` over the bipartite graph without self-loops; the
//! final embeddings are the mean of layers 0 to L. No weights beside the embeddings, no activation.

use candle_core::Result;
use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::Incidence;

use super::collaborative::{Collaborative, CollaborativeSettings, Embeddings, Encoder, Task};
use crate::models::Model;
use crate::sparse::SparseMatrix;

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
        Self { n_layers: 2, common: CollaborativeSettings::chosen(3e-3, 200, 5e-3, 2048) }
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
        Self { normalised: SparseMatrix::normalised(train), n_layers }
    }
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
