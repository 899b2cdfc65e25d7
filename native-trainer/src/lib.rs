//! The trainer: data, teacher, student, losses, fit, baselines, evaluation, export.

pub mod baselines;
pub mod data;
pub mod evaluation;
pub mod export;
pub mod fit;
pub mod head;
pub mod logits;
pub mod losses;
mod ops;
pub mod params;
pub mod pipeline;
pub mod progress;
pub mod rng;
pub mod settings;
pub mod sparse;
pub mod student;
pub mod teacher;
