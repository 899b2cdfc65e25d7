//! The engine: everything is made on load; a request writes three small buffers, submits once and reads once.

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::oneshot;
use wgpu::BufferUsages as Usage;

use super::device::{AdapterSummary, Gpu};
use super::error::GpuError;
use super::layout::{MAX_PLACES, N_SLOTS, RequestDims, ranking_levels};
use super::pipelines::{Pipeline, score_row};
use super::ranking::ranked_of;
use super::storage::{BLOCK_ITEMS, Storage};
use super::tables::{Maker, Tables};
use crate::ranking::{Ranked, mask_words};
use crate::student::{MAX_K, PreparedRequest, Stage, Student, StudentWeights};

/// Requests that may be in flight; a further one is [`GpuError::Busy`].
const N_READBACKS: usize = 4;

/// Places that are ranked beyond those asked for where tables are stored in fewer bits: the CPU twin puts them into
/// their exact order, and what the rounding has pushed a little too low is among them.
const SLACK: usize = MAX_PLACES as usize - MAX_K;

/// A student on the GPU, ready for requests.
#[derive(Debug)]
pub struct Engine {
    gpu: Gpu,
    storage: Storage,
    n_items: usize,
    score_bytes: u64,
    emb_blocks: u32,
    hidden_blocks: u32,
    steps: Steps,
    request_dims: wgpu::Buffer,
    memberships: wgpu::Buffer,
    seen_items: wgpu::Buffer,
    seen_mask: wgpu::Buffer,
    bests: wgpu::Buffer,
    /// The candidates, then what each level of the ranking writes.
    lists: Vec<wgpu::Buffer>,
    readbacks: Vec<Rc<Readback>>,
}

/// The request stages, compiled and bound. Those over items run once for each chunk of them.
#[derive(Debug)]
struct Steps {
    fold_in: Step,
    user_half: Step,
    score: Step,
    mask: Step,
    top_k_best: Step,
    top_k_floor: Step,
    top_k: Step,
    top_k_merge: Step,
    /// Workgroups of `score` for each chunk.
    score_groups: Vec<u32>,
}

/// A pipeline with the buffers of each dispatch.
#[derive(Debug)]
struct Step {
    pipeline: Pipeline,
    bind_groups: Vec<wgpu::BindGroup>,
}

