//! What every request reads and none changes, on the GPU: made once, on load.
//!
//! For a graph of ordinary size the load stages run there ([`super::load`]). For a large one, and for tables in fewer bits,
//! what the CPU twin has made is uploaded, cut into chunks of items that the adapter can bind.

use std::ops::Range;

use super::backend::{Buffer, Usage, create_buffer};
use super::device::Gpu;
use super::error::GpuError;
use super::layout::{Chunk, Dims, MAX_WIDTH, blocks, pad_matrix};
use super::load::load_stages;
use super::storage::{BLOCK_ITEMS, ItemBlocks, Storage, item_blocks};
use crate::student::{Student, StudentWeights};

/// The smallest buffer: WebGPU binds no empty ones, and a `vec4` has 16 bytes.
const LEAST_BYTES: u64 = 16;

/// The smallest buffer of blocks of items, where a model has none: sixteen numbers.
pub(super) const LEAST_BLOCK_BYTES: usize = 64;

/// The largest table of all nodes for which the load stages run on the GPU: they hold half a dozen of its size at once.
const LOAD_STAGES_BYTES: u64 = 64 << 20;

/// A model on the GPU.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) dims: Dims,
    pub(super) dims_buffer: Buffer,
    pub(super) item_inv_sqrt_degree: Buffer,
    pub(super) popularity: Buffer,
    pub(super) user_weight: Buffer,
    pub(super) output_weight: Buffer,
    pub(super) chunks: Vec<ItemTables>,
}

/// The tables of a chunk of items.
#[derive(Debug)]
pub(super) struct ItemTables {
    pub(super) chunk: Chunk,
    pub(super) chunk_buffer: Buffer,
    pub(super) item_xw: Buffer,
    pub(super) item_emb: Buffer,
    pub(super) item_hidden: Buffer,
    pub(super) item_scales: Buffer,
}

impl Tables {
    /// Makes the tables of a student.
    pub(super) fn load(
        gpu: &Gpu,
        student: &Student,
        weights: &StudentWeights,
        storage: Storage,
    ) -> Result<Self, Refusal> {
        let (config, head) = (student.config(), student.head());
        let dims = Dims::new(config, head.output_bias);
        let (d, hidden_rows) = (config.emb_dim, 4 * blocks(config.hidden_dim));
        for (table, width) in [("user_emb", config.emb_dim), ("user_hidden", config.hidden_dim)] {
            if width > MAX_WIDTH {
                let (bytes, limit) = (4 * width as u64, 4 * MAX_WIDTH as u64);
                return Err(GpuError::TooLarge { table, bytes, limit }.into());
            }
        }
        let maker = Maker { gpu };
        let dims_buffer = maker.filled("dims", Usage::UNIFORM, &[dims])?;
        let whole = Chunk { first_item: 0, n_items: dims.n_items };
        let node_bytes = u64::from(dims.n_nodes) * row_bytes(dims.emb_blocks, Storage::F32);
        let is_whole = node_bytes <= maker.limit() && chunk_items(&maker, &dims) >= config.n_items;
        let chunks = if storage == Storage::F32 && is_whole && node_bytes <= LOAD_STAGES_BYTES {
            vec![load_stages(&maker, &dims_buffer, dims, student, weights, whole)?]
        } else {
            Self::upload(&maker, dims, student, storage)?
        };
        let degrees = student.graph().item_inv_sqrt_degree();
        let user_weight = pad_matrix(&head.user_weight, d, hidden_rows);
        let mut output_weight = pad_matrix(&head.output_weight, config.hidden_dim, 1);
        output_weight.resize(MAX_WIDTH, 0.0);
        Ok(Self {
            dims,
            item_inv_sqrt_degree: maker.filled("item_inv_sqrt_degree", Usage::STORAGE, degrees)?,
            // One row, so that it ends with a whole vec4.
            popularity: maker.filled(
                "popularity",
                Usage::STORAGE,
                &pad_matrix(student.popularity(), config.n_items, 1),
            )?,
            user_weight: maker.filled("user_weight", Usage::STORAGE, &user_weight)?,
            output_weight: maker.filled("output_weight", Usage::UNIFORM, &output_weight)?,
            chunks,
            dims_buffer,
        })
    }

