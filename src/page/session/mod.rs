//! What the page knows and does: signals that the components read, and the actions behind their buttons.

mod core;
mod engine;
mod place;
mod rows;

pub(crate) use core::Core;
pub(crate) use engine::GpuOffer;
pub(crate) use place::{Origin, replace_address};
pub(crate) use rows::Row;

use std::rc::Rc;
use std::time::Duration;

use futures_channel::oneshot;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::File;

use super::explore::{ExplorerFile, Models};
use super::later::{self, Later};
use super::text;
use crate::catalogue::Filter;
use crate::clock;
use crate::explorer::{Explore, N_AT_A_TIME, Shelf, Taste, Trail, Undo, Vertex, View};
use crate::gpu::StageTime;
use crate::ranking::ItemMask;
use crate::recommender::Diverse;
use crate::student::{MAX_K, Request};

/// How long a notice stays.
const NOTICE: Duration = Duration::from_secs(7);

/// What the page opens with, already answered.
pub(crate) struct Opening {
    core: Rc<Core>,
    start: place::Start,
    answer: Diverse,
    milliseconds: f64,
    /// Resolves when the engine is chosen, where that takes longer than a visitor should wait.
    choosing: Option<oneshot::Receiver<()>>,
}

impl Opening {
    pub(crate) async fn new(core: Rc<Core>, choosing: Option<oneshot::Receiver<()>>) -> Self {
        let start = place::start(&core);
        let began = clock::now_ms();
        let mask = core.mask(&start.view.filter);
        let request = request(&core, &start.shelf, &start.view, mask);
        let answer = ask(&core, &request, &start.view).await;
        Self { milliseconds: clock::now_ms() - began, core, start, answer, choosing }
    }
}

/// The state of the page; copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    core: StoredValue<Rc<Core>, LocalStorage>,
    /// The number of the last question, and of the last whose answer was shown.
    newest: StoredValue<u32>,
    shown: StoredValue<u32>,
    /// How the GPU failed while a question was open: the announcement of its answer, which comes at once, says it again.
    failure: StoredValue<Option<String>>,
    /// The films that pass the filter that stands beside them.
    mask: StoredValue<(Filter, Option<ItemMask>)>,
    /// Whether the address is about to be brought up to date.
    address_waits: StoredValue<bool>,
    pub(crate) shelf: RwSignal<Shelf>,
    pub(crate) undo: RwSignal<Undo>,
    /// Whose shelf it is.
    pub(crate) origin: RwSignal<Origin>,
    /// Filters, sliders and length; the centre stands in the trail.
    pub(crate) view: RwSignal<View>,
    pub(crate) rows: RwSignal<Vec<Row>>,
    /// How alike the films of the list are, without diversity and with it.
    pub(crate) likeness: RwSignal<(f32, f32)>,
    /// Counts the answers, so that a drawing can tell a new one.
    pub(crate) n_answers: RwSignal<u32>,
    pub(crate) engine: RwSignal<String>,
    pub(crate) gpu_offer: RwSignal<GpuOffer>,
    pub(crate) latency: RwSignal<Option<f64>>,
    /// What the stages took on the GPU, once an engine; empty where nothing is known of it.
    pub(crate) stage_times: RwSignal<Vec<StageTime>>,
    pub(crate) announcement: RwSignal<String>,
    /// Something that has happened, for a few seconds.
    pub(crate) notice: RwSignal<String>,
    n_notices: StoredValue<u32>,
    pub(crate) trail: RwSignal<Trail>,
    /// The views beside list and hypergraph.
    pub(crate) explore: RwSignal<Explore>,
    /// The second part of the program.
    pub(crate) later: RwSignal<Later, LocalStorage>,
    /// The explorer's own file.
    pub(crate) explorer: RwSignal<ExplorerFile, LocalStorage>,
    /// The teacher and the student without one, once a view has asked for them.
    pub(crate) models: RwSignal<Option<Rc<Models>>, LocalStorage>,
    pub(crate) are_models_wanted: StoredValue<bool>,
    /// What the pointer or the keyboard is on; every view of it lights up.
    pub(crate) lit: RwSignal<Option<Vertex>>,
    /// The recommendation whose details are open.
    pub(crate) opened: RwSignal<Option<u32>>,
    /// Whether the dialog for the visitor's own history is open.
    pub(crate) is_importing: RwSignal<bool>,
    /// A file that was dropped on the page, until that dialog takes it.
    pub(crate) dropped: StoredValue<Option<File>, LocalStorage>,
}

