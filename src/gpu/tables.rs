//! What every request reads and none changes, on the GPU: uploaded once, and computed there by the load stages.

use wgpu::BufferUsages as Usage;

use super::device::Gpu;
use super::error::GpuError;
use super::layout::{Dims, blocks, pad_matrix};
use super::pipelines::Pipeline;
use crate::student::{Student, StudentWeights};

/// The smallest buffer: WebGPU binds no empty ones, and a `vec4` has 16 bytes.
const LEAST_BYTES: u64 = 16;

/// A model on the GPU.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) dims: Dims,
    pub(super) dims_buffer: wgpu::Buffer,
    pub(super) item_inv_sqrt_degree: wgpu::Buffer,
    pub(super) item_xw: wgpu::Buffer,
    pub(super) item_emb: wgpu::Buffer,
    pub(super) item_hidden: wgpu::Buffer,
    pub(super) user_weight: wgpu::Buffer,
    pub(super) output_weight: wgpu::Buffer,
}

impl Tables {
    /// Uploads the weights and runs the load stages.
    pub(super) fn load(gpu: &Gpu, student: &Student, weights: &StudentWeights) -> Result<Self, GpuError> {
        let (config, graph, head) = (student.config(), student.graph(), student.head());
        let dims = Dims::new(config, head.output_bias);
        let (d, hidden_rows) = (config.emb_dim, 4 * blocks(config.hidden_dim));
        let maker = Maker { gpu };
        let dims_buffer = maker.filled("dims", Usage::UNIFORM, &[dims])?;
        let features = maker.filled("features", Usage::STORAGE, &pad_matrix(&weights.features, d, config.n_nodes()))?;
        let weight = maker.filled("weight", Usage::STORAGE, &pad_matrix(&weights.weight, d, 4 * blocks(d)))?;
        let offsets = maker.filled("offsets", Usage::STORAGE, graph.offsets())?;
        let neighbors = maker.filled("neighbors", Usage::STORAGE, graph.neighbors())?;
        let inv_sqrt_degree = maker.filled("inv_sqrt_degree", Usage::STORAGE, graph.inv_sqrt_degree())?;
        let item_weight =
            maker.filled("item_weight", Usage::STORAGE, &pad_matrix(&head.item_weight, d, hidden_rows))?;
        let bias = pad_matrix(&head.hidden_bias, config.hidden_dim, 1);
        let hidden_bias = maker.filled("hidden_bias", Usage::STORAGE, &bias)?;

        let row_bytes = 16 * u64::from(dims.emb_blocks);
        let (nodes_bytes, items_bytes) = (row_bytes * u64::from(dims.n_nodes), row_bytes * u64::from(dims.n_items));
        let xw = maker.empty("xw", Usage::STORAGE | Usage::COPY_SRC, nodes_bytes)?;
        let zs = maker.empty("zs", Usage::STORAGE | Usage::COPY_SRC, nodes_bytes)?;
        let hidden_bytes = 16 * u64::from(dims.hidden_blocks) * u64::from(dims.n_items);
        let tables = Self {
            dims,
            item_inv_sqrt_degree: maker.filled("item_inv_sqrt_degree", Usage::STORAGE, graph.item_inv_sqrt_degree())?,
            item_xw: maker.empty("item_xw", Usage::STORAGE, items_bytes)?,
            item_emb: maker.empty("item_emb", Usage::STORAGE, items_bytes)?,
            item_hidden: maker.empty("item_hidden", Usage::STORAGE, hidden_bytes)?,
            user_weight: maker.filled("user_weight", Usage::STORAGE, &pad_matrix(&head.user_weight, d, hidden_rows))?,
            output_weight: maker.filled(
                "output_weight",
                Usage::STORAGE,
                &pad_matrix(&head.output_weight, config.hidden_dim, 1),
            )?,
            dims_buffer,
        };
        let run = |encoder: &mut wgpu::CommandEncoder, name: &str, buffers: &[&wgpu::Buffer], n_threads: u64| {
            let pipeline = Pipeline::named(&gpu.device, name)?;
            let bind_group = pipeline.bind(&gpu.device, buffers);
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pipeline.dispatch(&mut pass, &bind_group, n_threads);
            Ok::<(), GpuError>(())
        };
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("load") });
        let dims_buffer = &tables.dims_buffer;
        run(&mut encoder, "feature_transform", &[dims_buffer, &features, &weight, &xw], nodes_bytes / 16)?;
        let buffers = [dims_buffer, &offsets, &neighbors, &inv_sqrt_degree, &xw, &zs];
        run(&mut encoder, "graph_convolution", &buffers, nodes_bytes / 16)?;
        // Requests need the items' rows only; they lie behind the users'.
        let users_bytes = nodes_bytes - items_bytes;
        if items_bytes > 0 {
            encoder.copy_buffer_to_buffer(&xw, users_bytes, &tables.item_xw, 0, items_bytes);
            encoder.copy_buffer_to_buffer(&zs, users_bytes, &tables.item_emb, 0, items_bytes);
        }
        let buffers = [dims_buffer, &tables.item_emb, &item_weight, &hidden_bias, &tables.item_hidden];
        run(&mut encoder, "item_half", &buffers, hidden_bytes / 16)?;
        gpu.queue.submit([encoder.finish()]);
        Ok(tables)
    }
}

/// Makes buffers and says which table does not fit.
pub(super) struct Maker<'a> {
    pub(super) gpu: &'a Gpu,
}

impl Maker<'_> {
    pub(super) fn empty(&self, table: &'static str, usage: Usage, bytes: u64) -> Result<wgpu::Buffer, GpuError> {
        let limits = self.gpu.device.limits();
        let mut limit = limits.max_buffer_size;
        if usage.contains(Usage::STORAGE) {
            limit = limit.min(limits.max_storage_buffer_binding_size);
        }
        if bytes > limit {
            return Err(GpuError::TooLarge { table, bytes, limit });
        }
        let size = bytes.max(LEAST_BYTES);
        let usage = if usage.contains(Usage::MAP_READ) { usage } else { usage | Usage::COPY_DST };
        let descriptor = wgpu::BufferDescriptor { label: Some(table), size, usage, mapped_at_creation: false };
        Ok(self.gpu.device.create_buffer(&descriptor))
    }

    fn filled<T: bytemuck::NoUninit>(
        &self,
        table: &'static str,
        usage: Usage,
        values: &[T],
    ) -> Result<wgpu::Buffer, GpuError> {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        let buffer = self.empty(table, usage, bytes.len() as u64)?;
        self.gpu.queue.write_buffer(&buffer, 0, bytes);
        Ok(buffer)
    }
}
