//! The teacher's logits as labels.

use candle_core::{Result, Tensor, bail};
use rayon::prelude::*;

use super::softmax::log_sum_exp;
use super::softmax_tensors;

/// `P_t = softmax(Y_t / T)` over items (eq. 11), made once a temperature.
#[derive(Debug)]
pub struct SoftLabels {
    pub(super) temperature: f32,
    pub(super) place: Place,
}

/// Where they lie.
#[derive(Debug)]
pub(super) enum Place {
    /// For the fused loss.
    Host {
        /// `[n_users, n_items]`.
        labels: Vec<f32>,
        /// `sum_i p_i ln p_i` of each user.
        neg_entropy: Vec<f64>,
    },
    /// For the loss made of tensors.
    Device {
        /// `[n_users, n_items]`.
        labels: Tensor,
        /// `[n_users, 1]`.
        neg_entropy: Tensor,
    },
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
        check(temperature)?;
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
        Ok(Self { temperature, place: Place::Host { labels, neg_entropy } })
    }

    /// Softens logits where they lie.
    ///
    /// # Shapes
    /// `teacher_logits` is `[n_users, n_items]`.
    ///
    /// # Errors
    /// A temperature that is not above 0.
    pub fn of_tensor(teacher_logits: &Tensor, temperature: f32) -> Result<Self> {
        check(temperature)?;
        let log_p = softmax_tensors::log_softmax(&(teacher_logits.detach() / f64::from(temperature))?)?;
        let labels = log_p.exp()?;
        let neg_entropy = (&labels * log_p)?.sum_keepdim(1)?;
        Ok(Self { temperature, place: Place::Device { labels, neg_entropy } })
    }

    /// Those of some users.
    ///
    /// # Errors
    /// A user that is not there.
    pub fn of_users(&self, users: &[u32]) -> Result<Self> {
        let place = match &self.place {
            Place::Host { labels, neg_entropy } => {
                let n_items = labels.len() / neg_entropy.len().max(1);
                let row = |user: &u32| &labels[*user as usize * n_items..][..n_items];
                Place::Host {
                    labels: users.iter().flat_map(row).copied().collect(),
                    neg_entropy: users.iter().map(|&user| neg_entropy[user as usize]).collect(),
                }
            }
            Place::Device { labels, neg_entropy } => {
                let users = Tensor::new(users, labels.device())?;
                Place::Device {
                    labels: labels.index_select(&users, 0)?,
                    neg_entropy: neg_entropy.index_select(&users, 0)?,
                }
            }
        };
        Ok(Self { temperature: self.temperature, place })
    }

    /// Labels and neg-entropies if they are for the fused loss.
    pub(super) fn on_host(&self) -> Option<(&[f32], &[f64])> {
        match &self.place {
            Place::Host { labels, neg_entropy } => Some((labels, neg_entropy)),
            Place::Device { .. } => None,
        }
    }

    /// T.
    pub fn temperature(&self) -> f32 {
        self.temperature
    }
}

fn check(temperature: f32) -> Result<()> {
    if temperature.is_nan() || temperature <= 0.0 {
        bail!("the temperature of soft labels is {temperature}, it must be above 0");
    }
    Ok(())
}