impl Session {
    /// A page that shows its first answer.
    pub(crate) fn start(opening: Opening) -> Self {
        let Opening { core, start, answer, milliseconds, choosing } = opening;
        let place::Start { shelf, view, explore, origin, complaint } = start;
        let rows = rows::rows(&core, &shelf, &answer.ranked, &[]);
        let mut trail = Trail::default();
        if let Some(centre) = view.centre.as_ref().and_then(|centre| core.vertex(centre)) {
            trail.go(centre);
        }
        let session = Self {
            mask: StoredValue::new((view.filter.clone(), core.mask(&view.filter))),
            core: StoredValue::new_local(core),
            newest: StoredValue::new(0),
            shown: StoredValue::new(0),
            failure: StoredValue::new(None),
            address_waits: StoredValue::new(false),
            shelf: RwSignal::new(shelf),
            undo: RwSignal::default(),
            origin: RwSignal::new(origin),
            view: RwSignal::new(view),
            rows: RwSignal::new(rows),
            likeness: RwSignal::new((answer.before, answer.after)),
            n_answers: RwSignal::new(0),
            engine: RwSignal::default(),
            gpu_offer: RwSignal::default(),
            latency: RwSignal::new(Some(milliseconds)),
            stage_times: RwSignal::default(),
            announcement: RwSignal::default(),
            notice: RwSignal::default(),
            n_notices: StoredValue::new(0),
            trail: RwSignal::new(trail),
            explore: RwSignal::new(explore),
            later: RwSignal::new_local(Later::Waiting),
            explorer: RwSignal::new_local(ExplorerFile::Waiting),
            models: RwSignal::new_local(None),
            are_models_wanted: StoredValue::new(false),
            lit: RwSignal::new(None),
            opened: RwSignal::new(None),
            is_importing: RwSignal::new(false),
            dropped: StoredValue::new_local(None),
        };
        if let Some(complaint) = complaint {
            session.say(complaint);
        }
        session.explain_later();
        session.say_engine();
        session.settle_engine(choosing);
        session.follow_links();
        spawn_local(later::load(session));
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

    /// Takes the last change of the shelf back.
    pub(crate) fn take_back(self) {
        let mut before = None;
        self.undo.update(|undo| before = undo.take());
        if let Some(shelf) = before {
            self.put(shelf);
            self.say(text::UNDONE.to_owned());
        }
    }

    /// Moves something into the centre of the drawing.
    pub(crate) fn look_at(self, vertex: Vertex) {
        self.walk(|trail| trail.go(vertex));
    }

    /// Another centre. What was opened around the one before was of that.
    pub(crate) fn walk(self, step: impl FnOnce(&mut Trail)) {
        self.lit.set(None);
        self.explore.maybe_update(|explore| {
            let opened = &mut explore.hypergraph.expanded;
            let is_other = !opened.is_empty();
            opened.clear();
            is_other
        });
        self.trail.update(step);
        self.update_address();
    }

    /// What stands in the centre of the drawing.
    pub(crate) fn focus(self) -> Vertex {
        let best = self.rows.with(|rows| rows.first().map(|row| row.ranked.item_idx));
        self.trail.with(|trail| trail.focus(best))
    }

    /// Changes filters or sliders, and asks anew.
    pub(crate) fn tune(self, change: impl FnOnce(&mut View)) {
        self.view.update(|view| {
            change(view);
            view.n_shown = N_AT_A_TIME;
        });
        self.ask();
        self.update_address();
    }

    /// Changes what is looked at beside the list.
    pub(crate) fn explore(self, change: impl FnOnce(&mut Explore)) {
        self.explore.update(change);
        self.update_address();
    }

    /// Shows ten more.
    pub(crate) fn show_more(self) {
        self.view.update(|view| view.n_shown = (view.n_shown + N_AT_A_TIME).min(MAX_K));
        self.ask();
        self.update_address();
    }

    /// Says something for a few seconds, to the eye and to screen readers.
    pub(crate) fn say(self, notice: String) {
        let number = self.n_notices.get_value().wrapping_add(1);
        self.n_notices.set_value(number);
        self.notice.set(notice);
        set_timeout(
            move || {
                if self.n_notices.get_value() == number {
                    self.notice.set(String::new());
                }
            },
            NOTICE,
        );
    }

    /// Changes the shelf so that it can be undone, asks anew and stores it.
    pub(crate) fn edit(self, change: impl FnOnce(&mut Shelf)) {
        let before = self.shelf.get_untracked();
        let mut shelf = before.clone();
        change(&mut shelf);
        if shelf == before {
            return;
        }
        self.undo.update(|undo| undo.remember(before));
        self.put(shelf);
    }

    fn put(self, shelf: Shelf) {
        let began = clock::now_ms();
        // The question first: the page redraws the shelf while the model works.
        self.send(self.request_of(&shelf), began);
        self.shelf.set(shelf);
        self.store();
        self.update_address();
    }

    /// The question to the model: shelf and view as they are now.
    pub(super) fn request(self) -> Request {
        self.shelf.with_untracked(|shelf| self.request_of(shelf))
    }

    fn request_of(self, shelf: &Shelf) -> Request {
        let core = self.core();
        let view = self.view.get_untracked();
        if self.mask.with_value(|(filter, _)| *filter != view.filter) {
            self.mask.set_value((view.filter.clone(), core.mask(&view.filter)));
        }
        let mask = self.mask.with_value(|(_, mask)| mask.clone());
        request(&core, shelf, &view, mask)
    }

    /// Asks about shelf and view as they are now.
    pub(super) fn ask(self) {
        let began = clock::now_ms();
        self.send(self.request(), began);
    }

    /// Asks the model; an answer that a newer question has overtaken is dropped.
    fn send(self, request: Request, began: f64) {
        let question = self.newest.get_value().wrapping_add(1);
        if self.shown.get_value() == self.newest.get_value() {
            self.failure.set_value(None);
        }
        self.newest.set_value(question);
        let core = self.core();
        let view = self.view.get_untracked();
        spawn_local(async move {
            let answer = ask(&core, &request, &view).await;
            let milliseconds = clock::now_ms() - began;
            // An answer that is not shown may still have been the one by which the GPU failed.
            self.say_engine();
            if self.newest.get_value() != question {
                return;
            }
            self.shown.set_value(question);
            let failure = self.failure.try_update_value(Option::take).flatten();
            let rows = self.rows.with_untracked(|before| {
                self.shelf.with_untracked(|shelf| rows::rows(&core, shelf, &answer.ranked, before))
            });
            let titles: Vec<&str> = answer.ranked.iter().map(|ranked| core.title(ranked.item_idx)).collect();
            let announcement = text::announcement(&titles);
            self.announcement.set(failure.map_or(announcement.clone(), |failure| format!("{failure} {announcement}")));
            self.latency.set(Some(milliseconds));
            self.likeness.set((answer.before, answer.after));
            self.n_answers.update(|n| *n = n.wrapping_add(1));
            self.rows.set(rows);
            self.explain_later();
        });
    }

    /// Writes the explanations of a long shelf into the rows that are shown, one after the other.
    fn explain_later(self) {
        let n_rows = self.rows.with_untracked(Vec::len);
        if self.shelf.with_untracked(|shelf| rows::are_explained_at_once(shelf, n_rows)) {
            return;
        }
        let (core, question) = (self.core(), self.newest.get_value());
        spawn_local(async move {
            let mut whys = Vec::new();
            for place in 0..n_rows {
                clock::breathe().await;
                if self.newest.get_value() != question {
                    return;
                }
                let item_idx = self.rows.with_untracked(|rows| rows.get(place).map(|row| row.ranked.item_idx));
                let why = |item_idx| self.shelf.with_untracked(|shelf| rows::why(&core, shelf, item_idx));
                whys.push(item_idx.and_then(why));
            }
            self.rows.update(|rows| {
                for (row, why) in rows.iter_mut().zip(whys) {
                    (row.why, row.moved) = (why, Some(0));
                }
            });
        });
    }
}

fn request(core: &Core, shelf: &Shelf, view: &View, only: Option<ItemMask>) -> Request {
    let novelty = core.recommender.novelty_of(f32::from(view.novelty) / 100.0);
    Request { only, novelty, ..shelf.request(view.n_shown) }
}

/// A shelf holds each film once and only films of the catalogue, so a request cannot be refused.
async fn ask(core: &Core, request: &Request, view: &View) -> Diverse {
    let diversity = f32::from(view.diversity) / 100.0;
    let refused = Diverse { ranked: Vec::new(), before: 0.0, after: 0.0 };
    core.recommender.recommend_diverse(request, diversity).await.unwrap_or(refused)
}
