//! What is done to logits between two models.

use rayon::prelude::*;
use sharp_distill::teacher::standardize;

/// Gives every row mean 0 and standard deviation 1: [`standardize`] of each.
///
/// # Shapes
/// `logits` is `[n_rows, n_columns]`.
pub fn standardize_rows(logits: &mut [f32], n_columns: usize) {
    logits.par_chunks_mut(n_columns.max(1)).for_each(standardize);
}

/// `a + weight * b`, in place.
pub fn add_scaled(a: &mut [f32], weight: f32, b: &[f32]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += weight * b);
}
