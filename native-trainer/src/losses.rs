//! The two losses of a student, over all items of a user at once, by log-sum-exp, with gradients of our own.
//!
//! Both are weighted means over users: `user_weight` sums to 1.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use sharp_distill::hypergraph::Incidence;

use crate::ops::{to_vec, values};

/// `L_hard = -sum_u w_u / |N_u| sum_{i in N_u} log softmax(Y_u)_i`: full softmax cross-entropy with the training items.
///
/// # Shapes
/// `logits` is `[n_users, n_items]`, `user_weight` is `[n_users]`; the result is a scalar.
///
/// # Errors
/// Shapes that do not fit.
pub fn hard_loss(logits: &Tensor, seen_items: &Arc<Incidence>, user_weight: &Arc<Vec<f32>>) -> Result<Tensor> {
    let labels = Labels::Hard { seen_items: seen_items.clone() };
    apply(logits, labels, user_weight)
}

/// `P_t = softmax(Y_t / T)` over items (eq. 11), made once a temperature.
#[derive(Debug)]
pub struct SoftLabels {
    temperature: f32,
    /// `[n_users, n_items]`.
    labels: Vec<f32>,
    /// `sum_i p_i ln p_i` of each user.
    neg_entropy: Vec<f64>,
}

impl SoftLabels {
    /// Softens logits.
    ///
    /// # Shapes
    /// `teacher_logits` is `[n_users, n_items]`.
    ///
    /// # Errors
    /// A temperature that is not above 0.
    pub fn new(teacher_logits: &[f32], n_items: usize, temperature: f32) -> Result<Self> {
        if temperature.is_nan() || temperature <= 0.0 {
            bail!("the temperature of soft labels is {temperature}, it must be above 0");
        }
        let inverse = temperature.recip();
        let mut labels = teacher_logits.to_vec();
        let neg_entropy = labels
            .par_chunks_mut(n_items.max(1))
            .map(|logits| {
                let log_z = log_sum_exp(logits, inverse);
                let mut sum = 0.0;
                for logit in logits {
                    let log_p = *logit * inverse - log_z;
                    *logit = log_p.exp();
                    sum += f64::from(*logit) * f64::from(log_p);
                }
                sum
            })
            .collect();
        Ok(Self { temperature, labels, neg_entropy })
    }

    /// T.
    pub fn temperature(&self) -> f32 {
        self.temperature
    }
}

/// `L_soft = T^2 sum_u w_u KL(P_t || softmax(Y_s / T))` (eq. 15).
///
/// # Shapes
/// `student_logits` is `[n_users, n_items]`; the result is a scalar.
///
/// # Errors
/// Shapes that do not fit.
pub fn soft_loss(
    student_logits: &Tensor,
    soft_labels: &Arc<SoftLabels>,
    user_weight: &Arc<Vec<f32>>,
) -> Result<Tensor> {
    apply(student_logits, Labels::Soft(soft_labels.clone()), user_weight)
}

/// `T(e) = T_max - (T_max - T_min) min(1, e / E)` (eq. 11-12).
pub fn temperature_at(epoch: usize, max: f32, min: f32, n_epochs: usize) -> f32 {
    max - (max - min) * (epoch as f32 / n_epochs.max(1) as f32).min(1.0)
}

fn apply(logits: &Tensor, labels: Labels, user_weight: &Arc<Vec<f32>>) -> Result<Tensor> {
    logits.contiguous()?.apply_op1(SoftmaxLoss { labels, user_weight: user_weight.clone() })
}

enum Labels {
    Hard { seen_items: Arc<Incidence> },
    Soft(Arc<SoftLabels>),
}

struct SoftmaxLoss {
    labels: Labels,
    user_weight: Arc<Vec<f32>>,
}

impl SoftmaxLoss {
    fn check(&self, n_users: usize, n_items: usize) -> Result<()> {
        let fits = match &self.labels {
            Labels::Hard { seen_items } => (seen_items.n_nodes(), seen_items.n_hyperedges()) == (n_users, n_items),
            Labels::Soft(soft) => soft.labels.len() == n_users * n_items,
        };
        if !fits || self.user_weight.len() != n_users {
            bail!("{}: labels do not fit logits of {n_users} x {n_items}", self.name());
        }
        Ok(())
    }

    fn loss_of_user(&self, user: usize, logits: &[f32]) -> f64 {
        let weight = f64::from(self.user_weight[user]);
        match &self.labels {
            Labels::Hard { seen_items } => {
                let seen = seen_items.hyperedges_of(user);
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
                let labels = &soft.labels[user * logits.len()..][..logits.len()];
                let cross: f64 = labels.iter().zip(logits).map(|(&p, &s)| f64::from(p) * f64::from(s * inverse)).sum();
                weight * f64::from(soft.temperature * soft.temperature) * (soft.neg_entropy[user] - cross + log_z)
            }
        }
    }

    fn gradient_of_user(&self, user: usize, logits: &[f32], scale: f32, gradient: &mut [f32]) {
        let weight = self.user_weight[user] * scale;
        match &self.labels {
            Labels::Hard { seen_items } => {
                let seen = seen_items.hyperedges_of(user);
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
                let labels = &soft.labels[user * logits.len()..][..logits.len()];
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
fn log_sum_exp(xs: &[f32], scale: f32) -> f32 {
    let max = xs.iter().fold(f32::NEG_INFINITY, |max, &x| max.max(x * scale));
    let sum: f32 = xs.iter().map(|&x| (x * scale - max).exp()).sum();
    max + sum.ln()
}
