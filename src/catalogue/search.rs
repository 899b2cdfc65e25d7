//! Search by title that forgives typing errors: every word of the query must be found in the item, exactly, as a
//! beginning, inside a word, or within one or two slips.

use strsim::osa_distance;

use super::{Catalogue, CatalogueItem, words};
use crate::ranking::sorted_indices;

/// The words of a catalogue, without accents and in lower case, folded once.
#[derive(Debug, Clone)]
pub struct Search {
    entries: Vec<Entry>,
}

/// An item that a query has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Its index.
    pub item_idx: u32,
    /// How well it fits, 0 best; equal fits are ordered by popularity.
    pub cost: u32,
}

#[derive(Debug, Clone)]
struct Entry {
    /// The title as one folded string, for whole-title matches.
    title: String,
    title_words: Vec<String>,
    /// Other titles, year and genres: found, but behind titles.
    other_words: Vec<String>,
    popularity: u32,
}

const IN_OTHER_WORDS: u32 = 3;
const INSIDE_A_WORD: u32 = 4;
const PER_SLIP: u32 = 6;
/// A title that begins with the whole query stands before one that has its words in it.
const NOT_AT_THE_START: u32 = 1;

impl Search {
    /// Folds the catalogue; `popularity` (likes of an item, in the catalogue's order) decides between equal fits.
    pub fn new(catalogue: &Catalogue, popularity: &[u32]) -> Self {
        let entries = catalogue.items().iter().enumerate();
        let entries = entries.map(|(item_idx, item)| entry(item, popularity.get(item_idx).copied().unwrap_or(0)));
        Self { entries: entries.collect() }
    }

    /// The best `limit` items for what somebody has typed so far, best first; none for a blank query.
    pub fn find(&self, query: &str, limit: usize) -> Vec<Hit> {
        let query_words = words(query);
        if query_words.is_empty() {
            return Vec::new();
        }
        let whole = query_words.join(" ");
        let mut hits = Vec::new();
        for (item_idx, entry) in (0..).zip(&self.entries) {
            if let Some(cost) = entry.cost(&query_words, &whole) {
                hits.push(Hit { item_idx, cost });
            }
        }
        let popularity = |hit: &Hit| self.entries[hit.item_idx as usize].popularity;
        let order = |a: &Hit, b: &Hit| a.cost.cmp(&b.cost).then(popularity(b).cmp(&popularity(a)));
        // Hits ascend, and so do equal ones.
        let places = sorted_indices(hits.len(), &|a, b| order(&hits[a], &hits[b]));
        places.into_iter().take(limit).map(|place| hits[place as usize]).collect()
    }
}

impl Entry {
    fn cost(&self, query_words: &[String], whole: &str) -> Option<u32> {
        let mut cost = 0;
        for word in query_words {
            let in_title = best(word, &self.title_words);
            let elsewhere = best(word, &self.other_words).map(|cost| cost + IN_OTHER_WORDS);
            cost += in_title.into_iter().chain(elsewhere).min()?;
        }
        Some(cost + if self.title.starts_with(whole) { 0 } else { NOT_AT_THE_START })
    }
}

fn entry(item: &CatalogueItem, popularity: u32) -> Entry {
    let title_words = words(&item.title);
    let year = item.year.map(|year| u32::from(year).to_string());
    let mut other_words = Vec::new();
    for texts in [&item.aka[..], &item.genres, year.as_slice()] {
        for text in texts {
            other_words.append(&mut words(text));
        }
    }
    // A leading article is not what people type first.
    let skip = usize::from(title_words.len() > 1 && ["the", "a", "an"].contains(&title_words[0].as_str()));
    Entry { title: title_words[skip..].join(" "), title_words, other_words, popularity }
}

fn best(word: &str, candidates: &[String]) -> Option<u32> {
    candidates.iter().filter_map(|candidate| word_cost(word, candidate)).min()
}

/// Whether two words of ASCII have too different letters to be `forgiven` slips away from each other: a slip brings at
/// most one new letter and takes at most one away. Nearly all words are, and telling so is quicker than the distance.
fn are_far(a: &str, b: &str, forgiven: usize) -> bool {
    let letters = |word: &str| word.bytes().fold(0u32, |letters, byte| letters | 1 << (byte & 31));
    a.is_ascii() && b.is_ascii() && (letters(a) ^ letters(b)).count_ones() as usize > 2 * forgiven
}

/// Whether `word` stands in `candidate`; words are short, so nothing clever pays.
fn is_inside(word: &str, candidate: &str) -> bool {
    candidate.as_bytes().windows(word.len()).any(|part| part == word.as_bytes())
}

/// What it costs to take `candidate` for the typed `word`; `None` when it cannot be meant.
fn word_cost(word: &str, candidate: &str) -> Option<u32> {
    if candidate == word {
        return Some(0);
    }
    if candidate.starts_with(word) {
        return Some(1);
    }
    if word.len() >= 3 && is_inside(word, candidate) {
        return Some(INSIDE_A_WORD);
    }
    // Short words are too like each other to forgive anything, and a year is meant as it stands.
    let (n_chars, n_candidate) = (word.chars().count(), candidate.chars().count());
    let forgiven = match n_chars {
        _ if word.bytes().all(|byte| byte.is_ascii_digit()) => return None,
        0..=3 => return None,
        4..=6 => 1,
        _ => 2,
    };
    // The word may be unfinished: compare with a beginning of the candidate too.
    let end = candidate.char_indices().nth(n_chars).map_or(candidate.len(), |(end, _)| end);
    let distance = |other: &str| (!are_far(word, other, forgiven)).then(|| osa_distance(word, other));
    let whole = if n_candidate.abs_diff(n_chars) <= forgiven { distance(candidate) } else { None };
    let slips = whole.into_iter().chain(candidate.get(..end).and_then(distance)).min()?;
    (slips <= forgiven).then_some(PER_SLIP * slips as u32)
}
