//! The request's pass over the items: `score`, `novelty`, `mask` and `top_k` in one, exact, mostly in bytes.
//!
//! Items come in blocks of 32. A block's upper bounds ([`super::sketch`]) are compared with the floor, the score of the
//! last place so far; only an item whose bound lies above it, and which is not masked, has its `f32` logit computed, by
//! the function that `score` uses, and is ranked by it. So nothing that belongs into the list is left out, and nothing
//! but `f32` logits decides the order: whatever the numbers are, they only decide how long it takes. Where a request has
//! novelty, bounds lose what scores lose ([`SketchedVisitor::with_novelty`] says why they stay bounds).

use bytemuck::{cast_slice, must_cast};

use super::cpu::{ScoreTables, novel};
use super::lanes::Lanes;
use super::sketch::{BLOCK, Row, Sketch};
use super::visitor::SketchedVisitor;
use crate::ranking::{Ranked, insert};

/// `each!(at => x)` is `[x; 8]` with `at` from 0 to 7, without a loop: at `opt-level` "z" one would stay, and the sums with
/// it in memory.
macro_rules! each {
    ($at:ident => $x:expr) => {
        each!($at => $x; 0 1 2 3 4 5 6 7)
    };
    ($at:ident => $x:expr; $($n:literal)*) => {
        [$({
            let $at = $n;
            $x
        }),*]
    };
}

/// What a pass reads, beside the table.
pub(super) struct Pass<'a> {
    pub(super) tables: ScoreTables<'a>,
    pub(super) user_emb: &'a [f32],
    pub(super) user_hidden: &'a [f32],
    pub(super) popularity: &'a [Row],
    pub(super) novelty: f32,
    pub(super) seen_mask: &'a [u32],
    pub(super) k: usize,
    pub(super) n_items: usize,
}

impl Pass<'_> {
    /// The best items in `ranked`, which holds at most `k` places and is not reallocated once it has. Gives the number of
    /// logits that were computed.
    pub(super) fn rank(&self, sketch: Option<(&Sketch, &SketchedVisitor)>, ranked: &mut Vec<Ranked>) -> usize {
        ranked.clear();
        ranked.reserve(self.k.min(self.n_items));
        let mut n_rescored = 0;
        let mut next_item = 0;
        if let Some((sketch, visitor)) = sketch {
            // Where bounds tell little they are given up: it costs a quarter more than without them, not twice as much.
            let most = self.n_items / 4 + self.k + BLOCK;
            let mut threshold = f32::NEG_INFINITY;
            for (block_idx, seen) in self.seen_mask.iter().enumerate() {
                if n_rescored > most {
                    break;
                }
                next_item += BLOCK;
                let mut candidates =
                    sketch.candidates(visitor, block_idx, &self.popularity[block_idx], threshold) & !seen;
                if candidates == 0 {
                    continue;
                }
                n_rescored += candidates.count_ones() as usize;
                while candidates != 0 {
                    self.offer(block_idx * BLOCK + candidates.trailing_zeros() as usize, ranked);
                    candidates &= candidates - 1;
                }
                if let (true, Some(last)) = (ranked.len() == self.k, ranked.last()) {
                    threshold = visitor.threshold(last.score);
                }
            }
        }
        for item_idx in next_item..self.n_items {
            if self.seen_mask[item_idx / BLOCK] & (1 << (item_idx % BLOCK)) == 0 {
                n_rescored += 1;
                self.offer(item_idx, ranked);
            }
        }
        n_rescored
    }

    /// Ranks one item by its score. Items come in ascending order, so an equal score displaces none.
    #[inline]
    fn offer(&self, item_idx: usize, ranked: &mut Vec<Ranked>) {
        let logit = self.tables.logit(self.user_emb, self.user_hidden, item_idx);
        let popularity: &[f32] = cast_slice(self.popularity);
        let score = novel(logit, popularity[item_idx], self.novelty);
        let enters = match ranked.last() {
            Some(last) if ranked.len() == self.k => score > last.score,
            _ => !score.is_nan(),
        };
        if enters {
            insert(ranked, self.k, Ranked { item_idx: item_idx as u32, score });
        }
    }
}

