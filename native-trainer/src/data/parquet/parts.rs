//! Which files make up a data set: one, or the parts that an engine wrote into a folder and the folders in it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

use super::error::ParquetProblem;
use crate::data::error::DataError;
use crate::data::folder;
use crate::data::formats::Format;
use crate::data::lists;
use crate::data::source::{Source, hex};

/// What every Parquet file begins and ends with.
pub(super) const MAGIC: [u8; 4] = *b"PAR1";
const EXTENSION: &str = "parquet";
/// What Hive, and so Spark, writes for the folder of nulls.
const NULL_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// One file of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    /// What the folders `key=value` on the way to it say of all its rows; no value is a null.
    pub(super) partitions: Vec<(String, Option<String>)>,
}

/// Whether a path that is given as data is to be read as Parquet: by `--format`, by its name or by its first bytes; a
/// folder, by the files in it, unless it is a split or lists.
///
/// # Errors
/// It does not open.
pub(in crate::data) fn is_given(path: &Path, format: Format) -> Result<bool, DataError> {
    match format {
        Format::Parquet => Ok(true),
        Format::Auto if !path.is_dir() => Ok(is_named(path) || starts_with_magic(path)?),
        Format::Auto if lists::find(path).is_some() || folder::has_part(path) => Ok(false),
        Format::Auto => Ok(!find(path)?.is_empty()),
        _ => Ok(false),
    }
}

fn is_named(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(EXTENSION))
}

fn starts_with_magic(path: &Path) -> Result<bool, DataError> {
    let open = |reason| DataError::Open { path: path.to_owned(), reason };
    let mut start = Vec::new();
    File::open(path).map_err(open)?.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(open)?;
    Ok(start == MAGIC)
}

/// The parts of a data set in the order of their paths; the file itself where it is one. What begins with `_` or `.`
/// (`_SUCCESS`, `_temporary`, `.crc`) is the engine's own, and other files are not parts.
///
/// # Errors
/// A folder that cannot be listed.
pub(super) fn find(path: &Path) -> Result<Vec<Part>, DataError> {
    let mut parts = Vec::new();
    if path.is_dir() {
        descend(path, &[], &mut parts)?;
    } else {
        parts.push(Part { path: path.to_owned(), partitions: Vec::new() });
    }
    Ok(parts)
}

fn descend(folder: &Path, above: &[(String, Option<String>)], parts: &mut Vec<Part>) -> Result<(), DataError> {
    let open = |reason| DataError::Open { path: folder.to_owned(), reason };
    let entries = std::fs::read_dir(folder).map_err(open)?.collect::<Result<Vec<_>, _>>().map_err(open)?;
    let mut entries: Vec<_> = entries.into_iter().map(|entry| (entry.file_name(), entry)).collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, entry) in entries {
        let name = name.to_string_lossy();
        if name.starts_with(['_', '.']) {
            continue;
        }
        let path = entry.path();
        // A link to a folder is not followed: it could lead back here.
        if entry.file_type().map_err(open)?.is_dir() {
            let mut partitions = above.to_vec();
            partitions.extend(partition(&name));
            descend(&path, &partitions, parts)?;
        } else if is_named(&path) {
            parts.push(Part { path, partitions: above.to_vec() });
        }
    }
    Ok(())
}

/// `key=value`, with `%2F` for what a folder's name cannot hold.
fn partition(name: &str) -> Option<(String, Option<String>)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (key, value) = name.split_once('=')?;
    Some((decoded(key), (value != NULL_PARTITION).then(|| decoded(value))))
}

/// sha256 of a file, or of the hashes of a folder's parts in the order of their paths; in hex.
///
/// # Errors
/// A file that cannot be read.
pub(in crate::data) fn sha256(path: &Path) -> Result<String, DataError> {
    if !path.is_dir() {
        return Ok(hex(Source::sha256_of(path)?));
    }
    let mut hasher = Sha256::new();
    for part in found(path)? {
        hasher.update(hex(Source::sha256_of(&part.path)?));
    }
    Ok(hex(hasher.finalize()))
}

/// The parts, at least one.
///
/// # Errors
/// There is none.
pub(super) fn found(path: &Path) -> Result<Vec<Part>, DataError> {
    let parts = find(path)?;
    match parts.is_empty() {
        true => Err(ParquetProblem::NoParts { folder: path.display().to_string() }.into()),
        false => Ok(parts),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

    use super::*;

    #[test]
    fn parts_are_found_as_engines_write_them() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            "_SUCCESS",
            "._SUCCESS.crc",
            ".part-00000.parquet.crc",
            "part-00001-x.snappy.parquet",
            "part-00000-x.snappy.parquet",
            "README.md",
            "_temporary/0/part-00002.parquet",
            "rating=4.5/genre=Sci%2FFi/data_0.PARQUET",
            "rating=__HIVE_DEFAULT_PARTITION__/data_0.parquet",
        ];
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        let found = find(folder.path()).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|part| (part.path.strip_prefix(folder.path()).unwrap().display().to_string(), part.partitions.clone()))
            .collect();
        let known = |key: &str, value: &str| (key.to_owned(), Some(value.to_owned()));
        assert_eq!(
            found,
            [
                ("part-00000-x.snappy.parquet".to_owned(), vec![]),
                ("part-00001-x.snappy.parquet".to_owned(), vec![]),
                (
                    "rating=4.5/genre=Sci%2FFi/data_0.PARQUET".to_owned(),
                    vec![known("rating", "4.5"), known("genre", "Sci/Fi")]
                ),
                ("rating=__HIVE_DEFAULT_PARTITION__/data_0.parquet".to_owned(), vec![("rating".to_owned(), None)]),
            ]
        );
    }
}
