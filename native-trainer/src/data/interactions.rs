//! Ratings, reviews or plain interactions, with ids replaced by indices.

use std::borrow::Cow;
use std::collections::HashMap;

use super::error::{DataError, Skipped};
use super::merge::{self, Written};
use super::reviews::{Reviews, TextWriter};

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
    pub reviews: Reviews,
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
    pub(super) fn of_pairs<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> Result<Self, DataError> {
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
    written: Vec<Written>,
    texts: TextWriter,
    /// What the temporary file of the texts refused first.
    failed: Option<std::io::Error>,
    pub(super) about: HashMap<String, About>,
}

impl Collector {
    pub(super) fn add(&mut self, seen: Seen<'_>) {
        let (user, item) = (self.users.index(seen.user), self.items.index(seen.item));
        let Seen { rating, timestamp, text, .. } = seen;
        if !text.trim().is_empty() {
            match self.texts.add(text.trim()) {
                Ok(place) => self.written.push(Written { timestamp, user, item, place }),
                Err(reason) => self.failed = self.failed.take().or(Some(reason)),
            }
        }
        self.rows.push(Interaction { user, item, rating, timestamp });
    }

    /// Ids in natural order, rows by user and item, one a pair.
    ///
    /// # Errors
    /// The temporary file of the texts.
    pub(super) fn finish(self) -> Result<Interactions, DataError> {
        let Self { users, items, mut rows, mut written, texts, failed, about } = self;
        if let Some(reason) = failed {
            return Err(DataError::Texts { reason });
        }
        let n_lines = rows.len();
        let (user_ids, user_places) = users.into_natural_order();
        let (item_ids, item_places) = items.into_natural_order();
        for row in &mut rows {
            (row.user, row.item) = (user_places[row.user as usize], item_places[row.item as usize]);
        }
        for Written { user, item, .. } in &mut written {
            (*user, *item) = (user_places[*user as usize], item_places[*item as usize]);
        }
        let unreadable = |reason| DataError::Texts { reason };
        let reviews = texts.finish().and_then(|texts| merge::texts(written, texts)).map_err(unreadable)?;
        let rows = merge::rows(rows);
        Ok(Interactions { user_ids, item_ids, rows, reviews, about, n_lines, skipped: Vec::new() })
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
