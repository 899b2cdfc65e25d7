//! The visitor's decision on a row of a file: one of the films that it may mean, another one, or none.

use leptos::prelude::*;

use super::Import;
use crate::explorer::Vertex;
use crate::page::dom::{El, button, el, value_of};
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
    pub(super) fn choices(self, films: &[u32]) -> Option<El> {
        let core = self.import.session.core();
        let film = |&item_idx: &u32| self.button(&core.full_name(Vertex::Item(item_idx)), Some(item_idx));
        let buttons = films.iter().map(film).chain([self.button(text::NONE_OF_THESE, None)]);
        (!films.is_empty()).then(|| el("span", "choices").children(buttons))
    }

    fn button(self, label: &str, item_idx: Option<u32>) -> El {
        button("preset", move || self.decide(item_idx)).testid("import-choice").text(label)
    }
}

/// A search for the film that a row means.
pub(super) fn fix(fix: RowFix, title: String) -> El {
    let query = RwSignal::new(title);
    let hits = Memo::new(move |_| {
        let core = fix.import.session.core();
        let hits = query.with(|query| core.search.find(query, N_HITS));
        hits.iter().map(|hit| hit.item_idx).collect::<Vec<u32>>()
    });
    let nothing = move || hits.with(Vec::is_empty).then(|| query.with(|query| text::no_film(query.trim())));
    let input = el("input", "search-input")
        .attr("type", "text")
        .attr("aria-label", text::LOOK_FOR)
        .attr("autocomplete", "off")
        .testid("import-search")
        .value(move || query.get())
        .on("input", move |event| query.set(value_of(&event)));
    el("div", "fix")
        .child(input)
        .live_children(move || hits.with(|hits| fix.choices(hits)).into_iter().collect())
        .child(el("p", "note").attr("role", "status").live_text(nothing))
        .child(button("quiet", move || fix.decide(None)).text(text::NOT_HERE))
}
