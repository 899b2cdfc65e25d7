//! A sparse product whose values are attention, differentiable: on the CPU without a tensor of memberships times
//! dimensions, elsewhere as [`Products`].

mod products;

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use sharp_distill::hypergraph::{Csr, Incidence};

use crate::logits::add_scaled;
use crate::ops::{to_vec, values};
use crate::paths::is_fused;
pub use products::Products;

/// Which way attention gathers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gather {
    /// Nodes gather their hyperedges: rows are nodes.
    HyperedgesOfNodes,
    /// Hyperedges gather their members: rows are hyperedges.
    MembersOfHyperedges,
}

/// `out_r = sum_c softmax_c(LeakyReLU(row_score_r + column_score_c)) xs_c` over the memberships `(r, c)`, with
/// gradients for all three arguments; a row without memberships is 0.
///
/// Costs two passes over the memberships each way and memory for the result alone: weights are computed again where
/// they are needed. Off the CPU it is made of [`Products`], anew each time: keep them where there is more than one step.
///
/// # Shapes
/// `row_scores` is `[n_rows, 1]`, `column_scores` is `[n_columns, 1]`, `xs` is `[n_columns, dim]`, the result
/// `[n_rows, dim]`.
///
/// # Errors
/// Shapes that do not fit.
pub fn edge_softmax_matmul(
    incidence: &Arc<Incidence>,
    gather: Gather,
    negative_slope: f32,
    scores: (&Tensor, &Tensor),
    xs: &Tensor,
) -> Result<Tensor> {
    if !is_fused(xs.device()) {
        return Products::new(incidence, gather, xs.device())?.softmax_matmul(negative_slope, scores, xs);
    }
    let op = EdgeSoftmax { incidence: incidence.clone(), gather, negative_slope };
    scores.0.contiguous()?.apply_op3(&scores.1.contiguous()?, &xs.contiguous()?, op)
}

struct EdgeSoftmax {
    incidence: Arc<Incidence>,
    gather: Gather,
    negative_slope: f32,
}

impl EdgeSoftmax {
    /// Rows by which it is read, and the same memberships by column.
    fn sides(&self) -> (&Csr, &Csr) {
        match self.gather {
            Gather::HyperedgesOfNodes => (self.incidence.by_node(), self.incidence.by_hyperedge()),
            Gather::MembersOfHyperedges => (self.incidence.by_hyperedge(), self.incidence.by_node()),
        }
    }

    /// LeakyReLU and its slope.
    fn activate(&self, sum: f32) -> (f32, f32) {
        if sum > 0.0 { (sum, 1.0) } else { (sum * self.negative_slope, self.negative_slope) }
    }

    /// Of every row the largest score and the sum of the powers below it.
    fn normalisers(&self, row_scores: &[f32], column_scores: &[f32]) -> Vec<(f32, f32)> {
        let (rows, _) = self.sides();
        let of = |row: usize| {
            let scores = || rows.row(row).iter().map(|&c| self.activate(row_scores[row] + column_scores[c as usize]).0);
            let max = scores().fold(f32::NEG_INFINITY, f32::max);
            (max, scores().map(|score| (score - max).exp()).sum())
        };
        (0..rows.n_rows()).into_par_iter().map(of).collect()
    }

    /// Weight of one membership, and the slope of its score.
    fn weight(&self, row_score: f32, column_score: f32, (max, sum): (f32, f32)) -> (f32, f32) {
        let (score, slope) = self.activate(row_score + column_score);
        ((score - max).exp() / sum, slope)
    }
}

impl CustomOp3 for EdgeSoftmax {
    fn name(&self) -> &'static str {
        "edge-softmax-matmul"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let name = self.name();
        let (a, b, xs) = (values(s1, l1, name)?, values(s2, l2, name)?, values(s3, l3, name)?);
        let (n_columns, dim) = l3.shape().dims2()?;
        let (rows, columns) = self.sides();
        if (a.len(), b.len(), n_columns) != (rows.n_rows(), columns.n_rows(), columns.n_rows()) {
            bail!(
                "{name}: {} and {} scores, {n_columns} rows of a {} x {} incidence",
                a.len(),
                b.len(),
                rows.n_rows(),
                columns.n_rows()
            );
        }
        let normalisers = self.normalisers(a, b);
        let mut out = vec![0.0f32; rows.n_rows() * dim];
        out.par_chunks_mut(dim.max(1)).enumerate().for_each(|(row, out)| {
            for &column in rows.row(row) {
                let (weight, _) = self.weight(a[row], b[column as usize], normalisers[row]);
                add_scaled(out, weight, &xs[column as usize * dim..][..dim]);
            }
        });
        Ok((CpuStorage::F32(out), (rows.n_rows(), dim).into()))
    }

    /// With weights `w_rc` and `g` the gradient of the result: `d xs_c = sum_r w_rc g_r`, and the gradient of the score
    /// before LeakyReLU is `w_rc (g_r . x_c - g_r . out_r)` times the slope, summed by row and by column.
    fn bwd(
        &self,
        row_scores: &Tensor,
        column_scores: &Tensor,
        xs: &Tensor,
        res: &Tensor,
        grad_res: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (n_columns, dim) = xs.dims2()?;
        let (a, b, xs) = (to_vec(row_scores)?, to_vec(column_scores)?, to_vec(xs)?);
        let (out, grad) = (to_vec(res)?, to_vec(grad_res)?);
        let (rows, columns) = self.sides();
        let normalisers = self.normalisers(&a, &b);
        let row_of = |values: &[f32], row: usize| row * dim..values.len().min((row + 1) * dim);
        let (grad_of, xs_of) = (|row| &grad[row_of(&grad, row)], |column| &xs[row_of(&xs, column)]);
        let along: Vec<f32> =
            (0..rows.n_rows()).into_par_iter().map(|row| dot(grad_of(row), &out[row_of(&out, row)])).collect();
        let grad_score = |row: usize, column: usize| {
            let (weight, slope) = self.weight(a[row], b[column], normalisers[row]);
            (weight, slope * weight * (dot(grad_of(row), xs_of(column)) - along[row]))
        };
        // One thread sums a row, or a column, in a fixed order: the same bytes with any number of threads.
        let grad_a: Vec<f32> = (0..rows.n_rows())
            .into_par_iter()
            .map(|row| rows.row(row).iter().map(|&column| grad_score(row, column as usize).1).sum())
            .collect();
        let mut grad_b = vec![0.0f32; n_columns];
        let mut grad_xs = vec![0.0f32; n_columns * dim];
        grad_xs.par_chunks_mut(dim.max(1)).zip(&mut grad_b).enumerate().for_each(|(column, (grad_xs, grad_b))| {
            for &row in columns.row(column) {
                let (weight, score) = grad_score(row as usize, column);
                add_scaled(grad_xs, weight, grad_of(row as usize));
                *grad_b += score;
            }
        });
        let tensor = |values: Vec<f32>, dim: usize| Tensor::from_vec(values, ((), dim), &Device::Cpu).map(Some);
        Ok((tensor(grad_a, 1)?, tensor(grad_b, 1)?, tensor(grad_xs, dim)?))
    }
}

/// Eight sums side by side: one sum after the other would wait for each addition.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0f32; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f32 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_blocks.zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + tail
}