impl Sketch {
    /// One bit for every item of a block whose bound is above `threshold` ([`SketchedVisitor::threshold`]).
    ///
    /// Not inlined: in a small function a browser's compiler keeps the sums in registers, in a large one not always.
    #[inline(never)]
    fn candidates(&self, visitor: &SketchedVisitor, block_idx: usize, popularity: &Row, threshold: f32) -> u32 {
        let rows = &self.rows[block_idx * self.n_words()..][..self.n_words()];
        let (unit_rows, dim_rows) = rows.split_at(visitor.thresholds.len());
        let (step, errors) = (Lanes::splat_f32(visitor.step), &self.unit_error[block_idx]);
        let sums = unit_sums(unit_rows, &visitor.thresholds, self.n_positive_words);
        let mut bounds = each!(at => sums[at].i32_as_f32().mul_f32(step).add_f32(errors[at]));
        if let Some(errors) = self.dot_error.get(block_idx) {
            let (step, norm) = (Lanes::splat_f32(visitor.dot_step), Lanes::splat_f32(visitor.emb_norm));
            let sums = dim_sums(dim_rows, &visitor.factors);
            bounds = each!(at => {
                let of_dims = sums[at].i32_as_f32().mul_f32(step);
                bounds[at].add_f32(of_dims).add_f32(errors[at].mul_f32(norm))
            });
        }
        if visitor.novelty > 0.0 {
            let lost = Lanes::splat_f32(-visitor.novelty);
            bounds = each!(at => bounds[at].add_f32(popularity[at].mul_f32(lost)));
        }
        let floor = Lanes::splat_f32(threshold);
        each!(at => bounds[at].greater_f32(floor) << (4 * at)).into_iter().fold(0, |bits, four| bits | four)
    }
}

/// `sum_{w > 0} max(t - beta, 0) - sum_{w < 0} max(t - beta, 0)` of the 32 items of a block, as `i32`.
///
/// Two words at a time: two bytes of 7 bits add up in a byte, so that half of the additions are of 16 lanes.
#[inline(always)]
fn unit_sums(rows: &[Row], thresholds: &[u32], n_positive: usize) -> Row {
    let (positive, negative) = rows.split_at(n_positive);
    let (above, below) = thresholds.split_at(n_positive);
    let mut sums = [Lanes::zero(); 8];
    let ((pairs, single), (beta_pairs, beta_single)) = (positive.as_chunks(), above.as_chunks());
    for ([x, y], &[a, b]) in pairs.iter().zip(beta_pairs) {
        let (a, b) = (Lanes::splat_u32(a), Lanes::splat_u32(b));
        sums = each!(at => sums[at].add_i16(two_words(x[at], a, y[at], b)));
    }
    for (x, &a) in single.iter().zip(beta_single) {
        let a = Lanes::splat_u32(a);
        sums = each!(at => sums[at].add_i16(x[at].sub_saturating_u8(a).add_pairs_u8()));
    }
    let ((pairs, single), (beta_pairs, beta_single)) = (negative.as_chunks(), below.as_chunks());
    for ([x, y], &[a, b]) in pairs.iter().zip(beta_pairs) {
        let (a, b) = (Lanes::splat_u32(a), Lanes::splat_u32(b));
        sums = each!(at => sums[at].sub_i16(two_words(x[at], a, y[at], b)));
    }
    for (x, &a) in single.iter().zip(beta_single) {
        let a = Lanes::splat_u32(a);
        sums = each!(at => sums[at].sub_i16(x[at].sub_saturating_u8(a).add_pairs_u8()));
    }
    each!(at => sums[at].add_pairs_i16())
}

#[inline(always)]
fn two_words(x: Lanes, a: Lanes, y: Lanes, b: Lanes) -> Lanes {
    x.sub_saturating_u8(a).add_u8(y.sub_saturating_u8(b)).add_pairs_u8()
}

/// `n . t_i` of the 32 items of a block, as `i32`.
///
/// An item's even columns are the two halves of a lane of 32 bits, and so are its odd ones: no lane moves.
#[inline(always)]
fn dim_sums(rows: &[Row], factors: &[[[i16; 2]; 2]]) -> Row {
    let mut sums = [Lanes::zero(); 8];
    for (x, &[even, odd]) in rows.iter().zip(factors) {
        let (even, odd) = (Lanes::splat_u32(must_cast(even)), Lanes::splat_u32(must_cast(odd)));
        sums = each!(at => {
            let of_even = x[at].even_i8_as_i16().dot_pairs_i16(even);
            sums[at].add_i32(of_even).add_i32(x[at].odd_i8_as_i16().dot_pairs_i16(odd))
        });
    }
    sums
}
