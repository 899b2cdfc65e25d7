//! What this is, which engine answers, and how fast.

use leptos::html::Button;
use leptos::prelude::*;
use leptos::web_sys::{Element, HtmlElement, wasm_bindgen::JsCast};

use super::session::{GpuOffer, Session};
use super::text;

#[component]
pub(crate) fn Header(session: Session) -> impl IntoView {
    view! {
        <header class="masthead">
            <p class="wordmark">{text::NAME}</p>
            <h1>{text::HEADLINE}</h1>
            <p class="tagline">{text::TAGLINE}</p>
            <div class="status">
                <span class="latency" data-testid="latency">
                    {move || session.latency.get().map(text::latency)}
                </span>
                // Focusable by script, for when the button that has the focus is gone.
                <span data-testid="engine" id="engine" tabindex="-1">{move || session.engine.get()}</span>
                <TryGpu session />
            </div>
        </header>
    }
}

/// Tries the GPU again. While it is tried the button stays, and with it the focus.
#[component]
fn TryGpu(session: Session) -> impl IntoView {
    let is_hidden = Memo::new(move |_| session.gpu_offer.get() == GpuOffer::Nothing);
    let is_trying = Memo::new(move |_| session.gpu_offer.get() == GpuOffer::Trying);
    let button = NodeRef::<Button>::new();
    // A hidden button loses the focus; the line that it has changed takes it.
    Effect::new(move |_| {
        let button = button.get_untracked().map(|button| button.unchecked_into::<Element>());
        if is_hidden.get() && button.is_some() && document().active_element() == button {
            let line = document().get_element_by_id("engine").and_then(|line| line.dyn_into::<HtmlElement>().ok());
            // Without focus the page still works.
            let _ = line.map(|line| line.focus());
        }
    });
    view! {
        <button
            node_ref=button
            class="quiet try-gpu"
            data-testid="try-gpu"
            hidden=move || is_hidden.get()
            aria-disabled=move || is_trying.get().to_string()
            on:click=move |_| session.try_gpu()
        >
            {move || if is_trying.get() { text::TRYING_GPU } else { text::TRY_GPU }}
        </button>
    }
}
