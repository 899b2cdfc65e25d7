//! Play, pause, step, slow motion, scrub.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::web_sys::KeyboardEvent;
use wasm_bindgen::JsCast;

use super::{Scene, Step};
use crate::page::dom::{El, button, el, value_of};
use crate::page::icons;
use crate::page::session::Session;
use crate::page::text::propagation as text;

/// How long a step stays while it plays.
const STEP: Duration = Duration::from_millis(3200);
const SLOW_STEP: Duration = Duration::from_millis(8000);

/// Where the view stands; copies share it.
#[derive(Clone, Copy)]
pub(super) struct Player {
    pub(super) session: Session,
    pub(super) scene: Memo<Option<Arc<Scene>>>,
    /// The step on screen.
    pub(super) place: Memo<usize>,
    /// The cell whose arithmetic is written out: row and column.
    pub(super) cell: Memo<(usize, usize)>,
    is_playing: RwSignal<bool>,
    pub(super) is_slow: RwSignal<bool>,
    /// Steps taken, so that an animation can start again.
    pub(super) turn: RwSignal<u32>,
    /// The cell that the pointer is on.
    pub(super) pointed: RwSignal<Option<(usize, usize)>>,
    /// Counts what was started, so that only the last goes on.
    round: StoredValue<u32>,
}

impl Player {
    pub(super) fn new(session: Session, scene: Memo<Option<Arc<Scene>>>) -> Self {
        let n_steps = move || scene.with(|scene| scene.as_ref().map_or(0, |scene| scene.trace.steps.len()));
        let place = Memo::new(move |_| {
            let step = session.explore.with(|explore| usize::from(explore.propagation.step));
            step.min(n_steps().saturating_sub(1))
        });
        let cell = Memo::new(move |_| {
            let chosen = session.explore.with(|explore| explore.propagation.cell);
            scene.with(|scene| scene.as_ref().map_or((0, 0), |scene| cell(scene, place.get(), chosen)))
        });
        Self {
            session,
            scene,
            place,
            cell,
            is_playing: RwSignal::new(false),
            is_slow: RwSignal::new(false),
            turn: RwSignal::new(0),
            pointed: RwSignal::new(None),
            round: StoredValue::new(0),
        }
    }

    pub(super) fn n_steps(self) -> usize {
        self.scene.with(|scene| scene.as_ref().map_or(0, |scene| scene.trace.steps.len()))
    }

    fn go(self, to: usize) {
        if to < untrack(|| self.n_steps()) && to != self.place.get_untracked() {
            self.pointed.set(None);
            self.turn.update(|turn| *turn = turn.wrapping_add(1));
            self.session.explore(|explore| explore.propagation.step = to as u16);
        }
    }

    fn is_at_end(self) -> bool {
        self.place.get() + 1 >= self.n_steps()
    }

    fn back(self) {
        self.is_playing.set(false);
        self.go(self.place.get_untracked().saturating_sub(1));
    }

    fn forward(self) {
        self.is_playing.set(false);
        self.go(self.place.get_untracked() + 1);
    }

    fn toggle(self) {
        let plays = !self.is_playing.get_untracked();
        self.is_playing.set(plays);
        if plays {
            if untrack(|| self.is_at_end()) {
                self.go(0);
            } else {
                self.go(self.place.get_untracked() + 1);
            }
            self.go_on_later();
        }
    }

    /// Takes the next step after a while, and so on to the last. The view may be gone by then.
    fn go_on_later(self) {
        let round = self.round.get_value().wrapping_add(1);
        self.round.set_value(round);
        let go_on = move || {
            if self.round.try_get_value() == Some(round) && self.is_playing.try_get_untracked() == Some(true) {
                self.go(self.place.get_untracked() + 1);
                if untrack(|| self.is_at_end()) {
                    self.is_playing.set(false);
                } else {
                    self.go_on_later();
                }
            }
        };
        set_timeout(go_on, if self.is_slow.get_untracked() { SLOW_STEP } else { STEP });
    }

