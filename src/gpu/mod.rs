//! The student on WebGPU: the stages of [`crate::student::Stage`] as WGSL (`shaders/`).
//!
//! [`Engine`] uploads a model once and answers a request with one submit and one small readback. Nothing here is
//! trusted by itself: [`Engine::self_check`] compares its answers with known ones before the first is shown.

mod backend;
mod check;
mod device;
mod engine;
mod error;
mod layout;
mod load;
mod pipelines;
mod profile;
mod ranking;
mod request_stages;
mod storage;
mod tables;

pub use check::check_answer;
pub use device::{AdapterSummary, Gpu};
pub use engine::{Engine, Pending};
pub use error::GpuError;
pub use layout::{Chunk, Dims, MAX_PLACES, MAX_WIDTH, N_SLOTS, RequestDims, pad_matrix, workgroups};
pub use pipelines::{Access, Pipeline, SHADERS, ShaderRow, score_row};
pub use profile::StageTime;
pub use ranking::ranked_of;
pub use storage::{BLOCK_ITEMS, ItemBlocks, LARGE_BYTES, Storage, UnknownStorage, item_blocks};
