//! What the page knows and does: signals that the components read, and the actions behind their buttons.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{storage, text};
use crate::catalogue::{Catalogue, CatalogueItem, Search};
use crate::explorer::{PRESETS, Shelf, Taste, Trail, Vertex, Why};
use crate::ranking::Ranked;
use crate::recommender::Recommender;

/// How many films are recommended.
pub(crate) const K: usize = 10;

/// What was loaded and never changes.
pub(crate) struct Core {
    pub(crate) recommender: Recommender,
    pub(crate) catalogue: Catalogue,
    pub(crate) search: Search,
    /// The tastes to start from that have films here.
    pub(crate) presets: Vec<(&'static str, Vec<u32>)>,
    /// Something to say about the engine that was asked for.
    pub(crate) engine_note: Option<String>,
}

impl Core {
    pub(crate) fn new(recommender: Recommender, catalogue: Catalogue, engine_note: Option<String>) -> Self {
        let search = Search::new(&catalogue, &recommender.incidence().hyperedge_degrees());
        let presets = PRESETS.iter().map(|preset| (preset.name, preset.find(&catalogue)));
        let presets = presets.filter(|(_, films)| !films.is_empty()).collect();
        Self { recommender, catalogue, search, presets, engine_note }
    }

    pub(crate) fn item(&self, item_idx: u32) -> CatalogueItem {
        self.catalogue.item(item_idx).cloned().unwrap_or_default()
    }

    pub(crate) fn title(&self, item_idx: u32) -> &str {
        self.catalogue.item(item_idx).map_or("", |item| &item.title)
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
}

/// One row of the list of recommendations.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) ranked: Ranked,
    pub(crate) item: CatalogueItem,
    pub(crate) why: Option<String>,
    /// Length of the score's bar, 0 to 1.
    pub(crate) bar: f32,
    /// How many places it stood lower (or, negative, higher) in the answer before; `None` if it was not there.
    pub(crate) moved: Option<i32>,
}

/// What the page opens with: the stored shelf or a starting taste, already answered.
pub(crate) struct Opening {
    core: Rc<Core>,
    shelf: Shelf,
    is_starting_taste: bool,
    ranked: Vec<Ranked>,
    milliseconds: f64,
}

impl Opening {
    pub(crate) async fn new(core: Core) -> Self {
        let saved = storage::read().map(|saved| Shelf::from_saved(&saved, &core.recommender.bundle().item_ids));
        let is_starting_taste = saved.is_none();
        let first_taste = || core.presets.first().map(|(_, films)| films.clone()).unwrap_or_default();
        let shelf = saved.unwrap_or_else(|| Shelf::of_likes(first_taste()));
        let began = now();
        let ranked = core.recommender.recommend(&shelf.request(K)).await.unwrap_or_default();
        Self { milliseconds: now() - began, core: Rc::new(core), shelf, is_starting_taste, ranked }
    }
}

/// The state of the page; copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    core: StoredValue<Rc<Core>, LocalStorage>,
    newest: StoredValue<u32>,
    pub(crate) shelf: RwSignal<Shelf>,
    /// Whether the shelf is still the one that a first visit starts with.
    pub(crate) is_starting_taste: RwSignal<bool>,
    pub(crate) rows: RwSignal<Vec<Row>>,
    /// Counts the answers, so that a drawing can tell a new one.
    pub(crate) n_answers: RwSignal<u32>,
    pub(crate) engine: RwSignal<String>,
    pub(crate) latency: RwSignal<Option<f64>>,
    pub(crate) announcement: RwSignal<String>,
    pub(crate) trail: RwSignal<Trail>,
    /// What the pointer or the keyboard is on; every view of it lights up.
    pub(crate) lit: RwSignal<Option<Vertex>>,
}

impl Session {
    /// A page that shows its first answer.
    pub(crate) fn start(opening: Opening) -> Self {
        let Opening { core, shelf, is_starting_taste, ranked, milliseconds } = opening;
        let rows = rows(&core, &shelf, &ranked, &[]);
        let session = Self {
            core: StoredValue::new_local(core),
            newest: StoredValue::new(0),
            shelf: RwSignal::new(shelf),
            is_starting_taste: RwSignal::new(is_starting_taste),
            rows: RwSignal::new(rows),
            n_answers: RwSignal::new(0),
            engine: RwSignal::default(),
            latency: RwSignal::new(Some(milliseconds)),
            announcement: RwSignal::default(),
            trail: RwSignal::default(),
            lit: RwSignal::new(None),
        };
        session.say_engine();
        session
    }

    pub(crate) fn core(self) -> Rc<Core> {
        self.core.get_value()
    }

    pub(crate) fn set_taste(self, item_idx: u32, taste: Taste) {
        self.edit(|shelf| shelf.set(item_idx, taste));
    }

