//! What an interrupted training leaves behind: a safetensors file from which it goes on as if nothing had happened.
//!
//! Parameters, both moments of the optimiser and the best parameters so far are tensors; how far training has come and
//! what it was training (data, seed, settings) stand in the metadata. A checkpoint of another run is refused.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::fit::FitState;
use crate::models::Model;
use crate::ops::{plain_numbers, to_vec};
use crate::optimizer::{Adam, Moments};
use crate::params::Params;

/// Between two checkpoints that nobody asked for.
const EVERY: Duration = Duration::from_secs(30);
/// The key of our metadata.
const KEY: &str = "sharp-distill-checkpoint";

/// Between model and seed in a file name, and what it ends with.
const SEED: &str = "-seed-";
const ENDING: &str = ".safetensors";
/// What a file is called until it is whole.
const TEMPORARY: &str = ".sharp-distill";

/// A checkpoint that cannot be used.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// Reading or writing failed.
    #[error("the checkpoint {} cannot be {what}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// read or written.
        what: &'static str,
        /// Why.
        reason: std::io::Error,
    },
    /// Not a checkpoint, or a damaged one.
    #[error("{} is no usable checkpoint: {reason}. Remove it, or leave out --resume to start afresh", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Of another run.
    #[error(
        "the checkpoint {} is of another run: its {key} is {found}, now it is {wanted}. Give the flags it was made with, \
         or leave out --resume to start afresh", path.display()
    )]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// What differs.
        key: String,
        /// In the file.
        found: String,
        /// In this run.
        wanted: String,
    },
    /// `--resume`, and nothing to go on from.
    #[error("there is nothing to resume in {}: leave out --resume, or give the --out or --report of the interrupted run", folder.display())]
    Nothing {
        /// Where checkpoints would be.
        folder: PathBuf,
    },
}

/// Everything a fit needs to go on.
#[derive(Debug)]
pub struct Checkpoint {
    names: Vec<String>,
    /// By parameter, ordered by name.
    pub parameters: Vec<Tensor>,
    /// The optimiser's.
    pub moments: Vec<Moments>,
    /// The parameters of the best look.
    pub best: Option<Vec<Tensor>>,
    /// Steps of the optimiser.
    pub n_steps: u32,
    /// How far it is.
    pub state: FitState,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    run: Value,
    n_steps: u32,
    state: FitState,
    /// Of training, interruptions not included.
    seconds: f64,
}

impl Checkpoint {
    /// Of a fit as it stands.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn of(
        params: &Params,
        optimizer: &Adam,
        best: &Option<Vec<Tensor>>,
        state: FitState,
    ) -> candle_core::Result<Self> {
        Ok(Self {
            names: params.names(),
            parameters: params.snapshot()?,
            moments: optimizer.moments()?,
            best: best.clone(),
            n_steps: optimizer.n_steps(),
            state,
        })
    }
}

/// The checkpoints of one command: where they are, and whether Ctrl-C was pressed.
#[derive(Debug, Clone, Default)]
pub struct Checkpoints {
    folder: Option<PathBuf>,
    resume: bool,
    interrupted: Arc<AtomicBool>,
}

impl Checkpoints {
    /// In a folder; with `resume` what is there is gone on from.
    ///
    /// # Errors
    /// `resume` without an interrupted run.
    pub fn new(folder: PathBuf, resume: bool) -> Result<Self, CheckpointError> {
        // An empty folder will do: interrupted before the first model had anything to keep.
        if resume && !folder.is_dir() {
            return Err(CheckpointError::Nothing { folder });
        }
        Ok(Self { folder: Some(folder), resume, interrupted: Arc::default() })
    }

    /// Those of a part of the command, in a folder of their own within this one; Ctrl-C stops both.
    pub fn within(&self, name: &str) -> Self {
        let folder = self.folder.as_ref().map(|folder| folder.join(name));
        Self { folder, resume: self.resume, interrupted: self.interrupted.clone() }
    }

    /// A flag that stops training at the end of the epoch when it is set, after a checkpoint.
    pub fn interrupted(&self) -> Arc<AtomicBool> {
        self.interrupted.clone()
    }

    /// Those of one part of the command, in a folder of its own among these: for a command that trains a model more than
    /// once with one seed. Ctrl-C stops all parts.
    pub fn part(&self, name: &str) -> Self {
        Self { folder: self.folder.as_ref().map(|folder| folder.join(name)), ..self.clone() }
    }

