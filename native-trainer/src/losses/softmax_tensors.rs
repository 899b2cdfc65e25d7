//! The losses over all items made of tensors. Their gradients are written out: that of a row of logits is its softmax less
//! its labels, and the logits are all that is kept for it.

use std::sync::Arc;

use candle_core::{Result, Tensor, bail};
use sharp_distill::hypergraph::Incidence;

use crate::made::with_gradient;
use crate::sparse::{Pattern, SparseMatrix};

/// `ln softmax` of every row, safe for any finite logit; NaN in, NaN out.
pub(super) fn log_softmax(logits: &Tensor) -> Result<Tensor> {
    logits.broadcast_sub(&log_sum_exp(logits)?)
}

/// `ln sum exp` of every row, `[n_rows, 1]`.
fn log_sum_exp(logits: &Tensor) -> Result<Tensor> {
    let largest = logits.max_keepdim(1)?;
    logits.broadcast_sub(&largest)?.exp()?.sum_keepdim(1)?.log()? + largest
}

/// `weight * sum_u [N_u is not empty] (lse(Y_u) - sum_{i in N_u} Y_ui / |N_u|)`.
pub(super) fn hard_loss(logits: &Tensor, seen_items: &Incidence, users: &[u32], weight: f32) -> Result<Tensor> {
    let (n_users, n_items) = logits.dims2()?;
    let is_known = |user: &u32| (*user as usize) < seen_items.n_nodes();
    if seen_items.n_hyperedges() != n_items || users.len() != n_users || !users.iter().all(is_known) {
        bail!("hard-loss: labels do not fit logits of {n_users} x {n_items}");
    }
    let device = logits.device();
    let rows = || users.iter().map(|&user| seen_items.hyperedges_of(user as usize));
    let mut offsets = vec![0u32];
    offsets.extend(rows().scan(0, |end, row| {
        *end += row.len() as u32;
        Some(*end)
    }));
    let columns = rows().flatten().copied().collect();
    let shares = rows().flat_map(|row| std::iter::repeat_n((row.len() as f32).recip(), row.len())).collect();
    let labels = SparseMatrix::new(Arc::new(Pattern::new(n_items, offsets, columns)), shares);
    let ones = Tensor::ones(n_items, logits.dtype(), device)?;
    let labels = labels.scale_columns(&ones)?;
    let counts = rows().map(|row| f32::from(u8::from(!row.is_empty()))).collect::<Vec<_>>();
    let counts = Tensor::from_vec(counts, (n_users, 1), device)?;
    let kept = logits.detach();
    // A row that does not count is left out by multiplication: of a logit that is no number the loss is none either.
    let of_users = ((log_sum_exp(&kept)? * &counts)? - (&kept * &labels)?.sum_keepdim(1)?)?;
    let value = (of_users.sum_all()? * f64::from(weight))?;
    with_gradient(logits, value, move |grad| {
        let rows = (log_softmax(&kept)?.exp()?.broadcast_mul(&counts)? - &labels)?;
        rows.broadcast_mul(&(grad * f64::from(weight))?)
    })
}

/// `weight * T^2 * sum_u (sum_i p_i ln p_i - sum_i p_i Y_i / T + lse(Y_u / T))`.
pub(super) fn soft_loss(
    logits: &Tensor,
    (labels, neg_entropy): (&Tensor, &Tensor),
    temperature: f32,
    weight: f32,
) -> Result<Tensor> {
    if logits.dims() != labels.dims() {
        bail!("soft-loss: labels of {:?} do not fit logits of {:?}", labels.dims(), logits.dims());
    }
    let (temperature, weight) = (f64::from(temperature), f64::from(weight));
    let (kept, labels) = (logits.detach(), labels.clone());
    let scaled = (&kept / temperature)?;
    let cross = (&labels * &scaled)?.sum_keepdim(1)?;
    let of_users = ((neg_entropy - cross)? + log_sum_exp(&scaled)?)?;
    let value = (of_users.sum_all()? * (weight * temperature * temperature))?;
    with_gradient(logits, value, move |grad| {
        let rows = (log_softmax(&(&kept / temperature)?)?.exp()? - &labels)?;
        rows.broadcast_mul(&(grad * (weight * temperature))?)
    })
}
