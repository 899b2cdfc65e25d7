//! The light MLP over all pairs of user and item at once, without a tensor of pairs times hidden units.

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use crate::ops::{to_vec, values};

/// `logits[u, i] = w2 . relu(a_u + C_i)`, with gradients for all three arguments.
///
/// # Shapes
/// `user_hidden` is `[n_users, hidden_dim]`, `item_hidden` is `[n_items, hidden_dim]`, `output_weight` is
/// `[hidden_dim, 1]`, the result `[n_users, n_items]`.
///
/// # Errors
/// Shapes that do not fit.
pub fn relu_score(user_hidden: &Tensor, item_hidden: &Tensor, output_weight: &Tensor) -> Result<Tensor> {
    let output_weight = output_weight.contiguous()?;
    user_hidden.contiguous()?.apply_op3(&item_hidden.contiguous()?, &output_weight, ReluScore)
}

struct ReluScore;

impl CustomOp3 for ReluScore {
    fn name(&self) -> &'static str {
        "relu-score"
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
        let (n_users, hidden_dim) = l1.shape().dims2()?;
        let (n_items, _) = l2.shape().dims2()?;
        let name = self.name();
        let (a, c, w2) = (values(s1, l1, name)?, values(s2, l2, name)?, values(s3, l3, name)?);
        let mut logits = vec![0.0; n_users * n_items];
        logits.par_chunks_mut(n_items.max(1)).zip(a.par_chunks(hidden_dim.max(1))).for_each(|(logits, a)| {
            for (logit, c) in logits.iter_mut().zip(c.chunks_exact(hidden_dim)) {
                *logit = relu_dot(a, c, w2);
            }
        });
        Ok((CpuStorage::F32(logits), (n_users, n_items).into()))
    }

    fn bwd(
        &self,
        user_hidden: &Tensor,
        item_hidden: &Tensor,
        output_weight: &Tensor,
        _res: &Tensor,
        grad_res: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (n_users, hidden_dim) = user_hidden.dims2()?;
        let (n_items, _) = item_hidden.dims2()?;
        let (a, c) = (to_vec(user_hidden)?, to_vec(item_hidden)?);
        let (w2, grad) = (to_vec(output_weight)?, to_vec(grad_res)?);
        // One row a user: the sum of gradients of its active units, and of those times their input (for w2).
        let mut by_user = vec![0.0f32; n_users * hidden_dim * 2];
        by_user.par_chunks_mut(2 * hidden_dim).enumerate().for_each(|(user, sums)| {
            let (active, weighted) = sums.split_at_mut(hidden_dim);
            let a = &a[user * hidden_dim..][..hidden_dim];
            for (item, c) in c.chunks_exact(hidden_dim).enumerate() {
                let grad = grad[user * n_items + item];
                for hidden in 0..hidden_dim {
                    let input = a[hidden] + c[hidden];
                    let passed = if input > 0.0 { grad } else { 0.0 };
                    active[hidden] += passed;
                    weighted[hidden] += passed * input;
                }
            }
        });
        let mut grad_item = vec![0.0f32; n_items * hidden_dim];
        grad_item.par_chunks_mut(hidden_dim).enumerate().for_each(|(item, active)| {
            let c = &c[item * hidden_dim..][..hidden_dim];
            for (user, a) in a.chunks_exact(hidden_dim).enumerate() {
                let grad = grad[user * n_items + item];
                for hidden in 0..hidden_dim {
                    active[hidden] += if a[hidden] + c[hidden] > 0.0 { grad } else { 0.0 };
                }
            }
            active.iter_mut().zip(&w2).for_each(|(active, w2)| *active *= w2);
        });
        let (mut grad_user, mut grad_w2) = (vec![0.0f32; n_users * hidden_dim], vec![0.0f32; hidden_dim]);
        for (user, sums) in by_user.chunks_exact(2 * hidden_dim).enumerate() {
            for hidden in 0..hidden_dim {
                grad_user[user * hidden_dim + hidden] = sums[hidden] * w2[hidden];
                grad_w2[hidden] += sums[hidden_dim + hidden];
            }
        }
        let cpu = &Device::Cpu;
        Ok((
            Some(Tensor::from_vec(grad_user, (n_users, hidden_dim), cpu)?),
            Some(Tensor::from_vec(grad_item, (n_items, hidden_dim), cpu)?),
            Some(Tensor::from_vec(grad_w2, output_weight.shape(), cpu)?),
        ))
    }
}

/// `w2 . relu(a + c)` in eight independent sums.
fn relu_dot(a: &[f32], c: &[f32], w2: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0f32; LANES];
    let blocks = a.len() / LANES * LANES;
    for start in (0..blocks).step_by(LANES) {
        let (a, c, w2) = (&a[start..start + LANES], &c[start..start + LANES], &w2[start..start + LANES]);
        for lane in 0..LANES {
            sums[lane] += w2[lane] * (a[lane] + c[lane]).max(0.0);
        }
    }
    let tail: f32 = (blocks..a.len()).map(|hidden| w2[hidden] * (a[hidden] + c[hidden]).max(0.0)).sum();
    sums.iter().sum::<f32>() + tail
}
