//! What is done to logits between two models.

use rayon::prelude::*;

/// Gives every row mean 0 and standard deviation 1, so that logits of different models can be added and one
/// temperature fits all users; a constant row becomes 0. The order within a row stays.
///
/// # Shapes
/// `logits` is `[n_rows, n_columns]`.
pub fn standardize_rows(logits: &mut [f32], n_columns: usize) {
    logits.par_chunks_mut(n_columns.max(1)).for_each(|row| {
        let n = row.len() as f64;
        let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        let variance = row.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n;
        let scale = if variance > 0.0 { variance.sqrt().recip() } else { 0.0 };
        row.iter_mut().for_each(|x| *x = ((f64::from(*x) - mean) * scale) as f32);
    });
}

/// `a + weight * b`, in place.
pub fn add_scaled(a: &mut [f32], weight: f32, b: &[f32]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += weight * b);
}
