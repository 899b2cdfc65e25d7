//! The model file: one safetensors file that candle, Python and the page all read.
//!
//! Tensors stand under path names; everything else (format version, configuration, provenance, golden cases) is one
//! JSON document under the metadata key [`METADATA_KEY`], a single key so that the bytes do not depend on the order
//! of a hash map.

mod container;
mod error;
mod explorer;
mod fingerprint;
mod item_text;
mod projection;
mod read;
mod write;

pub use error::BundleError;
pub use explorer::{EXPLORER_FILE, ExplorerBundle, HeldOut, LeftOut, TeacherGolden};
pub use item_text::{ItemText, MAX_ITEM_TEXT_DIM};
pub use projection::Projection;

use serde::Serialize;

use crate::hypergraph::Incidence;
use crate::json::{JsonError, Others, Read, Reader, needed};
use crate::metrics::Metrics;
use crate::student::{StudentConfig, StudentWeights};

/// The metadata key under which everything that is not a tensor stands.
pub const METADATA_KEY: &str = "sharp-distill";

/// The version this code writes, and the only one it reads. A file may hold or lack the tensors of [`Bundle::item_text`].
pub const FORMAT_VERSION: u32 = 1;

/// The command that makes a model file anew; error messages name it.
pub const REGENERATE: &str = "cargo run --release -p native-trainer";

/// A model: what the student needs, what the explorer draws, and where it all comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// Sizes and settings.
    pub config: StudentConfig,
    /// Parameters; the features are stored as f16, so a bundle holds values that f16 represents.
    pub weights: StudentWeights,
    /// `H` of the user channel over the training interactions: users are nodes, items hyperedges.
    pub incidence: Incidence,
    /// The data set's own name of each item, in the model's order.
    pub item_ids: Vec<String>,
    /// What people wrote about each item, where the teacher read text.
    pub item_text: Option<ItemText>,
    /// Where it comes from and how good it is.
    pub provenance: Provenance,
    /// Requests with the answers that the trainer's student gave.
    pub golden: Vec<GoldenCase>,
}

/// Where a model comes from.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Provenance {
    /// Name of the data set.
    pub data: String,
    /// sha256 of the data file, in hex.
    pub data_sha256: String,
    /// How the interactions were split.
    pub split: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// The command that made it.
    pub command: String,
    /// Version of the trainer.
    pub trainer_version: String,
    /// The table of held-out results that the page shows.
    pub results: Vec<ResultRow>,
}

/// One row of the table of results.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ResultRow {
    /// Name as in MODEL.md: `popularity`, `ease`, `teacher`, `student`, `student-scratch`, ...
    pub model: String,
    /// Learned parameters, 0 where nothing is learned.
    pub n_parameters: usize,
    /// Means over users with a held-out item, at 10.
    pub at_10: Metrics,
    /// The same at 20.
    pub at_20: Metrics,
}

/// A request and the trainer's answer to it: how a page knows that it computes the same model.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct GoldenCase {
    /// Liked items.
    pub liked: Vec<u32>,
    /// Disliked items.
    pub disliked: Vec<u32>,
    /// The answer's items, best first.
    pub items: Vec<u32>,
    /// Their logits.
    pub scores: Vec<f32>,
}

impl Bundle {
    /// Reads and checks a model file.
    ///
    /// # Errors
    /// [`BundleError`] names the tensor or field at fault; no byte sequence makes this panic.
    pub fn read(bytes: &[u8]) -> Result<Self, BundleError> {
        read::read(bytes)
    }

    /// The bytes of the model file; the same bundle gives the same bytes.
    ///
    /// # Errors
    /// A bundle that [`Bundle::read`] would refuse is not written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BundleError> {
        write::to_bytes(self)
    }
}

/// Rounds to the nearest value that f16 holds: what storing and loading a feature does to it.
pub fn round_to_f16(values: &mut [f32]) {
    for value in values {
        *value = half::f16::from_f32(*value).to_f32();
    }
}

/// The JSON document in the metadata.
#[derive(Debug, Default, Serialize)]
struct Document {
    format_version: u32,
    config: StudentConfig,
    provenance: Provenance,
    golden: Vec<GoldenCase>,
}

impl Read for Document {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Refused, &mut needed!(self: format_version, config, provenance, golden))
    }
}

impl Read for Provenance {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let mut fields = needed!(self: data, data_sha256, split, seed, command, trainer_version, results);
        reader.object(Others::Skipped, &mut fields)
    }
}

impl Read for ResultRow {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Skipped, &mut needed!(self: model, n_parameters, at_10, at_20))
    }
}

impl Read for GoldenCase {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Refused, &mut needed!(self: liked, disliked, items, scores))
    }
}
