//! The text of the items as the model file carries it: for "alike by what people wrote" beside "alike by who liked it".

use sharp_distill::bundle::{ItemText, MAX_ITEM_TEXT_DIM, round_to_f16};

use super::TextFeatures;
use super::whitening::whitened;

/// A direction counts if its variance is at least this share of the largest: less is rounding.
const LEAST_VARIANCE: f64 = 1e-6;

/// The principal components of the items' text, at most 64, every row scaled to length 1; rows without text stay zero.
/// `None` where all texts are the same.
///
/// Not the teacher's own projection: that one is trained to agree with who liked what, and would show the likes once more.
pub fn item_text(features: &TextFeatures) -> Option<ItemText> {
    let (projected, rank) = whitened(&features.items, features.dim, 0.0)?;
    // The columns come in the order of their variance.
    let variance =
        |column: usize| projected.iter().skip(column).step_by(rank).map(|&x| f64::from(x).powi(2)).sum::<f64>();
    let largest = variance(0);
    let counts = |&column: &usize| variance(column) >= LEAST_VARIANCE * largest;
    let n_components = (0..rank.min(MAX_ITEM_TEXT_DIM)).take_while(counts).count();
    let mut rows: Vec<f32> = projected.chunks_exact(rank).flat_map(|row| &row[..n_components]).copied().collect();
    for row in rows.chunks_exact_mut(n_components) {
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        // An item whose text is the mean of all is like none in particular.
        let scale = if length > 1e-6 { length.recip() } else { 0.0 };
        row.iter_mut().for_each(|x| *x *= scale);
    }
    round_to_f16(&mut rows);
    Some(ItemText { dim: n_components, rows })
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
        let found = item_text(&features(20, items.clone())).unwrap();
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
        assert_eq!(item_text(&features(20, items)).unwrap(), found);
    }

    #[test]
    fn texts_that_do_not_differ_make_no_vectors() {
        for items in [vec![], vec![0.0; 6], vec![0.5; 6], vec![0.5, 0.5, 0.5, 0.0, 0.0, 0.0]] {
            assert_eq!(item_text(&features(3, items)), None);
        }
    }

    /// Fewer items than numbers, most of them zero, as hashed words are.
    #[test]
    fn a_few_items_with_wide_texts_have_vectors() {
        let items: Vec<f32> =
            (0..30 * 512).map(|at| f32::from(u8::from(at % 512 < 3 || at % 37 == at / 512))).collect();
        let found = item_text(&features(512, items)).unwrap();
        assert!(found.dim > 1 && found.dim < 30 && (found.cosine(4, 4) - 1.0).abs() < 5e-3, "{}", found.dim);
    }

    #[test]
    fn wide_texts_are_cut_to_64() {
        let items = rng::normals(&mut rng::stream(4, "wide"), 200 * 100, 1.0);
        let found = item_text(&features(100, items)).unwrap();
        assert_eq!((found.dim, found.rows.len()), (64, 200 * 64));
    }
}
