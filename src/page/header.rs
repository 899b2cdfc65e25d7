//! What this is, which engine answers, and how fast.

use leptos::prelude::*;

use super::session::Session;
use super::text;

#[component]
pub(crate) fn Header(session: Session) -> impl IntoView {
    view! {
        <header class="masthead">
            <p class="wordmark">{text::NAME}</p>
            <h1>{text::HEADLINE}</h1>
            <p class="tagline">{text::TAGLINE}</p>
            <p class="status">
                <span class="latency" data-testid="latency">
                    {move || session.latency.get().map(text::latency)}
                </span>
                <span data-testid="engine">{move || session.engine.get()}</span>
            </p>
        </header>
    }
}
