//! The shelf on the visitor's device. Storage that is missing, forbidden or full never stops the page.

use leptos::prelude::window;
use leptos::web_sys::Storage;

use crate::explorer::SavedShelf;
use crate::json;

const KEY: &str = "sharp-distill.shelf.1";

/// The browser's storage, where it may be used. Asking can fail already (a visitor who forbids it).
fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// What was stored; `None` on a first visit, and when it cannot be read.
pub(crate) fn read() -> Option<SavedShelf> {
    let text = storage()?.get_item(KEY).ok().flatten()?;
    json::read(text.as_bytes()).ok()
}

/// Stores the shelf if that is possible.
pub(crate) fn write(shelf: &SavedShelf) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(shelf)) {
        // A full or read-only storage: the shelf lives on in the page.
        let _ = storage.set_item(KEY, &text);
    }
}

/// Takes the shelf off the device.
pub(crate) fn clear() {
    if let Some(storage) = storage() {
        // What cannot be removed could not be written either.
        let _ = storage.remove_item(KEY);
    }
}
