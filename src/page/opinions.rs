//! The three buttons with which a visitor says what they think of a film.

use std::rc::Rc;

use super::dom::{El, button};
use super::{icons, text};
use crate::explorer::Taste;

/// Buttons for "like", "seen" and "not for me"; `chosen` is marked, `give` is called with what was pressed.
pub(crate) fn opinions(title: &str, chosen: Option<Taste>, in_tab_order: bool, give: Rc<dyn Fn(Taste)>) -> [El; 3] {
    [(Taste::Liked, text::like(title)), (Taste::Seen, text::seen(title)), (Taste::Disliked, text::dislike(title))].map(
        |(taste, label)| {
            let give = Rc::clone(&give);
            button(if chosen == Some(taste) { "round chosen" } else { "round" }, move || give(taste))
                .attr("tabindex", if in_tab_order { "0" } else { "-1" })
                .titled(&label)
                .child(icons::taste(taste))
        },
    )
}
