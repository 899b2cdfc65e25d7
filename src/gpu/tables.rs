//! What every request reads and none changes, on the GPU: made once, on load.
//!
//! For a graph of ordinary size the load stages run there ([`super::load`]). For a large one, and for tables in fewer bits,
//! what the CPU twin has made is uploaded, cut into chunks of items that the adapter can bind.

use std::cell::Cell;
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
    ///
    /// # Errors
    /// One of them does not fit.
    pub(super) fn load(
        maker: &Maker<'_>,
        student: &Student,
        weights: &StudentWeights,
        storage: Storage,
    ) -> Result<Self, GpuError> {
        let (config, head) = (student.config(), student.head());
        let dims = Dims::new(config, head.output_bias);
        let (d, hidden_rows) = (config.emb_dim, 4 * blocks(config.hidden_dim));
        for (table, width) in [("user_emb", config.emb_dim), ("user_hidden", config.hidden_dim)] {
            maker.allow(table, 4 * width as u64, 4 * MAX_WIDTH as u64);
        }
        // A wider one fits no shader.
        maker.check()?;
        let dims_buffer = maker.filled("dims", Usage::UNIFORM, &[dims]);
        let whole = Chunk { first_item: 0, n_items: dims.n_items };
        let node_bytes = u64::from(dims.n_nodes) * row_bytes(dims.emb_blocks, Storage::F32);
        let is_whole = node_bytes <= maker.limit() && chunk_items(maker, &dims) >= config.n_items;
        let chunks = if storage == Storage::F32 && is_whole && node_bytes <= LOAD_STAGES_BYTES {
            vec![load_stages(maker, &dims_buffer, dims, student, weights, whole)]
        } else {
            Self::upload(maker, dims, student, storage)
        };
        let degrees = student.graph().item_inv_sqrt_degree();
        let user_weight = pad_matrix(&head.user_weight, d, hidden_rows);
        let mut output_weight = pad_matrix(&head.output_weight, config.hidden_dim, 1);
        output_weight.resize(MAX_WIDTH, 0.0);
        let popularity = pad_matrix(student.popularity(), config.n_items, 1);
        let tables = Self {
            dims,
            item_inv_sqrt_degree: maker.filled("item_inv_sqrt_degree", Usage::STORAGE, degrees),
            // One row, so that it ends with a whole vec4.
            popularity: maker.filled("popularity", Usage::STORAGE, &popularity),
            user_weight: maker.filled("user_weight", Usage::STORAGE, &user_weight),
            output_weight: maker.filled("output_weight", Usage::UNIFORM, &output_weight),
            chunks,
            dims_buffer,
        };
        maker.check().map(|()| tables)
    }

    fn upload(maker: &Maker<'_>, dims: Dims, student: &Student, storage: Storage) -> Vec<ItemTables> {
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
            ItemTables {
                chunk,
                chunk_buffer: maker.filled("chunk", Usage::UNIFORM, &[chunk]),
                item_xw: maker.filled("item_xw", Usage::STORAGE, &pad_matrix(xw, d, items.len())),
                item_hidden: maker.filled("item_hidden", Usage::STORAGE, or_least(&hidden.bytes)),
                item_emb: maker.filled("item_emb", Usage::STORAGE, or_least(&emb.bytes)),
                item_scales: maker.filled("item_scales", Usage::STORAGE, &scales(&hidden, &emb)),
            }
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
    let mut scales = vec![0.0; 2 * hidden.scales.len().max(emb.scales.len())];
    for (which, of) in [hidden, emb].into_iter().enumerate() {
        for (at, &scale) in of.scales.iter().enumerate() {
            scales[8 * (at / 4) + 4 * which + at % 4] = scale;
        }
    }
    scales
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

/// Makes buffers, and remembers the first table that does not fit. It is asked for that at the end: code that looks at
/// each of some 40 buffers, and frees those before it, is 2 kB more to load.
pub(super) struct Maker<'a> {
    pub(super) gpu: &'a Gpu,
    /// The table's name, its bytes and what would fit.
    refused: Cell<Option<(&'static str, u64, u64)>>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(gpu: &'a Gpu) -> Self {
        Self { gpu, refused: Cell::default() }
    }

    /// The most bytes that a storage binding may have.
    pub(super) fn limit(&self) -> u64 {
        self.gpu.binding_limit()
    }

    /// Whether all tables have fitted so far.
    ///
    /// # Errors
    /// The first that did not; nothing that was made since is to be used.
    pub(super) fn check(&self) -> Result<(), GpuError> {
        self.refused.get().map_or(Ok(()), |(table, bytes, limit)| Err(GpuError::TooLarge { table, bytes, limit }))
    }

    /// Remembers a table that is larger than allowed.
    pub(super) fn allow(&self, table: &'static str, bytes: u64, limit: u64) {
        if bytes > limit && self.refused.get().is_none() {
            self.refused.set(Some((table, bytes, limit)));
        }
    }

    /// A table of zeros.
    pub(super) fn empty(&self, table: &'static str, usage: Usage, bytes: u64) -> Buffer {
        self.allow(table, bytes, if usage.contains(Usage::STORAGE) { self.limit() } else { self.gpu.buffer_limit });
        // What is refused as a whole takes no memory.
        let size = if self.refused.get().is_none() { bytes.max(LEAST_BYTES) } else { LEAST_BYTES };
        let usage = if usage.contains(Usage::MAP_READ) { usage } else { usage | Usage::COPY_DST };
        create_buffer(&self.gpu.device, table, usage, size)
    }

    /// A table of these values.
    pub(super) fn filled<T: bytemuck::NoUninit>(&self, table: &'static str, usage: Usage, values: &[T]) -> Buffer {
        self.of_bytes(table, usage, bytemuck::cast_slice(values))
    }

    // Apart from `filled`, so that it is compiled once.
    #[inline(never)]
    fn of_bytes(&self, table: &'static str, usage: Usage, bytes: &[u8]) -> Buffer {
        let buffer = self.empty(table, usage, bytes.len() as u64);
        if self.refused.get().is_none() {
            self.gpu.queue.write_buffer(&buffer, 0, bytes);
        }
        buffer
    }
}
