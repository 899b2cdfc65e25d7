//! The page: Leptos components over the pure [`crate::explorer`] and the [`crate::recommender`]. WebAssembly only.
//!
//! The module mounts itself only where an element `#app` exists, so that the same WebAssembly serves as a library for
//! other pages.

#![allow(unreachable_pub, reason = "what `#[component]` generates is public")]

mod app;
mod drawing;
mod failure;
mod header;
mod hypergraph;
mod icons;
mod import;
mod load;
mod notice;
mod offline;
mod opinions;
mod recommendations;
mod results;
mod session;
mod shelf;
mod storage;
mod text;

use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::web_sys::{HtmlElement, wasm_bindgen::JsCast};
use wasm_bindgen_futures::spawn_local;

use crate::clock;
use app::App;
use failure::Failure;
use session::Session;

/// Runs when the module is loaded: shows the page where there is a place for it.
pub fn start() {
    console_error_panic_hook::set_once();
    if let Some(place) = place() {
        open(place);
    }
}

/// The element that the page fills.
fn place() -> Option<HtmlElement> {
    document().get_element_by_id("app")?.dyn_into().ok()
}

/// Loads everything and shows the page, or what went wrong with a way to try again. Until then the skeleton of
/// `index.html` stands.
fn open(place: HtmlElement) {
    spawn_local(async move {
        match load::load().await {
            Ok(opening) => {
                place.set_inner_html("");
                mount_to(place, move || {
                    let session = Session::start(opening);
                    view! { <App session /> }
                })
                .forget();
                clock::idle().await;
                offline::ready().await;
            }
            Err(error) => {
                let message = error.to_string();
                place.set_inner_html("");
                mount_to(place, move || view! { <Failure message /> }).forget();
            }
        }
    });
}
