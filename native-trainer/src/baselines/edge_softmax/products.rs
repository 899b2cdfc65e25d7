//! Attention over memberships, made of tensors and sparse products: numbers of memberships times dimensions are held, which
//! a GPU has room for, and gradients are candle's own.

use std::sync::Arc;

use candle_core::{Device, Result, Tensor};
use sharp_distill::hypergraph::Incidence;

use super::Gather;
use crate::baselines::hgnn::leaky_relu;
use crate::sparse::{Pattern, SparseMatrix};

/// The memberships of one way of gathering, as matrices that are multiplied again and again.
#[derive(Debug)]
pub struct Products {
    /// Rows by which it is read.
    pattern: Arc<Pattern>,
    /// `[n_memberships, n_rows]` and `[n_memberships, n_columns]`: a 1 where the row, the column, of a membership is.
    of_row: SparseMatrix,
    of_column: SparseMatrix,
    /// `[n_rows, 1]`: 1 for a row without memberships, whose sum would be nothing to divide by.
    is_empty: Tensor,
}

impl Products {
    /// For tensors on a device.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn new(incidence: &Incidence, gather: Gather, device: &Device) -> Result<Self> {
        let pattern = Arc::new(match gather {
            Gather::HyperedgesOfNodes => Pattern::of_incidence(incidence),
            Gather::MembersOfHyperedges => Pattern::of_incidence(&incidence.transposed()),
        });
        let (rows, columns): (Vec<u32>, Vec<u32>) =
            pattern.places().map(|(row, column)| (row as u32, column as u32)).unzip();
        let n_rows = pattern.n_rows();
        let mut is_empty = vec![1.0f32; n_rows];
        rows.iter().for_each(|&row| is_empty[row as usize] = 0.0);
        Ok(Self {
            of_row: SparseMatrix::selection(&rows, n_rows)?,
            of_column: SparseMatrix::selection(&columns, pattern.n_columns())?,
            is_empty: Tensor::from_vec(is_empty, (n_rows, 1), device)?,
            pattern,
        })
    }

    /// What [`edge_softmax_matmul`](super::edge_softmax_matmul) is.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn softmax_matmul(&self, negative_slope: f32, scores: (&Tensor, &Tensor), xs: &Tensor) -> Result<Tensor> {
        let sums = (self.of_row.matmul(scores.0)? + self.of_column.matmul(scores.1)?)?;
        let scores = leaky_relu(&sums, f64::from(negative_slope))?;
        let largest = self.of_row.matmul(&self.pattern.row_max(&scores.detach())?)?;
        let weights = (scores - largest)?.exp()?;
        let gathered = self.of_row.t().matmul(&self.of_column.matmul(xs)?.broadcast_mul(&weights)?)?;
        gathered.broadcast_div(&(self.of_row.t().matmul(&weights)? + &self.is_empty)?)
    }
}
