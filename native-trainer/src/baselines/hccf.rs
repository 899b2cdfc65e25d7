//! HCCF (Xia et al., "Hypergraph Contrastive Collaborative Filtering", SIGIR 2022).
//!
//! Every layer has a local part, LightGCN's propagation over the bipartite graph, and a global one over a learned
//! hypergraph of each side: memberships `H = E W` of n nodes in K hyperedges, never stored as n x n, `H H^T E_{l-1}`.
//! `E_l` is their sum, the final embeddings are the sum of all layers, and InfoNCE pulls each node's local and global
//! embedding of a layer together. Both structures are thinned by dropout while training.
//!
//! As the authors' code has it: no gradient through the local side of InfoNCE, and memberships scaled down so that the
//! global part does not drown the local one at the start. Unlike it, the negatives of InfoNCE are nodes of the batch.
//! The hyperedge-to-hyperedge layers of the paper are left out, as they are there.

use std::sync::Arc;

use candle_core::{Result, Tensor};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::Incidence;

use super::collaborative::{Batch, Collaborative, CollaborativeSettings, Embeddings, Encoder, Task};
use super::hgnn::leaky_relu;
use crate::losses::info_nce;
use crate::models::Model;
use crate::ops::rows;
use crate::params::Init;
use crate::rng;
use crate::sparse::{Pattern, SparseMatrix, normalised_values};

/// Settings of HCCF. Learned numbers: `(n + m) d + 2 d K`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HccfSettings {
    /// L.
    pub n_layers: usize,
    /// K: learned hyperedges of each side.
    pub n_hyperedges: usize,
    /// Factor on the learned memberships.
    pub membership_scale: f64,
    /// Slope below 0 of what follows the local and the global part: 1 is no activation at all.
    pub negative_slope: f64,
    /// Share of likes and of learned memberships hidden in a step.
    pub dropout: f32,
    /// Weight of InfoNCE.
    pub contrastive_weight: f64,
    /// Nodes of each side that a step contrasts at most: InfoNCE costs their square.
    pub n_contrasted: usize,
    /// Its temperature.
    pub temperature: f64,
    /// Embeddings and their training.
    #[serde(flatten)]
    pub common: CollaborativeSettings,
}

impl Default for HccfSettings {
    fn default() -> Self {
        Self {
            n_layers: 2,
            n_hyperedges: 128,
            membership_scale: 0.01,
            negative_slope: 0.5,
            dropout: 0.5,
            contrastive_weight: 1e-2,
            n_contrasted: 256,
            temperature: 0.2,
            common: CollaborativeSettings::chosen(1e-3, 100, 2e-3, 2048),
        }
    }
}

/// Local and global propagation.
#[derive(Debug)]
struct Hccf {
    settings: HccfSettings,
    pattern: Arc<Pattern>,
    normalised: SparseMatrix,
    values: Vec<f32>,
    /// `[d, K]` of each side: how an embedding becomes memberships.
    hyperedges: Embeddings,
}

/// What propagation ends with.
struct Propagated {
    out: Embeddings,
    /// Of every layer its local and its global part.
    parts: Vec<(Embeddings, Embeddings)>,
}

impl Hccf {
    fn new(settings: HccfSettings, train: &Incidence, hyperedges: Embeddings) -> Self {
        let (pattern, values) = (Arc::new(Pattern::of_incidence(train)), normalised_values(train));
        let normalised = SparseMatrix::new(pattern.clone(), values.clone());
        Self { settings, pattern, normalised, values, hyperedges }
    }

    /// Learned memberships, `[n, K]` of each side.
    fn memberships(&self, ego: &Embeddings) -> Result<Embeddings> {
        let of = |emb: &Tensor, weight: &Tensor| emb.matmul(weight)? * self.settings.membership_scale;
        Ok(Embeddings {
            users: of(&ego.users, &self.hyperedges.users)?,
            items: of(&ego.items, &self.hyperedges.items)?,
        })
    }

