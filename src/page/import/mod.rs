//! The dialog in which a visitor brings their own history: drop a file, see what was found, mend it, take it over.

mod fix;
mod report;

use leptos::ev::{dragover, drop};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{DragEvent, File, HtmlInputElement};

use super::session::Session;
use super::{icons, text};
use crate::clock;
use crate::explorer::{Shelf, ShelfFile};
use crate::history::{self, HistoryError, MAX_BYTES, MatchReport, Matcher, TitleIndex};
use report::Report;

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

#[component]
pub(crate) fn ImportDialog(session: Session) -> impl IntoView {
    let import = Import {
        session,
        stage: RwSignal::new(Stage::Waiting),
        report: RwSignal::new(None),
        n_files: StoredValue::new(0),
    };
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match session.is_importing.get() {
            // It fails only where it is open already.
            true if !dialog.open() => {
                let _ = dialog.show_modal();
            }
            false if dialog.open() => dialog.close(),
            _ => {}
        }
    });
    import.take_dropped_files();
    let is_reported = Memo::new(move |_| import.stage.with(|stage| *stage == Stage::Reported));
    view! {
        <dialog class="dialog" data-testid="import-dialog" aria-labelledby="import-title" node_ref=dialog on:close=move |_| import.close()>
            <div class="section-head">
                <h2 id="import-title">{text::IMPORT}</h2>
                <button class="round" aria-label=text::CLOSE title=text::CLOSE on:click=move |_| session.is_importing.set(false)>
                    {icons::cross()}
                </button>
            </div>
            <p class="privacy">{text::IMPORT_PRIVACY}</p>
            <div hidden=move || is_reported.get()>{drop_zone(import)}</div>
            <Progress import />
            {move || is_reported.get().then(|| view! { <Report import /> })}
        </dialog>
    }
}

fn drop_zone(import: Import) -> impl IntoView {
    let chosen = move |event: leptos::ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input {
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                import.open(file);
            }
            // The same file can be chosen again.
            input.set_value("");
        }
    };
    let source = |(place, file): (&'static str, &'static str)| {
        view! {
            <li>
                <strong>{place}</strong>
                <span>{file}</span>
            </li>
        }
    };
    view! {
        <label class="drop-zone" data-testid="drop-zone">
            {icons::open()}
            <span class="drop">{text::DROP}</span>
            <span class="choose">{text::CHOOSE_FILE}</span>
            <input type="file" class="visually-hidden" data-testid="import-file" accept=".csv,.json,.txt,.tsv,text/csv,application/json" on:change=chosen />
        </label>
        <ul class="sources">{text::SOURCES.map(source).collect_view()}</ul>
    }
}

/// What is being done, or what went wrong.
#[component]
fn Progress(import: Import) -> impl IntoView {
    view! {
        <div role="status" data-testid="import-status">
            {move || match import.stage.get() {
                Stage::Waiting | Stage::Reported => ().into_any(),
                Stage::Reading => view! { <p class="note">{text::READING}</p> }.into_any(),
                Stage::Matching { n_done, n_rows } => {
                    view! {
                        <label class="note">
                            <progress max=n_rows.to_string() value=n_done.to_string()></progress>
                            {text::rows_done(n_done, n_rows)}
                        </label>
                    }
                    .into_any()
                }
                Stage::Refused(message) => {
                    view! {
                        <p class="refused" data-testid="import-error">
                            {message}
                        </p>
                    }
                    .into_any()
                }
            }}
        </div>
    }
}

impl Import {
    /// A file that is dropped anywhere on the page opens the dialog.
    fn take_dropped_files(self) {
        let files = |event: &DragEvent| event.data_transfer().and_then(|transfer| transfer.files());
        let over = window_event_listener(dragover, |event| event.prevent_default());
        let dropped = window_event_listener(drop, move |event| {
            if let Some(file) = files(&event).and_then(|files| files.get(0)) {
                event.prevent_default();
                self.session.is_importing.set(true);
                self.open(file);
            }
        });
        on_cleanup(move || {
            over.remove();
            dropped.remove();
        });
    }

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

    fn close(self) {
        self.restart();
        self.session.is_importing.set(false);
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
        if file.size() > MAX_BYTES as f64 {
            let n_mebibytes = (file.size() / f64::from(1 << 20)) as usize + 1;
            return Err(HistoryError::TooLarge { n_mebibytes }.to_string());
        }
        let buffer = wasm_bindgen_futures::JsFuture::from(file.array_buffer()).await;
        let buffer = buffer.map_err(|error| String::from(js_sys::Object::from(error).to_string()))?;
        let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
        if ShelfFile::is_one(&bytes) {
            let saved = ShelfFile::read(&bytes).map_err(|error| text::bad_shelf_file(&error.to_string()))?;
            let shelf = Shelf::from_saved(&saved, &|id| core.recommender.item_idx_of(id));
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
            clock::idle().await;
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