    /// Those of one model; `run` says what is trained on what, with which settings and seed.
    pub fn of(&self, model: &str, seed: u64, run: Value) -> Checkpointer {
        Checkpointer {
            path: self.folder.as_ref().map(|folder| folder.join(format!("{model}{SEED}{seed}{ENDING}"))),
            run,
            resume: self.resume,
            interrupted: self.interrupted.clone(),
            written: Instant::now(),
            started: Instant::now(),
            earlier_seconds: 0.0,
        }
    }

    /// The folder to go on from if Ctrl-C was pressed: what to stop with between two models.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn stopped(&self) -> Result<Option<PathBuf>, CheckpointError> {
        let Some(folder) = self.folder.as_ref().filter(|_| self.interrupted.load(Ordering::Relaxed)) else {
            return Ok(None);
        };
        std::fs::create_dir_all(folder).map_err(|reason| CheckpointError::File {
            path: folder.clone(),
            what: "written",
            reason,
        })?;
        Ok(Some(folder.clone()))
    }

    /// Removes them all, those of its parts too: the command has reached its end. What is not ours stays, and with it the
    /// folder.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub fn remove(&self) -> Result<(), CheckpointError> {
        let Some(folder) = self.folder.as_ref().filter(|folder| folder.is_dir()) else { return Ok(()) };
        let file = |path: &Path, what, reason| CheckpointError::File { path: path.to_owned(), what, reason };
        for entry in std::fs::read_dir(folder).map_err(|reason| file(folder, "read", reason))?.flatten() {
            let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.part(&name).remove()?;
            } else if is_ours(&name) {
                std::fs::remove_file(&path).map_err(|reason| file(&path, "removed", reason))?;
            }
        }
        // Refused where something else lies in it, as it should be.
        let _ = std::fs::remove_dir(folder);
        Ok(())
    }
}

fn is_ours(name: &str) -> bool {
    let model_and_seed = name.strip_suffix(ENDING).and_then(|name| name.rsplit_once(SEED));
    let names_a_model = |(model, seed): (&str, &str)| {
        Model::ALL.iter().any(|known| known.name() == model) && seed.parse::<u64>().is_ok()
    };
    name.starts_with(TEMPORARY) || model_and_seed.is_some_and(names_a_model)
}

/// Reads and writes the checkpoint of one model.
#[derive(Debug)]
pub struct Checkpointer {
    path: Option<PathBuf>,
    run: Value,
    resume: bool,
    interrupted: Arc<AtomicBool>,
    written: Instant,
    started: Instant,
    earlier_seconds: f64,
}

impl Checkpointer {
    /// Keeps nothing.
    pub fn none() -> Self {
        Checkpoints::default().of("", 0, Value::Null)
    }

    /// Whether training is to stop.
    pub fn interrupted(&self) -> bool {
        self.path.is_some() && self.interrupted.load(Ordering::Relaxed)
    }

    /// Seconds of training before the interruption.
    pub fn earlier_seconds(&self) -> f64 {
        self.earlier_seconds
    }

    /// Whether anything is written at all.
    pub fn is_kept(&self) -> bool {
        self.path.is_some()
    }

    /// Whether the last one is old.
    pub fn is_due(&self) -> bool {
        self.is_kept() && self.written.elapsed() >= EVERY
    }

    /// Writes whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&mut self, checkpoint: &Checkpoint) -> Result<PathBuf, CheckpointError> {
        let path = self.path.clone().unwrap_or_default();
        let file = |reason| CheckpointError::File { path: path.clone(), what: "written", reason };
        let bytes = to_bytes(checkpoint, &self.run, self.earlier_seconds + self.started.elapsed().as_secs_f64())
            .map_err(|reason| file(std::io::Error::other(reason)))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(file)?;
        let temporary = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder).map_err(file)?;
        std::fs::write(temporary.path(), bytes).map_err(file)?;
        temporary.persist(&path).map_err(|error| file(error.error))?;
        self.written = Instant::now();
        Ok(path)
    }

    /// The checkpoint to go on from, if there is one and going on was asked for.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or is of another run.
    pub fn read(&mut self) -> Result<Option<Checkpoint>, CheckpointError> {
        let Some(path) = self.path.clone().filter(|path| self.resume && path.exists()) else { return Ok(None) };
        let bytes = std::fs::read(&path).map_err(|reason| CheckpointError::File {
            path: path.clone(),
            what: "read",
            reason,
        })?;
        let (checkpoint, run, seconds) =
            from_bytes(&bytes).map_err(|reason| CheckpointError::Unusable { path: path.clone(), reason })?;
        // As the file has it: a number that was written and read may differ in its last bit.
        let wanted = serde_json::from_str(&self.run.to_string()).unwrap_or_else(|_| self.run.clone());
        match difference("", &run, &wanted) {
            None => {
                self.earlier_seconds = seconds;
                Ok(Some(checkpoint))
            }
            Some((key, found, wanted)) => Err(CheckpointError::OtherRun { path: path.clone(), key, found, wanted }),
        }
    }
}

