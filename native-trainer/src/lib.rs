//! The trainer: from interactions to a model file, on the CPU or an NVIDIA GPU, through candle.
//!
//! | module | what it is |
//! |---|---|
//! | [`data`] | tables, likes, k-core, split: from a file to training and held-out incidences |
//! | [`teacher`], [`text`], [`student`] | the two models of MODEL.md, in candle |
//! | [`sparse`], [`head`], [`losses`] | the operations candle lacks, each with its gradient |
//! | [`device`], [`paths`] | which device computes, and which way |
//! | [`params`], [`rng`], [`sampling`], [`fit`], [`optimizer`], [`checkpoint`] | seeded parameters, seeded streams, the training loop and how it is resumed |
//! | [`baselines`], [`evaluation`], [`visitors`] | what has to be beaten, and how everything is measured |
//! | [`models`], [`pipeline`], [`latency`] | all models of the table, trained and timed |
//! | [`ablation`] | the method without each of its parts |
//! | [`tuning`] | which settings are tried when one is chosen on validation |
//! | [`analysis`] | how alike teacher and student are, and what they cost |
//! | [`reproduction`] | the full table beside what is published |
//! | [`report`], [`bootstrap`] | the table, its plots, and how sure its differences are |
//! | [`figures`] | the figures of the texts, written from the committed reports |
//! | [`scale`], [`memory`] | what growing data cost in time and memory, measured; and memory estimated before training |
//! | [`synthetic`] | generated data of any size, with what was planted in them |
//! | [`export`], [`explorer`] | the model file, its catalogue and the explorer's file, checked, then written whole |
//! | [`cli`], [`commands`], [`settings`], [`presets`], [`progress`] | the program |
//!
//! Two runs with one seed give the same bytes: every random draw comes from a stream named after its purpose,
//! parameters are ordered by name, and every sum has a fixed order whatever the number of threads.

pub mod ablation;
pub mod analysis;
pub mod baselines;
pub mod bootstrap;
pub mod checkpoint;
pub mod cli;
pub mod commands;
pub mod data;
pub mod device;
pub mod evaluation;
pub mod explorer;
pub mod export;
pub mod figures;
pub mod fit;
pub mod head;
pub mod latency;
pub mod logits;
pub mod losses;
mod made;
pub mod memory;
pub mod models;
mod ops;
pub mod optimizer;
pub mod params;
pub mod paths;
pub mod pipeline;
pub mod presets;
pub mod progress;
mod recompute;
pub mod report;
pub mod reproduction;
pub mod rng;
pub mod sampling;
pub mod scale;
pub mod settings;
pub mod sparse;
pub mod student;
pub mod synthetic;
pub mod teacher;
pub mod text;
pub mod tuning;
pub mod visitors;
