//! What came of the matching: the lists that a visitor sees, corrections, and what goes on the shelf.

use super::read::{History, HistoryRow};

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
}

impl MatchReport {
    pub(super) fn new(history: History, mut outcomes: Vec<Outcome>) -> Self {
        outcomes.resize(history.rows.len(), Outcome::Unmatched);
        let first_of = (0..history.rows.len() as u32).collect();
        Self { history, outcomes, first_of }
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
        Vec::new()
    }

    /// The rows to decide on, each film once, in the order of the file; [`Self::outcome`] has the candidates.
    pub fn ambiguous(&self) -> Vec<u32> {
        Vec::new()
    }

    /// The rows without a film, each once, in the order of the file.
    pub fn unmatched(&self) -> Vec<u32> {
        Vec::new()
    }

    /// How many there are of each.
    pub fn counts(&self) -> Counts {
        Counts::default()
    }

    /// The visitor's decision on a row, and on all others that name the film in the same words: this film, or none.
    pub fn fix(&mut self, row_idx: u32, item_idx: Option<u32>) {
        let Some(&first) = self.first_of.get(row_idx as usize) else { return };
        let outcome = item_idx.map_or(Outcome::Unmatched, Outcome::Matched);
        for (of, at) in self.first_of.iter().zip(&mut self.outcomes) {
            if *of == first {
                at.clone_from(&outcome);
            }
        }
    }

    /// What goes on the shelf: the films that were found, each once, in the order of the file.
    pub fn tastes(&self, _policy: Policy) -> Vec<ItemVerdict> {
        Vec::new()
    }
}
