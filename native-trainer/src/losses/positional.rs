//! Positional features (eq. 17), for the nodes of a batch only.

use candle_core::{DType, Device, Result, Tensor};
use sharp_distill::hypergraph::Incidence;

use super::contrastive::cosine_similarities;
use crate::paths::is_fused;
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
    device: Device,
}

impl PositionalFeatures {
    /// Of the nodes of a hypergraph, on the CPU.
    pub fn new(incidence: &Incidence, n_hops: usize, beta: f64) -> Self {
        let (normalised, n_nodes) = (SparseMatrix::normalised(incidence), incidence.n_nodes());
        Self { normalised, n_nodes, n_hops, beta, device: Device::Cpu }
    }

    /// The same, computed on a device.
    #[must_use]
    pub fn on(self, device: &Device) -> Self {
        Self { device: device.clone(), ..self }
    }

    /// The features of some nodes.
    ///
    /// # Shapes
    /// The result is `[node_idx.len(), n_nodes]`.
    ///
    /// # Errors
    /// A node that does not exist.
    pub fn of(&self, node_idx: &[u32]) -> Result<Tensor> {
        let mut power = self.one_hot(node_idx)?;
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

    /// A column for each of some nodes, `[n_nodes, node_idx.len()]`.
    fn one_hot(&self, node_idx: &[u32]) -> Result<Tensor> {
        let n = node_idx.len();
        if let Some(node) = node_idx.iter().find(|&&node| node as usize >= self.n_nodes) {
            candle_core::bail!("positional features: there is no node {node} of {}", self.n_nodes);
        }
        if !is_fused(&self.device) {
            let ones = Tensor::ones(self.n_nodes, DType::F32, &self.device)?;
            return SparseMatrix::selection(node_idx, self.n_nodes)?.scale_columns(&ones)?.t()?.contiguous();
        }
        let mut one_hot = vec![0.0f32; self.n_nodes * n];
        for (column, &node) in node_idx.iter().enumerate() {
            one_hot[node as usize * n + column] = 1.0;
        }
        Tensor::from_vec(one_hot, (self.n_nodes, n), &self.device)
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
