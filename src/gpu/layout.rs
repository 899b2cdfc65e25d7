//! How Rust and WGSL see the same bytes: the uniforms, padded matrices, and the sizes of dispatches.

use crate::student::{PreparedRequest, StudentConfig};
use crate::teacher::{Activation, TeacherConfig};

/// Workgroups along one axis that every WebGPU adapter takes.
const MAX_WORKGROUPS: u32 = 65_535;

/// The widest embedding or hidden layer: what is the visitor's is read as a uniform, whose size is fixed in
/// `shaders/score.wgsl`. Model files allow no wider one.
pub const MAX_WIDTH: usize = 1024;

/// Parts of the items, of each of which the best is known before the rest is looked at (`shaders/top_k_best.wgsl`).
pub const N_SLOTS: u32 = 256;

/// Most places that the GPU ranks: [`MAX_K`](crate::student::MAX_K) and some more where storage is coarse.
pub const MAX_PLACES: u32 = 128;

/// Sizes that stay as long as the model does; `Dims` in `shaders/dims.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Dims {
    /// Users and items.
    pub n_nodes: u32,
    /// Items.
    pub n_items: u32,
    /// `emb_dim / 4`, rounded up: rows are whole `vec4`s, padded with zeros, which add nothing to any product.
    pub emb_blocks: u32,
    /// `hidden_dim / 4`, rounded up.
    pub hidden_blocks: u32,
    /// 1 when the head adds the dot product.
    pub has_dot: u32,
    /// `b2`.
    pub output_bias: f32,
}

impl Dims {
    /// The sizes of a student.
    pub fn new(config: &StudentConfig, output_bias: f32) -> Self {
        let n_items = config.n_items as u32;
        Self {
            n_nodes: config.n_nodes() as u32,
            n_items,
            emb_blocks: blocks(config.emb_dim) as u32,
            hidden_blocks: blocks(config.hidden_dim) as u32,
            has_dot: u32::from(config.head.has_dot()),
            output_bias,
        }
    }
}

/// Sizes and settings of a stage of the teacher; `TeacherDims` in `shaders/teacher_dims.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct TeacherDims {
    /// Rows of the result: nodes, hyperedges or items.
    pub n_rows: u32,
    /// `emb_dim / 4`, rounded up.
    pub emb_blocks: u32,
    /// `hidden_dim / 4`, rounded up.
    pub hidden_blocks: u32,
    /// 0 identity, 1 tanh, 2 relu.
    pub activation: u32,
    /// Weight of the layers' sum.
    pub residual: f32,
    /// 1 when text is read.
    pub has_text: u32,
    /// 1 when the fusion is added to the hypergraph's embedding.
    pub has_fusion_residual: u32,
    /// 1 when the scorer adds the dot product.
    pub has_dot: u32,
}

impl TeacherDims {
    /// Those of a teacher, for a stage with so many rows.
    pub fn new(config: &TeacherConfig, n_rows: usize) -> Self {
        Self {
            n_rows: n_rows as u32,
            emb_blocks: blocks(config.emb_dim) as u32,
            hidden_blocks: blocks(config.hidden_dim) as u32,
            activation: match config.activation {
                Activation::Identity => 0,
                Activation::Tanh => 1,
                Activation::Relu => 2,
            },
            residual: config.residual,
            has_text: u32::from(config.reads_text),
            has_fusion_residual: u32::from(config.fusion_residual),
            has_dot: u32::from(config.scorer.has_dot()),
        }
    }
}

/// Which items a dispatch is about; `Chunk` in `shaders/dims.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Chunk {
    /// The first of them; a multiple of [`BLOCK_ITEMS`](super::BLOCK_ITEMS).
    pub first_item: u32,
    /// How many.
    pub n_items: u32,
}

/// Sizes of one request; `RequestDims` in `shaders/dims.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, Default, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct RequestDims {
    /// Memberships of the visitor.
    pub n_memberships: u32,
    /// Items to be masked.
    pub n_seen_items: u32,
    /// Places wanted.
    pub k: u32,
    /// `d_v^-1/2`.
    pub visitor_inv_sqrt_degree: f32,
    /// Logits that the best-known item loses.
    pub novelty: f32,
}

impl From<&PreparedRequest> for RequestDims {
    fn from(prepared: &PreparedRequest) -> Self {
        Self {
            n_memberships: prepared.memberships.len() as u32,
            n_seen_items: prepared.seen_items.len() as u32,
            k: prepared.k as u32,
            visitor_inv_sqrt_degree: prepared.visitor_inv_sqrt_degree,
            novelty: prepared.novelty,
        }
    }
}

/// How many `vec4`s a row of `dim` numbers takes.
pub(super) fn blocks(dim: usize) -> usize {
    dim.div_ceil(4)
}

/// Rows of `dim` numbers as rows of whole `vec4`s, followed by zero rows up to `n_rows`.
pub fn pad_matrix(values: &[f32], dim: usize, n_rows: usize) -> Vec<f32> {
    let stride = 4 * blocks(dim);
    let mut padded = vec![0.0; n_rows * stride];
    if dim > 0 {
        for (row, out) in values.chunks_exact(dim).zip(padded.chunks_exact_mut(stride)) {
            out[..dim].copy_from_slice(row);
        }
    }
    padded
}

/// Workgroups for `n_threads`, over two axes where one is too short; shaders undo it with `linear_idx`.
pub fn workgroups(n_threads: u64, wg_size: u32) -> (u32, u32) {
    let n = u32::try_from(n_threads.div_ceil(u64::from(wg_size))).unwrap_or(u32::MAX);
    if n <= MAX_WORKGROUPS {
        return (n, 1);
    }
    // Rows of equal length, so that few workgroups have nothing to do.
    let n_rows = n.div_ceil(MAX_WORKGROUPS);
    (n.div_ceil(n_rows), n_rows)
}
