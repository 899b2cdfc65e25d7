//! What has just happened, at the foot of the window, for a few seconds.

use leptos::prelude::*;

use super::dom::{El, el};
use super::session::Session;

pub(crate) fn notice(session: Session) -> El {
    el("p", "notice")
        .attr("role", "status")
        .testid("notice")
        .live_class("shown", move || session.notice.with(|notice| !notice.is_empty()))
        .live_text(move || Some(session.notice.get()))
}
