//! A bundle as bytes.

use std::borrow::Cow;
use std::collections::HashMap;

use safetensors::{Dtype, View};
use serde::Serialize;

use super::{Bundle, BundleError, Document, FORMAT_VERSION, METADATA_KEY, read};

/// One tensor on its way into the file: little-endian bytes and what they mean.
pub(super) struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for Tensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

pub(super) fn to_bytes(bundle: &Bundle) -> Result<Vec<u8>, BundleError> {
    let mut tensors: Vec<(String, Tensor)> = Vec::new();
    for (name, shape, values) in bundle.weights.tensors(&bundle.config) {
        let tensor = if name == read::FEATURES { f16_tensor(shape, values) } else { f32_tensor(shape, values) };
        tensors.push((name.to_owned(), tensor));
    }
    let by_node = bundle.incidence.by_node();
    tensors.push((read::INCIDENCE_OFFSETS.to_owned(), u32_tensor(by_node.offsets())));
    tensors.push((read::INCIDENCE_INDICES.to_owned(), u32_tensor(by_node.indices())));
    let names = bundle.item_ids.join("\n").into_bytes();
    tensors.push((read::ITEM_IDS.to_owned(), Tensor { dtype: Dtype::U8, shape: vec![names.len()], bytes: names }));
    if let Some(text) = &bundle.item_text {
        let tensor = f16_tensor(vec![text.rows.len() / text.dim.max(1), text.dim], &text.rows);
        tensors.push((read::ITEM_TEXT.to_owned(), tensor));
    }
    let document = Document {
        format_version: FORMAT_VERSION,
        config: bundle.config.clone(),
        provenance: bundle.provenance.clone(),
        golden: bundle.golden.clone(),
    };
    let bytes = serialize(tensors, &document)?;
    // Nothing is written that would not be read.
    read::read(&bytes)?;
    Ok(bytes)
}

/// Tensors and our document as one file.
pub(super) fn serialize(tensors: Vec<(String, Tensor)>, document: &impl Serialize) -> Result<Vec<u8>, BundleError> {
    let document =
        serde_json::to_string(document).map_err(|error| BundleError::Metadata { reason: error.to_string() })?;
    let metadata = HashMap::from([(METADATA_KEY.to_owned(), document)]);
    safetensors::serialize(tensors, Some(metadata))
        .map_err(|error| BundleError::Container { reason: error.to_string() })
}

pub(super) fn f32_tensor(shape: Vec<usize>, values: &[f32]) -> Tensor {
    Tensor { dtype: Dtype::F32, shape, bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect() }
}

pub(super) fn f16_tensor(shape: Vec<usize>, values: &[f32]) -> Tensor {
    let bytes = values.iter().flat_map(|&value| half::f16::from_f32(value).to_le_bytes()).collect();
    Tensor { dtype: Dtype::F16, shape, bytes }
}

pub(super) fn u32_tensor(values: &[u32]) -> Tensor {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Tensor { dtype: Dtype::U32, shape: vec![values.len()], bytes }
}
