//! Streaming CSV tables: columns by name in any order, compressed or not, every bad line reported.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder, StringRecord};

use super::error::{DataError, Fault, LineProblem, Skipped};
use super::source::{Ledger, MAX_LINE, Source, broken};
use super::time;

const BOM: &str = "\u{feff}";
/// Separators that are tried, in the order of preference.
const SEPARATORS: [u8; 3] = [b',', b'\t', b';'];

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

    /// A finite number; `None` where the table lacks the column or the line says nothing (empty, or NA).
    ///
    /// # Errors
    /// Not a number, or NaN or infinite.
    pub fn finite(&self, column: usize) -> Result<Option<f64>, LineProblem> {
        let Some(text) = self.known(column)? else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.problem(column, "a finite number")),
        }
    }

    /// A time, see [`time::parse`]; `None` where the table lacks the column or the line says nothing.
    ///
    /// # Errors
    /// Neither a number nor a date.
    pub fn time(&self, column: usize) -> Result<Option<f64>, LineProblem> {
        let Some(text) = self.known(column)? else { return Ok(None) };
        time::parse(text).map(Some).ok_or_else(|| self.problem(column, time::EXPECTED))
    }

    fn known(&self, column: usize) -> Result<Option<&str>, LineProblem> {
        Ok(self.text(column)?.filter(|text| !matches!(*text, "" | "NA")))
    }

    /// A problem with what stands in `column`.
    pub fn problem(&self, column: usize, expected: &'static str) -> LineProblem {
        let place = self.places[column];
        let text = |record: &StringRecord| place.and_then(|place| record.get(place)).unwrap_or("").to_owned();
        let fault = Fault::Value { column: text(self.header), value: text(self.record), expected };
        LineProblem { line: self.line, fault }
    }

    fn check_length(&self) -> Result<(), LineProblem> {
        let (n_fields, n_columns) = (self.record.len(), self.header.len());
        match self.record.iter().skip(n_columns).all(|field| field.trim().is_empty()) {
            true => Ok(()),
            false => Err(LineProblem { line: self.line, fault: Fault::TooManyFields { n_fields, n_columns } }),
        }
    }
}

/// Reads a table row by row; `each` may refuse a row. Fields are separated by what the header has most of: commas, tabs
/// or semicolons.
///
/// # Errors
/// Missing columns, a truncated file, or all rows that were refused, the first few in full.
pub fn read_table(
    source: Source<'_>,
    wanted: &[Column],
    example: &'static str,
    mut each: impl FnMut(&Row<'_>) -> Result<(), LineProblem>,
) -> Result<Option<Skipped>, DataError> {
    let Source { name: file, head, reader, lenient } = source;
    let mut table = Table::new(file.clone(), &head, reader);
    let mut record = ByteRecord::new();
    if !table.next(&mut record)? {
        return Err(DataError::NoHeader { file, example });
    }
    let header = StringRecord::from_byte_record(std::mem::take(&mut record)).map_err(|_| DataError::Read {
        file: file.clone(),
        line: 0,
        reason: "its header is not UTF-8 text. Save the file as UTF-8".to_owned(),
    })?;
    let header: StringRecord = header.iter().map(|name| name.trim_start_matches(BOM).trim()).collect();
    let places: Vec<Option<usize>> = wanted.iter().map(|column| place_of(&header, column)).collect();
    for (column, place) in wanted.iter().zip(&places) {
        if column.required && place.is_none() {
            let found = header.iter().collect::<Vec<_>>().join(",");
            return Err(DataError::MissingColumn { file, wanted: column.names.join(" or "), found });
        }
    }
    let mut ledger = Ledger::new(file.clone(), lenient);
    while table.next(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        let outcome = match StringRecord::from_byte_record(std::mem::take(&mut record)) {
            Err(_) => Err(LineProblem { line, fault: Fault::NotText }),
            Ok(text) => {
                let row = Row { record: &text, header: &header, places: &places, line };
                let outcome = row.check_length().and_then(|()| each(&row));
                record = text.into_byte_record();
                outcome
            }
        };
        ledger.enter(outcome);
    }
    ledger.close()
}

fn place_of(header: &StringRecord, column: &Column) -> Option<usize> {
    header.iter().position(|found| column.names.iter().any(|name| name.eq_ignore_ascii_case(found)))
}

/// What the first line has most of.
fn separator(head: &[u8]) -> u8 {
    let header = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let n_of = |separator: u8| header.iter().filter(|&&byte| byte == separator).count();
    SEPARATORS.into_iter().rev().max_by_key(|&separator| n_of(separator)).unwrap_or(b',')
}

/// Records of a CSV file, each of bounded length.
struct Table<'a> {
    file: String,
    records: csv::Reader<Bounded<Box<dyn BufRead + 'a>>>,
    /// Up to where the reader may read.
    limit: Rc<Cell<u64>>,
}

/// Stands after the end of every file: within a record it shows that a quote was never closed.
const END: &[u8] = b"\n\0end\0\n";
const END_FIELD: &[u8] = b"\0end\0";

impl<'a> Table<'a> {
    fn new(file: String, head: &[u8], reader: Box<dyn BufRead + 'a>) -> Self {
        let limit = Rc::new(Cell::new(0));
        let bounded = Bounded { reader, limit: limit.clone(), n_read: 0, ended: 0 };
        let mut builder = ReaderBuilder::new();
        let records = builder.has_headers(false).flexible(true).delimiter(separator(head)).from_reader(bounded);
        Self { file, records, limit }
    }

    fn next(&mut self, record: &mut ByteRecord) -> Result<bool, DataError> {
        let start = self.records.position().clone();
        self.limit.set(start.byte() + MAX_LINE as u64);
        let open_quote = || DataError::OpenQuote { file: self.file.clone(), line: start.line() };
        let more = self.records.read_byte_record(record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => open_quote(),
            csv::ErrorKind::Io(error) => broken(&self.file, start.line().saturating_sub(1), &error),
            other => DataError::Read {
                file: self.file.clone(),
                line: start.line().saturating_sub(1),
                reason: format!("{other:?}"),
            },
        })?;
        match record.iter().next_back().filter(|last| last.ends_with(END_FIELD)) {
            Some(_) if record.len() == 1 && &record[0] == END_FIELD => Ok(false),
            Some(_) => Err(open_quote()),
            None => Ok(more),
        }
    }
}

/// Reads no further than a limit that moves, and [`END`] after the end.
struct Bounded<R> {
    reader: R,
    limit: Rc<Cell<u64>>,
    n_read: u64,
    ended: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.n_read > self.limit.get() {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let n_read = self.reader.read(buffer)?;
        self.n_read += n_read as u64;
        if n_read > 0 || buffer.is_empty() {
            return Ok(n_read);
        }
        let n_end = (&END[self.ended..]).read(buffer)?;
        self.ended += n_end;
        Ok(n_end)
    }
}
