// node_to_edge: E = D_e^-1 H^T D_v^-1/2 X, what every hyperedge gathers from its members. One invocation a vec4 of the
// result; a hyperedge's degree is the number of its members.
//
//   offsets [n_hyperedges + 1] into members, inv_sqrt_node_degree [n_nodes], xs [n_nodes, emb_blocks],
//   edges [n_hyperedges, emb_blocks]

@group(0) @binding(0) var<uniform> dims: TeacherDims;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> members: array<u32>;
@group(0) @binding(3) var<storage, read> inv_sqrt_node_degree: array<f32>;
@group(0) @binding(4) var<storage, read> xs: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> edges: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (idx >= dims.n_rows * dims.emb_blocks) {
        return;
    }
    let hyperedge_idx = idx / dims.emb_blocks;
    let block = idx % dims.emb_blocks;
    let begin = offsets[hyperedge_idx];
    let end = offsets[hyperedge_idx + 1u];
    var sum = vec4<f32>();
    for (var at = begin; at < end; at++) {
        let member = members[at];
        sum += inv_sqrt_node_degree[member] * xs[member * dims.emb_blocks + block];
    }
    edges[idx] = sum / f32(max(end - begin, 1u));
}
