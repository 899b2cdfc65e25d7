//! A visitor's own history: from the file that another place exported to films of the catalogue.
//!
//! [`read`] makes a [`History`] of the bytes, [`Matcher`] finds its films in the catalogue, some rows at a time so that
//! a page stays smooth, and [`MatchReport`] says what was found, takes corrections and gives what goes on the shelf.
//!
//! ```
//! # use sharp_distill::catalogue::Catalogue;
//! # use sharp_distill::history::{self, HistoryError, Matcher, Policy, TitleIndex};
//! # let catalogue = Catalogue::new(Vec::new());
//! let index = TitleIndex::new(&catalogue);
//! let mut matcher = Matcher::new(history::read(b"title,year,rating\nThe Matrix,1999,9/10\n")?);
//! while !matcher.step(&index, 250).is_done() { /* a frame of the page */ }
//! let mut report = matcher.finish();
//! for row_idx in report.ambiguous() { /* ask, then: */ report.fix(row_idx, None); }
//! let tastes = report.tastes(Policy::default());
//! # Ok::<(), HistoryError>(())
//! ```

mod csv;
mod error;
mod formats;
mod matching;
mod read;
mod report;
mod rows;
mod titles;
mod trakt;

pub use error::HistoryError;
pub use matching::{Matcher, Progress, TitleIndex};
pub use read::{History, HistoryRow, MAX_BYTES, MAX_ROWS, Note, Source, check_size, read};
pub use report::{Counts, ItemVerdict, Match, MatchReport, Outcome, Policy, Verdict};
