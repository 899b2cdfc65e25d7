//! The three buttons with which a visitor says what they think of a film.

use leptos::prelude::*;

use super::{icons, text};
use crate::explorer::Taste;

/// Buttons for "like", "seen" and "not for me"; `chosen` is marked, `give` is called with what was pressed.
pub(crate) fn opinions(
    title: &str,
    chosen: Option<Taste>,
    in_tab_order: bool,
    give: impl Fn(Taste) + Copy + 'static,
) -> Vec<AnyView> {
    let button = |(taste, label): (Taste, String)| {
        view! {
            <button
                class="round"
                class:chosen=chosen == Some(taste)
                tabindex=if in_tab_order { "0" } else { "-1" }
                aria-label=label.clone()
                title=label
                on:click=move |_| give(taste)
            >
                {icons::taste(taste)}
            </button>
        }
        .into_any()
    };
    let tastes =
        [(Taste::Liked, text::like(title)), (Taste::Seen, text::seen(title)), (Taste::Disliked, text::dislike(title))];
    tastes.into_iter().map(button).collect()
}
