//! A visitor's request, checked before any engine sees it.

use thiserror::Error;

use super::config::StudentConfig;
use super::cpu::Membership;
use super::graph::inv_sqrt_degree;
use crate::ranking::sort_indices;

/// The most places a ranked list may have; the GPU's top-k keeps its candidates in workgroup memory.
pub const MAX_K: usize = 100;

/// What a visitor likes, dislikes and does not want to see again, as item indices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Items that pull.
    pub liked: Vec<u32>,
    /// Items that push, if the model's `dislike_weight` is above 0, and are hidden in any case.
    pub disliked: Vec<u32>,
    /// Items that are hidden and say nothing about taste.
    pub hidden: Vec<u32>,
    /// How many recommendations are wanted, 1 to [`MAX_K`].
    pub k: usize,
}

/// Why a request cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestError {
    /// An index past the catalogue.
    #[error("item {item_idx} does not exist: the catalogue has {n_items} items (0 to {})", n_items.saturating_sub(1))]
    UnknownItem {
        /// The offending index.
        item_idx: u32,
        /// Size of the catalogue.
        n_items: usize,
    },
    /// The same item in two lists, or twice in one.
    #[error("item {item_idx} is named twice in one request: an item is liked, disliked or hidden, once")]
    NamedTwice {
        /// The offending index.
        item_idx: u32,
    },
    /// k is 0 or too large.
    #[error("k = {k} recommendations cannot be asked for: choose 1 to {MAX_K}")]
    BadK {
        /// The offending number.
        k: usize,
    },
}

/// A checked request in the form the stages take.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PreparedRequest {
    /// The visitor's row of `A` without its normalisation.
    pub memberships: Vec<Membership>,
    /// All items that must not be recommended.
    pub seen_items: Vec<u32>,
    /// `d_v^-1/2`.
    pub visitor_inv_sqrt_degree: f32,
    /// Places wanted.
    pub k: usize,
}

impl PreparedRequest {
    /// Checks `request` against the catalogue and refills `self`, reusing its memory.
    ///
    /// # Errors
    /// An unknown item, an item named twice, a k out of range. `self` is then empty.
    pub fn refill(&mut self, config: &StudentConfig, request: &Request) -> Result<(), RequestError> {
        self.memberships.clear();
        self.seen_items.clear();
        let outcome = self.fill(config, request);
        if outcome.is_err() {
            self.memberships.clear();
            self.seen_items.clear();
        }
        outcome
    }

    fn fill(&mut self, config: &StudentConfig, request: &Request) -> Result<(), RequestError> {
        if request.k == 0 || request.k > MAX_K {
            return Err(RequestError::BadK { k: request.k });
        }
        let named = [&request.liked, &request.disliked, &request.hidden];
        for &item_idx in named.into_iter().flatten() {
            if item_idx as usize >= config.n_items {
                return Err(RequestError::UnknownItem { item_idx, n_items: config.n_items });
            }
            self.seen_items.push(item_idx);
        }
        sort_indices(&mut self.seen_items, &|a, b| a.cmp(&b));
        if let Some(pair) = self.seen_items.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(RequestError::NamedTwice { item_idx: pair[0] });
        }
        self.memberships.extend(request.liked.iter().map(|&item_idx| Membership { item_idx, weight: 1.0 }));
        if config.dislike_weight > 0.0 {
            let weight = -config.dislike_weight;
            self.memberships.extend(request.disliked.iter().map(|&item_idx| Membership { item_idx, weight }));
        }
        let degree: f32 = self.memberships.iter().map(|membership| membership.weight.abs()).sum();
        self.visitor_inv_sqrt_degree = inv_sqrt_degree(degree);
        self.k = request.k;
        Ok(())
    }
}
