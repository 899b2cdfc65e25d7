//! The visitor's shelf: search, films with an opinion on them, tastes to start from.

use leptos::prelude::*;
use leptos::web_sys::{HtmlElement, wasm_bindgen::JsCast};

use super::search_box::SearchBox;
use super::session::Session;
use super::{icons, text};
use crate::explorer::{Entry, Taste, Vertex};

#[component]
pub(crate) fn ShelfSection(session: Session) -> impl IntoView {
    let is_empty = Memo::new(move |_| session.shelf.with(|shelf| shelf.is_empty()));
    let note = move || match (is_empty.get(), session.is_starting_taste.get()) {
        (true, _) => text::SHELF_EMPTY,
        (false, true) => text::STARTING_TASTE,
        (false, false) => text::SHELF_SAVED,
    };
    view! {
        <section class="shelf" data-testid="shelf" aria-labelledby="shelf-title">
            <div class="section-head">
                <h2 id="shelf-title">{text::SHELF}</h2>
                <button class="quiet" data-testid="reset" disabled=move || is_empty.get() on:click=move |_| session.reset()>
                    {text::RESET}
                </button>
            </div>
            <SearchBox session />
            <p class="note">{note}</p>
            <ul class="chips">
                {move || {
                    let entries = session.shelf.with(|shelf| shelf.entries().to_vec());
                    entries.into_iter().enumerate().map(|(place, entry)| chip(session, place, entry)).collect_view()
                }}
            </ul>
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
        </section>
    }
}

fn chip(session: Session, place: usize, Entry { item_idx, taste }: Entry) -> impl IntoView {
    let title = session.core().title(item_idx).to_owned();
    let vertex = Vertex::Item(item_idx);
    let remove = move |_| {
        session.remove(item_idx);
        request_animation_frame(move || keep_focus(place));
    };
    view! {
        <li
            class="chip"
            class:disliked=taste == Taste::Disliked
            class:lit=move || session.lit.get() == Some(vertex)
            data-testid="shelf-item"
            data-taste=if taste == Taste::Liked { "liked" } else { "disliked" }
            on:pointerenter=move |_| session.lit.set(Some(vertex))
            on:pointerleave=move |_| session.lit.set(None)
        >
            <button
                class="chip-toggle"
                aria-label=text::toggle(&title, taste)
                title=text::toggle(&title, taste)
                on:click=move |_| session.toggle(item_idx)
            >
                {match taste {
                    Taste::Liked => icons::heart().into_any(),
                    Taste::Disliked => icons::not_for_me().into_any(),
                }}
                <span class="chip-title">{title.clone()}</span>
            </button>
            <button class="chip-remove" aria-label=text::remove(&title) title=text::remove(&title) on:click=remove>
                {icons::cross()}
            </button>
        </li>
    }
}

/// After a film was taken off, the keyboard stands on the next one, or in the search when there is none.
fn keep_focus(place: usize) {
    let lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
    if !lost {
        return;
    }
    let chip = |place: usize| format!(".chip:nth-child({}) .chip-remove", place + 1);
    let find = |selector: &str| document().query_selector(selector).ok().flatten();
    let next = find(&chip(place)).or_else(|| find(&chip(place.saturating_sub(1)))).or_else(|| find("#search"));
    if let Some(element) = next.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // Without focus the page still works.
        let _ = element.focus();
    }
}
