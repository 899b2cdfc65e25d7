//! Which film of the catalogue a row means: by its id, else by its title and year, else by a title that is nearly so.

use strsim::osa_distance;

use super::read::{History, HistoryRow};
use super::report::{MatchReport, Outcome};
use super::titles::{Form, add_forms};
use crate::catalogue::Catalogue;
use crate::ranking::{reordered, sorted_indices};

/// The catalogue's titles in the form in which titles are compared. It is made once and kept.
#[derive(Debug, Clone)]
pub struct TitleIndex {
    /// All forms of all titles, by their length; ids and parts of titles, which have none, come first.
    keys: Vec<Key>,
    /// The same in the order of their text.
    by_text: Vec<u32>,
    n_items: usize,
}

/// One form of a film's title, or its id behind a `#`, which no form begins with.
#[derive(Debug, Clone)]
struct Key {
    form: Form,
    item_idx: u32,
    year: Option<u16>,
    sketch: Sketch,
}

/// What tells most titles that are far off without looking at them.
#[derive(Debug, Clone, Copy, Default)]
struct Sketch {
    n_letters: u32,
    /// A bit for each letter that it has, another for each that it has twice.
    letters: u64,
    /// A bit for each pair of neighbours, or for several pairs.
    pairs: u64,
}

/// A film that may be meant.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    item_idx: u32,
    /// 0 is the very title with the very year.
    cost: u32,
    /// Whether it is meant if nothing else is as near.
    is_sure: bool,
}

/// The most candidates that a visitor is asked about.
const MOST_CANDIDATES: usize = 5;

/// Costs of a candidate. A year that is one off outweighs how titles are written, and a part weighs more.
const PER_YEAR: u32 = 8;
/// Places differ by more than a year on some films, and two films of one title are seldom this near.
const MOST_YEARS: u16 = 3;
const NO_YEAR: u32 = 4 * PER_YEAR;
const PART: u32 = 12;
const OTHER_ARTICLE: u32 = 2;

impl TitleIndex {
    /// Prepares the titles of a catalogue.
    pub fn new(catalogue: &Catalogue) -> Self {
        let mut keys = Vec::new();
        let mut forms = Vec::new();
        for (item_idx, item) in (0u32..).zip(catalogue.items()) {
            forms.push(Form { key: id_key(&item.id), article: 0, cost: 0, is_part: true });
            add_forms(&item.title, 0, &mut forms);
            for title in &item.aka {
                add_forms(title, 1, &mut forms);
            }
            for form in forms.drain(..) {
                let sketch = if form.is_part { Sketch::default() } else { Sketch::of(&form.key) };
                keys.push(Key { form, item_idx, year: item.year, sketch });
            }
        }
        let order = sorted_indices(keys.len(), &|a, b| keys[a].sketch.n_letters.cmp(&keys[b].sketch.n_letters));
        let keys = reordered(keys, &order);
        let by_text = sorted_indices(keys.len(), &|a, b| keys[a].form.key.cmp(&keys[b].form.key));
        Self { keys, by_text, n_items: catalogue.items().len() }
    }

    /// What becomes of a row.
    fn outcome(&self, row: &HistoryRow) -> Outcome {
        let mut candidates = Vec::new();
        if let Some(id) = &row.id {
            // An id of another numbering may be that of any film, but hardly of the same year.
            self.add_equal(row, &Form { key: id_key(id), article: 0, cost: 0, is_part: false }, &mut candidates);
            if let [candidate] = candidates[..] {
                return Outcome::Matched(candidate.item_idx);
            }
        }
        let mut forms = Vec::new();
        if let Some(title) = &row.title {
            add_forms(title, 0, &mut forms);
        }
        if let Some(title) = &row.other_title {
            add_forms(title, 1, &mut forms);
        }
        for form in &forms {
            self.add_equal(row, form, &mut candidates);
        }
        if candidates.iter().all(|candidate| !candidate.is_sure) {
            for form in &forms {
                self.add_near(row, form, &mut candidates);
            }
        }
        decided(&candidates)
    }

    /// Adds the films that have a title of this form.
    fn add_equal(&self, row: &HistoryRow, form: &Form, candidates: &mut Vec<Candidate>) {
        let key_of = |key_idx: u32| &self.keys[key_idx as usize];
        let first = self.by_text.partition_point(|key_idx| key_of(*key_idx).form.key < form.key);
        for key_idx in &self.by_text[first..] {
            let key = key_of(*key_idx);
            if key.form.key != form.key {
                break;
            }
            let is_part = form.is_part || key.form.is_part;
            let Some(year_cost) = year_cost(row.year, key.year) else { continue };
            let is_same_article = form.article == key.form.article;
            // Two films of a series share a part; and a part says little without the year.
            let is_series = form.is_part && (key.form.is_part || year_cost == NO_YEAR);
            if is_series || is_part && is_another_year(year_cost) {
                continue;
            }
            let mut cost = year_cost + form.cost + key.form.cost;
            cost += if is_part { PART } else { 0 } + if is_same_article { 0 } else { OTHER_ARTICLE };
            let is_sure = match year_cost {
                0 => true,
                PER_YEAR => !is_part,
                NO_YEAR => !is_part && is_same_article,
                _ => false,
            };
            add(Candidate { item_idx: key.item_idx, cost, is_sure }, candidates);
        }
    }

