//! The ten recommendations. Rows are places, not films: the keyboard stays on its place while films change.

use leptos::prelude::*;

use super::session::{Row, Session};
use super::{icons, text};
use crate::explorer::{Taste, Vertex};
use crate::ranking::decimal;

#[component]
pub(crate) fn Recommendations(session: Session) -> impl IntoView {
    let weighs_dislikes = session.core().recommender.bundle().config.dislike_weight > 0.0;
    let note = move || {
        session.shelf.with(|shelf| {
            let has = |taste: Taste| shelf.with_taste(taste).next().is_some();
            match (has(Taste::Liked), has(Taste::Disliked)) {
                (false, dislikes) if !dislikes || !weighs_dislikes => Some(text::RECOMMENDATIONS_EMPTY_SHELF),
                (_, true) if !weighs_dislikes => Some(text::DISLIKES_ONLY_HIDE),
                _ => None,
            }
        })
    };
    view! {
        <section class="recommendations" aria-labelledby="recommendations-title">
            <div class="section-head">
                <h2 id="recommendations-title">{text::RECOMMENDATIONS}</h2>
            </div>
            <p class="note" hidden=move || note().is_none()>
                {note}
            </p>
            <ol data-testid="recommendations">
                {move || {
                    let turn = session.n_answers.get_untracked();
                    let rows = session.rows.get();
                    rows.into_iter().enumerate().map(|(place, row)| recommendation(session, place, row, turn)).collect_view()
                }}
            </ol>
        </section>
    }
}

fn recommendation(session: Session, place: usize, row: Row, turn: u32) -> impl IntoView {
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
    let about = item.year.iter().map(u16::to_string).chain([item.genres.join(", ")]).collect::<Vec<_>>().join(" · ");
    let reason = why.clone();
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
            <div class="film">
                <button
                    class="film-title"
                    aria-label=text::show_in_hypergraph(&item.title)
                    title=text::show_in_hypergraph(&item.title)
                    on:click=move |_| session.look_at(vertex)
                >
                    {item.title.clone()}
                </button>
                <span class="about">{about}</span>
                <p class="why" data-testid="why" title=reason>
                    {why}
                </p>
            </div>
            <div class="score" title=text::SCORE_HINT>
                <span class="score-number">{text::fixed(ranked.score, 2)}</span>
                <span class="score-bar" aria-hidden="true"></span>
            </div>
            <div class="opinions">
                <button
                    class="round"
                    aria-label=text::like(&item.title)
                    title=text::like(&item.title)
                    on:click=move |_| session.set_taste(item_idx, Taste::Liked)
                >
                    {icons::heart()}
                </button>
                <button
                    class="round"
                    aria-label=text::dislike(&item.title)
                    title=text::dislike(&item.title)
                    on:click=move |_| session.set_taste(item_idx, Taste::Disliked)
                >
                    {icons::not_for_me()}
                </button>
            </div>
        </li>
    }
}
