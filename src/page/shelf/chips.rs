//! The films of the shelf.

use leptos::prelude::*;
use leptos::web_sys::{HtmlElement, wasm_bindgen::JsCast};

use crate::explorer::{Entry, Taste, Vertex};
use crate::page::session::Session;
use crate::page::{icons, text};

/// So many films are shown until the visitor asks for all: a whole history is thousands.
const A_FEW: usize = 24;

#[component]
pub(crate) fn Chips(session: Session) -> impl IntoView {
    let shows_all = RwSignal::new(false);
    let n_films = Memo::new(move |_| session.shelf.with(|shelf| shelf.len()));
    let is_long = Memo::new(move |_| n_films.get() > A_FEW);
    let n_hidden = move || if is_long.get() && !shows_all.get() { n_films.get() - A_FEW } else { 0 };
    view! {
        <ul class="chips">
            {move || {
                let entries = session.shelf.with(|shelf| shelf.entries()[n_hidden()..].to_vec());
                entries.into_iter().enumerate().map(|(place, entry)| chip(session, place, entry)).collect_view()
            }}
        </ul>
        <p class="chips-foot" hidden=move || !is_long.get()>
            <span>{move || session.shelf.with(|shelf| {
                text::tally(shelf.count(Taste::Liked), shelf.count(Taste::Disliked), shelf.count(Taste::Seen))
            })}</span>
            <button class="quiet" data-testid="show-all" on:click=move |_| shows_all.update(|all| *all = !*all)>
                {move || if shows_all.get() { text::SHOW_NEWEST.to_owned() } else { text::show_all(n_films.get()) }}
            </button>
        </p>
    }
}

fn chip(session: Session, place: usize, Entry { item_idx, taste }: Entry) -> impl IntoView {
    let title = session.core().title(item_idx).to_owned();
    let vertex = Vertex::Item(item_idx);
    let remove = move |_| {
        session.remove(item_idx);
        request_animation_frame(move || keep_focus(place));
    };
    let label = text::toggle(&title, taste);
    view! {
        <li
            class=format!("chip {}", taste.name())
            class:lit=move || session.lit.get() == Some(vertex)
            data-testid="shelf-item"
            data-taste=taste.name()
            on:pointerenter=move |_| session.lit.set(Some(vertex))
            on:pointerleave=move |_| session.lit.set(None)
        >
            <button class="chip-toggle" aria-label=label.clone() title=label on:click=move |_| session.toggle(item_idx)>
                {icons::taste(taste)}
                <span class="chip-title" dir="auto">{title.clone()}</span>
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