    fn upload(maker: &Maker<'_>, dims: Dims, student: &Student, storage: Storage) -> Result<Vec<ItemTables>, Refusal> {
        let (config, has_dot) = (student.config(), dims.has_dot != 0);
        let (d, h) = (config.emb_dim, config.hidden_dim);
        let most = chunk_items(maker, &dims);
        let firsts = (0..config.n_items.max(1)).step_by(most.max(BLOCK_ITEMS));
        let chunk = |first: usize| {
            let items = first..(first + most.max(BLOCK_ITEMS)).min(config.n_items);
            let (xw, hidden_rows) = (rows(student.item_xw(), d, &items), rows(student.item_hidden(), h, &items));
            let chunk = Chunk { first_item: first as u32, n_items: items.len() as u32 };
            let hidden = item_blocks(hidden_rows, h, storage);
            let emb_rows = if has_dot { rows(student.item_emb(), d, &items) } else { &[] };
            let emb = item_blocks(emb_rows, d, storage);
            Ok(ItemTables {
                chunk,
                chunk_buffer: maker.filled("chunk", Usage::UNIFORM, &[chunk])?,
                item_xw: maker.filled("item_xw", Usage::STORAGE, &pad_matrix(xw, d, items.len()))?,
                item_hidden: maker.filled("item_hidden", Usage::STORAGE, or_least(&hidden.bytes))?,
                item_emb: maker.filled("item_emb", Usage::STORAGE, or_least(&emb.bytes))?,
                item_scales: maker.filled("item_scales", Usage::STORAGE, &scales(&hidden, &emb))?,
            })
        };
        firsts.map(chunk).collect()
    }

    /// Bytes of the tables that `score` reads in each request.
    pub(super) fn score_bytes(&self) -> u64 {
        let read = |tables: &ItemTables| tables.item_hidden.size() + tables.item_emb.size() + tables.item_scales.size();
        self.chunks.iter().map(read).sum()
    }
}

/// Something to bind where a model has no such table.
fn or_least(bytes: &[u8]) -> &[u8] {
    if bytes.is_empty() { &[0; LEAST_BLOCK_BYTES] } else { bytes }
}

/// Some of the rows of a matrix.
fn rows<'a>(values: &'a [f32], dim: usize, items: &Range<usize>) -> &'a [f32] {
    &values[items.start * dim..items.end * dim]
}

/// For every four items the scales of their hidden rows, then of their embeddings.
fn scales(hidden: &ItemBlocks, emb: &ItemBlocks) -> Vec<f32> {
    let n = hidden.scales.len().max(emb.scales.len());
    let of = |blocks: &ItemBlocks, at: usize| blocks.scales.get(at).copied().unwrap_or_default();
    (0..n / 4)
        .flat_map(|four| (0..8).map(move |lane| (lane / 4, 4 * four + lane % 4)))
        .map(|(which, at)| of(if which == 0 { hidden } else { emb }, at))
        .collect()
}

/// Bytes of a row of whole `vec4`s.
pub(super) fn row_bytes(blocks: u32, storage: Storage) -> u64 {
    u64::from(blocks) * storage.bytes_of_four()
}

/// The most items whose tables can each be bound whole, in whole blocks.
fn chunk_items(maker: &Maker<'_>, dims: &Dims) -> usize {
    let widest = row_bytes(dims.emb_blocks.max(dims.hidden_blocks).max(1), Storage::F32);
    (maker.limit() / widest) as usize / BLOCK_ITEMS * BLOCK_ITEMS
}

/// Why there is no buffer; in a box, for code that hands on 60 bytes each time is more to load.
#[derive(Debug)]
pub(super) struct Refusal(Box<GpuError>);

impl From<GpuError> for Refusal {
    fn from(error: GpuError) -> Self {
        Self(Box::new(error))
    }
}

impl From<Refusal> for GpuError {
    fn from(refusal: Refusal) -> Self {
        *refusal.0
    }
}

/// Makes buffers and says which table does not fit.
pub(super) struct Maker<'a> {
    pub(super) gpu: &'a Gpu,
}

impl Maker<'_> {
    /// The most bytes that a storage binding may have.
    pub(super) fn limit(&self) -> u64 {
        self.gpu.binding_limit()
    }

    pub(super) fn empty(&self, table: &'static str, usage: Usage, bytes: u64) -> Result<Buffer, Refusal> {
        let limit = if usage.contains(Usage::STORAGE) { self.limit() } else { self.gpu.buffer_limit };
        if bytes > limit {
            return Err(GpuError::TooLarge { table, bytes, limit }.into());
        }
        let size = bytes.max(LEAST_BYTES);
        let usage = if usage.contains(Usage::MAP_READ) { usage } else { usage | Usage::COPY_DST };
        Ok(create_buffer(&self.gpu.device, table, usage, size))
    }

    pub(super) fn filled<T: bytemuck::NoUninit>(
        &self,
        table: &'static str,
        usage: Usage,
        values: &[T],
    ) -> Result<Buffer, Refusal> {
        self.of_bytes(table, usage, bytemuck::cast_slice(values))
    }

    // Apart from `filled`, so that it is compiled once.
    #[inline(never)]
    fn of_bytes(&self, table: &'static str, usage: Usage, bytes: &[u8]) -> Result<Buffer, Refusal> {
        let buffer = self.empty(table, usage, bytes.len() as u64)?;
        self.gpu.queue.write_buffer(&buffer, 0, bytes);
        Ok(buffer)
    }
}
