//! How wide a drawing may be.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::HtmlElement;

use super::dom::{El, Place, el, on_window};

/// Width of the element that tells the size of letters, at 16 pixels.
const PROBE_WIDTH: f32 = 1600.0;

/// The width of an element, kept up for as long as the page is open, and the element: drawings are made for letters of 16
/// pixels and scaled with the page's. `first` until it stands in the document.
pub(crate) fn measured(element: El, first: f32) -> (RwSignal<f32>, El) {
    let width = RwSignal::new(first);
    let (place, rem) = (Place::new(), Place::new());
    let measure = move || {
        if let Some(place) = place.get::<HtmlElement>() {
            let scale = rem.get::<HtmlElement>().map_or(1.0, |rem| rem.offset_width() as f32 / PROBE_WIDTH);
            let measured = place.offset_width() as f32 / scale.max(0.5);
            if measured > 0.0 && (measured - width.get_untracked()).abs() >= 1.0 {
                width.set(measured);
            }
        }
    };
    spawn_local(async move { measure() });
    on_window("resize", move |_| measure());
    (width, element.at(place).child(el("div", "rem-probe").at(rem)))
}