    fn propagated(&self, graph: &SparseMatrix, memberships: &Embeddings, ego: &Embeddings) -> Result<Propagated> {
        let activate = |xs: Tensor| leaky_relu(&xs, self.settings.negative_slope);
        let both = |xs: Embeddings| {
            Ok::<_, candle_core::Error>(Embeddings { users: activate(xs.users)?, items: activate(xs.items)? })
        };
        let through = |memberships: &Tensor, xs: &Tensor| memberships.matmul(&memberships.t()?.matmul(xs)?);
        let mut layers = vec![ego.clone()];
        let mut parts = Vec::with_capacity(self.settings.n_layers);
        for layer in 0..self.settings.n_layers {
            let xs = &layers[layer];
            let local = both(propagate(graph, xs)?)?;
            let global = both(Embeddings {
                users: through(&memberships.users, &xs.users)?,
                items: through(&memberships.items, &xs.items)?,
            })?;
            layers.push(Embeddings::sum(&[local.clone(), global.clone()])?);
            parts.push((local, global));
        }
        Ok(Propagated { out: Embeddings::sum(&layers)?, parts })
    }

    /// Of every number either nothing or its share.
    fn dropped(&self, xs: &Tensor, rng: &mut ChaCha8Rng) -> Result<Tensor> {
        let mask = (0..xs.elem_count()).map(|_| rng::dropout(rng, self.settings.dropout)).collect::<Vec<f32>>();
        xs * Tensor::from_vec(mask, xs.shape(), xs.device())?
    }
}

/// One step over the likes: users gather their items, items their users. `graph` is `[n_users, n_items]`.
fn propagate(graph: &SparseMatrix, xs: &Embeddings) -> Result<Embeddings> {
    Ok(Embeddings { users: graph.matmul(&xs.items)?, items: graph.t().matmul(&xs.users)? })
}

impl Encoder for Hccf {
    fn forward(&self, ego: &Embeddings) -> Result<Embeddings> {
        Ok(self.propagated(&self.normalised, &self.memberships(ego)?, ego)?.out)
    }

    fn train_step(
        &self,
        ego: &Embeddings,
        batch: &Batch,
        rng: &mut ChaCha8Rng,
    ) -> Result<(Embeddings, Vec<(&'static str, Tensor)>)> {
        let kept = self.values.iter().map(|value| value * rng::dropout(rng, self.settings.dropout)).collect();
        let graph = SparseMatrix::new(self.pattern.clone(), kept);
        let memberships = self.memberships(ego)?;
        let memberships =
            Embeddings { users: self.dropped(&memberships.users, rng)?, items: self.dropped(&memberships.items, rng)? };
        let Propagated { out, parts } = self.propagated(&graph, &memberships, ego)?;
        let mut terms = Vec::new();
        if self.settings.contrastive_weight > 0.0 {
            let n_contrasted = self.settings.n_contrasted;
            let users = some(&batch.users, n_contrasted, rng);
            let items = some(&batch.liked, n_contrasted, rng);
            let contrast = |global: &Tensor, local: &Tensor, nodes: &[u32]| {
                let local = rows(&local.detach(), nodes)?;
                let loss = info_nce(&rows(global, nodes)?, &local, nodes, self.settings.temperature)?;
                loss * self.settings.contrastive_weight
            };
            for (local, global) in &parts {
                terms.push(("contrastive", contrast(&global.users, &local.users, &users)?));
                terms.push(("contrastive", contrast(&global.items, &local.items, &items)?));
            }
        }
        Ok((out.select(&batch.users, &batch.items)?, terms))
    }
}

/// At most `n_wanted` of the nodes.
fn some(nodes: &[u32], n_wanted: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let mut nodes = nodes.to_vec();
    rng::shuffle(rng, &mut nodes);
    nodes.truncate(n_wanted);
    nodes
}

/// HCCF with its initial parameters.
///
/// # Errors
/// What candle refuses.
pub fn hccf<'a>(settings: &HccfSettings, task: Task<'a>) -> Result<Collaborative<'a>> {
    let (emb_dim, n_hyperedges) = (settings.common.emb_dim, settings.n_hyperedges);
    let train = task.train.clone();
    Collaborative::new(Model::Hccf, settings.common.clone(), task, |params| {
        // Xavier's: the variance of a membership is that of an embedding, about.
        let init = Init::Normal((2.0 / (emb_dim + n_hyperedges) as f32).sqrt());
        let mut weight = |side: &str| params.add(&format!("hccf.{side}_hyperedges"), (emb_dim, n_hyperedges), init);
        let hyperedges = Embeddings { users: weight("user")?, items: weight("item")? };
        Ok(Box::new(Hccf::new(settings.clone(), &train, hyperedges)))
    })
}
