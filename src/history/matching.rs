//! Which film of the catalogue a row means: by its id, else by its title and year, else by a title that is nearly so.

use strsim::osa_distance;

use super::read::{History, HistoryRow, Source};
use super::report::{MatchReport, Outcome};
use super::titles::{Form, add_forms};
use crate::catalogue::Catalogue;
use crate::ranking::{reordered, sorted_indices};

/// The catalogue's titles in the forms in which titles are compared. It is made once and kept.
#[derive(Debug, Clone)]
pub struct TitleIndex {
    /// By their form's key.
    keys: Vec<Key>,
    /// Those that are no parts of titles, by their length.
    wholes: Vec<Whole>,
    /// By item.
    years: Vec<Option<u16>>,
    ids: Vec<String>,
    /// Items by their id.
    by_id: Vec<u32>,
}

#[derive(Debug, Clone)]
struct Key {
    form: Form,
    item_idx: u32,
}

/// What tells most titles that are far off without looking at them.
#[derive(Debug, Clone, Copy)]
struct Whole {
    n_letters: u32,
    key_idx: u32,
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
        let items = catalogue.items();
        let mut keys = Vec::new();
        for (item_idx, item) in (0u32..).zip(items) {
            let mut forms = Vec::new();
            add_forms(&item.title, 0, &mut forms);
            item.aka.iter().for_each(|title| add_forms(title, 1, &mut forms));
            keys.extend(forms.into_iter().map(|form| Key { form, item_idx }));
        }
        let order = sorted_indices(keys.len(), &|a, b| keys[a].form.key.cmp(&keys[b].form.key));
        let keys = reordered(keys, &order);
        let wholes = (0u32..).zip(&keys).filter(|(_, key)| !key.form.is_part);
        let wholes: Vec<Whole> = wholes.map(|(key_idx, key)| Whole::of(&key.form.key, key_idx)).collect();
        let order = sorted_indices(wholes.len(), &|a, b| wholes[a].n_letters.cmp(&wholes[b].n_letters));
        Self {
            keys,
            wholes: reordered(wholes, &order),
            years: items.iter().map(|item| item.year).collect(),
            ids: items.iter().map(|item| item.id.clone()).collect(),
            by_id: sorted_indices(items.len(), &|a, b| items[a].id.cmp(&items[b].id)),
        }
    }

    /// What becomes of a row.
    fn outcome(&self, row: &HistoryRow, source: Source) -> Outcome {
        if let Some(item_idx) = row.id.as_deref().filter(|_| source == Source::MovieLens).and_then(|id| self.by_id(id))
        {
            // An id of another numbering may be that of any film.
            if self.year_cost(row, item_idx).is_some() {
                return Outcome::Matched(item_idx);
            }
        }
        let mut forms = Vec::new();
        for (cost, title) in [&row.title, &row.other_title].into_iter().enumerate() {
            title.iter().for_each(|title| add_forms(title, cost as u32, &mut forms));
        }
        let mut candidates = Vec::new();
        forms.iter().for_each(|form| self.add_equal(row, form, &mut candidates));
        if candidates.is_empty() {
            let wholes = forms.iter().filter(|form| !form.is_part);
            wholes.for_each(|form| self.add_near(row, &form.key, &mut candidates));
        }
        decided(&candidates)
    }

    fn by_id(&self, id: &str) -> Option<u32> {
        let id_of = |item_idx: &u32| self.ids[*item_idx as usize].as_str();
        let place = self.by_id.partition_point(|item_idx| id_of(item_idx) < id);
        self.by_id.get(place).copied().filter(|item_idx| id_of(item_idx) == id)
    }

    /// What the years' difference costs; nothing when they tell two films apart.
    fn year_cost(&self, row: &HistoryRow, item_idx: u32) -> Option<u32> {
        match (row.year, self.years[item_idx as usize]) {
            (Some(a), Some(b)) if a.abs_diff(b) > MOST_YEARS => None,
            (Some(a), Some(b)) => Some(PER_YEAR * u32::from(a.abs_diff(b))),
            _ => Some(NO_YEAR),
        }
    }

    /// Adds the films that have a title of this form.
    fn add_equal(&self, row: &HistoryRow, form: &Form, candidates: &mut Vec<Candidate>) {
        let first = self.keys.partition_point(|key| key.form.key < form.key);
        for key in self.keys[first..].iter().take_while(|key| key.form.key == form.key) {
            let is_part = form.is_part || key.form.is_part;
            let Some(year_cost) = self.year_cost(row, key.item_idx) else { continue };
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
    fn add_near(&self, row: &HistoryRow, text: &str, candidates: &mut Vec<Candidate>) {
        let whole = Whole::of(text, 0);
        let forgiven = match whole.n_letters {
            0..=4 => return,
            5..=8 => 1,
            9..=15 => 2,
            _ => 3,
        };
        let first = self.wholes.partition_point(|other| other.n_letters + forgiven < whole.n_letters);
        for other in &self.wholes[first..] {
            if other.n_letters > whole.n_letters + forgiven {
                break;
            }
            // A slip brings at most one letter and takes at most one away; two letters that change places are in three
            // pairs. Whatever differs in more is far off, and nearly all titles are.
            let differ_in = |a: u64, b: u64| (a ^ b).count_ones();
            if differ_in(other.letters, whole.letters) > 2 * forgiven
                || differ_in(other.pairs, whole.pairs) > 6 * forgiven
            {
                continue;
            }
            let key = &self.keys[other.key_idx as usize];
            let Some(year_cost) = self.year_cost(row, key.item_idx).filter(|cost| !is_another_year(*cost)) else {
                continue;
            };
            // The second film of a series is no slip for the third.
            if !digits(text).eq(digits(&key.form.key)) {
                continue;
            }
            let slips = osa_distance(text, &key.form.key) as u32;
            if slips <= forgiven {
                // One slip in eight letters, of the very year, is a slip.
                let is_sure = year_cost == 0 && whole.n_letters >= 8 * slips;
                add(Candidate { item_idx: key.item_idx, cost: slips * PER_YEAR + year_cost, is_sure }, candidates);
            }
        }
    }
}

/// Whether the years are known and more than one apart.
fn is_another_year(year_cost: u32) -> bool {
    year_cost > PER_YEAR && year_cost < NO_YEAR
}

impl Whole {
    fn of(text: &str, key_idx: u32) -> Self {
        let mut whole = Self { n_letters: 0, key_idx, letters: 0, pairs: 0 };
        let mut last = 0;
        for letter in text.chars().map(u32::from) {
            whole.n_letters += 1;
            let bit = 1 << (letter & 31);
            // The upper half has the letters that are there already.
            whole.letters |= if whole.letters & bit == 0 { bit } else { bit << 32 };
            whole.pairs |= 1 << ((31 * last + letter) & 63);
            last = letter & 63;
        }
        whole
    }
}

fn digits(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().filter(u8::is_ascii_digit)
}

/// Adds a film, or what is cheaper of one that is there.
fn add(candidate: Candidate, candidates: &mut Vec<Candidate>) {
    match candidates.iter_mut().find(|other| other.item_idx == candidate.item_idx) {
        Some(other) if other.cost <= candidate.cost => {}
        Some(other) => *other = candidate,
        None => candidates.push(candidate),
    }
}

fn decided(candidates: &[Candidate]) -> Outcome {
    let order = sorted_indices(candidates.len(), &|a, b| candidates[a].cost.cmp(&candidates[b].cost));
    let at = |place: usize| order.get(place).map(|at| candidates[*at as usize]);
    match (at(0), at(1)) {
        (None, _) => Outcome::Unmatched,
        (Some(best), next) if best.is_sure && next.is_none_or(|next| next.cost > best.cost) => {
            Outcome::Matched(best.item_idx)
        }
        _ => Outcome::Ambiguous((0..MOST_CANDIDATES).map_while(at).map(|candidate| candidate.item_idx).collect()),
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
}

impl Matcher {
    /// Nothing done yet.
    pub fn new(history: History) -> Self {
        Self { outcomes: Vec::with_capacity(history.rows.len()), history }
    }

    /// What is being matched.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Does the next `n_rows` rows.
    pub fn step(&mut self, index: &TitleIndex, n_rows: usize) -> Progress {
        let rows = self.history.rows.iter().skip(self.outcomes.len()).take(n_rows);
        self.outcomes.extend(rows.map(|row| index.outcome(row, self.history.source)));
        Progress { n_done: self.outcomes.len(), n_rows: self.history.rows.len() }
    }

    /// The report; rows that were not done count as unmatched.
    pub fn finish(self) -> MatchReport {
        MatchReport::new(self.history, self.outcomes)
    }
}
