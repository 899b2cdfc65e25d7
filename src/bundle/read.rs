//! Bytes as a bundle, every shape, bound and number checked before anything is used.

use super::container::{Container, Tensor};
use super::{Bundle, BundleError, Document, FORMAT_VERSION, GoldenCase, ItemText, MAX_ITEM_TEXT_DIM};
use crate::ascii::split;
use crate::hypergraph::Incidence;
use crate::json::{self, Field, JsonError, Others, Read};
use crate::ranking::{decimal, sorted_indices};
use crate::student::{Head, HeadWeights, MAX_K, PreparedRequest, Request, StudentConfig, StudentWeights};

pub(super) const FEATURES: &str = "student.features";
pub(super) const INCIDENCE_OFFSETS: &str = "incidence.offsets";
pub(super) const INCIDENCE_INDICES: &str = "incidence.indices";
pub(super) const ITEM_IDS: &str = "items.ids";
pub(super) const ITEM_TEXT: &str = "teacher.item_text";

/// The student's parameters, in the order of [`StudentWeights::tensors`].
const WEIGHTS: [&str; 7] = [
    FEATURES,
    "student.weight",
    "head.user_weight",
    "head.item_weight",
    "head.hidden_bias",
    "head.output_weight",
    "head.output_bias",
];

const KNOWN: [&str; 11] = [
    WEIGHTS[0],
    WEIGHTS[1],
    WEIGHTS[2],
    WEIGHTS[3],
    WEIGHTS[4],
    WEIGHTS[5],
    WEIGHTS[6],
    INCIDENCE_OFFSETS,
    INCIDENCE_INDICES,
    ITEM_IDS,
    ITEM_TEXT,
];

/// Values past this could make a logit overflow, and no trained model comes near it.
const LARGEST: f32 = 1e6;

pub(super) fn read(bytes: &[u8]) -> Result<Bundle, BundleError> {
    let container = |reason: String| BundleError::Container { reason };
    let tensors = Container::open(bytes, &KNOWN).map_err(container)?;
    let Document { config, provenance, golden, .. }: Document = read_document(&tensors)?;
    check_config(&config)?;
    if let Some(name) = tensors.stranger() {
        return Err(BundleError::UnknownTensor { name: name.to_owned() });
    }
    tensors.check().map_err(container)?;
    let weights = read_weights(&tensors, &config, &WEIGHTS)?;
    let incidence = read_incidence(&tensors, &config, [INCIDENCE_OFFSETS, INCIDENCE_INDICES, "incidence.*"])?;
    let item_ids = read_item_ids(&tensors, &config)?;
    let item_text = read_item_text(&tensors, &config)?;
    for (case_idx, case) in golden.iter().enumerate() {
        check_golden(&config, case).map_err(|reason| BundleError::Golden { case_idx, reason })?;
    }
    Ok(Bundle { config, weights, incidence, item_ids, item_text, provenance, golden })
}

/// Our JSON document; its version is looked at before anything that could depend on it.
pub(super) fn read_document<T: Read + Default>(tensors: &Container<'_>) -> Result<T, BundleError> {
    let text = tensors.document().ok_or(BundleError::Foreign)?.as_bytes();
    let metadata = |error: JsonError| BundleError::Metadata { reason: error.to_string() };
    let mut version: Option<u64> = None;
    json::read_with(text, &mut |reader| {
        reader.object(Others::Skipped, &mut [Field::optional("format_version", &mut version)])
    })
    .map_err(metadata)?;
    match version {
        Some(version) if version == u64::from(FORMAT_VERSION) => {}
        Some(found) => return Err(BundleError::Version { found }),
        None => return Err(BundleError::Metadata { reason: "no format_version".to_owned() }),
    }
    json::read(text).map_err(metadata)
}

/// Refuses a size that no model can have.
pub(super) fn size(field: &'static str, value: usize, least: usize, most: usize) -> Result<(), BundleError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let expected = format!("it must lie between {least} and {most}");
    Err(BundleError::Config { field, value: value.to_string(), expected })
}

