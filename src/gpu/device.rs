//! From nothing to a device: adapter, limits, and the two callbacks through which a device reports its faults.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_channel::oneshot;

use super::error::{GpuError, mentions};
use super::refusals::{Scopes, on_uncaptured};

/// Storage buffers that the widest stage binds (`graph_convolution`); every WebGPU adapter allows 8.
const STORAGE_BUFFERS: u32 = 5;

/// What a visitor may know about the adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterSummary {
    /// Its name, as far as the browser tells.
    pub name: String,
    /// `WebGPU` in a browser, else the native interface.
    pub backend: String,
    /// Whether a CPU pretends to be a GPU (SwiftShader, lavapipe, WARP).
    pub is_software: bool,
}

impl fmt::Display for AdapterSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.backend)
    }
}

/// The first fault of a device. It outlives the request that caused it: a faulty device is not asked again.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault(Arc<Mutex<FaultState>>);

#[derive(Debug, Default)]
struct FaultState {
    first: Option<GpuError>,
    /// Who wants to know of it; they are told by being dropped.
    waiting: Vec<oneshot::Sender<Infallible>>,
}

impl Fault {
    fn state(&self) -> MutexGuard<'_, FaultState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self) -> Result<(), GpuError> {
        self.state().first.clone().map_or(Ok(()), Err)
    }

    /// Keeps the first fault, but for a loss, which explains the faults that come before it is reported.
    fn set(&self, fault: GpuError) {
        let mut state = self.state();
        let explains = matches!(fault, GpuError::DeviceLost { .. });
        if state.first.is_none() || explains {
            state.first = Some(fault);
        }
        // Woken when the lock is free again.
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        drop(waiting);
    }
}

/// An open device.
#[derive(Debug, Clone)]
pub struct Gpu {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) fault: Fault,
    adapter: AdapterSummary,
    pub(super) buffer_limit: u64,
    binding_limit: u64,
}

impl Gpu {
    /// Asks for the fastest adapter and opens a device with the limits that the stages need.
    ///
    /// # Errors
    /// [`GpuError::NoWebGpu`], [`GpuError::NoAdapter`] or [`GpuError::DeviceRefused`], each with what helps.
    pub async fn request() -> Result<Self, GpuError> {
        if !is_web_gpu_there() {
            return Err(GpuError::NoWebGpu);
        }
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..wgpu::RequestAdapterOptions::default()
        };
        let adapter = wgpu::Instance::new(descriptor)
            .request_adapter(&options)
            .await
            .map_err(|error| GpuError::NoAdapter { reason: error.to_string() })?;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("student"),
            required_limits: required_limits(&adapter.limits()),
            // Only for measuring; nothing depends on it.
            required_features: adapter.features() & wgpu::Features::TIMESTAMP_QUERY,
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|error| GpuError::DeviceRefused { reason: error.to_string() })?;
        let fault = Fault::default();
        let lost = fault.clone();
        device.set_device_lost_callback(move |reason, message| {
            // Its `Debug` would bring along how to print any text.
            let kind = if reason == wgpu::DeviceLostReason::Destroyed { "destroyed" } else { "unknown" };
            let message = if message.is_empty() { kind } else { message.trim_end_matches('.') };
            lost.set(GpuError::DeviceLost { reason: message.to_owned() });
        });
        let refused = fault.clone();
        on_uncaptured(&device, move |error| refused.set(error));
        let adapter = summary(&adapter.get_info(), &device);
        let limits = &descriptor.required_limits;
        let buffer_limit = limits.max_buffer_size;
        let binding_limit = buffer_limit.min(limits.max_storage_buffer_binding_size);
        Ok(Self { device, queue, fault, adapter, buffer_limit, binding_limit })
    }

    /// The same device as if it could bind no more than `bytes` at once: what a smaller adapter would do.
    #[must_use]
    pub fn with_binding_limit(self, bytes: u64) -> Self {
        Self { binding_limit: self.binding_limit.min(bytes), ..self }
    }

    /// The most bytes that a storage binding may have.
    pub fn binding_limit(&self) -> u64 {
        self.binding_limit
    }

    /// What it runs on.
    pub fn adapter(&self) -> &AdapterSummary {
        &self.adapter
    }

    /// The device, for tests and benchmarks.
    pub fn device(&self) -> &wgpu::Device {
        &self.device
    }

    /// The queue, for tests and benchmarks.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    /// Fails when the device has failed before.
    ///
    /// # Errors
    /// The first fault, or the loss of the device.
    pub fn check(&self) -> Result<(), GpuError> {
        self.fault.get()
    }

    /// Waits until the device fails, at once where it has failed. Keeps no device alive.
    pub fn failure(&self) -> impl Future<Output = ()> + use<> {
        let (sender, failed) = oneshot::channel();
        let mut state = self.fault.state();
        if state.first.is_none() {
            state.waiting.push(sender);
        }
        async move {
            let _ = failed.await;
        }
    }

    /// Gives the device up because it says nothing.
    pub(super) fn hung(&self, limit: Duration) -> GpuError {
        let fault = GpuError::Hung { what: "answer", seconds: limit.as_secs() };
        self.fault.set(fault.clone());
        fault
    }

    /// Runs `work` and waits for what the device has to say about it.
    ///
    /// # Errors
    /// Those of `work`, or the first thing that the device refused meanwhile.
    pub async fn validated<T>(&self, work: impl FnOnce() -> Result<T, GpuError>) -> Result<T, GpuError> {
        let scopes = Scopes::open(&self.device);
        let outcome = work();
        match scopes.close().await {
            Some(error) => self.check().and(Err(error)),
            None => self.check().and(outcome),
        }
    }
}

