//! What can be wrong with data, said so that the reader can put it right.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// One line that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// Line of the file, counted from 1, the header included.
    pub line: u64,
    /// Column by its name in the header.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// What should stand there.
    pub expected: &'static str,
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, value, expected } = self;
        write!(f, "line {line}, column {column}: {value:?} is not {expected}")
    }
}

/// Why data cannot be loaded.
#[derive(Debug, Error)]
pub enum DataError {
    /// The file does not open.
    #[error("cannot open {path}: {reason}. Check the path")]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// Reading stops in the middle.
    #[error("{file} cannot be read after line {line}: {reason}")]
    Read {
        /// The file.
        file: String,
        /// The last line that was read.
        line: u64,
        /// What the reader said.
        reason: String,
    },
    /// A compressed file ends before its end.
    #[error("{file} is truncated: its compressed data end after line {line}. Copy or download the file again")]
    Truncated {
        /// The file.
        file: String,
        /// The last line that was read.
        line: u64,
    },
    /// There is not even a header.
    #[error("{file} is empty: expected a CSV file with a header line such as {example}")]
    NoHeader {
        /// The file.
        file: String,
        /// A header that would do.
        example: &'static str,
    },
    /// The header lacks a column.
    #[error("{file} has no column {wanted}: its header is {found:?}. Name a column {wanted}")]
    MissingColumn {
        /// The file.
        file: String,
        /// Accepted names.
        wanted: String,
        /// The header.
        found: String,
    },
    /// Lines with values that cannot be used.
    #[error("{file}: {n_problems} bad line(s). {}\nCorrect or remove them; nothing was skipped silently", list(.problems))]
    BadLines {
        /// The file.
        file: String,
        /// All of them.
        n_problems: usize,
        /// The first few.
        problems: Vec<LineProblem>,
    },
    /// The split folder names something the data do not have.
    #[error(
        "the split {folder} names {kind} {id}, which {data} does not have: give the data it was made from with --data"
    )]
    SplitMismatch {
        /// The split folder.
        folder: String,
        /// "user" or "item".
        kind: &'static str,
        /// The id.
        id: String,
        /// The data.
        data: String,
    },
    /// A part of a split folder is missing.
    #[error("{folder} holds neither {part}.csv nor {part}.csv.gz: a split folder has train, valid and test")]
    MissingPart {
        /// The split folder.
        folder: PathBuf,
        /// The part.
        part: &'static str,
    },
    /// The same pair in two parts of a split.
    #[error("the split {folder} has user {user} with item {item} twice: train, valid and test must not overlap")]
    Overlap {
        /// The split folder.
        folder: String,
        /// The user.
        user: String,
        /// The item.
        item: String,
    },
    /// Nothing is left to train on.
    #[error("{data} leaves nothing to train on: {why}")]
    TooSmall {
        /// The data.
        data: String,
        /// Why.
        why: String,
    },
    /// A split by time without times.
    #[error("--split time needs a column timestamp, which {data} does not have")]
    NoTimestamps {
        /// The data.
        data: String,
    },
    /// Indices that the hypergraph refuses.
    #[error(transparent)]
    Hypergraph(#[from] sharp_distill::hypergraph::HypergraphError),
}

fn list(problems: &[LineProblem]) -> String {
    problems.iter().map(LineProblem::to_string).collect::<Vec<_>>().join("; ")
}
