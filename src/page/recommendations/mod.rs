//! What the model recommends, its settings and its reasons.

mod controls;
mod details;
mod row;

use leptos::prelude::*;

use super::dom::{El, button, el};
use super::session::Session;
use super::text;
use crate::explorer::{Taste, View};
use crate::student::MAX_K;
use controls::controls;
use row::row;

pub(crate) fn recommendations(session: Session) -> El {
    let weighs_dislikes = session.core().recommender.bundle().config.dislike_weight > 0.0;
    let note = move || {
        session.shelf.with(|shelf| {
            let has = |taste: Taste| shelf.with_taste(taste).next().is_some();
            match (has(Taste::Liked), has(Taste::Disliked)) {
                (false, dislikes) if !dislikes || !weighs_dislikes => {
                    Some(text::RECOMMENDATIONS_EMPTY_SHELF.to_owned())
                }
                (_, true) if !weighs_dislikes => Some(text::DISLIKES_ONLY_HIDE.to_owned()),
                _ => None,
            }
        })
    };
    let n_rows = move || session.rows.with(Vec::len);
    let is_full = move || n_rows() >= MAX_K;
    // Fewer than were asked for: there are no more.
    let is_over = move || n_rows() < session.view.with(|view| view.n_shown);
    let rows = move || {
        let turn = session.n_answers.get_untracked();
        session
            .rows
            .with(|rows| rows.iter().enumerate().map(|(place, shown)| row(session, place, shown, turn)).collect())
    };
    let nothing = el("div", "nothing")
        .testid("nothing-fits")
        .flag("hidden", move || n_rows() > 0)
        .child(el("p", "").text(text::NOTHING_FITS))
        .child(button("button", move || session.tune(View::untune)).text(text::UNTUNE));
    let more = button("more", move || session.show_more())
        .testid("more")
        .flag("hidden", move || is_full() || is_over())
        .text(text::MORE);
    el("section", "recommendations")
        .attr("aria-labelledby", "recommendations-title")
        .children(controls(session))
        .child(el("p", "note").flag("hidden", move || note().is_none()).live_text(note))
        .child(el("ol", "").testid("recommendations").live_children(rows))
        .child(nothing)
        .child(more)
        .child(el("p", "note").flag("hidden", move || !is_full()).text(text::ALL_SHOWN))
}
