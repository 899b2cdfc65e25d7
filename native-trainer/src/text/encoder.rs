//! A transformer as an encoder of documents: tokens, batches of like length, pooling.

use std::fmt;

use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokenizers::{Tokenizer, TruncationParams};

use super::files::{EncoderFiles, TOKENIZER};
use super::pooling;
use super::transformer::Transformer;
use super::{TextEncoder, TextError};

/// Tokens of a batch, padding included: enough for the products to be fast, few enough to stay in the cache.
const TOKENS_A_BATCH: usize = 2048;

/// Batches whose vectors are read from a GPU at a time.
const BATCHES_A_READ: usize = 32;

/// The float type that a transformer computes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// The type of the device: bf16 on a GPU.
    Auto,
    /// 32 bits.
    F32,
    /// IEEE's 16 bits.
    F16,
    /// 16 bits with the range of 32.
    Bf16,
}

impl Precision {
    /// On the CPU always f32: half precision is emulated there and slower.
    pub fn dtype_on(self, device: &Device) -> DType {
        match self {
            _ if device.is_cpu() => DType::F32,
            Self::F32 => DType::F32,
            Self::F16 => DType::F16,
            Self::Bf16 | Self::Auto => DType::BF16,
        }
    }
}

/// How a transformer is run.
#[derive(Debug, Clone)]
pub struct TransformerOptions {
    /// Tokens of a document, `[CLS]` and `[SEP]` included; longer ones are cut off. The model's own limit holds too.
    pub max_tokens: usize,
    /// The float type.
    pub precision: Precision,
    /// Where it computes.
    pub device: Device,
}

/// A transformer with its tokenizer. What it makes of a document does not depend on the others.
pub struct TransformerEncoder {
    name: String,
    identity: [u8; 32],
    tokenizer: Tokenizer,
    transformer: Transformer,
    device: Device,
}

