//! The wide channel: EASE^R (Steck, WWW 2019), ridge regression of every item on all others, from the likes alone.
//!
//! Its weights `B = I - P diag(P)^-1`, `P = (H^T H + lambda I)^-1`, are `n_items x n_items` and nowhere stored. By the
//! push-through identity everything follows from `K = H H^T + lambda I`, which is `n_users x n_users`:
//! `P = (I - H^T K^-1 H) / lambda`, and for a user `x P = (K^-1 H)_u`, so that its logits are `x - (K^-1 H)_u / diag(P)`.
//! A visitor is one more row of `H`, by a rank-one step and not by another solution.

use thiserror::Error;

use crate::hypergraph::Incidence;

/// The most users of whom `K` is solved: 32 MiB of numbers, and some seconds in a browser.
pub const MAX_WIDE_USERS: usize = 2000;

/// Why there is no wide channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WideError {
    /// Too much to solve while somebody waits.
    #[error("the wide channel solves for {n_users} users, and a page does so for {MAX_WIDE_USERS} at most")]
    TooManyUsers {
        /// Users of the data.
        n_users: usize,
    },
    /// No ridge, and so no solution.
    #[error("the wide channel has no solution with its ridge, which must be above 0")]
    Unsolvable,
}

/// `K^-1` and the diagonal of `P`: what a user's logits take. In `f64`, for they are differences of near numbers.
#[derive(Debug, Clone)]
pub struct WideChannel {
    lambda: f64,
    n_users: usize,
    /// `[n_users, n_users]`.
    inverse: Vec<f64>,
    /// `[n_items]`.
    diagonal: Vec<f64>,
}

impl WideChannel {
    /// Solves for all users: `n_users^3 / 2` multiply-adds.
    ///
    /// # Errors
    /// See [`WideError`].
    pub fn new(incidence: &Incidence, lambda: f64) -> Result<Self, WideError> {
        let n_users = incidence.n_nodes();
        if n_users > MAX_WIDE_USERS {
            return Err(WideError::TooManyUsers { n_users });
        }
        if !(lambda > 0.0 && lambda.is_finite()) {
            return Err(WideError::Unsolvable);
        }
        let mut gram = vec![0.0; n_users * n_users];
        for user_idx in 0..n_users {
            gram[user_idx * n_users + user_idx] = lambda;
        }
        for item_idx in 0..incidence.n_hyperedges() {
            let members = incidence.members_of(item_idx);
            for &a in members {
                for &b in members {
                    gram[a as usize * n_users + b as usize] += 1.0;
                }
            }
        }
        let inverse = inverse(gram, n_users).ok_or(WideError::Unsolvable)?;
        let mut channel = Self { lambda, n_users, inverse, diagonal: Vec::new() };
        channel.diagonal = (0..incidence.n_hyperedges())
            .map(|item_idx| {
                let members = incidence.members_of(item_idx);
                let own: f64 = members.iter().map(|&user_idx| channel.row_sum(user_idx, members)).sum();
                (1.0 - own) / lambda
            })
            .collect();
        Ok(channel)
    }

    /// `(K^-1 H)` of a user and an item with these members.
    fn row_sum(&self, user_idx: u32, members: &[u32]) -> f64 {
        let row = &self.inverse[user_idx as usize * self.n_users..][..self.n_users];
        members.iter().map(|&member| row[member as usize]).sum()
    }

    /// The logits of a user of the data: `x - (K^-1 H)_u / diag(P)`. `incidence` is the one that was solved for.
    ///
    /// # Shapes
    /// The result is `[n_items]`.
    pub fn logits(&self, incidence: &Incidence, user_idx: usize) -> Vec<f32> {
        let mut logits: Vec<f32> = (0..)
            .zip(&self.diagonal)
            .map(|(item_idx, p)| -self.row_sum(user_idx as u32, incidence.members_of(item_idx)) / p)
            .map(|logit| logit as f32)
            .collect();
        for &item_idx in incidence.hyperedges_of(user_idx) {
            let item_idx = item_idx as usize;
            let own = self.row_sum(user_idx as u32, incidence.members_of(item_idx));
            logits[item_idx] = (1.0 - own / self.diagonal[item_idx]) as f32;
        }
        logits
    }

