//! Diversity: maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) over the best candidates of a request.
//!
//! Places are given one after the other, each to the candidate with the largest
//! ```text
//! (1 - diversity) r_i - diversity max_{j picked} cos(z_i, z_j)
//! ```
//! where `r_i` is the score of candidate `i`, scaled so that the candidates' scores go from 0 to 1. Of equals the one that
//! ranked higher is picked, so diversity 0 leaves the list as it is.

use super::cpu::dot;
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
    /// Places of the candidates that are not picked yet, in their order.
    rest: Vec<u32>,
    /// Places of those that are, in the order of picking.
    picked: Vec<u32>,
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
    /// `diversity` is 0 (only relevance counts) to 1 (only difference does, after the first). Where scores are not finite
    /// only difference counts, too, unless `diversity` is 0.
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
        let candidates = &candidates[..candidates.len().min(MAX_K)];
        let n_picked = k.min(candidates.len());
        self.directions.clear();
        for candidate in candidates {
            let z = &item_emb[candidate.item_idx as usize * emb_dim..][..emb_dim];
            // An embedding without a direction is like no other.
            let norm = dot(z, z).sqrt();
            let norm = if norm > 0.0 { norm } else { f32::INFINITY };
            self.directions.extend(z.iter().map(|x| x / norm));
        }
        self.picked.clear();
        self.picked.extend(0..n_picked as u32);
        let before = self.mean_cosine(emb_dim);

        self.picked.clear();
        self.rest.clear();
        self.rest.extend(0..candidates.len() as u32);
        self.nearest.clear();
        self.nearest.resize(candidates.len(), f32::NEG_INFINITY);
        let lowest = candidates.last().map_or(0.0, |candidate| candidate.score);
        let range = candidates.first().map_or(0.0, |candidate| candidate.score) - lowest;
        let scale = if range > 0.0 && range.is_finite() { (1.0 - diversity) / range } else { 0.0 };
        let direction = |place: u32| &self.directions[place as usize * emb_dim..][..emb_dim];
        for _ in 0..n_picked {
            // The first is the best: there is nothing yet that it could be like.
            let (mut at, mut best) = (0, f32::NEG_INFINITY);
            for (other, &place) in self.rest.iter().enumerate().filter(|_| diversity > 0.0 && !self.picked.is_empty()) {
                let relevance = scale * (candidates[place as usize].score - lowest);
                let value = relevance - diversity * self.nearest[place as usize];
                if value > best {
                    (at, best) = (other, value);
                }
            }
            let newest = self.rest.remove(at);
            self.picked.push(newest);
            for &place in &self.rest {
                let (cosine, nearest) = (dot(direction(newest), direction(place)), &mut self.nearest[place as usize]);
                *nearest = if cosine > *nearest { cosine } else { *nearest };
            }
        }
        self.ranked.clear();
        self.ranked.extend(self.picked.iter().map(|&place| candidates[place as usize]));
        let after = self.mean_cosine(emb_dim);
        Diversified { ranked: &self.ranked, before, after }
    }

    /// Mean cosine of all pairs of the picked: for directions `u`, `(|sum u|^2 - sum |u|^2) / (n (n - 1))`.
    fn mean_cosine(&mut self, emb_dim: usize) -> f32 {
        self.sum.clear();
        self.sum.resize(emb_dim, 0.0);
        let mut squares = 0.0;
        for &place in &self.picked {
            let direction = &self.directions[place as usize * emb_dim..][..emb_dim];
            squares += dot(direction, direction);
            self.sum.iter_mut().zip(direction).for_each(|(sum, x)| *sum += x);
        }
        let n = self.picked.len() as f32;
        if n < 2.0 { 0.0 } else { (dot(&self.sum, &self.sum) - squares) / (n * (n - 1.0)) }
    }
}
