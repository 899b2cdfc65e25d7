//! Loads model and catalogue; with what comes later, the program's second part and the explorer's file, the page's only
//! requests.

use std::rc::Rc;
use std::time::Duration;

use futures_channel::oneshot;
use leptos::prelude::{document, window};
use thiserror::Error;
use wasm_bindgen_futures::spawn_local;

use super::session::{Core, Opening};
use super::text;
use crate::bundle::{Bundle, BundleError};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::clock;
use crate::fetch::fetched;
use crate::recommender::{EngineChoice, Recommender};

/// How long the page waits for a GPU before it opens with the CPU's answer; the GPU may take over later.
const PATIENCE: Duration = Duration::from_secs(1);
/// The same for a visitor who asks for the GPU. Longer than the engine's own limits.
const PATIENCE_WHEN_ASKED: Duration = Duration::from_secs(45);

/// Why the page cannot start.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("{}", text::unreachable(.what, .file, .reason))]
    Unreachable { what: &'static str, file: String, reason: String },
    #[error(transparent)]
    Model(#[from] BundleError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Everything that the page needs, checked, and its first answer.
pub(crate) async fn load() -> Result<Opening, LoadError> {
    // Both are on their way already: index.html preloads them.
    let model = fetch("model").await?;
    let catalogue = fetch("catalogue").await?;
    let bundle = Bundle::read(&model)?;
    let catalogue = Catalogue::read(&catalogue)?;
    catalogue.check_against(&bundle.item_ids)?;
    let (choice, note) = engine_choice();
    let core = Rc::new(Core::new(Recommender::on_cpu(bundle), catalogue, note));
    let mut choosing = choose_engine(&core, choice);
    let patience = if choice == EngineChoice::Auto { PATIENCE } else { PATIENCE_WHEN_ASKED };
    let is_chosen = clock::within(patience, &mut choosing).await.is_some();
    Ok(Opening::new(core, (!is_chosen).then_some(choosing)).await)
}

/// Chooses the engine beside the rest; what comes back resolves when that is done.
fn choose_engine(core: &Rc<Core>, choice: EngineChoice) -> oneshot::Receiver<()> {
    let (sender, chosen) = oneshot::channel();
    let core = Rc::clone(core);
    spawn_local(async move {
        core.recommender.choose_engine(choice).await;
        // Nobody listens where the page has failed to open.
        let _ = sender.send(());
    });
    chosen
}

pub(crate) async fn fetch(what: &'static str) -> Result<Vec<u8>, LoadError> {
    let unreachable = |file: &str, reason| LoadError::Unreachable { what, file: file.to_owned(), reason };
    let file = address(what).ok_or_else(|| unreachable("?", text::NO_ADDRESS.to_owned()))?;
    fetched(&file).await.map_err(|reason| unreachable(&file, reason))
}

/// Where the document says that a file lies: its name follows from its contents.
fn address(what: &str) -> Option<String> {
    document().query_selector(&format!("link[data-asset={what}]")).ok()??.get_attribute("href")
}

/// What `?engine=` asks for; an unknown name is said in the engine's line and otherwise left aside.
fn engine_choice() -> (EngineChoice, Option<String>) {
    let query = window().location().search().unwrap_or_default();
    let wanted = query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix("engine="));
    match wanted.unwrap_or_default().parse::<EngineChoice>() {
        Ok(choice) => (choice, None),
        Err(error) => (EngineChoice::Auto, Some(error.to_string())),
    }
}
