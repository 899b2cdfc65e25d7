//! The one card for whatever keeps the page from starting.

use leptos::prelude::window;

use super::dom::{El, button, el};
use super::text;

pub(crate) fn failure(message: &str) -> El {
    let retry = || {
        // Nothing can be done where even reloading fails.
        let _ = window().location().reload();
    };
    el("main", "failure")
        .attr("role", "alert")
        .child(el("p", "wordmark").text(text::NAME))
        .child(el("h1", "").text(text::FAILURE))
        .child(el("p", "").text(message))
        .child(button("button", retry).text(text::RETRY))
}
