//! What the page knows and does: signals that the components read, and the actions behind their buttons.

use std::rc::Rc;

use futures_channel::oneshot;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{header, storage, text};
use crate::catalogue::{Catalogue, CatalogueItem, Search};
use crate::clock;
use crate::explorer::{PRESETS, Shelf, Taste, Trail, Vertex, Why};
use crate::gpu::StageTime;
use crate::ranking::Ranked;
use crate::recommender::{EngineChoice, EngineKind, Recommender};

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
    /// Resolves when the engine is chosen, where that takes longer than a visitor should wait.
    choosing: Option<oneshot::Receiver<()>>,
}

impl Opening {
    pub(crate) async fn new(core: Rc<Core>, choosing: Option<oneshot::Receiver<()>>) -> Self {
        let saved = storage::read().map(|saved| Shelf::from_saved(&saved, &core.recommender.bundle().item_ids));
        let is_starting_taste = saved.is_none();
        let first_taste = || core.presets.first().map(|(_, films)| films.clone()).unwrap_or_default();
        let shelf = saved.unwrap_or_else(|| Shelf::of_likes(first_taste()));
        let began = clock::now_ms();
        let ranked = core.recommender.recommend(&shelf.request(K)).await.unwrap_or_default();
        Self { milliseconds: clock::now_ms() - began, core, shelf, is_starting_taste, ranked, choosing }
    }
}

/// Whether the page offers to try the GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum GpuOffer {
    /// It would not help: the GPU answers, is not wanted, or cannot.
    #[default]
    Nothing,
    /// It has failed, and another attempt may not.
    Again,
    /// It is being tried.
    Trying,
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
    pub(crate) gpu_offer: RwSignal<GpuOffer>,
    pub(crate) latency: RwSignal<Option<f64>>,
    /// What the stages took on the GPU, once an engine; empty where nothing is known of it.
    pub(crate) stage_times: RwSignal<Vec<StageTime>>,
    pub(crate) announcement: RwSignal<String>,
    pub(crate) trail: RwSignal<Trail>,
    /// What the pointer or the keyboard is on; every view of it lights up.
    pub(crate) lit: RwSignal<Option<Vertex>>,
}

impl Session {
    /// A page that shows its first answer.
    pub(crate) fn start(opening: Opening) -> Self {
        let Opening { core, shelf, is_starting_taste, ranked, milliseconds, choosing } = opening;
        let rows = rows(&core, &shelf, &ranked, &[]);
        let session = Self {
            core: StoredValue::new_local(core),
            newest: StoredValue::new(0),
            shelf: RwSignal::new(shelf),
            is_starting_taste: RwSignal::new(is_starting_taste),
            rows: RwSignal::new(rows),
            n_answers: RwSignal::new(0),
            engine: RwSignal::default(),
            gpu_offer: RwSignal::default(),
            latency: RwSignal::new(Some(milliseconds)),
            stage_times: RwSignal::default(),
            announcement: RwSignal::default(),
            trail: RwSignal::default(),
            lit: RwSignal::new(None),
        };
        session.say_engine();
        session.settle_engine(choosing);
        session
    }

    /// What is left to do about the engine when the first answer is on screen.
    fn settle_engine(self, choosing: Option<oneshot::Receiver<()>>) {
        let core = self.core();
        spawn_local(async move {
            if let Some(choosing) = choosing {
                let _ = choosing.await;
                self.say_engine();
            }
            self.watch_engine();
            clock::idle().await;
            core.recommender.measure_software().await;
            self.say_engine();
            self.time_stages().await;
        });
    }

    /// Asks the GPU's clock about the stages of a request like the one that is shown.
    async fn time_stages(self) {
        let request = self.shelf.get_untracked().request(K);
        let times = self.core().recommender.stage_times(&request).await;
        // A shelf is never refused; see `ask`.
        self.stage_times.set(times.ok().flatten().unwrap_or_default());
    }

    /// Says it when the GPU fails, though nobody asks it anything.
    fn watch_engine(self) {
        let Some(engine) = self.core().recommender.engine() else { return };
        let failure = engine.gpu().failure();
        spawn_local(async move {
            failure.await;
            self.say_engine();
        });
    }

    /// Tries the GPU again, with a new device; the CPU answers meanwhile.
    pub(crate) fn try_gpu(self) {
        if self.gpu_offer.get_untracked() == GpuOffer::Trying {
            return;
        }
        self.gpu_offer.set(GpuOffer::Trying);
        self.announcement.set(text::TRYING_GPU.to_owned());
        let core = self.core();
        spawn_local(async move {
            let status = core.recommender.choose_engine(EngineChoice::WebGpu).await;
            if !status.can_try_gpu {
                header::hand_focus_on();
            }
            self.gpu_offer.set(GpuOffer::Nothing);
            self.say_engine();
            self.watch_engine();
            self.announcement.set(text::gpu_tried(status.kind == EngineKind::WebGpu, &status.reason));
            clock::idle().await;
            self.time_stages().await;
        });
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
        let began = clock::now_ms();
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
            let milliseconds = clock::now_ms() - began;
            // An answer that is not shown may still have been the one by which the GPU failed.
            let failure = self.say_engine();
            if self.newest.get_value() != question {
                return;
            }
            // A shelf holds each film once and only films of the catalogue, so a request cannot be refused.
            let ranked = answer.unwrap_or_default();
            let before = self.rows.get_untracked();
            let rows = rows(&core, &shelf, &ranked, &before);
            let titles: Vec<&str> = ranked.iter().map(|ranked| core.title(ranked.item_idx)).collect();
            let announcement = text::announcement(&titles);
            self.announcement.set(failure.map_or(announcement.clone(), |failure| format!("{failure} {announcement}")));
            self.latency.set(Some(milliseconds));
            self.n_answers.update(|n| *n = n.wrapping_add(1));
            self.rows.set(rows);
        });
    }

    /// Shows which engine answers and why. A failure that the page has not told yet is announced, and returned for
    /// what else there is to announce.
    fn say_engine(self) -> Option<String> {
        let core = self.core();
        let status = core.recommender.engine_status();
        let text = text::engine(status.kind.name(), &status.reason, core.engine_note.as_deref());
        if self.gpu_offer.get_untracked() != GpuOffer::Trying {
            let offer = if status.can_try_gpu { GpuOffer::Again } else { GpuOffer::Nothing };
            self.gpu_offer.maybe_update(|before| std::mem::replace(before, offer) != offer);
        }
        if self.engine.with_untracked(|engine| *engine == text) {
            return None;
        }
        self.engine.set(text);
        let failure = status.fault.is_some().then(|| text::gpu_failed(&status.reason));
        if let Some(failure) = &failure {
            self.announcement.set(failure.clone());
        }
        failure
    }
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
