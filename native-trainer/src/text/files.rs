//! The three files of an encoder, wherever they come from.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::TextError;

/// Names of the files.
pub(super) const CONFIG: &str = "config.json";
pub(super) const TOKENIZER: &str = "tokenizer.json";
pub(super) const SAFETENSORS: &str = "model.safetensors";
pub(super) const PICKLE: &str = "pytorch_model.bin";

const CONVERT: &str = "Save the model with transformers (save_pretrained, safetensors) into one file";
const MAKE_TOKENIZER: &str = "Make one with Python's transformers: \
     AutoTokenizer.from_pretrained(FOLDER, use_fast=True).save_pretrained(FOLDER)";

/// Config, weights and tokenizer of an encoder.
#[derive(Debug, Clone)]
pub struct EncoderFiles {
    /// What errors and reports call it.
    pub name: String,
    /// config.json.
    pub config: Cow<'static, [u8]>,
    /// model.safetensors or pytorch_model.bin.
    pub weights: Weights,
    /// tokenizer.json.
    pub tokenizer: Cow<'static, [u8]>,
}

/// The weights as they lie there.
#[derive(Debug, Clone)]
pub enum Weights {
    /// The bytes of a safetensors file.
    Safetensors(Cow<'static, [u8]>),
    /// A file of PyTorch's.
    Pickle(PathBuf),
}

impl Weights {
    /// The name of the file.
    pub(super) fn file(&self) -> &'static str {
        match self {
            Self::Safetensors(_) => SAFETENSORS,
            Self::Pickle(_) => PICKLE,
        }
    }
}

impl EncoderFiles {
    /// Those of a folder: config.json, model.safetensors or pytorch_model.bin, and tokenizer.json.
    ///
    /// # Errors
    /// A missing file, with how to make it; one that cannot be read.
    pub fn of_folder(folder: &Path) -> Result<Self, TextError> {
        let name = folder.display().to_string();
        let missing =
            |file: &str, remedy: String| TextError::Missing { encoder: name.clone(), file: file.to_owned(), remedy };
        let there = |file: &str| Some(folder.join(file)).filter(|path| path.is_file());
        let config = there(CONFIG).ok_or_else(|| {
            missing(CONFIG, "The folder must be one that transformers' save_pretrained wrote".to_owned())
        })?;
        let weights = match (there(SAFETENSORS), there(PICKLE)) {
            (Some(path), _) => Weights::Safetensors(Cow::Owned(read(&path)?)),
            (None, Some(path)) => Weights::Pickle(path),
            (None, None) => return Err(missing(SAFETENSORS, format!("{PICKLE} would do too. {CONVERT}"))),
        };
        let tokenizer = there(TOKENIZER).ok_or_else(|| {
            let also =
                ["spm.model", "vocab.txt", "sentencepiece.bpe.model"].into_iter().find(|file| there(file).is_some());
            let why = also.map(|file| format!("Its {file} alone cannot be read. ")).unwrap_or_default();
            missing(TOKENIZER, why + MAKE_TOKENIZER)
        })?;
        Ok(Self { config: Cow::Owned(read(&config)?), weights, tokenizer: Cow::Owned(read(&tokenizer)?), name })
    }

    /// The small DeBERTa that is part of the program.
    pub fn builtin() -> Self {
        Self {
            name: "builtin".to_owned(),
            config: Cow::Borrowed(include_bytes!("../../encoder/builtin/config.json")),
            weights: Weights::Safetensors(Cow::Borrowed(include_bytes!("../../encoder/builtin/model.safetensors"))),
            tokenizer: Cow::Borrowed(include_bytes!("../../encoder/builtin/tokenizer.json")),
        }
    }

    /// sha256 of the three files: what the encoder computes depends on nothing else of it.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn digest(&self) -> Result<[u8; 32], TextError> {
        let weights = match &self.weights {
            Weights::Safetensors(bytes) => bytes.clone(),
            Weights::Pickle(path) => Cow::Owned(read(path)?),
        };
        let mut hasher = Sha256::new();
        for bytes in [&self.config, &weights, &self.tokenizer] {
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
        Ok(hasher.finalize().into())
    }

    /// An error about one of the files.
    pub(super) fn unusable(&self, file: &str, reason: impl ToString, remedy: &str) -> TextError {
        TextError::Unusable {
            encoder: self.name.clone(),
            file: file.to_owned(),
            reason: reason.to_string(),
            remedy: remedy.to_owned(),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TextError> {
    std::fs::read(path).map_err(|reason| TextError::File { path: path.to_owned(), reason })
}
