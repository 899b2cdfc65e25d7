//! What an answer costs, counted and not measured: from the shapes and the likes, by one rule for teacher and student.
//!
//! - a **multiply-add** is a product that is added to a sum; a product alone counts as one too, additions, comparisons and
//!   roots do not;
//! - **bytes**: what a stage is given, once. Of a table that is gathered from, a row counts each time it is fetched, with
//!   the four bytes of its index; numbers are `f32`, but for the wide channel's `f64`.

use std::iter::Sum;

use super::{Stage, Student};

/// Multiply-adds and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Multiply-adds.
    pub multiply_adds: u64,
    /// Bytes read.
    pub bytes: u64,
}

impl Sum for Work {
    fn sum<I: Iterator<Item = Self>>(of: I) -> Self {
        of.fold(Self::default(), |sum, work| Self {
            multiply_adds: sum.multiply_adds + work.multiply_adds,
            bytes: sum.bytes + work.bytes,
        })
    }
}

impl Work {
    /// Of so many multiply-adds over so many numbers of four bytes.
    pub(crate) fn of(multiply_adds: usize, n_numbers: usize) -> Self {
        Self { multiply_adds: multiply_adds as u64, bytes: 4 * n_numbers as u64 }
    }
}

impl Student {
    /// What a request with so many memberships takes, stage by stage: every logit in full, as [`Student::logits`] computes
    /// them. (An answer of [`Student::recommend`] looks at most items in bytes, and so takes less.)
    ///
    /// With `m` memberships, `n` items, `d` and `h` the widths: `fold_in` is `m (d + 1) + d` multiply-adds, `user_half`
    /// `h d`, `score` `n (h + d)` of which the head may have one part only.
    pub fn work(&self, n_memberships: usize) -> [(Stage, Work); 3] {
        let (d, h, n) = (self.config.emb_dim, self.config.hidden_dim, self.config.n_items);
        let width = h + if self.config.head.has_dot() { d } else { 0 };
        // A membership is an index and a weight; its row comes with a degree.
        let fold_in = Work::of(n_memberships * (d + 1) + d, n_memberships * (d + 3));
        let user_half = Work::of(h * d, if h > 0 { h * d + d } else { 0 });
        // Both halves of the visitor and the output weight once, then every item's.
        let score = Work::of(n * width, n * width + width + h);
        [(Stage::FoldIn, fold_in), (Stage::UserHalf, user_half), (Stage::Score, score)]
    }
}
