//! The search over titles: a combobox with a grid of films, each with its two buttons.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::{Node, wasm_bindgen::JsCast};

use crate::explorer::Taste;
use crate::page::opinions::opinions;
use crate::page::session::Session;
use crate::page::{icons, text};

const MAX_RESULTS: usize = 7;

#[component]
pub(crate) fn SearchBox(session: Session) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let is_open = RwSignal::new(false);
    let active = RwSignal::new(None::<usize>);
    let input = NodeRef::<html::Input>::new();
    let whole = NodeRef::<html::Div>::new();

    let hits = Memo::new(move |_| {
        let hits = query.with(|query| session.core().search.find(query, MAX_RESULTS));
        hits.iter().map(|hit| hit.item_idx).collect::<Vec<u32>>()
    });
    let is_shown = Memo::new(move |_| is_open.get() && query.with(|query| !query.trim().is_empty()));
    let choose = move |item_idx: u32, taste: Taste| {
        query.set(String::new());
        active.set(None);
        is_open.set(false);
        session.set_taste(item_idx, taste);
        if let Some(input) = input.get_untracked() {
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
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
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
            if let (Some(item_idx), true) = (chosen, is_shown.get_untracked()) {
                choose(item_idx, taste);
            }
        }
        _ => {}
    };
    let on_focusout = move |event: FocusEvent| {
        let to = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
        let stays = whole.get_untracked().is_some_and(|whole| whole.contains(to.as_ref()));
        if !stays {
            is_open.set(false);
        }
    };
    let result = move |place: usize, item_idx: u32| {
        let core = session.core();
        let title = core.title(item_idx).to_owned();
        let about = core.about(item_idx);
        let taste = session.shelf.with(|shelf| shelf.taste_of(item_idx));
        let opinions = opinions(&title, taste, false, move |taste| choose(item_idx, taste));
        view! {
            <div
                class="result"
                class:active=move || active.get() == Some(place)
                role="row"
                id=format!("search-result-{place}")
                aria-selected=move || (active.get() == Some(place)).to_string()
                data-testid="search-result"
                on:pointermove=move |_| active.set(Some(place))
            >
                <div class="result-film" role="gridcell" on:click=move |_| choose(item_idx, Taste::Liked)>
                    <span class="result-title" dir="auto">{title}</span>
                    <span class="result-about">{about}</span>
                </div>
                {opinions.into_iter().map(|button| view! { <div role="gridcell">{button}</div> }).collect_view()}
            </div>
        }
    };

    view! {
        <div class="search" node_ref=whole on:focusout=on_focusout>
            <label class="visually-hidden" for="search">
                {text::SEARCH}
            </label>
            {icons::magnifier()}
            <input
                id="search"
                class="search-input"
                data-testid="search"
                node_ref=input
                type="text"
                role="combobox"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                enterkeyhint="done"
                placeholder=text::SEARCH_PLACEHOLDER
                aria-autocomplete="list"
                aria-haspopup="grid"
                aria-controls="search-results"
                aria-expanded=move || is_shown.get().to_string()
                aria-activedescendant=move || {
                    let place = active.get().filter(|_| is_shown.get());
                    place.map(|place| format!("search-result-{place}"))
                }
                prop:value=move || query.get()
                on:input=move |event| {
                    query.set(event_target_value(&event));
                    active.set(None);
                    is_open.set(true);
                }
                on:focus=move |_| is_open.set(true)
                on:keydown=on_key
            />
            <div
                class="results"
                // A press on a result must not take the focus out of the input.
                on:mousedown=|event| event.prevent_default()
                style:display=move || if is_shown.get() { "block" } else { "none" }
            >
                <div id="search-results" role="grid" aria-label=text::SEARCH_RESULTS>
                    {move || {
                        let hits = if is_shown.get() { hits.get() } else { Vec::new() };
                        hits.into_iter().enumerate().map(|(place, item_idx)| result(place, item_idx)).collect_view()
                    }}
                </div>
                <p class="results-foot" role="status">
                    {move || match (is_shown.get(), hits.with(Vec::is_empty)) {
                        (false, _) => String::new(),
                        (true, true) => query.with(|query| text::no_film(query.trim())),
                        (true, false) => text::SEARCH_HINT.to_owned(),
                    }}
                </p>
            </div>
        </div>
    }
}
