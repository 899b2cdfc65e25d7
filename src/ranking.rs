//! From logits to a ranked list: the mask of seen items and the top-k with its tie rule.
//!
//! Order everywhere: higher score first; equal scores, lower item index first. A NaN logit is never ranked.

use std::cmp::Ordering;

/// One place of a ranked list.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Ranked {
    /// The item's index in the model.
    pub item_idx: u32,
    /// Its logit.
    pub score: f32,
}

impl Ranked {
    /// `Less` means that `self` stands before `other`.
    pub fn order(&self, other: &Self) -> Ordering {
        // Not `total_cmp`: 0 and -0 are equal scores, so the index decides between them.
        other.score.partial_cmp(&self.score).unwrap_or(Ordering::Equal).then(self.item_idx.cmp(&other.item_idx))
    }
}

/// How many 32-bit words a mask over `n_items` has.
pub fn mask_words(n_items: usize) -> usize {
    n_items.div_ceil(32)
}

/// Sets the bits of `items`; those that are set stay so.
pub fn mark(seen_mask: &mut [u32], items: &[u32]) {
    for &item_idx in items {
        seen_mask[item_idx as usize / 32] |= 1 << (item_idx % 32);
    }
}

/// Whether bit `item_idx` of a mask is set.
pub fn is_masked(seen_mask: &[u32], item_idx: usize) -> bool {
    seen_mask[item_idx / 32] & (1 << (item_idx % 32)) != 0
}

/// The best `k` items that are not masked, best first, in `ranked` (which is cleared and reused, not reallocated).
///
/// Fewer than `k` come back when fewer are left. Cost: one pass, a comparison an item, an insertion into a sorted
/// list of k for the few that enter it.
///
/// # Shapes
/// `logits` is `[n_items]`, `seen_mask` is `[mask_words(n_items)]`.
pub fn top_k(logits: &[f32], seen_mask: &[u32], k: usize, ranked: &mut Vec<Ranked>) {
    ranked.clear();
    if k == 0 {
        return;
    }
    let mut floor = f32::NEG_INFINITY;
    for (item_idx, &score) in logits.iter().enumerate() {
        // Items come in ascending order, so an equal score never displaces one that is already in.
        let enters = if ranked.len() < k { !score.is_nan() } else { score > floor };
        if !enters || is_masked(seen_mask, item_idx) {
            continue;
        }
        insert(ranked, k, Ranked { item_idx: item_idx as u32, score });
        if let (true, Some(last)) = (ranked.len() == k, ranked.last()) {
            floor = last.score;
        }
    }
}

/// Puts `entry` behind those of `ranked` (at most `k`, best first) that score as much; the last falls out of a full list.
pub(crate) fn insert(ranked: &mut Vec<Ranked>, k: usize, entry: Ranked) {
    if ranked.len() == k {
        ranked.pop();
    }
    let place = ranked.partition_point(|other| other.score >= entry.score);
    ranked.insert(place, entry);
}
