//! What can go wrong with a GPU, in words for a visitor.

use thiserror::Error;

use crate::ascii::{mentions, split};

/// Why the GPU cannot answer. Every message can stand after "The CPU answers, because".
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GpuError {
    /// `navigator.gpu` is missing, or natively no graphics driver could be loaded.
    #[error("{}", no_web_gpu())]
    NoWebGpu,
    /// WebGPU is there, but offers nothing to compute on.
    #[error("no GPU adapter was offered ({reason}); hardware acceleration may be off in the browser's settings")]
    NoAdapter {
        /// What the request for an adapter answered.
        reason: String,
    },
    /// The adapter gave no device.
    #[error("the GPU refused to open a device ({reason}); closing other tabs may free it")]
    DeviceRefused {
        /// What the request for a device answered.
        reason: String,
    },
    /// A table is larger than what the adapter can bind.
    #[error("the model is too large for this GPU: {table} takes {bytes} bytes, {limit} can be bound")]
    TooLarge {
        /// The table at fault.
        table: &'static str,
        /// Its size.
        bytes: u64,
        /// What the adapter allows.
        limit: u64,
    },
    /// The device went away; it does not come back, a new one may.
    #[error("the GPU was lost: {reason}")]
    DeviceLost {
        /// What the browser or driver said.
        reason: String,
    },
    /// A shader or a call was refused: a fault of ours or of the driver.
    #[error("the GPU refused a command: {message}")]
    Validation {
        /// What it said.
        message: String,
    },
    /// A shader was refused.
    #[error("the GPU refused a shader of this page: {message}")]
    Shader {
        /// What it said.
        message: String,
    },
    /// No memory left on the GPU.
    #[error("the GPU is out of memory; closing other tabs may free some")]
    OutOfMemory,
    /// The answer could not be read back.
    #[error("the answer could not be read back from the GPU: {message}")]
    Readback {
        /// Where it failed.
        message: String,
    },
    /// All readbacks are in flight; the device is well and answers the next request.
    #[error("the GPU is still answering earlier requests")]
    Busy,
    /// The GPU says nothing at all. It is given up, whatever it may still do.
    #[error("the GPU did not {what} within {seconds} seconds")]
    Hung {
        /// What it should have done.
        what: &'static str,
        /// For how long it was waited for.
        seconds: u64,
    },
    /// A request was answered wrongly after the self-check had been passed.
    #[error("the GPU gave a wrong answer: {message}")]
    WrongLater {
        /// What it answered, and what is right.
        message: String,
    },
    /// The device computes something else than the model.
    #[error(
        "the GPU failed its self-check: in golden case {case}, place {place}, it answered {answered}, expected {expected}"
    )]
    WrongAnswer {
        /// Which request of the model file; past its last, the longest of them with novelty and a filter.
        case: usize,
        /// Place in the ranked list, from 0.
        place: usize,
        /// Item and score of the GPU, or how many there were.
        answered: String,
        /// Item and score as they should be, or how many there should have been.
        expected: String,
    },
}

fn no_web_gpu() -> &'static str {
    if cfg!(target_arch = "wasm32") {
        "this browser has no WebGPU; current Chrome, Edge, Safari and Firefox have it"
    } else {
        "no Vulkan driver was found; install one (Mesa's lavapipe computes in software)"
    }
}

impl GpuError {
    /// Whether a new device may do without this fault. Nothing makes up for a missing WebGPU or a small adapter.
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::NoWebGpu | Self::NoAdapter { .. } | Self::TooLarge { .. } | Self::Busy)
    }

    /// What a device has refused.
    pub(super) fn refused(description: &str) -> Self {
        let message = first_sentence(description);
        // Neither wgpu nor browsers tell the kind of a validation error but in words.
        let is_of_shader = ["wgsl", "shader"].iter().any(|word| mentions(description, word));
        if is_of_shader { Self::Shader { message } } else { Self::Validation { message } }
    }
}

/// The first line that says something, as far as a page has room for it: browsers append source lines and call stacks.
fn first_sentence(description: &str) -> String {
    const MOST_BYTES: usize = 160;
    // What wgpu puts before it where there is no browser.
    const NOTHING: [&str; 3] = ["", "Validation Error", "Caused by:"];
    let mut lines = split(description, b'\n').map(str::trim_ascii);
    let line = lines.find(|line| !NOTHING.contains(line)).unwrap_or("it does not say why");
    let line = line.strip_suffix(".").unwrap_or(line);
    let mut kept = line.get(..line.floor_char_boundary(MOST_BYTES)).unwrap_or(line).to_owned();
    if kept.len() < line.len() {
        kept.push_str(" ...");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_of_a_compiler_become_one_line() {
        let told = "\n  Error while parsing WGSL: :1:1 error: no.\nno WGSL\n^^\n";
        assert_eq!(first_sentence(told), "Error while parsing WGSL: :1:1 error: no");
        assert_eq!(first_sentence(&"x".repeat(500)).len(), 164);
        assert_eq!(first_sentence(""), "it does not say why");
    }
}
