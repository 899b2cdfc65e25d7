//! InfoNCE (van den Oord et al., 2018) with the negatives of the batch.

use candle_core::{Result, Tensor};

use crate::paths::is_fused;

/// Added to the squared length of a vector before the root is taken: a zero vector has cosine 0 and a finite gradient.
const EPSILON: f64 = 1e-12;
/// What a masked similarity becomes: its share of the sum is exactly 0 in `f32`, and no infinity enters a gradient.
const MASKED: f32 = -1e9;

/// `cos(a_i, b_j)` for all pairs of rows.
///
/// # Shapes
/// `a` is `[n, dim]`, `b` is `[m, dim]`, the result `[n, m]`.
///
/// # Errors
/// Shapes that do not fit.
pub fn cosine_similarities(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    unit(a)?.matmul(&unit(b)?.t()?)
}

fn unit(xs: &Tensor) -> Result<Tensor> {
    xs.broadcast_div(&(xs.sqr()?.sum_keepdim(1)? + EPSILON)?.sqrt()?)
}

/// `-ln(exp(cos(q_i, p_i) / tau) / sum_j exp(cos(q_i, p_j) / tau))` (eq. 4 and 5), the mean over `i`: the positive of
/// every other row is a negative, unless it is the same node.
///
/// # Shapes
/// `query` and `positive` are `[n, dim]`, `node_idx` names the node of each row; the result is a scalar.
///
/// # Errors
/// Shapes that do not fit.
pub fn info_nce(query: &Tensor, positive: &Tensor, node_idx: &[u32], temperature: f64) -> Result<Tensor> {
    info_nce_of(&cosine_similarities(query, positive)?, node_idx, temperature)
}

/// InfoNCE over similarities that are already there: `similarities[i, i]` is the positive of row `i`.
///
/// # Shapes
/// `similarities` is `[n, n]`; the result is a scalar.
///
/// # Errors
/// Shapes that do not fit.
pub fn info_nce_of(similarities: &Tensor, node_idx: &[u32], temperature: f64) -> Result<Tensor> {
    let (n, m) = similarities.dims2()?;
    if n != m || node_idx.len() != n || n == 0 {
        candle_core::bail!("info-nce: similarities {n} x {m} of {} nodes", node_idx.len());
    }
    let device = similarities.device();
    if !is_fused(device) {
        return of_tensors(similarities, node_idx, temperature);
    }
    let entry = |at: usize| if at / n != at % n && node_idx[at / n] == node_idx[at % n] { MASKED } else { 0.0 };
    let mask = Tensor::from_vec((0..n * n).map(entry).collect::<Vec<_>>(), (n, n), device)?;
    let logits = ((similarities / temperature)? + mask)?;
    let diagonal = Tensor::from_vec((0..n as u32).collect::<Vec<_>>(), (n, 1), device)?;
    let positive = logits.gather(&diagonal, 1)?.squeeze(1)?;
    (logits.log_sum_exp(1)? - positive)?.mean_all()
}

/// The same with a mask that is made on the device.
fn of_tensors(similarities: &Tensor, node_idx: &[u32], temperature: f64) -> Result<Tensor> {
    let (n, device) = (node_idx.len(), similarities.device());
    let eye = Tensor::eye(n, similarities.dtype(), device)?;
    let nodes = Tensor::new(node_idx, device)?;
    let same = nodes.reshape((n, 1))?.broadcast_eq(&nodes.reshape((1, n))?)?.to_dtype(similarities.dtype())?;
    let logits = ((similarities / temperature)? + ((same - &eye)? * f64::from(MASKED))?)?;
    // The mask is 0 where the positives stand.
    let positive = (&logits * &eye)?.sum(1)?;
    (logits.log_sum_exp(1)? - positive)?.mean_all()
}
