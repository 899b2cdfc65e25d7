//! Parquet: one file, or a folder of parts as Spark, Polars and DuckDB write them; the columns are those of a table.

mod cells;
mod error;
mod guard;
mod parts;
mod rows;

use std::collections::{HashMap, HashSet};
use std::path::Path;

pub use error::ParquetProblem;
use indicatif::ProgressBar;
use parts::{Part, found};
pub(super) use parts::{is_given, sha256};
use rows::{Role, Row, Wanted, read_rows};

use super::error::{DataError, LineProblem, Skipped};
use super::folder;
use super::formats::csv;
use super::interactions::{About, Collector, Interactions, Seen};
use super::items;
use crate::progress::Progress;

/// The columns of a table of interactions, and what each is for.
fn wanted<const N: usize>(columns: [super::table::Column; N], roles: [Role; N]) -> [Wanted; N] {
    std::array::from_fn(|at| Wanted { column: columns[at], role: roles[at] })
}

/// The interactions of a data set, with titles where it has them.
///
/// # Errors
/// See [`ParquetProblem`] and [`DataError`].
pub fn interactions(path: &Path, lenient: bool, progress: &Progress) -> Result<Interactions, DataError> {
    let roles = [Role::Id, Role::Id, Role::Number, Role::Time, Role::Text, Role::Text, Role::Year, Role::Texts];
    let parts = found(path)?;
    let bar = bar(path, &parts, progress);
    let mut collector = Collector::default();
    let skipped = read_rows(&parts, &wanted(csv::COLUMNS, roles), lenient, &bar, |row| {
        let (user, item) = (row.id(0)?, row.id(1)?);
        let (rating, timestamp, text) = (row.finite(2)?, row.time(3)?, row.text(4)?.unwrap_or_default());
        if let Some(title) = row.text(5)?
            && !collector.about.contains_key(&*item)
        {
            let entry = about(row, &title, [6, 7])?;
            collector.about.insert(item.clone().into_owned(), entry);
        }
        collector.add(Seen { user: &user, item: &item, rating, timestamp, text });
        Ok(())
    })?;
    let mut interactions = collector.finish()?;
    interactions.skipped.extend(skipped);
    Ok(interactions)
}

/// What a data set of items says about those that are wanted.
///
/// # Errors
/// See [`ParquetProblem`] and [`DataError`].
pub(super) fn items(
    path: &Path,
    wanted_items: &HashSet<&str>,
    lenient: bool,
    progress: &Progress,
) -> Result<(HashMap<String, About>, Vec<Skipped>), DataError> {
    let parts = found(path)?;
    let bar = bar(path, &parts, progress);
    let wanted = wanted(items::COLUMNS, [Role::Id, Role::Text, Role::Year, Role::Texts]);
    let mut items = HashMap::new();
    let skipped = read_rows(&parts, &wanted, lenient, &bar, |row| {
        let (id, title) = (row.id(0)?, row.text(1)?.unwrap_or_default());
        let entry = about(row, &title, [2, 3])?;
        if wanted_items.contains(&*id) {
            items.insert(id.into_owned(), entry);
        }
        Ok(())
    })?;
    Ok((items, skipped))
}

/// The pairs of a part of a split.
///
/// # Errors
/// See [`ParquetProblem`] and [`DataError`].
pub(super) fn pairs(path: &Path) -> Result<Vec<(String, String)>, DataError> {
    let mut pairs = Vec::new();
    let wanted = wanted(folder::COLUMNS, [Role::Id, Role::Id]);
    read_rows(&found(path)?, &wanted, false, &ProgressBar::hidden(), |row| {
        pairs.push((row.id(0)?.into_owned(), row.id(1)?.into_owned()));
        Ok(())
    })?;
    Ok(pairs)
}

/// With the places of year and genres.
fn about(row: &Row<'_>, title: &str, [year, genres]: [usize; 2]) -> Result<About, LineProblem> {
    let about = items::about(title, row.text(year)?.as_deref(), row.text(genres)?.as_deref());
    about.map_err(|()| row.problem(year, "a year"))
}

fn bar(path: &Path, parts: &[Part], progress: &Progress) -> ProgressBar {
    let n_bytes = parts.iter().filter_map(|part| part.path.metadata().ok()).map(|metadata| metadata.len()).sum();
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    progress.bytes(format!("reading {name}"), n_bytes)
}
