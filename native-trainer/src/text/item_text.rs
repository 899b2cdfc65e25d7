//! The text of the items as the model file carries it: for "alike by what people wrote" beside "alike by who liked it".

use candle_core::{Device, Result, Tensor};
use nalgebra::{DMatrix, SymmetricEigen};
use sharp_distill::bundle::{ItemText, MAX_ITEM_TEXT_DIM, round_to_f16};

use super::TextFeatures;
use crate::ops::to_vec;

/// A direction counts if its variance is at least this share of the largest: less is rounding.
const LEAST_VARIANCE: f64 = 1e-6;

/// The principal components of the items' text, at most 64, every row scaled to length 1; rows without text stay zero.
/// `None` where all texts are the same.
///
/// Not the teacher's own projection: that one is trained to agree with who liked what, and would show the likes once more.
///
/// # Errors
/// What candle refuses.
pub fn item_text(features: &TextFeatures) -> Result<Option<ItemText>> {
    let dim = features.dim;
    let is_text: Vec<bool> = features.items.chunks_exact(dim.max(1)).map(|row| row.iter().any(|&x| x != 0.0)).collect();
    let n_texts = is_text.iter().filter(|&&is_text| is_text).count();
    if n_texts < 2 {
        return Ok(None);
    }
    let mut mean = vec![0.0f64; dim];
    for (row, _) in features.items.chunks_exact(dim).zip(&is_text).filter(|(_, is_text)| **is_text) {
        mean.iter_mut().zip(row).for_each(|(mean, &x)| *mean += f64::from(x) / n_texts as f64);
    }
    let mut centred = features.items.clone();
    for (row, is_text) in centred.chunks_exact_mut(dim).zip(&is_text) {
        row.iter_mut().zip(&mean).for_each(|(x, mean)| *x = if *is_text { *x - *mean as f32 } else { 0.0 });
    }
    let xs = Tensor::from_vec(centred, (is_text.len(), dim), &Device::Cpu)?;
    let covariance: Vec<f64> = to_vec(&xs.t()?.matmul(&xs)?)?.into_iter().map(f64::from).collect();
    let Some(components) = components(DMatrix::from_vec(dim, dim, covariance)) else { return Ok(None) };
    let n_components = components.len() / dim;
    let components = Tensor::from_vec(components, (n_components, dim), &Device::Cpu)?;
    let mut rows = to_vec(&xs.matmul(&components.t()?)?)?;
    for row in rows.chunks_exact_mut(n_components) {
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        // An item whose text is the mean of all is like none in particular.
        let scale = if length > 1e-6 { length.recip() } else { 0.0 };
        row.iter_mut().for_each(|x| *x *= scale);
    }
    round_to_f16(&mut rows);
    Ok(Some(ItemText { dim: n_components, rows }))
}

/// The directions of most variance, row after row, each with its largest number positive.
fn components(covariance: DMatrix<f64>) -> Option<Vec<f32>> {
    let dim = covariance.nrows();
    let eigen = SymmetricEigen::new(covariance);
    let mut order: Vec<usize> = (0..dim).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]).then(a.cmp(&b)));
    let largest = eigen.eigenvalues[*order.first()?];
    let counts = |&&place: &&usize| largest > 0.0 && eigen.eigenvalues[place] >= LEAST_VARIANCE * largest;
    let mut components = Vec::new();
    for &place in order.iter().take(MAX_ITEM_TEXT_DIM).take_while(counts) {
        let column = eigen.eigenvectors.column(place);
        let sign = column.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()))?.signum();
        components.extend(column.iter().map(|x| (sign * x) as f32));
    }
    (!components.is_empty()).then_some(components)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;

    fn features(dim: usize, items: Vec<f32>) -> TextFeatures {
        TextFeatures { dim, users: Vec::new(), items }
    }

    /// 6 directions of variance among 20 numbers: the cosines of the centred rows are kept, and no more than 6 are written.
    #[test]
    fn cosines_of_centred_texts_are_kept() {
        let normals = |name: &str, n| rng::normals(&mut rng::stream(3, name), n, 1.0);
        let (factors, directions) = (normals("factors", 50 * 6), normals("directions", 6 * 20));
        let mut items = vec![0.0f32; 50 * 20];
        for (item, factors) in items.chunks_exact_mut(20).zip(factors.chunks_exact(6)).skip(1) {
            for (at, x) in item.iter_mut().enumerate() {
                *x = 3.0 + factors.iter().enumerate().map(|(k, factor)| factor * directions[k * 20 + at]).sum::<f32>();
            }
        }
        let found = item_text(&features(20, items.clone())).unwrap().unwrap();
        assert_eq!((found.dim, found.rows.len()), (6, 300));
        assert!(found.rows[..6].iter().all(|&x| x == 0.0), "no text, no vector");
        let mean: Vec<f32> = (0..20).map(|at| items[20..].iter().skip(at).step_by(20).sum::<f32>() / 49.0).collect();
        let centred = |item: usize| -> Vec<f32> { (0..20).map(|at| items[item * 20 + at] - mean[at]).collect() };
        for (a, b) in [(1, 2), (3, 40), (7, 7), (49, 1)] {
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            let (x, y) = (centred(a), centred(b));
            let expected = dot(&x, &y) / (dot(&x, &x) * dot(&y, &y)).sqrt();
            assert!((found.cosine(a, b) - expected).abs() < 5e-3, "{a}, {b}: {} {expected}", found.cosine(a, b));
        }
        assert_eq!(item_text(&features(20, items)).unwrap().unwrap(), found);
    }

    #[test]
    fn texts_that_do_not_differ_make_no_vectors() {
        for items in [vec![], vec![0.0; 6], vec![0.5; 6], vec![0.5, 0.5, 0.5, 0.0, 0.0, 0.0]] {
            assert_eq!(item_text(&features(3, items)).unwrap(), None);
        }
    }

    #[test]
    fn wide_texts_are_cut_to_64() {
        let items = rng::normals(&mut rng::stream(4, "wide"), 200 * 100, 1.0);
        let found = item_text(&features(100, items)).unwrap().unwrap();
        assert_eq!((found.dim, found.rows.len()), (64, 200 * 64));
    }
}
