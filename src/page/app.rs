//! The whole page.

use leptos::prelude::*;

use super::header::Header;
use super::hypergraph::Hypergraph;
use super::recommendations::Recommendations;
use super::results::Results;
use super::session::Session;
use super::shelf::ShelfSection;

#[component]
pub(crate) fn App(session: Session) -> impl IntoView {
    view! {
        <Header session />
        <main class="columns">
            <div class="column">
                <ShelfSection session />
                <Recommendations session />
            </div>
            <div class="column column-hypergraph">
                <Hypergraph session />
            </div>
        </main>
        <Results session />
        <p class="visually-hidden" role="status" aria-live="polite">
            {move || session.announcement.get()}
        </p>
    }
}
