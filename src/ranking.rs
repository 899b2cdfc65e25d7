//! From logits to a ranked list: the mask of seen items and the top-k with its tie rule.
//!
//! Order everywhere: higher score first; equal scores, lower item index first. A NaN logit is never ranked.

use std::cmp::Ordering;
use std::sync::Arc;

/// One place of a ranked list.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Ranked {
    /// The item's index in the model.
    pub item_idx: u32,
    /// Its logit, less what a request's novelty takes off it.
    pub score: f32,
}

impl Ranked {
    /// `Less` means that `self` stands before `other`.
    pub fn order(&self, other: &Self) -> Ordering {
        // Not `total_cmp`: 0 and -0 are equal scores, so the index decides between them.
        other.score.partial_cmp(&self.score).unwrap_or(Ordering::Equal).then(self.item_idx.cmp(&other.item_idx))
    }
}

/// The items of a list, in its order.
pub fn items_of(ranked: &[Ranked]) -> Vec<u32> {
    ranked.iter().map(|place| place.item_idx).collect()
}

/// Sorts indices (or any numbers) by what `order` says of two of them; equal ones stay as they stand. Room for as many is
/// kept behind them: what is sorted again and again does not allocate.
///
/// A merge sort of our own, and not generic: the library's is 2 kB to load, for each type and each order that it is
/// compiled for. It compares about as often, once a number where all is in order already, and never much more often.
pub fn sort_indices(indices: &mut Vec<u32>, order: &dyn Fn(u32, u32) -> Ordering) {
    let n = indices.len();
    indices.resize(2 * n, 0);
    let mut width = 1;
    while width < n {
        for start in (0..n - width).step_by(2 * width) {
            let (middle, end) = (start + width, (start + 2 * width).min(n));
            if order(indices[middle - 1], indices[middle]).is_le() {
                continue;
            }
            // The first part moves behind all numbers; what is left of the second is in its place when that is used up.
            indices.copy_within(start..middle, n);
            let (mut first, mut second, mut place) = (n, middle, start);
            while first < n + width {
                let is_second = second < end && order(indices[second], indices[first]).is_lt();
                let from = if is_second { &mut second } else { &mut first };
                indices[place] = indices[*from];
                *from += 1;
                place += 1;
            }
        }
        width *= 2;
    }
    indices.truncate(n);
}

/// `0..n`, sorted by what `order` says; equal ones stay in ascending order.
pub fn sorted_indices(n: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<u32> {
    let mut indices: Vec<u32> = (0..n as u32).collect();
    sort_indices(&mut indices, &|a, b| order(a as usize, b as usize));
    indices
}

/// The shortest decimal number that stands for this one, for messages.
#[cfg(not(target_arch = "wasm32"))]
pub fn decimal(value: f32) -> String {
    value.to_string()
}

/// The shortest decimal number that stands for this one, for messages: the browser's, for `Display` of floats would be a
/// larger part of the page than the student is.
#[cfg(target_arch = "wasm32")]
pub fn decimal(value: f32) -> String {
    let number = js_sys::Number::from(f64::from(value));
    let with = |n_digits| number.to_precision(n_digits).map_or_else(|_| String::new(), String::from);
    // Nine digits tell any two of them apart.
    (1..9).map(with).find(|text| js_sys::parse_float(text) as f32 == value).unwrap_or_else(|| with(9))
}

/// A number with so many places behind the point.
pub fn fixed(value: f64, n_places: u8) -> String {
    #[cfg(target_arch = "wasm32")]
    return js_sys::Number::from(value).to_fixed(n_places).map_or_else(|_| String::new(), String::from);
    #[cfg(not(target_arch = "wasm32"))]
    format!("{value:.*}", usize::from(n_places))
}

/// The items in another order.
pub fn reordered<T>(items: Vec<T>, order: &[u32]) -> Vec<T> {
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.iter().filter_map(|&place| items[place as usize].take()).collect()
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

/// The items that may be recommended, where not all may: one bit an item. Cheap to clone; its content never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemMask {
    n_items: usize,
    n_allowed: usize,
    /// `[mask_words(n_items)]`: the bits of those that may not, as a request's mask has them; past the last item none.
    left_out: Arc<[u32]>,
}

impl ItemMask {
    /// Of `n_items` items those that `is_allowed` says.
    pub fn new(n_items: usize, is_allowed: &dyn Fn(u32) -> bool) -> Self {
        let mut left_out = vec![0; mask_words(n_items)];
        let mut n_allowed = 0;
        for item_idx in 0..n_items as u32 {
            if is_allowed(item_idx) {
                n_allowed += 1;
            } else {
                mark(&mut left_out, &[item_idx]);
            }
        }
        Self { n_items, n_allowed, left_out: left_out.into() }
    }

    /// Items of the catalogue that it is about.
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// How many of them may be recommended.
    pub fn n_allowed(&self) -> usize {
        self.n_allowed
    }

    /// Whether this one may be.
    ///
    /// # Panics
    /// There is no such item.
    pub fn allows(&self, item_idx: u32) -> bool {
        !is_masked(&self.left_out, item_idx as usize)
    }

    /// `[mask_words(n_items)]`: a bit for each item that may not be recommended.
    pub fn left_out(&self) -> &[u32] {
        &self.left_out
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::sort_indices;

    proptest! {
        #[test]
        fn sorted_as_the_library_sorts(mut numbers in prop::collection::vec(any::<u32>(), 0..200), kinds in 1u32..300) {
            let mut expected = numbers.clone();
            expected.sort_by_key(|number| number % kinds);
            sort_indices(&mut numbers, &|a, b| (a % kinds).cmp(&(b % kinds)));
            prop_assert_eq!(numbers, expected);
        }
    }
}
