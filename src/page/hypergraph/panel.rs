//! What can be done with the part of the drawing that is chosen: by a click on it, or by its button in a list.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use leptos::web_sys::{HtmlElement, KeyboardEvent};
use wasm_bindgen::JsCast;

use super::scene::Scene;
use crate::explorer::{Centre, HypergraphState, Shown, Vertex};
use crate::page::dom::{El, Place, button, el};
use crate::page::icons;
use crate::page::opinions::opinions;
use crate::page::session::Session;
use crate::page::text::hypergraph as text;

/// Twins that are listed at once.
const TWINS_AT_A_TIME: usize = 12;

/// What is chosen on the drawing.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    pub(super) session: Session,
    pub(super) scene: Memo<Scene>,
    pub(super) chosen: RwSignal<Option<Vertex>>,
    n_twins: RwSignal<usize>,
    /// Where the keyboard goes when something is chosen, and where it was.
    place: Place,
    before: StoredValue<Option<HtmlElement>, LocalStorage>,
}

impl Choice {
    pub(super) fn new(session: Session, scene: Memo<Scene>) -> Self {
        let (chosen, n_twins) = (RwSignal::new(None), RwSignal::new(TWINS_AT_A_TIME));
        Self { session, scene, chosen, n_twins, place: Place::new(), before: StoredValue::new_local(None) }
    }

    /// Chooses something, or no longer what is chosen.
    pub(super) fn press(self, vertex: Vertex) {
        if self.chosen.get_untracked() == Some(vertex) {
            return self.close();
        }
        let focused = document().active_element().and_then(|element| element.dyn_into().ok());
        self.before.set_value(focused);
        self.n_twins.set(TWINS_AT_A_TIME);
        self.chosen.set(Some(vertex));
        spawn_local(async move {
            // When it is shown.
            tick().await;
            self.focus();
        });
    }

    fn focus(self) {
        if let Some(panel) = self.place.get::<HtmlElement>() {
            // Without focus it can be seen and reached all the same.
            let _ = panel.focus();
        }
    }

    fn close(self) {
        self.chosen.set(None);
        // Where it is gone by now, nothing happens.
        if let Some(before) = self.before.get_value() {
            let _ = before.focus();
        }
    }

    /// A button that chooses something, and lights it while pointer or keyboard are on it.
    pub(super) fn button(self, vertex: Vertex, class: &str) -> El {
        button(class, move || self.press(vertex))
            .points_at(self.session, vertex)
            .on("focus", move |_| self.session.lit.set(Some(vertex)))
            .on("blur", move |_| self.session.lit.set(None))
    }

    fn change(self, vertex: Vertex, change: fn(&mut HypergraphState, Centre)) {
        if let Some(thing) = self.session.core().centre(vertex) {
            self.session.explore(|explore| change(&mut explore.hypergraph, thing));
        }
    }
}

pub(super) fn panel(choice: Choice) -> El {
    let content = move || {
        let Some(vertex) = choice.chosen.get() else { return Vec::new() };
        choice
            .scene
            .with(|scene| scene.ego.find(vertex).map(|shown| content(choice, scene, vertex, shown)).unwrap_or_default())
    };
    let is_empty =
        move || choice.chosen.get().is_none_or(|vertex| choice.scene.with(|scene| scene.ego.find(vertex).is_none()));
    let escape = move |event: leptos::web_sys::Event| {
        let event: KeyboardEvent = event.unchecked_into();
        if event.key() == "Escape" {
            choice.close();
        }
    };
    el("div", "chosen-panel")
        .testid("chosen")
        .attr("role", "group")
        .attr("aria-label", text::WHAT_TO_DO)
        .attr("tabindex", "-1")
        .at(choice.place)
        .flag("hidden", is_empty)
        .on("keydown", escape)
        .live_children(content)
}

fn content(choice: Choice, scene: &Scene, vertex: Vertex, shown: &Shown) -> Vec<El> {
    let session = choice.session;
    let core = session.core();
    let ego = &scene.ego;
    let is_centre = vertex == ego.centre();
    let node = ego.nodes.iter().position(|node| node.vertex == shown.vertex);
    let mut about: Vec<String> = Vec::new();
    if let Vertex::Item(item_idx) = vertex {
        about.push(core.about(item_idx));
    }
    if let Some(node) = node {
        about.push(text::in_shapes(ego.holders(node).count(), ego.hyperedges.len()));
    }
    let close = button("round", move || choice.close()).testid("close").titled(text::CLOSE).child(icons::cross());
    let head = el("div", "chosen-head")
        .child(el("strong", "").attr("dir", "auto").text(&core.name(vertex)))
        .child(el("span", "").text(&about.join(" · ")))
        .child(close);

    let mut actions = Vec::new();
    if !is_centre {
        // The button goes with the press; the focus must not.
        let to_centre = move || {
            choice.focus();
            session.look_at(vertex);
        };
        actions.push(button("preset", to_centre).testid("to-centre").text(text::TO_CENTRE));
        // Hyperedges of the centre's kind are its members the other way around.
        if vertex.is_item() == ego.centre().is_item() {
            let is_open = scene.expanded.contains(&vertex);
            let open = button("preset", move || choice.change(vertex, HypergraphState::toggle_expanded));
            actions.push(open.testid("expand").text(text::open(vertex.is_item(), is_open)));
        }
    }
    let is_pinned = scene.pinned.contains(&vertex);
    actions.push(
        button("preset", move || choice.change(vertex, HypergraphState::toggle_pinned))
            .testid("pin")
            .attr("title", text::PIN_HINT)
            .attr("aria-pressed", if is_pinned { "true" } else { "false" })
            .text(if is_pinned { text::PINNED } else { text::PIN }),
    );
    if let Vertex::Item(item_idx) = vertex {
        let taste = session.shelf.with(|shelf| shelf.taste_of(item_idx));
        let give = Rc::new(move |taste| session.set_taste(item_idx, taste));
        actions.push(el("span", "opinions").children(opinions(core.title(item_idx), taste, true, give)));
    }
    let mut parts = vec![head, el("div", "choices").children(actions)];
    if !shown.twins.is_empty() {
        parts.extend(twins(choice, shown));
    }
    parts
}

/// Those that are drawn with it as one.
fn twins(choice: Choice, shown: &Shown) -> [El; 2] {
    let core = choice.session.core();
    let n_listed = choice.n_twins.get();
    let entry = |&twin: &Vertex| {
        let look = button("link", move || choice.session.look_at(twin)).text(&core.full_name(twin));
        el("li", "").lights(choice.session, twin).child(look)
    };
    let n_more = shown.twins.len().saturating_sub(n_listed);
    let more = button("quiet", move || choice.n_twins.update(|n| *n += 4 * TWINS_AT_A_TIME))
        .attr_if("hidden", (n_more == 0).then_some(""))
        .text(&text::and_more(n_more));
    let list = el("ul", "twins").testid("twin-list").children(shown.twins.iter().take(n_listed).map(entry));
    [el("p", "twins-head").text(&text::twins(shown.twins.len())).child(more), list]
}
