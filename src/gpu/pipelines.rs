//! The table of shaders: one row a file, with its bindings in order. Buffers are bound in this order; tests check
//! the WGSL against it, and `shaders/README.md` shows it.

use super::backend::{BindGroup, Buffer, ComputePass, ComputePipeline, Device, bind, compile};
use super::layout::workgroups;
use super::storage::Storage;
use crate::student::Stage;

/// How a shader uses a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// `var<uniform>` of [`Dims`](super::Dims).
    Dims,
    /// `var<uniform>` of [`TeacherDims`](super::TeacherDims).
    TeacherDims,
    /// `var<uniform>` of [`RequestDims`](super::RequestDims).
    Request,
    /// `var<uniform>` of [`Chunk`](super::Chunk).
    Chunk,
    /// `var<uniform>` of a vector with room for [`MAX_WIDTH`](super::MAX_WIDTH) numbers: constant memory, from which all read the same.
    Visitor,
    /// `var<storage, read>`.
    Read,
    /// `var<storage, read>` of [`ItemBlocks`](super::ItemBlocks), whose elements may have 64 bytes.
    ReadBlocks,
    /// `var<storage, read_write>`.
    Write,
}

/// One shader file.
#[derive(Debug, Clone, Copy)]
pub struct ShaderRow<S = Stage> {
    /// The stage it computes, or a part of it.
    pub stage: S,
    /// Its file in `shaders/`, without `.wgsl`.
    pub name: &'static str,
    /// Its text, with what it shares put before it.
    pub source: &'static str,
    /// Invocations of a workgroup.
    pub wg_size: u32,
    /// Name and access of bindings 0, 1, ... of group 0.
    pub bindings: &'static [(&'static str, Access)],
}

const DIMS: (&str, Access) = ("dims", Access::Dims);
const REQUEST: (&str, Access) = ("request", Access::Request);
const CHUNK: (&str, Access) = ("chunk", Access::Chunk);

pub(super) const fn read(name: &'static str) -> (&'static str, Access) {
    (name, Access::Read)
}

pub(super) const fn write(name: &'static str) -> (&'static str, Access) {
    (name, Access::Write)
}

macro_rules! wgsl {
    ($($file:literal),+) => {{
        const TEXT: &str = concat!($(include_str!(concat!("../../shaders/", $file, ".wgsl")), "\n"),+);
        const N_BYTES: usize = $crate::gpu::pipelines::without_comments::<0>(TEXT).1;
        const BYTES: [u8; N_BYTES] = $crate::gpu::pipelines::without_comments(TEXT).0;
        const SHORT: &str = match std::str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => panic!("a comment ends inside a letter"),
        };
        SHORT
    }};
}

pub(super) use wgsl;

/// A shader's text without comments, indentation, empty lines and spaces that part no two words or operators, and how long
/// that is: what a visitor need not load.
pub(super) const fn without_comments<const N: usize>(text: &str) -> ([u8; N], usize) {
    let text = text.as_bytes();
    let (mut kept, mut n_kept) = ([0; N], 0);
    // What was kept last; at the start of a line its end.
    let (mut at, mut last) = (0, b'\n');
    while at < text.len() {
        let byte = text[at];
        if byte == b'/' && at + 1 < text.len() && text[at + 1] == b'/' {
            while at < text.len() && text[at] != b'\n' {
                at += 1;
            }
            continue;
        }
        let is_last = at + 1 >= text.len() || at + 2 < text.len() && text[at + 1] == b'/' && text[at + 2] == b'/';
        let next = if is_last { b'\n' } else { text[at + 1] };
        let is_idle = match byte {
            b'\n' => last == b'\n',
            b' ' => last == b'\n' || matches!(next, b' ' | b'\n') || kind(last) != kind(next),
            _ => false,
        };
        if !is_idle {
            if n_kept < N {
                kept[n_kept] = byte;
            }
            n_kept += 1;
            last = byte;
        }
        at += 1;
    }
    (kept, n_kept)
}