    /// Adds the films that have a title a few slips away.
    fn add_near(&self, row: &HistoryRow, form: &Form, candidates: &mut Vec<Candidate>) {
        let sketch = Sketch::of(&form.key);
        let forgiven = match sketch.n_letters {
            _ if form.is_part => return,
            0..=4 => return,
            5..=8 => 1,
            9..=15 => 2,
            _ => 3,
        };
        let first = self.keys.partition_point(|key| key.sketch.n_letters + forgiven < sketch.n_letters);
        for key in &self.keys[first..] {
            if key.sketch.n_letters > sketch.n_letters + forgiven {
                break;
            }
            // A slip brings at most one letter and takes at most one away; two letters that change places are in three
            // pairs. Whatever differs in more is far off, and nearly all titles are.
            let n_letters = (key.sketch.letters ^ sketch.letters).count_ones();
            let n_pairs = (key.sketch.pairs ^ sketch.pairs).count_ones();
            if n_letters > 2 * forgiven || n_pairs > 6 * forgiven {
                continue;
            }
            let year_cost = year_cost(row.year, key.year).filter(|cost| !is_another_year(*cost));
            let Some(year_cost) = year_cost else { continue };
            // The second film of a series is no slip for the third.
            if !digits(&form.key).eq(digits(&key.form.key)) {
                continue;
            }
            let slips = osa_distance(&form.key, &key.form.key) as u32;
            if slips <= forgiven {
                // One slip in eight letters, of the very year, is a slip.
                let is_sure = year_cost == 0 && sketch.n_letters >= 8 * slips;
                add(Candidate { item_idx: key.item_idx, cost: slips * PER_YEAR + year_cost, is_sure }, candidates);
            }
        }
    }
}

impl Sketch {
    fn of(text: &str) -> Self {
        let (mut sketch, mut last) = (Self::default(), 0);
        for letter in text.chars().map(u32::from) {
            sketch.n_letters += 1;
            let bit = 1 << (letter & 31);
            // The upper half has the letters that are there already.
            sketch.letters |= if sketch.letters & bit == 0 { bit } else { bit << 32 };
            sketch.pairs |= 1 << ((31 * last + letter) & 63);
            last = letter & 63;
        }
        sketch
    }
}

fn id_key(id: &str) -> String {
    "#".to_owned() + id
}

/// What the years' difference costs; nothing when they tell two films apart.
fn year_cost(a: Option<u16>, b: Option<u16>) -> Option<u32> {
    match (a, b) {
        (Some(a), Some(b)) if a.abs_diff(b) > MOST_YEARS => None,
        (Some(a), Some(b)) => Some(PER_YEAR * u32::from(a.abs_diff(b))),
        _ => Some(NO_YEAR),
    }
}

/// Whether the years are known and more than one apart.
fn is_another_year(year_cost: u32) -> bool {
    year_cost > PER_YEAR && year_cost < NO_YEAR
}

fn digits(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().filter(u8::is_ascii_digit)
}

/// Puts a film in its place by cost, or what is cheaper of one that is there.
fn add(candidate: Candidate, candidates: &mut Vec<Candidate>) {
    if let Some(at) = candidates.iter().position(|other| other.item_idx == candidate.item_idx) {
        if candidates[at].cost <= candidate.cost {
            return;
        }
        candidates.remove(at);
    }
    let place = candidates.partition_point(|other| other.cost <= candidate.cost);
    candidates.insert(place, candidate);
}

fn decided(candidates: &[Candidate]) -> Outcome {
    match candidates {
        [] => Outcome::Unmatched,
        [best] if best.is_sure => Outcome::Matched(best.item_idx),
        [best, next, ..] if best.is_sure && next.cost > best.cost => Outcome::Matched(best.item_idx),
        _ => Outcome::Ambiguous(candidates.iter().take(MOST_CANDIDATES).map(|candidate| candidate.item_idx).collect()),
    }
}

/// How far a matcher is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows that are done.
    pub n_done: usize,
    /// Rows that there are.
    pub n_rows: usize,
}

impl Progress {
    /// Whether no row is left.
    pub fn is_done(self) -> bool {
        self.n_done == self.n_rows
    }
}

/// Finds the films of a history, some rows at a time.
#[derive(Debug, Clone)]
pub struct Matcher {
    history: History,
    outcomes: Vec<Outcome>,
    /// How many items the catalogue has, once it has been used.
    n_items: usize,
}

impl Matcher {
    /// Nothing done yet.
    pub fn new(history: History) -> Self {
        Self { outcomes: Vec::with_capacity(history.rows.len()), history, n_items: 0 }
    }

    /// What is being matched.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Does the next `n_rows` rows.
    pub fn step(&mut self, index: &TitleIndex, n_rows: usize) -> Progress {
        self.n_items = index.n_items;
        for row in self.history.rows.iter().skip(self.outcomes.len()).take(n_rows) {
            self.outcomes.push(index.outcome(row));
        }
        Progress { n_done: self.outcomes.len(), n_rows: self.history.rows.len() }
    }

    /// The report; rows that were not done count as unmatched.
    pub fn finish(self) -> MatchReport {
        MatchReport::new(self.history, self.outcomes, self.n_items)
    }
}
