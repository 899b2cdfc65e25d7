//! Loads model and catalogue, the page's only requests.

use gloo_net::http::Request;
use leptos::prelude::window;
use thiserror::Error;

use super::session::{Core, Opening};
use super::text;
use crate::bundle::{Bundle, BundleError};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::recommender::{EngineChoice, Recommender};

const MODEL: &str = "model.safetensors";
const CATALOGUE: &str = "catalogue.json";

/// Why the page cannot start.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("{}", text::unreachable(.what, .file, .reason))]
    Unreachable { what: &'static str, file: &'static str, reason: String },
    #[error(transparent)]
    Model(#[from] BundleError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Everything that the page needs, checked, and its first answer.
pub(crate) async fn load() -> Result<Opening, LoadError> {
    // Both are on their way already: index.html preloads them.
    let model = fetch("model", MODEL).await?;
    let catalogue = fetch("catalogue", CATALOGUE).await?;
    let bundle = Bundle::read(&model)?;
    let catalogue = Catalogue::read(&catalogue)?;
    catalogue.check_against(&bundle.item_ids)?;
    let (choice, note) = engine_choice();
    let recommender = Recommender::new(bundle, choice).await;
    Ok(Opening::new(Core::new(recommender, catalogue, note)).await)
}

async fn fetch(what: &'static str, file: &'static str) -> Result<Vec<u8>, LoadError> {
    let failed = |reason: String| LoadError::Unreachable { what, file, reason };
    let response = Request::get(file).send().await.map_err(|error| failed(error.to_string()))?;
    if !response.ok() {
        return Err(failed(format!("the server answers {} {}", response.status(), response.status_text())));
    }
    response.binary().await.map_err(|error| failed(error.to_string()))
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
