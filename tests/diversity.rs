//! Diversity by maximal marginal relevance: by hand, and by its definition on random lists.

use crate::common::Seeded;
use proptest::prelude::*;
use sharp_distill::ranking::Ranked;
use sharp_distill::student::{Diversifier, MAX_K, diversity};

/// Places of the candidates in the order of picking, and the mean cosines before and after.
fn pick(scores: &[f32], item_emb: &[f32], emb_dim: usize, diversity: f32, k: usize) -> (Vec<u32>, f32, f32) {
    let candidates: Vec<Ranked> = (0..).zip(scores).map(|(item_idx, &score)| Ranked { item_idx, score }).collect();
    let mut diversifier = Diversifier::default();
    // Something of another size was there before.
    diversifier.pick(&candidates[..candidates.len().min(1)], item_emb, emb_dim, 1.0, 9);
    let picked = diversifier.pick(&candidates, item_emb, emb_dim, diversity, k);
    for place in picked.ranked {
        assert_eq!(place.score.to_bits(), scores[place.item_idx as usize].to_bits(), "items keep their scores");
    }
    (picked.ranked.iter().map(|place| place.item_idx).collect(), picked.before, picked.after)
}

/// Two alike, one at a right angle, one opposite; the scores are the relevances as they are.
const SCORES: [f32; 4] = [1.0, 0.9, 0.5, 0.0];
const ITEM_EMB: [f32; 8] = [2.0, 0.0, 1.0, 0.0, 0.0, 3.0, -1.0, 0.0];

#[test]
fn by_hand() {
    // Half and half. After item 0: 0.45 - 0.5 = -0.05, 0.25 - 0 = 0.25, 0 + 0.5 = 0.5, so item 3.
    // Then item 1 still has -0.05 and item 2, at a right angle to both, 0.25.
    let (picked, before, after) = pick(&SCORES, &ITEM_EMB, 2, 0.5, 4);
    assert_eq!(picked, [0, 3, 2, 1]);
    assert_eq!((before, after), (after, before), "all four, whatever the order");
    // The best three: cosines 1, 0, 0; the picked three: -1, 0, 0.
    let (picked, before, after) = pick(&SCORES, &ITEM_EMB, 2, 0.5, 3);
    assert_eq!(picked, [0, 3, 2]);
    assert!((before - 1.0 / 3.0).abs() < 1e-6 && (after + 1.0 / 3.0).abs() < 1e-6, "{before}, {after}");
    // A fifth: after item 0 item 1 has 0.72 - 0.2 = 0.52, item 2 has 0.4, item 3 has 0.2.
    assert_eq!(pick(&SCORES, &ITEM_EMB, 2, 0.2, 4).0, [0, 1, 2, 3]);
    // Difference alone: the opposite one, then the one at a right angle.
    assert_eq!(pick(&SCORES, &ITEM_EMB, 2, 1.0, 4).0, [0, 3, 2, 1]);
    assert_eq!(pick(&SCORES, &ITEM_EMB, 2, 0.5, 2), (vec![0, 3], 1.0, -1.0));
}

#[test]
fn equal_items_stay_in_their_order() {
    for diversity in [0.0, 0.3, 1.0] {
        let (picked, before, after) = pick(&[0.5; 6], &[1.0; 12], 2, diversity, 6);
        assert_eq!(picked, [0, 1, 2, 3, 4, 5]);
        assert!((before - 1.0).abs() < 1e-6 && (after - 1.0).abs() < 1e-6);
    }
}

