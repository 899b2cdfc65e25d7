//! What can be wrong with a figure.

use std::path::PathBuf;

use thiserror::Error;

/// A text whose figures cannot be made.
#[derive(Debug, Error)]
pub enum FigureError {
    /// A text that is not there.
    #[error("{} cannot be read: {reason}. --root names the folder of the repository", path.display())]
    NoText {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// A marker.
    #[error("{file}:{line}: {fault}")]
    At {
        /// The text.
        file: String,
        /// The line of the marker, from 1.
        line: usize,
        /// What is wrong.
        fault: Fault,
    },
}

/// What is wrong with a marker, or with what it asks for.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// No end before the next marker or the end of the text.
    #[error("the marker `{asks}` is not closed: {end} is missing")]
    NoEnd {
        /// The words of the marker.
        asks: String,
        /// What closes it.
        end: &'static str,
    },
    /// An end without a beginning.
    #[error("{end} closes nothing: the marker before it is missing")]
    NoBeginning {
        /// What was found.
        end: &'static str,
    },
    /// A table's marker with other text in its line.
    #[error(
        "the marker of a table stands alone in its line, without indentation; a figure within a sentence is `figure`, not `figures`"
    )]
    NotAlone,
    /// A line that begins with a marker of words.
    #[error("the line begins with the marker `{asks}`: markdown takes such a line for HTML. Put a word before it")]
    BeginsLine {
        /// The words of the marker.
        asks: String,
    },
    /// Nothing in the marker.
    #[error("the marker does not say which figure")]
    NoKind,
    /// A quotation mark too few.
    #[error("the marker `{asks}` has a quotation mark that is not closed")]
    Quotes {
        /// The words of the marker.
        asks: String,
    },
    /// A kind that does not exist.
    #[error("there is no kind of figure {kind:?}; there are {known}")]
    UnknownKind {
        /// What was asked for.
        kind: String,
        /// All of them.
        known: String,
    },
    /// A table within a sentence, or a number as a table.
    #[error("{kind} stands in a marker `{word}: {kind} ...`")]
    OtherForm {
        /// The kind.
        kind: &'static str,
        /// The word of its marker.
        word: &'static str,
    },
    /// Words that the kind does not understand.
    #[error("{kind} wants: {usage}; given {given:?}")]
    Args {
        /// The kind.
        kind: &'static str,
        /// What it wants.
        usage: &'static str,
        /// What it got.
        given: String,
    },
    /// A file of data.
    #[error("{file} cannot be used: {reason}")]
    NoData {
        /// Which, in the repository.
        file: String,
        /// Why.
        reason: String,
    },
    /// A value that a file lacks.
    #[error("{file} has no {what} at {pointer:?}")]
    NoValue {
        /// Which, in the repository.
        file: String,
        /// A number, a text.
        what: &'static str,
        /// Where.
        pointer: String,
    },
    /// A model, a comparison or a slice that a report lacks.
    #[error("{file} has no {what}; it has {known}")]
    NotIn {
        /// Which, in the repository.
        file: String,
        /// What is missing.
        what: String,
        /// What is there.
        known: String,
    },
    /// A way of writing that does not exist.
    #[error(
        "there is no format {given:?}; there are 0 to 9 (decimals), +N (with a sign), ±N (mean and deviation), %N, ms, count and text"
    )]
    Format {
        /// What was asked for.
        given: String,
    },
}
