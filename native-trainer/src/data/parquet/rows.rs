//! The rows of a data set, part by part and batch by batch: columns by name, as in a table, and no more of a file in
//! memory than a batch of the columns that are wanted.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use ::parquet::basic::{Compression, LogicalType};
use indicatif::ProgressBar;

use super::cells::{Cells, Kind};
use super::error::ParquetProblem;
use super::guard::guarded;
use super::parts::{MAGIC, Part};
use crate::data::error::{DataError, Fault, LineProblem, Skipped};
use crate::data::source::Ledger;
use crate::data::table::{Column, place_of};
use crate::data::time;

/// Rows of a batch: with reviews of half a kilobyte, 2 MB.
const N_ROWS: usize = 4096;
/// The bytes of a file without a row.
const SHORTEST: u64 = 12;
const ENCRYPTED: [u8; 4] = *b"PARE";

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Of a user or an item: text, a whole number or a UUID.
    Id,
    Number,
    Time,
    Text,
    /// A year: a whole number or text; never a folder's name, for there it is mostly that of an event.
    Year,
    /// Text with `|`, or a list of texts.
    Texts,
}

impl Role {
    fn takes(self, kind: Kind) -> bool {
        let kinds: &[Kind] = match self {
            Self::Id => &[Kind::Text, Kind::Number, Kind::Uuid],
            Self::Number | Self::Year => &[Kind::Number, Kind::Text],
            Self::Time => &[Kind::Number, Kind::Text, Kind::Time],
            Self::Text => &[Kind::Text],
            Self::Texts => &[Kind::Text, Kind::Texts],
        };
        kind == Kind::Nulls || kinds.contains(&kind)
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Id => "text or a whole number",
            Self::Number | Self::Year => "a number or text",
            Self::Time => "a timestamp, a date, unix seconds or text",
            Self::Text => "text",
            Self::Texts => "text or a list of texts",
        }
    }
}

/// A column that a data set may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) column: Column,
    pub(super) role: Role,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row<'a> {
    columns: &'a [Option<(String, Cells)>],
    /// In the batch.
    at: usize,
    /// In the file, counted from 1.
    row: u64,
}

impl Row<'_> {
    /// The text in the `column`-th of the wanted columns, empty for a null; `None` where the data lack the column.
    pub(super) fn text(&self, column: usize) -> Result<Option<Cow<'_, str>>, LineProblem> {
        let Some((_, cells)) = &self.columns[column] else { return Ok(None) };
        let text = cells.text(self.at).map_err(|_| self.problem(column, "UTF-8 text"))?;
        Ok(Some(text.unwrap_or_default()))
    }

    /// An id: text that is not empty, or a whole number.
    pub(super) fn id(&self, column: usize) -> Result<Cow<'_, str>, LineProblem> {
        let is_name = self.columns[column].as_ref().is_none_or(|(_, cells)| cells.is_name(self.at));
        match self.text(column)? {
            Some(text) if !text.is_empty() && is_name => Ok(text),
            _ => Err(self.problem(column, "an id (text or a whole number)")),
        }
    }

    /// A finite number; `None` where the data lack the column or the row says nothing (null, empty text or NA).
    pub(super) fn finite(&self, column: usize) -> Result<Option<f64>, LineProblem> {
        self.known(column, "a finite number", |text| text.parse().ok().filter(|number: &f64| number.is_finite()))
    }

    /// Unix seconds; `None` where the data lack the column or the row says nothing.
    pub(super) fn time(&self, column: usize) -> Result<Option<f64>, LineProblem> {
        self.known(column, time::EXPECTED, time::parse)
    }

    fn known(
        &self,
        column: usize,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<f64>,
    ) -> Result<Option<f64>, LineProblem> {
        let Some((_, cells)) = &self.columns[column] else { return Ok(None) };
        let number = match self.text(column)? {
            None => return Ok(None),
            Some(text) if matches!(&*text, "" | "NA") => return Ok(None),
            Some(text) => cells.number(self.at).or_else(|| parse(&text)),
        };
        match number {
            Some(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.problem(column, expected)),
        }
    }

    /// A problem with what stands in `column`.
    pub(super) fn problem(&self, column: usize, expected: &'static str) -> LineProblem {
        let (column, value) = match &self.columns[column] {
            Some((name, cells)) => (name.clone(), cells.text(self.at).unwrap_or(Some("\u{fffd}".into()))),
            None => (String::new(), None),
        };
        let value = value.map(Cow::into_owned);
        LineProblem { line: self.row, fault: Fault::Cell { column, value, expected } }
    }
}

