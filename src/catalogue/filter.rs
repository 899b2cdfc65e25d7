//! Which items a visitor wants to choose from: by genre, year and popularity, as a mask that a request carries.

use super::{Catalogue, CatalogueItem};
use crate::ranking::{ItemMask, sorted_indices};

/// What the recommended items must be; the default lets all pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// An item has at least one of these; none given, any will do. Spelt as in the catalogue ([`Facets::genres`]).
    pub genres: Vec<String>,
    /// An item has none of these.
    pub not_genres: Vec<String>,
    /// First and last year, both included. An item without a year is then left out.
    pub years: Option<(u16, u16)>,
    /// How well known it is.
    pub popularity: PopularityBand,
}

/// How well known an item is among its catalogue: by the rank of its likes, so that bands are as large in every catalogue.
///
/// Items with as many likes are in the same bands, so a band may be a little larger than its share, and where all have
/// equally many, all are in every band.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PopularityBand {
    /// All items.
    #[default]
    All,
    /// The quarter with the most likes.
    WellKnown,
    /// The half with the fewest likes.
    LesserKnown,
}

impl PopularityBand {
    /// All bands.
    pub const ALL: [Self; 3] = [Self::All, Self::WellKnown, Self::LesserKnown];

    /// `all`, `well-known` or `lesser-known`.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::WellKnown => "well-known",
            Self::LesserKnown => "lesser-known",
        }
    }

    /// The band of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.name() == name)
    }

    /// The fewest and the most likes of an item in it.
    fn bounds(self, degrees: &[u32]) -> (u32, u32) {
        let by_likes = sorted_indices(degrees.len(), &|a, b| degrees[b].cmp(&degrees[a]));
        let at = |place: usize| by_likes.get(place).map(|&item_idx| degrees[item_idx as usize]);
        match self {
            Self::All => (0, u32::MAX),
            Self::WellKnown => (at((degrees.len().div_ceil(4)).saturating_sub(1)).unwrap_or(0), u32::MAX),
            Self::LesserKnown => (0, at(degrees.len() / 2).unwrap_or(u32::MAX)),
        }
    }
}

impl Filter {
    /// Whether all items pass.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it asks for what only a catalogue knows.
    pub fn needs_catalogue(&self) -> bool {
        !self.genres.is_empty() || !self.not_genres.is_empty() || self.years.is_some()
    }

    /// The items that pass, of as many as there are `degrees`.
    ///
    /// # Shapes
    /// `items` and `degrees` (likes: the items' hyperedge degrees) are `[n_items]`, in the model's order. What `items` lacks
    /// has neither genre nor year.
    pub fn mask(&self, items: &[CatalogueItem], degrees: &[u32]) -> ItemMask {
        let nothing = CatalogueItem::default();
        let (fewest, most) = self.popularity.bounds(degrees);
        let is_in_years =
            |year: Option<u16>| self.years.is_none_or(|(first, last)| year.is_some_and(|y| first <= y && y <= last));
        ItemMask::new(degrees.len(), &|item_idx| {
            let (item, degree) = (items.get(item_idx as usize).unwrap_or(&nothing), degrees[item_idx as usize]);
            let has_one = |genres: &[String]| genres.iter().any(|genre| item.genres.contains(genre));
            (self.genres.is_empty() || has_one(&self.genres))
                && !has_one(&self.not_genres)
                && is_in_years(item.year)
                && fewest <= degree
                && degree <= most
        })
    }
}

/// What there is to filter by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// Every genre with the number of its items: the most frequent first, equally frequent ones by name.
    pub genres: Vec<(String, usize)>,
    /// Every decade with items, by its first year (1990), with their number, the earliest first.
    pub decades: Vec<(u16, usize)>,
    /// Items whose year is not known.
    pub n_without_year: usize,
}

impl Catalogue {
    /// What there is to filter by.
    pub fn facets(&self) -> Facets {
        let mut facets = Facets::default();
        let (mut genres, mut decades) = (Vec::new(), Vec::new());
        for item in self.items() {
            for (at, genre) in item.genres.iter().enumerate() {
                // Named twice, it counts once.
                if !item.genres[..at].contains(genre) {
                    count(&mut genres, genre.as_str());
                }
            }
            match item.year {
                Some(year) => count(&mut decades, year / 10 * 10),
                None => facets.n_without_year += 1,
            }
        }
        let order = |a: usize, b: usize| genres[b].1.cmp(&genres[a].1).then(genres[a].0.cmp(genres[b].0));
        let genre = |&place: &u32| (genres[place as usize].0.to_owned(), genres[place as usize].1);
        facets.genres = sorted_indices(genres.len(), &order).iter().map(genre).collect();
        let order = sorted_indices(decades.len(), &|a, b| decades[a].0.cmp(&decades[b].0));
        facets.decades = order.iter().map(|&place| decades[place as usize]).collect();
        facets
    }
}

/// Counts a thing once more. There are a few dozen different ones: a hash map would be more code than it saves time.
fn count<T: PartialEq>(counts: &mut Vec<(T, usize)>, thing: T) {
    match counts.iter_mut().find(|(other, _)| *other == thing) {
        Some((_, n)) => *n += 1,
        None => counts.push((thing, 1)),
    }
}
