//! One recommendation. Rows are places, not films: the keyboard stays on its place while films change.

use std::rc::Rc;

use leptos::prelude::*;

use super::details::details;
use crate::explorer::Vertex;
use crate::page::dom::{El, button, el};
use crate::page::opinions::opinions;
use crate::page::session::{Row, Session};
use crate::page::{icons, text};
use crate::ranking::decimal;

pub(super) fn row(session: Session, place: usize, row: &Row, turn: u32) -> El {
    let Row { ranked, item, why, bar, moved } = row;
    let item_idx = ranked.item_idx;
    let vertex = Vertex::Item(item_idx);
    // Two names for one animation: a changed name makes it start again.
    let arrival = match (moved, turn.is_multiple_of(2)) {
        (None, true) => "row fresh-a",
        (None, false) => "row fresh-b",
        (Some(0), _) => "row",
        (Some(_), true) => "row moved-a",
        (Some(_), false) => "row moved-b",
    };
    let about = session.core().about(item_idx);
    let is_open = move || session.opened.get() == Some(item_idx);
    let open = move || session.opened.update(|opened| *opened = (*opened != Some(item_idx)).then_some(item_idx));
    let details_id = format!("details-{place}");
    let show = button("film-title", move || session.look_at(vertex))
        .titled(&text::show_in_hypergraph(&item.title))
        .attr("dir", "auto")
        .text(&item.title);
    let reason = button("reason", open)
        .testid("details-button")
        .attr_if("hidden", why.is_none().then_some(""))
        .attr("title", &text::details(&item.title))
        .says("aria-expanded", is_open)
        .attr("aria-controls", &details_id)
        .child(el("span", "why").testid("why").text(why.as_deref().unwrap_or_default()))
        .child(icons::chevron());
    let score = el("div", "score")
        .attr("title", text::SCORE_HINT)
        .child(el("span", "score-number").text(&text::fixed(ranked.score, 2)))
        .child(el("span", "score-bar").attr("aria-hidden", "true"));
    let opinions = opinions(&item.title, None, true, Rc::new(move |taste| session.set_taste(item_idx, taste)));
    let details = move || if is_open() { details(session, item_idx) } else { Vec::new() };
    el("li", arrival)
        .style("--from", &moved.unwrap_or(0).to_string())
        .style("--bar", &text::fixed(*bar, 3))
        .testid("recommendation")
        .attr("data-item-id", &item.id)
        .attr("data-score", &decimal(ranked.score))
        .lights(session, vertex)
        .on("focusin", move |_| session.lit.set(Some(vertex)))
        .on("focusout", move |_| session.lit.set(None))
        .child(el("span", "place").attr("aria-hidden", "true").text(&(place + 1).to_string()))
        .child(show)
        .child(el("span", "about").text(&about))
        .child(reason)
        .child(score)
        .child(el("div", "opinions").children(opinions))
        .child(
            el("div", "details")
                .attr("id", &details_id)
                .testid("details")
                .flag("hidden", move || !is_open())
                .live_children(details),
        )
}
