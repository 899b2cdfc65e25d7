//! What was loaded and never changes.

use crate::catalogue::{Catalogue, CatalogueItem, Facets, Filter, Search};
use crate::explorer::{Centre, PRESETS, SavedShelf, Shelf, Vertex};
use crate::page::text;
use crate::ranking::ItemMask;
use crate::recommender::Recommender;

/// The model, the films, and what was made of them once.
pub(crate) struct Core {
    pub(crate) recommender: Recommender,
    pub(crate) catalogue: Catalogue,
    pub(crate) search: Search,
    pub(crate) facets: Facets,
    /// The tastes to start from that have films here.
    pub(crate) presets: Vec<(&'static str, Vec<u32>)>,
    /// Something to say about the engine that was asked for.
    pub(crate) engine_note: Option<String>,
    /// Likes of each film in the training data.
    degrees: Vec<u32>,
}

impl Core {
    pub(crate) fn new(recommender: Recommender, catalogue: Catalogue, engine_note: Option<String>) -> Self {
        let degrees = recommender.incidence().hyperedge_degrees();
        let search = Search::new(&catalogue, &degrees);
        let facets = catalogue.facets();
        let presets = PRESETS.iter().map(|preset| (preset.name, preset.find(&catalogue)));
        let presets = presets.filter(|(_, films)| !films.is_empty()).collect();
        Self { recommender, catalogue, search, facets, presets, engine_note, degrees }
    }

    pub(crate) fn item(&self, item_idx: u32) -> CatalogueItem {
        self.catalogue.item(item_idx).cloned().unwrap_or_default()
    }

    pub(crate) fn title(&self, item_idx: u32) -> &str {
        self.catalogue.item(item_idx).map_or("", |item| &item.title)
    }

    /// Year and genres in a line.
    pub(crate) fn about(&self, item_idx: u32) -> String {
        let Some(item) = self.catalogue.item(item_idx) else { return String::new() };
        let year = item.year.iter().map(u16::to_string);
        year.chain((!item.genres.is_empty()).then(|| item.genres.join(", "))).collect::<Vec<_>>().join(" · ")
    }

    /// A film's title or a person's number.
    pub(crate) fn name(&self, vertex: Vertex) -> String {
        match vertex {
            Vertex::You => text::YOU.to_owned(),
            Vertex::Person(user_idx) => text::person(user_idx),
            Vertex::Item(item_idx) => self.title(item_idx).to_owned(),
        }
    }

    /// The name, and a film's year.
    pub(crate) fn full_name(&self, vertex: Vertex) -> String {
        let year = match vertex {
            Vertex::Item(item_idx) => self.catalogue.item(item_idx).and_then(|item| item.year),
            _ => None,
        };
        year.map_or_else(|| self.name(vertex), |year| format!("{} ({year})", self.name(vertex)))
    }

    /// What a link names, where this model has it.
    pub(crate) fn vertex(&self, centre: &Centre) -> Option<Vertex> {
        match centre {
            Centre::You => Some(Vertex::You),
            Centre::Person(user_idx) => {
                ((*user_idx as usize) < self.recommender.incidence().n_nodes()).then_some(Vertex::Person(*user_idx))
            }
            Centre::Item(id) => self.recommender.item_idx_of(id).map(Vertex::Item),
        }
    }

    /// What a link calls it.
    pub(crate) fn centre(&self, vertex: Vertex) -> Option<Centre> {
        match vertex {
            Vertex::You => Some(Centre::You),
            Vertex::Person(user_idx) => Some(Centre::Person(user_idx)),
            Vertex::Item(item_idx) => self.recommender.item_id_of(item_idx).map(|id| Centre::Item(id.to_owned())),
        }
    }

    /// A stored shelf, as far as its films are here.
    pub(crate) fn shelf_of(&self, saved: &SavedShelf) -> Shelf {
        Shelf::from_saved(saved, &|id| self.recommender.item_idx_of(id))
    }

    /// The films that pass a filter; `None` where all do.
    pub(crate) fn mask(&self, filter: &Filter) -> Option<ItemMask> {
        (!filter.is_empty()).then(|| filter.mask(self.catalogue.items(), &self.degrees))
    }
}
