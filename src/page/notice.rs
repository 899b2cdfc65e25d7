//! What has just happened, at the foot of the window, for a few seconds.

use leptos::prelude::*;

use super::session::Session;

#[component]
pub(crate) fn Notice(session: Session) -> impl IntoView {
    view! {
        <p class="notice" role="status" data-testid="notice" class:shown=move || session.notice.with(|notice| !notice.is_empty())>
            {move || session.notice.get()}
        </p>
    }
}
