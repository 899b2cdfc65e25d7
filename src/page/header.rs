//! What this is, which engine answers, and how fast.

use leptos::prelude::*;
use leptos::web_sys::{HtmlElement, wasm_bindgen::JsCast};

use super::dom::{El, button, el};
use super::session::{GpuOffer, Session};
use super::text;
use super::tour::start_tour;

const ENGINE_ID: &str = "engine";
const TRY_GPU_ID: &str = "try-gpu";

pub(crate) fn header(session: Session) -> El {
    let latency = el("span", "latency").testid("latency");
    // Focusable by script, for when the button that has the focus is gone.
    let engine = el("span", "").testid("engine").attr("id", ENGINE_ID).attr("tabindex", "-1");
    el("header", "masthead")
        .child(el("p", "wordmark").text(text::NAME))
        .child(el("h1", "").text(text::HEADLINE))
        .child(el("p", "tagline").text(text::TAGLINE).child(start_tour(session)))
        .child(
            el("div", "status")
                .child(latency.live_text(move || session.latency.get().map(text::latency)))
                .child(engine.live_text(move || Some(session.engine.get())))
                .child(try_gpu(session)),
        )
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
fn try_gpu(session: Session) -> El {
    let is = move |offer: GpuOffer| session.gpu_offer.get() == offer;
    button("quiet try-gpu", move || session.try_gpu())
        .attr("id", TRY_GPU_ID)
        .testid("try-gpu")
        .flag("hidden", move || is(GpuOffer::Nothing))
        .says("aria-disabled", move || is(GpuOffer::Trying))
        .live_text(move || {
            let label = if is(GpuOffer::Trying) { text::TRYING_GPU } else { text::TRY_GPU };
            Some(label.to_owned())
        })
}
