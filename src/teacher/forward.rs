//! The deep channels over a whole hypergraph: layers, then fusion.

use super::config::TeacherConfig;
use super::cpu;
use super::weights::{ChannelWeights, DeepWeights};
use crate::hypergraph::Incidence;

/// `Z_t` of users and items (eq. 3, then the fusion), `[n_nodes, emb_dim]` each. The first nodes are those that the weights
/// know; a node past them has no embedding and no text of its own.
pub(super) fn embed(config: &TeacherConfig, weights: &DeepWeights, incidence: &Incidence) -> [Vec<f32>; 2] {
    let items = incidence.transposed();
    let (users, items) = (
        Channel { config, weights: &weights.user_channel, incidence },
        Channel { config, weights: &weights.item_channel, incidence: &items },
    );
    let user_text = users.text_emb();
    let user_xs = if config.gathered_input {
        let mut xs = users.input();
        let (by_user, degrees) = (incidence.by_node(), items.incidence.inv_sqrt_node_degree());
        cpu::gather_input(by_user.offsets(), by_user.indices(), &degrees, &weights.gathered, &user_text, &mut xs);
        xs
    } else {
        with_text(users.input(), &user_text)
    };
    let item_text = items.text_emb();
    let item_xs = with_text(items.input(), &item_text);
    [users.forward(user_xs, &user_text), items.forward(item_xs, &item_text)]
}

/// What nodes start from without a gathered input.
pub(crate) fn with_text(mut xs: Vec<f32>, text_emb: &[f32]) -> Vec<f32> {
    xs.iter_mut().zip(text_emb).for_each(|(x, text)| *x += text);
    xs
}

/// The rows that are there, and zeros for the rest.
fn rows(of: &[f32], n_values: usize) -> Vec<f32> {
    let mut rows = of.to_vec();
    rows.resize(n_values, 0.0);
    rows
}

/// One channel over the hypergraph of its nodes.
struct Channel<'a> {
    config: &'a TeacherConfig,
    weights: &'a ChannelWeights,
    incidence: &'a Incidence,
}

impl Channel<'_> {
    /// The learned input, `[n_nodes, emb_dim]`.
    fn input(&self) -> Vec<f32> {
        rows(&self.weights.input, self.incidence.n_nodes() * self.config.emb_dim)
    }

    /// The projected text, `[n_nodes, emb_dim]`, or nothing.
    fn text_emb(&self) -> Vec<f32> {
        let n_nodes = if self.config.reads_text { self.incidence.n_nodes() } else { 0 };
        rows(&self.weights.text_emb, n_nodes * self.config.emb_dim)
    }

    /// From what the nodes start from, the text in it, to their embeddings; both are `[n_nodes, emb_dim]`.
    fn forward(&self, xs: Vec<f32>, text_emb: &[f32]) -> Vec<f32> {
        let d = self.config.emb_dim;
        let hypergraph_emb = self.layers(xs);
        let mut emb = vec![0.0; hypergraph_emb.len()];
        cpu::fusion(&hypergraph_emb, text_emb, self.weights, self.config.fusion_residual, d, &mut emb);
        emb
    }

    /// eq. 3, layer after layer.
    fn layers(&self, xs: Vec<f32>) -> Vec<f32> {
        let TeacherConfig { emb_dim: d, activation, residual, .. } = *self.config;
        let (by_node, by_hyperedge) = (self.incidence.by_node(), self.incidence.by_hyperedge());
        let node_degree = self.incidence.inv_sqrt_node_degree();
        let mut edges = vec![0.0; self.incidence.n_hyperedges() * d];
        let mut propagated = vec![0.0; xs.len()];
        let mut sum = xs.clone();
        let mut layer = xs;
        for theta in self.weights.thetas.chunks_exact(d * d) {
            let (offsets, members) = (by_hyperedge.offsets(), by_hyperedge.indices());
            cpu::node_to_edge(offsets, members, &node_degree, &layer, &mut edges);
            cpu::edge_to_node(by_node.offsets(), by_node.indices(), &node_degree, &edges, &mut propagated);
            cpu::layer_transform(&propagated, theta, activation, residual, d, &mut layer, &mut sum);
        }
        sum
    }
}
