// Put before every shader: the uniforms (Rust: gpu::Dims, gpu::Chunk, gpu::RequestDims).
// Rows of matrices are whole vec4s, padded with zeros: emb_blocks = ceil(emb_dim / 4), hidden_blocks likewise.

struct Dims {
    n_nodes: u32,
    n_items: u32,
    emb_blocks: u32,
    hidden_blocks: u32,
    has_dot: u32,
    output_bias: f32,
}

// Where an adapter cannot bind a whole table of items, it is cut into chunks and the stage runs once for each.
struct Chunk {
    first_item: u32,
    n_items: u32,
}

struct RequestDims {
    n_memberships: u32,
    n_seen_items: u32,
    k: u32,
    visitor_inv_sqrt_degree: f32,
    novelty: f32,
}
