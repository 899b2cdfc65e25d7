//! Files and bytes to read from: decompressed where they are gzipped, counted where somebody watches, line by line.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::error::{DataError, Fault, LineProblem, Skipped};
use crate::progress::Progress;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// What Windows puts before UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";
const N_PROBLEMS_SHOWN: usize = 5;
const BUFFER: usize = 1 << 16;
/// No line is longer: more is no review, and would be held in memory as a whole.
pub const MAX_LINE_MIB: usize = 16;
pub(super) const MAX_LINE: usize = MAX_LINE_MIB << 20;

/// A file or embedded bytes, with the name that messages use.
pub struct Source<'a> {
    /// The name in messages.
    pub name: String,
    /// Its first bytes, decompressed: what formats are told apart by. `reader` gives them again.
    pub head: Vec<u8>,
    pub(super) reader: Box<dyn BufRead + 'a>,
    pub(super) lenient: bool,
    digest: Digest,
}

/// sha256 of the bytes that were read so far, as they stand in the file.
#[derive(Debug, Clone, Default)]
pub struct Digest(Rc<RefCell<Sha256>>);

impl Digest {
    /// The hash; of the whole file once it was read to its end.
    pub fn finish(&self) -> [u8; 32] {
        self.0.borrow().clone().finalize().into()
    }
}

/// Hashes what it reads.
struct Hashed<R> {
    reader: R,
    digest: Digest,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n_read = self.reader.read(buffer)?;
        self.digest.0.borrow_mut().update(&buffer[..n_read]);
        Ok(n_read)
    }
}

impl<'a> Source<'a> {
    /// Opens a file.
    ///
    /// # Errors
    /// The file does not open, or does not decompress.
    pub fn open(path: &Path) -> Result<Source<'static>, DataError> {
        Source::open_shown(path, &Progress::quiet())
    }

    /// Opens a file and shows how much of it is read.
    ///
    /// # Errors
    /// The file does not open, or does not decompress.
    pub fn open_shown(path: &Path, progress: &Progress) -> Result<Source<'static>, DataError> {
        let open = |reason| DataError::Open { path: path.to_owned(), reason };
        let file = std::fs::File::open(path).map_err(open)?;
        let metadata = file.metadata().map_err(open)?;
        if metadata.is_dir() {
            return Err(open(std::io::Error::other("it is a folder, not a file")));
        }
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let bar = progress.bytes(format!("reading {name}"), metadata.len());
        let digest = Digest::default();
        let reader = Hashed { reader: bar.wrap_read(file), digest: digest.clone() };
        let source = Source::of(path.display().to_string(), BufReader::with_capacity(BUFFER, reader))?;
        Ok(Source { digest, ..source })
    }

    /// The hash of what is read, of a file that was opened.
    pub fn digest(&self) -> Digest {
        self.digest.clone()
    }

    /// The hash of a file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn sha256_of(path: &Path) -> Result<[u8; 32], DataError> {
        let open = |reason| DataError::Open { path: path.to_owned(), reason };
        let mut hasher = Sha256::new();
        std::io::copy(&mut std::fs::File::open(path).map_err(open)?, &mut hasher).map_err(open)?;
        Ok(hasher.finalize().into())
    }

    /// Bytes in memory.
    ///
    /// # Errors
    /// They do not decompress.
    pub fn bytes(name: &str, bytes: &'a [u8]) -> Result<Self, DataError> {
        Self::of(name.to_owned(), Cursor::new(bytes))
    }

    /// Whether bad lines are skipped and counted instead of refused.
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.lenient = lenient;
        self
    }

    fn of(name: String, mut reader: impl BufRead + 'a) -> Result<Self, DataError> {
        let start = reader.fill_buf().map_err(|error| broken(&name, 0, &error))?;
        let mut reader: Box<dyn BufRead + 'a> = if start.starts_with(&GZIP_MAGIC) {
            Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(reader)))
        } else {
            Box::new(reader)
        };
        let mut head = Vec::with_capacity(BUFFER);
        // What breaks here is said with its line when the lines are read.
        let _ = reader.by_ref().take(BUFFER as u64).read_to_end(&mut head);
        let reader = Box::new(Cursor::new(head.clone()).chain(reader));
        Ok(Self { name, head, reader, lenient: false, digest: Digest::default() })
    }
}

