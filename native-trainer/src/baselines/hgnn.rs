//! The hypergraph network without text: two channels of Feng et al., "Hypergraph Neural Networks" (AAAI 2019), users
//! over items and items over users (eq. 3 of MODEL.md), and the dot product of their embeddings.
//!
//! Per channel `X' = act(D_v^-1/2 H D_e^-1 H^T D_v^-1/2 X Theta)`, with W the identity. A channel never sees the
//! nodes of the other: what a user and an item have in common is learned from the loss alone.

use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

use super::collaborative::{Collaborative, CollaborativeSettings, Embeddings, Encoder, Task};
use crate::models::Model;
use crate::params::{Init, Params};
use crate::sparse::SparseMatrix;

/// Settings of HGNN. Learned numbers: `(n + m) d + 2 L d^2`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HgnnSettings {
    /// L.
    pub n_layers: usize,
    /// Slope of act below 0: 1 is no activation at all, 0 is relu.
    pub negative_slope: f64,
    /// Which layers are served.
    pub readout: Readout,
    /// Embeddings and their training.
    #[serde(flatten)]
    pub common: CollaborativeSettings,
}

/// Which layers are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Readout {
    /// The last, as in the paper.
    Last,
    /// The mean of all, the ego embeddings included, as in LightGCN.
    Mean,
}

impl Readout {
    /// Of the layers, ego embeddings first.
    ///
    /// # Errors
    /// No layers.
    pub(super) fn of(self, layers: &[Embeddings]) -> Result<Embeddings> {
        match (self, layers.last()) {
            (Self::Last, Some(last)) => Ok(last.clone()),
            _ => Embeddings::mean(layers),
        }
    }
}

impl Default for HgnnSettings {
    fn default() -> Self {
        Self {
            n_layers: 1,
            negative_slope: 1.0,
            readout: Readout::Mean,
            common: CollaborativeSettings::chosen(1e-3, 200, 2e-3, 2048),
        }
    }
}

/// The two channels.
#[derive(Debug)]
struct Hgnn {
    /// `D_v^-1/2 H D_e^-1/2` of the user channel; its transpose is that of the item channel.
    normalised: SparseMatrix,
    /// Theta of the user and of the item channel, by layer.
    thetas: Vec<[Tensor; 2]>,
    negative_slope: f64,
    readout: Readout,
}

impl Encoder for Hgnn {
    fn forward(&self, ego: &Embeddings) -> Result<Embeddings> {
        let mut layers = vec![ego.clone()];
        for (layer, [user_theta, item_theta]) in self.thetas.iter().enumerate() {
            let Embeddings { users, items } = &layers[layer];
            let channel = |normalised: &SparseMatrix, xs: &Tensor, theta: &Tensor| {
                let xs = normalised.matmul(&normalised.t().matmul(xs)?)?.matmul(theta)?;
                leaky_relu(&xs, self.negative_slope)
            };
            layers.push(Embeddings {
                users: channel(&self.normalised, users, user_theta)?,
                items: channel(&self.normalised.t(), items, item_theta)?,
            });
        }
        self.readout.of(&layers)
    }
}

/// `max(x, 0) + slope min(x, 0)`; nothing is computed for a slope of 1.
pub(super) fn leaky_relu(xs: &Tensor, negative_slope: f64) -> Result<Tensor> {
    if negative_slope == 1.0 { Ok(xs.clone()) } else { candle_nn::ops::leaky_relu(xs, negative_slope) }
}

/// Square weights of both channels, one pair a layer, from the identity: training starts with plain propagation.
pub(super) fn thetas(params: &mut Params, model: Model, n_layers: usize, emb_dim: usize) -> Result<Vec<[Tensor; 2]>> {
    let mut theta = |channel: &str, layer: usize| {
        params.add(&format!("{}.{channel}.theta{layer}", model.name()), (emb_dim, emb_dim), Init::Identity)
    };
    (0..n_layers).map(|layer| Ok([theta("user_channel", layer)?, theta("item_channel", layer)?])).collect()
}

/// HGNN with its initial parameters.
///
/// # Errors
/// What candle refuses.
pub fn hgnn<'a>(settings: &HgnnSettings, task: Task<'a>) -> Result<Collaborative<'a>> {
    let normalised = SparseMatrix::normalised(&task.train);
    let &HgnnSettings { n_layers, negative_slope, readout, ref common } = settings;
    Collaborative::new(Model::Hgnn, common.clone(), task, |params| {
        let thetas = thetas(params, Model::Hgnn, n_layers, common.emb_dim)?;
        Ok(Box::new(Hgnn { normalised, thetas, negative_slope, readout }))
    })
}
