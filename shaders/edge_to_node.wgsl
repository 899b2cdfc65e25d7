// edge_to_node: P X = D_v^-1/2 H E, what every node gathers back from its hyperedges. One invocation a vec4 of the result.
//
//   offsets [n_nodes + 1] into hyperedges, inv_sqrt_node_degree [n_nodes], edges [n_hyperedges, emb_blocks],
//   propagated [n_nodes, emb_blocks]

@group(0) @binding(0) var<uniform> dims: TeacherDims;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> hyperedges: array<u32>;
@group(0) @binding(3) var<storage, read> inv_sqrt_node_degree: array<f32>;
@group(0) @binding(4) var<storage, read> edges: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> propagated: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (idx >= dims.n_rows * dims.emb_blocks) {
        return;
    }
    let node_idx = idx / dims.emb_blocks;
    let block = idx % dims.emb_blocks;
    var sum = vec4<f32>();
    for (var at = offsets[node_idx]; at < offsets[node_idx + 1u]; at++) {
        sum += edges[hyperedges[at] * dims.emb_blocks + block];
    }
    propagated[idx] = inv_sqrt_node_degree[node_idx] * sum;
}
