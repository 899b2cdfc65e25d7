//! Streaming CSV tables: columns by name in any order, compressed or not, every bad line reported.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use flate2::bufread::MultiGzDecoder;

use super::error::{DataError, LineProblem};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const N_PROBLEMS_SHOWN: usize = 5;

/// A file or embedded bytes, with the name that messages use.
pub struct Source<'a> {
    /// The name in messages.
    pub name: String,
    pub(super) reader: Box<dyn BufRead + 'a>,
}

impl<'a> Source<'a> {
    /// Opens a file.
    ///
    /// # Errors
    /// The file does not open.
    pub fn open(path: &Path) -> Result<Source<'static>, DataError> {
        let open = |reason| DataError::Open { path: path.to_owned(), reason };
        let file = std::fs::File::open(path).map_err(open)?;
        if file.metadata().map_err(open)?.is_dir() {
            return Err(open(std::io::Error::other("it is a folder, not a file")));
        }
        Source::of(path.display().to_string(), BufReader::new(file))
    }

    /// Bytes in memory.
    ///
    /// # Errors
    /// None in practice: reading from memory does not fail.
    pub fn bytes(name: &str, bytes: &'a [u8]) -> Result<Self, DataError> {
        Self::of(name.to_owned(), Cursor::new(bytes))
    }

    fn of(name: String, mut reader: impl BufRead + 'a) -> Result<Self, DataError> {
        let start = reader.fill_buf().map_err(|error| DataError::Read {
            file: name.clone(),
            line: 0,
            reason: error.to_string(),
        })?;
        let reader: Box<dyn BufRead + 'a> = if start.starts_with(&GZIP_MAGIC) {
            Box::new(BufReader::new(MultiGzDecoder::new(reader)))
        } else {
            Box::new(reader)
        };
        Ok(Self { name, reader })
    }
}

/// One column that a table may have.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Names under which it is accepted, any case.
    pub names: &'static [&'static str],
    /// Whether a table without it is refused.
    pub required: bool,
}

/// One line of a table.
#[derive(Debug)]
pub struct Row<'a> {
    record: &'a StringRecord,
    header: &'a StringRecord,
    places: &'a [Option<usize>],
    line: u64,
}

impl Row<'_> {
    /// The text in the `column`-th of the wanted columns; `None` where the table lacks the column.
    ///
    /// # Errors
    /// The line is shorter than the header.
    pub fn text(&self, column: usize) -> Result<Option<&str>, LineProblem> {
        let Some(place) = self.places[column] else { return Ok(None) };
        match self.record.get(place) {
            Some(text) => Ok(Some(text.trim())),
            None => Err(self.problem(column, "there: the line is shorter than the header")),
        }
    }

    /// An id: any text but none.
    ///
    /// # Errors
    /// It is empty.
    pub fn id(&self, column: usize) -> Result<&str, LineProblem> {
        match self.text(column)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(self.problem(column, "an id (it is empty)")),
        }
    }

    /// A finite number; `None` where the table lacks the column.
    ///
    /// # Errors
    /// Not a number, or NaN or infinite.
    pub fn finite(&self, column: usize) -> Result<Option<f64>, LineProblem> {
        let Some(text) = self.text(column)? else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.problem(column, "a finite number")),
        }
    }

    /// A problem with what stands in `column`.
    pub fn problem(&self, column: usize, expected: &'static str) -> LineProblem {
        let place = self.places[column];
        let text = |record: &StringRecord| place.and_then(|place| record.get(place)).unwrap_or("").to_owned();
        LineProblem { line: self.line, column: text(self.header), value: text(self.record), expected }
    }
}

/// Reads a table row by row; `each` may refuse a row. Returns which of the wanted columns the table has.
///
/// # Errors
/// Missing columns, a truncated file, or all rows that were refused, the first few in full.
pub fn read_table(
    source: Source<'_>,
    wanted: &[Column],
    example: &'static str,
    mut each: impl FnMut(&Row<'_>) -> Result<(), LineProblem>,
) -> Result<Vec<bool>, DataError> {
    let Source { name: file, reader } = source;
    let mut table = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(reader);
    let mut header = StringRecord::new();
    if !next(&mut table, &mut header, &file)? {
        return Err(DataError::NoHeader { file, example });
    }
    let header: StringRecord = header.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
    let places: Vec<Option<usize>> = wanted.iter().map(|column| place_of(&header, column)).collect();
    for (column, place) in wanted.iter().zip(&places) {
        if column.required && place.is_none() {
            let found = header.iter().collect::<Vec<_>>().join(",");
            return Err(DataError::MissingColumn { file, wanted: column.names.join(" or "), found });
        }
    }
    let (mut record, mut problems, mut n_problems) = (StringRecord::new(), Vec::new(), 0);
    while next(&mut table, &mut record, &file)? {
        let line = record.position().map_or(0, csv::Position::line);
        let row = Row { record: &record, header: &header, places: &places, line };
        if let Err(problem) = each(&row) {
            n_problems += 1;
            if problems.len() < N_PROBLEMS_SHOWN {
                problems.push(problem);
            }
        }
    }
    if n_problems > 0 {
        return Err(DataError::BadLines { file, n_problems, problems });
    }
    Ok(places.iter().map(Option::is_some).collect())
}

fn place_of(header: &StringRecord, column: &Column) -> Option<usize> {
    header.iter().position(|found| column.names.iter().any(|name| name.eq_ignore_ascii_case(found)))
}

fn next<R: Read>(table: &mut csv::Reader<R>, record: &mut StringRecord, file: &str) -> Result<bool, DataError> {
    table.read_record(record).map_err(|error| {
        let line = table.position().line().saturating_sub(1);
        let file = file.to_owned();
        match error.kind() {
            csv::ErrorKind::Io(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
                DataError::Truncated { file, line }
            }
            csv::ErrorKind::Utf8 { .. } => DataError::Read {
                file,
                line,
                reason: "the next line is not UTF-8 text. Save the file as UTF-8".to_owned(),
            },
            _ => DataError::Read { file, line, reason: error.to_string() },
        }
    })
}
