//! Centred kernel alignment of two representations of the same nodes.
//!
//! **Linear CKA** (Kornblith et al., "Similarity of Neural Network Representations Revisited", ICML 2019): with centred
//! `X [n, p]` and `Y [n, q]` it is `|X^T Y|^2 / (|X^T X| |Y^T Y|)`, Frobenius norms; 1 where one is the other but for a
//! rotation and a scale. It is biased: two unrelated representations of few nodes and many numbers look alike.
//!
//! **Unbiased CKA** (Nguyen, Raghu, Kornblith, ICLR 2021) has the unbiased estimator of HSIC (Song et al., "Feature
//! Selection via Dependence Maximization", JMLR 2012) in the place of each of the three norms. For kernels `K = X X^T` and
//! `L = Y Y^T`, diagonals set to 0:
//!
//! ```text
//! HSIC_1(K, L) = [ tr(K L) + (1'K1)(1'L1) / ((n-1)(n-2)) - 2/(n-2) 1'KL1 ] / (n (n-3))
//! ```
//!
//! Nothing of size `n x n` is made: HSIC_1 does not change when rows are shifted, and of centred rows every sum of a kernel's
//! row is 0, so that without the diagonal it is `-|x_i|^2`. All three terms follow from `|X^T Y|^2` and the rows' squared
//! lengths: `O(n p q)` time, `O(n (p + q))` memory.

use nalgebra::DMatrix;
use serde::Serialize;
use thiserror::Error;

/// How alike two representations are; none where that is not defined: equal rows, or (unbiased) fewer than four of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Cka {
    /// From 0 to 1; biased towards 1 where rows are few and numbers many.
    pub linear: Option<f64>,
    /// About 0 for unrelated representations, and below it as often as above.
    pub unbiased: Option<f64>,
}

/// Why two representations cannot be compared.
#[derive(Debug, Error, PartialEq)]
pub enum CkaError {
    /// Numbers that make no whole rows.
    #[error("{n_values} numbers cannot be {n_rows} rows of equal length")]
    Shape {
        /// Numbers that were given.
        n_values: usize,
        /// Rows that they should be.
        n_rows: usize,
    },
    /// NaN or infinity.
    #[error("row {row} of the {which} representation holds {value}, which is no number")]
    NotFinite {
        /// first or second.
        which: &'static str,
        /// The row, from 0.
        row: usize,
        /// What it holds.
        value: f32,
    },
}

/// A representation with centred columns.
struct Centred {
    /// `[n, p]`, columns contiguous.
    xs: DMatrix<f64>,
    /// Squared length of every row.
    lengths: Vec<f64>,
}

/// Linear and unbiased CKA.
///
/// # Shapes
/// `xs` is `[n_rows, p]`, `ys` is `[n_rows, q]`, row-major.
///
/// # Errors
/// Numbers that make no such rows, or are none.
pub fn cka(xs: &[f32], ys: &[f32], n_rows: usize) -> Result<Cka, CkaError> {
    let (xs, ys) = (Centred::new("first", xs, n_rows)?, Centred::new("second", ys, n_rows)?);
    let (xy, xx, yy) = (xs.cross(&ys), xs.cross(&xs), ys.cross(&ys));
    let unbiased = |of: f64, a: &Centred, b: &Centred| a.hsic(b, of);
    Ok(Cka {
        linear: alignment(xy, xx, yy),
        unbiased: (n_rows > 3)
            .then(|| alignment(unbiased(xy, &xs, &ys), unbiased(xx, &xs, &xs), unbiased(yy, &ys, &ys)))
            .flatten(),
    })
}

/// None where one of the two varies no more than rounding does.
fn alignment(xy: f64, xx: f64, yy: f64) -> Option<f64> {
    let value = xy / (xx * yy).sqrt();
    (xx > 0.0 && yy > 0.0 && value.is_finite()).then_some(value)
}

