//! The stages of a request on the GPU: their pipelines, bound once, and the buffers that go from one to the next.

use std::cell::RefCell;

use super::backend::{BindGroup, Buffer, CommandEncoder, ComputePass, Usage, encoder};
use super::device::Gpu;
use super::layout::{MAX_PLACES, MAX_WIDTH, N_SLOTS, RequestDims};
use super::pipelines::{Pipeline, ShaderRow, row_of, score_row};
use super::storage::{BLOCK_ITEMS, Storage};
use super::tables::{Maker, Tables};
use crate::ranking::{ItemMask, mask_words};
use crate::student::{PreparedRequest, Stage, StudentConfig};

/// What a request needs beside the model. Those stages that are over items run once for each chunk of them.
#[derive(Debug)]
pub(super) struct RequestStages {
    n_items: usize,
    emb_blocks: u32,
    hidden_blocks: u32,
    /// Workgroups of `score` for each chunk.
    score_groups: Vec<u32>,
    fold_in: Step,
    user_half: Step,
    score: Step,
    novelty: Step,
    mask: Step,
    top_k_best: Step,
    top_k_floor: Step,
    top_k: Step,
    top_k_merge: Step,
    request_dims: Buffer,
    memberships: Buffer,
    seen_items: Buffer,
    seen_mask: Buffer,
    left_out: Buffer,
    /// Whose bits are in `left_out`: those of the last request that had a filter.
    uploaded: RefCell<Option<ItemMask>>,
    bests: Buffer,
    candidates: Buffer,
    ranked: Buffer,
}

/// A pipeline with the buffers of each dispatch.
#[derive(Debug)]
struct Step {
    pipeline: Pipeline,
    bind_groups: Vec<BindGroup>,
}

impl Step {
    fn new(gpu: &Gpu, row: &ShaderRow) -> Self {
        Self { pipeline: Pipeline::new(&gpu.device, row), bind_groups: Vec::new() }
    }

    /// Adds a dispatch with these buffers.
    fn bind(&mut self, gpu: &Gpu, buffers: &[&Buffer]) {
        self.bind_groups.push(self.pipeline.bind(&gpu.device, buffers));
    }

    fn dispatch_groups(&self, pass: &mut ComputePass<'_>, dispatch: usize, n_groups: u32) {
        if let Some(bind_group) = self.bind_groups.get(dispatch) {
            self.pipeline.dispatch_groups(pass, bind_group, n_groups);
        }
    }

    fn dispatch(&self, pass: &mut ComputePass<'_>, n_threads: u64) {
        if let Some(bind_group) = self.bind_groups.first() {
            self.pipeline.dispatch(pass, bind_group, n_threads);
        }
    }
}

/// Bytes of `ranked` with this many places.
pub(super) fn ranked_bytes(n_places: u64) -> u64 {
    8 * (1 + n_places)
}

