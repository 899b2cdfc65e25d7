//! The browser's side: its own WebGPU objects, with the methods that the engine calls.

use std::marker::PhantomData;
use std::ops::BitOr;
use std::time::Duration;

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{LABEL, Opened};
use crate::ascii::mentions;
use crate::clock;
use crate::gpu::device::{AdapterSummary, Gpu};
use crate::gpu::error::GpuError;
use crate::js::{Fields, get, global, text_of, told};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = GPU)]
    type WebGpu;
    #[wasm_bindgen(method, js_name = requestAdapter)]
    fn request_adapter(this: &WebGpu, options: &JsValue) -> Promise;

    type Adapter;
    #[wasm_bindgen(method, js_name = requestDevice)]
    fn request_device(this: &Adapter, descriptor: &JsValue) -> Promise;

    /// `GPUSupportedFeatures`, of an adapter or a device.
    type Features;
    #[wasm_bindgen(method)]
    fn has(this: &Features, feature: &str) -> bool;

    #[wasm_bindgen(js_name = GPUOutOfMemoryError)]
    type OutOfMemoryError;

    /// `GPUDevice`.
    #[derive(Debug, Clone)]
    #[wasm_bindgen(js_name = GPUDevice)]
    pub type Device;
    /// Frees all that it holds.
    #[wasm_bindgen(method)]
    pub fn destroy(this: &Device);
    #[wasm_bindgen(method, js_name = pushErrorScope)]
    fn push_error_scope(this: &Device, filter: &str);
    #[wasm_bindgen(method, js_name = popErrorScope)]
    fn pop_error_scope(this: &Device) -> Promise;
    #[wasm_bindgen(method, setter, js_name = onuncapturederror)]
    fn set_on_uncaptured_error(this: &Device, handler: &JsValue);
    #[wasm_bindgen(method, js_name = createBuffer)]
    fn create_buffer(this: &Device, descriptor: &JsValue) -> Buffer;
    #[wasm_bindgen(method, js_name = createShaderModule)]
    fn create_shader_module(this: &Device, descriptor: &JsValue) -> JsValue;
    #[wasm_bindgen(method, js_name = createComputePipeline)]
    fn create_compute_pipeline(this: &Device, descriptor: &JsValue) -> ComputePipeline;
    #[wasm_bindgen(method, js_name = createBindGroup)]
    fn create_bind_group(this: &Device, descriptor: &JsValue) -> BindGroup;
    #[wasm_bindgen(method, js_name = createCommandEncoder)]
    fn create_command_encoder(this: &Device) -> CommandEncoder;
    #[wasm_bindgen(method, js_name = createQuerySet)]
    fn create_query_set(this: &Device, descriptor: &JsValue) -> QuerySet;

    /// `GPUQueue`.
    #[derive(Debug, Clone)]
    #[wasm_bindgen(js_name = GPUQueue)]
    pub type Queue;
    #[wasm_bindgen(method, js_name = writeBuffer)]
    fn write(this: &Queue, buffer: &Buffer, offset: f64, bytes: &[u8]);
    #[wasm_bindgen(method, js_name = submit)]
    fn submit_all(this: &Queue, commands: &Array);

    /// `GPUBuffer`.
    #[derive(Debug)]
    #[wasm_bindgen(js_name = GPUBuffer)]
    pub type Buffer;
    #[wasm_bindgen(method, getter, js_name = size)]
    fn n_bytes(this: &Buffer) -> f64;
    /// Gives it back to the GPU; takes back a mapping that has not happened yet.
    #[wasm_bindgen(method)]
    pub fn unmap(this: &Buffer);
    #[wasm_bindgen(method, js_name = mapAsync)]
    fn map_async(this: &Buffer, mode: u32, offset: f64, n_bytes: f64) -> Promise;
    #[wasm_bindgen(method, catch, js_name = getMappedRange)]
    fn mapped_range(this: &Buffer, offset: f64, n_bytes: f64) -> Result<JsValue, JsValue>;

    /// `GPUComputePipeline`.
    #[derive(Debug)]
    #[wasm_bindgen(js_name = GPUComputePipeline)]
    pub type ComputePipeline;
    #[wasm_bindgen(method, js_name = getBindGroupLayout)]
    fn bind_group_layout(this: &ComputePipeline, group: u32) -> JsValue;

    /// `GPUBindGroup`.
    #[derive(Debug)]
    #[wasm_bindgen(js_name = GPUBindGroup)]
    pub type BindGroup;

    #[wasm_bindgen(js_name = GPUQuerySet)]
    pub(crate) type QuerySet;

    /// `GPUCommandEncoder`.
    #[wasm_bindgen(js_name = GPUCommandEncoder)]
    pub type CommandEncoder;
    #[wasm_bindgen(method, js_name = beginComputePass)]
    fn begin_compute_pass(this: &CommandEncoder, descriptor: &JsValue) -> ComputePassEncoder;
    #[wasm_bindgen(method, js_name = copyBufferToBuffer)]
    fn copy(this: &CommandEncoder, from: &Buffer, from_offset: f64, to: &Buffer, to_offset: f64, n_bytes: f64);
    #[wasm_bindgen(method, js_name = clearBuffer)]
    fn clear(this: &CommandEncoder, buffer: &Buffer, offset: f64, n_bytes: f64);
    #[wasm_bindgen(method, js_name = resolveQuerySet)]
    fn resolve(this: &CommandEncoder, stamps: &QuerySet, first: u32, count: u32, to: &Buffer, offset: f64);
    #[wasm_bindgen(method, js_name = finish)]
    fn finished(this: &CommandEncoder) -> JsValue;

    type ComputePassEncoder;
    #[wasm_bindgen(method, js_name = setPipeline)]
    fn set_pipeline(this: &ComputePassEncoder, pipeline: &ComputePipeline);
    #[wasm_bindgen(method, js_name = setBindGroup)]
    fn set_bind_group(this: &ComputePassEncoder, group: u32, bind_group: &BindGroup);
    #[wasm_bindgen(method, js_name = dispatchWorkgroups)]
    fn dispatch_workgroups(this: &ComputePassEncoder, x: u32, y: u32, z: u32);
    #[wasm_bindgen(method)]
    fn end(this: &ComputePassEncoder);
}

