//! Random numbers of our own: every draw follows from the seed and the name of its purpose, on every machine.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// A generator for one purpose; two purposes never share a stream, so adding one does not move another.
pub fn stream(seed: u64, purpose: &str) -> ChaCha8Rng {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_le_bytes());
    hasher.update(purpose.as_bytes());
    ChaCha8Rng::from_seed(hasher.finalize().into())
}

/// Uniform in [0, 1), with 24 random bits: the same on every platform.
pub fn uniform(rng: &mut ChaCha8Rng) -> f32 {
    (rng.random::<u32>() >> 8) as f32 / (1u32 << 24) as f32
}

/// A dropout factor: 0 with probability `share`, otherwise what keeps the mean at 1.
pub fn dropout(rng: &mut ChaCha8Rng, share: f32) -> f32 {
    let keep = 1.0 - share;
    if uniform(rng) < keep { keep.recip() } else { 0.0 }
}

/// `n` values of a normal distribution with mean 0 (Box-Muller).
pub fn normals(rng: &mut ChaCha8Rng, n: usize, std: f32) -> Vec<f32> {
    let mut values = Vec::with_capacity(n + 1);
    while values.len() < n {
        let radius = (-2.0 * f64::from(1.0 - uniform(rng)).ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * f64::from(uniform(rng))).sin_cos();
        values.push((radius * cos) as f32 * std);
        values.push((radius * sin) as f32 * std);
    }
    values.truncate(n);
    values
}

/// A Fisher-Yates shuffle.
pub fn shuffle<T>(rng: &mut ChaCha8Rng, values: &mut [T]) {
    for last in (1..values.len()).rev() {
        values.swap(last, rng.random_range(0..=last as u64) as usize);
    }
}

/// Uniform in `0..n`; `n` must be above 0.
pub fn below(rng: &mut ChaCha8Rng, n: u32) -> u32 {
    rng.random_range(0..n)
}