impl RequestStages {
    /// The stages of a request in their order.
    pub(super) fn order(prepared: &PreparedRequest) -> &'static [Stage] {
        use Stage::{FoldIn, Mask, Novelty, Score, TopK, UserHalf};
        if prepared.novelty > 0.0 {
            &[FoldIn, UserHalf, Score, Novelty, Mask, TopK]
        } else {
            &[FoldIn, UserHalf, Score, Mask, TopK]
        }
    }

    /// Compiles and binds everything; [`Maker::check`] says whether it may be used.
    pub(super) fn new(maker: &Maker<'_>, config: &StudentConfig, tables: &Tables, storage: Storage) -> Self {
        let gpu = maker.gpu;
        let n_items = config.n_items as u64;
        let dims = tables.dims;

        let request_dims = maker.empty("request", Usage::UNIFORM, size_of::<RequestDims>() as u64);
        let memberships = maker.empty("memberships", Usage::STORAGE, 8 * n_items);
        let seen_items = maker.empty("seen_items", Usage::STORAGE, 4 * n_items);
        let mask_bytes = 4 * mask_words(config.n_items) as u64;
        let seen_mask = maker.empty("seen_mask", Usage::STORAGE, mask_bytes);
        let left_out = maker.empty("left_out", Usage::COPY_SRC, mask_bytes);
        let visitor = Usage::STORAGE | Usage::UNIFORM;
        let user_emb = maker.empty("user_emb", visitor, 4 * MAX_WIDTH as u64);
        let user_hidden = maker.empty("user_hidden", visitor, 4 * MAX_WIDTH as u64);
        let logits = maker.empty("logits", Usage::STORAGE, 4 * n_items.next_multiple_of(4));
        let bests = maker.empty("bests", Usage::STORAGE, 4 * (1 + u64::from(N_SLOTS)));
        let candidates = maker.empty("candidates", Usage::STORAGE, ranked_bytes(n_items));
        let bytes = ranked_bytes(u64::from(MAX_PLACES));
        let ranked = maker.empty("ranked", Usage::STORAGE | Usage::COPY_SRC, bytes);
        let (dims_buffer, request) = (&tables.dims_buffer, &request_dims);
        let (mut fold_in, mut score) =
            (Step::new(gpu, const { &row_of("fold_in") }), Step::new(gpu, score_row(storage)));
        let degrees = &tables.item_inv_sqrt_degree;
        for of in &tables.chunks {
            let chunk = &of.chunk_buffer;
            fold_in.bind(gpu, &[dims_buffer, chunk, request, &memberships, degrees, &of.item_xw, &user_emb]);
            let (hidden, emb, scales) = (&of.item_hidden, &of.item_emb, &of.item_scales);
            let weight = &tables.output_weight;
            score.bind(gpu, &[dims_buffer, chunk, &user_emb, &user_hidden, hidden, emb, scales, weight, &logits]);
        }
        let once = |row, buffers: &[&Buffer]| {
            let mut step = Step::new(gpu, row);
            step.bind(gpu, buffers);
            step
        };
        Self {
            fold_in,
            score,
            user_half: once(
                const { &row_of("user_half") },
                &[dims_buffer, &user_emb, &tables.user_weight, &user_hidden],
            ),
            novelty: once(const { &row_of("novelty") }, &[dims_buffer, request, &tables.popularity, &logits]),
            mask: once(const { &row_of("mask") }, &[request, &seen_items, &seen_mask]),
            top_k_best: once(const { &row_of("top_k_best") }, &[dims_buffer, &logits, &seen_mask, &bests]),
            top_k_floor: once(const { &row_of("top_k_floor") }, &[request, &bests]),
            top_k: once(const { &row_of("top_k") }, &[dims_buffer, &logits, &seen_mask, &bests, &candidates]),
            top_k_merge: once(const { &row_of("top_k_merge") }, &[request, &candidates, &ranked]),
            score_groups: tables.chunks.iter().map(|of| of.chunk.n_items.div_ceil(BLOCK_ITEMS as u32)).collect(),
            n_items: config.n_items,
            emb_blocks: dims.emb_blocks,
            hidden_blocks: dims.hidden_blocks,
            request_dims,
            memberships,
            seen_items,
            seen_mask,
            left_out,
            uploaded: RefCell::default(),
            bests,
            candidates,
            ranked,
        }
    }

    /// Writes the request and begins its commands with the mask of what its filter leaves out and no candidates.
    pub(super) fn begin(&self, gpu: &Gpu, prepared: &PreparedRequest, n_places: usize) -> CommandEncoder {
        let queue = &gpu.queue;
        let dims = RequestDims { k: n_places as u32, ..RequestDims::from(prepared) };
        queue.write_buffer(&self.request_dims, 0, bytemuck::bytes_of(&dims));
        queue.write_buffer(&self.memberships, 0, bytemuck::cast_slice(&prepared.memberships));
        queue.write_buffer(&self.seen_items, 0, bytemuck::cast_slice(&prepared.seen_items));
        let mut encoder = encoder(&gpu.device);
        if let Some(only) = &prepared.only {
            let mut uploaded = self.uploaded.borrow_mut();
            // A visitor moves the shelf more often than the filter. What is in flight has copied its own already.
            if uploaded.as_ref() != Some(only) {
                queue.write_buffer(&self.left_out, 0, bytemuck::cast_slice(only.left_out()));
                uploaded.replace(only.clone());
            }
            encoder.copy_buffer_to_buffer(&self.left_out, 0, &self.seen_mask, 0, self.seen_mask.size());
        } else {
            encoder.clear_buffer(&self.seen_mask, 0, None);
        }
        encoder.clear_buffer(&self.bests, 0, None);
        encoder.clear_buffer(&self.candidates, 0, Some(ranked_bytes(0)));
        encoder
    }

    /// Records one stage of a request.
    pub(super) fn encode(&self, pass: &mut ComputePass<'_>, stage: Stage, prepared: &PreparedRequest) {
        match stage {
            Stage::FoldIn => {
                for chunk in 0..self.n_chunks() {
                    self.fold_in.dispatch_groups(pass, chunk, self.emb_blocks);
                }
            }
            Stage::UserHalf => self.user_half.dispatch(pass, u64::from(self.hidden_blocks)),
            Stage::Score => {
                for (chunk, &n_groups) in self.score_groups.iter().enumerate() {
                    self.score.dispatch_groups(pass, chunk, n_groups);
                }
            }
            Stage::Novelty => self.novelty.dispatch(pass, self.n_items.div_ceil(4) as u64),
            Stage::Mask => self.mask.dispatch(pass, prepared.seen_items.len() as u64),
            Stage::TopK => {
                let n_threads = self.n_items.div_ceil(4) as u64;
                self.top_k_best.dispatch(pass, n_threads);
                self.top_k_floor.dispatch_groups(pass, 0, 1);
                self.top_k.dispatch(pass, n_threads);
                self.top_k_merge.dispatch_groups(pass, 0, 1);
            }
            Stage::FeatureTransform | Stage::GraphConvolution | Stage::ItemHalf => {}
        }
    }

    /// Where the answer stands.
    pub(super) fn ranked(&self) -> &Buffer {
        &self.ranked
    }

    /// Into how many chunks the items' tables are cut.
    pub(super) fn n_chunks(&self) -> usize {
        self.score_groups.len()
    }
}