/// `GPUBufferUsage`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage(u32);

impl Usage {
    pub(crate) const MAP_READ: Self = Self(0x1);
    pub(crate) const COPY_SRC: Self = Self(0x4);
    pub(crate) const COPY_DST: Self = Self(0x8);
    pub(crate) const UNIFORM: Self = Self(0x40);
    pub(crate) const STORAGE: Self = Self(0x80);
    pub(crate) const QUERY_RESOLVE: Self = Self(0x200);

    pub(crate) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Usage {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// `GPUMapMode.READ`.
const MAP_MODE_READ: u32 = 1;

const TIMESTAMP_QUERY: &str = "timestamp-query";

fn limit_of(limits: &JsValue, name: &str) -> f64 {
    get(limits, name).and_then(|limit| limit.as_f64()).unwrap_or_default()
}

fn has_clock(of: &JsValue) -> bool {
    get(of, "features").is_some_and(|features| features.unchecked_into::<Features>().has(TIMESTAMP_QUERY))
}

/// Asks for the fastest adapter and opens a device with as large buffers as it allows: a model's tables may need them, and
/// asking costs nothing. Every adapter has the other limits that the stages need.
pub(crate) async fn open() -> Result<Opened, GpuError> {
    // Browsers leave it out on pages that are not served securely.
    let navigator = global("navigator").ok_or(GpuError::NoWebGpu)?;
    let web_gpu: WebGpu = get(&navigator, "gpu").ok_or(GpuError::NoWebGpu)?.unchecked_into();
    let options = Fields::new().text("powerPreference", "high-performance").made();
    let no_adapter = |reason| GpuError::NoAdapter { reason };
    let adapter = JsFuture::from(web_gpu.request_adapter(&options)).await.map_err(|error| no_adapter(told(error)))?;
    if adapter.is_null() {
        return Err(no_adapter("the browser has none for this page".to_owned()));
    }
    let limits = get(&adapter, "limits").unwrap_or_default();
    let [buffer_limit, binding_limit] = [MAX_BUFFER, MAX_BINDING].map(|name| limit_of(&limits, name));
    let required_limits = Fields::new().number(MAX_BUFFER, buffer_limit).number(MAX_BINDING, binding_limit);
    let required_features = Array::new();
    // Only for measuring; nothing depends on it.
    if has_clock(&adapter) {
        required_features.push(&TIMESTAMP_QUERY.into());
    }
    let descriptor = Fields::new()
        .text("label", LABEL)
        .with("requiredLimits", required_limits.made())
        .with("requiredFeatures", required_features.into())
        .made();
    let summary = summary(&get(&adapter, "info").unwrap_or_default());
    let device = JsFuture::from(adapter.unchecked_into::<Adapter>().request_device(&descriptor)).await;
    let device = device.map_err(|error| GpuError::DeviceRefused { reason: told(error) })?;
    Ok(Opened {
        queue: get(&device, "queue").unwrap_or_default().unchecked_into(),
        device: device.unchecked_into(),
        adapter: summary,
        buffer_limit: buffer_limit as u64,
        binding_limit: binding_limit as u64,
    })
}

const MAX_BUFFER: &str = "maxBufferSize";
const MAX_BINDING: &str = "maxStorageBufferBindingSize";

/// What `GPUAdapterInfo` tells: its description, or `vendor architecture` where a browser keeps that to itself.
fn summary(info: &JsValue) -> AdapterSummary {
    let (mut name, architecture) = (text_of(info, "description"), text_of(info, "architecture"));
    let is_fallback = get(info, "isFallbackAdapter").is_some_and(|is_fallback| is_fallback.is_truthy());
    let is_software = is_fallback || mentions(&architecture, "swiftshader");
    if name.is_empty() {
        name = text_of(info, "vendor");
        if !(name.is_empty() || architecture.is_empty()) {
            name.push(' ');
        }
        name.push_str(&architecture);
    }
    AdapterSummary::new(name, "WebGPU".to_owned(), is_software)
}

/// Tells `lost` in a word why the device went away, and what the browser says.
pub(crate) fn on_lost(device: &Device, lost: impl Fn(&str, &str) + 'static) {
    // The promise does not keep the device alive.
    let promise: Promise = get(device, "lost").unwrap_or_default().unchecked_into();
    spawn_local(async move {
        // It is never rejected.
        let info = JsFuture::from(promise).await.unwrap_or_default();
        lost(&text_of(&info, "reason"), &text_of(&info, "message"));
    });
}

/// Tells `refused` of errors outside of [`Scopes`].
pub(crate) fn on_uncaptured(device: &Device, refused: impl Fn(GpuError) + 'static) {
    let handler = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        refused(error_of(&get(&event, "error").unwrap_or_default()));
    });
    device.set_on_uncaptured_error(&handler.into_js_value());
}