/// The first part, and what its columns are.
struct First {
    file: String,
    kinds: Vec<Option<Kind>>,
}

/// Reads parts row by row; `each` may refuse a row.
///
/// # Errors
/// A part that cannot be read or does not fit to the first, missing columns, or all rows of a part that were refused, the
/// first few in full.
pub(super) fn read_rows(
    parts: &[Part],
    wanted: &[Wanted],
    lenient: bool,
    bar: &ProgressBar,
    mut each: impl FnMut(&Row<'_>) -> Result<(), LineProblem>,
) -> Result<Vec<Skipped>, DataError> {
    let mut skipped = Vec::new();
    let mut first = None;
    for part in parts {
        let opened = Opened::new(part, wanted)?;
        match &first {
            None => first = Some(First { file: opened.file.clone(), kinds: opened.kinds.clone() }),
            Some(first) => opened.check_like(first, wanted)?,
        }
        skipped.extend(opened.read(lenient, bar, &mut each)?);
    }
    Ok(skipped)
}

/// Where a wanted column comes from.
enum Place {
    /// The `n`-th of the columns that are read, and its name.
    File(usize, String),
    /// A folder's name.
    Folder(String, Option<String>),
    Nowhere,
}

/// A part whose columns fit.
struct Opened {
    file: String,
    builder: ParquetRecordBatchReaderBuilder<File>,
    /// One a wanted column.
    places: Vec<Place>,
    kinds: Vec<Option<Kind>>,
    n_bytes: u64,
}

impl Opened {
    fn new(part: &Part, wanted: &[Wanted]) -> Result<Self, DataError> {
        let file = part.path.display().to_string();
        let (opened, n_bytes) = open(&part.path, &file)?;
        // Without what Arrow has written about itself: a dictionary of texts is text.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new_with_options(opened, options))
            .map_err(|reason| damaged(&file, 0, &reason))?;
        let fields = builder.schema().fields().clone();
        let header: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
        let (mut read, mut places, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        for Wanted { column, role } in wanted {
            let is_named = |name: &str| column.names.iter().any(|known| known.eq_ignore_ascii_case(name));
            let (place, kind) = if let Some(at) = place_of(&header, column) {
                let kind = Kind::of(fields[at].data_type(), is_uuid(&builder, at)).filter(|&kind| role.takes(kind));
                let Some(kind) = kind else {
                    let (column, found) = (header[at].clone(), fields[at].data_type().to_string());
                    return Err(ParquetProblem::ColumnType { file, column, found, expected: role.expected() }.into());
                };
                check_codec(&builder, at, &file, &header[at])?;
                read.push(at);
                (Place::File(at, header[at].clone()), Some(kind))
            } else if let Some((name, value)) =
                part.partitions.iter().find(|(name, _)| *role != Role::Year && is_named(name))
            {
                (Place::Folder(name.clone(), value.clone()), Some(Kind::Text))
            } else if column.required {
                let wanted = column.names.join(" or ");
                return Err(DataError::MissingColumn { file, wanted, found: header.join(",") });
            } else {
                (Place::Nowhere, None)
            };
            places.push(place);
            kinds.push(kind);
        }
        // Columns come in the order of the file.
        read.sort_unstable();
        for place in &mut places {
            if let Place::File(at, _) = place {
                *at = read.binary_search(at).unwrap_or_default();
            }
        }
        let mask = ProjectionMask::roots(builder.parquet_schema(), read);
        let builder = builder.with_projection(mask).with_batch_size(N_ROWS);
        Ok(Self { file, builder, places, kinds, n_bytes })
    }

    /// Parts of one data set have the same columns.
    fn check_like(&self, first: &First, wanted: &[Wanted]) -> Result<(), ParquetProblem> {
        let said = |kind: Option<Kind>| kind.map_or("missing", Kind::name).to_owned();
        for ((&found, &expected), wanted) in self.kinds.iter().zip(&first.kinds).zip(wanted) {
            let fits = found == expected
                || (found.is_some() && expected == Some(Kind::Nulls))
                || (expected.is_some() && found == Some(Kind::Nulls));
            if !fits {
                return Err(ParquetProblem::Mixed {
                    file: self.file.clone(),
                    first: first.file.clone(),
                    column: wanted.column.names.first().copied().unwrap_or_default().to_owned(),
                    found: said(found),
                    expected: said(expected),
                });
            }
        }
        Ok(())
    }

    fn read(
        self,
        lenient: bool,
        bar: &ProgressBar,
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), LineProblem>,
    ) -> Result<Option<Skipped>, DataError> {
        let Self { file, builder, places, n_bytes, .. } = self;
        let n_rows = builder.metadata().file_metadata().num_rows().max(1) as f64;
        let before = bar.position();
        let mut reader = guarded(|| builder.build()).map_err(|reason| damaged(&file, 0, &reason))?;
        let mut ledger = Ledger::new(file.clone(), lenient);
        let mut row = 0;
        while let Some(batch) = guarded(|| reader.next().transpose()).map_err(|reason| damaged(&file, row, &reason))? {
            let mut columns = Vec::with_capacity(places.len());
            for place in &places {
                columns.push(match place {
                    Place::Nowhere => None,
                    Place::Folder(name, value) => Some((name.clone(), Cells::Same(value.clone()))),
                    Place::File(at, name) => {
                        let cells = batch.columns().get(*at).and_then(|array| Cells::of(array));
                        let reason = "a column is of another type than the file says";
                        Some((name.clone(), cells.ok_or_else(|| damaged(&file, row, reason))?))
                    }
                });
            }
            for at in 0..batch.num_rows() {
                row += 1;
                ledger.enter(each(&Row { columns: &columns, at, row }));
            }
            bar.set_position(before + (n_bytes as f64 * row as f64 / n_rows) as u64);
        }
        bar.set_position(before + n_bytes);
        ledger.close()
    }
}

/// Opens a file that begins and ends as Parquet does; also its length in bytes.
fn open(path: &Path, file: &str) -> Result<(File, u64), DataError> {
    let failed = |reason| DataError::Open { path: path.to_owned(), reason };
    let mut opened = File::open(path).map_err(failed)?;
    let n_bytes = opened.metadata().map_err(failed)?.len();
    let (mut start, mut end) = ([0; MAGIC.len()], [0; MAGIC.len()]);
    if n_bytes >= MAGIC.len() as u64 {
        opened.read_exact(&mut start).map_err(failed)?;
        opened.seek(SeekFrom::End(-(MAGIC.len() as i64))).map_err(failed)?;
        opened.read_exact(&mut end).map_err(failed)?;
    }
    let file = file.to_owned();
    match (start, end) {
        (ENCRYPTED, _) | (MAGIC, ENCRYPTED) => Err(ParquetProblem::Encrypted { file }.into()),
        (MAGIC, MAGIC) if n_bytes >= SHORTEST => Ok((opened, n_bytes)),
        (MAGIC, _) => Err(ParquetProblem::Truncated { file }.into()),
        _ if n_bytes == 0 => Err(ParquetProblem::Truncated { file }.into()),
        _ => Err(ParquetProblem::Foreign { file }.into()),
    }
}

fn damaged(file: &str, row: u64, reason: &str) -> DataError {
    ParquetProblem::Damaged { file: file.to_owned(), row, reason: reason.to_owned() }.into()
}

fn is_uuid(builder: &ParquetRecordBatchReaderBuilder<File>, at: usize) -> bool {
    let field = builder.parquet_schema().root_schema().get_fields().get(at);
    field.is_some_and(|field| field.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid))
}

/// Said before anything is read: the reader says it in the middle.
fn check_codec(
    builder: &ParquetRecordBatchReaderBuilder<File>,
    root: usize,
    file: &str,
    column: &str,
) -> Result<(), ParquetProblem> {
    let schema = builder.parquet_schema();
    let leaves: Vec<usize> =
        (0..schema.num_columns()).filter(|&leaf| schema.get_column_root_idx(leaf) == root).collect();
    for group in builder.metadata().row_groups() {
        for &leaf in &leaves {
            let codec = group.column(leaf).compression();
            if matches!(codec, Compression::BROTLI(_) | Compression::LZO) {
                let codec = codec.to_string();
                return Err(ParquetProblem::Codec { file: file.to_owned(), column: column.to_owned(), codec });
            }
        }
    }
    Ok(())
}
