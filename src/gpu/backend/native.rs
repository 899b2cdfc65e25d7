//! The native side: wgpu.

use std::sync::{Arc, mpsc};
use std::time::Duration;

pub(crate) use wgpu::{
    BindGroup, Buffer, BufferUsages as Usage, CommandEncoder, ComputePass, ComputePipeline, Device, QuerySet, Queue,
};

use super::{LABEL, Opened};
use crate::gpu::device::{AdapterSummary, Gpu};
use crate::gpu::error::GpuError;

/// Storage buffers that the widest stage binds (`gather_input`); every WebGPU adapter allows 8.
const STORAGE_BUFFERS: u32 = 6;

/// Asks for the fastest adapter and opens a device with the limits that the stages need.
pub(crate) async fn open() -> Result<Opened, GpuError> {
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
    let limits = required_limits(&adapter.limits());
    let descriptor = wgpu::DeviceDescriptor {
        label: Some(LABEL),
        required_limits: limits.clone(),
        // Only for measuring; nothing depends on it.
        required_features: adapter.features() & wgpu::Features::TIMESTAMP_QUERY,
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..wgpu::DeviceDescriptor::default()
    };
    let (device, queue) = adapter
        .request_device(&descriptor)
        .await
        .map_err(|error| GpuError::DeviceRefused { reason: error.to_string() })?;
    let info = adapter.get_info();
    let is_software = info.device_type == wgpu::DeviceType::Cpu;
    Ok(Opened {
        device,
        queue,
        adapter: AdapterSummary::new(info.name, info.backend.to_string(), is_software),
        buffer_limit: limits.max_buffer_size,
        binding_limit: limits.max_storage_buffer_binding_size,
    })
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

/// Tells `lost` in a word why the device went away, and what the driver says.
pub(crate) fn on_lost(device: &Device, lost: impl Fn(&str, &str) + Send + 'static) {
    device.set_device_lost_callback(move |reason, message| {
        let kind = if reason == wgpu::DeviceLostReason::Destroyed { "destroyed" } else { "unknown" };
        lost(kind, &message);
    });
}

/// Tells `refused` of errors outside of [`Scopes`].
pub(crate) fn on_uncaptured(device: &Device, refused: impl Fn(GpuError) + Send + Sync + 'static) {
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| refused(error.into())));
}

impl From<wgpu::Error> for GpuError {
    fn from(error: wgpu::Error) -> Self {
        match error {
            wgpu::Error::OutOfMemory { .. } => Self::OutOfMemory,
            wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
                Self::refused(&description)
            }
        }
    }
}

/// Hears the errors of what is done until it is closed.
#[derive(Debug)]
pub(crate) struct Scopes {
    memory: wgpu::ErrorScopeGuard,
    validation: wgpu::ErrorScopeGuard,
}

impl Scopes {
    pub(crate) fn open(device: &Device) -> Self {
        Self {
            memory: device.push_error_scope(wgpu::ErrorFilter::OutOfMemory),
            validation: device.push_error_scope(wgpu::ErrorFilter::Validation),
        }
    }

    /// The first error; no memory first, for what is made of a buffer that does not exist is invalid in turn.
    pub(crate) async fn close(self) -> Option<GpuError> {
        let (validation, memory) = (self.validation.pop(), self.memory.pop());
        let (validation, memory) = (validation.await, memory.await);
        memory.or(validation).map(GpuError::from)
    }
}

/// A buffer of `size` bytes, all zero.
pub(crate) fn create_buffer(device: &Device, label: &'static str, usage: Usage, size: u64) -> Buffer {
    device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
}

/// Compiles a shader with an entry point `main`, its layout made from its own bindings. What the device thinks of it
/// comes through [`Scopes`].
pub(crate) fn compile(device: &Device, label: &'static str, source: &'static str) -> ComputePipeline {
    let label = Some(label);
    let source = wgpu::ShaderSource::Wgsl(source.into());
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label, source });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label,
        layout: None,
        module: &module,
        entry_point: Some("main"),
        // The shaders read nothing from workgroup memory that they have not written.
        compilation_options: wgpu::PipelineCompilationOptions {
            zero_initialize_workgroup_memory: false,
            ..wgpu::PipelineCompilationOptions::default()
        },
        cache: None,
    })
}

