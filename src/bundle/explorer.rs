//! The explorer's file, beside that of the model: the teacher, the student without a teacher, where embeddings stand on a
//! plane, and what was held out. Nobody needs it to be answered, so a page loads it after its first answer.
//!
//! Like the model file it is one safetensors file with a JSON document. A part that would be too large, or that a page
//! could not compute with, is not in it; the document says why.

use serde::Serialize;

use super::container::Container;
use super::read::{
    check_answer, check_hidden_dim, read_document, read_f16, read_f32, read_incidence, read_weights, size,
};
use super::write::{Tensor, f16_tensor, f32_tensor, serialize, u32_tensor};
use super::{Bundle, BundleError, FORMAT_VERSION, Projection};
use crate::hypergraph::Incidence;
use crate::json::{JsonError, Others, Read, Reader, needed};
use crate::ranking::decimal;
use crate::student::{StudentConfig, StudentWeights};
use crate::teacher::{DistilConfig, NAMES, TeacherConfig, TeacherWeights};

/// The name of the file.
pub const EXPLORER_FILE: &str = "explorer.safetensors";

/// The student without a teacher, in the order of [`StudentWeights::tensors`].
const SCRATCH: [&str; 7] = [
    "scratch.features",
    "scratch.weight",
    "scratch.head.user_weight",
    "scratch.head.item_weight",
    "scratch.head.hidden_bias",
    "scratch.head.output_weight",
    "scratch.head.output_bias",
];
const PROJECTION: [&str; 2] = ["projection.mean", "projection.axes"];
const VALID: [&str; 3] = ["held_out.valid_offsets", "held_out.valid_indices", "held_out.valid_*"];
const TEST: [&str; 3] = ["held_out.test_offsets", "held_out.test_indices", "held_out.test_*"];

/// What the explorer shows beside the model. All of it belongs to one [`Bundle`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExplorerBundle {
    /// The teacher, as the student saw it but for the rounding of its parameters to f16.
    pub teacher: Option<(TeacherConfig, TeacherWeights)>,
    /// The student of the same sizes that had no teacher; its configuration is the model's.
    pub scratch: Option<StudentWeights>,
    /// Where embeddings of the student stand on a plane.
    pub projection: Option<Projection>,
    /// The likes that nobody was trained on.
    pub held_out: Option<HeldOut>,
    /// How the student was taught.
    pub distil: DistilConfig,
    /// Answers of the trainer's teacher, by which its twin is checked; none without a teacher.
    pub golden: Vec<TeacherGolden>,
    /// What is not here, and why.
    pub left_out: Vec<LeftOut>,
}

/// Held-out likes; users are nodes, items hyperedges, as in the model's incidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOut {
    /// Choices were made on these.
    pub valid: Incidence,
    /// Reported on these.
    pub test: Incidence,
}

/// A user of the training data and the trainer's teacher's answer: the best items but for those that were trained on.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TeacherGolden {
    /// The user.
    pub user_idx: u32,
    /// The answer's items, best first.
    pub items: Vec<u32>,
    /// Their logits.
    pub scores: Vec<f32>,
}

/// A part that is not in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// `teacher`, `scratch`, `projection` or `held_out`.
    pub part: String,
    /// Why, in words for a reader of the page.
    pub reason: String,
}

/// The JSON document in the metadata.
#[derive(Debug, Default, Serialize)]
struct Document {
    format_version: u32,
    /// [`Bundle::fingerprint`] of the model that it belongs to.
    model: String,
    teacher: Option<TeacherConfig>,
    has_scratch: bool,
    /// [`Projection::explained`].
    projection: Option<(f32, f32)>,
    has_held_out: bool,
    distil: DistilConfig,
    golden: Vec<TeacherGolden>,
    left_out: Vec<LeftOut>,
}

impl Read for Document {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let mut fields = needed!(
            self: format_version, model, teacher, has_scratch, projection, has_held_out, distil, golden, left_out
        );
        reader.object(Others::Refused, &mut fields)
    }
}

impl Read for TeacherGolden {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Refused, &mut needed!(self: user_idx, items, scores))
    }
}

impl Read for LeftOut {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Refused, &mut needed!(self: part, reason))
    }
}

