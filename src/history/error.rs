//! Every way in which a file can fail to be a history. Each message is for a visitor: the place, then the remedy.

use thiserror::Error;

use super::read::Note;
use crate::json::JsonError;

/// Why a file is refused: the place and the remedy, to be shown as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HistoryError {
    /// Nothing in it.
    #[error("The file is empty. Export it again, or drop another one.")]
    Empty,
    /// Larger than [`MAX_BYTES`](super::MAX_BYTES).
    #[error(
        "The file has {n_mebibytes} MB; up to 20 MB are read. Keep only your own rows, or those of the last years."
    )]
    TooLarge {
        /// Its size, rounded up.
        n_mebibytes: usize,
    },
    /// More rows than [`MAX_ROWS`](super::MAX_ROWS).
    #[error(
        "The file goes on behind line {line}; up to 100,000 rows are read. Keep only your own, or the last years'."
    )]
    TooLong {
        /// The first line too many.
        line: u32,
    },
    /// An archive.
    #[error(
        "The file is packed (zip). Unpack it, then drop ratings.csv from inside; a workbook: save it as CSV first."
    )]
    Packed,
    /// Not a text.
    #[error(
        "The file is no text: byte {at} is none of a text's. Drop a .csv or .json; a workbook: save it as CSV first."
    )]
    Binary {
        /// The first such byte, from 1.
        at: usize,
    },
    /// A web page.
    #[error(
        "The file is a web page (it begins with `<`), not the export. Sign in where your ratings are, and use the \
         export in the settings there; then drop the .csv or .json."
    )]
    WebPage,
    /// JSON of something else.
    #[error(
        "The file begins as JSON, but is no list of films: {reason}. Of Trakt's export, drop ratings-movies.json or \
         watched-movies.json."
    )]
    Json {
        /// What the reader says, with line and column.
        reason: JsonError,
    },
    /// A quote that nobody closes.
    #[error(
        "The quote (\") in the row that begins on line {line} is never closed. Close it, or write it twice (\"\")."
    )]
    OpenQuote {
        /// The line on which the record begins.
        line: u32,
    },
    /// No column of titles.
    #[error(
        "No column on line {line} is called title: it has {columns}. Name the column of titles `title` there; \
         `year` and `rating` help."
    )]
    NoTitles {
        /// The line taken for the header.
        line: u32,
        /// The columns there.
        columns: String,
    },
    /// A header and nothing else.
    #[error("There are no rows behind the header on line {line}. Export the file again, or drop another one.")]
    NoRows {
        /// The header's line.
        line: u32,
    },
    /// Rows, and no film among them.
    #[error("None of the {n_rows} rows is a film that you have seen. {} Drop the file of your ratings.", said(notes))]
    NoFilms {
        /// How many rows there are.
        n_rows: u32,
        /// What they are instead.
        notes: Vec<Note>,
    },
    /// A whole MovieLens data set.
    #[error(
        "The file has ratings of several people: of `{user}`, and on line {line} of `{other}`. Keep the header and the \
         lines of one of them, for example with: grep -E '^(userId|{user},)' ratings.csv > mine.csv"
    )]
    SeveralPeople {
        /// The first line of another person.
        line: u32,
        /// The first person.
        user: String,
        /// The other one.
        other: String,
    },
}

fn said(notes: &[Note]) -> String {
    let notes: Vec<String> = notes.iter().map(Note::to_string).collect();
    notes.join(" ")
}
