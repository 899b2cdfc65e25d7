//! The explorer: a row of tabs and the view that is open, full width below the list and the hypergraph.
//!
//! A view is built when its tab is opened. What it needs beyond the model comes with the explorer's own file, which is
//! loaded once the page has answered.

mod comparison;
mod file;
mod film;
mod map;
mod propagation;
mod race;
mod why;

pub(crate) use file::{ExplorerFile, Models, begin};

use leptos::prelude::*;
use leptos::web_sys::KeyboardEvent;
use wasm_bindgen::JsCast;

use super::dom::{El, Place, button, el};
use super::later::{behind, gates};
use super::session::Session;
use super::text::explore as text;
use super::width::measured;
use crate::explorer::Tab;

const PANEL_ID: &str = "explore-panel";
/// Before the page knows how wide it is.
const FIRST_WIDTH: f32 = 1000.0;

pub(crate) fn explore(session: Session) -> El {
    el("section", "explore")
        .testid("explore")
        .attr("aria-labelledby", "explore-title")
        .child(el("h2", "").attr("id", "explore-title").text(text::TITLE))
        .child(el("p", "note").text(text::LEAD))
        .live_children(move || behind(session, gates::explorer))
}

/// The tabs, and what the open one shows.
pub(super) fn views(session: Session) -> El {
    let tab = Memo::new(move |_| session.explore.with(|explore| explore.tab));
    let (width, panel) = measured(el("div", "explore-panel"), FIRST_WIDTH);
    let panel = panel
        .testid("explore-panel")
        .attr("id", PANEL_ID)
        .attr("role", "tabpanel")
        .live_attr("aria-labelledby", move || Some(tab_id(tab.get())))
        .live_children(move || vec![view(session, tab.get(), width)]);
    el("div", "").child(tabs(session, tab)).child(panel)
}

/// What a tab opens.
fn view(session: Session, tab: Tab, width: RwSignal<f32>) -> El {
    match tab {
        Tab::Map => map::map(session, width),
        Tab::Comparison => comparison::comparison(session),
        Tab::Race => race::race(session),
        Tab::Propagation => propagation::propagation(session),
        Tab::Why => why::why(session),
    }
}

fn tab_id(tab: Tab) -> String {
    format!("explore-tab-{}", tab as u8)
}

/// One stop of the keyboard; the arrows go from tab to tab.
fn tabs(session: Session, open: Memo<Tab>) -> El {
    let places: Vec<Place> = Tab::ALL.iter().map(|_| Place::new()).collect();
    let go = {
        let places = places.clone();
        move |event: web_sys::Event| {
            let event: KeyboardEvent = event.unchecked_into();
            let n = Tab::ALL.len();
            let at = open.get_untracked() as usize;
            let to = match event.key().as_str() {
                "ArrowRight" => (at + 1) % n,
                "ArrowLeft" => (at + n - 1) % n,
                "Home" => 0,
                "End" => n - 1,
                _ => return,
            };
            event.prevent_default();
            session.explore(|explore| explore.tab = Tab::ALL[to]);
            if let Some(button) = places[to].get::<web_sys::HtmlElement>() {
                // Without focus the tab is open all the same.
                let _ = button.focus();
            }
        }
    };
    let tab = |(tab, place): (Tab, Place)| {
        button("explore-tab", move || session.explore(|explore| explore.tab = tab))
            .at(place)
            .testid(&format!("tab-{}", text::tab_name(tab)))
            .attr("id", &tab_id(tab))
            .attr("role", "tab")
            .attr("aria-controls", PANEL_ID)
            .says("aria-selected", move || open.get() == tab)
            .live_attr("tabindex", move || Some(if open.get() == tab { "0" } else { "-1" }.to_owned()))
            .text(text::tab(tab))
    };
    el("div", "explore-tabs")
        .attr("role", "tablist")
        .attr("aria-labelledby", "explore-title")
        .on("keydown", go)
        .children(Tab::ALL.into_iter().zip(places).map(tab))
}
