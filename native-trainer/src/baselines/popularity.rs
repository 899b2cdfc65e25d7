//! The same ranking for everyone: by number of training likes.

use std::ops::Range;

use candle_core::Result;
use sharp_distill::hypergraph::Incidence;

use crate::evaluation::Scorer;

/// The number of users of each item.
#[derive(Debug, Clone, PartialEq)]
pub struct Popularity {
    of_items: Vec<f32>,
}

impl Popularity {
    /// Counts the training likes.
    pub fn new(train: &Incidence) -> Self {
        Self { of_items: train.hyperedge_degrees().into_iter().map(|degree| degree as f32).collect() }
    }
}

impl Scorer for Popularity {
    fn logits(&self, users: Range<usize>) -> Result<Vec<f32>> {
        Ok(self.of_items.repeat(users.len()))
    }
}
