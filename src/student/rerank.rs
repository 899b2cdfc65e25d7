//! Exact scores for a list that was ranked by rounded ones.

use super::{PreparedRequest, Student};
use crate::ranking::{Ranked, items_of, reordered, sorted_indices};

impl Student {
    /// Gives the items of a list their exact scores, and the best `k` of the request in the order of
    /// [`Ranked::order`]: the last step where a GPU stores its tables in fewer bits and ranks a few items more.
    pub fn rerank(&self, prepared: &PreparedRequest, ranked: &mut Vec<Ranked>) {
        let scores = self.scores_at(prepared, &items_of(ranked));
        for (place, score) in ranked.iter_mut().zip(scores) {
            place.score = score;
        }
        let order = sorted_indices(ranked.len(), &|a, b| ranked[a].order(&ranked[b]));
        *ranked = reordered(std::mem::take(ranked), &order);
        ranked.truncate(prepared.k);
    }
}
