//! LightGCN (He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation", SIGIR 2020).
//!
//! Layer by layer `E_l = A E_{l-1}` with `A = D^-1/2 A_bip D^-1/2` over the bipartite graph without self-loops; the
//! final embeddings are the mean of layers 0 to L. No weights beside the embeddings, no activation.

use candle_core::{Result, Tensor};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::Incidence;

use super::collaborative::{Batch, Collaborative, CollaborativeSettings, Embeddings, Encoder, Task};
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
    /// A, users first.
    adjacency: SparseMatrix,
    n_users: usize,
    /// `1 / (L + 1)` for every layer.
    coefficients: Vec<f32>,
}

impl LightGcn {
    /// Over the training likes.
    pub fn new(train: &Incidence, n_layers: usize) -> Self {
        let coefficients = vec![((n_layers + 1) as f32).recip(); n_layers + 1];
        Self { adjacency: SparseMatrix::bipartite(train), n_users: train.n_nodes(), coefficients }
    }

    /// The mean of all layers at some nodes, users first; at all nodes if none are named.
    fn layers(&self, ego: &Embeddings, nodes: Option<&[u32]>) -> Result<Tensor> {
        let ego = Tensor::cat(&[&ego.users, &ego.items], 0)?;
        self.adjacency.polynomial(&ego, &self.coefficients, nodes)
    }
}

impl Encoder for LightGcn {
    fn forward(&self, ego: &Embeddings) -> Result<Embeddings> {
        split(&self.layers(ego, None)?, self.n_users)
    }

    fn train_step(
        &self,
        ego: &Embeddings,
        batch: &Batch,
        _rng: &mut ChaCha8Rng,
    ) -> Result<(Embeddings, Vec<(&'static str, Tensor)>)> {
        let items = batch.items.iter().map(|item| self.n_users as u32 + item);
        let nodes: Vec<u32> = batch.users.iter().copied().chain(items).collect();
        Ok((split(&self.layers(ego, Some(&nodes))?, batch.users.len())?, Vec::new()))
    }
}

/// The first `n_users` rows, and the others.
fn split(nodes: &Tensor, n_users: usize) -> Result<Embeddings> {
    let n_items = nodes.dim(0)? - n_users;
    Ok(Embeddings { users: nodes.narrow(0, 0, n_users)?, items: nodes.narrow(0, n_users, n_items)? })
}

/// LightGCN with its initial parameters.
///
/// # Errors
/// What candle refuses.
pub fn lightgcn<'a>(settings: &LightGcnSettings, task: Task<'a>) -> Result<Collaborative<'a>> {
    let encoder = LightGcn::new(&task.train, settings.n_layers);
    Collaborative::new(Model::LightGcn, settings.common.clone(), task, |_| Ok(Box::new(encoder)))
}
