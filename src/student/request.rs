//! A visitor's request, checked before any engine sees it.

use thiserror::Error;

use super::config::StudentConfig;
use super::cpu::Membership;
use super::graph::inv_sqrt_degree;
use crate::ranking::{ItemMask, decimal, sort_indices};

/// The most places a ranked list may have; the GPU's top-k keeps its candidates in workgroup memory.
pub const MAX_K: usize = 100;

/// The most novelty, in logits: beyond it `f32` would keep too little of a logit to rank by.
pub const MAX_NOVELTY: f32 = 1e4;

/// What a visitor likes, dislikes and does not want to see again, as item indices, and what may be recommended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// Items that pull.
    pub liked: Vec<u32>,
    /// Items that push, if the model's `dislike_weight` is above 0, and are hidden in any case.
    pub disliked: Vec<u32>,
    /// Items that are hidden and say nothing about taste.
    pub hidden: Vec<u32>,
    /// How many recommendations are wanted, 1 to [`MAX_K`].
    pub k: usize,
    /// The items that may be recommended; all where there is none. It says nothing about taste: liked and disliked items
    /// need not be among them. Where it leaves fewer than `k`, the list is shorter.
    pub only: Option<ItemMask>,
    /// How many logits the best-known item loses, 0 to [`MAX_NOVELTY`]; the others lose their popularity's part of that
    /// ([`Student::popularity`](super::Student::popularity)): items are ranked by `s_i - novelty p_i`. What is a little
    /// and what is much depends on the model: `Recommender::novelty_of` turns a slider from 0 to 1 into it.
    pub novelty: f32,
}

/// Why a request cannot be answered.
#[derive(Debug, Clone, PartialEq, Error)]
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
    /// A mask that was made for another catalogue.
    #[error("the mask of items to choose from is of {n_masked} items, where the catalogue has {n_items}")]
    WrongMask {
        /// Items of the mask.
        n_masked: usize,
        /// Size of the catalogue.
        n_items: usize,
    },
    /// Below 0, too large or no number.
    #[error("novelty = {} cannot be asked for: choose 0 to {MAX_NOVELTY_SAID}", decimal(*novelty))]
    BadNovelty {
        /// The offending number.
        novelty: f32,
    },
    /// Below 0, above 1 or no number.
    #[error("diversity = {} cannot be asked for: choose 0 to 1", decimal(*diversity))]
    BadDiversity {
        /// The offending number.
        diversity: f32,
    },
}

/// [`MAX_NOVELTY`] in a message: what prints any float is 7 kB to load.
const MAX_NOVELTY_SAID: u32 = MAX_NOVELTY as u32;

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
    /// The items that may be recommended, where not all may.
    pub only: Option<ItemMask>,
    /// Logits that the best-known item loses.
    pub novelty: f32,
}

impl PreparedRequest {
    /// Checks `request` against the catalogue and refills `self`, reusing its memory.
    ///
    /// # Errors
    /// An unknown item, an item named twice, a k or novelty out of range, a mask of the wrong length. `self` is then empty.
    pub fn refill(&mut self, config: &StudentConfig, request: &Request) -> Result<(), RequestError> {
        self.memberships.clear();
        self.seen_items.clear();
        self.only = None;
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
        if !(0.0..=MAX_NOVELTY).contains(&request.novelty) {
            return Err(RequestError::BadNovelty { novelty: request.novelty });
        }
        let n_items = config.n_items;
        if let Some(n_masked) = request.only.as_ref().map(ItemMask::n_items).filter(|&n_masked| n_masked != n_items) {
            return Err(RequestError::WrongMask { n_masked, n_items });
        }
        let named = [&request.liked, &request.disliked, &request.hidden];
        for &item_idx in named.into_iter().flatten() {
            if item_idx as usize >= n_items {
                return Err(RequestError::UnknownItem { item_idx, n_items });
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
        self.only.clone_from(&request.only);
        self.novelty = request.novelty;
        Ok(())
    }

    /// What the mask is before the stage `mask` marks the seen items in it: the items that may not be recommended.
    ///
    /// # Shapes
    /// `seen_mask` is `[mask_words(n_items)]`.
    pub fn begin_mask(&self, seen_mask: &mut [u32]) {
        match &self.only {
            Some(only) => seen_mask.copy_from_slice(only.left_out()),
            None => seen_mask.fill(0),
        }
    }

    /// Whether an item may be recommended.
    pub fn allows(&self, item_idx: u32) -> bool {
        self.only.as_ref().is_none_or(|only| only.allows(item_idx)) && self.seen_items.binary_search(&item_idx).is_err()
    }

    /// How many items of `n_items` may be.
    pub fn n_left(&self, n_items: usize) -> usize {
        let Some(only) = &self.only else { return n_items - self.seen_items.len() };
        only.n_allowed() - self.seen_items.iter().filter(|item_idx| only.allows(**item_idx)).count()
    }
}
