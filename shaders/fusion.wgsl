// fusion: z = [x +] relu(x F_x [+ t F_t] + b) F_out, the embeddings of hypergraph and text made one. One workgroup a node:
// its invocations share the hidden layer.
//
//   hypergraph_emb, text_emb and emb [n_nodes, emb_blocks]; channel holds F_x and F_t, [4 * emb_blocks (in), emb_blocks
//   (out)] each, b [emb_blocks], and F_out like F_x

@group(0) @binding(0) var<uniform> dims: TeacherDims;
@group(0) @binding(1) var<storage, read> hypergraph_emb: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> text_emb: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> channel: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> emb: array<vec4<f32>>;

const WG_SIZE: u32 = 16u;
// Blocks of the widest embedding (Rust: gpu::MAX_WIDTH / 4).
const MAX_BLOCKS: u32 = 256u;

var<workgroup> hidden: array<vec4<f32>, MAX_BLOCKS>;

// A column of x times four rows of the matrix that begins at `first`.
fn product(x: vec4<f32>, first: u32) -> vec4<f32> {
    let stride = dims.emb_blocks;
    return x.x * channel[first]
        + x.y * channel[first + stride]
        + x.z * channel[first + 2u * stride]
        + x.w * channel[first + 3u * stride];
}

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) n_wgs: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let node_idx = wid.y * n_wgs.x + wid.x;
    // Workgroups past the last node stay until the barrier, and write nothing.
    let n_blocks = select(0u, dims.emb_blocks, node_idx < dims.n_rows);
    let row = node_idx * dims.emb_blocks;
    let matrix = 4u * dims.emb_blocks * dims.emb_blocks;
    for (var column = lid; column < n_blocks; column += WG_SIZE) {
        var sum = channel[2u * matrix + column];
        for (var block = 0u; block < dims.emb_blocks; block++) {
            let first = 4u * block * dims.emb_blocks + column;
            sum += product(hypergraph_emb[row + block], first);
            if (dims.has_text != 0u) {
                sum += product(text_emb[row + block], matrix + first);
            }
        }
        hidden[column] = max(sum, vec4<f32>());
    }
    workgroupBarrier();
    for (var column = lid; column < n_blocks; column += WG_SIZE) {
        var sum = vec4<f32>();
        for (var block = 0u; block < dims.emb_blocks; block++) {
            let first = 2u * matrix + dims.emb_blocks + 4u * block * dims.emb_blocks + column;
            sum += product(hidden[block], first);
        }
        if (dims.has_fusion_residual != 0u) {
            sum += hypergraph_emb[row + column];
        }
        emb[row + column] = sum;
    }
}
