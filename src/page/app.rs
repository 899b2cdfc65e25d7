//! The whole page.

use leptos::ev::keydown;
use leptos::prelude::*;
use leptos::web_sys::{Element, wasm_bindgen::JsCast};

use super::header::Header;
use super::hypergraph::Hypergraph;
use super::import::ImportDialog;
use super::notice::Notice;
use super::recommendations::Recommendations;
use super::results::Results;
use super::session::Session;
use super::shelf::ShelfSection;

#[component]
pub(crate) fn App(session: Session) -> impl IntoView {
    undo_by_keyboard(session);
    view! {
        <Header session />
        <main class="columns">
            <div class="column">
                <ShelfSection session />
                <Recommendations session />
            </div>
            <div class="column column-hypergraph">
                <Hypergraph session />
            </div>
        </main>
        <Results session />
        <ImportDialog session />
        <Notice session />
        <p class="visually-hidden" role="status" aria-live="polite">
            {move || session.announcement.get()}
        </p>
    }
}

/// Ctrl + Z (or Cmd + Z) takes back the last change of the shelf, except where it undoes typing.
fn undo_by_keyboard(session: Session) {
    let listener = window_event_listener(keydown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_typing =
            target.is_some_and(|target| target.matches("input[type=text], input[type=search]").unwrap_or(false));
        if (event.ctrl_key() || event.meta_key()) && !event.shift_key() && event.key() == "z" && !is_typing {
            event.prevent_default();
            session.take_back();
        }
    });
    on_cleanup(move || listener.remove());
}
