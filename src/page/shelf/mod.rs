//! The visitor's shelf: search, films with an opinion on them, tastes to start from, and what to do with it as a whole.

mod chips;
mod search_box;
mod tools;

use leptos::prelude::*;

use super::session::{Origin, Session};
use super::{icons, text};
use chips::Chips;
use search_box::SearchBox;
use tools::Tools;

#[component]
pub(crate) fn ShelfSection(session: Session) -> impl IntoView {
    let is_empty = Memo::new(move |_| session.shelf.with(|shelf| shelf.is_empty()));
    let cannot_undo = Memo::new(move |_| session.undo.with(|undo| !undo.is_possible()));
    let note = move || match (is_empty.get(), session.origin.get()) {
        (true, _) => text::SHELF_EMPTY,
        (false, Origin::Starting) => text::STARTING_TASTE,
        (false, Origin::Own) => text::SHELF_SAVED,
        (false, Origin::Shared) => text::SHARED_HINT,
    };
    view! {
        <section class="shelf" data-testid="shelf" aria-labelledby="shelf-title">
            <div class="section-head">
                <h2 id="shelf-title">{text::SHELF}</h2>
                <div class="head-actions">
                    <button class="quiet" data-testid="undo" disabled=move || cannot_undo.get() on:click=move |_| session.take_back()>
                        {icons::undo()}
                        {text::UNDO}
                    </button>
                    <button class="quiet" data-testid="reset" disabled=move || is_empty.get() on:click=move |_| session.reset()>
                        {text::RESET}
                    </button>
                </div>
            </div>
            <SharedBanner session />
            <SearchBox session />
            <p class="note">{note}</p>
            <Chips session />
            <div class="presets" role="group" aria-label=text::START_FROM>
                {session
                    .core()
                    .presets
                    .iter()
                    .map(|(name, films)| {
                        let films = films.clone();
                        view! {
                            <button class="preset" on:click=move |_| session.use_preset(&films)>
                                {*name}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
            <Tools session />
        </section>
    }
}

/// Says that the shelf is somebody else's, and what can be done about it.
#[component]
fn SharedBanner(session: Session) -> impl IntoView {
    let is_hidden = Memo::new(move |_| session.origin.get() != Origin::Shared);
    view! {
        <div class="banner" data-testid="shared" hidden=move || is_hidden.get()>
            <p>{text::SHARED}</p>
            <button class="button" data-testid="keep-shared" on:click=move |_| session.keep_shared()>
                {text::KEEP_SHARED}
            </button>
            <button class="quiet" data-testid="leave-shared" on:click=move |_| session.leave_shared()>
                {text::LEAVE_SHARED}
            </button>
        </div>
    }
}
