//! What is done to logits between two models.

use candle_core::{Result, Tensor};
use rayon::prelude::*;
use sharp_distill::teacher::standardize;

/// Gives every row mean 0 and standard deviation 1: [`standardize`] of each.
///
/// # Shapes
/// `logits` is `[n_rows, n_columns]`.
pub fn standardize_rows(logits: &mut [f32], n_columns: usize) {
    logits.par_chunks_mut(n_columns.max(1)).for_each(standardize);
}

/// The same of a tensor, where it lies: in 32 bits, and a row of equal numbers becomes zeros.
///
/// # Shapes
/// `logits` and the result are `[n_rows, n_columns]`.
///
/// # Errors
/// What candle refuses.
pub fn standardized(logits: &Tensor) -> Result<Tensor> {
    let centred = logits.broadcast_sub(&logits.mean_keepdim(1)?)?;
    let variance = centred.sqr()?.mean_keepdim(1)?;
    // What is left of equal numbers is rounding, far below this.
    centred.broadcast_div(&variance.sqrt()?.maximum(1e-12)?)
}

/// `a + weight * b`, in place.
pub fn add_scaled(a: &mut [f32], weight: f32, b: &[f32]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += weight * b);
}
