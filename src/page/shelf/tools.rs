//! What can be done with the shelf as a whole: fill it from a file, share it, save it, forget it.

use leptos::prelude::*;
use leptos::web_sys::{HtmlAnchorElement, wasm_bindgen::JsCast};

use crate::explorer::ShelfFile;
use crate::page::session::Session;
use crate::page::{icons, text};

#[component]
pub(crate) fn Tools(session: Session) -> impl IntoView {
    let is_empty = Memo::new(move |_| session.shelf.with(|shelf| shelf.is_empty()));
    view! {
        <div class="tools" role="group" aria-label=text::YOUR_DATA>
            <button class="tool" data-testid="import" on:click=move |_| session.is_importing.set(true)>
                {icons::open()}
                {text::IMPORT}
            </button>
            <button class="tool" data-testid="copy-link" on:click=move |_| session.copy_link()>
                {icons::link()}
                {text::COPY_LINK}
            </button>
            <button class="tool" data-testid="save-file" disabled=move || is_empty.get() on:click=move |_| save(session)>
                {icons::save()}
                {text::SAVE_FILE}
            </button>
            <button class="tool" data-testid="forget" title=text::FORGET_HINT on:click=move |_| session.forget_everything()>
                {icons::bin()}
                {text::FORGET}
            </button>
        </div>
    }
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
