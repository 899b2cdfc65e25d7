//! Text of items and users, as vectors: what the teacher reads beside the hypergraph.
//!
//! | file | what it is |
//! |---|---|
//! | `choice` | what can be typed: none, hashing, builtin, a folder, a repository of the hub |
//! | `files`, `hub` | where config, weights and tokenizer come from |
//! | `attention` | a DeBERTa with terms of its attention left out |
//! | `transformer`, `deberta` | DeBERTa and BERT: tokens to vectors |
//! | `pooling`, `encoder` | vectors of tokens to vectors of documents, in batches of like length |
//! | `cache` | no document is encoded twice |
//! | `hashing` | the simplest encoder |
//! | `whitening` | principal components of texts, and what makes their directions alike |
//! | `features` | which documents belong to a user or an item |
//! | `item_text` | what the model file keeps of it |

mod attention;
mod cache;
mod choice;
mod deberta;
mod encoder;
mod error;
mod features;
mod files;
mod hashing;
mod hub;
mod item_text;
mod pooling;
mod transformer;
mod whitening;

use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::progress::Progress;
pub use attention::Attention;
pub use cache::{CacheChoice, Cached};
pub use choice::{ChoiceError, EncoderChoice, HubRepo};
pub use encoder::{Precision, TransformerEncoder, TransformerOptions};
pub use error::TextError;
pub use features::{ReadText, TextFeatures};
pub use files::{EncoderFiles, Weights};
pub use hashing::HashingEncoder;
pub use item_text::item_text;
use transformer::Transformer;
pub(crate) use whitening::whitened;

/// Documents, read as they are asked for.
pub type Documents<'a> = dyn Iterator<Item = std::io::Result<String>> + 'a;

/// Anything that makes vectors of documents.
pub trait TextEncoder {
    /// Name for reports.
    fn name(&self) -> String;

    /// Numbers of a vector.
    fn dim(&self) -> usize;

    /// A digest of all that the vector of a document depends on, but for the document; `None` if the other documents
    /// are among it.
    fn identity(&self) -> Option<[u8; 32]>;

    /// The encoder to use where a vector depends on the other documents too, once it has seen all of them; `None` where it
    /// does not. Documents come one after the other, so that they need not be in memory together.
    ///
    /// # Errors
    /// A document that cannot be read.
    fn fitted(&self, documents: &mut Documents<'_>) -> Result<Option<Box<dyn TextEncoder>>, TextError> {
        let _ = documents;
        Ok(None)
    }

    /// Says that about so many documents are to come, in several calls.
    fn expect(&self, n_documents: usize) {
        let _ = n_documents;
    }

    /// Says that they have all come.
    fn finish(&self) {}

    /// Encodes; `done` hears of every few documents that are finished.
    ///
    /// # Shapes
    /// The result is `[documents.len(), dim]`, row-major; a document without a word is a row of zeros.
    ///
    /// # Errors
    /// A document that cannot be encoded.
    fn encode_with(&self, documents: &[String], done: &(dyn Fn(usize) + Sync)) -> Result<Vec<f32>, TextError>;

    /// Encodes.
    ///
    /// # Shapes
    /// As [`Self::encode_with`].
    ///
    /// # Errors
    /// A document that cannot be encoded.
    fn encode(&self, documents: &[String]) -> Result<Vec<f32>, TextError> {
        self.encode_with(documents, &|_| ())
    }
}

/// Settings of the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSettings {
    /// none, hashing, builtin, a folder, or hf:REPO.
    pub encoder: EncoderChoice,
    /// Numbers of a vector of the hashing encoder.
    pub hashing_dim: usize,
    /// Tokens of a document that a transformer reads.
    pub max_tokens: usize,
    /// all, content, c2p or p2c: which terms of a DeBERTa's attention count. What it was trained with, if all.
    pub attention: Attention,
    /// f32, f16, bf16 or auto (bf16), on CUDA; the CPU computes in f32 whatever is said.
    pub dtype: Precision,
    /// Whether the mean of all texts is taken off each, and what is left scaled to length 1 on average.
    pub center: bool,
    /// Where vectors of transformers are kept: default, none, or a folder. No result depends on it.
    pub cache: CacheChoice,
}

/// Numbers of a vector of the built-in encoder.
const BUILTIN_DIM: usize = 256;
/// Of a usual encoder of base size; larger ones have 1024.
const USUAL_DIM: usize = 768;

impl TextSettings {
    /// Numbers of a vector as far as they are known before an encoder is loaded; 0 where nothing is read.
    pub fn expected_dim(&self) -> usize {
        match self.encoder {
            EncoderChoice::None => 0,
            EncoderChoice::Hashing => self.hashing_dim,
            EncoderChoice::Builtin => BUILTIN_DIM,
            EncoderChoice::Folder(_) | EncoderChoice::Hub(_) => USUAL_DIM,
        }
    }
}

impl Default for TextSettings {
    fn default() -> Self {
        Self {
            encoder: EncoderChoice::None,
            hashing_dim: 512,
            max_tokens: 128,
            attention: Attention::All,
            dtype: Precision::Auto,
            center: false,
            cache: CacheChoice::Default,
        }
    }
}

/// The last hidden states of a transformer, in f32 on the CPU: what the tests compare.
///
/// # Shapes
/// `ids` and `mask` are `[b_sz, length]` of u32, the result is `[b_sz, length, hidden_size]`.
///
/// # Errors
/// Files that cannot be used, or a text that is too long.
pub fn hidden_states(files: &EncoderFiles, ids: &Tensor, mask: &Tensor) -> Result<Tensor, TextError> {
    let transformer = Transformer::load(files, DType::F32, &Device::Cpu)?;
    transformer.forward(ids, mask).map_err(|error| TextError::Document {
        encoder: files.name.clone(),
        document: 0,
        reason: error.to_string(),
    })
}

/// The encoder of the settings; a transformer computes on the device. `None` where there is to be none.
///
/// # Errors
/// An encoder that cannot be used.
pub fn encoder(
    settings: &TextSettings,
    device: &Device,
    progress: Progress,
) -> Result<Option<Box<dyn TextEncoder>>, TextError> {
    let files = match &settings.encoder {
        EncoderChoice::None => return Ok(None),
        EncoderChoice::Hashing => return Ok(Some(Box::new(HashingEncoder::new(settings.hashing_dim)))),
        EncoderChoice::Builtin => EncoderFiles::builtin(),
        EncoderChoice::Folder(folder) => EncoderFiles::of_folder(folder)?,
        EncoderChoice::Hub(repo) => hub::fetch(repo, progress)?,
    };
    let files = files.with_attention(settings.attention)?;
    let options =
        TransformerOptions { max_tokens: settings.max_tokens, precision: settings.dtype, device: device.clone() };
    let transformer = TransformerEncoder::load(&files, &options)?;
    Ok(Some(Box::new(Cached::new(transformer, settings.cache.folder(), progress))))
}
