//! What the visitor has chosen: the shelf and the way through the hypergraph.

use serde::Serialize;

use super::ego::Vertex;
use crate::json::{JsonError, Others, Read, Reader, needed};
use crate::student::Request;

/// What the visitor thinks of a film.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Taste {
    /// More like this.
    #[default]
    Liked,
    /// Not for me.
    Disliked,
    /// Seen, and no more to be said: it is left out and says nothing about taste.
    Seen,
}

impl Taste {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Liked, Self::Disliked, Self::Seen];

    /// What a press on a film of the shelf makes of it; three presses lead back.
    pub fn next(self) -> Self {
        match self {
            Self::Liked => Self::Disliked,
            Self::Disliked => Self::Seen,
            Self::Seen => Self::Liked,
        }
    }

    /// Its name in files and links, and for tests of the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Liked => "liked",
            Self::Disliked => "disliked",
            Self::Seen => "seen",
        }
    }
}

/// One film on the shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The film.
    pub item_idx: u32,
    /// What the visitor thinks of it.
    pub taste: Taste,
}

/// The films that the visitor has an opinion on, in the order of adding; a film stands here once.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    entries: Vec<Entry>,
    /// The same by film, as far as the last one: somebody's whole history is thousands of films, and the drawing asks for
    /// each of thousands of others whether it stands here.
    tastes: Vec<Option<Taste>>,
}

impl PartialEq for Shelf {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Eq for Shelf {}

/// A shelf as it is stored: by the data set's own names, so that it outlives a newly trained model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SavedShelf {
    /// The films in order.
    pub entries: Vec<SavedEntry>,
}

/// One film of a stored shelf.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SavedEntry {
    /// The data set's name of the film.
    pub item: String,
    /// What the visitor thinks of it.
    pub taste: Taste,
}

impl Read for Taste {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        *self = reader.choice(&Self::ALL.map(|taste| (taste.name(), taste)))?;
        Ok(())
    }
}

impl Read for SavedShelf {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Skipped, &mut needed!(self: entries))
    }
}

impl Read for SavedEntry {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Skipped, &mut needed!(self: item, taste))
    }
}

impl Shelf {
    /// A shelf of liked films; a film named twice counts once.
    pub fn of_likes(items: impl IntoIterator<Item = u32>) -> Self {
        let mut shelf = Self::default();
        items.into_iter().for_each(|item_idx| shelf.set(item_idx, Taste::Liked));
        shelf
    }

    /// The films in order of adding.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many films there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a film at the end, or changes the opinion on it in its place.
    pub fn set(&mut self, item_idx: u32, taste: Taste) {
        let place = item_idx as usize;
        if self.tastes.len() <= place {
            self.tastes.resize(place + 1, None);
        }
        match self.tastes[place].replace(taste) {
            Some(_) => {
                if let Some(entry) = self.entries.iter_mut().find(|entry| entry.item_idx == item_idx) {
                    entry.taste = taste;
                }
            }
            None => self.entries.push(Entry { item_idx, taste }),
        }
    }

    /// Turns an opinion into the [`Taste::next`]; nothing for a film that is not here.
    pub fn toggle(&mut self, item_idx: u32) {
        if let Some(taste) = self.taste_of(item_idx) {
            self.set(item_idx, taste.next());
        }
    }

    /// Takes a film off.
    pub fn remove(&mut self, item_idx: u32) {
        if self.taste_of(item_idx).is_some() {
            self.tastes[item_idx as usize] = None;
            self.entries.retain(|entry| entry.item_idx != item_idx);
        }
    }

    /// The opinion on a film, if there is one.
    pub fn taste_of(&self, item_idx: u32) -> Option<Taste> {
        self.tastes.get(item_idx as usize).copied().flatten()
    }

    /// How many films have this opinion.
    pub fn count(&self, taste: Taste) -> usize {
        self.with_taste(taste).count()
    }

    /// The films with this opinion, in order of adding.
    pub fn with_taste(&self, taste: Taste) -> impl Iterator<Item = u32> + '_ {
        self.entries.iter().filter(move |entry| entry.taste == taste).map(|entry| entry.item_idx)
    }

    /// The question to the model.
    pub fn request(&self, k: usize) -> Request {
        Request {
            liked: self.with_taste(Taste::Liked).collect(),
            disliked: self.with_taste(Taste::Disliked).collect(),
            hidden: self.with_taste(Taste::Seen).collect(),
            k,
            ..Request::default()
        }
    }

    /// What is stored of it. `item_ids` are the data set's names in the model's order.
    pub fn to_saved(&self, item_ids: &[String]) -> SavedShelf {
        let entries = self.entries.iter().filter_map(|entry| {
            Some(SavedEntry { item: item_ids.get(entry.item_idx as usize)?.clone(), taste: entry.taste })
        });
        SavedShelf { entries: entries.collect() }
    }

    /// Takes up a stored shelf; films that this model does not know are left out. `item_idx_of` finds the model's index of
    /// the data set's name.
    pub fn from_saved(saved: &SavedShelf, item_idx_of: &dyn Fn(&str) -> Option<u32>) -> Self {
        let mut shelf = Self::default();
        for entry in &saved.entries {
            if let Some(item_idx) = item_idx_of(&entry.item) {
                shelf.set(item_idx, entry.taste);
            }
        }
        shelf
    }
}

/// Shelves to go back to, the newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undo {
    before: Vec<Shelf>,
}

/// Undoing more than this is nobody's wish.
const MAX_UNDO: usize = 50;

impl Undo {
    /// Remembers a shelf that is about to change.
    pub fn remember(&mut self, shelf: Shelf) {
        if self.before.len() == MAX_UNDO {
            self.before.remove(0);
        }
        self.before.push(shelf);
    }

    /// The shelf before the last change, which is forgotten by this.
    pub fn take(&mut self) -> Option<Shelf> {
        self.before.pop()
    }

    /// Whether there is something to undo.
    pub fn is_possible(&self) -> bool {
        !self.before.is_empty()
    }
}

/// The way through the hypergraph: what is in the centre now, and what was before.
///
/// As long as the visitor has chosen nothing, the best recommendation stands in the centre, whichever it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    visited: Vec<Vertex>,
}

/// Going back further than this is nobody's wish.
const MAX_TRAIL: usize = 64;

impl Trail {
    /// Moves something into the centre.
    pub fn go(&mut self, to: Vertex) {
        if self.visited.last() != Some(&to) {
            self.visited.push(to);
        }
        if self.visited.len() > MAX_TRAIL {
            self.visited.remove(0);
        }
    }

    /// One step back, at last to the best recommendation.
    pub fn back(&mut self) {
        self.visited.pop();
    }

    /// Whether there is a way back.
    pub fn can_go_back(&self) -> bool {
        !self.visited.is_empty()
    }

    /// What the visitor has moved into the centre, if anything.
    pub fn chosen(&self) -> Option<Vertex> {
        self.visited.last().copied()
    }

    /// What is in the centre, `best` being the best recommendation.
    pub fn focus(&self, best: Option<u32>) -> Vertex {
        self.chosen().or(best.map(Vertex::Item)).unwrap_or(Vertex::You)
    }
}
