//! Every loss of MODEL.md, each as a mean over the rows it is given and each by log-sum-exp, so that no finite logit
//! overflows. The functions are checked against numbers worked by hand and against finite differences.

mod contrastive;
mod pairwise;
mod positional;
mod soft_labels;
mod softmax;
mod softmax_tensors;

pub use contrastive::{cosine_similarities, info_nce, info_nce_of};
pub use pairwise::{bpr, mse};
pub use positional::PositionalFeatures;
pub use sharp_distill::teacher::temperature_at;
pub use soft_labels::SoftLabels;
pub use softmax::{hard_loss, soft_loss};
