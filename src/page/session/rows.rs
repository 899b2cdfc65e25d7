//! The list of recommendations as it is shown.

use super::core::Core;
use crate::catalogue::CatalogueItem;
use crate::explorer::{Shelf, Taste, Why};
use crate::page::text;
use crate::ranking::Ranked;

/// One row of the list of recommendations.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) ranked: Ranked,
    pub(crate) item: CatalogueItem,
    pub(crate) why: Option<String>,
    /// Length of the score's bar, 0 to 1.
    pub(crate) bar: f32,
    /// How many places it stood lower (or, negative, higher) in the answer before; `None` if it was not there.
    pub(crate) moved: Option<i32>,
}

/// Explanations that are made before the list is shown: as many films times rows take a few milliseconds. With a longer
/// shelf the list comes first and the explanations one by one.
const AT_ONCE: usize = 2_000;

/// The rows of an answer. `before` is the list that it takes the place of.
pub(super) fn rows(core: &Core, shelf: &Shelf, ranked: &[Ranked], before: &[Row]) -> Vec<Row> {
    let best = ranked.iter().map(|ranked| ranked.score).fold(f32::MIN, f32::max);
    let last = ranked.iter().map(|ranked| ranked.score).fold(f32::MAX, f32::min);
    // Bars start at 0 where that shows a difference, and else a little below the last of the list.
    let from = if last > 0.0 && last < 0.9 * best { 0.0 } else { last - 0.25 * (best - last) };
    let scale = if best > from { best - from } else { 1.0 };
    let is_quick = are_explained_at_once(shelf, ranked.len());
    let row = |(place, &ranked): (usize, &Ranked)| Row {
        ranked,
        item: core.item(ranked.item_idx),
        why: if is_quick { why(core, shelf, ranked.item_idx) } else { None },
        bar: ((ranked.score - from) / scale).clamp(0.0, 1.0),
        moved: before
            .iter()
            .position(|row| row.ranked.item_idx == ranked.item_idx)
            .map(|place_before| place_before as i32 - place as i32),
    };
    ranked.iter().enumerate().map(row).collect()
}

/// Whether [`rows`] has the explanations in it.
pub(super) fn are_explained_at_once(shelf: &Shelf, n_rows: usize) -> bool {
    shelf.len() * n_rows <= AT_ONCE
}

/// The reason in words; none when there is nothing on the shelf.
pub(super) fn why(core: &Core, shelf: &Shelf, item_idx: u32) -> Option<String> {
    let contributions = core.recommender.explain(&shelf.request(1), item_idx).ok()?;
    if contributions.is_empty() {
        return None;
    }
    let why = Why::of(&contributions);
    let with_taste = |taste: Taste| -> Vec<&str> {
        let pulls = why.pulls.iter().filter(|(item_idx, _)| shelf.taste_of(*item_idx) == Some(taste));
        pulls.map(|(item_idx, _)| core.title(*item_idx)).collect()
    };
    let held_down_by = why.pushes.first().map(|(item_idx, _)| core.title(*item_idx));
    Some(text::because(&with_taste(Taste::Liked), &with_taste(Taste::Disliked), held_down_by))
}