#[test]
fn small_lists_and_odd_numbers() {
    assert_eq!(pick(&[], &[], 2, 0.5, 10), (vec![], 0.0, 0.0));
    assert_eq!(pick(&[1.0], &[1.0, 0.0], 2, 0.5, 10), (vec![0], 0.0, 0.0));
    assert_eq!(pick(&SCORES, &ITEM_EMB, 2, 0.5, 0), (vec![], 0.0, 0.0));
    // An embedding of zeros is at a right angle to all.
    let (picked, before, _) = pick(&[1.0, 0.9, 0.0], &[1.0, 0.0, 1.0, 0.0, 0.0, 0.0], 2, 0.9, 3);
    assert_eq!(picked, [0, 2, 1]);
    assert!((before - 1.0 / 3.0).abs() < 1e-6);
    for (lowest, largest) in [(f32::NEG_INFINITY, 1.0), (f32::MIN, f32::MAX), (0.0, f32::INFINITY)] {
        for scale in [1.0, 1e-30, 1e30, f32::NAN] {
            let item_emb = ITEM_EMB.map(|x| x * scale);
            let (mut picked, ..) = pick(&[largest, 0.5, 0.2, lowest], &item_emb, 2, 0.5, 4);
            assert_eq!(picked[0], 0);
            picked.sort_unstable();
            assert_eq!(picked, [0, 1, 2, 3], "each once");
            assert_eq!(pick(&[largest, 0.5, 0.2, lowest], &item_emb, 2, 0.0, 4).0, [0, 1, 2, 3]);
        }
    }
    assert_eq!([1, 10, 20, 50, 100].map(diversity::n_candidates), [5, 50, MAX_K, MAX_K, MAX_K]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_pick_is_the_best_by_definition(
        seed in any::<u64>(), n in 1usize..130, emb_dim in 1usize..20, diversity in 0.0f32..=1.0, k in 1usize..=100,
    ) {
        let mut seeded = Seeded(seed);
        let mut scores: Vec<f32> = seeded.vector(n).iter().map(|x| (x * 20.0).round()).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        let item_emb = seeded.vector(n * emb_dim);
        let (picked, before, after) = pick(&scores, &item_emb, emb_dim, diversity, k);
        let n = n.min(MAX_K);
        prop_assert_eq!(picked.len(), k.min(n));
        let row = |item: u32| &item_emb[item as usize * emb_dim..][..emb_dim];
        let product = |a: u32, b: u32| row(a).iter().zip(row(b)).map(|(x, y)| f64::from(x * y)).sum::<f64>();
        let cosine = |a: u32, b: u32| product(a, b) / (product(a, a) * product(b, b)).sqrt();
        let range = f64::from(scores[0] - scores[n - 1]).max(1e-9);
        let (diversity, n) = (f64::from(diversity), n as u32);
        for at in 0..picked.len() {
            let (earlier, left) = (&picked[..at], (0..n).filter(|item| !picked[..at].contains(item)));
            let value = |item: u32| {
                let relevance = f64::from(scores[item as usize] - scores[n as usize - 1]) / range;
                let nearest = earlier.iter().map(|&other| cosine(item, other)).reduce(f64::max).unwrap_or(0.0);
                (1.0 - diversity) * relevance - diversity * nearest
            };
            let best = left.map(value).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(value(picked[at]) >= best - 1e-5, "place {}: {} < {}", at, value(picked[at]), best);
        }
        if diversity == 0.0 {
            prop_assert_eq!(&picked, &(0..picked.len() as u32).collect::<Vec<_>>());
        }
        let mean = |items: &[u32]| {
            let pairs = items.iter().enumerate().flat_map(|(at, &a)| items[..at].iter().map(move |&b| (a, b)));
            let (sum, n_pairs) = pairs.fold((0.0, 0), |(sum, n), (a, b)| (sum + cosine(a, b), n + 1));
            sum / f64::from(n_pairs.max(1))
        };
        let best: Vec<u32> = (0..picked.len() as u32).collect();
        prop_assert!((mean(&best) - f64::from(before)).abs() < 1e-4);
        prop_assert!((mean(&picked) - f64::from(after)).abs() < 1e-4);
    }

    #[test]
    fn without_diversity_the_list_stays(seed in any::<u64>(), n in 1usize..100, k in 1usize..=100) {
        let mut seeded = Seeded(seed);
        let mut scores = seeded.vector(n);
        scores.sort_by(|a, b| b.total_cmp(a));
        let (picked, before, after) = pick(&scores, &seeded.vector(n * 3), 3, 0.0, k);
        prop_assert_eq!(picked, (0..k.min(n) as u32).collect::<Vec<_>>());
        prop_assert_eq!(before, after);
    }
}
