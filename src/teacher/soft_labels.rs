//! What the teacher hands on: its logits on one scale, softened (eq. 11), by a temperature that falls (eq. 12).

use serde::Serialize;

use crate::json::{JsonError, Others, Read, Reader, needed};

/// How the student was taught: the settings of the distillation that can be shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DistilConfig {
    /// Factor on the teacher's logits.
    pub logit_scale: f32,
    /// Whether they are standardised per user first.
    pub standardize: bool,
    /// T_max of eq. 12.
    pub temperature_max: f32,
    /// T_min of eq. 12.
    pub temperature_min: f32,
    /// E of eq. 12.
    pub annealing_epochs: usize,
    /// gamma of eq. 13: the student's share of the embeddings that were scored while training. 1 is the student alone.
    pub gamma: f64,
    /// Epochs over which gamma moved to 1; 0 kept it.
    pub gamma_epochs: usize,
    /// alpha of eq. 18-20: the embeddings' share of a similarity, the rest is positional.
    pub alpha: f64,
    /// K of eq. 17.
    pub n_hops: usize,
    /// beta of eq. 17.
    pub beta: f64,
}

/// Soft labels as the teacher has them, and nothing else.
impl Default for DistilConfig {
    fn default() -> Self {
        Self {
            logit_scale: 1.0,
            standardize: false,
            temperature_max: 1.0,
            temperature_min: 1.0,
            annealing_epochs: 0,
            gamma: 1.0,
            gamma_epochs: 0,
            alpha: 1.0,
            n_hops: 0,
            beta: 0.0,
        }
    }
}

impl Read for DistilConfig {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let mut fields = needed!(
            self: logit_scale, standardize, temperature_max, temperature_min, annealing_epochs, gamma, gamma_epochs,
            alpha, n_hops, beta
        );
        reader.object(Others::Refused, &mut fields)
    }
}

impl DistilConfig {
    /// The teacher's logits of a user as the student was shown them, before the temperature.
    ///
    /// # Shapes
    /// `logits` is `[n_items]`.
    pub fn soften(&self, logits: &mut [f32]) {
        if self.standardize {
            standardize(logits);
        }
        logits.iter_mut().for_each(|logit| *logit *= self.logit_scale);
    }

    /// The temperature of an epoch (eq. 12).
    pub fn temperature_at(&self, epoch: usize) -> f32 {
        temperature_at(epoch, self.temperature_max, self.temperature_min, self.annealing_epochs)
    }
}

/// Gives a row mean 0 and standard deviation 1, so that logits of different channels can be added and one temperature
/// fits all users; a constant row becomes 0. The order within the row stays.
pub fn standardize(logits: &mut [f32]) {
    let n = logits.len() as f64;
    let mean = logits.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    let variance = logits.iter().map(|&x| (f64::from(x) - mean) * (f64::from(x) - mean)).sum::<f64>() / n;
    let scale = if variance > 0.0 { variance.sqrt().recip() } else { 0.0 };
    logits.iter_mut().for_each(|x| *x = ((f64::from(*x) - mean) * scale) as f32);
}

/// `T(e) = T_max - (T_max - T_min) min(1, e / E)` (eq. 12).
pub fn temperature_at(epoch: usize, max: f32, min: f32, n_epochs: usize) -> f32 {
    max - (max - min) * (epoch as f32 / n_epochs.max(1) as f32).min(1.0)
}

/// `softmax(Y / T)` over the items (eq. 11); `temperature` must be above 0.
///
/// # Shapes
/// `logits` and the result are `[n_items]`.
pub fn soft_labels(logits: &[f32], temperature: f32) -> Vec<f32> {
    let largest =
        logits.iter().fold(f32::NEG_INFINITY, |largest, &logit| if logit > largest { logit } else { largest });
    let mut labels: Vec<f32> = logits.iter().map(|logit| ((logit - largest) / temperature).exp()).collect();
    let sum: f64 = labels.iter().map(|&label| f64::from(label)).sum();
    labels.iter_mut().for_each(|label| *label = (f64::from(*label) / sum) as f32);
    labels
}

/// `KL(p || q) = sum_i p_i ln(p_i / q_i)` of two distributions over the items; an item with `p_i` = 0 adds nothing.
pub fn kl(p: &[f32], q: &[f32]) -> f64 {
    let term =
        |(&p, &q): (&f32, &f32)| if p > 0.0 { f64::from(p) * (f64::from(p).ln() - f64::from(q).ln()) } else { 0.0 };
    p.iter().zip(q).map(term).sum()
}
