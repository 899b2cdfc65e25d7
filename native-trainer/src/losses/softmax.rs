//! The losses over all items of a user at once, with gradients of our own: nothing of the size of the logits is kept
//! beside the logits and their gradient. Fused on the CPU; elsewhere `softmax_tensors`.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use sharp_distill::hypergraph::Incidence;

use super::soft_labels::{Place, SoftLabels};
use super::softmax_tensors;
use crate::ops::{to_vec, values};
use crate::paths::is_fused;

/// `L_hard = -mean_u 1 / |N_u| sum_{i in N_u} log softmax(Y_u)_i`: full softmax cross-entropy with the training items.
///
/// # Shapes
/// `logits` is `[users.len(), n_items]`, its rows those of `users`; the result is a scalar.
///
/// # Errors
/// Shapes that do not fit, or a user that does not exist.
pub fn hard_loss(logits: &Tensor, seen_items: &Arc<Incidence>, users: &[u32]) -> Result<Tensor> {
    if !is_fused(logits.device()) {
        return softmax_tensors::hard_loss(logits, seen_items, users, row_weight(logits)?);
    }
    apply(logits, Labels::Hard { seen_items: seen_items.clone(), users: users.to_vec() })
}

/// `L_soft = T^2 mean_u KL(P_t || softmax(Y_s / T))` (eq. 15).
///
/// # Shapes
/// `student_logits` is `[n_users, n_items]`, as the soft labels are and where they are; the result is a scalar.
///
/// # Errors
/// Shapes that do not fit.
pub fn soft_loss(student_logits: &Tensor, soft_labels: &Arc<SoftLabels>) -> Result<Tensor> {
    match &soft_labels.place {
        Place::Host { .. } => apply(student_logits, Labels::Soft(soft_labels.clone())),
        Place::Device { labels, neg_entropy } => {
            let (labels, temperature) = ((labels, neg_entropy), soft_labels.temperature);
            softmax_tensors::soft_loss(student_logits, labels, temperature, row_weight(student_logits)?)
        }
    }
}

/// Of each row: 1 / number of rows.
fn row_weight(logits: &Tensor) -> Result<f32> {
    Ok(1.0 / logits.dim(0)?.max(1) as f32)
}

fn apply(logits: &Tensor, labels: Labels) -> Result<Tensor> {
    let weight = row_weight(logits)?;
    logits.contiguous()?.apply_op1(SoftmaxLoss { labels, weight })
}

enum Labels {
    Hard { seen_items: Arc<Incidence>, users: Vec<u32> },
    Soft(Arc<SoftLabels>),
}

struct SoftmaxLoss {
    labels: Labels,
    /// Of each row: 1 / number of rows.
    weight: f32,
}

impl SoftmaxLoss {
    fn check(&self, n_users: usize, n_items: usize) -> Result<()> {
        let fits = match &self.labels {
            Labels::Hard { seen_items, users } => {
                seen_items.n_hyperedges() == n_items
                    && users.len() == n_users
                    && users.iter().all(|&user| (user as usize) < seen_items.n_nodes())
            }
            Labels::Soft(soft) => soft.on_host().is_some_and(|(labels, _)| labels.len() == n_users * n_items),
        };
        if !fits {
            bail!("{}: labels do not fit logits of {n_users} x {n_items}", self.name());
        }
        Ok(())
    }

    fn loss_of_user(&self, user: usize, logits: &[f32]) -> f64 {
        let weight = f64::from(self.weight);
        match &self.labels {
            Labels::Hard { seen_items, users } => {
                let seen = seen_items.hyperedges_of(users[user] as usize);
                if seen.is_empty() {
                    return 0.0;
                }
                let log_z = f64::from(log_sum_exp(logits, 1.0));
                let sum: f64 = seen.iter().map(|&item| log_z - f64::from(logits[item as usize])).sum();
                weight * sum / seen.len() as f64
            }
            Labels::Soft(soft) => {
                let inverse = soft.temperature.recip();
                let log_z = f64::from(log_sum_exp(logits, inverse));
                let Some((labels, neg_entropy)) = soft.on_host() else { return f64::NAN };
                let labels = &labels[user * logits.len()..][..logits.len()];
                let cross: f64 = labels.iter().zip(logits).map(|(&p, &s)| f64::from(p) * f64::from(s * inverse)).sum();
                weight * f64::from(soft.temperature * soft.temperature) * (neg_entropy[user] - cross + log_z)
            }
        }
    }

    fn gradient_of_user(&self, user: usize, logits: &[f32], scale: f32, gradient: &mut [f32]) {
        let weight = self.weight * scale;
        match &self.labels {
            Labels::Hard { seen_items, users } => {
                let seen = seen_items.hyperedges_of(users[user] as usize);
                if seen.is_empty() {
                    return;
                }
                let log_z = log_sum_exp(logits, 1.0);
                gradient.iter_mut().zip(logits).for_each(|(g, &s)| *g = weight * (s - log_z).exp());
                let label = weight / seen.len() as f32;
                seen.iter().for_each(|&item| gradient[item as usize] -= label);
            }
            Labels::Soft(soft) => {
                let inverse = soft.temperature.recip();
                let log_z = log_sum_exp(logits, inverse);
                let weight = weight * soft.temperature;
                let Some((labels, _)) = soft.on_host() else { return };
                let labels = &labels[user * logits.len()..][..logits.len()];
                for ((g, &p), &s) in gradient.iter_mut().zip(labels).zip(logits) {
                    *g = weight * ((s * inverse - log_z).exp() - p);
                }
            }
        }
    }
}

impl CustomOp1 for SoftmaxLoss {
    fn name(&self) -> &'static str {
        match self.labels {
            Labels::Hard { .. } => "hard-loss",
            Labels::Soft(_) => "soft-loss",
        }
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n_users, n_items) = layout.shape().dims2()?;
        self.check(n_users, n_items)?;
        let logits = values(storage, layout, self.name())?;
        let of_users: Vec<f64> = (0..n_users)
            .into_par_iter()
            .map(|user| self.loss_of_user(user, &logits[user * n_items..][..n_items]))
            .collect();
        // Summed in order of the users: the same bytes with any number of threads.
        let loss: f64 = of_users.iter().sum();
        Ok((CpuStorage::F32(vec![loss as f32]), Shape::from(())))
    }

    fn bwd(&self, logits: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        let (n_users, n_items) = logits.dims2()?;
        let scale = grad_res.to_scalar::<f32>()?;
        let logits = to_vec(logits)?;
        let mut gradient = vec![0.0f32; n_users * n_items];
        gradient
            .par_chunks_mut(n_items.max(1))
            .zip(logits.par_chunks(n_items.max(1)))
            .enumerate()
            .for_each(|(user, (gradient, logits))| self.gradient_of_user(user, logits, scale, gradient));
        Ok(Some(Tensor::from_vec(gradient, (n_users, n_items), &Device::Cpu)?))
    }
}

/// `ln sum exp(x * scale)`, safe for any finite x; NaN in, NaN out.
pub(super) fn log_sum_exp(xs: &[f32], scale: f32) -> f32 {
    let max = xs.iter().fold(f32::NEG_INFINITY, |max, &x| max.max(x * scale));
    let sum: f32 = xs.iter().map(|&x| (x * scale - max).exp()).sum();
    max + sum.ln()
}