impl TransformerEncoder {
    /// Loads and checks.
    ///
    /// # Errors
    /// Files that are damaged, do not fit each other or are of an unknown architecture; options that cannot be
    /// followed.
    pub fn load(files: &EncoderFiles, options: &TransformerOptions) -> Result<Self, TextError> {
        let dtype = options.precision.dtype_on(&options.device);
        let transformer = Transformer::load(files, dtype, &options.device)?;
        let remedy = "Fetch or save the encoder again (transformers: save_pretrained)";
        let bad = |reason: String| files.unusable(TOKENIZER, reason, remedy);
        let mut tokenizer = Tokenizer::from_bytes(&files.tokenizer).map_err(|error| bad(error.to_string()))?;
        let largest = tokenizer.get_vocab(true).into_values().max().unwrap_or(0);
        if largest as usize >= transformer.vocab_size {
            return Err(bad(format!(
                "it has a token of number {largest}, but the model knows only {} tokens (vocab_size)",
                transformer.vocab_size
            )));
        }
        let max_tokens = options.max_tokens.min(transformer.max_positions);
        let cannot = |reason: String| TextError::Setting {
            encoder: files.name.clone(),
            setting: format!("text.max_tokens={}", options.max_tokens),
            reason,
        };
        // What a published tokenizer pads and cuts off by itself is not ours.
        tokenizer.with_padding(None).with_truncation(None).map_err(|error| bad(error.to_string()))?;
        let n_special = tokenizer.encode("", true).map_err(|error| bad(error.to_string()))?.len();
        if max_tokens <= n_special {
            return Err(cannot(format!("{max_tokens} tokens leave no room for a word. Set it higher, such as to 128")));
        }
        let truncation = TruncationParams { max_length: max_tokens, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(|error| cannot(error.to_string()))?;
        let mut hasher = Sha256::new();
        hasher.update(files.digest()?);
        hasher.update(pooling::VERSION.to_le_bytes());
        hasher.update((max_tokens as u64).to_le_bytes());
        hasher.update(dtype.as_str());
        Ok(Self {
            name: files.name.clone(),
            identity: hasher.finalize().into(),
            tokenizer,
            transformer,
            device: options.device.clone(),
        })
    }

    /// The vectors of some documents, one batch, in their order: `[tokens.len(), dim]` where they were computed.
    fn batch(&self, tokens: &[&[u32]]) -> candle_core::Result<Tensor> {
        let length = tokens.iter().map(|tokens| tokens.len()).max().unwrap_or(0);
        let padded = |of: &dyn Fn(&[u32], usize) -> u32| {
            let all = tokens.iter().flat_map(|tokens| (0..length).map(|at| of(tokens, at))).collect::<Vec<u32>>();
            Tensor::from_vec(all, (tokens.len(), length), &self.device)
        };
        let ids = padded(&|tokens, at| tokens.get(at).copied().unwrap_or(self.transformer.pad_id))?;
        let mask = padded(&|tokens, at| u32::from(at < tokens.len()))?;
        pooling::mean_of_tokens(&self.transformer.forward(&ids, &mask)?, &mask)
    }

    /// The vectors of some batches, which are read together: a GPU does not wait for the host between two of them.
    fn batches(&self, batches: &[Vec<usize>], tokens: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, TextError> {
        let encode = |batch: &Vec<usize>| {
            let of_batch: Vec<&[u32]> = batch.iter().map(|&at| tokens[at].as_slice()).collect();
            self.batch(&of_batch).map_err(|error| self.cannot(batch[0], error.to_string()))
        };
        let computed = batches.iter().map(encode).collect::<Result<Vec<Tensor>, _>>()?;
        let Some(first) = batches.first() else { return Ok(Vec::new()) };
        let read = || Tensor::cat(&computed, 0)?.flatten_all()?.to_vec1::<f32>();
        let all = read().map_err(|error| self.cannot(first[0], error.to_string()))?;
        let mut rest = all.as_slice();
        let split = batches.iter().map(|batch| {
            let (of_batch, others) = rest.split_at(batch.len() * self.transformer.hidden_size);
            rest = others;
            of_batch.to_vec()
        });
        Ok(split.collect())
    }

    /// Ids of the tokens of every document; none for a document without a word.
    fn tokens(&self, documents: &[String]) -> Result<Vec<Vec<u32>>, TextError> {
        let encode = |(document, text): (usize, &String)| {
            if text.trim().is_empty() {
                return Ok(Vec::new());
            }
            let encoding = self
                .tokenizer
                .encode_fast(text.as_str(), true)
                .map_err(|error| self.cannot(document, error.to_string()))?;
            Ok(encoding.get_ids().to_vec())
        };
        documents.par_iter().enumerate().map(encode).collect()
    }

    fn cannot(&self, document: usize, reason: String) -> TextError {
        TextError::Document { encoder: self.name.clone(), document, reason }
    }
}

/// Groups of documents of like length, each of at most [`TOKENS_A_BATCH`] tokens with its padding.
fn batches(tokens: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..tokens.len()).filter(|&at| !tokens[at].is_empty()).collect();
    order.sort_by_key(|&at| tokens[at].len());
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for at in order {
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * tokens[at].len() <= TOKENS_A_BATCH => batch.push(at),
            _ => batches.push(vec![at]),
        }
    }
    batches
}

impl TextEncoder for TransformerEncoder {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn dim(&self) -> usize {
        self.transformer.hidden_size
    }

    fn identity(&self) -> Option<[u8; 32]> {
        Some(self.identity)
    }

    fn encode_with(&self, documents: &[String], done: &(dyn Fn(usize) + Sync)) -> Result<Vec<f32>, TextError> {
        let tokens = self.tokens(documents)?;
        let encode = |batches: &[Vec<usize>]| {
            let vectors = self.batches(batches, &tokens)?;
            done(batches.iter().map(Vec::len).sum());
            Ok(vectors)
        };
        let batches = batches(&tokens);
        let encoded: Vec<Vec<Vec<f32>>> = if self.device.is_cpu() {
            batches.par_chunks(1).map(encode).collect::<Result<_, TextError>>()?
        } else {
            batches.chunks(BATCHES_A_READ).map(encode).collect::<Result<_, TextError>>()?
        };
        let dim = self.dim();
        let mut vectors = vec![0.0f32; documents.len() * dim];
        for (batch, encoded) in batches.iter().zip(encoded.iter().flatten()) {
            for (&at, vector) in batch.iter().zip(encoded.chunks_exact(dim)) {
                if !vector.iter().all(|x| x.is_finite()) {
                    return Err(self.cannot(at, "its vector is not finite. Try text.dtype=f32".to_owned()));
                }
                vectors[at * dim..][..dim].copy_from_slice(vector);
            }
        }
        Ok(vectors)
    }
}

impl fmt::Debug for TransformerEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransformerEncoder").field("name", &self.name).field("dim", &self.dim()).finish_non_exhaustive()
    }
}
