//! Records of a separated text. A small reader of its own: `csv-core` is 2 kB of the page (gzipped) and this is a fifth
//! of it; a message about a file also needs the line of each record and the quote that nobody closed.
//!
//! As in RFC 4180, a cell that begins with a quote ends with one, and a quote in it stands twice. Elsewhere a quote is a
//! character like others. Lines end with LF, CR or both; empty ones are no records.

use super::error::HistoryError;

/// Reads records, one at a time.
pub(super) struct Records<'a> {
    text: &'a str,
    separator: u8,
    /// How far the text is read.
    at: usize,
    /// The line of that.
    next_line: u32,
    line: u32,
    /// The record's cells in a row, and where each ends.
    cells: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Records<'a> {
    /// The records of a text with this separator, which is ASCII.
    pub(super) fn new(text: &'a str, separator: u8) -> Self {
        Self { text, separator, at: 0, next_line: 1, line: 0, cells: Vec::new(), ends: Vec::new() }
    }

    /// Goes to the next record; false behind the last one.
    pub(super) fn next(&mut self) -> Result<bool, HistoryError> {
        while let Some(b'\n' | b'\r') = self.peek() {
            self.take();
        }
        self.line = self.next_line;
        self.cells.clear();
        self.ends.clear();
        if self.peek().is_none() {
            return Ok(false);
        }
        loop {
            let mut is_quoted = self.peek() == Some(b'"');
            if is_quoted {
                self.take();
            }
            loop {
                let byte = match self.peek() {
                    Some(byte) => byte,
                    None if is_quoted => return Err(HistoryError::OpenQuote { line: self.line }),
                    None => break,
                };
                if is_quoted && byte == b'"' {
                    self.take();
                    // The second of two quotes is one of the text; a single one ends the quoted part.
                    is_quoted = self.peek() == Some(b'"');
                    if !is_quoted {
                        continue;
                    }
                } else if !is_quoted && (byte == self.separator || byte == b'\n' || byte == b'\r') {
                    break;
                }
                self.take();
                self.cells.push(byte);
            }
            self.ends.push(self.cells.len());
            if self.peek() != Some(self.separator) {
                return Ok(true);
            }
            self.take();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self) {
        self.next_line += u32::from(self.peek() == Some(b'\n'));
        self.at += 1;
    }

    /// The line on which the record begins, from 1.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    /// How many cells the record has.
    pub(super) fn n_cells(&self) -> usize {
        self.ends.len()
    }

    /// One cell without white space around it; empty where the record has none.
    pub(super) fn cell(&self, at: usize) -> &str {
        let Some(&end) = self.ends.get(at) else { return "" };
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        // Cells end at ASCII, so this is always text.
        std::str::from_utf8(&self.cells[from..end]).unwrap_or_default().trim_ascii()
    }
}
