//! The light MLP of teacher and student: over all pairs of user and item at once, without a tensor of pairs times hidden
//! units, or over some pairs.

mod blocks;

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use sharp_distill::student::{Head, HeadWeights};

use crate::ops::{relu, to_vec, values};
use crate::params::{Init, Params};
use crate::paths::is_fused;

/// `score = w2 . relu(W_u z_u + W_i z_i + b1) + z_u . z_i`, of which [`Head`] says what is there.
///
/// `b2` moves every logit of a user alike, so no loss here can learn it: it is 0.
#[derive(Debug)]
pub struct ScoringHead {
    has_dot: bool,
    mlp: Option<Mlp>,
}

/// What the light MLP learns.
#[derive(Debug)]
pub struct Mlp {
    /// `W_u`, `[hidden_dim, emb_dim]`.
    pub user_weight: Tensor,
    /// `W_i`, `[hidden_dim, emb_dim]`.
    pub item_weight: Tensor,
    /// `b1`, `[1, hidden_dim]`.
    pub hidden_bias: Tensor,
    /// `w2`, `[hidden_dim, 1]`.
    pub output_weight: Tensor,
}

impl ScoringHead {
    /// A head with its initial parameters, named `{name}.user_weight` and so on.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn new(
        params: &mut Params,
        name: &str,
        head: Head,
        (emb_dim, hidden_dim): (usize, usize),
        output_std: f32,
    ) -> Result<Self> {
        let (d, h) = (emb_dim, hidden_dim);
        let mlp = if head.has_mlp() {
            let std = (d as f32).sqrt().recip();
            Some(Mlp {
                user_weight: params.add(&format!("{name}.user_weight"), (h, d), Init::Normal(std))?,
                item_weight: params.add(&format!("{name}.item_weight"), (h, d), Init::Normal(std))?,
                hidden_bias: params.add(&format!("{name}.hidden_bias"), (1, h), Init::Zeros)?,
                output_weight: params.add(&format!("{name}.output_weight"), (h, 1), Init::Normal(output_std))?,
            })
        } else {
            None
        };
        Ok(Self { has_dot: head.has_dot(), mlp })
    }

    /// The MLP, if the head has one.
    pub fn mlp(&self) -> Option<&Mlp> {
        self.mlp.as_ref()
    }

    /// The parameters in the form of the model file; empty without an MLP.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn weights(&self) -> Result<HeadWeights> {
        let Some(mlp) = &self.mlp else { return Ok(HeadWeights::default()) };
        Ok(HeadWeights {
            user_weight: to_vec(&mlp.user_weight)?,
            item_weight: to_vec(&mlp.item_weight)?,
            hidden_bias: to_vec(&mlp.hidden_bias)?,
            output_weight: to_vec(&mlp.output_weight)?,
            output_bias: 0.0,
        })
    }

    /// Stage `score`: logits of all items for all of `user_emb`.
    ///
    /// # Shapes
    /// `user_emb` is `[n_users, emb_dim]`, `item_emb` is `[n_items, emb_dim]`, the result `[n_users, n_items]`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn score(&self, user_emb: &Tensor, item_emb: &Tensor) -> Result<Tensor> {
        let dot = if self.has_dot { Some(user_emb.matmul(&item_emb.t()?)?) } else { None };
        let Some(mlp) = &self.mlp else {
            return dot.map_or_else(|| candle_core::bail!("a head without MLP and dot product"), Ok);
        };
        let scores = relu_score(&mlp.user_half(user_emb)?, &mlp.item_half(item_emb)?, &mlp.output_weight)?;
        dot.map_or_else(|| Ok(scores.clone()), |dot| &dot + &scores)
    }

    /// The logit of each pair of rows.
    ///
    /// # Shapes
    /// `user_emb` and `item_emb` are `[n_pairs, emb_dim]`, the result `[n_pairs]`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn score_pairs(&self, user_emb: &Tensor, item_emb: &Tensor) -> Result<Tensor> {
        let dot = if self.has_dot { Some((user_emb * item_emb)?.sum(1)?) } else { None };
        let Some(mlp) = &self.mlp else {
            return dot.map_or_else(|| candle_core::bail!("a head without MLP and dot product"), Ok);
        };
        let hidden = relu(&(mlp.user_half(user_emb)? + mlp.item_half(item_emb)?)?)?;
        let scores = hidden.matmul(&mlp.output_weight)?.squeeze(1)?;
        dot.map_or_else(|| Ok(scores.clone()), |dot| &dot + &scores)
    }
}

impl Mlp {
    /// Stage `item_half`: `C_i = W_i z_i + b1`, `[n_items, hidden_dim]`.
    fn item_half(&self, item_emb: &Tensor) -> Result<Tensor> {
        item_emb.matmul(&self.item_weight.t()?)?.broadcast_add(&self.hidden_bias)
    }

    /// Stage `user_half`: `a_u = W_u z_u`, `[n_users, hidden_dim]`.
    fn user_half(&self, user_emb: &Tensor) -> Result<Tensor> {
        user_emb.matmul(&self.user_weight.t()?)
    }
}

/// `logits[u, i] = w2 . relu(a_u + C_i)`, with gradients for all three arguments.
///
/// # Shapes
/// `user_hidden` is `[n_users, hidden_dim]`, `item_hidden` is `[n_items, hidden_dim]`, `output_weight` is
/// `[hidden_dim, 1]`, the result `[n_users, n_items]`.
///
/// # Errors
/// Shapes that do not fit.
pub fn relu_score(user_hidden: &Tensor, item_hidden: &Tensor, output_weight: &Tensor) -> Result<Tensor> {
    let (user_hidden, item_hidden) = (user_hidden.contiguous()?, item_hidden.contiguous()?);
    let output_weight = output_weight.contiguous()?;
    if !is_fused(user_hidden.device()) {
        return blocks::relu_score(&user_hidden, &item_hidden, &output_weight);
    }
    user_hidden.apply_op3(&item_hidden, &output_weight, ReluScore)
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
            sums[lane] += w2[lane] * positive(a[lane] + c[lane]);
        }
    }
    let tail: f32 = (blocks..a.len()).map(|hidden| w2[hidden] * positive(a[hidden] + c[hidden])).sum();
    sums.iter().sum::<f32>() + tail
}

/// `max(x, 0)` that does not turn NaN into 0.
fn positive(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}