/// In hexadecimal digits.
pub(super) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a failed read means.
pub(super) fn broken(file: &str, line: u64, error: &std::io::Error) -> DataError {
    let (file, reason) = (file.to_owned(), error.to_string());
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => DataError::Truncated { file, line },
        std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => DataError::Damaged { file, line, reason },
        _ => DataError::Read { file, line, reason },
    }
}

/// Counts lines and keeps the first bad ones.
#[derive(Debug)]
pub(super) struct Ledger {
    file: String,
    lenient: bool,
    n_lines: u64,
    n_problems: u64,
    problems: Vec<LineProblem>,
}

impl Ledger {
    pub(super) fn new(file: String, lenient: bool) -> Self {
        Self { file, lenient, n_lines: 0, n_problems: 0, problems: Vec::new() }
    }

    /// One more line, used or not.
    pub(super) fn enter(&mut self, line: Result<(), LineProblem>) {
        self.n_lines += 1;
        if let Err(problem) = line {
            self.n_problems += 1;
            if self.problems.len() < N_PROBLEMS_SHOWN {
                self.problems.push(problem);
            }
        }
    }

    /// What was skipped, where skipping is allowed; a file without a single good line is refused all the same.
    pub(super) fn close(self) -> Result<Option<Skipped>, DataError> {
        let Self { file, lenient, n_lines, n_problems, problems } = self;
        if n_problems == 0 {
            return Ok(None);
        }
        if lenient && n_problems < n_lines {
            return Ok(Some(Skipped { file, n_skipped: n_problems, n_lines, problems }));
        }
        Err(DataError::BadLines { file, n_problems, problems })
    }
}

/// What comes next in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A line, with its end.
    Line,
    /// A line of which nothing is kept.
    TooLong,
    /// Nothing.
    End,
}

/// The lines of a source.
pub(super) struct Lines<'a> {
    pub(super) file: String,
    reader: Box<dyn BufRead + 'a>,
    /// The last line that was read, counted from 1.
    pub(super) line: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(file: String, reader: Box<dyn BufRead + 'a>) -> Self {
        Self { file, reader, line: 0 }
    }

    /// Replaces what is in `buffer` by the next line, which ends in `\n` even if the file does not.
    pub(super) fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Next, DataError> {
        buffer.clear();
        let Self { file, reader, line } = self;
        let broken = |error| broken(file, *line, &error);
        if reader.take(MAX_LINE as u64 + 1).read_until(b'\n', buffer).map_err(broken)? == 0 {
            return Ok(Next::End);
        }
        let too_long = buffer.len() > MAX_LINE && buffer.last() != Some(&b'\n');
        if too_long {
            buffer.clear();
            reader.skip_until(b'\n').map_err(broken)?;
        }
        self.line += 1;
        if self.line == 1 && buffer.starts_with(BOM) {
            buffer.drain(..BOM.len());
        }
        if buffer.last().is_some_and(|&last| last != b'\n') {
            buffer.push(b'\n');
        }
        Ok(if too_long { Next::TooLong } else { Next::Line })
    }
}

/// Reads line by line; `each` gets a line that is not blank, with its number, and may refuse it.
///
/// # Errors
/// A file that cannot be read on, or all lines that were refused, the first few in full.
pub(super) fn read_lines(
    source: Source<'_>,
    mut each: impl FnMut(u64, &str) -> Result<(), Fault>,
) -> Result<Option<Skipped>, DataError> {
    let mut ledger = Ledger::new(source.name.clone(), source.lenient);
    let mut lines = Lines::new(source.name, source.reader);
    let mut buffer = Vec::new();
    loop {
        let outcome = match lines.next(&mut buffer)? {
            Next::End => return ledger.close(),
            Next::TooLong => Err(Fault::TooLong),
            Next::Line => match std::str::from_utf8(&buffer).map(str::trim) {
                Ok("") => continue,
                Ok(text) => each(lines.line, text),
                Err(_) => Err(Fault::NotText),
            },
        };
        ledger.enter(outcome.map_err(|fault| LineProblem { line: lines.line, fault }));
    }
}
