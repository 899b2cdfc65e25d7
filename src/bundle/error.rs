//! What can be wrong with a model file.

use thiserror::Error;

use super::{FORMAT_VERSION, METADATA_KEY, REGENERATE};
use crate::hypergraph::HypergraphError;
use crate::ranking::decimal;

/// Why a model file is refused. Every message names the place and what to do.
#[derive(Debug, Error)]
pub enum BundleError {
    /// Not safetensors, cut off, or with a header that lies about its bytes.
    #[error(
        "the model file cannot be read as safetensors ({reason}): it is damaged, cut off or no model file. {}",
        remedy()
    )]
    Container {
        /// What the reader stumbled over.
        reason: String,
    },
    /// A safetensors file of somebody else.
    #[error("the file has no `{METADATA_KEY}` metadata, so it is no model of this project. {}", remedy())]
    Foreign,
    /// The metadata are not the JSON document they should be.
    #[error("the metadata of the model file cannot be read ({reason}). {}", remedy())]
    Metadata {
        /// What the JSON reader says.
        reason: String,
    },
    /// Written by an older or a newer version.
    #[error("the model file has format version {found}, this program reads version {FORMAT_VERSION}. {}", remedy())]
    Version {
        /// The version in the file.
        found: u64,
    },
    /// A setting that no model can have.
    #[error("the model's configuration is impossible: {field} is {value}, {expected}. {}", remedy())]
    Config {
        /// The field at fault.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What it may be.
        expected: String,
    },
    /// A tensor that is not there.
    #[error("tensor `{name}` is missing from the model file. {}", remedy())]
    MissingTensor {
        /// Its path name.
        name: String,
    },
    /// A tensor that nobody asked for.
    #[error("tensor `{name}` does not belong in a model file. {}", remedy())]
    UnknownTensor {
        /// Its path name.
        name: String,
    },
    /// A tensor of another element type.
    #[error("tensor `{name}` holds {found}, {expected} is needed. {}", remedy())]
    WrongType {
        /// Its path name.
        name: String,
        /// The type in the file.
        found: String,
        /// The type it must have.
        expected: &'static str,
    },
    /// A tensor of another shape than the configuration asks for.
    #[error("tensor `{name}` has shape {}, the configuration asks for {}. {}", shape(.found), shape(.expected), remedy())]
    WrongShape {
        /// Its path name.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape it must have.
        expected: Vec<usize>,
    },
    /// NaN or infinity.
    #[error("tensor `{name}` holds {} at position {position}: every value must be finite. {}", decimal(*.value), remedy())]
    NotFinite {
        /// Its path name.
        name: String,
        /// Where.
        position: usize,
        /// What stands there.
        value: f32,
    },
    /// A vector of a text that has no length it can have.
    #[error(
        "tensor `{name}` has a row of length {} for item {item_idx}: it must be 1, or 0 without text. {}",
        decimal(*.length), remedy()
    )]
    ItemText {
        /// Its path name.
        name: &'static str,
        /// Which item.
        item_idx: usize,
        /// The length of its row.
        length: f32,
    },
    /// An incidence breaks an invariant.
    #[error("tensor `{name}` is no hypergraph: {source}. {}", remedy())]
    Incidence {
        /// Its path name.
        name: &'static str,
        /// Which one.
        source: HypergraphError,
    },
    /// The names of the items are not what they should be.
    #[error("tensor `items.*` does not name the items: {reason}. {}", remedy())]
    ItemIds {
        /// What is wrong.
        reason: String,
    },
    /// A projection that does not keep what it is for.
    #[error("tensor `projection.axes` has an axis of length {}: it must be 1. {}", decimal(*.length), remedy())]
    Projection {
        /// The length of the axis.
        length: f32,
    },
    /// An explorer's file of another model.
    #[error(
        "it belongs to a model with the fingerprint {found}, the model that is loaded has {expected}. {}",
        remedy()
    )]
    OtherModel {
        /// The fingerprint in the file.
        found: String,
        /// That of the model.
        expected: String,
    },
    /// What is wrong is wrong with the explorer's file, not with that of the model.
    #[error("{}: {fault}", super::EXPLORER_FILE)]
    Explorer {
        /// What.
        fault: Box<BundleError>,
    },
    /// A golden case that cannot be one.
    #[error("golden case {case_idx} of the model file is impossible: {reason}. {}", remedy())]
    Golden {
        /// Which one.
        case_idx: usize,
        /// What is wrong.
        reason: String,
    },
}

/// As `Debug` writes it, which is larger than this: it also has hexadecimal numbers and indentation.
fn shape(sizes: &[usize]) -> String {
    let sizes: Vec<_> = sizes.iter().map(usize::to_string).collect();
    format!("[{}]", sizes.join(", "))
}

fn remedy() -> String {
    format!("Load the file again, or write a new one: {REGENERATE}")
}
