//! Where the shelf lives outside the page: the device's storage, and the address, which a friend can open.

use std::time::Duration;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;

use super::Session;
use super::core::Core;
use crate::explorer::{Explore, Link, Shelf, View};
use crate::page::dom::on_window;
use crate::page::{offline, storage, text};

/// A shelf and a view to begin with, and what there is to say about where they are from.
pub(super) struct Start {
    pub(super) shelf: Shelf,
    pub(super) view: View,
    pub(super) explore: Explore,
    pub(super) origin: Origin,
    /// Why the address could not be used.
    pub(super) complaint: Option<String>,
}

/// Whose shelf is on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody's: a first visit starts with a taste.
    Starting,
    /// The visitor's own; it is stored.
    Own,
    /// Somebody else's, by a link; the visitor's own stays stored as it is.
    Shared,
}

/// Addresses are rewritten at most so often: browsers refuse more.
const PAUSE: Duration = Duration::from_millis(400);

/// Longer links are cut by some mail and chat programs.
const LONG_LINK: usize = 8_000;

/// What the page opens with: the address's shelf, the stored one, or a taste to start from.
pub(super) fn start(core: &Core) -> Start {
    let stored = stored_shelf(core);
    let (link, complaint) = match Link::read(&fragment()) {
        Ok(link) => (Some(link).filter(|link| *link != Link::default()), None),
        Err(error) => (None, Some(text::bad_link(&error.to_string()))),
    };
    let is_first = stored.is_none();
    let first_taste = || Shelf::of_likes(core.presets.first().map(|(_, films)| films.clone()).unwrap_or_default());
    // What the page shows without a link, and whose it is.
    let (own, origin) = (stored.unwrap_or_else(first_taste), if is_first { Origin::Starting } else { Origin::Own });
    let Some(link) = link else {
        return Start { shelf: own, view: View::default(), explore: Explore::default(), origin, complaint };
    };
    let shelf = core.shelf_of(&link.shelf);
    let n_unknown = link.shelf.entries.len().saturating_sub(shelf.len());
    let complaint = (n_unknown > 0).then(|| text::unknown_films(n_unknown));
    let origin = if shelf == own { origin } else { Origin::Shared };
    Start { shelf, view: link.view, explore: link.explore, origin, complaint }
}

/// The visitor's own shelf, as it was stored.
fn stored_shelf(core: &Core) -> Option<Shelf> {
    storage::read().map(|saved| core.shelf_of(&saved))
}

/// What stands behind the `#` of the address.
fn fragment() -> String {
    let hash = window().location().hash().unwrap_or_default();
    hash.trim_start_matches('#').to_owned()
}

impl Session {
    /// Another link was pasted into this page's address: it opens as any other.
    pub(super) fn follow_links(self) {
        on_window("hashchange", |_| {
            // Nothing can be done where even reloading fails.
            let _ = window().location().reload();
        });
    }

    /// Stores the visitor's own shelf.
    pub(super) fn store(self) {
        if self.origin.get_untracked() != Origin::Shared {
            let core = self.core();
            storage::write(&self.shelf.with_untracked(|shelf| shelf.to_saved(&core.recommender.bundle().item_ids)));
            self.origin.maybe_update(|origin| std::mem::replace(origin, Origin::Own) != Origin::Own);
        }
    }

    /// Makes a shared shelf the visitor's own; the one before can be had back.
    pub(crate) fn keep_shared(self) {
        if let Some(before) = stored_shelf(&self.core()) {
            self.undo.update(|undo| undo.remember(before));
        }
        self.origin.set(Origin::Own);
        self.store();
        self.say(text::KEPT.to_owned());
    }

    /// Leaves a shared shelf for the visitor's own.
    pub(crate) fn leave_shared(self) {
        show_address("");
        let Start { shelf, view, explore, origin, .. } = start(&self.core());
        self.origin.set(origin);
        self.undo.update(|undo| *undo = Default::default());
        self.view.set(view);
        self.explore.set(explore);
        self.shelf.set(shelf);
        self.ask();
    }

    /// The address of what is on screen.
    pub(crate) fn address(self) -> String {
        let location = window().location();
        let part = |part: Result<String, JsValue>| part.unwrap_or_default();
        let page = format!("{}{}{}", part(location.origin()), part(location.pathname()), part(location.search()));
        format!("{page}#{}", self.link().to_text())
    }

    /// Copies the address; says so, or how to do it by hand.
    pub(crate) fn copy_link(self) {
        let address = self.address();
        let is_long = address.len() > LONG_LINK;
        show_address(&self.link().to_text());
        let copied = window().navigator().clipboard().write_text(&address);
        leptos::task::spawn_local(async move {
            let is_copied = wasm_bindgen_futures::JsFuture::from(copied).await.is_ok();
            self.say(text::link_copied(is_copied, is_long).to_owned());
        });
    }

    /// Brings the address up to date, soon.
    pub(crate) fn update_address(self) {
        if !self.address_waits.get_value() {
            self.address_waits.set_value(true);
            set_timeout(
                move || {
                    self.address_waits.set_value(false);
                    let is_plain = !self.view.with_untracked(View::is_tuned)
                        && self.explore.with_untracked(|explore| *explore == Explore::default());
                    let has_nothing_to_tell = self.origin.get_untracked() == Origin::Starting && is_plain;
                    show_address(&if has_nothing_to_tell { String::new() } else { self.link().to_text() });
                },
                PAUSE,
            );
        }
    }

    fn link(self) -> Link {
        let core = self.core();
        let chosen = self.trail.with_untracked(|trail| trail.chosen());
        let centre = chosen.and_then(|vertex| core.centre(vertex));
        Link {
            shelf: self.shelf.with_untracked(|shelf| shelf.to_saved(&core.recommender.bundle().item_ids)),
            view: View { centre, ..self.view.get_untracked() },
            explore: self.explore.get_untracked(),
        }
    }

    /// Leaves no trace of the visitor on this device: storage, address, what works offline, what could be undone.
    pub(crate) fn forget_everything(self) {
        self.origin.set(Origin::Starting);
        self.undo.update(|undo| *undo = Default::default());
        self.view.set(View::default());
        self.explore.set(Explore::default());
        self.trail.set(Default::default());
        self.shelf.set(Default::default());
        storage::clear();
        leptos::task::spawn_local(offline::forget());
        show_address("");
        self.ask();
        self.say(text::FORGOTTEN.to_owned());
    }
}

/// Puts a link's text behind the `#`.
fn show_address(text: &str) {
    let query = window().location().search().unwrap_or_default();
    replace_address(&query, &if text.is_empty() { String::new() } else { format!("#{text}") });
}

/// Another query and fragment, without a new entry in the history.
pub(crate) fn replace_address(query: &str, fragment: &str) {
    let address = window().location().pathname().unwrap_or_default() + query + fragment;
    // A browser that refuses (too many, too long) shows everything all the same, and has the shelf in its storage.
    let _ = window().history().and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
}
