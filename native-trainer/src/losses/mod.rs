//! Every loss of MODEL.md, each as a mean over the rows it is given and each by log-sum-exp, so that no finite logit
//! overflows. The functions are checked against numbers worked by hand and against finite differences.

mod contrastive;
mod pairwise;
mod positional;
mod softmax;

pub use contrastive::{cosine_similarities, info_nce, info_nce_of};
pub use pairwise::{bpr, mse};
pub use positional::PositionalFeatures;
pub use softmax::{SoftLabels, hard_loss, soft_loss};

/// `T(e) = T_max - (T_max - T_min) min(1, e / E)` (eq. 11-12).
pub fn temperature_at(epoch: usize, max: f32, min: f32, n_epochs: usize) -> f32 {
    max - (max - min) * (epoch as f32 / n_epochs.max(1) as f32).min(1.0)
}
