// graph_convolution: Z = D^-1/2 (A_bip + I) D^-1/2 (XW), exact. On load; one invocation a vec4 of the result.
//
//   offsets [n_nodes + 1] into neighbors, inv_sqrt_degree [n_nodes], xw and zs [n_nodes, emb_blocks]

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> neighbors: array<u32>;
@group(0) @binding(3) var<storage, read> inv_sqrt_degree: array<f32>;
@group(0) @binding(4) var<storage, read> xw: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> zs: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (idx >= dims.n_nodes * dims.emb_blocks) {
        return;
    }
    let node_idx = idx / dims.emb_blocks;
    let block = idx % dims.emb_blocks;
    // The self-loop, then the neighbours.
    var sum = inv_sqrt_degree[node_idx] * xw[idx];
    for (var at = offsets[node_idx]; at < offsets[node_idx + 1u]; at++) {
        let neighbor = neighbors[at];
        sum += inv_sqrt_degree[neighbor] * xw[neighbor * dims.emb_blocks + block];
    }
    zs[idx] = inv_sqrt_degree[node_idx] * sum;
}
