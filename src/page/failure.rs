//! The one card for whatever keeps the page from starting.

use leptos::prelude::*;

use super::text;

#[component]
pub(crate) fn Failure(message: String) -> impl IntoView {
    let retry = |_| {
        // Nothing can be done where even reloading fails.
        let _ = window().location().reload();
    };
    view! {
        <main class="failure" role="alert">
            <p class="wordmark">{text::NAME}</p>
            <h1>{text::FAILURE}</h1>
            <p>{message}</p>
            <button class="button" on:click=retry>
                {text::RETRY}
            </button>
        </main>
    }
}
