//! One recommendation. Rows are places, not films: the keyboard stays on its place while films change.

use leptos::prelude::*;

use super::details::details;
use crate::explorer::Vertex;
use crate::page::opinions::opinions;
use crate::page::session::{Row, Session};
use crate::page::{icons, text};
use crate::ranking::decimal;

pub(super) fn row(session: Session, place: usize, row: Row, turn: u32) -> impl IntoView {
    let Row { ranked, item, why, bar, moved } = row;
    let item_idx = ranked.item_idx;
    let vertex = Vertex::Item(item_idx);
    let light = move |on: bool| session.lit.set(on.then_some(vertex));
    // Two names for one animation: a changed name makes it start again.
    let arrival = match (moved, turn.is_multiple_of(2)) {
        (None, true) => "row fresh-a",
        (None, false) => "row fresh-b",
        (Some(0), _) => "row",
        (Some(_), true) => "row moved-a",
        (Some(_), false) => "row moved-b",
    };
    let about = session.core().about(item_idx);
    let is_open = Memo::new(move |_| session.opened.get() == Some(item_idx));
    let details_id = format!("details-{place}");
    let opinions = opinions(&item.title, None, true, move |taste| session.set_taste(item_idx, taste));
    let show = text::show_in_hypergraph(&item.title);
    let can_explain = why.is_some();
    view! {
        <li
            class=arrival
            class:lit=move || session.lit.get() == Some(vertex)
            style=("--from", moved.unwrap_or(0).to_string())
            style=("--bar", text::fixed(bar, 3))
            data-testid="recommendation"
            data-item-id=item.id.clone()
            data-score=decimal(ranked.score)
            on:pointerenter=move |_| light(true)
            on:pointerleave=move |_| light(false)
            on:focusin=move |_| light(true)
            on:focusout=move |_| light(false)
        >
            <span class="place" aria-hidden="true">
                {place + 1}
            </span>
            <button
                class="film-title"
                aria-label=show.clone()
                title=show
                dir="auto"
                on:click=move |_| session.look_at(vertex)
            >
                {item.title.clone()}
            </button>
            <span class="about">{about}</span>
            <button
                class="reason"
                data-testid="details-button"
                hidden=!can_explain
                title=text::details(&item.title)
                aria-expanded=move || is_open.get().to_string()
                aria-controls=details_id.clone()
                on:click=move |_| session.opened.update(|opened| *opened = (*opened != Some(item_idx)).then_some(item_idx))
            >
                <span class="why" data-testid="why">{why}</span>
                {icons::chevron()}
            </button>
            <div class="score" title=text::SCORE_HINT>
                <span class="score-number">{text::fixed(ranked.score, 2)}</span>
                <span class="score-bar" aria-hidden="true"></span>
            </div>
            <div class="opinions">{opinions}</div>
            <div class="details" id=details_id data-testid="details" hidden=move || !is_open.get()>
                {move || is_open.get().then(|| details(session, item_idx))}
            </div>
        </li>
    }
}
