//! The page: views for Leptos, made of [`dom::El`], over the pure [`crate::explorer`] and the [`crate::recommender`].
//! WebAssembly only.
//!
//! Explorer, tour and import are a part of the program that is loaded later: [`later`].
//!
//! The module mounts itself where an element `#app` exists. Other pages load the engine alone: `make package`.

mod app;
mod choices;
mod dom;
mod explore;
mod failure;
mod header;
mod hypergraph;
mod icons;
mod import;
mod later;
mod lecture;
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
mod tour;
mod width;

use leptos::mount::mount_to_renderer;
use leptos::prelude::*;
use leptos::web_sys::Element;
use wasm_bindgen_futures::spawn_local;

use crate::clock;
use app::app;
use dom::El;
use failure::failure;
use session::Session;

/// Runs when the module is loaded: shows the page where there is a place for it.
pub fn start() {
    console_error_panic_hook::set_once();
    if let Some(place) = place() {
        open(place);
    }
}

/// The element that the page fills.
fn place() -> Option<Element> {
    document().get_element_by_id("app")
}

/// Loads everything and shows the page, or what went wrong with a way to try again. Until then the skeleton of
/// `index.html` stands.
fn open(place: Element) {
    spawn_local(async move {
        match load::load().await {
            Ok(opening) => {
                show(&place, Box::new(|| app(Session::start(opening))));
                clock::idle().await;
                offline::ready().await;
            }
            Err(error) => {
                let message = error.to_string();
                show(&place, Box::new(move || vec![failure(&message)]));
            }
        }
    });
}

/// Fills the place, for as long as the page is open.
fn show(place: &Element, view: Box<dyn FnOnce() -> Vec<El>>) {
    place.set_inner_html("");
    mount_to_renderer(place, view).forget();
}
