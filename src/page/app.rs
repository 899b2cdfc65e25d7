//! The whole page.

use leptos::prelude::*;
use leptos::web_sys::{Element, KeyboardEvent, wasm_bindgen::JsCast};

use super::dom::{El, el, on_window};
use super::explore::explore;
use super::header::header;
use super::hypergraph::hypergraph;
use super::import::import_dialog;
use super::lecture::lecture;
use super::notice::notice;
use super::recommendations::recommendations;
use super::results::results;
use super::session::Session;
use super::shelf::shelf_section;
use super::tour::tour;

/// What stands in the element that the page fills.
pub(crate) fn app(session: Session) -> Vec<El> {
    undo_by_keyboard(session);
    let said = el("p", "visually-hidden").attr("role", "status").attr("aria-live", "polite");
    let left = el("div", "column").child(shelf_section(session)).child(recommendations(session));
    let right = el("div", "column column-hypergraph").child(hypergraph(session));
    vec![
        header(session),
        el("main", "").child(el("div", "columns").child(left).child(right)).child(explore(session)),
        results(session),
        lecture(session),
        tour(session),
        import_dialog(session),
        notice(session),
        said.live_text(move || Some(session.announcement.get())),
    ]
}

/// Ctrl + Z (or Cmd + Z) takes back the last change of the shelf, except where it undoes typing.
fn undo_by_keyboard(session: Session) {
    on_window("keydown", move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_typing =
            target.is_some_and(|target| target.matches("input[type=text], input[type=search]").unwrap_or(false));
        let event: KeyboardEvent = event.unchecked_into();
        if (event.ctrl_key() || event.meta_key()) && !event.shift_key() && event.key() == "z" && !is_typing {
            event.prevent_default();
            session.take_back();
        }
    });
}
