//! The search over titles: a combobox with a grid of films, each with its two buttons.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::web_sys::{Element, Event, FocusEvent, HtmlElement, KeyboardEvent, Node, wasm_bindgen::JsCast};

use crate::explorer::Taste;
use crate::page::dom::{El, Place, el, value_of};
use crate::page::opinions::opinions;
use crate::page::session::Session;
use crate::page::{icons, text};

const MAX_RESULTS: usize = 7;

pub(super) fn search_box(session: Session) -> El {
    let query = RwSignal::new(String::new());
    let is_open = RwSignal::new(false);
    let active = RwSignal::new(None::<usize>);
    let input = Place::new();
    let whole = Place::new();

    let hits = Memo::new(move |_| {
        let hits = query.with(|query| session.core().search.find(query, MAX_RESULTS));
        hits.iter().map(|hit| hit.item_idx).collect::<Vec<u32>>()
    });
    let is_shown = move || is_open.get() && query.with(|query| !query.trim().is_empty());
    let choose = move |item_idx: u32, taste: Taste| {
        query.set(String::new());
        active.set(None);
        is_open.set(false);
        session.set_taste(item_idx, taste);
        if let Some(input) = input.get::<HtmlElement>() {
            // Without focus the page still works.
            let _ = input.focus();
        }
    };
    let step = move |by: isize| {
        let n = hits.with(Vec::len) as isize;
        is_open.set(true);
        active.update(|active| {
            *active = match *active {
                _ if n == 0 => None,
                None if by > 0 => Some(0),
                None => Some(n as usize - 1),
                Some(place) => Some((place as isize + by).rem_euclid(n) as usize),
            };
        });
    };
    let on_key = move |event: &KeyboardEvent| match event.key().as_str() {
        "ArrowDown" => {
            event.prevent_default();
            step(1);
        }
        "ArrowUp" => {
            event.prevent_default();
            step(-1);
        }
        "Escape" => {
            if is_open.get_untracked() {
                event.prevent_default();
            }
            is_open.set(false);
            active.set(None);
        }
        "Enter" => {
            event.prevent_default();
            let taste = if event.shift_key() { Taste::Disliked } else { Taste::Liked };
            let chosen = hits.with_untracked(|hits| hits.get(active.get_untracked().unwrap_or(0)).copied());
            if let (Some(item_idx), true) = (chosen, untrack(is_shown)) {
                choose(item_idx, taste);
            }
        }
        _ => {}
    };
    let on_focusout = move |event: Event| {
        let to = event.unchecked_into::<FocusEvent>().related_target();
        let to = to.and_then(|target| target.dyn_into::<Node>().ok());
        let stays = whole.get::<Element>().is_some_and(|whole| whole.contains(to.as_ref()));
        if !stays {
            is_open.set(false);
        }
    };
    let result = move |place: usize, item_idx: u32| {
        let core = session.core();
        let title = core.title(item_idx);
        let taste = session.shelf.with(|shelf| shelf.taste_of(item_idx));
        let film = el("div", "result-film")
            .attr("role", "gridcell")
            .on("click", move |_| choose(item_idx, Taste::Liked))
            .child(el("span", "result-title").attr("dir", "auto").text(title))
            .child(el("span", "result-about").text(&core.about(item_idx)));
        let opinions = opinions(title, taste, false, Rc::new(move |taste| choose(item_idx, taste)));
        let is_active = move || active.get() == Some(place);
        el("div", "result")
            .live_class("active", is_active)
            .attr("role", "row")
            .attr("id", &result_id(place))
            .says("aria-selected", is_active)
            .testid("search-result")
            .on("pointermove", move |_| active.set(Some(place)))
            .child(film)
            .children(opinions.map(|button| el("div", "").attr("role", "gridcell").child(button)))
    };
    let results = move || {
        let hits = if is_shown() { hits.get() } else { Vec::new() };
        hits.into_iter().enumerate().map(|(place, item_idx)| result(place, item_idx)).collect()
    };
    let foot = move || match (is_shown(), hits.with(Vec::is_empty)) {
        (false, _) => None,
        (true, true) => query.with(|query| Some(text::no_film(query.trim()))),
        (true, false) => Some(text::SEARCH_HINT.to_owned()),
    };

    let field = el("input", "search-input")
        .attr("id", "search")
        .testid("search")
        .at(input)
        .attr("type", "text")
        .attr("role", "combobox")
        .attr("autocomplete", "off")
        .attr("autocapitalize", "off")
        .attr("spellcheck", "false")
        .attr("enterkeyhint", "done")
        .attr("placeholder", text::SEARCH_PLACEHOLDER)
        .attr("aria-autocomplete", "list")
        .attr("aria-haspopup", "grid")
        .attr("aria-controls", "search-results")
        .says("aria-expanded", is_shown)
        .live_attr("aria-activedescendant", move || active.get().filter(|_| is_shown()).map(result_id))
        .value(move || query.get())
        .on("input", move |event| {
            query.set(value_of(&event));
            active.set(None);
            is_open.set(true);
        })
        .on("focus", move |_| is_open.set(true))
        .on("keydown", move |event| on_key(event.unchecked_ref()));
    let grid = el("div", "").attr("id", "search-results").attr("role", "grid");
    let list = el("div", "results")
        // A press on a result must not take the focus out of the input.
        .on("mousedown", |event| event.prevent_default())
        .live_style("display", move || Some(if is_shown() { "block" } else { "none" }.to_owned()))
        .child(grid.attr("aria-label", text::SEARCH_RESULTS).live_children(results))
        .child(el("p", "results-foot").attr("role", "status").live_text(foot));
    el("div", "search")
        .at(whole)
        .on("focusout", on_focusout)
        .child(el("label", "visually-hidden").attr("for", "search").text(text::SEARCH))
        .child(icons::magnifier())
        .child(field)
        .child(list)
}

fn result_id(place: usize) -> String {
    format!("search-result-{place}")
}