impl ExplorerBundle {
    /// Reads and checks the explorer's file of a model.
    ///
    /// # Errors
    /// [`BundleError::Explorer`], which names the tensor or field at fault, or the model that the file belongs to; no byte
    /// sequence makes this panic.
    pub fn read(bytes: &[u8], model: &Bundle) -> Result<Self, BundleError> {
        read(bytes, model).map_err(|fault| BundleError::Explorer { fault: Box::new(fault) })
    }

    /// The bytes of the file; the same content gives the same bytes.
    ///
    /// # Errors
    /// What [`ExplorerBundle::read`] would refuse is not written.
    pub fn to_bytes(&self, model: &Bundle) -> Result<Vec<u8>, BundleError> {
        let (tensors, document) = (self.tensors(&model.config), self.document(model));
        let bytes = serialize(tensors, &document).map_err(|fault| BundleError::Explorer { fault: Box::new(fault) })?;
        Self::read(&bytes, model)?;
        Ok(bytes)
    }

    /// Why a part is not here, where it was left out.
    pub fn reason(&self, part: &str) -> Option<&str> {
        self.left_out.iter().find(|left_out| left_out.part == part).map(|left_out| left_out.reason.as_str())
    }

    fn document(&self, model: &Bundle) -> Document {
        Document {
            format_version: FORMAT_VERSION,
            model: model.fingerprint(),
            teacher: self.teacher.as_ref().map(|(config, _)| config.clone()),
            has_scratch: self.scratch.is_some(),
            projection: self.projection.as_ref().map(|projection| (projection.explained[0], projection.explained[1])),
            has_held_out: self.held_out.is_some(),
            distil: self.distil.clone(),
            golden: self.golden.clone(),
            left_out: self.left_out.clone(),
        }
    }

    fn tensors(&self, config: &StudentConfig) -> Vec<(String, Tensor)> {
        let mut tensors: Vec<(String, Tensor)> = Vec::new();
        if let Some((config, mut weights)) = self.teacher.clone() {
            for (name, shape, values) in weights.tensors_mut(&config) {
                tensors.push((name.to_owned(), f16_tensor(shape, values)));
            }
        }
        for (at, (_, shape, values)) in self.scratch.iter().flat_map(|scratch| scratch.tensors(config)).enumerate() {
            let tensor = if at == 0 { f16_tensor(shape, values) } else { f32_tensor(shape, values) };
            tensors.push((SCRATCH[at].to_owned(), tensor));
        }
        if let Some(projection) = &self.projection {
            let d = projection.mean.len();
            tensors.push((PROJECTION[0].to_owned(), f32_tensor(vec![d], &projection.mean)));
            tensors.push((PROJECTION[1].to_owned(), f32_tensor(vec![2, d], &projection.axes)));
        }
        if let Some(held_out) = &self.held_out {
            for (names, part) in [(VALID, &held_out.valid), (TEST, &held_out.test)] {
                tensors.push((names[0].to_owned(), u32_tensor(part.by_node().offsets())));
                tensors.push((names[1].to_owned(), u32_tensor(part.by_node().indices())));
            }
        }
        tensors
    }
}

