//! The engine: everything is made on load; a request writes three small buffers, submits once and reads once.

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::oneshot;
use wgpu::BufferUsages as Usage;

use super::device::{AdapterSummary, Gpu};
use super::error::GpuError;
use super::layout::RequestDims;
use super::pipelines::Pipeline;
use super::tables::{Maker, Tables};
use crate::ranking::{Ranked, mask_words};
use crate::student::{MAX_K, PreparedRequest, Student, StudentWeights};

/// Requests that may be in flight; a further one is [`GpuError::Busy`].
const N_READBACKS: usize = 4;

/// `ranked` of `top_k_merge`: how many, then the places.
const RANKED_BYTES: u64 = 8 * (1 + MAX_K as u64);

/// A student on the GPU, ready for requests.
#[derive(Debug)]
pub struct Engine {
    gpu: Gpu,
    n_items: usize,
    emb_blocks: u32,
    hidden_blocks: u32,
    n_groups: u32,
    steps: Steps,
    request_dims: wgpu::Buffer,
    memberships: wgpu::Buffer,
    seen_items: wgpu::Buffer,
    seen_mask: wgpu::Buffer,
    ranked: wgpu::Buffer,
    readbacks: Vec<Rc<Readback>>,
}

/// The request stages, compiled and bound.
#[derive(Debug)]
struct Steps {
    fold_in: Step,
    user_half: Step,
    score: Step,
    mask: Step,
    top_k: Step,
    top_k_merge: Step,
}

/// A pipeline with its buffers.
#[derive(Debug)]
struct Step {
    pipeline: Pipeline,
    bind_group: wgpu::BindGroup,
}

impl Step {
    fn new(gpu: &Gpu, name: &str, buffers: &[&wgpu::Buffer]) -> Result<Self, GpuError> {
        let pipeline = Pipeline::named(&gpu.device, name)?;
        let bind_group = pipeline.bind(&gpu.device, buffers);
        Ok(Self { pipeline, bind_group })
    }
}

/// A buffer that the CPU can read; one for each request in flight, for only these cannot be shared.
#[derive(Debug)]
struct Readback {
    buffer: wgpu::Buffer,
    in_flight: Cell<bool>,
}

/// A request that the GPU works on. Dropping it is fine: the answer is then thrown away.
#[derive(Debug)]
pub struct Pending {
    gpu: Gpu,
    readback: Lease,
    mapped: oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>,
    /// Items that a place may name; anything else is no answer.
    n_items: usize,
    k: usize,
}

/// Gives the readback free when the answer has been taken or is no longer wanted.
#[derive(Debug)]
struct Lease(Rc<Readback>);

impl Drop for Lease {
    fn drop(&mut self) {
        // Also takes back a mapping that has not happened yet.
        self.0.buffer.unmap();
        self.0.in_flight.set(false);
    }
}

impl Engine {
    /// Uploads the model, runs the load stages and makes all that requests need.
    ///
    /// # Errors
    /// The model does not fit, memory is short, the device refuses a shader or is lost.
    pub async fn new(gpu: Gpu, student: &Student, weights: &StudentWeights) -> Result<Self, GpuError> {
        let device = gpu.clone();
        device.validated(|| Self::make(gpu, student, weights)).await
    }

    fn make(gpu: Gpu, student: &Student, weights: &StudentWeights) -> Result<Self, GpuError> {
        let tables = Tables::load(&gpu, student, weights)?;
        let maker = Maker { gpu: &gpu };
        let config = student.config();
        let n_items = config.n_items as u64;
        let dims = tables.dims;
        let k_max = MAX_K as u64;

        let request_dims = maker.empty("request", Usage::UNIFORM, size_of::<RequestDims>() as u64)?;
        let memberships = maker.empty("memberships", Usage::STORAGE, 8 * n_items)?;
        let seen_items = maker.empty("seen_items", Usage::STORAGE, 4 * n_items)?;
        let seen_mask = maker.empty("seen_mask", Usage::STORAGE, 4 * mask_words(config.n_items) as u64)?;
        let user_emb = maker.empty("user_emb", Usage::STORAGE, 16 * u64::from(dims.emb_blocks))?;
        let user_hidden = maker.empty("user_hidden", Usage::STORAGE, 16 * u64::from(dims.hidden_blocks))?;
        let logits = maker.empty("logits", Usage::STORAGE, 4 * n_items)?;
        let candidates = maker.empty("candidates", Usage::STORAGE, 8 * k_max * u64::from(dims.n_groups))?;
        let ranked = maker.empty("ranked", Usage::STORAGE | Usage::COPY_SRC, RANKED_BYTES)?;
        let readback = || {
            let buffer = maker.empty("readback", Usage::MAP_READ | Usage::COPY_DST, RANKED_BYTES)?;
            Ok(Rc::new(Readback { buffer, in_flight: Cell::new(false) }))
        };
        let readbacks = (0..N_READBACKS).map(|_| readback()).collect::<Result<_, GpuError>>()?;

        let (dims_buffer, request) = (&tables.dims_buffer, &request_dims);
        let step = |name, buffers: &[&wgpu::Buffer]| Step::new(&gpu, name, buffers);
        let steps = Steps {
            fold_in: step(
                "fold_in",
                &[dims_buffer, request, &memberships, &tables.item_inv_sqrt_degree, &tables.item_xw, &user_emb],
            )?,
            user_half: step("user_half", &[dims_buffer, &user_emb, &tables.user_weight, &user_hidden])?,
            score: step(
                "score",
                &[
                    dims_buffer,
                    &user_emb,
                    &user_hidden,
                    &tables.item_hidden,
                    &tables.item_emb,
                    &tables.output_weight,
                    &logits,
                ],
            )?,
            mask: step("mask", &[request, &seen_items, &seen_mask])?,
            top_k: step("top_k", &[dims_buffer, request, &logits, &seen_mask, &candidates])?,
            top_k_merge: step("top_k_merge", &[dims_buffer, request, &candidates, &ranked])?,
        };
        Ok(Self {
            n_items: config.n_items,
            emb_blocks: dims.emb_blocks,
            hidden_blocks: dims.hidden_blocks,
            n_groups: dims.n_groups,
            steps,
            request_dims,
            memberships,
            seen_items,
            seen_mask,
            ranked,
            readbacks,
            gpu,
        })
    }

