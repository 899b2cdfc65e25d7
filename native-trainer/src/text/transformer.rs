//! DeBERTa (candle's `debertav2`) and BERT (candle's `bert`), loaded and run without a panic.
//!
//! What candle leaves open is closed here: a convolution layer (`todo!` there) is refused; names with and without the
//! prefix `deberta.` or `bert.` are found; fields that a config.json leaves out have transformers' defaults; heads that
//! do not divide the width are refused; BERT's embeddings are ours, and its mask is finite in every float type (candle's
//! own becomes 0 times infinity in f16 and bf16). candle's DeBERTa computes in f32 and nothing else: in half precision, and on
//! a GPU, it is ours (`deberta`).

use std::collections::HashMap;

use candle_core::safetensors::SliceSafetensors;
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Embedding, LayerNorm, Module, VarBuilder, embedding, layer_norm};
use candle_transformers::models::bert::{BertEncoder, Config as BertConfig};
use candle_transformers::models::debertav2::{Config as DebertaConfig, DebertaV2Model};
use serde_json::{Map, Value, json};

use super::TextError;
use super::deberta::Deberta;
use super::files::{CONFIG, EncoderFiles, Weights};

/// A transformer that makes vectors of tokens.
pub(super) struct Transformer {
    model: Model,
    /// Width of a vector.
    pub(super) hidden_size: usize,
    /// Tokens it knows.
    pub(super) vocab_size: usize,
    /// Tokens of the longest text.
    pub(super) max_positions: usize,
    /// What pads a text.
    pub(super) pad_id: u32,
}

enum Model {
    Deberta(Box<DebertaV2Model>),
    OurDeberta(Box<Deberta>),
    Bert(Bert),
}

struct Bert {
    words: Embedding,
    positions: Embedding,
    token_types: Tensor,
    norm: LayerNorm,
    encoder: BertEncoder,
}

/// What to do about a file that is no good.
const REMEDY_CONFIG: &str = "It must be one that transformers wrote (save_pretrained)";
const REMEDY_WEIGHTS: &str =
    "Fetch or save the encoder again; config.json and weights must be of one model (transformers: save_pretrained)";

impl Transformer {
    /// # Errors
    /// An architecture that is not supported; a config or weights that are damaged or do not fit each other.
    pub(super) fn load(files: &EncoderFiles, dtype: DType, device: &Device) -> std::result::Result<Self, TextError> {
        let bad_config = |reason: String| files.unusable(CONFIG, reason, REMEDY_CONFIG);
        let mut config: Map<String, Value> =
            serde_json::from_slice(&files.config).map_err(|error| bad_config(error.to_string()))?;
        // Of no use here, and written in many ways.
        config.retain(|name, _| !["id2label", "label2id"].contains(&name.as_str()));
        let model_type = config.get("model_type").and_then(Value::as_str).unwrap_or("(none)").to_owned();
        let bad_weights =
            |error: candle_core::Error| files.unusable(files.weights.file(), first_line(&error), REMEDY_WEIGHTS);
        let tensors = || read_tensors(files).map(|tensors| VarBuilder::from_tensors(tensors, dtype, device));
        let sizes = |hidden: usize, heads: usize, intermediate: usize| match heads {
            0 => Err(bad_config("num_attention_heads is 0".to_owned())),
            _ if !hidden.is_multiple_of(heads) => {
                Err(bad_config(format!("hidden_size {hidden} is no multiple of num_attention_heads {heads}")))
            }
            _ if hidden == 0 || intermediate == 0 => Err(bad_config("a width is 0".to_owned())),
            _ => Ok(()),
        };
        match model_type.as_str() {
            "deberta-v2" => {
                let config = deberta_config(config).map_err(bad_config)?;
                sizes(config.hidden_size, config.num_attention_heads, config.intermediate_size)?;
                let model = if dtype == DType::F32 && device.is_cpu() {
                    Model::Deberta(Box::new(DebertaV2Model::load(tensors()?, &config).map_err(bad_weights)?))
                } else {
                    Model::OurDeberta(Box::new(Deberta::load(&tensors()?, &config).map_err(bad_weights)?))
                };
                Ok(Self {
                    model,
                    hidden_size: config.hidden_size,
                    vocab_size: config.vocab_size,
                    max_positions: config.max_position_embeddings,
                    pad_id: pad_id(config.pad_token_id, config.vocab_size),
                })
            }
            "bert" => {
                let config = bert_config(config).map_err(bad_config)?;
                sizes(config.hidden_size, config.num_attention_heads, config.intermediate_size)?;
                Ok(Self {
                    model: Model::Bert(Bert::load(&tensors()?, &config).map_err(bad_weights)?),
                    hidden_size: config.hidden_size,
                    vocab_size: config.vocab_size,
                    max_positions: config.max_position_embeddings,
                    pad_id: pad_id(Some(config.pad_token_id), config.vocab_size),
                })
            }
            _ => Err(TextError::Architecture { encoder: files.name.clone(), found: model_type }),
        }
    }