impl Step {
    fn new<'a>(gpu: &Gpu, pipeline: Pipeline, buffers: impl IntoIterator<Item = Vec<&'a wgpu::Buffer>>) -> Self {
        let bind_groups = buffers.into_iter().map(|buffers| pipeline.bind(&gpu.device, &buffers)).collect();
        Self { pipeline, bind_groups }
    }

    fn dispatch_groups(&self, pass: &mut wgpu::ComputePass<'_>, dispatch: usize, n_groups: u32) {
        if let Some(bind_group) = self.bind_groups.get(dispatch) {
            self.pipeline.dispatch_groups(pass, bind_group, n_groups);
        }
    }

    fn dispatch(&self, pass: &mut wgpu::ComputePass<'_>, n_threads: u64) {
        if let Some(bind_group) = self.bind_groups.first() {
            self.pipeline.dispatch(pass, bind_group, n_threads);
        }
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
    n_places: usize,
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

/// Bytes of `ranked` with this many places.
fn ranked_bytes(n_places: u64) -> u64 {
    8 * (1 + n_places)
}

impl Engine {
    /// The stages of a request, in order.
    pub(super) const REQUEST_STAGES: [Stage; 5] =
        [Stage::FoldIn, Stage::UserHalf, Stage::Score, Stage::Mask, Stage::TopK];

    /// Uploads the model, runs the load stages and makes all that requests need. Tables are stored in 32 bits, and in
    /// fewer only where the GPU's memory asks for it.
    ///
    /// # Errors
    /// Memory is short even so, the device refuses a shader or is lost.
    pub async fn new(gpu: Gpu, student: &Student, weights: &StudentWeights) -> Result<Self, GpuError> {
        let mut outcome = Err(GpuError::OutOfMemory);
        for storage in Storage::ALL {
            if matches!(outcome, Err(GpuError::OutOfMemory)) {
                outcome = Self::with_storage(gpu.clone(), student, weights, storage).await;
            }
        }
        outcome
    }

    /// The same with tables in so many bits.
    ///
    /// # Errors
    /// See [`Self::new`].
    pub async fn with_storage(
        gpu: Gpu,
        student: &Student,
        weights: &StudentWeights,
        storage: Storage,
    ) -> Result<Self, GpuError> {
        let device = gpu.clone();
        device.validated(|| Self::make(gpu, student, weights, storage)).await
    }

    fn make(gpu: Gpu, student: &Student, weights: &StudentWeights, storage: Storage) -> Result<Self, GpuError> {
        let tables = Tables::load(&gpu, student, weights, storage)?;
        let maker = Maker { gpu: &gpu };
        let config = student.config();
        let n_items = config.n_items as u64;
        let dims = tables.dims;

        let request_dims = maker.empty("request", Usage::UNIFORM, size_of::<RequestDims>() as u64)?;
        let memberships = maker.empty("memberships", Usage::STORAGE, 8 * n_items)?;
        let seen_items = maker.empty("seen_items", Usage::STORAGE, 4 * n_items)?;
        let seen_mask = maker.empty("seen_mask", Usage::STORAGE, 4 * mask_words(config.n_items) as u64)?;
        let user_emb = maker.empty("user_emb", Usage::STORAGE, 16 * u64::from(dims.emb_blocks))?;
        let user_hidden = maker.empty("user_hidden", Usage::STORAGE, 16 * u64::from(dims.hidden_blocks))?;
        let logits = maker.empty("logits", Usage::STORAGE, 4 * n_items.next_multiple_of(4))?;
        let bests = maker.empty("bests", Usage::STORAGE, 4 * (1 + u64::from(N_SLOTS)))?;
        let levels = ranking_levels(dims.n_items, MAX_PLACES);
        let lists = std::iter::once(n_items)
            .chain(levels.map(|n_groups| u64::from(n_groups) * u64::from(MAX_PLACES)))
            .map(|n_places| maker.empty("ranked", Usage::STORAGE | Usage::COPY_SRC, ranked_bytes(n_places)))
            .collect::<Result<Vec<_>, _>>()?;
        let readback = || {
            let bytes = ranked_bytes(u64::from(MAX_PLACES));
            let buffer = maker.empty("readback", Usage::MAP_READ | Usage::COPY_DST, bytes)?;
            Ok(Rc::new(Readback { buffer, in_flight: Cell::new(false) }))
        };
        let readbacks = (0..N_READBACKS).map(|_| readback()).collect::<Result<_, GpuError>>()?;

        let (dims_buffer, request) = (&tables.dims_buffer, &request_dims);
        let named = |name| Pipeline::named(&gpu.device, name);
        let score = score_row(storage).ok_or(GpuError::Validation { message: "there is no score".to_owned() })?;
        let degrees = &tables.item_inv_sqrt_degree;
        let steps = Steps {
            fold_in: Step::new(
                &gpu,
                named("fold_in")?,
                tables.chunks.iter().map(|of| {
                    vec![dims_buffer, &of.chunk_buffer, request, &memberships, degrees, &of.item_xw, &user_emb]
                }),
            ),
            user_half: Step::new(
                &gpu,
                named("user_half")?,
                [vec![dims_buffer, &user_emb, &tables.user_weight, &user_hidden]],
            ),
            score: Step::new(
                &gpu,
                Pipeline::new(&gpu.device, score),
                tables.chunks.iter().map(|of| {
                    let items = [&of.item_hidden, &of.item_emb, &of.item_scales];
                    let visitor = [dims_buffer, &of.chunk_buffer, &user_emb, &user_hidden];
                    [&visitor[..], &items, &[&tables.output_weight, &logits]].concat()
                }),
            ),
            mask: Step::new(&gpu, named("mask")?, [vec![request, &seen_items, &seen_mask]]),
            top_k_best: Step::new(&gpu, named("top_k_best")?, [vec![dims_buffer, &logits, &seen_mask, &bests]]),
            top_k_floor: Step::new(&gpu, named("top_k_floor")?, [vec![request, &bests]]),
            top_k: Step::new(&gpu, named("top_k")?, [vec![dims_buffer, &logits, &seen_mask, &bests, &lists[0]]]),
            top_k_merge: Step::new(
                &gpu,
                named("top_k_merge")?,
                lists.windows(2).map(|pair| vec![request, &pair[0], &pair[1]]),
            ),
            score_groups: tables.chunks.iter().map(|of| of.chunk.n_items.div_ceil(BLOCK_ITEMS as u32)).collect(),
        };
        Ok(Self {
            storage,
            n_items: config.n_items,
            score_bytes: tables.score_bytes(),
            emb_blocks: dims.emb_blocks,
            hidden_blocks: dims.hidden_blocks,
            steps,
            request_dims,
            memberships,
            seen_items,
            seen_mask,
            bests,
            lists,
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

    /// In how many bits the items' tables are stored.
    pub fn storage(&self) -> Storage {
        self.storage
    }

    /// Bytes of the tables that `score` reads in each request: over the adapter's bandwidth, the least time it can take.
    pub fn score_bytes(&self) -> u64 {
        self.score_bytes
    }

    /// Into how many chunks the items' tables are cut.
    pub fn n_chunks(&self) -> usize {
        self.steps.score_groups.len()
    }

    /// Places that the GPU ranks for a request of `k`.
    fn n_places(&self, k: usize) -> usize {
        k + if self.storage == Storage::F32 { 0 } else { SLACK }
    }

    /// Writes the request and begins its commands with an empty mask and empty lists.
    pub(super) fn begin(&self, prepared: &PreparedRequest) -> wgpu::CommandEncoder {
        let queue = &self.gpu.queue;
        let dims = RequestDims { k: self.n_places(prepared.k) as u32, ..RequestDims::from(prepared) };
        queue.write_buffer(&self.request_dims, 0, bytemuck::bytes_of(&dims));
        queue.write_buffer(&self.memberships, 0, bytemuck::cast_slice(&prepared.memberships));
        queue.write_buffer(&self.seen_items, 0, bytemuck::cast_slice(&prepared.seen_items));
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some("request") };
        let mut encoder = self.gpu.device.create_command_encoder(&descriptor);
        encoder.clear_buffer(&self.seen_mask, 0, None);
        encoder.clear_buffer(&self.bests, 0, None);
        encoder.clear_buffer(&self.lists[0], 0, Some(ranked_bytes(0)));
        encoder
    }

    /// Records one stage of a request.
    pub(super) fn encode(&self, pass: &mut wgpu::ComputePass<'_>, stage: Stage, prepared: &PreparedRequest) {
        let steps = &self.steps;
        match stage {
            Stage::FoldIn => {
                for chunk in 0..self.n_chunks() {
                    steps.fold_in.dispatch_groups(pass, chunk, self.emb_blocks);
                }
            }
            Stage::UserHalf => steps.user_half.dispatch(pass, u64::from(self.hidden_blocks)),
            Stage::Score => {
                for (chunk, &n_groups) in steps.score_groups.iter().enumerate() {
                    steps.score.dispatch_groups(pass, chunk, n_groups);
                }
            }
            Stage::Mask => steps.mask.dispatch(pass, prepared.seen_items.len() as u64),
            Stage::TopK => {
                let n_threads = self.n_items.div_ceil(4) as u64;
                steps.top_k_best.dispatch(pass, n_threads);
                steps.top_k_floor.dispatch_groups(pass, 0, 1);
                steps.top_k.dispatch(pass, n_threads);
                for (level, n_groups) in self.levels(prepared).enumerate() {
                    steps.top_k_merge.dispatch_groups(pass, level, n_groups);
                }
            }
            Stage::FeatureTransform | Stage::GraphConvolution | Stage::ItemHalf => {}
        }
    }

    /// Workgroups of each level of `top_k_merge`.
    fn levels(&self, prepared: &PreparedRequest) -> impl Iterator<Item = u32> {
        ranking_levels(self.n_items as u32, self.n_places(prepared.k) as u32)
    }

    /// Hands a request to the GPU: small writes, one submit. Requests in flight are answered in order.
    ///
    /// # Errors
    /// [`GpuError::Busy`] when too many are in flight, or the device's first fault.
    pub fn submit(&self, prepared: &PreparedRequest) -> Result<Pending, GpuError> {
        self.gpu.check()?;
        let readback = self.readbacks.iter().find(|readback| !readback.in_flight.get()).ok_or(GpuError::Busy)?;
        let mut encoder = self.begin(prepared);
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for stage in Self::REQUEST_STAGES {
                self.encode(&mut pass, stage, prepared);
            }
        }
        let n_places = self.n_places(prepared.k);
        let n_bytes = ranked_bytes(n_places as u64);
        // A smaller k may need fewer levels than there are buffers for.
        let last = self.levels(prepared).count().min(self.lists.len() - 1);
        encoder.copy_buffer_to_buffer(&self.lists[last], 0, &readback.buffer, 0, n_bytes);
        self.gpu.queue.submit([encoder.finish()]);

        readback.in_flight.set(true);
        let (sender, mapped) = oneshot::channel();
        readback.buffer.map_async(wgpu::MapMode::Read, ..n_bytes, move |outcome| {
            // Nobody listens when the request was dropped.
            let _ = sender.send(outcome);
        });
        let readback = Lease(Rc::clone(readback));
        Ok(Pending { gpu: self.gpu.clone(), readback, mapped, n_items: self.n_items, n_places })
    }

    /// [`Self::submit`], [`Pending::ranked`] and, where tables are stored in fewer bits, [`Student::rerank`] in one.
    ///
    /// # Errors
    /// See both.
    pub async fn recommend(&self, student: &Student, prepared: &PreparedRequest) -> Result<Vec<Ranked>, GpuError> {
        let mut ranked = self.submit(prepared)?.ranked().await?;
        if self.storage != Storage::F32 {
            student.rerank(prepared, &mut ranked);
        }
        Ok(ranked)
    }
}

impl Pending {
    /// Waits for the answer: the best `k` unmasked items, best first, fewer where fewer are left. Where tables are stored
    /// in fewer bits than 32, scores are rounded and there are more than `k`: [`Student::rerank`] makes them exact.
    ///
    /// # Errors
    /// The device was lost or failed meanwhile, or the bytes are no answer.
    pub async fn ranked(self) -> Result<Vec<Ranked>, GpuError> {
        let Self { gpu, readback, mapped, n_items, n_places } = self;
        let n_bytes = ranked_bytes(n_places as u64);
        let places: Vec<[u32; 2]> = read(&gpu, &readback.0.buffer, n_bytes, mapped).await?;
        ranked_of(&places, n_items, n_places)
    }
}

/// Waits until a buffer is mapped and copies its first bytes.
async fn read<T: bytemuck::AnyBitPattern>(
    gpu: &Gpu,
    buffer: &wgpu::Buffer,
    n_bytes: u64,
    mapped: oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>,
) -> Result<Vec<T>, GpuError> {
    // In a browser the event loop does this.
    let polled = gpu.device.poll(wgpu::PollType::wait_indefinitely());
    let mapped = mapped.await;
    gpu.check()?;
    let failed = |message: String| GpuError::Readback { message };
    polled.map_err(|error| failed(error.to_string()))?;
    mapped.map_err(|_| failed("the request was given up".to_owned()))?.map_err(|error| failed(error.to_string()))?;
    let view = buffer.get_mapped_range(..n_bytes).map_err(|error| failed(format!("{error:?}")))?;
    Ok(bytemuck::try_cast_slice(&view).map_err(|error| failed(error.to_string()))?.to_vec())
}

/// Maps a buffer and copies its first bytes.
pub(super) async fn mapped<T: bytemuck::AnyBitPattern>(
    gpu: &Gpu,
    buffer: &wgpu::Buffer,
    n_bytes: u64,
) -> Result<Vec<T>, GpuError> {
    let (sender, mapped) = oneshot::channel();
    buffer.map_async(wgpu::MapMode::Read, ..n_bytes, move |outcome| {
        // Nobody listens when the caller was dropped.
        let _ = sender.send(outcome);
    });
    read(gpu, buffer, n_bytes, mapped).await
}
