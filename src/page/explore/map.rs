//! All films on one map.

use crate::page::dom::{El, el};
use crate::page::session::Session;

pub(super) fn map(_session: Session) -> El {
    el("div", "")
}
