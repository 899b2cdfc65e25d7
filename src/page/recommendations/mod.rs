//! What the model recommends, its settings and its reasons.

mod controls;
mod details;
mod row;

use leptos::prelude::*;

use super::session::Session;
use super::text;
use crate::explorer::Taste;
use crate::student::MAX_K;
use controls::Controls;
use row::row;

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
    let n_rows = Memo::new(move |_| session.rows.with(Vec::len));
    let has_rows = Memo::new(move |_| n_rows.get() > 0);
    let is_full = Memo::new(move |_| n_rows.get() >= MAX_K);
    // Fewer than were asked for: there are no more.
    let is_over = Memo::new(move |_| n_rows.get() < session.view.with(|view| view.n_shown));
    view! {
        <section class="recommendations" aria-labelledby="recommendations-title">
            <Controls session />
            <p class="note" hidden=move || note().is_none()>
                {note}
            </p>
            <ol data-testid="recommendations">
                {move || {
                    let turn = session.n_answers.get_untracked();
                    let rows = session.rows.get();
                    rows.into_iter().enumerate().map(|(place, shown)| row(session, place, shown, turn)).collect_view()
                }}
            </ol>
            <div class="nothing" data-testid="nothing-fits" hidden=move || has_rows.get()>
                <p>{text::NOTHING_FITS}</p>
                <button class="button" on:click=move |_| session.tune(|view| view.untune())>
                    {text::UNTUNE}
                </button>
            </div>
            <button
                class="more"
                data-testid="more"
                hidden=move || is_full.get() || is_over.get()
                on:click=move |_| session.show_more()
            >
                {text::MORE}
            </button>
            <p class="note" hidden=move || !is_full.get()>
                {text::ALL_SHOWN}
            </p>
        </section>
    }
}