fn read(bytes: &[u8], model: &Bundle) -> Result<ExplorerBundle, BundleError> {
    let container = |reason: String| BundleError::Container { reason };
    let others = [&SCRATCH[..], &PROJECTION, &VALID[..2], &TEST[..2]];
    let known: Vec<&str> = NAMES.into_iter().chain(others).flatten().copied().collect();
    let tensors = Container::open(bytes, &known).map_err(container)?;
    let document: Document = read_document(&tensors)?;
    let expected = model.fingerprint();
    if document.model != expected {
        return Err(BundleError::OtherModel { found: document.model, expected });
    }
    if let Some(name) = tensors.stranger() {
        return Err(BundleError::UnknownTensor { name: name.to_owned() });
    }
    tensors.check().map_err(container)?;
    check_distil(&document.distil)?;
    let mut asked: Vec<&str> = Vec::new();
    let mut explorer = ExplorerBundle { distil: document.distil, left_out: document.left_out, ..Default::default() };
    if let Some(config) = document.teacher {
        check_teacher(&config, &model.config)?;
        let mut weights = TeacherWeights::empty(&config);
        for (name, shape, values) in weights.tensors_mut(&config) {
            *values = read_f16(&tensors, name, &shape)?;
            asked.push(name);
        }
        explorer.teacher = Some((config, weights));
    }
    if document.has_scratch {
        explorer.scratch = Some(read_weights(&tensors, &model.config, &SCRATCH)?);
        asked.extend(SCRATCH);
    }
    if let Some((first, second)) = document.projection {
        explorer.projection = Some(read_projection(&tensors, model.config.emb_dim, [first, second])?);
        asked.extend(PROJECTION);
    }
    if document.has_held_out {
        let part = |names| read_incidence(&tensors, &model.config, names);
        explorer.held_out = Some(HeldOut { valid: part(VALID)?, test: part(TEST)? });
        asked.extend([VALID[0], VALID[1], TEST[0], TEST[1]]);
    }
    if let Some(name) = tensors.unasked(&asked) {
        return Err(BundleError::UnknownTensor { name: name.to_owned() });
    }
    for (case_idx, case) in document.golden.iter().enumerate() {
        let is_user = (case.user_idx as usize) < model.config.n_users && explorer.teacher.is_some();
        let user = if is_user { Ok(()) } else { Err(format!("there is no user {} to be answered", case.user_idx)) };
        user.and_then(|()| check_answer(model.config.n_items, &case.items, &case.scores))
            .map_err(|reason| BundleError::Golden { case_idx, reason })?;
    }
    explorer.golden = document.golden;
    Ok(explorer)
}

fn read_projection(tensors: &Container<'_>, emb_dim: usize, explained: [f32; 2]) -> Result<Projection, BundleError> {
    let mean = read_f32(tensors, PROJECTION[0], &[emb_dim])?;
    let projection = Projection { mean, axes: read_f32(tensors, PROJECTION[1], &[2, emb_dim])?, explained };
    let is_share = |share: &f32| (0.0..=1.0).contains(share);
    if let Some(share) = explained.iter().find(|share| !is_share(share)) {
        let expected = "it must lie between 0 and 1".to_owned();
        return Err(BundleError::Config { field: "projection", value: decimal(*share), expected });
    }
    match projection.badly_scaled() {
        Some(length) => Err(BundleError::Projection { length }),
        None => Ok(projection),
    }
}

fn check_distil(distil: &DistilConfig) -> Result<(), BundleError> {
    size("distil.n_hops", distil.n_hops, 0, 1024)?;
    let is_temperature = |temperature: f32| temperature > 0.0;
    let temperatures =
        [("distil.temperature_max", distil.temperature_max), ("distil.temperature_min", distil.temperature_min)];
    match temperatures.into_iter().find(|(_, temperature)| !is_temperature(*temperature)) {
        Some((field, temperature)) => {
            let expected = "it must be above 0".to_owned();
            Err(BundleError::Config { field, value: decimal(temperature), expected })
        }
        None => Ok(()),
    }
}

fn check_teacher(config: &TeacherConfig, model: &StudentConfig) -> Result<(), BundleError> {
    size("teacher.n_users", config.n_users, model.n_users, model.n_users)?;
    size("teacher.n_items", config.n_items, model.n_items, model.n_items)?;
    size("teacher.emb_dim", config.emb_dim, 1, 1024)?;
    size("teacher.n_layers", config.n_layers, 0, 64)?;
    check_hidden_dim(config.scorer, config.hidden_dim)?;
    let weights = [
        ("teacher.residual", config.residual),
        ("teacher.wide_weight", config.wide_weight),
        ("teacher.linear_weight", config.linear_weight),
        ("teacher.deep_weight", config.deep_weight),
    ];
    // Past this no sum of logits makes sense.
    let fits = |value: f32| (0.0..=1e6).contains(&value);
    if let Some((field, value)) = weights.into_iter().find(|(_, value)| !fits(*value)) {
        let expected = "it must lie between 0 and 1000000".to_owned();
        return Err(BundleError::Config { field, value: decimal(value), expected });
    }
    if config.is_wide() && config.wide_lambda.is_nan() | (config.wide_lambda <= 0.0) {
        let (field, expected) = ("teacher.wide_lambda", "a wide channel needs a ridge above 0".to_owned());
        return Err(BundleError::Config { field, value: decimal(config.wide_lambda as f32), expected });
    }
    Ok(())
}
