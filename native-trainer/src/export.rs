//! The model file, its catalogue and the explorer's file: checked before they are written, written whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

pub use sharp_distill::bundle::EXPLORER_FILE;
use sharp_distill::bundle::{Bundle, BundleError, GoldenCase, LeftOut, Provenance};
use sharp_distill::catalogue::{Catalogue, CatalogueError};
use sharp_distill::ranking::{Ranked, mark, mask_words, top_k};
use sharp_distill::student::{Request, RequestError, Student, StudentConfig, Workspace};
use sharp_distill::teacher::WideError;
use thiserror::Error;

use crate::data::Dataset;
use crate::explorer::Explained;
use crate::rng;
use crate::student::CandleStudent;
use crate::text::{TextFeatures, item_text};

/// Name of the model file.
pub const MODEL_FILE: &str = "model.safetensors";
/// Name of the catalogue beside it.
pub const CATALOGUE_FILE: &str = "catalogue.json";

/// Places in a golden answer.
const GOLDEN_K: usize = 10;
const ABS_TOLERANCE: f32 = 1e-4;
const REL_TOLERANCE: f32 = 1e-4;

/// Why nothing is exported.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The folder cannot be written to.
    #[error("cannot write to {folder}: {reason}. Choose another folder with {flag}")]
    Unwritable {
        /// The folder.
        folder: PathBuf,
        /// The flag that names another.
        flag: &'static str,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// Candle's model and its CPU twin give different scores.
    #[error(
        "not exported: in golden case {case}, place {place}, candle's {who} gives item {candle_item} the score \
         {candle}, its CPU twin gives item {twin_item} {twin}. They must agree: this is a defect of the program"
    )]
    Disagreement {
        /// Which model: `student` or `teacher`.
        who: &'static str,
        /// Number of the case, from 0.
        case: usize,
        /// Place in the ranking, from 1.
        place: usize,
        /// Item there by candle.
        candle_item: u32,
        /// Its score.
        candle: f32,
        /// Item there by the twin.
        twin_item: u32,
        /// Its score.
        twin: f32,
    },
    /// A golden request is refused.
    #[error("golden case {case}: {reason}")]
    Request {
        /// Number of the case, from 0.
        case: usize,
        /// Why.
        reason: RequestError,
    },
    /// The twin of the teacher has no wide channel.
    #[error(transparent)]
    Wide(#[from] WideError),
    /// The model file refuses its content.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The catalogue refuses its content.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// What candle refuses.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

/// Makes sure before hours of training that the end of it can be written.
///
/// # Errors
/// The folder cannot be made or written to.
pub fn check_writable(folder: &Path, flag: &'static str) -> Result<(), ExportError> {
    let unwritable = |reason| ExportError::Unwritable { folder: folder.to_owned(), flag, reason };
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    tempfile::Builder::new().prefix(".probe").tempfile_in(folder).map_err(unwritable)?.close().map_err(unwritable)
}

/// The three files in memory.
#[derive(Debug)]
pub struct Export {
    /// The model file.
    pub model: Vec<u8>,
    /// The catalogue.
    pub catalogue: Vec<u8>,
    /// The explorer's file.
    pub explorer: Vec<u8>,
    /// What is not in the explorer's file, and why.
    pub left_out: Vec<LeftOut>,
}

impl Export {
    /// Answers the golden cases with candle's student, checks its twin against them and packs everything, with what the
    /// teacher read about the items, projected; then the same with the teacher and what else is explained.
    ///
    /// # Errors
    /// A disagreement, or what the formats refuse.
    pub fn new(
        data: &Dataset,
        student: &CandleStudent<'_>,
        config: StudentConfig,
        text: Option<&TextFeatures>,
        provenance: Provenance,
        explained: Explained<'_, '_>,
    ) -> Result<Self, ExportError> {
        let weights = student.weights()?;
        let golden = golden_cases(&golden_requests(data, provenance.seed), student, &config)?;
        check_twin(&golden, &Student::new(config.clone(), &weights, &data.train))?;
        let bundle = Bundle {
            config,
            weights,
            incidence: data.train.clone(),
            item_ids: data.item_ids.clone(),
            item_text: text.and_then(item_text),
            provenance,
            golden,
        };
        let catalogue = Catalogue::new(data.items.clone());
        catalogue.check_against(&bundle.item_ids)?;
        let explorer = explained.explorer(data, &bundle)?;
        Ok(Self {
            model: bundle.to_bytes()?,
            catalogue: catalogue.to_bytes()?,
            explorer: explorer.to_bytes(&bundle)?,
            left_out: explorer.left_out,
        })
    }

    /// Writes the files, whole or not at all.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn write(&self, folder: &Path) -> Result<(), ExportError> {
        let files = [(MODEL_FILE, &self.model), (CATALOGUE_FILE, &self.catalogue), (EXPLORER_FILE, &self.explorer)];
        write_files(folder, "--out", &files.map(|(name, bytes)| (name, bytes.as_slice())))
    }
}

