//! A split that somebody made: a folder with train, valid and test.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::error::DataError;
use super::formats::Format;
use super::interactions::{ITEM_NAMES, Interactions, USER_NAMES};
use super::parquet;
use super::source::Source;
use super::split::Parts;
use super::table::{Column, read_table};

const EXAMPLE: &str = "user_id,item_id";
/// What a part of a split has, whatever it is written in.
pub(super) const COLUMNS: [Column; 2] =
    [Column { names: USER_NAMES, required: true }, Column { names: ITEM_NAMES, required: true }];

/// The pairs of a split folder, by the data's own ids.
#[derive(Debug, Clone, Default)]
pub struct SplitFolder {
    name: String,
    parts: [Vec<(String, String)>; 3],
}

/// The parts of a split, in the order of [`SplitFolder`].
pub const PARTS: [&str; 3] = ["train", "valid", "test"];

/// The files of `train`, `valid` and `test`, each `.csv` or `.csv.gz` or `.parquet`; the last may be a folder of files.
///
/// # Errors
/// A part is missing.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let missing = |part| DataError::MissingPart { folder: folder.to_owned(), part };
    PARTS.into_iter().map(|part| file(folder, part).ok_or_else(|| missing(part))).collect()
}

/// Whether a folder has a part of a split, so that it is one that is whole or lacks something.
pub(super) fn has_part(folder: &Path) -> bool {
    PARTS.into_iter().any(|part| file(folder, part).is_some())
}

fn file(folder: &Path, part: &str) -> Option<PathBuf> {
    let found = ["csv", "csv.gz", "parquet"].map(|extension| folder.join(format!("{part}.{extension}")));
    found.into_iter().find(|path| path.exists())
}

/// Reads `train`, `valid` and `test`.
///
/// # Errors
/// A part is missing or cannot be read.
pub fn read_folder(folder: &Path) -> Result<SplitFolder, DataError> {
    let mut split = SplitFolder { name: folder.display().to_string(), ..SplitFolder::default() };
    for (path, pairs) in files(folder)?.iter().zip(&mut split.parts) {
        *pairs = match parquet::is_given(path, Format::Auto)? {
            true => parquet::pairs(path)?,
            false => read_pairs(Source::open(path)?)?,
        };
    }
    Ok(split)
}

/// Takes the three parts from memory.
///
/// # Errors
/// A part cannot be read.
pub fn from_sources(name: &str, sources: [Source<'_>; 3]) -> Result<SplitFolder, DataError> {
    let mut split = SplitFolder { name: name.to_owned(), ..SplitFolder::default() };
    for (source, pairs) in sources.into_iter().zip(&mut split.parts) {
        *pairs = read_pairs(source)?;
    }
    Ok(split)
}

fn read_pairs(source: Source<'_>) -> Result<Vec<(String, String)>, DataError> {
    let mut pairs = Vec::new();
    read_table(source, &COLUMNS, EXAMPLE, |row| {
        pairs.push((row.id(0)?.to_owned(), row.id(1)?.to_owned()));
        Ok(())
    })?;
    Ok(pairs)
}

impl SplitFolder {
    /// From pairs in memory: train, valid, test.
    pub(super) fn new(name: String, parts: [Vec<(String, String)>; 3]) -> Self {
        Self { name, parts }
    }

    /// All pairs as interactions, for a data set of which nothing else is known.
    pub(super) fn interactions(&self) -> Result<Interactions, DataError> {
        Interactions::of_pairs(self.parts.iter().flatten())
    }

    /// Replaces the ids by the indices of `interactions`.
    ///
    /// # Errors
    /// An id that `data` does not have, or a pair that stands twice.
    pub fn into_parts(self, data: &str, interactions: &Interactions) -> Result<Parts, DataError> {
        let Self { name: folder, parts } = self;
        let index = |ids: &[String]| -> HashMap<String, u32> { ids.iter().cloned().zip(0..).collect() };
        let (users, items) = (index(&interactions.user_ids), index(&interactions.item_ids));
        let mut taken = HashSet::new();
        let mut indexed: [Vec<(u32, u32)>; 3] = Default::default();
        for (pairs, indexed) in parts.into_iter().zip(&mut indexed) {
            for (user, item) in pairs {
                let mismatch = |kind, id: &str| DataError::SplitMismatch {
                    folder: folder.clone(),
                    kind,
                    id: id.to_owned(),
                    data: data.to_owned(),
                };
                let pair = (
                    *users.get(&user).ok_or_else(|| mismatch("user", &user))?,
                    *items.get(&item).ok_or_else(|| mismatch("item", &item))?,
                );
                if !taken.insert(pair) {
                    return Err(DataError::Overlap { folder, user, item });
                }
                indexed.push(pair);
            }
        }
        let [train, valid, test] = indexed;
        Ok(Parts { train, valid, test })
    }
}