    /// The logits of one more user, who likes these items (ascending, without repeats): those of the channel that was
    /// solved with that user's row in `H`. With `v` the row, `P' = P - P v v^T P / (1 + v^T P v)`.
    ///
    /// # Shapes
    /// The result is `[n_items]`.
    pub fn logits_of_visitor(&self, incidence: &Incidence, liked: &[u32]) -> Vec<f32> {
        // `K^-1 H v^T`, by way of how many items the visitor shares with each user.
        let mut weights = vec![0.0; self.n_users];
        for &item_idx in liked {
            for &user_idx in incidence.members_of(item_idx as usize) {
                let row = &self.inverse[user_idx as usize * self.n_users..][..self.n_users];
                weights.iter_mut().zip(row).for_each(|(weight, k)| *weight += k);
            }
        }
        let mut projected: Vec<f64> = (0..self.diagonal.len())
            .map(|item_idx| -incidence.members_of(item_idx).iter().map(|&user| weights[user as usize]).sum::<f64>())
            .collect();
        liked.iter().for_each(|&item_idx| projected[item_idx as usize] += 1.0);
        projected.iter_mut().for_each(|p| *p /= self.lambda);
        let own = 1.0 + liked.iter().map(|&item_idx| projected[item_idx as usize]).sum::<f64>();
        let logit = |(p, diagonal): (&f64, &f64)| -(p / own) / (diagonal - p * p / own);
        let mut logits: Vec<f64> = projected.iter().zip(&self.diagonal).map(logit).collect();
        liked.iter().for_each(|&item_idx| logits[item_idx as usize] += 1.0);
        logits.into_iter().map(|logit| logit as f32).collect()
    }
}

/// The inverse of a symmetric positive definite matrix by its Cholesky factor, in `n^3 / 2` multiply-adds on whole rows;
/// `None` where it is not positive definite.
fn inverse(mut matrix: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    // L, row by row, in the lower triangle.
    for i in 0..n {
        let (above, row) = matrix.split_at_mut(i * n);
        for j in 0..i {
            let other = &above[j * n..][..j + 1];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        if !(pivot > 0.0 && pivot.is_finite()) {
            return None;
        }
        row[i] = pivot.sqrt();
    }
    // M = L^-1, row by row: the rows above, each times what L has of it.
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        let (above, row) = lower.split_at_mut(i * n);
        let of_factor = &matrix[i * n..][..i + 1];
        for (k, &factor) in of_factor[..i].iter().enumerate() {
            add_scaled(&mut row[..k + 1], factor, &above[k * n..][..k + 1]);
        }
        let scale = of_factor[i].recip();
        row[..i].iter_mut().for_each(|x| *x *= -scale);
        row[i] = scale;
    }
    // M^T M, the lower triangle, then the upper one.
    matrix.fill(0.0);
    for row in lower.chunks_exact(n.max(1)).enumerate().map(|(k, row)| &row[..k + 1]) {
        for (i, &factor) in row.iter().enumerate() {
            add_scaled(&mut matrix[i * n..][..i + 1], factor, &row[..i + 1]);
        }
    }
    for i in 0..n {
        for j in 0..i {
            matrix[j * n + i] = matrix[i * n + j];
        }
    }
    Some(matrix)
}

/// In four independent sums, so that one addition need not wait for another.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_tail), (b, b_tail)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums[0] + sums[1] + sums[2] + sums[3] + a_tail.iter().zip(b_tail).map(|(a, b)| a * b).sum::<f64>()
}

fn add_scaled(ys: &mut [f64], scale: f64, xs: &[f64]) {
    ys.iter_mut().zip(xs).for_each(|(y, x)| *y += scale * x);
}
