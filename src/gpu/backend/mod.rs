//! What of WebGPU the engine uses, and no more: natively wgpu, in a browser the browser's own objects.
//!
//! Both have the same types and functions. Where a method says all it does with plain arguments, it is wgpu's, and the
//! browser's types have one of the same name; what would take a descriptor is a function here. wgpu in a browser is
//! 11 kB more to load, gzipped: it knows textures, surfaces and every limit.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::*;
#[cfg(target_arch = "wasm32")]
pub(crate) use web::*;

use super::device::AdapterSummary;

/// A device that was just opened.
pub(super) struct Opened {
    pub(super) device: Device,
    pub(super) queue: Queue,
    pub(super) adapter: AdapterSummary,
    /// Bytes of the largest buffer.
    pub(super) buffer_limit: u64,
    /// Bytes of the largest storage binding.
    pub(super) binding_limit: u64,
}

/// Words by which a device names itself.
pub(super) const LABEL: &str = "student";