    pub(super) fn choose(self, cell: (usize, usize)) {
        self.session.explore(|explore| explore.propagation.cell = Some((cell.0 as u16, cell.1 as u16)));
    }
}

/// The chosen cell as far as the step has it: the same column in the next step. At first the largest of what came out.
fn cell(scene: &Scene, place: usize, chosen: Option<(u16, u16)>) -> (usize, usize) {
    let Step { kind, rows } = scene.step(place);
    let last = rows.len().saturating_sub(1);
    let at_first = if kind.is_inside() { 0 } else { last };
    let row = chosen.map_or(at_first, |(row, _)| usize::from(row)).min(last);
    let Some(cells) = rows.get(row).map(|row| &row.cells) else { return (0, 0) };
    let largest = || {
        let larger = |best: usize, place: usize| if cells[place].abs() > cells[best].abs() { place } else { best };
        (0..cells.len()).fold(0, larger)
    };
    let column = chosen.map_or_else(largest, |(_, column)| usize::from(column));
    (row, column.min(cells.len().saturating_sub(1)))
}

pub(super) fn controls(player: Player) -> El {
    let said = move || {
        let (place, n_steps) = (player.place.get(), player.n_steps());
        player.scene.with(|scene| scene.as_ref().map(|scene| text::step(place, n_steps, scene.step(place).kind)))
    };
    let play = button("flow-button flow-play", move || player.toggle())
        .testid("flow-play")
        .live_attr("aria-label", move || {
            Some(if player.is_playing.get() { text::PAUSE } else { text::PLAY }.to_owned())
        })
        .live_children(move || vec![if player.is_playing.get() { icons::pause() } else { icons::play() }]);
    let back = button("flow-button", move || player.back())
        .testid("flow-back")
        .titled(text::BACK)
        .flag("disabled", move || player.place.get() == 0)
        .child(icons::back());
    let forward = button("flow-button", move || player.forward())
        .testid("flow-forward")
        .titled(text::FORWARD)
        .flag("disabled", move || player.is_at_end())
        .child(icons::forward());
    let scrub = el("input", "")
        .attr("type", "range")
        .attr("min", "0")
        .live_attr("max", move || Some(player.n_steps().saturating_sub(1).to_string()))
        .testid("flow-scrub")
        .attr("aria-label", text::SCRUB)
        .live_attr("aria-valuetext", said)
        .value(move || player.place.get().to_string())
        .on("input", move |event| {
            player.is_playing.set(false);
            player.go(value_of(&event).parse().unwrap_or(0));
        })
        .on("keydown", move |event| {
            let event: KeyboardEvent = event.unchecked_into();
            if event.key() == " " {
                event.prevent_default();
                player.toggle();
            }
        });
    // What the range says to screen readers.
    let ticks = el("div", "flow-ticks").attr("aria-hidden", "true").live_children(move || {
        let tick = |(place, step): (usize, &Step)| {
            el("span", "")
                .live_class("here", move || player.place.get() == place)
                .on("click", move |_| {
                    player.is_playing.set(false);
                    player.go(place);
                })
                .text(text::title(step.kind))
        };
        player
            .scene
            .with(|scene| scene.iter().flat_map(|scene| scene.trace.steps.iter().enumerate().map(tick)).collect())
    });
    let slow = button("preset", move || player.is_slow.update(|slow| *slow = !*slow))
        .testid("flow-slow")
        .says("aria-pressed", move || player.is_slow.get())
        .text(text::SLOW);
    el("div", "flow-player")
        .attr("role", "group")
        .attr("aria-label", text::PLAYER)
        .child(back)
        .child(play)
        .child(forward)
        .child(el("div", "flow-scrub").child(scrub).child(ticks))
        .child(el("span", "flow-said").testid("flow-said").live_text(said))
        .child(slow)
}
