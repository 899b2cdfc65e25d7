//! The visitor's decision on a row of a file: one of the films that it may mean, another one, or none.

use leptos::prelude::*;

use super::Import;
use crate::explorer::Vertex;
use crate::page::text;

/// Films that a search offers.
const N_HITS: usize = 5;

/// A row that is decided on.
#[derive(Clone, Copy)]
pub(super) struct RowFix {
    pub(super) import: Import,
    pub(super) fixing: RwSignal<Option<u32>>,
    pub(super) row_idx: u32,
}

impl RowFix {
    fn decide(self, item_idx: Option<u32>) {
        self.fixing.set(None);
        self.import.report.update(|report| {
            if let Some(report) = report {
                report.fix(self.row_idx, item_idx);
            }
        });
    }

    /// A button for each of these films.
    pub(super) fn choices(self, films: Vec<u32>) -> AnyView {
        if films.is_empty() {
            return ().into_any();
        }
        let core = self.import.session.core();
        let film = |item_idx: u32| self.button(core.full_name(Vertex::Item(item_idx)), Some(item_idx));
        let mut buttons: Vec<AnyView> = films.into_iter().map(film).collect();
        buttons.push(self.button(text::NONE_OF_THESE.to_owned(), None));
        view! { <span class="choices">{buttons}</span> }.into_any()
    }

    fn button(self, label: String, item_idx: Option<u32>) -> AnyView {
        view! {
            <button class="preset" data-testid="import-choice" on:click=move |_| self.decide(item_idx)>
                {label}
            </button>
        }
        .into_any()
    }
}

/// A search for the film that a row means.
#[component]
pub(super) fn Fix(fix: RowFix, title: String) -> impl IntoView {
    let query = RwSignal::new(title);
    let core = fix.import.session.core();
    let core = StoredValue::new_local(core);
    let hits = move || {
        let hits = query.with(|query| core.with_value(|core| core.search.find(query, N_HITS)));
        hits.iter().map(|hit| hit.item_idx).collect::<Vec<u32>>()
    };
    view! {
        <div class="fix">
            <input
                class="search-input"
                type="text"
                aria-label=text::LOOK_FOR
                autocomplete="off"
                data-testid="import-search"
                prop:value=move || query.get()
                on:input=move |event| query.set(event_target_value(&event))
            />
            {move || fix.choices(hits())}
            <p class="note" role="status">
                {move || hits().is_empty().then(|| query.with(|query| text::no_film(query.trim())))}
            </p>
            <button class="quiet" on:click=move |_| fix.decide(None)>
                {text::NOT_HERE}
            </button>
        </div>
    }
}