/// Spaces matter between two of a kind: between words, and between operators, of which two may be a third.
const fn kind(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// All shaders of the student, in the order of [`Stage::ALL`]; `item_half` has two, `top_k` four.
pub const SHADERS: [ShaderRow; 13] = [
    ShaderRow {
        stage: Stage::FeatureTransform,
        name: "feature_transform",
        source: wgsl!("dims", "linear_idx", "feature_transform"),
        wg_size: 64,
        bindings: &[DIMS, read("features"), read("weight"), write("xw")],
    },
    ShaderRow {
        stage: Stage::GraphConvolution,
        name: "graph_convolution",
        source: wgsl!("dims", "linear_idx", "graph_convolution"),
        wg_size: 64,
        bindings: &[DIMS, read("offsets"), read("neighbors"), read("inv_sqrt_degree"), read("xw"), write("zs")],
    },
    ShaderRow {
        stage: Stage::ItemHalf,
        name: "item_half",
        source: wgsl!("dims", "linear_idx", "item_half"),
        wg_size: 64,
        bindings: &[DIMS, read("item_emb"), read("item_weight"), read("hidden_bias"), write("item_hidden")],
    },
    ShaderRow {
        stage: Stage::ItemHalf,
        name: "item_blocks",
        source: wgsl!("dims", "linear_idx", "item_blocks"),
        wg_size: 64,
        bindings: &[("shape", Access::Chunk), read("rows"), write("blocks")],
    },
    ShaderRow {
        stage: Stage::FoldIn,
        name: "fold_in",
        source: wgsl!("dims", "linear_idx", "fold_in"),
        wg_size: 16,
        bindings: &[
            DIMS,
            CHUNK,
            REQUEST,
            read("memberships"),
            read("item_inv_sqrt_degree"),
            read("item_xw"),
            write("user_emb"),
        ],
    },
    ShaderRow {
        stage: Stage::UserHalf,
        name: "user_half",
        source: wgsl!("dims", "linear_idx", "user_half"),
        wg_size: 64,
        bindings: &[DIMS, read("user_emb"), read("user_weight"), write("user_hidden")],
    },
    ShaderRow {
        stage: Stage::Score,
        name: "score",
        source: wgsl!("dims", "linear_idx", "storage_f32", "score"),
        wg_size: 64,
        bindings: &[
            DIMS,
            CHUNK,
            ("user_emb", Access::Visitor),
            ("user_hidden", Access::Visitor),
            ("item_hidden", Access::ReadBlocks),
            ("item_emb", Access::ReadBlocks),
            read("item_scales"),
            ("output_weight", Access::Visitor),
            write("logits"),
        ],
    },
    ShaderRow {
        stage: Stage::Novelty,
        name: "novelty",
        source: wgsl!("dims", "linear_idx", "novelty"),
        wg_size: 64,
        bindings: &[DIMS, REQUEST, read("popularity"), write("logits")],
    },
    ShaderRow {
        stage: Stage::Mask,
        name: "mask",
        source: wgsl!("dims", "linear_idx", "mask"),
        wg_size: 64,
        bindings: &[REQUEST, read("seen_items"), write("seen_mask")],
    },
    ShaderRow {
        stage: Stage::TopK,
        name: "top_k_best",
        source: wgsl!("dims", "linear_idx", "keys", "top_k_best"),
        wg_size: 64,
        bindings: &[DIMS, read("logits"), read("seen_mask"), write("bests")],
    },
    ShaderRow {
        stage: Stage::TopK,
        name: "top_k_floor",
        source: wgsl!("dims", "linear_idx", "top_k_floor"),
        wg_size: 256,
        bindings: &[REQUEST, write("bests")],
    },
    ShaderRow {
        stage: Stage::TopK,
        name: "top_k",
        source: wgsl!("dims", "linear_idx", "keys", "top_k"),
        wg_size: 64,
        bindings: &[DIMS, read("logits"), read("seen_mask"), read("bests"), write("candidates")],
    },
    ShaderRow {
        stage: Stage::TopK,
        name: "top_k_merge",
        source: wgsl!("dims", "linear_idx", "top_k_merge"),
        wg_size: 128,
        bindings: &[REQUEST, read("candidates"), write("ranked")],
    },
];

/// The row of this name; in a constant, where a name that nothing has does not compile.
pub(super) const fn row_of(name: &str) -> ShaderRow {
    let mut at = 0;
    while !is_same(SHADERS[at].name.as_bytes(), name.as_bytes()) {
        at += 1;
    }
    SHADERS[at]
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// The row of `score` for tables of this storage.
pub const fn score_row(storage: Storage) -> &'static ShaderRow {
    match storage {
        Storage::F32 => const { &row_of("score") },
        Storage::F16 => {
            const { &ShaderRow { source: wgsl!("dims", "linear_idx", "storage_f16", "score"), ..row_of("score") } }
        }
        Storage::Int8 => {
            const { &ShaderRow { source: wgsl!("dims", "linear_idx", "storage_int8", "score"), ..row_of("score") } }
        }
    }
}

/// A row of the table, compiled.
#[derive(Debug)]
pub struct Pipeline {
    name: &'static str,
    wg_size: u32,
    pipeline: ComputePipeline,
}

impl Pipeline {
    /// Compiles one shader; what the device thinks of it comes through [`super::Gpu::validated`].
    pub fn new<S>(device: &Device, row: &ShaderRow<S>) -> Self {
        Self { name: row.name, wg_size: row.wg_size, pipeline: compile(device, row.name, row.source) }
    }

    /// Binds whole buffers, in the order of the row.
    pub fn bind(&self, device: &Device, buffers: &[&Buffer]) -> BindGroup {
        bind(device, self.name, &self.pipeline, buffers)
    }

    /// Records a dispatch of at least `n_threads` invocations; none where there is nothing to do.
    pub fn dispatch(&self, pass: &mut ComputePass<'_>, bind_group: &BindGroup, n_threads: u64) {
        let (x, y) = workgroups(n_threads, self.wg_size);
        if x > 0 {
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, bind_group, &[]);
            pass.dispatch_workgroups(x, y, 1);
        }
    }

    /// Records a dispatch of exactly `n_groups` workgroups.
    pub fn dispatch_groups(&self, pass: &mut ComputePass<'_>, bind_group: &BindGroup, n_groups: u32) {
        self.dispatch(pass, bind_group, u64::from(n_groups) * u64::from(self.wg_size));
    }
}
