//! What can be wrong with a Parquet file, said so that whoever wrote it can write it again.

use thiserror::Error;

/// Codecs that are read, for messages.
const CODECS: &str = "zstd, snappy, gzip, lz4 or none";

/// Why a Parquet data set cannot be read.
#[derive(Debug, Error)]
pub enum ParquetProblem {
    /// Its first bytes are others.
    #[error(
        "{file} is no Parquet file: it does not begin with PAR1. Give the file that Spark, Polars or DuckDB wrote, or \
         name what it is with --format"
    )]
    Foreign {
        /// The file.
        file: String,
    },
    /// It ends before its end.
    #[error(
        "{file} is truncated: it begins as a Parquet file and does not end as one. Copy it again, or wait until it is \
         written"
    )]
    Truncated {
        /// The file.
        file: String,
    },
    /// Nobody without its key can read it.
    #[error("{file} is an encrypted Parquet file. Write it without encryption")]
    Encrypted {
        /// The file.
        file: String,
    },
    /// It begins and ends well, and the rest does not fit.
    #[error("{file} is damaged after row {row}: {reason}. Copy or write the file again")]
    Damaged {
        /// The file.
        file: String,
        /// The last row that was read, counted from 1.
        row: u64,
        /// What the reader said.
        reason: String,
    },
    /// Compressed in a way that is not read.
    #[error("{file}: column {column} is compressed with {codec}, which is not read. Write it with {CODECS}")]
    Codec {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Its codec.
        codec: String,
    },
    /// A column of a type that says nothing here.
    #[error("{file}: column {column} is of type {found}, where {expected} is needed. Cast it when you write the file")]
    ColumnType {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Two parts of one data set do not fit together.
    #[error(
        "{file}: column {column} is {found}, and {expected} in {first}. Parts of one data set have the same columns: \
         write them anew in one go, or remove the part that is left from an older run"
    )]
    Mixed {
        /// The part.
        file: String,
        /// The part that was read first.
        first: String,
        /// The column.
        column: String,
        /// What it is in this part.
        found: String,
        /// What it is in the first.
        expected: String,
    },
    /// A folder without parts.
    #[error(
        "{folder} holds no Parquet file: its parts end in .parquet. Give the folder that Spark, Polars or DuckDB wrote"
    )]
    NoParts {
        /// The folder.
        folder: String,
    },
}
