//! Losses over sampled pairs of user and item.

use candle_core::{Result, Tensor};

use crate::ops::relu;

/// Bayesian personalised ranking (Rendle et al., UAI 2009): `-ln sigmoid(positive - negative)`, the mean over pairs.
///
/// # Shapes
/// `positive` and `negative` are logits of one shape; the result is a scalar.
///
/// # Errors
/// Shapes that do not fit.
pub fn bpr(positive: &Tensor, negative: &Tensor) -> Result<Tensor> {
    softplus(&(negative - positive)?)?.mean_all()
}

/// `ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)`: no power overflows.
fn softplus(xs: &Tensor) -> Result<Tensor> {
    let size = xs.abs()?;
    relu(xs)? + (size.neg()?.exp()? + 1.0)?.log()?
}

/// Mean squared distance of logits from their hard labels, 1 for a like and 0 for a sampled negative.
///
/// # Shapes
/// `logits` and `hard_labels` have one shape; the result is a scalar.
///
/// # Errors
/// Shapes that do not fit.
pub fn mse(logits: &Tensor, hard_labels: &Tensor) -> Result<Tensor> {
    (logits - hard_labels)?.sqr()?.mean_all()
}
