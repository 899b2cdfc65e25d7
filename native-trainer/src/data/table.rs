//! Streaming CSV tables: columns by name in any order, compressed or not, every bad line reported.

use csv_core::ReadRecordResult;

use super::error::{DataError, Fault, LineProblem, Skipped};
use super::source::{Ledger, Lines, MAX_LINE, Next, Source};
use super::time;

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
    record: &'a Record<'a>,
    header: &'a [String],
    places: &'a [Option<usize>],
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
        let column = place.map(|place| self.header[place].clone()).unwrap_or_default();
        let value = place.and_then(|place| self.record.get(place)).unwrap_or_default().to_owned();
        LineProblem { line: self.record.line, fault: Fault::Value { column, value, expected } }
    }

    fn check_length(&self) -> Result<(), LineProblem> {
        let (n_fields, n_columns) = (self.record.ends.len(), self.header.len());
        match self.record.iter().skip(n_columns).all(|field| field.trim().is_empty()) {
            true => Ok(()),
            false => Err(LineProblem { line: self.record.line, fault: Fault::TooManyFields { n_fields, n_columns } }),
        }
    }
}

/// Reads a table row by row; `each` may refuse a row. Fields are separated by what the header has most of: commas, tabs
/// or semicolons. A line of nothing but separators is blank, and blank lines are passed over.
///
/// # Errors
/// Missing columns, a truncated file, or all rows that were refused, the first few in full.
pub fn read_table(
    source: Source<'_>,
    wanted: &[Column],
    example: &'static str,
    mut each: impl FnMut(&Row<'_>) -> Result<(), LineProblem>,
) -> Result<Option<Skipped>, DataError> {
    let Source { name: file, head, reader, lenient, .. } = source;
    let mut records = Records::new(separator(&head), Lines::new(file.clone(), reader));
    let header = match records.next()? {
        None => return Err(DataError::NoHeader { file, example }),
        Some(Err(problem)) => return Err(DataError::BadLines { file, n_problems: 1, problems: vec![problem] }),
        Some(Ok(header)) => header.iter().map(|name| name.trim().to_owned()).collect::<Vec<_>>(),
    };
    let places: Vec<Option<usize>> = wanted.iter().map(|column| place_of(&header, column)).collect();
    for (column, place) in wanted.iter().zip(&places) {
        if column.required && place.is_none() {
            return Err(DataError::MissingColumn { file, wanted: column.names.join(" or "), found: header.join(",") });
        }
    }
    let mut ledger = Ledger::new(file, lenient);
    while let Some(record) = records.next()? {
        let used = record.and_then(|record| {
            let row = Row { record: &record, header: &header, places: &places };
            row.check_length().and_then(|()| each(&row))
        });
        ledger.enter(used);
    }
    ledger.close()
}

/// Where a header has a column.
pub(super) fn place_of(header: &[String], column: &Column) -> Option<usize> {
    header.iter().position(|found| column.names.iter().any(|name| name.eq_ignore_ascii_case(found)))
}

/// What the first line has most of.
fn separator(head: &[u8]) -> u8 {
    let header = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let n_of = |separator: u8| header.iter().filter(|&&byte| byte == separator).count();
    SEPARATORS.into_iter().rev().max_by_key(|&separator| n_of(separator)).unwrap_or(b',')
}

/// The fields of one record.
#[derive(Debug, Clone, Copy)]
struct Record<'a> {
    text: &'a str,
    ends: &'a [usize],
    line: u64,
}

impl<'a> Record<'a> {
    fn get(self, place: usize) -> Option<&'a str> {
        let start = if place == 0 { 0 } else { *self.ends.get(place - 1)? };
        self.text.get(start..*self.ends.get(place)?)
    }

    fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.ends.len()).filter_map(move |place| self.get(place))
    }
}

/// Splits lines into records: one line each, or several where a quoted field has line ends in it.
struct Records<'a> {
    lines: Lines<'a>,
    parser: csv_core::Reader,
    /// The line, and how far it is parsed.
    line: Vec<u8>,
    at: usize,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Records<'a> {
    fn new(separator: u8, lines: Lines<'a>) -> Self {
        let parser = csv_core::ReaderBuilder::new().delimiter(separator).build();
        Self { lines, parser, line: Vec::new(), at: 0, text: vec![0; 1 << 10], ends: vec![0; 1 << 4] }
    }

    /// The next record that is not blank.
    fn next(&mut self) -> Result<Option<Result<Record<'_>, LineProblem>>, DataError> {
        let (mut line, mut n_bytes, mut n_fields) = (0, 0, 0);
        while n_bytes == 0 {
            // Behind a lone \r there can be more of the line.
            if self.line[self.at..].trim_ascii().is_empty() {
                self.at = 0;
                match self.lines.next(&mut self.line)? {
                    Next::End => return Ok(None),
                    Next::TooLong => {
                        return Ok(Some(Err(LineProblem { line: self.lines.line, fault: Fault::TooLong })));
                    }
                    Next::Line if self.line.trim_ascii().is_empty() => continue,
                    Next::Line => {}
                }
            }
            line = self.lines.line;
            (n_bytes, n_fields) = self.parse()?;
        }
        let (text, ends) = (std::str::from_utf8(&self.text[..n_bytes]), &self.ends[..n_fields]);
        Ok(Some(match text {
            // Ends that split a character belong to no text.
            Ok(text) if ends.iter().all(|&end| text.is_char_boundary(end)) => Ok(Record { text, ends, line }),
            _ => Err(LineProblem { line, fault: Fault::NotText }),
        }))
    }

    /// One record; returns the length of its text and its number of fields.
    fn parse(&mut self) -> Result<(usize, usize), DataError> {
        let first = self.lines.line;
        let (mut n_bytes, mut n_fields) = (0, 0);
        loop {
            let rest = &self.line[self.at..];
            let (result, n_in, n_out, n_ends) =
                self.parser.read_record(rest, &mut self.text[n_bytes..], &mut self.ends[n_fields..]);
            self.at += n_in;
            n_bytes += n_out;
            n_fields += n_ends;
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => return Ok((n_bytes, n_fields)),
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                // Within quotes. What is too long for a line is too long for a record.
                ReadRecordResult::InputEmpty => {
                    self.at = 0;
                    if n_bytes > MAX_LINE || self.lines.next(&mut self.line)? != Next::Line {
                        return Err(DataError::OpenQuote { file: self.lines.file.clone(), line: first });
                    }
                }
            }
        }
    }
}
