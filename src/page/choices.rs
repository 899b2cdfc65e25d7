//! Things to choose from: a heading, and buttons that are pressed or not.

use leptos::web_sys::{Event, HtmlElement, KeyboardEvent};
use std::rc::Rc;
use wasm_bindgen::JsCast;

use super::dom::{El, Place, button, el};

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

/// One of several, as buttons side by side: one stop of the keyboard, the arrows go from one to the next. `options` are
/// what the tests call each and what it says.
pub(crate) fn segmented(
    label: &str,
    options: &[(&str, &str)],
    chosen: impl Fn() -> usize + 'static,
    choose: impl Fn(usize) + 'static,
) -> El {
    let places: Vec<Place> = options.iter().map(|_| Place::new()).collect();
    let chosen: Rc<dyn Fn() -> usize> = Rc::new(chosen);
    let choose: Rc<dyn Fn(usize)> = Rc::new(choose);
    let option = |(at, (name, says)): (usize, &(&str, &str))| {
        let (is_chosen, in_tab_order, press) = (Rc::clone(&chosen), Rc::clone(&chosen), Rc::clone(&choose));
        button("segment", move || press(at))
            .at(places[at])
            .testid(name)
            .attr("role", "radio")
            .says("aria-checked", move || is_chosen() == at)
            .live_attr("tabindex", move || Some(if in_tab_order() == at { "0" } else { "-1" }.to_owned()))
            .text(says)
    };
    let options: Vec<El> = options.iter().enumerate().map(option).collect();
    let n = options.len();
    let go = move |event: Event| {
        let event: KeyboardEvent = event.unchecked_into();
        let step = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => 1,
            "ArrowLeft" | "ArrowUp" => n - 1,
            _ => return,
        };
        event.prevent_default();
        let to = (leptos::prelude::untrack(|| chosen()) + step) % n;
        choose(to);
        if let Some(button) = places[to].get::<HtmlElement>() {
            // Without focus it is chosen all the same.
            let _ = button.focus();
        }
    };
    el("div", "segmented").attr("role", "radiogroup").attr("aria-label", label).on("keydown", go).children(options)
}
