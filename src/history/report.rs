//! What came of the matching: the lists that a visitor sees, corrections, and what goes on the shelf.

use std::cmp::Ordering;

use super::read::{History, HistoryRow};
use crate::ranking::sorted_indices;

/// What became of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Outcome {
    /// This film.
    Matched(u32),
    /// One of these, or none: best first, at least one.
    Ambiguous(Vec<u32>),
    /// No film of the catalogue.
    #[default]
    Unmatched,
}

/// A film of the catalogue and the row that speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// The row, an index into [`History::rows`]: of several, the last that has a rating.
    pub row_idx: u32,
    /// The film.
    pub item_idx: u32,
}

/// How many rows ended where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Films of the catalogue that were found.
    pub matched: u32,
    /// Further rows of films that were found already.
    pub merged: u32,
    /// Films to decide on, each once.
    pub ambiguous: u32,
    /// Films that are not in the catalogue, each once.
    pub unmatched: u32,
}

/// What a film is to the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// More like it.
    Liked,
    /// Not for me.
    Disliked,
    /// Known: not to be recommended, and no opinion.
    Seen,
}

/// A film and what it is to the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemVerdict {
    /// The film.
    pub item_idx: u32,
    /// What it is.
    pub verdict: Verdict,
}

/// How ratings become verdicts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// The least rating that is a like: 0.7, which is 7 of 10 and 3.5 of 5, as in the model's training.
    pub liked_from: f32,
    /// The highest rating that is a dislike: 0.4.
    pub disliked_to: f32,
    /// What a film is in a file where no row has a rating: seen, unless the visitor says more.
    pub watched: Verdict,
}

impl Default for Policy {
    fn default() -> Self {
        Self { liked_from: 0.7, disliked_to: 0.4, watched: Verdict::Seen }
    }
}

/// A history and what became of each row.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchReport {
    history: History,
    /// One a row.
    outcomes: Vec<Outcome>,
    /// For each row, the first that names the same film in the same words.
    first_of: Vec<u32>,
    n_items: usize,
}

impl MatchReport {
    pub(super) fn new(history: History, mut outcomes: Vec<Outcome>, n_items: usize) -> Self {
        let rows = &history.rows;
        outcomes.resize(rows.len(), Outcome::Unmatched);
        let order = sorted_indices(rows.len(), &|a, b| by_name(&rows[a], &rows[b]));
        let mut first_of = vec![0; rows.len()];
        let mut first = 0;
        for row_idx in order {
            // Equal ones stay in the order of the file.
            if by_name(&rows[first as usize], &rows[row_idx as usize]).is_ne() {
                first = row_idx;
            }
            first_of[row_idx as usize] = first;
        }
        Self { history, outcomes, first_of, n_items }
    }

    /// What was read.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// One row of it.
    pub fn row(&self, row_idx: u32) -> Option<&HistoryRow> {
        self.history.rows.get(row_idx as usize)
    }

    /// What became of a row.
    pub fn outcome(&self, row_idx: u32) -> Option<&Outcome> {
        self.outcomes.get(row_idx as usize)
    }

    /// The films that were found, each once, in the order of the file.
    pub fn matched(&self) -> Vec<Match> {
        let mut films: Vec<Match> = Vec::new();
        // For each item, its place among them.
        let mut places = vec![usize::MAX; self.n_items];
        for (row_idx, outcome) in (0u32..).zip(&self.outcomes) {
            let Outcome::Matched(item_idx) = *outcome else { continue };
            let place = &mut places[item_idx as usize];
            match films.get_mut(*place) {
                None => {
                    *place = films.len();
                    films.push(Match { row_idx, item_idx });
                }
                Some(film) => {
                    let is_rated = |row_idx: u32| self.history.rows[row_idx as usize].rating.is_some();
                    if is_rated(row_idx) || !is_rated(film.row_idx) {
                        film.row_idx = row_idx;
                    }
                }
            }
        }
        films
    }

    /// The rows to decide on, each film once, in the order of the file; [`Self::outcome`] has the candidates.
    pub fn ambiguous(&self) -> Vec<u32> {
        self.firsts(|outcome| matches!(outcome, Outcome::Ambiguous(_)))
    }

    /// The rows without a film, each once, in the order of the file.
    pub fn unmatched(&self) -> Vec<u32> {
        self.firsts(|outcome| *outcome == Outcome::Unmatched)
    }

    fn firsts(&self, is_meant: fn(&Outcome) -> bool) -> Vec<u32> {
        let is_first = |row_idx: &u32| self.first_of[*row_idx as usize] == *row_idx;
        let n_rows = self.outcomes.len() as u32;
        (0..n_rows).filter(is_first).filter(|row_idx| is_meant(&self.outcomes[*row_idx as usize])).collect()
    }

    /// How many there are of each.
    pub fn counts(&self) -> Counts {
        let matched = self.matched().len() as u32;
        let n_found =
            self.outcomes.iter().map(|outcome| u32::from(matches!(outcome, Outcome::Matched(_)))).sum::<u32>();
        Counts {
            matched,
            merged: n_found - matched,
            ambiguous: self.ambiguous().len() as u32,
            unmatched: self.unmatched().len() as u32,
        }
    }

    /// The visitor's decision on a row, and on all others that name the film in the same words: this film, or none.
    ///
    /// Nothing happens for a row or an item that there is not.
    pub fn fix(&mut self, row_idx: u32, item_idx: Option<u32>) {
        let Some(&first) = self.first_of.get(row_idx as usize) else { return };
        if item_idx.is_some_and(|item_idx| item_idx as usize >= self.n_items) {
            return;
        }
        let outcome = item_idx.map_or(Outcome::Unmatched, Outcome::Matched);
        for (of, at) in self.first_of.iter().zip(&mut self.outcomes) {
            if *of == first {
                at.clone_from(&outcome);
            }
        }
    }

    /// What goes on the shelf: the films that were found, each once, in the order of the file.
    pub fn tastes(&self, policy: Policy) -> Vec<ItemVerdict> {
        let watched = if self.history.has_ratings() { Verdict::Seen } else { policy.watched };
        let verdict = |row: &HistoryRow| match (row.rating, row.liked) {
            (Some(rating), _) if rating >= policy.liked_from => Verdict::Liked,
            (Some(rating), _) if rating <= policy.disliked_to => Verdict::Disliked,
            (_, Some(true)) => Verdict::Liked,
            (Some(_), _) => Verdict::Seen,
            (None, _) => watched,
        };
        let verdict_of = |found: Match| ItemVerdict {
            item_idx: found.item_idx,
            verdict: verdict(&self.history.rows[found.row_idx as usize]),
        };
        self.matched().into_iter().map(verdict_of).collect()
    }
}

/// An order in which rows are equal that name a film in the same words.
fn by_name(a: &HistoryRow, b: &HistoryRow) -> Ordering {
    (&a.title, a.year, &a.id, &a.other_title).cmp(&(&b.title, b.year, &b.id, &b.other_title))
}