fn check_config(config: &StudentConfig) -> Result<(), BundleError> {
    // Indices are 32 bit wide, also in the shaders, where a table of items times width is addressed with them.
    size("n_users", config.n_users, 0, 1 << 28)?;
    size("n_items", config.n_items, 1, 1 << 28)?;
    size("emb_dim", config.emb_dim, 1, 1024)?;
    check_hidden_dim(config.head, config.hidden_dim)?;
    let weight = config.dislike_weight;
    if !(0.0..=1.0).contains(&weight) {
        let expected = "it must lie between 0 and 1".to_owned();
        return Err(BundleError::Config { field: "dislike_weight", value: decimal(weight), expected });
    }
    Ok(())
}

pub(super) fn check_hidden_dim(head: Head, hidden_dim: usize) -> Result<(), BundleError> {
    if head.has_mlp() { size("hidden_dim", hidden_dim, 1, 1024) } else { size("hidden_dim", hidden_dim, 0, 0) }
}

/// The bytes of a tensor, once its type and shape are what they must be. `None` stands for any length.
fn tensor<'a>(
    tensors: &'a Container<'_>,
    name: &str,
    dtype: &'static str,
    shape: Option<&[usize]>,
) -> Result<&'a [u8], BundleError> {
    let found = tensors.tensor(name).ok_or_else(|| BundleError::MissingTensor { name: name.to_owned() })?;
    let name = || name.to_owned();
    if !found.dtype.eq_ignore_ascii_case(dtype) {
        return Err(BundleError::WrongType { name: name(), found: found.dtype.to_owned(), expected: dtype });
    }
    let expected = shape.map_or_else(|| vec![found.shape.first().copied().unwrap_or(0)], <[usize]>::to_vec);
    if found.shape != expected {
        return Err(BundleError::WrongShape { name: name(), found: found.shape.to_vec(), expected });
    }
    Ok(found.data)
}

