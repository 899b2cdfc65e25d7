//! Text features in which every direction counts for about as much as another.

use nalgebra::{DMatrix, SymmetricEigen};

/// Directions of less spread than this, of the greatest, are noise of the arithmetic.
const SMALLEST: f64 = 1e-12;

/// `(X - mean) V S^-whitening` for `X - mean = U S V^T`, directions of most spread first, scaled so that the mean squared
/// length of a row is 1; the rows without text, which are zero, stay zero and count for nothing. `None` where no two
/// texts differ. With a whitening of 0 these are the principal components.
///
/// # Shapes
/// `rows` is `[n, dim]`; the result is `[n, rank]` with `rank <= dim`, and the rank.
pub(crate) fn whitened(rows: &[f32], dim: usize, whitening: f64) -> Option<(Vec<f32>, usize)> {
    let is_text = |row: &[f32]| row.iter().any(|&x| x != 0.0);
    let n = rows.len() / dim.max(1);
    let texts: Vec<usize> = (0..n).filter(|&at| is_text(&rows[at * dim..][..dim])).collect();
    if texts.is_empty() {
        return None;
    }
    let mut centred = DMatrix::<f64>::from_fn(texts.len(), dim, |row, column| rows[texts[row] * dim + column].into());
    for mut column in centred.column_iter_mut() {
        let mean = column.mean();
        column.add_scalar_mut(-mean);
    }
    // `X - mean = U S V^T`. Of the two Gram matrices the smaller is taken apart: `V S^2 V^T`, or `U S^2 U^T`.
    let by_rows = texts.len() < dim;
    let eigen = SymmetricEigen::new(if by_rows { &centred * centred.transpose() } else { centred.tr_mul(&centred) });
    let greatest = eigen.eigenvalues.max();
    let mut kept: Vec<usize> =
        (0..eigen.eigenvalues.len()).filter(|&at| eigen.eigenvalues[at] > greatest * SMALLEST).collect();
    kept.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    if kept.is_empty() {
        return None;
    }
    // The sign of an eigenvector is arbitrary: its largest number is made positive. An eigenvalue is S^2.
    let direction = |&at: &usize| {
        let vector = eigen.eigenvectors.column(at);
        let sign = vector[vector.icamax()].signum();
        let power = if by_rows { 1.0 - whitening } else { -whitening };
        vector * (sign * eigen.eigenvalues[at].powf(power / 2.0))
    };
    let directions = DMatrix::from_columns(&kept.iter().map(direction).collect::<Vec<_>>());
    let projected = if by_rows { directions } else { centred * directions };
    let scale = (texts.len() as f64 / projected.norm_squared()).sqrt();
    let mut out = vec![0.0f32; n * kept.len()];
    for (row, &at) in texts.iter().enumerate() {
        for column in 0..kept.len() {
            out[at * kept.len() + column] = (projected[(row, column)] * scale) as f32;
        }
    }
    Some((out, kept.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows_of((out, rank): (Vec<f32>, usize)) -> Vec<Vec<f32>> {
        out.chunks_exact(rank).map(<[f32]>::to_vec).collect()
    }

    /// Rows (3, 1), (-3, 1), (3, -1), (-3, -1) and one without text: centred as they are, S^2 = 36 and 4. Whitened by 0.5
    /// the columns are 3 / sqrt 6 and 1 / sqrt 2 long in each row, 1.5 and 0.5 squared: the mean squared length
    /// is 2, and the scale 1 / sqrt 2. So sqrt 0.75 = 0.866025 and 0.5. By 1: both 1 / 2 before, 1 / sqrt 2 after.
    #[test]
    fn half_and_whole_whitening_by_hand() {
        let rows = [3.0, 1.0, -3.0, 1.0, 0.0, 0.0, 3.0, -1.0, -3.0, -1.0];
        let same = 0.5f32.sqrt();
        for (whitening, first, second) in [(0.5, 0.866_025, 0.5), (1.0, same, same)] {
            let out = rows_of(whitened(&rows, 2, whitening).unwrap());
            for (at, row) in out.iter().enumerate() {
                let expected = if at == 2 { [0.0, 0.0] } else { [first, second] };
                assert!((row[0].abs() - expected[0]).abs() < 1e-5, "{out:?}");
                assert!((row[1].abs() - expected[1]).abs() < 1e-5, "{out:?}");
            }
            assert!(out[0][0] * out[1][0] < 0.0 && out[0][1] * out[1][1] > 0.0, "{out:?}");
        }
        let sparse: Vec<f32> =
            (0..30 * 512).map(|at| f32::from(u8::from(at % 512 < 3 || at % 37 == at / 512))).collect();
        let many = rows_of(whitened(&sparse, 512, 0.5).unwrap());
        let squares: f32 = many.iter().flatten().map(|x| x * x).sum();
        assert!((squares / 30.0 - 1.0).abs() < 1e-4 && many[0].len() < 30, "{squares}");
        // Taller than wide, and of five kinds of row: most directions are empty.
        let kinds: Vec<f32> = (0..600 * 300).map(|at| ((at / 300 % 5 + 1) * (at % 300) % 7) as f32).collect();
        let few = rows_of(whitened(&kinds, 300, 0.5).unwrap());
        assert!(few[0].len() < 5 && few.iter().flatten().all(|x| x.is_finite()), "{:?}", few[0]);
        assert_eq!(whitened(&[1.0, 2.0, 1.0, 2.0], 2, 0.5), None, "texts that are all alike say nothing");
    }
}
