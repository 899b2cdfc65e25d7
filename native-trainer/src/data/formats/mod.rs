//! The formats of files with interactions: how they are told apart, and one reader each.

mod amazon;
pub(super) mod csv;
pub(super) mod json;
mod movielens;
mod python;
mod yelp;

use clap::ValueEnum;

use super::error::{DataError, Skipped};
use super::interactions::{Collector, Interactions};
use super::source::{BOM, Source};

/// How a file is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Told from the beginning of the file
    #[default]
    Auto,
    /// A table with a header, separated by commas, tabs or semicolons
    Csv,
    /// Amazon reviews as JSON lines, of 2014, 2018 or 2023
    Amazon,
    /// Yelp's review.json
    Yelp,
    /// MovieLens: ratings.csv, ratings.dat or u.data
    Movielens,
    /// A folder with train.txt and test.txt, a line is "user item item ..."
    Lightgcn,
    /// A Parquet file, or a folder of them as Spark, Polars and DuckDB write it
    Parquet,
}

impl Format {
    /// The rule of [`Format::Auto`], in words.
    pub const RULE: &str = "auto: a folder with train.txt and test.txt is lightgcn, one with .parquet files in it or in \
                            folders in it is parquet, and so is a file that begins with PAR1; a file whose first line \
                            starts with { is yelp if that line has a \"business_id\", amazon if it has an \"asin\" or a \
                            \"parent_asin\"; a first line 1::2::... or of four numbers separated by tabs, or a header \
                            with userId and movieId, is movielens; any other is csv";

    fn of(source: &Source<'_>) -> Result<Self, DataError> {
        let head = source.head.strip_prefix(BOM).unwrap_or(&source.head);
        let foreign = |found, remedy| Err(DataError::Foreign { file: source.name.clone(), found, remedy });
        for (magic, found, remedy) in FOREIGN {
            if head.starts_with(magic) {
                return foreign(found, remedy);
            }
        }
        let head = String::from_utf8_lossy(head);
        let line = head.trim_start().lines().next().unwrap_or_default().trim_end();
        let has = |field: &str| line.contains(&format!("\"{field}\""));
        match line.chars().next() {
            Some('{') if has("business_id") => Ok(Self::Yelp),
            Some('{') if has("asin") || has("parent_asin") => Ok(Self::Amazon),
            Some('{') => foreign(
                "JSON, but its first line has neither an \"asin\" nor a \"business_id\"",
                "Name the format with --format amazon or --format yelp, or write a CSV file with a header \
                 user_id,item_id,review,rating,timestamp",
            ),
            Some('[') => foreign("one JSON array", "Write one JSON object a line (jq -c '.[]' does that)"),
            _ if movielens::is_headless(line) || movielens::is_header(line) => Ok(Self::Movielens),
            _ => Ok(Self::Csv),
        }
    }
}

/// First bytes of what is often given instead.
const FOREIGN: [(&[u8], &str, &str); 7] = [
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "Unpack it, or save the sheet as CSV"),
    (b"PAR1", "a Parquet file within another", "Give the Parquet file itself, not gzipped: it is compressed as it is"),
    (b"BZh", "compressed with bzip2", "Decompress it with bunzip2; gzip is read as it is"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Decompress it with unzstd; gzip is read as it is"),
    (b"\xfd7zXZ", "compressed with xz", "Decompress it with unxz; gzip is read as it is"),
    (b"\xff\xfe", "UTF-16 text", "Save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "Save it as UTF-8"),
];

/// Reads a file of interactions.
///
/// # Errors
/// See [`DataError`]: a file that is none, that ends too early, or that has lines that cannot be used.
pub fn read(source: Source<'_>, format: Format) -> Result<Interactions, DataError> {
    let mut collector = Collector::default();
    let format = match format {
        Format::Auto => Format::of(&source)?,
        named => named,
    };
    let skipped: Option<Skipped> = match format {
        Format::Auto | Format::Csv => csv::read(source, &mut collector)?,
        Format::Amazon => amazon::read(source, &mut collector)?,
        Format::Yelp => yelp::read(source, &mut collector)?,
        Format::Movielens => movielens::read(source, &mut collector)?,
        Format::Lightgcn => {
            return Err(DataError::Foreign {
                file: source.name,
                found: "a file, and lists of LightGCN are two",
                remedy: "Give the folder with train.txt and test.txt",
            });
        }
        Format::Parquet => {
            return Err(DataError::Foreign {
                file: source.name,
                found: "a stream, and Parquet is read from its end",
                remedy: "Give the file or the folder",
            });
        }
    };
    let mut interactions = collector.finish()?;
    interactions.skipped.extend(skipped);
    Ok(interactions)
}