/// A `GPUError`.
fn error_of(error: &JsValue) -> GpuError {
    if error.has_type::<OutOfMemoryError>() {
        GpuError::OutOfMemory
    } else {
        GpuError::refused(&text_of(error, "message"))
    }
}

/// Hears the errors of what is done until it is closed.
#[derive(Debug)]
pub(crate) struct Scopes(Device);

impl Scopes {
    pub(crate) fn open(device: &Device) -> Self {
        for filter in ["out-of-memory", "validation"] {
            device.push_error_scope(filter);
        }
        Self(device.clone())
    }

    /// The first error; no memory first, for what is made of a buffer that does not exist is invalid in turn.
    pub(crate) async fn close(self) -> Option<GpuError> {
        let (validation, memory) = (self.0.pop_error_scope(), self.0.pop_error_scope());
        let mut first = None;
        for popped in [validation, memory] {
            // A device that is lost tells so elsewhere.
            let error = JsFuture::from(popped).await.unwrap_or(JsValue::NULL);
            if !error.is_null() {
                first = Some(error_of(&error));
            }
        }
        first
    }
}

/// A buffer of `size` bytes, all zero.
pub(crate) fn create_buffer(device: &Device, label: &'static str, usage: Usage, size: u64) -> Buffer {
    let descriptor = Fields::new().text("label", label).number("size", size as f64).number("usage", usage.0.into());
    device.create_buffer(&descriptor.made())
}

impl Buffer {
    /// Its bytes.
    pub fn size(&self) -> u64 {
        self.n_bytes() as u64
    }
}

impl Queue {
    pub(crate) fn write_buffer(&self, buffer: &Buffer, offset: u64, bytes: &[u8]) {
        self.write(buffer, offset as f64, bytes);
    }

    pub(crate) fn submit(&self, [commands]: [JsValue; 1]) {
        self.submit_all(&Array::of1(&commands));
    }

    /// Nanoseconds of a tick.
    pub(crate) fn get_timestamp_period(&self) -> f32 {
        1.0
    }
}

/// Compiles a shader with an entry point `main`, its layout made from its own bindings. What the device thinks of it
/// comes through [`Scopes`].
pub(crate) fn compile(device: &Device, label: &'static str, source: &'static str) -> ComputePipeline {
    let descriptor = || Fields::new().text("label", label);
    let module = device.create_shader_module(&descriptor().text("code", source).made());
    let compute = Fields::new().with("module", module).text("entryPoint", "main").made();
    device.create_compute_pipeline(&descriptor().text("layout", "auto").with("compute", compute).made())
}

