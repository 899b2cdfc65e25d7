//! What a visitor reads of an item: title, year, genres. It lies beside the model file as JSON.

mod filter;
mod fold;
mod search;

pub use filter::{Facets, Filter, PopularityBand};
pub use fold::words;
pub use search::{Hit, Search};

use serde::Serialize;
use thiserror::Error;

use crate::bundle::REGENERATE;
use crate::json::{self, Field, JsonError, Others, Read, Reader, needed};

const FORMAT: &str = "sharp-distill-catalogue";
const VERSION: u32 = 1;

/// All items in the model's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    format: String,
    version: u32,
    items: Vec<CatalogueItem>,
}

/// One item as a visitor knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CatalogueItem {
    /// The data set's own name of the item, equal to the model's.
    pub id: String,
    /// The title as it is read aloud ("The Godfather").
    pub title: String,
    /// Year of release, where the data know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// Genres, in the data's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<String>,
    /// Other titles that a visitor may search for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aka: Vec<String>,
}

impl Read for Catalogue {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Refused, &mut needed!(self: format, version, items))
    }
}

impl Read for CatalogueItem {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let Self { id, title, year, genres, aka } = self;
        let mut fields = [
            Field::needed("id", id),
            Field::needed("title", title),
            Field::optional("year", year),
            Field::optional("genres", genres),
            Field::optional("aka", aka),
        ];
        reader.object(Others::Refused, &mut fields)
    }
}

/// Why a catalogue is refused.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// Not the JSON it should be.
    #[error("the catalogue cannot be read ({reason}). Load it again, or write a new one: {REGENERATE}")]
    Unreadable {
        /// What the JSON reader says.
        reason: String,
    },
    /// JSON of something else, or of another version.
    #[error(
        "the catalogue is of format `{format}` version {version}, not `{FORMAT}` version {VERSION}. \
         Write a new one: {REGENERATE}"
    )]
    Foreign {
        /// Format named in the file.
        format: String,
        /// Version named in the file.
        version: u32,
    },
    /// It belongs to another model.
    #[error(
        "the catalogue does not belong to this model: at position {item_idx} the model has `{model}`, \
         the catalogue `{catalogue}`. Use the two files that one run of the trainer wrote: {REGENERATE}"
    )]
    Mismatch {
        /// The first position at which they differ.
        item_idx: usize,
        /// The model's name of the item, or nothing past its end.
        model: String,
        /// The catalogue's name of the item, or nothing past its end.
        catalogue: String,
    },
}

impl Catalogue {
    /// A catalogue of these items.
    pub fn new(items: Vec<CatalogueItem>) -> Self {
        Self { format: FORMAT.to_owned(), version: VERSION, items }
    }

    /// Reads a catalogue.
    ///
    /// # Errors
    /// Not JSON, another format, another version.
    pub fn read(bytes: &[u8]) -> Result<Self, CatalogueError> {
        let catalogue: Self =
            json::read(bytes).map_err(|error| CatalogueError::Unreadable { reason: error.to_string() })?;
        if catalogue.format != FORMAT || catalogue.version != VERSION {
            return Err(CatalogueError::Foreign { format: catalogue.format, version: catalogue.version });
        }
        Ok(catalogue)
    }

    /// The JSON, one item a line so that changes can be read; the same catalogue gives the same bytes.
    ///
    /// # Errors
    /// Only what the JSON writer refuses.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CatalogueError> {
        let unreadable = |error: serde_json::Error| CatalogueError::Unreadable { reason: error.to_string() };
        let items = self.items.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        let items = items.join(",\n");
        Ok(format!("{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"items\":[\n{items}\n]}}\n").into_bytes())
    }

    /// Whether it names the model's items, in the model's order.
    ///
    /// # Errors
    /// The first item at which they part.
    pub fn check_against(&self, item_ids: &[String]) -> Result<(), CatalogueError> {
        let n = self.items.len().max(item_ids.len());
        let catalogue_id = |item_idx: usize| self.items.get(item_idx).map(|item| item.id.as_str());
        let model_id = |item_idx: usize| item_ids.get(item_idx).map(String::as_str);
        match (0..n).find(|&item_idx| catalogue_id(item_idx) != model_id(item_idx)) {
            Some(item_idx) => Err(CatalogueError::Mismatch {
                item_idx,
                model: model_id(item_idx).unwrap_or_default().to_owned(),
                catalogue: catalogue_id(item_idx).unwrap_or_default().to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// All items in the model's order.
    pub fn items(&self) -> &[CatalogueItem] {
        &self.items
    }

    /// One item, if it exists.
    pub fn item(&self, item_idx: u32) -> Option<&CatalogueItem> {
        self.items.get(item_idx as usize)
    }
}
