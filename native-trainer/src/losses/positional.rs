//! Positional features (eq. 17), for the nodes of a batch only.

use candle_core::{Device, Result, Tensor};
use sharp_distill::hypergraph::Incidence;

use super::contrastive::cosine_similarities;
use crate::sparse::SparseMatrix;

/// `P_u = sum_{k=1..K} beta^k M^k e_u` with `M = D_v^-1/2 H W D_e^-1 H^T D_v^-1/2`, W the identity.
///
/// No `n x n` matrix exists: `M` is kept as `N N^T` with `N = D_v^-1/2 H D_e^-1/2` sparse, and `P` is computed for the
/// columns that are asked for, in `O(K (nnz + n) |batch|)`.
#[derive(Debug)]
pub struct PositionalFeatures {
    normalised: SparseMatrix,
    n_nodes: usize,
    n_hops: usize,
    beta: f64,
}

impl PositionalFeatures {
    /// Of the nodes of a hypergraph.
    pub fn new(incidence: &Incidence, n_hops: usize, beta: f64) -> Self {
        Self { normalised: SparseMatrix::normalised(incidence), n_nodes: incidence.n_nodes(), n_hops, beta }
    }

    /// The features of some nodes.
    ///
    /// # Shapes
    /// The result is `[node_idx.len(), n_nodes]`.
    ///
    /// # Errors
    /// A node that does not exist.
    pub fn of(&self, node_idx: &[u32]) -> Result<Tensor> {
        let n = node_idx.len();
        let mut one_hot = vec![0.0f32; self.n_nodes * n];
        for (column, &node) in node_idx.iter().enumerate() {
            if node as usize >= self.n_nodes {
                candle_core::bail!("positional features: there is no node {node} of {}", self.n_nodes);
            }
            one_hot[node as usize * n + column] = 1.0;
        }
        let mut power = Tensor::from_vec(one_hot, (self.n_nodes, n), &Device::Cpu)?;
        let mut sum = power.zeros_like()?;
        let mut weight = 1.0;
        for _ in 0..self.n_hops {
            power = self.normalised.matmul(&self.normalised.t().matmul(&power)?)?;
            weight *= self.beta;
            sum = (sum + (&power * weight)?)?;
        }
        // M is symmetric: column u of the sum is row u.
        sum.t()?.contiguous()
    }

    /// `cos(P_u, P_v)` of all pairs of some nodes.
    ///
    /// # Shapes
    /// The result is `[node_idx.len(), node_idx.len()]`.
    ///
    /// # Errors
    /// A node that does not exist.
    pub fn similarities(&self, node_idx: &[u32]) -> Result<Tensor> {
        let features = self.of(node_idx)?;
        cosine_similarities(&features, &features)
    }
}
