//! The load stages on the GPU: `feature_transform`, `graph_convolution`, `item_half`, once for each model.

use super::backend::{Buffer, CommandEncoder, Usage, encoder, pass};
use super::layout::{Chunk, Dims, blocks, pad_matrix};
use super::pipelines::{Pipeline, ShaderRow, row_of};
use super::storage::{BLOCK_ITEMS, Storage};
use super::tables::{ItemTables, LEAST_BLOCK_BYTES, Maker, row_bytes};
use crate::student::{Student, StudentWeights};

/// Uploads features, graph and head, and computes the tables of all items.
pub(super) fn load_stages(
    maker: &Maker<'_>,
    dims_buffer: &Buffer,
    dims: Dims,
    student: &Student,
    weights: &StudentWeights,
    chunk: Chunk,
) -> ItemTables {
    let (gpu, config, graph, head) = (maker.gpu, student.config(), student.graph(), student.head());
    let (d, hidden_rows) = (config.emb_dim, 4 * blocks(config.hidden_dim));
    let features = maker.filled("features", Usage::STORAGE, &pad_matrix(&weights.features, d, config.n_nodes()));
    let weight = maker.filled("weight", Usage::STORAGE, &pad_matrix(&weights.weight, d, 4 * blocks(d)));
    let offsets = maker.filled("offsets", Usage::STORAGE, graph.offsets());
    let neighbors = maker.filled("neighbors", Usage::STORAGE, graph.neighbors());
    let inv_sqrt_degree = maker.filled("inv_sqrt_degree", Usage::STORAGE, graph.inv_sqrt_degree());
    let item_weight = maker.filled("item_weight", Usage::STORAGE, &pad_matrix(&head.item_weight, d, hidden_rows));
    let bias = pad_matrix(&head.hidden_bias, config.hidden_dim, 1);
    let hidden_bias = maker.filled("hidden_bias", Usage::STORAGE, &bias);

    let (n_nodes, n_items) = (u64::from(dims.n_nodes), u64::from(dims.n_items));
    let (emb_row, hidden_row) = (row_bytes(dims.emb_blocks, Storage::F32), row_bytes(dims.hidden_blocks, Storage::F32));
    let (nodes_bytes, items_bytes) = (n_nodes * emb_row, n_items * emb_row);
    let xw = maker.empty("xw", Usage::STORAGE | Usage::COPY_SRC, nodes_bytes);
    let zs = maker.empty("zs", Usage::STORAGE | Usage::COPY_SRC, nodes_bytes);
    // As rows, for `item_half`; then as blocks, for `score`.
    let emb_rows = maker.empty("item_emb", Usage::STORAGE, items_bytes);
    let hidden_rows = maker.empty("item_hidden", Usage::STORAGE, n_items * hidden_row);
    let n_padded = n_items.next_multiple_of(BLOCK_ITEMS as u64);
    // Without the dot product nobody reads the items' embeddings.
    let (least, is_read) = (LEAST_BLOCK_BYTES as u64, u64::from(dims.has_dot != 0));
    let tables = ItemTables {
        chunk,
        chunk_buffer: maker.filled("chunk", Usage::UNIFORM, &[chunk]),
        item_xw: maker.empty("item_xw", Usage::STORAGE, items_bytes),
        item_emb: maker.empty("item_emb", Usage::STORAGE, (is_read * n_padded * emb_row).max(least)),
        item_hidden: maker.empty("item_hidden", Usage::STORAGE, (n_padded * hidden_row).max(least)),
        item_scales: maker.empty("item_scales", Usage::STORAGE, 0),
    };
    let mut encoder = encoder(&gpu.device);
    let run = |encoder: &mut CommandEncoder, row: &ShaderRow, buffers: &[&Buffer], n_threads: u64| {
        let pipeline = Pipeline::new(&gpu.device, row);
        let bind_group = pipeline.bind(&gpu.device, buffers);
        pipeline.dispatch(&mut pass(encoder), &bind_group, n_threads);
    };
    run(
        &mut encoder,
        const { &row_of("feature_transform") },
        &[dims_buffer, &features, &weight, &xw],
        nodes_bytes / 16,
    );
    let buffers = [dims_buffer, &offsets, &neighbors, &inv_sqrt_degree, &xw, &zs];
    run(&mut encoder, const { &row_of("graph_convolution") }, &buffers, nodes_bytes / 16);
    // Requests need the items' rows only; they lie behind the users'.
    let users_bytes = nodes_bytes - items_bytes;
    if items_bytes > 0 {
        encoder.copy_buffer_to_buffer(&xw, users_bytes, &tables.item_xw, 0, items_bytes);
        encoder.copy_buffer_to_buffer(&zs, users_bytes, &emb_rows, 0, items_bytes);
    }
    let buffers = [dims_buffer, &emb_rows, &item_weight, &hidden_bias, &hidden_rows];
    run(&mut encoder, const { &row_of("item_half") }, &buffers, n_items * hidden_row / 16);
    let laid_out = [(&emb_rows, &tables.item_emb, is_read * emb_row), (&hidden_rows, &tables.item_hidden, hidden_row)];
    for (rows, blocks, row) in laid_out {
        run(&mut encoder, const { &row_of("item_blocks") }, &[&tables.chunk_buffer, rows, blocks], n_padded * row / 16);
    }
    if maker.check().is_ok() {
        gpu.queue.submit([encoder.finish()]);
    }
    tables
}
