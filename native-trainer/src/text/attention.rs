//! DeBERTa with some terms of its disentangled attention left out: what each of them is worth, without another training.
//!
//! A token attends to another by their content (`Q_c K_c`, always there), by its content and the other's relative
//! position (`c2p`), and by its relative position and the other's content (`p2c`). The sum is divided by
//! `sqrt(head size x terms)`. A term is left out of a trained encoder as if it were 0: the others keep the scale with which
//! they were trained, so what counts the terms (`pos_att_type`) and what makes the queries (`query_proj`) change together.
//!
//! It is done to the files, before anything reads them: their digest, and with it the key under which vectors are kept,
//! is that of another encoder.

use std::borrow::Cow;
use std::collections::HashMap;

use candle_core::{DType, Device, Result, Tensor};
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::TextError;
use super::files::{CONFIG, EncoderFiles, Weights};
use crate::ops::to_vec;

/// Which terms of a DeBERTa's attention count, beside content to content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Attention {
    /// Those the encoder was trained with: `all`.
    #[default]
    All,
    /// None: `content`.
    Content,
    /// Content to position: `c2p`.
    C2p,
    /// Position to content: `p2c`.
    P2c,
}

impl Attention {
    fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Content => "content",
            Self::C2p => "c2p",
            Self::P2c => "p2c",
        }
    }
}

impl EncoderFiles {
    /// The same encoder, attending by these terms alone.
    ///
    /// # Errors
    /// An encoder that is no DeBERTa, or was trained without the term; files that cannot be read.
    pub fn with_attention(self, attention: Attention) -> std::result::Result<Self, TextError> {
        if attention == Attention::All {
            return Ok(self);
        }
        let cannot = |reason: String| TextError::Setting {
            encoder: self.name.clone(),
            setting: format!("text.attention={}", attention.name()),
            reason: format!("{reason}. Set text.attention=all"),
        };
        let remedy = "It must be one that transformers wrote (save_pretrained)";
        let mut config: Map<String, Value> =
            serde_json::from_slice(&self.config).map_err(|error| self.unusable(CONFIG, error, remedy))?;
        if config.get("model_type").and_then(Value::as_str) != Some("deberta-v2") {
            return Err(cannot("only a DeBERTa's attention has terms to leave out".to_owned()));
        }
        let trained = terms(&config);
        let kept = match attention {
            Attention::All | Attention::Content => Vec::new(),
            Attention::C2p => vec!["c2p"],
            Attention::P2c => vec!["p2c"],
        };
        if let Some(missing) = kept.iter().find(|term| !trained.contains(term)) {
            return Err(cannot(format!("it was trained without the term {missing}")));
        }
        let unreadable = |error: candle_core::Error| {
            let reason = error.to_string().lines().next().unwrap_or_default().to_owned();
            self.unusable(
                self.weights.file(),
                reason,
                "Fetch or save the encoder again (transformers: save_pretrained)",
            )
        };
        let tensors = match &self.weights {
            Weights::Safetensors(bytes) => candle_core::safetensors::load_buffer(bytes, &Device::Cpu),
            Weights::Pickle(path) => candle_core::pickle::read_all(path).map(HashMap::from_iter),
        }
        .map_err(&unreadable)?;
        // candle and transformers divide by the root of the terms that are there: 1 and each kept one.
        let scale = ((1.0 + kept.len() as f64) / (1.0 + trained.len() as f64)).sqrt();
        let bytes = with_scaled_queries(tensors, scale).map_err(&unreadable)?;
        config.insert("pos_att_type".to_owned(), json!(kept));
        Ok(Self {
            config: Cow::Owned(Value::Object(config).to_string().into_bytes()),
            weights: Weights::Safetensors(Cow::Owned(bytes)),
            ..self
        })
    }
}

/// The terms of a config, which writes them as a list or between bars; none without relative positions.
fn terms(config: &Map<String, Value>) -> Vec<&'static str> {
    let is_relative = config.get("relative_attention").and_then(Value::as_bool).unwrap_or(false);
    let named: Vec<&str> = match config.get("pos_att_type") {
        Some(Value::String(text)) => text.split('|').collect(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    ["c2p", "p2c"].into_iter().filter(|term| is_relative && named.contains(term)).collect()
}

/// A file of these tensors in f32, in which the queries of content and, where they have a projection of their own, of
/// positions are scaled: every term has one of them as a factor. Tensors of whole numbers are left out: no encoder reads one.
fn with_scaled_queries(tensors: HashMap<String, Tensor>, scale: f64) -> Result<Vec<u8>> {
    let is_query = |name: &str| name.ends_with("query_proj.weight") || name.ends_with("query_proj.bias");
    let mut rows: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors.into_iter().filter(|(_, tensor)| tensor.dtype().is_float()) {
        let mut tensor = tensor.to_dtype(DType::F32)?;
        if is_query(&name) {
            tensor = (tensor * scale)?;
        }
        let bytes = to_vec(&tensor)?.iter().flat_map(|x| x.to_le_bytes()).collect();
        rows.push((name, tensor.dims().to_vec(), bytes));
    }
    // The map has no order of its own, and the same encoder is to have the same digest.
    rows.sort();
    let views: std::result::Result<Vec<(&str, TensorView<'_>)>, _> = rows
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect();
    let file = views.and_then(|views| safetensors::serialize(views, None));
    file.map_err(|error| candle_core::Error::Msg(error.to_string()))
}
