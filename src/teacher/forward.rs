//! The deep channels over a whole hypergraph: layers, then fusion.

use super::config::TeacherConfig;
use super::cpu;
use super::weights::{ChannelWeights, DeepWeights};
use crate::hypergraph::Incidence;

/// `Z_t` of users and items (eq. 3, then the fusion), `[n_nodes, emb_dim]` each. The first nodes are those that the weights
/// know; a node past them has no embedding and no text of its own.
pub(super) fn embed(config: &TeacherConfig, weights: &DeepWeights, incidence: &Incidence) -> [Vec<f32>; 2] {
    let items = incidence.transposed();
    let mut user_xs = rows(&weights.user_channel.input, incidence.n_nodes() * config.emb_dim);
    if config.gathered_input {
        let own = user_xs.clone();
        let by_user = incidence.by_node();
        let degrees = [incidence.inv_sqrt_node_degree(), items.inv_sqrt_node_degree()];
        let [user_degree, item_degree] = &degrees;
        let (offsets, columns) = (by_user.offsets(), by_user.indices());
        cpu::gather_input(offsets, columns, user_degree, item_degree, &weights.gathered, &own, &mut user_xs);
    }
    let users = Channel { config, weights: &weights.user_channel, incidence };
    let items = Channel { config, weights: &weights.item_channel, incidence: &items };
    [users.forward(user_xs), items.forward(weights.item_channel.input.clone())]
}

/// The rows that are there, and zeros for the rest.
fn rows(of: &[f32], n_values: usize) -> Vec<f32> {
    let mut rows = of.to_vec();
    rows.resize(n_values, 0.0);
    rows
}

/// One channel over the hypergraph of its nodes.
#[derive(Debug, Clone, Copy)]
pub struct Channel<'a> {
    /// Sizes and settings.
    pub config: &'a TeacherConfig,
    /// The channel's own.
    pub weights: &'a ChannelWeights,
    /// Its nodes and hyperedges.
    pub incidence: &'a Incidence,
}

impl Channel<'_> {
    /// From what the nodes start from, the text not in it yet, to their embeddings; both are `[n_nodes, emb_dim]`.
    pub fn forward(&self, mut xs: Vec<f32>) -> Vec<f32> {
        let d = self.config.emb_dim;
        let mut text_emb = Vec::new();
        if self.config.reads_text {
            text_emb = rows(&self.weights.text_emb, xs.len());
            xs.iter_mut().zip(&text_emb).for_each(|(x, text)| *x += text);
        }
        let hypergraph_emb = self.layers(xs);
        let mut emb = vec![0.0; hypergraph_emb.len()];
        cpu::fusion(&hypergraph_emb, &text_emb, self.weights, self.config.fusion_residual, d, &mut emb);
        emb
    }

    /// eq. 3, layer after layer.
    fn layers(&self, xs: Vec<f32>) -> Vec<f32> {
        let TeacherConfig { emb_dim: d, activation, residual, .. } = *self.config;
        let (by_node, by_hyperedge) = (self.incidence.by_node(), self.incidence.by_hyperedge());
        let (node_degree, edge_degree) = (self.incidence.inv_sqrt_node_degree(), self.incidence.inv_hyperedge_degree());
        let mut edges = vec![0.0; self.incidence.n_hyperedges() * d];
        let mut propagated = vec![0.0; xs.len()];
        let mut sum = xs.clone();
        let mut layer = xs;
        for theta in self.weights.thetas.chunks_exact(d * d) {
            let (offsets, members) = (by_hyperedge.offsets(), by_hyperedge.indices());
            cpu::node_to_edge(offsets, members, &node_degree, &edge_degree, &layer, &mut edges);
            cpu::edge_to_node(by_node.offsets(), by_node.indices(), &node_degree, &edges, &mut propagated);
            cpu::layer_transform(&propagated, theta, activation, residual, d, &mut layer, &mut sum);
        }
        sum
    }
}