    /// The last hidden states.
    ///
    /// # Shapes
    /// `ids` and `mask` (1 for a token, 0 for padding) are `[b_sz, length]` of u32, `length` at most `max_positions`;
    /// the result is `[b_sz, length, hidden_size]`. Where `mask` is 0 it holds nothing of use.
    pub(super) fn forward(&self, ids: &Tensor, mask: &Tensor) -> Result<Tensor> {
        match &self.model {
            Model::Deberta(model) => model.forward(ids, None, Some(mask.clone())),
            Model::OurDeberta(model) => model.forward(ids, mask),
            Model::Bert(model) => model.forward(ids, mask),
        }
    }
}

impl Bert {
    fn load(vb: &VarBuilder<'_>, config: &BertConfig) -> Result<Self> {
        let d = config.hidden_size;
        let part = |name: &str| vb.pp("embeddings").pp(name);
        Ok(Self {
            words: embedding(config.vocab_size, d, part("word_embeddings"))?,
            positions: embedding(config.max_position_embeddings, d, part("position_embeddings"))?,
            token_types: embedding(config.type_vocab_size, d, part("token_type_embeddings"))?
                .embeddings()
                .narrow(0, 0, 1)?,
            norm: layer_norm(d, config.layer_norm_eps, part("LayerNorm"))?,
            encoder: BertEncoder::load(vb.pp("encoder"), config)?,
        })
    }

    fn forward(&self, ids: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let (_, length) = ids.dims2()?;
        let words = self.words.forward(ids)?;
        let positions = self.positions.embeddings().narrow(0, 0, length)?;
        let xs = words.broadcast_add(&positions)?.broadcast_add(&self.token_types)?;
        // Added to the logits of the attention: 0 for a token, and for padding what every float type can hold.
        let hidden = mask.to_dtype(DType::F32)?.affine(1e4, -1e4)?.to_dtype(xs.dtype())?;
        self.encoder.forward(&self.norm.forward(&xs)?, &hidden.unsqueeze(1)?.unsqueeze(1)?)
    }
}

/// candle's errors carry a backtrace.
fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn pad_id(given: Option<usize>, vocab_size: usize) -> u32 {
    given.filter(|&id| id < vocab_size).and_then(|id| u32::try_from(id).ok()).unwrap_or(0)
}

