//! The films of the shelf.

use leptos::prelude::*;
use leptos::web_sys::{HtmlElement, wasm_bindgen::JsCast};

use crate::explorer::{Entry, Taste, Vertex};
use crate::page::dom::{El, button, el};
use crate::page::session::Session;
use crate::page::{icons, text};

/// So many films are shown until the visitor asks for all: a whole history is thousands.
const A_FEW: usize = 24;

/// The films, and how many there are where not all are shown.
pub(super) fn chips(session: Session) -> [El; 2] {
    let shows_all = RwSignal::new(false);
    let n_films = move || session.shelf.with(|shelf| shelf.len());
    let n_hidden = move || if shows_all.get() { 0 } else { n_films().saturating_sub(A_FEW) };
    let films = move || {
        let entries = session.shelf.with(|shelf| shelf.entries()[n_hidden()..].to_vec());
        entries.into_iter().enumerate().map(|(place, entry)| chip(session, place, entry)).collect()
    };
    let tally = move || {
        let n = |taste: Taste| session.shelf.with(|shelf| shelf.count(taste));
        Some(text::tally(n(Taste::Liked), n(Taste::Disliked), n(Taste::Seen)))
    };
    let show_all =
        button("quiet", move || shows_all.update(|all| *all = !*all)).testid("show-all").live_text(move || {
            Some(if shows_all.get() { text::SHOW_NEWEST.to_owned() } else { text::show_all(n_films()) })
        });
    let foot = el("p", "chips-foot").flag("hidden", move || n_films() <= A_FEW);
    [el("ul", "chips").live_children(films), foot.child(el("span", "").live_text(tally)).child(show_all)]
}

fn chip(session: Session, place: usize, Entry { item_idx, taste }: Entry) -> El {
    let core = session.core();
    let title = core.title(item_idx);
    let remove = move || {
        session.remove(item_idx);
        request_animation_frame(move || keep_focus(place));
    };
    let toggle = button("chip-toggle", move || session.toggle(item_idx))
        .titled(&text::toggle(title, taste))
        .child(icons::taste(taste))
        .child(el("span", "chip-title").attr("dir", "auto").text(title));
    el("li", &format!("chip {}", taste.name()))
        .lights(session, Vertex::Item(item_idx))
        .testid("shelf-item")
        .attr("data-taste", taste.name())
        .child(toggle)
        .child(button("chip-remove", remove).titled(&text::remove(title)).child(icons::cross()))
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