/// What WebGPU's weakest adapters have, but for the number of buffers and their size, where all is asked that there
/// is: a model's tables may need it, and asking costs nothing.
fn required_limits(available: &wgpu::Limits) -> wgpu::Limits {
    let least = wgpu::Limits::downlevel_defaults();
    wgpu::Limits {
        max_storage_buffers_per_shader_stage: STORAGE_BUFFERS,
        max_storage_buffer_binding_size: available.max_storage_buffer_binding_size,
        max_buffer_size: available.max_buffer_size,
        ..least.using_alignment(available.clone())
    }
}

fn summary(info: &wgpu::AdapterInfo, device: &wgpu::Device) -> AdapterSummary {
    let mut name = info.name.clone();
    let mut is_software = info.device_type == wgpu::DeviceType::Cpu;
    let backend =
        if info.backend == wgpu::Backend::BrowserWebGpu { "WebGPU".to_owned() } else { info.backend.to_string() };
    if let Some(told) = browser_adapter_name(device) {
        is_software |= mentions(&told.to_ascii_lowercase(), "swiftshader");
        if name.is_empty() {
            name = told;
        }
    }
    is_software |= mentions(&name.to_ascii_lowercase(), "swiftshader");
    if name.is_empty() {
        name = "a GPU without a name".to_owned();
    }
    AdapterSummary { name, backend, is_software }
}

/// `vendor architecture`, which browsers tell where they keep the description to themselves.
#[cfg(target_arch = "wasm32")]
fn browser_adapter_name(device: &wgpu::Device) -> Option<String> {
    let info = js_sys::Reflect::get(device.as_webgpu()?.as_ref(), &"adapterInfo".into()).ok()?;
    let field = |name: &str| js_sys::Reflect::get(&info, &name.into()).ok()?.as_string();
    let parts = [field("vendor"), field("architecture")];
    let name = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

#[cfg(not(target_arch = "wasm32"))]
fn browser_adapter_name(_device: &wgpu::Device) -> Option<String> {
    None
}

/// Whether `navigator.gpu` exists. Browsers leave it out on pages that are not served securely.
#[cfg(target_arch = "wasm32")]
fn is_web_gpu_there() -> bool {
    let navigator = js_sys::Reflect::get(&js_sys::global(), &"navigator".into());
    let gpu = navigator.and_then(|navigator| js_sys::Reflect::get(&navigator, &"gpu".into()));
    gpu.is_ok_and(|gpu| !gpu.is_undefined() && !gpu.is_null())
}

#[cfg(not(target_arch = "wasm32"))]
fn is_web_gpu_there() -> bool {
    true
}
