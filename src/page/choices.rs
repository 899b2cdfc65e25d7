//! Things to choose from: a heading, and buttons that are pressed or not.

use super::dom::{El, button, el};

/// A choice under its heading.
pub(crate) fn choice(label: &str, content: El) -> El {
    el("fieldset", "control").child(el("legend", "").text(label)).child(content)
}

/// The buttons of a choice, side by side.
pub(crate) fn choices(buttons: impl IntoIterator<Item = El>) -> El {
    el("div", "choices").children(buttons)
}

/// A button that says whether it is on.
pub(crate) fn toggle(label: &str, is_on: impl Fn() -> bool + 'static, press: impl Fn() + 'static) -> El {
    button("preset", press).says("aria-pressed", is_on).text(label)
}
