//! The visitor's shelf: search, films with an opinion on them, tastes to start from, and what to do with it as a whole.

mod chips;
mod search_box;
mod tools;

use leptos::prelude::*;

use super::dom::{El, button, el};
use super::session::{Origin, Session};
use super::{icons, text};
use chips::chips;
use search_box::search_box;
use tools::tools;

pub(crate) fn shelf_section(session: Session) -> El {
    let is_empty = move || session.shelf.with(|shelf| shelf.is_empty());
    let note = move || {
        let note = match (is_empty(), session.origin.get()) {
            (true, _) => text::SHELF_EMPTY,
            (false, Origin::Starting) => text::STARTING_TASTE,
            (false, Origin::Own) => text::SHELF_SAVED,
            (false, Origin::Shared) => text::SHARED_HINT,
        };
        Some(note.to_owned())
    };
    let undo = button("quiet", move || session.take_back())
        .testid("undo")
        .flag("disabled", move || session.undo.with(|undo| !undo.is_possible()))
        .child(icons::undo())
        .text(text::UNDO);
    let reset = button("quiet", move || session.reset()).testid("reset").flag("disabled", is_empty).text(text::RESET);
    let core = session.core();
    let preset = |(name, films): &(&'static str, Vec<u32>)| {
        let films = films.clone();
        button("preset", move || session.use_preset(&films)).text(name)
    };
    let presets = el("div", "presets").attr("role", "group").attr("aria-label", text::START_FROM);
    el("section", "shelf")
        .testid("shelf")
        .attr("aria-labelledby", "shelf-title")
        .child(
            el("div", "section-head")
                .child(el("h2", "").attr("id", "shelf-title").text(text::SHELF))
                .child(el("div", "head-actions").child(undo).child(reset)),
        )
        .child(shared_banner(session))
        .child(search_box(session))
        .child(el("p", "note").live_text(note))
        .children(chips(session))
        .child(presets.children(core.presets.iter().map(preset)))
        .child(tools(session))
}

/// Says that the shelf is somebody else's, and what can be done about it.
fn shared_banner(session: Session) -> El {
    el("div", "banner")
        .testid("shared")
        .flag("hidden", move || session.origin.get() != Origin::Shared)
        .child(el("p", "").text(text::SHARED))
        .child(button("button", move || session.keep_shared()).testid("keep-shared").text(text::KEEP_SHARED))
        .child(button("quiet", move || session.leave_shared()).testid("leave-shared").text(text::LEAVE_SHARED))
}
