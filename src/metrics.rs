//! Ranking metrics as MODEL.md defines them: one user at a time, averaged by the caller over users with a held-out item.

use crate::json::{JsonError, Others, Read, Reader, needed};

/// Precision, recall, NDCG and hit rate of one ranking, or their mean over users.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Metrics {
    /// Hits / k.
    pub precision: f64,
    /// Hits / number of held-out items.
    pub recall: f64,
    /// Discounted cumulative gain over that of the best possible ranking of min(k, held-out) hits.
    pub ndcg: f64,
    /// 1 if there is any hit.
    pub hit: f64,
}

impl Read for Metrics {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Skipped, &mut needed!(self: precision, recall, ndcg, hit))
    }
}

/// All four metrics of the first `k` places of `ranked` against the `held_out` items.
///
/// `held_out` must be sorted ascending; `ranked` is best first. With no held-out item every metric is 0: leave such
/// users out of the mean.
pub fn metrics_at_k(ranked: &[u32], held_out: &[u32], k: usize) -> Metrics {
    Metrics {
        precision: n_hits(ranked, held_out, k) as f64 / k.max(1) as f64,
        recall: recall_at_k(ranked, held_out, k),
        ndcg: ndcg_at_k(ranked, held_out, k),
        hit: hit_at_k(ranked, held_out, k),
    }
}

/// Recall@k = hits / |held_out|.
pub fn recall_at_k(ranked: &[u32], held_out: &[u32], k: usize) -> f64 {
    if held_out.is_empty() { 0.0 } else { n_hits(ranked, held_out, k) as f64 / held_out.len() as f64 }
}

/// NDCG@k with binary gains and the discount `1 / log2(place + 1)`, places counted from 1.
pub fn ndcg_at_k(ranked: &[u32], held_out: &[u32], k: usize) -> f64 {
    let discount = |place: usize| 1.0 / ((place + 2) as f64).log2();
    let ideal: f64 = (0..k.min(held_out.len())).map(discount).sum();
    let gained: f64 =
        hits(ranked, held_out, k).enumerate().filter(|(_, hit)| *hit).map(|(place, _)| discount(place)).sum();
    if ideal > 0.0 { gained / ideal } else { 0.0 }
}

/// HitRate@k of one user: 1 if a held-out item stands in the first k places, else 0.
pub fn hit_at_k(ranked: &[u32], held_out: &[u32], k: usize) -> f64 {
    if n_hits(ranked, held_out, k) > 0 { 1.0 } else { 0.0 }
}

fn n_hits(ranked: &[u32], held_out: &[u32], k: usize) -> usize {
    hits(ranked, held_out, k).filter(|hit| *hit).count()
}

fn hits<'a>(ranked: &'a [u32], held_out: &'a [u32], k: usize) -> impl Iterator<Item = bool> + 'a {
    ranked.iter().take(k).map(|item_idx| held_out.binary_search(item_idx).is_ok())
}

impl Metrics {
    /// Six decimals: more than any table shows, and few enough that JSON gives back the same number.
    pub fn rounded(self) -> Self {
        let round = |value: f64| (value * 1e6).round() / 1e6;
        Self {
            precision: round(self.precision),
            recall: round(self.recall),
            ndcg: round(self.ndcg),
            hit: round(self.hit),
        }
    }

    /// The mean over users; zeros for no users.
    pub fn mean(of: impl IntoIterator<Item = Self>) -> Self {
        let (mut sum, mut n) = (Self::default(), 0.0f64);
        for metrics in of {
            sum.precision += metrics.precision;
            sum.recall += metrics.recall;
            sum.ndcg += metrics.ndcg;
            sum.hit += metrics.hit;
            n += 1.0;
        }
        let n = n.max(1.0);
        Self { precision: sum.precision / n, recall: sum.recall / n, ndcg: sum.ndcg / n, hit: sum.hit / n }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand: ranked 7 3 9, held out {3, 5}. One hit at place 2 of k = 3.
    /// DCG = 1/log2(3) = 0.630930; ideal = 1/log2(2) + 1/log2(3) = 1.630930; NDCG = 0.386853.
    #[test]
    fn one_hit_in_three_places() {
        let metrics = metrics_at_k(&[7, 3, 9], &[3, 5], 3);
        assert!((metrics.precision - 1.0 / 3.0).abs() < 1e-12);
        assert!((metrics.recall - 0.5).abs() < 1e-12);
        assert!((metrics.ndcg - 0.386_852_807).abs() < 1e-8);
        assert_eq!(metrics.hit, 1.0);
    }

    /// The ideal ranking has NDCG 1 even when fewer items are held out than places are given.
    #[test]
    fn an_ideal_ranking_is_one() {
        assert_eq!(ndcg_at_k(&[4, 2, 9, 1], &[2, 4], 4), 1.0);
        assert_eq!(recall_at_k(&[4, 2, 9, 1], &[2, 4], 4), 1.0);
    }

    #[test]
    fn nothing_held_out_and_nothing_ranked_stay_finite() {
        assert_eq!(metrics_at_k(&[1, 2], &[], 2), Metrics::default());
        assert_eq!(metrics_at_k(&[], &[1], 10), Metrics::default());
        assert_eq!(metrics_at_k(&[1], &[1], 0), Metrics::default());
    }
}
