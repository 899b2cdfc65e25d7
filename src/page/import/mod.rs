//! The dialog in which a visitor brings their own history: drop a file, see what was found, mend it, take it over.

mod fix;
mod report;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{DragEvent, Event, File, HtmlDialogElement, HtmlInputElement};

use super::dom::{El, Place, button, el, on_window};
use super::later::{behind, gates};
use super::session::Session;
use super::{icons, text};
use crate::clock;
use crate::explorer::{Shelf, ShelfFile};
use crate::history::{self, MatchReport, Matcher, TitleIndex};
use report::report;

/// Rows that are matched between two frames: a few milliseconds.
const ROWS_A_STEP: usize = 1_000;

/// How far the dialog is.
#[derive(Debug, Clone, PartialEq)]
enum Stage {
    Waiting,
    Reading,
    Matching { n_done: usize, n_rows: usize },
    Refused(String),
    Reported,
}

/// What the dialog's parts share.
#[derive(Clone, Copy)]
struct Import {
    session: Session,
    stage: RwSignal<Stage>,
    report: RwSignal<Option<MatchReport>>,
    /// Counts the files, so that one which comes while another is matched ends that.
    n_files: StoredValue<u32>,
}

/// The dialog, open or not.
pub(crate) fn import_dialog(session: Session) -> El {
    let place = Place::new();
    Effect::new(move |_| {
        let Some(dialog) = place.get::<HtmlDialogElement>() else { return };
        match session.is_importing.get() {
            // It fails only where it is open already.
            true if !dialog.open() => {
                let _ = dialog.show_modal();
            }
            false if dialog.open() => dialog.close(),
            _ => {}
        }
    });
    take_dropped_files(session);
    let head = el("div", "section-head")
        .child(el("h2", "").attr("id", "import-title").text(text::IMPORT))
        .child(button("round", move || session.is_importing.set(false)).titled(text::CLOSE).child(icons::cross()));
    el("dialog", "dialog")
        .testid("import-dialog")
        .attr("aria-labelledby", "import-title")
        .at(place)
        .on("close", move |_| session.is_importing.set(false))
        .child(head)
        .child(el("p", "privacy").text(text::IMPORT_PRIVACY))
        .live_children(move || behind(session, gates::import))
}

/// A file that is dropped anywhere on the page opens the dialog.
fn take_dropped_files(session: Session) {
    on_window("dragover", |event| event.prevent_default());
    on_window("drop", move |event| {
        let transfer = event.unchecked_ref::<DragEvent>().data_transfer();
        if let Some(file) = transfer.and_then(|transfer| transfer.files()).and_then(|files| files.get(0)) {
            event.prevent_default();
            session.dropped.set_value(Some(file));
            session.is_importing.set(true);
        }
    });
}

/// What the dialog is filled with.
pub(super) fn content(session: Session) -> El {
    let import = Import {
        session,
        stage: RwSignal::new(Stage::Waiting),
        report: RwSignal::new(None),
        n_files: StoredValue::new(0),
    };
    // Runs anew with every file that is dropped, too.
    Effect::new(move |_| match session.is_importing.get() {
        true => {
            if let Some(file) = session.dropped.get_value() {
                session.dropped.set_value(None);
                import.open(file);
            }
        }
        false => import.restart(),
    });
    let is_reported = move || import.stage.with(|stage| *stage == Stage::Reported);
    el("div", "")
        .child(el("div", "").flag("hidden", is_reported).children(drop_zone(import)))
        .child(
            el("div", "")
                .attr("role", "status")
                .testid("import-status")
                .live_children(move || progress(import).into_iter().collect()),
        )
        .live_children(move || is_reported().then(|| report(import)).into_iter().collect())
}

fn drop_zone(import: Import) -> [El; 2] {
    let chosen = move |event: Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input {
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                import.open(file);
            }
            // The same file can be chosen again.
            input.set_value("");
        }
    };
    let source =
        |(place, file): (&str, &str)| el("li", "").child(el("strong", "").text(place)).child(el("span", "").text(file));
    let input = el("input", "visually-hidden")
        .attr("type", "file")
        .testid("import-file")
        .attr("accept", ".csv,.json,.txt,.tsv,text/csv,application/json")
        .on("change", chosen);
    let zone = el("label", "drop-zone")
        .testid("drop-zone")
        .child(icons::open())
        .child(el("span", "drop").text(text::DROP))
        .child(el("span", "choose").text(text::CHOOSE_FILE))
        .child(input);
    [zone, el("ul", "sources").children(text::SOURCES.map(source))]
}

/// What is being done, or what went wrong.
fn progress(import: Import) -> Option<El> {
    match import.stage.get() {
        Stage::Waiting | Stage::Reported => None,
        Stage::Reading => Some(el("p", "note").text(text::READING)),
        Stage::Matching { n_done, n_rows } => {
            let bar = el("progress", "").attr("max", &n_rows.to_string()).attr("value", &n_done.to_string());
            Some(el("label", "note").child(bar).text(&text::rows_done(n_done, n_rows)))
        }
        Stage::Refused(message) => Some(el("p", "refused").testid("import-error").text(&message)),
    }
}

impl Import {
    /// Back to the beginning, whatever was going on.
    fn begin(self) -> u32 {
        let number = self.n_files.get_value().wrapping_add(1);
        self.n_files.set_value(number);
        self.stage.set(Stage::Waiting);
        self.report.set(None);
        number
    }

    fn restart(self) {
        let _ = self.begin();
    }

    fn open(self, file: File) {
        let number = self.begin();
        self.stage.set(Stage::Reading);
        spawn_local(async move {
            let stage = self.read(file, number).await.unwrap_or_else(Stage::Refused);
            if self.n_files.get_value() == number {
                self.stage.set(stage);
            }
        });
    }

    /// Reads and matches a file; what comes back is the stage after it.
    async fn read(self, file: File, number: u32) -> Result<Stage, String> {
        let core = self.session.core();
        history::check_size(file.size() as usize).map_err(|error| error.to_string())?;
        let buffer = wasm_bindgen_futures::JsFuture::from(file.array_buffer()).await;
        let buffer = buffer.map_err(|error| String::from(js_sys::Object::from(error).to_string()))?;
        let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
        if ShelfFile::is_one(&bytes) {
            let saved = ShelfFile::read(&bytes).map_err(|error| text::bad_shelf_file(&error.to_string()))?;
            let shelf = core.shelf_of(&saved);
            self.take_over(shelf.len(), move |own| *own = shelf);
            return Ok(Stage::Waiting);
        }
        let history = history::read(&bytes).map_err(|error| error.to_string())?;
        let index = TitleIndex::new(&core.catalogue);
        let mut matcher = Matcher::new(history);
        loop {
            let progress = matcher.step(&index, ROWS_A_STEP);
            if progress.is_done() {
                break;
            }
            self.stage.set(Stage::Matching { n_done: progress.n_done, n_rows: progress.n_rows });
            clock::breathe().await;
            if self.n_files.get_value() != number {
                return Ok(Stage::Waiting);
            }
        }
        self.report.set(Some(matcher.finish()));
        Ok(Stage::Reported)
    }

    /// Changes the shelf, says so and closes.
    fn take_over(self, n_films: usize, change: impl FnOnce(&mut Shelf)) {
        self.session.edit(change);
        self.session.say(text::added(n_films));
        self.session.is_importing.set(false);
    }
}
