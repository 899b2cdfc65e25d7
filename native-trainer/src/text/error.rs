//! What can be wrong with a text encoder. Every message names the file and what to do.

use std::path::PathBuf;

use thiserror::Error;

use super::HubRepo;

/// Why a text cannot be encoded.
#[derive(Debug, Error)]
pub enum TextError {
    /// A file of an encoder that is not there.
    #[error("the text encoder {encoder} has no {file}. {remedy}")]
    Missing {
        /// Which encoder.
        encoder: String,
        /// Which file.
        file: String,
        /// What to do.
        remedy: String,
    },
    /// A file that the system does not give.
    #[error("{} cannot be read: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// A file that is not what it should be.
    #[error("{} of the text encoder {encoder} cannot be used: {reason}. {remedy}", file)]
    Unusable {
        /// Which encoder.
        encoder: String,
        /// Which file.
        file: String,
        /// Why not.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// An architecture that is not supported.
    #[error(
        "config.json of the text encoder {encoder} is of a model of type {found:?}; what can be read are deberta-v2 \
         (DeBERTa v2 and v3) and bert"
    )]
    Architecture {
        /// Which encoder.
        encoder: String,
        /// Its `model_type`.
        found: String,
    },
    /// The hub did not give a file.
    #[error(
        "{file} of hf:{repo} cannot be fetched: {reason}. Without a network, or where a repository is not public or has \
         no {file} (that of DeBERTa v3 has no tokenizer.json), save model and tokenizer with Python's transformers \
         (save_pretrained) and give that folder: --text-encoder DIR"
    )]
    Hub {
        /// The repository.
        repo: HubRepo,
        /// Which file.
        file: String,
        /// Why not.
        reason: String,
    },
    /// A setting that the encoder cannot follow.
    #[error("the text encoder {encoder} cannot be run with {setting}: {reason}")]
    Setting {
        /// Which encoder.
        encoder: String,
        /// key=value.
        setting: String,
        /// Why not.
        reason: String,
    },
    /// Texts that were kept in a temporary file.
    #[error("the texts cannot be read again from their temporary file: {reason}")]
    Kept {
        /// The system's reason.
        reason: std::io::Error,
    },
    /// A document that cannot be encoded.
    #[error("the text encoder {encoder} cannot encode document {document}: {reason}")]
    Document {
        /// Which encoder.
        encoder: String,
        /// Which document, counted from 0.
        document: usize,
        /// Why not.
        reason: String,
    },
}
