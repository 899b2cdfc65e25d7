//! Text of items and users, as vectors: what the teacher reads beside the hypergraph.

mod hashing;

use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::Incidence;
use thiserror::Error;

use crate::data::Dataset;
pub use hashing::HashingEncoder;

/// Why a text cannot be encoded.
#[derive(Debug, Error)]
#[error("the text encoder {encoder} cannot encode document {document}: {reason}")]
pub struct TextError {
    /// Which encoder.
    pub encoder: String,
    /// Which document, counted from 0.
    pub document: usize,
    /// Why not.
    pub reason: String,
}

/// Anything that makes vectors of documents.
pub trait TextEncoder {
    /// Name for reports.
    fn name(&self) -> String;
    /// Numbers of a vector.
    fn dim(&self) -> usize;
    /// Encodes.
    ///
    /// # Shapes
    /// The result is `[documents.len(), dim]`, row-major; a document without a word is a row of zeros.
    ///
    /// # Errors
    /// A document that cannot be encoded.
    fn encode(&self, documents: &[String]) -> Result<Vec<f32>, TextError>;
}

/// Which encoder a run uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EncoderChoice {
    /// No text at all.
    None,
    /// Words and pairs of words, hashed.
    Hashing,
}

/// Settings of the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSettings {
    /// none or hashing.
    pub encoder: EncoderChoice,
    /// Numbers of a vector of the hashing encoder.
    pub hashing_dim: usize,
}

/// The encoded text of all users and items.
#[derive(Debug, Clone, PartialEq)]
pub struct TextFeatures {
    /// Numbers of a vector.
    pub dim: usize,
    /// `[n_users, dim]`.
    pub users: Vec<f32>,
    /// `[n_items, dim]`.
    pub items: Vec<f32>,
}

impl TextFeatures {
    /// Encodes the documents of a data set: an item is its title, year and genres; a user is the mean of the items it
    /// was **trained** on, so nothing of a held-out like is read.
    ///
    /// # Errors
    /// A document that cannot be encoded.
    pub fn of(data: &Dataset, settings: &TextSettings) -> Result<Option<Self>, TextError> {
        match settings.encoder {
            EncoderChoice::None => Ok(None),
            EncoderChoice::Hashing => {
                let encoder = HashingEncoder::new(settings.hashing_dim);
                let items = encoder.encode(&documents(data))?;
                let dim = encoder.dim();
                Ok(Some(Self { dim, users: means(&data.train, &items, dim), items }))
            }
        }
    }
}

/// "title (year). genres" of every item.
fn documents(data: &Dataset) -> Vec<String> {
    let document = |item: &sharp_distill::catalogue::CatalogueItem| {
        let year = item.year.map(|year| format!(" ({year})")).unwrap_or_default();
        format!("{}{year}. {}", item.title, item.genres.join(", "))
    };
    data.items.iter().map(document).collect()
}

/// The mean of a user's training items.
fn means(train: &Incidence, items: &[f32], dim: usize) -> Vec<f32> {
    let mut means = vec![0.0f32; train.n_nodes() * dim];
    for (user, mean) in means.chunks_exact_mut(dim.max(1)).enumerate() {
        let seen = train.hyperedges_of(user);
        for &item in seen {
            let item = &items[item as usize * dim..][..dim];
            mean.iter_mut().zip(item).for_each(|(mean, x)| *mean += x / seen.len() as f32);
        }
    }
    means
}
