//! Which film of the catalogue a row means.

use super::read::History;
use super::report::{MatchReport, Outcome};
use crate::catalogue::Catalogue;

/// The catalogue's titles in the form in which titles are compared. It is made once and kept.
#[derive(Debug, Clone)]
pub struct TitleIndex {}

impl TitleIndex {
    /// Prepares the titles of a catalogue.
    pub fn new(_catalogue: &Catalogue) -> Self {
        Self {}
    }
}

/// How far a matcher is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows that are done.
    pub n_done: usize,
    /// Rows that there are.
    pub n_rows: usize,
}

impl Progress {
    /// Whether no row is left.
    pub fn is_done(self) -> bool {
        self.n_done == self.n_rows
    }
}

/// Finds the films of a history, some rows at a time.
#[derive(Debug, Clone)]
pub struct Matcher {
    history: History,
    outcomes: Vec<Outcome>,
}

impl Matcher {
    /// Nothing done yet.
    pub fn new(history: History) -> Self {
        Self { outcomes: Vec::with_capacity(history.rows.len()), history }
    }

    /// What is being matched.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Does the next `n_rows` rows.
    pub fn step(&mut self, _index: &TitleIndex, n_rows: usize) -> Progress {
        let n = self.history.rows.len().min(self.outcomes.len() + n_rows);
        self.outcomes.resize(n, Outcome::Unmatched);
        Progress { n_done: self.outcomes.len(), n_rows: self.history.rows.len() }
    }

    /// The report; rows that were not done count as unmatched.
    pub fn finish(self) -> MatchReport {
        MatchReport::new(self.history, self.outcomes)
    }
}