/// Binds whole buffers to bindings 0, 1, ... of group 0.
pub(crate) fn bind(device: &Device, label: &'static str, pipeline: &ComputePipeline, buffers: &[&Buffer]) -> BindGroup {
    let buffers = buffers.iter().map(|buffer| buffer.as_entire_binding());
    let entry = |(binding, resource)| wgpu::BindGroupEntry { binding, resource };
    let entries: Vec<_> = (0..).zip(buffers).map(entry).collect();
    let layout = &pipeline.get_bind_group_layout(0);
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(label), layout, entries: &entries })
}

/// An empty list of commands.
pub(crate) fn encoder(device: &Device) -> CommandEncoder {
    device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
}

/// Begins a pass, which ends when it is dropped.
pub(crate) fn pass(encoder: &mut CommandEncoder) -> ComputePass<'_> {
    encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default())
}

/// Begins a pass that stamps the time into `stamps` at `first`, and behind it at its end.
pub(crate) fn timed_pass<'a>(
    encoder: &'a mut CommandEncoder,
    label: &'static str,
    stamps: &QuerySet,
    first: u32,
) -> ComputePass<'a> {
    encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
        label: Some(label),
        timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
            query_set: stamps,
            beginning_of_pass_write_index: Some(first),
            end_of_pass_write_index: Some(first + 1),
        }),
    })
}

/// Room for so many time stamps; none where the adapter has no clock.
pub(crate) fn time_stamps(device: &Device, count: u32) -> Option<QuerySet> {
    let ty = wgpu::QueryType::Timestamp;
    let has_clock = device.features().contains(wgpu::Features::TIMESTAMP_QUERY);
    has_clock.then(|| device.create_query_set(&wgpu::QuerySetDescriptor { label: None, ty, count }))
}

/// The first bytes of a buffer on their way to the CPU. `unmap` takes back what has not happened yet.
#[derive(Debug)]
pub(crate) struct Mapping(mpsc::Receiver<Result<(), wgpu::BufferAsyncError>>);

impl Mapping {
    pub(crate) fn begin(buffer: &Buffer, n_bytes: u64) -> Self {
        let (sender, mapped) = mpsc::channel();
        buffer.map_async(wgpu::MapMode::Read, ..n_bytes, move |outcome| {
            // Nobody listens when the request was dropped.
            let _ = sender.send(outcome);
        });
        Self(mapped)
    }

    /// Whether they have arrived; nothing when the device says nothing for so long.
    #[expect(clippy::unused_async, reason = "a browser is waited for")]
    pub(crate) async fn end(self, gpu: &Gpu, limit: Duration) -> Option<Result<(), String>> {
        let wait = wgpu::PollType::Wait { submission_index: None, timeout: Some(limit) };
        match gpu.device.poll(wait) {
            Err(wgpu::PollError::Timeout) => return None,
            Err(error) => return Some(Err(error.to_string())),
            Ok(_) => {}
        }
        // The callback has run by now, or runs in another thread that polls.
        match self.0.recv_timeout(limit) {
            Ok(mapped) => Some(mapped.map_err(|error| error.to_string())),
            Err(mpsc::RecvTimeoutError::Disconnected) => Some(Err("the request was given up".to_owned())),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
        }
    }
}

/// The first bytes of a buffer that is mapped.
pub(crate) fn mapped_values<T: bytemuck::Pod>(buffer: &Buffer, n_bytes: u64) -> Result<Vec<T>, String> {
    let view = buffer.get_mapped_range(..n_bytes).map_err(|error| error.to_string())?;
    Ok(bytemuck::try_cast_slice(&view).map_err(|error| error.to_string())?.to_vec())
}
