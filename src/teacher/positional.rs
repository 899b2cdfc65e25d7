//! Positional features (eq. 17) and the similarity that contrasts teacher and student (eq. 18-20), exactly and without any
//! `n x n` matrix: a row is `K` sparse products of one vector.

use crate::hypergraph::Incidence;

/// Added to the squared length of a vector before the root is taken: a zero vector has cosine 0.
const EPSILON: f64 = 1e-12;

/// `P_u = sum_{k=1..K} beta^k M^k e_u` with `M = D_v^-1/2 H D_e^-1 H^T D_v^-1/2`, for the nodes of a hypergraph.
#[derive(Debug, Clone)]
pub struct Positional<'a> {
    incidence: &'a Incidence,
    inv_sqrt_node_degree: Vec<f32>,
    inv_hyperedge_degree: Vec<f32>,
    n_hops: usize,
    beta: f32,
}

impl<'a> Positional<'a> {
    /// Of the nodes of `incidence`: of users, or of items where it is [transposed](Incidence::transposed). A visitor is a
    /// node of it like any other, once [pushed](Incidence::push_node).
    pub fn new(incidence: &'a Incidence, n_hops: usize, beta: f32) -> Self {
        Self {
            incidence,
            inv_sqrt_node_degree: incidence.inv_sqrt_node_degree(),
            inv_hyperedge_degree: incidence.inv_hyperedge_degree(),
            n_hops,
            beta,
        }
    }

    /// `P_u`, in `2 K n_memberships` multiply-adds; all zero for a node that does not exist.
    ///
    /// # Shapes
    /// The result is `[n_nodes]`.
    pub fn features(&self, node_idx: usize) -> Vec<f32> {
        let n_nodes = self.incidence.n_nodes();
        let (mut power, mut features) = (vec![0.0; n_nodes], vec![0.0; n_nodes]);
        if let Some(one) = power.get_mut(node_idx) {
            *one = 1.0;
        }
        let mut edges = vec![0.0; self.incidence.n_hyperedges()];
        let mut weight = 1.0;
        for _ in 0..self.n_hops {
            for (hyperedge_idx, edge) in edges.iter_mut().enumerate() {
                let members = self.incidence.members_of(hyperedge_idx).iter().map(|&node| node as usize);
                let sum: f32 = members.map(|node| self.inv_sqrt_node_degree[node] * power[node]).sum();
                *edge = self.inv_hyperedge_degree[hyperedge_idx] * sum;
            }
            weight *= self.beta;
            for (node, (power, feature)) in power.iter_mut().zip(&mut features).enumerate() {
                let hyperedges = self.incidence.hyperedges_of(node);
                let sum: f32 = hyperedges.iter().map(|&hyperedge| edges[hyperedge as usize]).sum();
                *power = self.inv_sqrt_node_degree[node] * sum;
                *feature += weight * *power;
            }
        }
        features
    }

    /// `cos(P_u, P_v)` of two nodes.
    pub fn cosine(&self, a: usize, b: usize) -> f32 {
        cosine(&self.features(a), &self.features(b))
    }
}

/// The cosine of two vectors of one length, 0 where one of them is.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    (product(a, b) / ((product(a, a) + EPSILON).sqrt() * (product(b, b) + EPSILON).sqrt())) as f32
}

/// `S(u, v) = alpha cos(z_t_u, z_s_v) + (1 - alpha) cos(P_u, P_v)` (eq. 18-20) from both cosines.
pub fn similarity(alpha: f32, of_embeddings: f32, of_positions: f32) -> f32 {
    alpha * of_embeddings + (1.0 - alpha) * of_positions
}
