//! The numbers of a step as a table: for screen readers, and for whoever wants them all.

use leptos::prelude::*;
use leptos::web_sys::Element;
use wasm_bindgen::JsCast;

use super::player::Player;
use super::{Scene, text};
use crate::explorer::digits::number;
use crate::explorer::propagation::{N_PLACES, Row};
use crate::page::dom::{El, el};
use crate::page::text::why::plain;

pub(super) fn table(player: Player) -> El {
    let is_open = RwSignal::new(false);
    let toggled = move |event: web_sys::Event| {
        let details: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
        is_open.set(details.is_some_and(|details| details.has_attribute("open")));
    };
    // 64 lines are made for whoever opens it.
    let content = move || match is_open.get() {
        true => player.scene.with(|scene| scene.iter().map(|scene| numbers(player, scene)).collect()),
        false => Vec::new(),
    };
    el("details", "as-list flow-table")
        .testid("flow-table")
        .on("toggle", toggled)
        .child(el("summary", "").text(text::TABLE))
        .child(el("div", "").live_children(content))
}

fn numbers(player: Player, scene: &Scene) -> El {
    let core = player.session.core();
    let step = scene.step(player.place.get());
    let n_lines = step.rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
    let column = |name: &str| el("th", "").attr("scope", "col").attr("dir", "auto").text(name);
    let head = el("tr", "")
        .child(column(text::NUMBER))
        .children(step.rows.iter().map(|row| column(&scene.row_name(&core, row.name))));
    let line = |place: usize| {
        let cell = |row: &Row| {
            let value = row.cells.get(place).map(|&value| plain(&number(f64::from(value), N_PLACES)));
            el("td", "").text(value.as_deref().unwrap_or_default())
        };
        el("tr", "")
            .child(el("th", "").attr("scope", "row").text(&(place + 1).to_string()))
            .children(step.rows.iter().map(cell))
    };
    let table =
        el("table", "table").child(el("thead", "").child(head)).child(el("tbody", "").children((0..n_lines).map(line)));
    el("div", "table-frame").attr("tabindex", "0").attr("role", "region").attr("aria-label", text::TABLE).child(table)
}
