//! Ratings or plain interactions, from a table, with ids replaced by indices.

use std::collections::HashMap;

use super::error::DataError;
use super::table::{Column, Source, read_table};

/// Who did what: indices into the two lists of ids.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interaction {
    /// Index into [`Interactions::user_ids`].
    pub user: u32,
    /// Index into [`Interactions::item_ids`].
    pub item: u32,
    /// The rating, if the table has ratings.
    pub rating: Option<f64>,
    /// The time, if the table has times.
    pub timestamp: Option<f64>,
}

/// A whole table of them.
#[derive(Debug, Clone, Default)]
pub struct Interactions {
    /// Users in natural order (numbers by value, other ids by text).
    pub user_ids: Vec<String>,
    /// Items in natural order.
    pub item_ids: Vec<String>,
    /// Sorted by user, then item; one entry a pair, the last of the file counts.
    pub rows: Vec<Interaction>,
    /// What is known about items, by id; empty without a title column.
    pub about: HashMap<String, About>,
}

/// What is known about an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Title as the data have it.
    pub title: String,
    /// Year, if known.
    pub year: Option<u16>,
    /// Genres.
    pub genres: Vec<String>,
}

const EXAMPLE: &str = "user_id,item_id,rating,timestamp";
const ITEM_NAMES: &[&str] = &["item_id", "itemId", "movieId", "movie_id", "item"];
const COLUMNS: [Column; 7] = [
    Column { names: &["user_id", "userId", "user"], required: true },
    Column { names: ITEM_NAMES, required: true },
    Column { names: &["rating"], required: false },
    Column { names: &["timestamp"], required: false },
    Column { names: &["title"], required: false },
    Column { names: &["year"], required: false },
    Column { names: &["genres"], required: false },
];

/// Reads a table of interactions.
///
/// # Errors
/// See [`read_table`].
pub fn read_interactions(source: Source<'_>) -> Result<Interactions, DataError> {
    let (mut users, mut items) = (Interner::default(), Interner::default());
    let (mut rows, mut about) = (Vec::new(), HashMap::new());
    read_table(source, &COLUMNS, EXAMPLE, |row| {
        let (user, item) = (row.id(0)?, row.id(1)?);
        let (rating, timestamp) = (row.finite(2)?, row.finite(3)?);
        if let Some(title) = row.text(4)?
            && !about.contains_key(item)
        {
            let entry = about_item(title, row.text(5)?, row.text(6)?).map_err(|()| row.problem(5, "a year"))?;
            about.insert(item.to_owned(), entry);
        }
        rows.push(Interaction { user: users.index(user), item: items.index(item), rating, timestamp });
        Ok(())
    })?;
    Ok(ordered(users, items, rows, about))
}

impl Interactions {
    /// Pairs of user and item, without ratings and times.
    pub(super) fn of_pairs<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> Self {
        let (mut users, mut items) = (Interner::default(), Interner::default());
        let rows = pairs.map(|(user, item)| {
            let (user, item) = (users.index(user), items.index(item));
            Interaction { user, item, rating: None, timestamp: None }
        });
        let rows = rows.collect();
        ordered(users, items, rows, HashMap::new())
    }
}

/// Ids in natural order, rows by user and item, the last of several rows of one pair kept.
fn ordered(
    users: Interner,
    items: Interner,
    mut rows: Vec<Interaction>,
    about: HashMap<String, About>,
) -> Interactions {
    let (user_ids, user_places) = users.into_natural_order();
    let (item_ids, item_places) = items.into_natural_order();
    for row in &mut rows {
        row.user = user_places[row.user as usize];
        row.item = item_places[row.item as usize];
    }
    // Stable, so that of several lines for one pair the last one of the file comes last.
    rows.sort_by_key(|row| (row.user, row.item));
    let mut kept: Vec<Interaction> = Vec::with_capacity(rows.len());
    for row in rows {
        match kept.last_mut() {
            Some(last) if (last.user, last.item) == (row.user, row.item) => *last = row,
            _ => kept.push(row),
        }
    }
    Interactions { user_ids, item_ids, rows: kept, about }
}

/// Reads a table of items: `movieId,title,year,genres`.
///
/// # Errors
/// See [`read_table`].
pub fn read_items(source: Source<'_>) -> Result<HashMap<String, About>, DataError> {
    let columns = [
        Column { names: ITEM_NAMES, required: true },
        Column { names: &["title"], required: true },
        Column { names: &["year"], required: false },
        Column { names: &["genres"], required: false },
    ];
    let mut about = HashMap::new();
    read_table(source, &columns, "movieId,title,year,genres", |row| {
        let title = row.text(1)?.unwrap_or_default();
        let entry = about_item(title, row.text(2)?, row.text(3)?).map_err(|()| row.problem(2, "a year"))?;
        about.insert(row.id(0)?.to_owned(), entry);
        Ok(())
    })?;
    Ok(about)
}

fn about_item(title: &str, year: Option<&str>, genres: Option<&str>) -> Result<About, ()> {
    let year = match year {
        None | Some("" | "NA") => None,
        Some(text) => Some(text.parse().map_err(|_| ())?),
    };
    let genres = genres.unwrap_or_default().split('|');
    let genres = genres.filter(|genre| !genre.is_empty() && !genre.starts_with('(')).map(str::to_owned).collect();
    Ok(About { title: title.to_owned(), year, genres })
}

/// Ids in the order in which they are first seen.
#[derive(Debug, Default)]
pub(super) struct Interner {
    ids: Vec<String>,
    indices: HashMap<String, u32>,
}

impl Interner {
    pub(super) fn index(&mut self, id: &str) -> u32 {
        if let Some(&index) = self.indices.get(id) {
            return index;
        }
        let index = self.ids.len() as u32;
        self.ids.push(id.to_owned());
        self.indices.insert(id.to_owned(), index);
        index
    }

    /// The ids sorted, and for each old index the new one.
    pub(super) fn into_natural_order(self) -> (Vec<String>, Vec<u32>) {
        let numbers: Option<Vec<u64>> = self.ids.iter().map(|id| id.parse().ok()).collect();
        let mut order: Vec<usize> = (0..self.ids.len()).collect();
        match numbers {
            Some(numbers) => order.sort_by_key(|&index| (numbers[index], &self.ids[index])),
            None => order.sort_by_key(|&index| &self.ids[index]),
        }
        let mut places = vec![0; order.len()];
        for (place, &index) in order.iter().enumerate() {
            places[index] = place as u32;
        }
        (order.iter().map(|&index| self.ids[index].clone()).collect(), places)
    }
}