/// Writes files by renaming finished temporary ones, once all are there, so that none is ever half-written.
pub(crate) fn write_files(folder: &Path, flag: &'static str, files: &[(&str, &[u8])]) -> Result<(), ExportError> {
    let unwritable = |reason| ExportError::Unwritable { folder: folder.to_owned(), flag, reason };
    let mut finished = Vec::new();
    for (name, bytes) in files {
        let mut file = temporary(folder).map_err(unwritable)?;
        file.write_all(bytes).map_err(unwritable)?;
        file.as_file().sync_all().map_err(unwritable)?;
        finished.push((file, folder.join(name)));
    }
    for (file, path) in finished {
        file.persist(path).map_err(|error| unwritable(error.error))?;
    }
    Ok(())
}

/// Writes one file piece by piece, and gives it its name once it is finished.
pub(crate) fn write_stream(
    folder: &Path,
    flag: &'static str,
    name: &str,
    write: impl FnOnce(&mut std::fs::File) -> std::io::Result<()>,
) -> Result<PathBuf, ExportError> {
    let unwritable = |reason| ExportError::Unwritable { folder: folder.to_owned(), flag, reason };
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    let mut file = temporary(folder).map_err(unwritable)?;
    write(file.as_file_mut()).map_err(unwritable)?;
    file.as_file().sync_all().map_err(unwritable)?;
    let path = folder.join(name);
    file.persist(&path).map_err(|error| unwritable(error.error))?;
    Ok(path)
}

/// A temporary file that others may read once it has its name, as files usually are.
fn temporary(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sharp-distill");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder.tempfile_in(folder)
}

/// Requests of many sizes: nothing liked, one, a few, many, with dislikes and without.
fn golden_requests(data: &Dataset, seed: u64) -> Vec<Request> {
    let mut rng = rng::stream(seed, "golden");
    let sizes = [(0, 0), (1, 0), (1, 1), (2, 0), (3, 2), (5, 0), (10, 3), (20, 5), (50, 0), (50, 10)];
    let mut items: Vec<u32> = (0..data.n_items() as u32).collect();
    sizes
        .iter()
        .map(|&(n_liked, n_disliked)| {
            rng::shuffle(&mut rng, &mut items);
            // A small catalogue gives what it has, and always leaves something to recommend.
            let room = items.len().saturating_sub(1);
            let n_liked = n_liked.min(room);
            let n_disliked = n_disliked.min(room - n_liked);
            Request {
                liked: items[..n_liked].to_vec(),
                disliked: items[n_liked..n_liked + n_disliked].to_vec(),
                k: GOLDEN_K,
                ..Request::default()
            }
        })
        .collect()
}

/// The answers of candle's student.
fn golden_cases(
    requests: &[Request],
    student: &CandleStudent<'_>,
    config: &StudentConfig,
) -> Result<Vec<GoldenCase>, ExportError> {
    let row = |request: &Request| -> Vec<(u32, f32)> {
        let liked = request.liked.iter().map(|&item| (item, 1.0));
        let disliked = request.disliked.iter().map(|&item| (item, -config.dislike_weight));
        liked.chain(disliked.filter(|_| config.dislike_weight > 0.0)).collect()
    };
    let rows: Vec<_> = requests.iter().map(row).collect();
    let logits = student.visitor_logits(&rows)?;
    let cases = requests.iter().zip(logits.chunks(config.n_items)).map(|(request, logits)| {
        let mut seen_mask = vec![0; mask_words(config.n_items)];
        mark(&mut seen_mask, &request.liked);
        mark(&mut seen_mask, &request.disliked);
        let mut ranked = Vec::new();
        top_k(logits, &seen_mask, request.k, &mut ranked);
        GoldenCase {
            liked: request.liked.clone(),
            disliked: request.disliked.clone(),
            items: ranked.iter().map(|ranked| ranked.item_idx).collect(),
            scores: ranked.iter().map(|ranked| ranked.score).collect(),
        }
    });
    Ok(cases.collect())
}

/// Refuses a twin that answers golden cases differently: scores within `1e-4 + 1e-4 |score|`, the same items but
/// where scores tie within that tolerance.
///
/// # Errors
/// The first place at which the two disagree.
pub fn check_twin(golden: &[GoldenCase], twin: &Student) -> Result<(), ExportError> {
    let mut workspace = Workspace::default();
    for (case, golden) in golden.iter().enumerate() {
        let refused = |reason| ExportError::Request { case, reason };
        let answer = twin.recommend(&golden.request(), &mut workspace).map_err(refused)?.to_vec();
        let logits = twin.logits(&golden.request(), &mut workspace).map_err(refused)?;
        for (at, (&candle_item, &candle)) in golden.items.iter().zip(&golden.scores).enumerate() {
            let none = Ranked { item_idx: u32::MAX, score: f32::NAN };
            let twin = answer.get(at).copied().unwrap_or(none);
            let of_same_item = logits.get(candle_item as usize).copied().unwrap_or(f32::NAN);
            if !(agrees(candle, twin.score) && agrees(candle, of_same_item)) {
                return Err(ExportError::Disagreement {
                    who: "student",
                    case,
                    place: at + 1,
                    candle_item,
                    candle,
                    twin_item: twin.item_idx,
                    twin: twin.score,
                });
            }
        }
    }
    Ok(())
}

/// Written so that NaN disagrees with everything.
pub(crate) fn agrees(a: f32, b: f32) -> bool {
    (a - b).abs() <= ABS_TOLERANCE + REL_TOLERANCE * b.abs()
}