    pub(crate) fn toggle(self, item_idx: u32) {
        self.edit(|shelf| shelf.toggle(item_idx));
    }

    pub(crate) fn remove(self, item_idx: u32) {
        self.edit(|shelf| shelf.remove(item_idx));
    }

    pub(crate) fn reset(self) {
        self.edit(|shelf| *shelf = Shelf::default());
    }

    pub(crate) fn use_preset(self, films: &[u32]) {
        self.edit(|shelf| *shelf = Shelf::of_likes(films.iter().copied()));
    }

    /// Moves something into the centre of the drawing.
    pub(crate) fn look_at(self, vertex: Vertex) {
        self.lit.set(None);
        self.trail.update(|trail| trail.go(vertex));
    }

    /// What stands in the centre of the drawing.
    pub(crate) fn focus(self) -> Vertex {
        let best = self.rows.with(|rows| rows.first().map(|row| row.ranked.item_idx));
        self.trail.with(|trail| trail.focus(best))
    }

    /// Changes the shelf, asks anew and stores it.
    fn edit(self, change: impl FnOnce(&mut Shelf)) {
        let began = now();
        let mut shelf = self.shelf.get_untracked();
        change(&mut shelf);
        // The question first: the page redraws the shelf while the model works.
        self.ask(began, shelf.clone());
        let core = self.core();
        storage::write(&shelf.to_saved(&core.recommender.bundle().item_ids));
        self.shelf.set(shelf);
        self.is_starting_taste.set(false);
    }

    /// Asks the model; an answer that a newer question has overtaken is dropped.
    fn ask(self, began: f64, shelf: Shelf) {
        let question = self.newest.get_value().wrapping_add(1);
        self.newest.set_value(question);
        let core = self.core();
        spawn_local(async move {
            let answer = core.recommender.recommend(&shelf.request(K)).await;
            let milliseconds = now() - began;
            if self.newest.get_value() != question {
                return;
            }
            // A shelf holds each film once and only films of the catalogue, so a request cannot be refused.
            let ranked = answer.unwrap_or_default();
            let before = self.rows.get_untracked();
            let rows = rows(&core, &shelf, &ranked, &before);
            let titles: Vec<&str> = ranked.iter().map(|ranked| core.title(ranked.item_idx)).collect();
            self.announcement.set(text::announcement(&titles));
            self.latency.set(Some(milliseconds));
            self.n_answers.update(|n| *n = n.wrapping_add(1));
            self.rows.set(rows);
            self.say_engine();
        });
    }

    fn say_engine(self) {
        let core = self.core();
        let status = core.recommender.engine_status();
        let text = text::engine(status.kind.name(), &status.reason, core.engine_note.as_deref());
        if self.engine.with_untracked(|engine| *engine != text) {
            self.engine.set(text);
        }
    }
}

/// Milliseconds since the page was opened.
fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

fn rows(core: &Core, shelf: &Shelf, ranked: &[Ranked], before: &[Row]) -> Vec<Row> {
    let best = ranked.first().map_or(0.0, |ranked| ranked.score);
    let last = ranked.last().map_or(0.0, |ranked| ranked.score);
    // Bars start at 0 where that shows a difference, and else a little below the last of the list.
    let from = if last > 0.0 && last < 0.9 * best { 0.0 } else { last - 0.25 * (best - last) };
    let scale = if best > from { best - from } else { 1.0 };
    let row = |(place, &ranked): (usize, &Ranked)| Row {
        ranked,
        item: core.item(ranked.item_idx),
        why: why(core, shelf, ranked.item_idx),
        bar: ((ranked.score - from) / scale).clamp(0.0, 1.0),
        moved: before
            .iter()
            .position(|row| row.ranked.item_idx == ranked.item_idx)
            .map(|place_before| place_before as i32 - place as i32),
    };
    ranked.iter().enumerate().map(row).collect()
}

/// The reason in words; none when there is nothing on the shelf.
fn why(core: &Core, shelf: &Shelf, item_idx: u32) -> Option<String> {
    let contributions = core.recommender.explain(&shelf.request(K), item_idx).ok()?;
    if contributions.is_empty() {
        return None;
    }
    let why = Why::of(&contributions);
    let with_taste = |taste: Taste| -> Vec<&str> {
        let pulls = why.pulls.iter().filter(|(item_idx, _)| shelf.taste_of(*item_idx) == Some(taste));
        pulls.map(|(item_idx, _)| core.title(*item_idx)).collect()
    };
    let held_down_by = why.pushes.first().map(|(item_idx, _)| core.title(*item_idx));
    Some(text::because(&with_taste(Taste::Liked), &with_taste(Taste::Disliked), held_down_by))
}
