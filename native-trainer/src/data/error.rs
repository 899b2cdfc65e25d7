//! What can be wrong with data, said so that the reader can put it right.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use super::known::Known;
use super::parquet::ParquetProblem;
use super::source::MAX_LINE_MIB;

/// How much of a value a message shows.
const N_CHARS_SHOWN: usize = 60;

/// One line that cannot be used, or one row of a Parquet file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// Line of the file, counted from 1, the header included; or row, counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A value that cannot be used.
    Value {
        /// Column by its name in the header, or field of a JSON object.
        column: String,
        /// What stands there.
        value: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// A value of a Parquet file that cannot be used.
    Cell {
        /// Its column.
        column: String,
        /// What stands there; nothing for a null.
        value: Option<String>,
        /// What should stand there.
        expected: &'static str,
    },
    /// A field that every line must have.
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// More fields than the header names.
    TooManyFields {
        /// Fields of the line.
        n_fields: usize,
        /// Fields of the header.
        n_columns: usize,
    },
    /// Not the JSON object it should be.
    Json {
        /// Place in the line, counted from 1.
        at: usize,
        /// What the JSON reader said.
        reason: String,
    },
    /// Not UTF-8.
    NotText,
    /// Longer than any line may be.
    TooLong,
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, fault } = self;
        match fault {
            Fault::Value { column, value, expected } => {
                write!(f, "line {line}, column {column}: {} is not {expected}", shown(value))
            }
            Fault::Cell { column, value, expected } => {
                let value = value.as_deref().map_or("null".to_owned(), shown);
                write!(f, "row {line}, column {column}: {value} is not {expected}")
            }
            Fault::Missing { field } => write!(f, "line {line} has no field {field}"),
            Fault::TooManyFields { n_fields, n_columns } => write!(
                f,
                "line {line} has {n_fields} fields where the header has {n_columns}: a text with a separator in it \
                 must stand in quotes"
            ),
            Fault::Json { at, reason } => write!(f, "line {line}, character {at}: {reason}"),
            Fault::NotText => write!(f, "line {line} is not UTF-8 text: save the file as UTF-8"),
            Fault::TooLong => write!(f, "line {line} is longer than {MAX_LINE_MIB} MiB"),
        }
    }
}

/// In quotes, and not more than anybody reads.
fn shown(value: &str) -> String {
    let shown: String = value.chars().take(N_CHARS_SHOWN).collect();
    let rest = if shown.len() < value.len() { "..." } else { "" };
    format!("{shown:?}{rest}")
}

/// Lines that `--lenient` left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub file: String,
    /// How many lines were left out.
    pub n_skipped: u64,
    /// How many lines the file has, without its header.
    pub n_lines: u64,
    /// The first few.
    pub problems: Vec<LineProblem>,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, n_skipped, n_lines, problems } = self;
        write!(f, "skipped {n_skipped} of {n_lines} {}s of {file}: {}", unit(problems), list(problems))
    }
}

/// Why data cannot be loaded.
#[derive(Debug, Error)]
pub enum DataError {
    /// The temporary file that holds the texts.
    #[error("the texts cannot be kept in a temporary file: {reason}. Set TMPDIR to a folder with room for all of them")]
    Texts {
        /// The system's reason.
        reason: std::io::Error,
    },
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
    /// A compressed file does not decompress.
    #[error("{file} is damaged after line {line}: {reason}. Copy or download the file again")]
    Damaged {
        /// The file.
        file: String,
        /// The last line that was read.
        line: u64,
        /// What the reader said.
        reason: String,
    },
    /// A quote is opened and never closed.
    #[error(
        "{file}: the record that starts in line {line} does not end within {MAX_LINE_MIB} MiB or the file: a quote is \
         opened there and not closed. Close it; a quote inside a quoted text is written twice"
    )]
    OpenQuote {
        /// The file.
        file: String,
        /// Where the record starts.
        line: u64,
    },
    /// Not a file of interactions.
    #[error("{file} is {found}. {remedy}")]
    Foreign {
        /// The file.
        file: String,
        /// What it seems to be.
        found: &'static str,
        /// What to do.
        remedy: &'static str,
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
    #[error(
        "{file}: {n_problems} bad {}(s). {}\nCorrect or remove them, or skip them with --lenient; nothing was skipped \
         silently", unit(.problems), list(.problems)
    )]
    BadLines {
        /// The file.
        file: String,
        /// All of them.
        n_problems: u64,
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
    #[error(
        "{folder} holds neither {part}.csv nor {part}.csv.gz nor {part}.parquet: a split folder has train, valid and \
         test. Data in one file are given as that file"
    )]
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
    /// A split by time with some times.
    #[error(
        "--split time needs a time everywhere, which {n_timeless} of {n} interactions of {data} lack: add the times, or \
         take --split random"
    )]
    SomeTimestamps {
        /// The data.
        data: String,
        /// Interactions without a time.
        n_timeless: usize,
        /// All interactions.
        n: usize,
    },
    /// A known data set that somebody has to download first.
    #[error("--dataset {} needs --data FILE: this program downloads nothing.\n{}", known.name, known.explanation())]
    NotHere {
        /// Which one.
        known: &'static Known,
    },
    /// A Parquet data set that cannot be read.
    #[error(transparent)]
    Parquet(#[from] ParquetProblem),
    /// Indices that the hypergraph refuses.
    #[error(transparent)]
    Hypergraph(#[from] sharp_distill::hypergraph::HypergraphError),
}

/// What a file of these is made of.
fn unit(problems: &[LineProblem]) -> &'static str {
    let has_rows = |problem: &LineProblem| matches!(problem.fault, Fault::Cell { .. });
    if problems.iter().any(has_rows) { "row" } else { "line" }
}

fn list(problems: &[LineProblem]) -> String {
    problems.iter().map(LineProblem::to_string).collect::<Vec<_>>().join("; ")
}
