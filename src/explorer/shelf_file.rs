//! A shelf as a file: for people to read and keep, and for this page to read again.

use serde::Serialize;

use super::state::{SavedEntry, SavedShelf, Shelf, Taste};
use crate::catalogue::CatalogueItem;
use crate::json::{self, Field, JsonError, Others, Read, Reader, needed};

const FORMAT: &str = "sharp-distill-shelf";

/// The file's content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ShelfFile {
    format: String,
    version: u32,
    films: Vec<Film>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Film {
    item: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<u16>,
    taste: Taste,
}

impl Read for ShelfFile {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Skipped, &mut needed!(self: format, version, films))
    }
}

impl Read for Film {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let Self { item, title, year, taste } = self;
        let mut fields = [
            Field::needed("item", item),
            Field::optional("title", title),
            Field::optional("year", year),
            Field::needed("taste", taste),
        ];
        reader.object(Others::Skipped, &mut fields)
    }
}

impl ShelfFile {
    /// The file of a shelf; `items` are the catalogue's, in the model's order.
    pub fn of(shelf: &Shelf, items: &[CatalogueItem]) -> Self {
        let film = |entry: &super::Entry| {
            let item = items.get(entry.item_idx as usize)?;
            Some(Film { item: item.id.clone(), title: item.title.clone(), year: item.year, taste: entry.taste })
        };
        Self { format: FORMAT.to_owned(), version: 1, films: shelf.entries().iter().filter_map(film).collect() }
    }

    /// How many films it has.
    pub fn n_films(&self) -> usize {
        self.films.len()
    }

    /// The file's text, indented so that people can read it.
    ///
    /// # Errors
    /// Only what the JSON writer refuses.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        let films = self.films.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
        Ok(format!("{{\"format\":\"{FORMAT}\",\"version\":1,\"films\":[\n{}\n]}}\n", films.join(",\n")))
    }

    /// Whether a file says that it is one of these; then [`Self::read`] tells what may be wrong with it.
    pub fn is_one(bytes: &[u8]) -> bool {
        let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
        beginning.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']).starts_with('{') && beginning.contains(FORMAT)
    }

    /// Reads what [`Self::to_text`] has written.
    ///
    /// # Errors
    /// It is damaged.
    pub fn read(bytes: &[u8]) -> Result<SavedShelf, JsonError> {
        let file: Self = json::read(bytes)?;
        let entries = file.films.into_iter().map(|film| SavedEntry { item: film.item, taste: film.taste });
        Ok(SavedShelf { entries: entries.collect() })
    }
}