/// Binds whole buffers to bindings 0, 1, ... of group 0.
pub(crate) fn bind(device: &Device, label: &'static str, pipeline: &ComputePipeline, buffers: &[&Buffer]) -> BindGroup {
    let entries = Array::new();
    for (binding, buffer) in (0u32..).zip(buffers) {
        let resource = Fields::new().with("buffer", (*buffer).into()).made();
        entries.push(&Fields::new().number("binding", binding.into()).with("resource", resource).made());
    }
    let layout = pipeline.bind_group_layout(0);
    let descriptor = Fields::new().text("label", label).with("layout", layout).with("entries", entries.into());
    device.create_bind_group(&descriptor.made())
}

/// An empty list of commands.
pub(crate) fn encoder(device: &Device) -> CommandEncoder {
    device.create_command_encoder()
}

impl CommandEncoder {
    pub(crate) fn copy_buffer_to_buffer(
        &mut self,
        from: &Buffer,
        from_offset: u64,
        to: &Buffer,
        to_offset: u64,
        n_bytes: u64,
    ) {
        self.copy(from, from_offset as f64, to, to_offset as f64, n_bytes as f64);
    }

    pub(crate) fn clear_buffer(&mut self, buffer: &Buffer, offset: u64, n_bytes: Option<u64>) {
        let n_bytes = n_bytes.unwrap_or_else(|| buffer.size() - offset);
        self.clear(buffer, offset as f64, n_bytes as f64);
    }

    pub(crate) fn resolve_query_set(&mut self, stamps: &QuerySet, of: std::ops::Range<u32>, to: &Buffer, offset: u64) {
        self.resolve(stamps, of.start, of.end - of.start, to, offset as f64);
    }

    pub(crate) fn finish(self) -> JsValue {
        self.finished()
    }
}

/// A pass, which ends when it is dropped.
pub struct ComputePass<'a>(ComputePassEncoder, PhantomData<&'a mut CommandEncoder>);

impl Drop for ComputePass<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl ComputePass<'_> {
    pub(crate) fn set_pipeline(&mut self, pipeline: &ComputePipeline) {
        self.0.set_pipeline(pipeline);
    }

    pub(crate) fn set_bind_group(&mut self, group: u32, bind_group: &BindGroup, _offsets: &[u32]) {
        self.0.set_bind_group(group, bind_group);
    }

    pub(crate) fn dispatch_workgroups(&mut self, x: u32, y: u32, z: u32) {
        self.0.dispatch_workgroups(x, y, z);
    }
}

/// Begins a pass, which ends when it is dropped.
pub(crate) fn pass(encoder: &mut CommandEncoder) -> ComputePass<'_> {
    ComputePass(encoder.begin_compute_pass(&JsValue::UNDEFINED), PhantomData)
}

/// Begins a pass that stamps the time into `stamps` at `first`, and behind it at its end.
pub(crate) fn timed_pass<'a>(
    encoder: &'a mut CommandEncoder,
    label: &'static str,
    stamps: &QuerySet,
    first: u32,
) -> ComputePass<'a> {
    let writes = Fields::new()
        .with("querySet", stamps.into())
        .number("beginningOfPassWriteIndex", first.into())
        .number("endOfPassWriteIndex", (first + 1).into())
        .made();
    let descriptor = Fields::new().text("label", label).with("timestampWrites", writes).made();
    ComputePass(encoder.begin_compute_pass(&descriptor), PhantomData)
}

/// Room for so many time stamps; none where the adapter has no clock.
pub(crate) fn time_stamps(device: &Device, count: u32) -> Option<QuerySet> {
    let descriptor = || Fields::new().text("type", "timestamp").number("count", count.into()).made();
    has_clock(device).then(|| device.create_query_set(&descriptor()))
}

/// The first bytes of a buffer on their way to the CPU. `unmap` takes back what has not happened yet.
#[derive(Debug)]
pub(crate) struct Mapping(JsFuture);

impl Mapping {
    pub(crate) fn begin(buffer: &Buffer, n_bytes: u64) -> Self {
        Self(JsFuture::from(buffer.map_async(MAP_MODE_READ, 0.0, n_bytes as f64)))
    }

    /// Whether they have arrived; nothing when the device says nothing for so long.
    pub(crate) async fn end(self, _gpu: &Gpu, limit: Duration) -> Option<Result<(), String>> {
        Some(clock::within(limit, self.0).await?.map(drop).map_err(told))
    }
}

/// The first bytes of a buffer that is mapped.
pub(crate) fn mapped_values<T: bytemuck::Pod>(buffer: &Buffer, n_bytes: u64) -> Result<Vec<T>, String> {
    let bytes = Uint8Array::new(&buffer.mapped_range(0.0, n_bytes as f64).map_err(told)?);
    let mut values = vec![T::zeroed(); bytes.length() as usize / size_of::<T>()];
    bytes.copy_to(bytemuck::cast_slice_mut(&mut values));
    Ok(values)
}
