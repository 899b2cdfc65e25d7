//! What can be done with the shelf as a whole: fill it from a file, share it, save it, forget it.

use leptos::prelude::*;
use leptos::web_sys::{HtmlAnchorElement, wasm_bindgen::JsCast};

use crate::explorer::ShelfFile;
use crate::page::dom::{El, button, el};
use crate::page::session::Session;
use crate::page::{icons, text};

pub(super) fn tools(session: Session) -> El {
    let tool = |name: &str, icon: El, label: &str, press: Box<dyn Fn()>| {
        button("tool", press).testid(name).child(icon).text(label)
    };
    let import = move || session.is_importing.set(true);
    let is_empty = move || session.shelf.with(|shelf| shelf.is_empty());
    let save = tool("save-file", icons::save(), text::SAVE_FILE, Box::new(move || save(session)));
    let forget = tool("forget", icons::bin(), text::FORGET, Box::new(move || session.forget_everything()));
    el("div", "tools")
        .attr("role", "group")
        .attr("aria-label", text::YOUR_DATA)
        .child(tool("import", icons::open(), text::IMPORT, Box::new(import)))
        .child(tool("copy-link", icons::link(), text::COPY_LINK, Box::new(move || session.copy_link())))
        .child(save.flag("disabled", is_empty))
        .child(forget.attr("title", text::FORGET_HINT))
}

/// Hands the shelf to the browser as a file, with titles so that people can read it.
fn save(session: Session) {
    let core = session.core();
    let file = session.shelf.with_untracked(|shelf| ShelfFile::of(shelf, core.catalogue.items()));
    let Ok(text) = file.to_text() else { return };
    let Some(anchor) =
        document().create_element("a").ok().and_then(|element| element.dyn_into::<HtmlAnchorElement>().ok())
    else {
        return;
    };
    anchor.set_href(&format!(
        "data:application/json;charset=utf-8,{}",
        String::from(js_sys::encode_uri_component(&text))
    ));
    anchor.set_download("my-shelf.json");
    anchor.click();
    session.say(text::file_saved(file.n_films()));
}
