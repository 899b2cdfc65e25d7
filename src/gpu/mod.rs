//! The student on WebGPU: the stages of [`crate::student::Stage`] as WGSL (`shaders/`); and the teacher that it is raced
//! against, the deep stages of [`crate::teacher::TeacherStage`].
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
mod teacher;
mod teacher_pipelines;

pub use check::check_answer;
pub use device::{AdapterSummary, Gpu};
pub use engine::{Engine, Pending};
pub use error::GpuError;
pub use layout::{Chunk, Dims, MAX_PLACES, MAX_WIDTH, N_SLOTS, RequestDims, TeacherDims, pad_matrix, workgroups};
pub use pipelines::{Access, Pipeline, SHADERS, ShaderRow, score_row};
pub use profile::StageTime;
pub use ranking::ranked_of;
pub use storage::{BLOCK_ITEMS, ItemBlocks, LARGE_BYTES, Storage, UnknownStorage, item_blocks};
pub use teacher::{Asked, TeacherEngine, pack_channel, pack_scorer};
pub use teacher_pipelines::TEACHER_SHADERS;
