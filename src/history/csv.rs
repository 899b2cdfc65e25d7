//! Records of a separated text: `csv-core` (2 kB of the page, gzipped) and what a message about a file needs, which is
//! the line of each record and the quote that nobody closed.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::error::HistoryError;

/// A record is a line or a few. A longer one has lost its closing quote.
const MOST_BYTES: usize = 1 << 18;
/// More columns than any export has.
const MOST_CELLS: usize = 1 << 12;

/// Reads records, one at a time.
pub(super) struct Records<'a> {
    /// What is left to read.
    rest: &'a [u8],
    reader: Reader,
    /// The line on which the next record begins.
    next_line: u32,
    line: u32,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    n_cells: usize,
}

impl<'a> Records<'a> {
    /// The records of a text, which must end in a line end: a record that this does not end has an open quote.
    pub(super) fn new(text: &'a str, separator: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(separator).build();
        let (bytes, ends) = (vec![0; 1 << 10], vec![0; 1 << 5]);
        Self { rest: text.as_bytes(), reader, next_line: 1, line: 0, bytes, ends, n_cells: 0 }
    }

    /// Goes to the next record that is no empty line; false behind the last one.
    pub(super) fn next(&mut self) -> Result<bool, HistoryError> {
        while let Some((b'\n' | b'\r', _)) = self.rest.split_first() {
            self.pass(1);
        }
        if self.rest.is_empty() {
            return Ok(false);
        }
        self.line = self.next_line;
        (self.n_cells, self.ends[0]) = (0, 0);
        let mut n_bytes = 0;
        loop {
            let (result, n_read, n_written, n_ended) =
                self.reader.read_record(self.rest, &mut self.bytes[n_bytes..], &mut self.ends[self.n_cells..]);
            self.pass(n_read);
            n_bytes += n_written;
            self.n_cells += n_ended;
            match result {
                ReadRecordResult::Record => return Ok(true),
                ReadRecordResult::OutputFull if self.bytes.len() < MOST_BYTES => {
                    self.bytes.resize(2 * self.bytes.len(), 0);
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < MOST_CELLS => {
                    self.ends.resize(2 * self.ends.len(), 0);
                }
                _ => return Err(HistoryError::OpenRecord { line: self.line }),
            }
        }
    }

    fn pass(&mut self, n_bytes: usize) {
        let (passed, rest) = self.rest.split_at(n_bytes);
        self.next_line += passed.iter().filter(|byte| **byte == b'\n').count() as u32;
        self.rest = rest;
    }

    /// The line on which the record begins, from 1.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    /// How many cells the record has.
    pub(super) fn n_cells(&self) -> usize {
        self.n_cells
    }

    /// One cell without white space around it; empty where the record has none.
    pub(super) fn cell(&self, at: usize) -> &str {
        if at >= self.n_cells {
            return "";
        }
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        // Cells end at ASCII, so this is always text.
        std::str::from_utf8(&self.bytes[from..self.ends[at]]).unwrap_or_default().trim()
    }
}
