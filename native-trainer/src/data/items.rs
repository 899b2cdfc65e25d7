//! What is known about items, `--items`: titles, years and genres, from a table or from JSON lines.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::error::{DataError, Skipped};
use super::formats::json;
use super::interactions::{About, ITEM_NAMES};
use super::source::{BOM, Source};
use super::table::{Column, read_table};
use super::titles::display_title;

const EXAMPLE: &str = "item_id,title,year,genres";
/// What a table of items has, whatever it is written in.
pub(super) const COLUMNS: [Column; 4] = [
    Column { names: ITEM_NAMES, required: true },
    Column { names: &["title", "name"], required: true },
    Column { names: &["year"], required: false },
    Column { names: &["genres", "categories"], required: false },
];
/// A shop files an item under more categories than anybody reads.
const N_CATEGORIES: usize = 6;

/// Items by id, and what was skipped.
pub type Items = (HashMap<String, About>, Option<Skipped>);

/// Reads a file of items and keeps what is said about those that are wanted: a table with a header
/// `item_id,title,year,genres` (so MovieLens's movies.csv), Amazon's metadata or Yelp's business.json.
///
/// # Errors
/// See [`DataError`].
pub fn read(source: Source<'_>, wanted: &HashSet<&str>) -> Result<Items, DataError> {
    let mut items = HashMap::new();
    let start = source.head.iter().find(|byte| !byte.is_ascii_whitespace() && !BOM.contains(byte));
    let skipped = if start == Some(&b'{') {
        json::read(source, |line: Line| {
            let id = [&line.business_id, &line.parent_asin, &line.asin].into_iter().flatten().next();
            let id = json::id(id.map(String::as_str), "asin, parent_asin or business_id")?;
            if wanted.contains(id) {
                items.insert(id.to_owned(), line.about());
            }
            Ok(())
        })?
    } else {
        read_table(source, &COLUMNS, EXAMPLE, |row| {
            let (id, title) = (row.id(0)?, row.text(1)?.unwrap_or_default());
            let entry = about(title, row.text(2)?, row.text(3)?).map_err(|()| row.problem(2, "a year"))?;
            if wanted.contains(id) {
                items.insert(id.to_owned(), entry);
            }
            Ok(())
        })?
    };
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
    let parts = title.trim_end().strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    match parts {
        Some((before, year)) if year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()) => {
            if before.trim().is_empty() { (title, None) } else { (before.trim_end(), year.parse().ok()) }
        }
        _ => (title, None),
    }
}

/// What is read of a line of JSON.
#[derive(Deserialize)]
struct Line {
    asin: Option<String>,
    parent_asin: Option<String>,
    title: Option<String>,
    /// Paths of 2014, a list in 2023, a text with commas at Yelp.
    categories: Option<Categories>,
    /// Of 2018.
    category: Option<Categories>,
    /// Of 2023.
    main_category: Option<String>,
    business_id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Categories {
    Text(String),
    List(Vec<Categories>),
}

impl Categories {
    fn gather(self, found: &mut Vec<String>) {
        match self {
            Self::Text(text) => found.push(unescape(&text)),
            Self::List(list) => list.into_iter().for_each(|inner| inner.gather(found)),
        }
    }
}

impl Line {
    fn about(self) -> About {
        let mut found: Vec<String> = self.main_category.iter().map(|text| unescape(text)).collect();
        match self.categories.or(self.category) {
            Some(Categories::Text(text)) => found.extend(text.split(", ").map(unescape)),
            Some(list) => list.gather(&mut found),
            None => {}
        }
        let mut genres: Vec<String> = Vec::new();
        for genre in found.into_iter().filter(|genre| !genre.is_empty()) {
            if genres.len() < N_CATEGORIES && !genres.contains(&genre) {
                genres.push(genre);
            }
        }
        let title = unescape(self.title.or(self.name).unwrap_or_default().trim());
        About { title, genres, ..About::default() }
    }
}

/// The characters that pages write in other words.
fn unescape(text: &str) -> String {
    let text = text.trim().replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&nbsp;", " ").replace("&amp;", "&")
}
