//! The second part of the program: the explorer, the tour and the import of a history, which nobody needs to be
//! answered. It is loaded once the page has answered.
//!
//! It is one program all the same, with one memory: the build divides what the linker has made (`.make/split.mjs`).
//! What is reached from the first part other than by [`gates`] stays there; the rest lies in a file of its own. So
//! nothing in this tree of modules says where a function lies, and [`Later::Here`] is the one condition to keep: a gate
//! may be passed only then.

pub(crate) mod gates;

use std::rc::Rc;

use js_sys::{Function, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::dom::{El, el};
use super::session::Session;
use super::{load, text};
use crate::clock;

/// Where the second part stands.
#[derive(Clone)]
pub(crate) enum Later {
    /// On its way.
    Waiting,
    /// The gates are open.
    Here,
    /// Why it is not there.
    Failed(Rc<str>),
}

/// Loads the second part when the page has nothing better to do, and then what that needs.
pub(crate) async fn load(session: Session) {
    clock::idle().await;
    match bring().await {
        Ok(()) => {
            session.later.set(Later::Here);
            gates::begin(session);
        }
        Err(reason) => session.later.set(Later::Failed(reason.into())),
    }
}

/// Fetches the second part and puts it into this program. The build gives the page's script a function for that, and
/// only where it has divided the program: `trunk serve` alone does not.
async fn bring() -> Result<(), String> {
    let join = Reflect::get(&js_sys::global(), &"joinSecondPart".into()).ok();
    let Some(join) = join.and_then(|join| join.dyn_into::<Function>().ok()) else { return Ok(()) };
    let bytes = load::fetch("program").await.map_err(|error| error.to_string())?;
    let thrown = |_| text::later::FOREIGN.to_owned();
    let joined = join.call1(&JsValue::UNDEFINED, &Uint8Array::from(&bytes[..])).map_err(thrown)?;
    JsFuture::from(Promise::resolve(&joined)).await.map_err(thrown)?;
    Ok(())
}

/// What a gate makes, once it is open; until then what is waited for, or why it will not come.
pub(crate) fn behind(session: Session, make: fn(Session) -> El) -> Vec<El> {
    let line = |what: &str| vec![el("p", "note explore-waits").testid("later").attr("role", "status").text(what)];
    match session.later.get() {
        Later::Here => vec![make(session)],
        Later::Waiting => line(text::later::LOADING),
        Later::Failed(reason) => line(&text::later::failed(&reason)),
    }
}