/// What transformers takes where config.json says nothing.
fn with_defaults(mut config: Map<String, Value>, defaults: Value) -> Value {
    for (name, value) in defaults.as_object().into_iter().flatten() {
        config.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(config)
}

fn deberta_config(mut config: Map<String, Value>) -> std::result::Result<DebertaConfig, String> {
    if config.get("pos_att_type").is_some_and(Value::is_null) {
        config.remove("pos_att_type");
    }
    let defaults = json!({
        "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "type_vocab_size": 0,
        "max_position_embeddings": 512, "initializer_range": 0.02, "layer_norm_eps": 1e-7, "relative_attention": false,
        "max_relative_positions": -1, "pad_token_id": 0, "position_biased_input": true, "pos_att_type": [],
    });
    let config: DebertaConfig =
        serde_json::from_value(with_defaults(config, defaults)).map_err(|error| error.to_string())?;
    if config.conv_kernel_size.is_some_and(|size| size > 0) {
        return Err("it has a convolution layer (conv_kernel_size), which is not supported: the xlarge and xxlarge \
                    models of DeBERTa v2 have one, those of v3 have none"
            .to_owned());
    }
    if config.position_buckets == Some(1) {
        return Err("position_buckets is 1: at least 2 are needed".to_owned());
    }
    Ok(config)
}

fn bert_config(config: Map<String, Value>) -> std::result::Result<BertConfig, String> {
    let defaults = json!({
        "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "max_position_embeddings": 512, "type_vocab_size": 2,
        "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0,
    });
    let config: BertConfig =
        serde_json::from_value(with_defaults(config, defaults)).map_err(|error| error.to_string())?;
    if config.type_vocab_size == 0 {
        return Err("type_vocab_size is 0".to_owned());
    }
    Ok(config)
}

/// The tensors of embeddings and encoder, their names without a prefix.
fn read_tensors(files: &EncoderFiles) -> std::result::Result<HashMap<String, Tensor>, TextError> {
    const WORDS: &str = "embeddings.word_embeddings.weight";
    let file = files.weights.file();
    let bad = |reason: String| files.unusable(file, reason, REMEDY_WEIGHTS);
    let unreadable = |error: candle_core::Error| bad(first_line(&error));
    let prefix_of = |names: &mut dyn Iterator<Item = &str>| {
        let prefixes =
            names.filter_map(|name| name.strip_suffix(WORDS).filter(|rest| rest.is_empty() || rest.ends_with('.')));
        prefixes
            .min_by_key(|prefix| prefix.len())
            .map(str::to_owned)
            .ok_or_else(|| bad(format!("it has no tensor {WORDS}")))
    };
    let wanted = |name: &str, prefix: &str| {
        let rest = name.strip_prefix(prefix)?;
        let is_part = rest.starts_with("embeddings.") || rest.starts_with("encoder.");
        is_part.then(|| rest.to_owned())
    };
    let mut found = HashMap::new();
    match &files.weights {
        Weights::Safetensors(bytes) => {
            let tensors = SliceSafetensors::new(bytes).map_err(unreadable)?;
            let names: Vec<String> = tensors.tensors().into_iter().map(|(name, _)| name).collect();
            let prefix = prefix_of(&mut names.iter().map(String::as_str))?;
            for name in &names {
                if let Some(rest) = wanted(name, &prefix) {
                    found.insert(rest, tensors.load(name, &Device::Cpu).map_err(unreadable)?);
                }
            }
        }
        Weights::Pickle(path) => {
            let tensors = candle_core::pickle::read_all(path).map_err(unreadable)?;
            let prefix = prefix_of(&mut tensors.iter().map(|(name, _)| name.as_str()))?;
            found.extend(tensors.into_iter().filter_map(|(name, tensor)| Some((wanted(&name, &prefix)?, tensor))));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use candle_transformers::models::bert::BertModel;

    use super::*;

    fn fixture(name: &str) -> EncoderFiles {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/text");
        let read = |file: String| std::borrow::Cow::Owned(std::fs::read(folder.join(file)).unwrap());
        let weights = name.split('_').next().unwrap();
        EncoderFiles {
            name: name.to_owned(),
            config: read(format!("{name}.json")),
            weights: Weights::Safetensors(read(format!("{weights}.safetensors"))),
            tokenizer: read("tokenizer.json".to_owned()),
        }
    }

    /// Two texts, the second of them padded.
    fn batch() -> [Tensor; 2] {
        let ids = Tensor::new(&[[1u32, 9, 33, 12, 2], [1, 40, 2, 0, 0]], &Device::Cpu).unwrap();
        let mask = Tensor::new(&[[1u32, 1, 1, 1, 1], [1, 1, 1, 0, 0]], &Device::Cpu).unwrap();
        [ids, mask]
    }

    /// What a GPU does in these types: here slowly, on the CPU. If candle's own BERT is no longer without a number, ours
    /// has lost its reason.
    #[test]
    fn bert_in_half_precision_is_near_and_candles_own_is_not_a_number() {
        let [ids, mask] = batch();
        let files = fixture("bert");
        let hidden = |dtype| -> Vec<f32> {
            let transformer = Transformer::load(&files, dtype, &Device::Cpu).unwrap();
            let hidden = transformer.forward(&ids, &mask).unwrap();
            assert_eq!(hidden.dtype(), dtype);
            hidden.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1().unwrap()
        };
        let expected = hidden(DType::F32);
        for (dtype, tolerance) in [(DType::F16, 2e-2), (DType::BF16, 2e-1)] {
            let worst = hidden(dtype).iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= tolerance, "{dtype:?}: {worst}");
            let config = bert_config(serde_json::from_slice(&files.config).unwrap()).unwrap();
            let vb = VarBuilder::from_tensors(read_tensors(&files).unwrap(), dtype, &Device::Cpu);
            let own =
                BertModel::load(vb, &config).unwrap().forward(&ids, &ids.zeros_like().unwrap(), Some(&mask)).unwrap();
            let own: Vec<f32> = own.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1().unwrap();
            assert!(own.iter().any(|x| x.is_nan()), "{dtype:?}");
        }
    }

    /// Ours is candle's in f32, every variant of attention, and near it in the types of a GPU.
    #[test]
    fn our_deberta_is_candles_and_near_it_in_half_precision() {
        let [ids, mask] = batch();
        let numbers = |hidden: Tensor| -> Vec<f32> {
            // What stands where there is padding is of no use.
            let hidden = hidden.to_dtype(DType::F32).unwrap();
            let kept = mask.unsqueeze(2).unwrap().to_dtype(DType::F32).unwrap();
            hidden.broadcast_mul(&kept).unwrap().flatten_all().unwrap().to_vec1().unwrap()
        };
        for name in ["deberta_all", "deberta_c2c", "deberta_c2p", "deberta_p2c", "deberta_shared", "deberta_no_buckets"]
        {
            let files = fixture(name);
            let candles = Transformer::load(&files, DType::F32, &Device::Cpu).unwrap();
            assert!(matches!(candles.model, Model::Deberta(_)));
            let expected = numbers(candles.forward(&ids, &mask).unwrap());
            let config = deberta_config(serde_json::from_slice(&files.config).unwrap()).unwrap();
            let ours = |dtype| {
                let vb = VarBuilder::from_tensors(read_tensors(&files).unwrap(), dtype, &Device::Cpu);
                let hidden = Deberta::load(&vb, &config).unwrap().forward(&ids, &mask).unwrap();
                assert_eq!(hidden.dtype(), dtype);
                numbers(hidden)
            };
            for (dtype, tolerance) in [(DType::F32, 2e-5), (DType::F16, 2e-2), (DType::BF16, 2e-1)] {
                let worst = ours(dtype).iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst <= tolerance, "{name} in {dtype:?}: {worst}");
            }
        }
    }

    /// Long texts, whose distances fall into buckets.
    #[test]
    fn our_deberta_is_candles_over_long_distances() {
        let ids =
            Tensor::from_vec((0..64u32).map(|at| 3 + at % 50).collect::<Vec<_>>(), (1, 64), &Device::Cpu).unwrap();
        let mask = ids.ones_like().unwrap();
        for name in ["deberta_all", "deberta_shared", "deberta_no_buckets"] {
            let files = fixture(name);
            let config = deberta_config(serde_json::from_slice(&files.config).unwrap()).unwrap();
            let vb = VarBuilder::from_tensors(read_tensors(&files).unwrap(), DType::F32, &Device::Cpu);
            let found = Deberta::load(&vb, &config).unwrap().forward(&ids, &mask).unwrap();
            let expected = Transformer::load(&files, DType::F32, &Device::Cpu).unwrap().forward(&ids, &mask).unwrap();
            let [found, expected] = [found, expected].map(|xs| crate::ops::to_vec(&xs).unwrap());
            let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= 2e-5, "{name}: {worst}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_an_error() {
        for name in ["bert", "deberta_shared", "deberta_no_buckets"] {
            let transformer = Transformer::load(&fixture(name), DType::F32, &Device::Cpu).unwrap();
            let ids = Tensor::ones((1, 65), DType::U32, &Device::Cpu).unwrap();
            assert!(transformer.forward(&ids, &ids).is_err(), "{name}");
        }
    }
}