/// The first leaf in which two descriptions of a run differ.
fn difference(path: &str, found: &Value, wanted: &Value) -> Option<(String, String, String)> {
    match (found, wanted) {
        (Value::Object(a), Value::Object(b)) => a.keys().chain(b.keys()).find_map(|key| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            difference(&path, a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null))
        }),
        (a, b) if a == b => None,
        (a, b) => {
            let said = |value: &Value| plain_numbers(value.clone()).to_string();
            Some((path.to_owned(), said(a), said(b)))
        }
    }
}

const GROUPS: [&str; 4] = ["parameter", "first", "second", "best"];

fn to_bytes(checkpoint: &Checkpoint, run: &Value, seconds: f64) -> Result<Vec<u8>, String> {
    let metadata = Metadata { run: run.clone(), n_steps: checkpoint.n_steps, state: checkpoint.state, seconds };
    let metadata = serde_json::to_string(&metadata).map_err(|error| error.to_string())?;
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    let le_bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    for (at, name) in checkpoint.names.iter().enumerate() {
        let shape = checkpoint.parameters[at].dims().to_vec();
        let mut add = |group: &str, values: &[f32]| {
            tensors.push((format!("{group}.{name}"), shape.clone(), le_bytes(values)));
        };
        let numbers = |tensor: &Tensor| to_vec(tensor).map_err(|error| error.to_string());
        add(GROUPS[0], &numbers(&checkpoint.parameters[at])?);
        add(GROUPS[1], &checkpoint.moments[at].first);
        add(GROUPS[2], &checkpoint.moments[at].second);
        if let Some(best) = &checkpoint.best {
            add(GROUPS[3], &numbers(&best[at])?);
        }
    }
    let views: Result<Vec<_>, _> = tensors
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect();
    let views = views.map_err(|error: safetensors::SafeTensorError| error.to_string())?;
    safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), metadata)]))).map_err(|error| error.to_string())
}

fn from_bytes(bytes: &[u8]) -> Result<(Checkpoint, Value, f64), String> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let metadata =
        header.metadata().as_ref().and_then(|metadata| metadata.get(KEY)).ok_or("it is another kind of file")?;
    let metadata: Metadata = serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let prefix = format!("{}.", GROUPS[0]);
    let mut names: Vec<String> =
        tensors.names().into_iter().filter_map(|name| name.strip_prefix(&prefix).map(str::to_owned)).collect();
    names.sort();
    let read = |group: &str, name: &str| -> Result<(Vec<f32>, Vec<usize>), String> {
        let tensor = tensors.tensor(&format!("{group}.{name}")).map_err(|error| error.to_string())?;
        if tensor.dtype() != Dtype::F32 {
            return Err(format!("{group}.{name} is not f32"));
        }
        let (numbers, _) = tensor.data().as_chunks::<4>();
        Ok((numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(), tensor.shape().to_vec()))
    };
    let tensor = |group: &str, name: &String| -> Result<Tensor, String> {
        let (numbers, shape) = read(group, name)?;
        Tensor::from_vec(numbers, shape, &Device::Cpu).map_err(|error| error.to_string())
    };
    let parameters = names.iter().map(|name| tensor(GROUPS[0], name)).collect::<Result<_, _>>()?;
    let moments = names
        .iter()
        .map(|name| Ok(Moments { first: read(GROUPS[1], name)?.0, second: read(GROUPS[2], name)?.0 }))
        .collect::<Result<_, String>>()?;
    let best = match metadata.state.best {
        Some(_) => Some(names.iter().map(|name| tensor(GROUPS[3], name)).collect::<Result<_, _>>()?),
        None => None,
    };
    let Metadata { run, n_steps, state, seconds } = metadata;
    Ok((Checkpoint { names, parameters, moments, best, n_steps, state }, run, seconds))
}