    /// What it runs on.
    pub fn adapter(&self) -> &AdapterSummary {
        self.gpu.adapter()
    }

    /// The device it runs on, for tests and benchmarks.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Hands a request to the GPU: small writes, one submit. Requests in flight are answered in order.
    ///
    /// # Errors
    /// [`GpuError::Busy`] when too many are in flight, or the device's first fault.
    pub fn submit(&self, prepared: &PreparedRequest) -> Result<Pending, GpuError> {
        self.gpu.check()?;
        let readback = self.readbacks.iter().find(|readback| !readback.in_flight.get()).ok_or(GpuError::Busy)?;
        let queue = &self.gpu.queue;
        queue.write_buffer(&self.request_dims, 0, bytemuck::bytes_of(&RequestDims::from(prepared)));
        queue.write_buffer(&self.memberships, 0, bytemuck::cast_slice(&prepared.memberships));
        queue.write_buffer(&self.seen_items, 0, bytemuck::cast_slice(&prepared.seen_items));
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some("request") };
        let mut encoder = self.gpu.device.create_command_encoder(&descriptor);
        encoder.clear_buffer(&self.seen_mask, 0, None);
        self.encode(&mut encoder, prepared);
        encoder.copy_buffer_to_buffer(&self.ranked, 0, &readback.buffer, 0, RANKED_BYTES);
        queue.submit([encoder.finish()]);

        readback.in_flight.set(true);
        let (sender, mapped) = oneshot::channel();
        readback.buffer.map_async(wgpu::MapMode::Read, .., move |outcome| {
            // Nobody listens when the request was dropped.
            let _ = sender.send(outcome);
        });
        Ok(Pending {
            gpu: self.gpu.clone(),
            readback: Lease(Rc::clone(readback)),
            mapped,
            n_items: self.n_items,
            k: prepared.k,
        })
    }

    fn encode(&self, encoder: &mut wgpu::CommandEncoder, prepared: &PreparedRequest) {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        let Steps { fold_in, user_half, score, mask, top_k, top_k_merge } = &self.steps;
        fold_in.pipeline.dispatch_groups(&mut pass, &fold_in.bind_group, self.emb_blocks);
        user_half.pipeline.dispatch(&mut pass, &user_half.bind_group, u64::from(self.hidden_blocks));
        score.pipeline.dispatch(&mut pass, &score.bind_group, self.n_items as u64);
        mask.pipeline.dispatch(&mut pass, &mask.bind_group, prepared.seen_items.len() as u64);
        top_k.pipeline.dispatch_groups(&mut pass, &top_k.bind_group, self.n_groups);
        top_k_merge.pipeline.dispatch_groups(&mut pass, &top_k_merge.bind_group, 1);
    }

    /// [`Self::submit`] and [`Pending::ranked`] in one.
    ///
    /// # Errors
    /// See both.
    pub async fn recommend(&self, prepared: &PreparedRequest) -> Result<Vec<Ranked>, GpuError> {
        self.submit(prepared)?.ranked().await
    }
}

impl Pending {
    /// Waits for the answer: the best `k` unmasked items, best first, fewer where fewer are left.
    ///
    /// # Errors
    /// The device was lost or failed meanwhile, or the bytes are no answer.
    pub async fn ranked(self) -> Result<Vec<Ranked>, GpuError> {
        // In a browser the event loop does this.
        let polled = self.gpu.device.poll(wgpu::PollType::wait_indefinitely());
        let Self { gpu, readback, mapped, n_items, k } = self;
        let mapped = mapped.await;
        gpu.check()?;
        let failed = |message: String| GpuError::Readback { message };
        polled.map_err(|error| failed(error.to_string()))?;
        mapped
            .map_err(|_| failed("the request was given up".to_owned()))?
            .map_err(|error| failed(error.to_string()))?;
        let view = readback.0.buffer.get_mapped_range(..).map_err(|error| failed(format!("{error:?}")))?;
        let places: &[[u32; 2]] = bytemuck::try_cast_slice(&view).map_err(|error| failed(error.to_string()))?;
        let n_ranked = places.first().map_or(0, |count| count[0] as usize);
        if n_ranked > k || n_ranked >= places.len() {
            return Err(failed(format!("it claims {n_ranked} places where {k} were asked for")));
        }
        let place = |&[item_idx, bits]: &[u32; 2]| {
            let exists = (item_idx as usize) < n_items;
            let ranked = Ranked { item_idx, score: f32::from_bits(bits) };
            exists.then_some(ranked).ok_or_else(|| failed(format!("item {item_idx} does not exist")))
        };
        places[1..=n_ranked].iter().map(place).collect()
    }
}
