//! What is known about items: titles, years and genres, from a table or from JSON lines.

use std::collections::HashMap;

use super::error::{DataError, Skipped};
use super::interactions::{About, ITEM_NAMES};
use super::source::Source;
use super::table::{Column, read_table};
use super::titles::display_title;

const EXAMPLE: &str = "item_id,title,year,genres";
const COLUMNS: [Column; 4] = [
    Column { names: ITEM_NAMES, required: true },
    Column { names: &["title", "name"], required: true },
    Column { names: &["year"], required: false },
    Column { names: &["genres", "categories"], required: false },
];

/// Items by id, and what was skipped.
pub type Items = (HashMap<String, About>, Option<Skipped>);

/// Reads a file of items.
///
/// # Errors
/// See [`DataError`].
pub fn read(source: Source<'_>) -> Result<Items, DataError> {
    let mut items = HashMap::new();
    let skipped = read_table(source, &COLUMNS, EXAMPLE, |row| {
        let title = row.text(1)?.unwrap_or_default();
        let entry = about(title, row.text(2)?, row.text(3)?).map_err(|()| row.problem(2, "a year"))?;
        items.insert(row.id(0)?.to_owned(), entry);
        Ok(())
    })?;
    Ok((items, skipped))
}

/// What a table says about an item: `"Godfather, The (1972)"`, genres separated by `|`.
pub(super) fn about(title: &str, year: Option<&str>, genres: Option<&str>) -> Result<About, ()> {
    let (title, year) = match year {
        Some("" | "NA") => (title, None),
        Some(text) => (title, Some(text.parse().map_err(|_| ())?)),
        None => year_last(title),
    };
    let (title, aka) = display_title(title);
    let genres = genres.unwrap_or_default().split('|').map(str::trim);
    let genres = genres.filter(|genre| !genre.is_empty() && !genre.starts_with('(')).map(str::to_owned).collect();
    Ok(About { title, year, genres, aka })
}

/// `"Heat (1995)"` is "Heat" of 1995.
fn year_last(title: &str) -> (&str, Option<u16>) {
    let parts = title.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    match parts {
        Some((before, year)) if year.len() == 4 && !before.trim().is_empty() => match year.parse() {
            Ok(year) => (before.trim_end(), Some(year)),
            Err(_) => (title, None),
        },
        _ => (title, None),
    }
}
