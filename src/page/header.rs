//! What this is, which engine answers, and how fast.

use leptos::prelude::*;
use leptos::web_sys::{HtmlElement, wasm_bindgen::JsCast};

use super::session::{GpuOffer, Session};
use super::text;

const ENGINE_ID: &str = "engine";
const TRY_GPU_ID: &str = "try-gpu";

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
                <span data-testid="engine" id=ENGINE_ID tabindex="-1">{move || session.engine.get()}</span>
                <TryGpu session />
            </div>
        </header>
    }
}

/// Before the button goes: if it has the focus, the line that it has changed takes it.
pub(crate) fn hand_focus_on() {
    if document().active_element().is_some_and(|element| element.id() == TRY_GPU_ID) {
        let line = document().get_element_by_id(ENGINE_ID).and_then(|line| line.dyn_into::<HtmlElement>().ok());
        // Without focus the page still works.
        let _ = line.map(|line| line.focus());
    }
}

/// Tries the GPU again. While it is tried the button stays, and with it the focus.
#[component]
fn TryGpu(session: Session) -> impl IntoView {
    let is_hidden = Memo::new(move |_| session.gpu_offer.get() == GpuOffer::Nothing);
    let is_trying = Memo::new(move |_| session.gpu_offer.get() == GpuOffer::Trying);
    view! {
        <button
            id=TRY_GPU_ID
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
