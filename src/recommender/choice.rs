//! Which engine is wanted, which one answers, and why, in words.

use std::fmt;
use std::str::FromStr;

use super::timing::{EngineTimings, Milliseconds};
use crate::gpu::{AdapterSummary, GpuError};

/// Which engine is wanted; `?engine=` in the page's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// WebGPU on a hardware adapter; the CPU where WebGPU is missing, wrong, or computed in software anyway.
    #[default]
    Auto,
    /// WebGPU on any adapter that answers correctly.
    WebGpu,
    /// The CPU.
    Cpu,
}

impl FromStr for EngineChoice {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "auto" | "" => Ok(Self::Auto),
            "webgpu" => Ok(Self::WebGpu),
            "cpu" => Ok(Self::Cpu),
            _ => Err(UnknownEngine { name: name.to_owned() }),
        }
    }
}

/// An engine's name that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no engine \"{name}\": choose auto, webgpu or cpu")]
pub struct UnknownEngine {
    /// The name that was given.
    pub name: String,
}

/// The engine that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// WGSL through WebGPU (natively Vulkan).
    WebGpu,
    /// The CPU twin.
    Cpu,
}

impl EngineKind {
    /// `webgpu` or `cpu`, as `?engine=` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebGpu => "webgpu",
            Self::Cpu => "cpu",
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which engine answers, and why that one.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineStatus {
    /// The engine of the next request.
    pub kind: EngineKind,
    /// The adapter that was found last, whether or not it answers.
    pub adapter: Option<AdapterSummary>,
    /// Why, in plain words; a clause that can stand after "because".
    pub reason: String,
    /// What a request takes here on each engine that was measured.
    pub timings: EngineTimings,
    /// The GPU's fault, where one decided for the CPU.
    pub fault: Option<GpuError>,
    /// Whether the CPU answers for a fault that another attempt with the GPU may not meet.
    pub can_try_gpu: bool,
}

impl fmt::Display for EngineStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.reason)
    }
}

impl EngineStatus {
    /// The CPU answers, and nothing is wrong.
    pub(super) fn cpu(adapter: Option<AdapterSummary>, reason: &str) -> Self {
        Self {
            kind: EngineKind::Cpu,
            adapter,
            reason: reason.to_owned(),
            timings: EngineTimings::default(),
            fault: None,
            can_try_gpu: false,
        }
    }

    /// The CPU answers because the GPU cannot.
    pub(super) fn faulty(adapter: Option<AdapterSummary>, fault: GpuError) -> Self {
        // While a browser starts its GPU process again, there is no adapter for a moment.
        let is_between = matches!(fault, GpuError::NoAdapter { .. }) && adapter.is_some();
        let can_try_gpu = fault.may_pass() || is_between;
        Self { can_try_gpu, fault: Some(fault.clone()), ..Self::cpu(adapter, &fault.to_string()) }
    }

    /// WebGPU answers.
    pub(super) fn web_gpu(adapter: AdapterSummary, timings: EngineTimings) -> Self {
        let measured = match (timings.webgpu_ms, timings.cpu_ms) {
            (Some(webgpu), Some(cpu)) if cpu < webgpu => format!(
                "; measured here {} a request, the CPU {}: for a catalogue of this size the CPU is faster",
                Milliseconds(webgpu),
                Milliseconds(cpu)
            ),
            _ => measured(timings),
        };
        let reason = format!("{adapter} gives the same answers as the CPU{measured}");
        Self { kind: EngineKind::WebGpu, timings, ..Self::cpu(Some(adapter), &reason) }
    }

    /// The CPU answers because the adapter is one, too.
    pub(super) fn software(adapter: AdapterSummary, timings: EngineTimings) -> Self {
        let reason = format!("{adapter} computes in software{}", measured(timings));
        Self { timings, ..Self::cpu(Some(adapter), &reason) }
    }

    /// As [`Self::software`], where measuring has failed: no reason to take it up with the GPU.
    pub(super) fn unmeasured(adapter: AdapterSummary, fault: &GpuError) -> Self {
        let reason = format!("{adapter} computes in software, and could not be measured ({fault})");
        Self::cpu(Some(adapter), &reason)
    }
}

/// What was measured, as a clause to append.
fn measured(timings: EngineTimings) -> String {
    match (timings.webgpu_ms, timings.cpu_ms) {
        (Some(webgpu), Some(cpu)) => {
            format!("; measured here {} a request, the CPU {}", Milliseconds(webgpu), Milliseconds(cpu))
        }
        (Some(webgpu), None) => format!("; measured here {} a request", Milliseconds(webgpu)),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter() -> AdapterSummary {
        AdapterSummary { name: "a card".to_owned(), backend: "WebGPU".to_owned(), is_software: false }
    }

    fn timings(webgpu_ms: f64, cpu_ms: f64) -> EngineTimings {
        EngineTimings { webgpu_ms: Some(webgpu_ms), cpu_ms: Some(cpu_ms) }
    }

    #[test]
    fn both_times_are_said_and_which_is_shorter() {
        let slower = EngineStatus::web_gpu(adapter(), timings(1.24, 0.1)).reason;
        assert!(slower.contains("measured here 1.2 ms a request, the CPU 0.10 ms: "), "{slower}");
        assert!(slower.ends_with("the CPU is faster"), "{slower}");
        let faster = EngineStatus::web_gpu(adapter(), timings(1.24, 46.0)).reason;
        assert!(faster.ends_with("measured here 1.2 ms a request, the CPU 46 ms"), "{faster}");
        let unmeasured = EngineStatus::software(adapter(), EngineTimings::default()).reason;
        assert_eq!(unmeasured, "a card (WebGPU) computes in software");
    }

    #[test]
    fn the_gpu_is_offered_again_only_where_that_may_help() {
        let can_try = |adapter, fault| EngineStatus::faulty(adapter, fault).can_try_gpu;
        assert!(can_try(Some(adapter()), GpuError::OutOfMemory));
        assert!(!can_try(None, GpuError::NoWebGpu));
        let none = GpuError::NoAdapter { reason: "none".to_owned() };
        assert!(!can_try(None, none.clone()));
        assert!(can_try(Some(adapter()), none), "there was one a moment ago");
        assert!(!EngineStatus::cpu(Some(adapter()), "it was asked for").can_try_gpu);
    }
}
