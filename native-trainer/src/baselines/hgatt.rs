//! Hypergraph attention (Bai, Zhang and Torr, "Hypergraph Convolution and Hypergraph Attention", Pattern Recognition
//! 2021) for users and items: the model that the table calls HGAtt.
//!
//! Per channel nodes and hyperedges are projected (`X Theta`), every membership gets the score
//! `s_ve = LeakyReLU(a^T [x_v || x_e])`, and attention stands in for the incidence both ways: a hyperedge gathers its
//! members with the softmax of `s` over its members, a node its hyperedges with the softmax over its hyperedges. With
//! `S_ve = exp(s_ve)` that is `D_v^-1 S D_e^-1 S^T X Theta`, D the sums of `S`: the paper's operator, normalised by
//! rows. The paper needs hyperedges that live where nodes do; here they do, since the hyperedges of one channel are
//! the nodes of the other, and their embeddings are those.
//!
//! Attention is not stored: a product costs one forward and two backward passes over the memberships and memory for
//! nodes times dimensions ([`edge_softmax_matmul`]), where gathers would keep memberships times dimensions for each.

use std::sync::{Arc, OnceLock};

use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::Incidence;

use super::collaborative::{Collaborative, CollaborativeSettings, Embeddings, Encoder, Task};
use super::edge_softmax::{Gather, Products, edge_softmax_matmul};
use super::hgnn::{Readout, leaky_relu, thetas};
use crate::models::Model;
use crate::params::{Init, Params};
use crate::paths::is_fused;

/// LeakyReLU's slope in the scores, as in graph attention networks.
const SCORE_SLOPE: f32 = 0.2;

/// Settings of HGAtt. Learned numbers: `(n + m) d + 2 L (d^2 + 2 d)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HgAttSettings {
    /// L.
    pub n_layers: usize,
    /// Slope below 0 of what follows a layer: 1 is no activation at all, 0 is relu.
    pub negative_slope: f64,
    /// Which layers are served.
    pub readout: Readout,
    /// Embeddings and their training.
    #[serde(flatten)]
    pub common: CollaborativeSettings,
}

impl Default for HgAttSettings {
    fn default() -> Self {
        Self {
            n_layers: 2,
            negative_slope: 1.0,
            readout: Readout::Mean,
            common: CollaborativeSettings::chosen(3e-3, 100, 1e-2, 8192),
        }
    }
}

/// The layers.
#[derive(Debug)]
struct HgAtt {
    train: Arc<Incidence>,
    /// Off the CPU, members of hyperedges first: made when first needed.
    products: [OnceLock<Products>; 2],
    layers: Vec<Layer>,
    negative_slope: f64,
    readout: Readout,
}

/// Weights of both channels, the user channel first.
#[derive(Debug)]
struct Layer {
    thetas: [Tensor; 2],
    /// The two halves of `a`: `[d, 1]` for the nodes and `[d, 1]` for the hyperedges.
    attention: [[Tensor; 2]; 2],
}

impl Layer {
    fn attention(params: &mut Params, layer: usize, emb_dim: usize) -> Result<[[Tensor; 2]; 2]> {
        // From 0: every member counts alike at first.
        let mut half = |channel: &str, of: &str| {
            params.add(&format!("{}.{channel}.attention{layer}.{of}", Model::HgAtt.name()), (emb_dim, 1), Init::Zeros)
        };
        let mut of = |channel: &str| Ok::<_, candle_core::Error>([half(channel, "node")?, half(channel, "hyperedge")?]);
        Ok([of("user_channel")?, of("item_channel")?])
    }
}

impl HgAtt {
    fn gather(&self, gather: Gather, scores: (&Tensor, &Tensor), xs: &Tensor) -> Result<Tensor> {
        if is_fused(xs.device()) {
            return edge_softmax_matmul(&self.train, gather, SCORE_SLOPE, scores, xs);
        }
        let products = &self.products[usize::from(gather == Gather::HyperedgesOfNodes)];
        if products.get().is_none() {
            // Another thread's would be the same.
            let _ = products.set(Products::new(&self.train, gather, xs.device())?);
        }
        match products.get() {
            Some(products) => products.softmax_matmul(SCORE_SLOPE, scores, xs),
            None => candle_core::bail!("attention without its memberships"),
        }
    }
}

impl Encoder for HgAtt {
    fn forward(&self, ego: &Embeddings) -> Result<Embeddings> {
        let (by_members, by_hyperedges) = (Gather::MembersOfHyperedges, Gather::HyperedgesOfNodes);
        let mut layers = vec![ego.clone()];
        for (layer, Layer { thetas: [user_theta, item_theta], attention }) in self.layers.iter().enumerate() {
            let users = layers[layer].users.matmul(user_theta)?;
            let items = layers[layer].items.matmul(item_theta)?;
            let gather = |gather, row_scores: &Tensor, column_scores: &Tensor, xs: &Tensor| {
                self.gather(gather, (row_scores, column_scores), xs)
            };
            // In `train` users are the nodes; in the item channel it is read the other way round.
            let [[user_node, user_hyperedge], [item_node, item_hyperedge]] = attention;
            let (nodes, hyperedges) = (users.matmul(user_node)?, items.matmul(user_hyperedge)?);
            let gathered = gather(by_members, &hyperedges, &nodes, &users)?;
            let of_users = gather(by_hyperedges, &nodes, &hyperedges, &gathered)?;
            let (nodes, hyperedges) = (items.matmul(item_node)?, users.matmul(item_hyperedge)?);
            let gathered = gather(by_hyperedges, &hyperedges, &nodes, &items)?;
            let of_items = gather(by_members, &nodes, &hyperedges, &gathered)?;
            layers.push(Embeddings {
                users: leaky_relu(&of_users, self.negative_slope)?,
                items: leaky_relu(&of_items, self.negative_slope)?,
            });
        }
        self.readout.of(&layers)
    }
}

/// HGAtt with its initial parameters.
///
/// # Errors
/// What candle refuses.
pub fn hgatt<'a>(settings: &HgAttSettings, task: Task<'a>) -> Result<Collaborative<'a>> {
    let &HgAttSettings { n_layers, negative_slope, readout, ref common } = settings;
    let train = task.train.clone();
    Collaborative::new(Model::HgAtt, common.clone(), task, |params| {
        let thetas = thetas(params, Model::HgAtt, n_layers, common.emb_dim)?.into_iter().enumerate();
        let layers = thetas
            .map(|(layer, thetas)| Ok(Layer { thetas, attention: Layer::attention(params, layer, common.emb_dim)? }))
            .collect::<Result<_>>()?;
        Ok(Box::new(HgAtt { train, products: Default::default(), layers, negative_slope, readout }))
    })
}
