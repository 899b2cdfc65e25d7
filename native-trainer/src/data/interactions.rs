//! Ratings, reviews or plain interactions, with ids replaced by indices.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Review;
use super::error::Skipped;
use super::merge::{self, Written};

/// Who did what: indices into the two lists of ids.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interaction {
    /// Index into [`Interactions::user_ids`].
    pub user: u32,
    /// Index into [`Interactions::item_ids`].
    pub item: u32,
    /// The rating, if the table has ratings.
    pub rating: Option<f64>,
    /// The time, if the table has times.
    pub timestamp: Option<f64>,
}

/// A whole table of them.
#[derive(Debug, Clone, Default)]
pub struct Interactions {
    /// Users in natural order (numbers by value, other ids by text).
    pub user_ids: Vec<String>,
    /// Items in natural order.
    pub item_ids: Vec<String>,
    /// Sorted by user, then item; one entry a pair, see [`merge`].
    pub rows: Vec<Interaction>,
    /// What was written, sorted by user, then item; one entry a pair with a text.
    pub reviews: Vec<Review>,
    /// What is known about items, by id; empty without titles.
    pub about: HashMap<String, About>,
    /// Lines that were used.
    pub n_lines: usize,
    /// Lines that were not, by file.
    pub skipped: Vec<Skipped>,
}

/// What is known about an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Title as it is shown; empty if unknown.
    pub title: String,
    /// Year, if known.
    pub year: Option<u16>,
    /// Genres.
    pub genres: Vec<String>,
    /// Other titles.
    pub aka: Vec<String>,
}

/// Names under which the item of a line is found.
pub(super) const ITEM_NAMES: &[&str] =
    &["item_id", "itemId", "movieId", "movie_id", "item", "parent_asin", "asin", "business_id"];
/// Names under which the user of a line is found.
pub(super) const USER_NAMES: &[&str] = &["user_id", "userId", "user", "reviewerID"];

impl Interactions {
    /// Pairs of user and item, without ratings and times.
    pub(super) fn of_pairs<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> Self {
        let mut collector = Collector::default();
        pairs.for_each(|(user, item)| collector.add(Seen { user, item, ..Seen::default() }));
        collector.finish()
    }
}

/// One line of a file, whatever its format.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen<'a> {
    pub(super) user: &'a str,
    pub(super) item: &'a str,
    pub(super) rating: Option<f64>,
    pub(super) timestamp: Option<f64>,
    /// What was written; empty if nothing.
    pub(super) text: Cow<'a, str>,
}

/// Gathers the lines of a file.
#[derive(Debug, Default)]
pub(super) struct Collector {
    users: Interner,
    items: Interner,
    rows: Vec<Interaction>,
    texts: Vec<Written>,
    pub(super) about: HashMap<String, About>,
}

impl Collector {
    pub(super) fn add(&mut self, seen: Seen<'_>) {
        let (user, item) = (self.users.index(seen.user), self.items.index(seen.item));
        let Seen { rating, timestamp, text, .. } = seen;
        if !text.trim().is_empty() {
            let text = text.trim().to_owned();
            self.texts.push(Written { timestamp, review: Review { user, item, text } });
        }
        self.rows.push(Interaction { user, item, rating, timestamp });
    }

    /// Ids in natural order, rows by user and item, one a pair.
    pub(super) fn finish(self) -> Interactions {
        let Self { users, items, mut rows, mut texts, about } = self;
        let n_lines = rows.len();
        let (user_ids, user_places) = users.into_natural_order();
        let (item_ids, item_places) = items.into_natural_order();
        for row in &mut rows {
            (row.user, row.item) = (user_places[row.user as usize], item_places[row.item as usize]);
        }
        for Written { review, .. } in &mut texts {
            (review.user, review.item) = (user_places[review.user as usize], item_places[review.item as usize]);
        }
        let (rows, reviews) = (merge::rows(rows), merge::texts(texts));
        Interactions { user_ids, item_ids, rows, reviews, about, n_lines, skipped: Vec::new() }
    }
}

/// Ids in the order in which they are first seen.
#[derive(Debug, Default)]
pub(super) struct Interner {
    ids: Vec<String>,
    indices: HashMap<String, u32>,
}

impl Interner {
    pub(super) fn index(&mut self, id: &str) -> u32 {
        if let Some(&index) = self.indices.get(id) {
            return index;
        }
        let index = self.ids.len() as u32;
        self.ids.push(id.to_owned());
        self.indices.insert(id.to_owned(), index);
        index
    }

    /// The ids sorted, and for each old index the new one.
    pub(super) fn into_natural_order(self) -> (Vec<String>, Vec<u32>) {
        let numbers: Option<Vec<u64>> = self.ids.iter().map(|id| id.parse().ok()).collect();
        let mut order: Vec<usize> = (0..self.ids.len()).collect();
        match numbers {
            Some(numbers) => order.sort_by_key(|&index| (numbers[index], &self.ids[index])),
            None => order.sort_by_key(|&index| &self.ids[index]),
        }
        let mut places = vec![0; order.len()];
        for (place, &index) in order.iter().enumerate() {
            places[index] = place as u32;
        }
        (order.iter().map(|&index| self.ids[index].clone()).collect(), places)
    }
}
