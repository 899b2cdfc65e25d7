// Put before every shader of the teacher: the uniform (Rust: gpu::TeacherDims).
// Rows of matrices are whole vec4s, padded with zeros: emb_blocks = ceil(emb_dim / 4), hidden_blocks likewise.

struct TeacherDims {
    // Rows of the result.
    n_rows: u32,
    emb_blocks: u32,
    hidden_blocks: u32,
    // 0 identity, 1 tanh, 2 relu.
    activation: u32,
    residual: f32,
    has_text: u32,
    has_fusion_residual: u32,
    has_dot: u32,
}
