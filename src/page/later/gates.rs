//! The ways from the first part of the program into the second. The build finds them by this module's name: a function
//! here is called by its own name or not at all, so none may be inlined.

use crate::page::dom::El;
use crate::page::session::Session;
use crate::page::{explore, import, tour};

/// Loads what the explorer needs.
#[inline(never)]
pub(crate) fn begin(session: Session) {
    explore::begin(session);
}

/// The tabs of the explorer, and the view that is open.
#[inline(never)]
pub(crate) fn explorer(session: Session) -> El {
    explore::views(session)
}

/// The card of the guided tour.
#[inline(never)]
pub(crate) fn tour(session: Session) -> El {
    tour::card(session)
}

/// What the dialog for a visitor's own history is filled with.
#[inline(never)]
pub(crate) fn import(session: Session) -> El {
    import::content(session)
}
