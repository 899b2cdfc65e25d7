//! EASE^R (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019): ridge regression of every item on
//! all others, in closed form.
//!
//! `P = (H^T H + lambda I)^-1`, `B = I - P diag(P)^-1`, logits `H B`. Both sides of the push-through identity
//! `H (H^T H + lambda I)^-1 = (H H^T + lambda I)^-1 H` give the same numbers, so the smaller of the two Gram
//! matrices is factorised: users times users or items times items.

use nalgebra::{Cholesky, DMatrix};
use sharp_distill::hypergraph::Incidence;
use thiserror::Error;

/// The most logits that are made: 2 GiB of them, and four times as much on the way.
const MAX_LOGITS: usize = 1 << 29;

/// Why there is no closed form.
#[derive(Debug, Error)]
pub enum EaseError {
    /// Not positive definite.
    #[error("EASE^R has no solution with lambda = {lambda}: choose ease.lambda above 0, such as 100")]
    Unsolvable {
        /// The setting.
        lambda: f64,
    },
    /// Too much data.
    #[error(
        "EASE^R is in closed form and holds {n_users} x {n_items} logits, which is more than {} million: leave it out, \
         for example --models itemknn,lightgcn,teacher,student --set teacher.wide_kind=filter",
        MAX_LOGITS >> 20
    )]
    TooLarge {
        /// Users.
        n_users: usize,
        /// Items.
        n_items: usize,
    },
}

/// Whether data of that size are small enough for a closed form.
pub fn fits(n_users: usize, n_items: usize) -> bool {
    n_users.saturating_mul(n_items) <= MAX_LOGITS
}

/// The logits of all users.
///
/// # Shapes
/// The result is `[n_users, n_items]`.
///
/// # Errors
/// A lambda with which the Gram matrix is not positive definite, or too much data for a closed form.
pub fn ease(train: &Incidence, lambda: f64) -> Result<Vec<f32>, EaseError> {
    let (n_users, n_items) = (train.n_nodes(), train.n_hyperedges());
    if !fits(n_users, n_items) {
        return Err(EaseError::TooLarge { n_users, n_items });
    }
    let unsolvable = || EaseError::Unsolvable { lambda };
    if lambda.is_nan() || lambda <= 0.0 || lambda.is_infinite() {
        return Err(unsolvable());
    }
    let by_users = train.n_nodes() <= train.n_hyperedges();
    // The side that is factorised stands in the rows.
    let rows = if by_users { train.clone() } else { train.transposed() };
    let inverse = Cholesky::new(gram(&rows, lambda)).ok_or_else(unsolvable)?.inverse();
    // `HP` and the diagonal of `P`.
    let (hp, diagonal) = if by_users {
        let hp = times_columns(&inverse, train);
        // P = (I - H^T (HP)) / lambda
        let diagonal = (0..train.n_hyperedges()).map(|item| {
            let own: f64 = train.members_of(item).iter().map(|&user| hp[(user as usize, item)]).sum();
            (1.0 - own) / lambda
        });
        let diagonal: Vec<f64> = diagonal.collect();
        (hp, diagonal)
    } else {
        let diagonal = inverse.diagonal().iter().copied().collect();
        (times_columns(&inverse, &rows).transpose(), diagonal)
    };
    let mut logits = Vec::with_capacity(train.n_nodes() * train.n_hyperedges());
    for user in 0..train.n_nodes() {
        for (item, p) in diagonal.iter().enumerate() {
            let own = f64::from(u8::from(train.contains(user as u32, item as u32)));
            logits.push((own - hp[(user, item)] / p) as f32);
        }
    }
    Ok(logits)
}

/// `rows rows^T + lambda I`.
fn gram(rows: &Incidence, lambda: f64) -> DMatrix<f64> {
    let mut gram = DMatrix::from_diagonal_element(rows.n_nodes(), rows.n_nodes(), lambda);
    for column in 0..rows.n_hyperedges() {
        let members = rows.members_of(column);
        for &a in members {
            for &b in members {
                gram[(a as usize, b as usize)] += 1.0;
            }
        }
    }
    gram
}

/// `inverse rows`, a sum of columns of `inverse` for every column of `rows`.
fn times_columns(inverse: &DMatrix<f64>, rows: &Incidence) -> DMatrix<f64> {
    let mut out = DMatrix::zeros(rows.n_nodes(), rows.n_hyperedges());
    for column in 0..rows.n_hyperedges() {
        let mut sum = out.column_mut(column);
        for &member in rows.members_of(column) {
            sum += inverse.column(member as usize);
        }
    }
    out
}