impl Centred {
    fn new(which: &'static str, values: &[f32], n_rows: usize) -> Result<Self, CkaError> {
        if n_rows == 0 || !values.len().is_multiple_of(n_rows) {
            return Err(CkaError::Shape { n_values: values.len(), n_rows });
        }
        let n_columns = values.len() / n_rows;
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(CkaError::NotFinite { which, row: at / n_columns, value: values[at] });
        }
        let mut xs = DMatrix::from_row_iterator(n_rows, n_columns, values.iter().map(|&value| f64::from(value)));
        for mut column in xs.column_iter_mut() {
            // From the first value on: of equal ones exactly 0 is left.
            let origin = column[0];
            column.add_scalar_mut(-origin);
            let mean = column.mean();
            column.add_scalar_mut(-mean);
        }
        let lengths = xs.row_iter().map(|row| row.norm_squared()).collect();
        Ok(Self { xs, lengths })
    }

    /// `|X^T Y|^2`.
    fn cross(&self, other: &Self) -> f64 {
        self.xs.tr_mul(&other.xs).norm_squared()
    }

    /// `n (n-3)` times HSIC_1, of which `cross` is what it is with the diagonals.
    fn hsic(&self, other: &Self, cross: f64) -> f64 {
        let n = self.lengths.len() as f64;
        let both: f64 = self.lengths.iter().zip(&other.lengths).map(|(x, y)| x * y).sum();
        let sums = self.lengths.iter().sum::<f64>() * other.lengths.iter().sum::<f64>();
        cross - both + sums / ((n - 1.0) * (n - 2.0)) - 2.0 / (n - 2.0) * both
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;
    use proptest::prelude::*;

    fn normals(purpose: &str, n: usize) -> Vec<f32> {
        rng::normals(&mut rng::stream(3, purpose), n, 1.0)
    }

    fn close(found: Option<f64>, wanted: f64, tolerance: f64) {
        assert!(found.is_some_and(|found| (found - wanted).abs() <= tolerance), "{found:?}, not {wanted}");
    }

    /// One column each: X centred is (-3/2, -1/2, 1/2, 3/2), Y is (1, -1, 1, -1), X'Y = -2, X'X = 5, Y'Y = 4. So the linear
    /// one is 4 / (5 4). Without diagonals: 4 - 5 + 20/6 - 5, 25 - 41/4 + 25/6 - 41/4, 16 - 4 + 16/6 - 4, over n(n-3).
    #[test]
    fn the_values_are_those_computed_by_hand() {
        let found = cka(&[1.0, 2.0, 3.0, 4.0], &[1.0, -1.0, 1.0, -1.0], 4).unwrap();
        close(found.linear, 0.2, 1e-12);
        close(found.unbiased, (-8.0 / 3.0) / (26.0f64 / 3.0 * 32.0 / 3.0).sqrt(), 1e-12);
        close(found.unbiased, -1.0 / 13.0f64.sqrt(), 1e-12);
    }

    /// HSIC_1 by its definition, with kernels of n x n.
    fn by_definition(xs: &[f32], ys: &[f32], n: usize) -> f64 {
        let kernel = |values: &[f32]| {
            let xs = DMatrix::from_row_iterator(n, values.len() / n, values.iter().map(|&value| f64::from(value)));
            let mut kernel = &xs * xs.transpose();
            kernel.fill_diagonal(0.0);
            kernel
        };
        let hsic = |k: &DMatrix<f64>, l: &DMatrix<f64>| {
            let n = n as f64;
            (k * l).trace() + k.sum() * l.sum() / ((n - 1.0) * (n - 2.0)) - 2.0 / (n - 2.0) * (k * l).sum()
        };
        let (k, l) = (kernel(xs), kernel(ys));
        hsic(&k, &l) / (hsic(&k, &k) * hsic(&l, &l)).sqrt()
    }

    #[test]
    fn unrelated_representations_are_alike_only_by_the_biased_measure() {
        let (n, d) = (150, 64);
        let found = cka(&normals("a", n * d), &normals("b", n * d), n).unwrap();
        assert!(found.linear.unwrap() > 0.2, "{found:?}: the bias that the other one is without");
        close(found.unbiased, 0.0, 0.02);
        let many = cka(&normals("a", 4000 * 16), &normals("b", 4000 * 16), 4000).unwrap();
        close(many.linear, 0.0, 0.01);
        close(many.unbiased, 0.0, 0.002);
    }

    #[test]
    fn what_does_not_vary_or_is_too_little_has_no_value() {
        let varied = normals("a", 12);
        assert_eq!(cka(&[0.3; 12], &varied, 6).unwrap(), Cka::default());
        let three = cka(&normals("a", 9), &normals("b", 9), 3).unwrap();
        assert!(three.linear.is_some() && three.unbiased.is_none());
        assert_eq!(cka(&[1.0; 7], &[1.0; 6], 3).unwrap_err(), CkaError::Shape { n_values: 7, n_rows: 3 });
        assert_eq!(cka(&[], &[], 0).unwrap_err(), CkaError::Shape { n_values: 0, n_rows: 0 });
        let bad = cka(&[1.0, 2.0, 3.0, f32::INFINITY], &[1.0; 2], 2).unwrap_err();
        assert_eq!(bad, CkaError::NotFinite { which: "first", row: 1, value: f32::INFINITY });
    }

    /// A hundred thousand nodes: in a moment, and nothing of n x n, which would be 80 GB.
    #[test]
    fn many_nodes_are_compared_without_a_kernel_of_them() {
        let (n, d) = (100_000, 8);
        let xs = normals("many", n * d);
        let found = cka(&xs, &xs.iter().map(|x| 0.5 - 3.0 * x).collect::<Vec<_>>(), n).unwrap();
        close(found.linear, 1.0, 1e-6);
        close(found.unbiased, 1.0, 1e-6);
    }

    /// Turns two columns of every row.
    fn rotated(xs: &[f32], d: usize, (a, b): (usize, usize), angle: f32) -> Vec<f32> {
        let (sin, cos) = angle.sin_cos();
        let mut xs = xs.to_vec();
        for row in xs.chunks_exact_mut(d) {
            (row[a], row[b]) = (cos * row[a] - sin * row[b], sin * row[a] + cos * row[b]);
        }
        xs
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn it_is_the_definition_and_knows_no_rotation_scale_or_shift(
            n in 5usize..40, d in 2usize..6, seed in 0u64..1000, angle in -3.0f32..3.0, scale in 0.1f32..20.0, shift in -2.0f32..2.0,
        ) {
            let of = |purpose: &str, d: usize| rng::normals(&mut rng::stream(seed, purpose), n * d, 1.0);
            let xs = of("xs", d);
            // Related, but not the same.
            let ys: Vec<f32> = of("ys", d).iter().zip(&xs).map(|(own, x)| own + x).collect();
            let found = cka(&xs, &ys, n).unwrap();
            let [linear, unbiased] = [found.linear.unwrap(), found.unbiased.unwrap()];
            prop_assert!((0.0..=1.0 + 1e-9).contains(&linear));
            prop_assert!((unbiased - by_definition(&xs, &ys, n)).abs() < 1e-6);

            let turned = rotated(&rotated(&xs, d, (0, d - 1), angle), d, (0, 1), 1.0);
            let moved: Vec<f32> = turned.iter().map(|x| shift + scale * x).collect();
            let again = cka(&moved, &ys, n).unwrap();
            prop_assert!((again.linear.unwrap() - linear).abs() < 1e-4);
            prop_assert!((again.unbiased.unwrap() - unbiased).abs() < 1e-3);

            let itself = cka(&xs, &moved, n).unwrap();
            prop_assert!((itself.linear.unwrap() - 1.0).abs() < 1e-4);
            prop_assert!((itself.unbiased.unwrap() - 1.0).abs() < 1e-3);
            let back = cka(&ys, &xs, n).unwrap();
            prop_assert!((back.linear.unwrap() - linear).abs() < 1e-12, "either way round");
        }
    }
}