/// The student's parameters under these names, in the order of [`StudentWeights::tensors`]; the first is stored as f16.
pub(super) fn read_weights(
    tensors: &Container<'_>,
    config: &StudentConfig,
    names: &[&'static str; 7],
) -> Result<StudentWeights, BundleError> {
    let floats = |at: usize, shape: &[usize]| -> Result<Vec<f32>, BundleError> {
        if at == 0 { read_f16(tensors, names[at], shape) } else { read_f32(tensors, names[at], shape) }
    };
    let (d, h) = (config.emb_dim, config.hidden_dim);
    Ok(StudentWeights {
        features: floats(0, &[config.n_nodes(), d])?,
        weight: floats(1, &[d, d])?,
        head: HeadWeights {
            user_weight: floats(2, &[h, d])?,
            item_weight: floats(3, &[h, d])?,
            hidden_bias: floats(4, &[h])?,
            output_weight: floats(5, &[h])?,
            output_bias: floats(6, &[1])?[0],
        },
    })
}

/// Finite numbers that are stored as f16.
pub(super) fn read_f16(tensors: &Container<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>, BundleError> {
    let values = f16_values(tensor(tensors, name, "f16", Some(shape))?);
    check_finite(name, &values)?;
    Ok(values)
}

/// Finite numbers that are stored as they are.
pub(super) fn read_f32(tensors: &Container<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>, BundleError> {
    let bytes = tensor(tensors, name, "f32", Some(shape))?;
    let values: Vec<f32> =
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
    check_finite(name, &values)?;
    Ok(values)
}

fn f16_values(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(2).map(|pair| half::f16::from_le_bytes([pair[0], pair[1]]).to_f32()).collect()
}

fn check_finite(name: &str, values: &[f32]) -> Result<(), BundleError> {
    // NaN does not fit: every comparison with it is false.
    let fits = |value: &f32| value.abs() <= LARGEST;
    match values.iter().position(|value| !fits(value)) {
        Some(position) => Err(BundleError::NotFinite { name: name.to_owned(), position, value: values[position] }),
        None => Ok(()),
    }
}

/// `None` in a file without it: of a model whose teacher read nothing, or of an older trainer.
fn read_item_text(tensors: &Container<'_>, config: &StudentConfig) -> Result<Option<ItemText>, BundleError> {
    let Some(Tensor { shape, .. }) = tensors.tensor(ITEM_TEXT) else { return Ok(None) };
    let dim = shape.last().copied().unwrap_or(0).clamp(1, MAX_ITEM_TEXT_DIM);
    let item_text = ItemText { dim, rows: read_f16(tensors, ITEM_TEXT, &[config.n_items, dim])? };
    match item_text.badly_scaled() {
        Some((item_idx, length)) => Err(BundleError::ItemText { name: ITEM_TEXT, item_idx, length }),
        None => Ok(Some(item_text)),
    }
}

/// Users by items, in compressed rows; `names` are those of offsets, indices and both.
pub(super) fn read_incidence(
    tensors: &Container<'_>,
    config: &StudentConfig,
    names: [&'static str; 3],
) -> Result<Incidence, BundleError> {
    let integers = |name: &str, shape: Option<&[usize]>| -> Result<Vec<u32>, BundleError> {
        let bytes = tensor(tensors, name, "u32", shape)?;
        Ok(bytes.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect())
    };
    let offsets = integers(names[0], Some(&[config.n_users + 1]))?;
    let indices = integers(names[1], None)?;
    Incidence::from_csr(config.n_items, offsets, indices)
        .map_err(|source| BundleError::Incidence { name: names[2], source })
}

fn read_item_ids(tensors: &Container<'_>, config: &StudentConfig) -> Result<Vec<String>, BundleError> {
    let bytes = tensor(tensors, ITEM_IDS, "u8", None)?;
    let wrong = |reason: String| BundleError::ItemIds { reason };
    let text = std::str::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
    let item_ids: Vec<String> = split(text, b'\n').map(str::to_owned).collect();
    if item_ids.len() != config.n_items {
        return Err(wrong(format!("there are {} names for {} items", item_ids.len(), config.n_items)));
    }
    if item_ids.iter().any(String::is_empty) {
        return Err(wrong("a name is empty".to_owned()));
    }
    let sorted = sorted_indices(item_ids.len(), &|a, b| item_ids[a].cmp(&item_ids[b]));
    let is_repeated = |pair: &&[u32]| item_ids[pair[0] as usize] == item_ids[pair[1] as usize];
    if let Some(pair) = sorted.windows(2).find(is_repeated) {
        return Err(wrong(format!("`{}` names two items", item_ids[pair[0] as usize])));
    }
    Ok(item_ids)
}

fn check_golden(config: &StudentConfig, case: &GoldenCase) -> Result<(), String> {
    check_answer(config.n_items, &case.items, &case.scores)?;
    PreparedRequest::default().refill(config, &case.request()).map_err(|error| error.to_string())
}

/// Whether items and scores can be an answer.
pub(super) fn check_answer(n_items: usize, items: &[u32], scores: &[f32]) -> Result<(), String> {
    if items.is_empty() || items.len() > MAX_K || items.len() != scores.len() {
        return Err(format!("{} items with {} scores", items.len(), scores.len()));
    }
    if let Some(score) = scores.iter().find(|score| !score.is_finite()) {
        return Err(format!("a score is {}", decimal(*score)));
    }
    match items.iter().find(|item_idx| **item_idx as usize >= n_items) {
        Some(item_idx) => Err(format!("item {item_idx} is not in the catalogue")),
        None => Ok(()),
    }
}

impl GoldenCase {
    /// The request that the case answers.
    pub fn request(&self) -> Request {
        let (liked, disliked) = (self.liked.clone(), self.disliked.clone());
        Request { liked, disliked, k: self.items.len(), ..Request::default() }
    }
}
