// feature_transform: every node's features times the weight, XW. On load; one invocation a vec4 of the result.
//
//   features [n_nodes, emb_blocks], weight [4 * emb_blocks (in), emb_blocks (out)], xw [n_nodes, emb_blocks]

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> features: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> xw: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (idx >= dims.n_nodes * dims.emb_blocks) {
        return;
    }
    let row = idx / dims.emb_blocks * dims.emb_blocks;
    let column = idx % dims.emb_blocks;
    var sum = vec4<f32>();
    for (var block = 0u; block < dims.emb_blocks; block++) {
        let x = features[row + block];
        let first = 4u * block * dims.emb_blocks + column;
        sum += x.x * weight[first];
        sum += x.y * weight[first + dims.emb_blocks];
        sum += x.z * weight[first + 2u * dims.emb_blocks];
        sum += x.w * weight[first + 3u * dims.emb_blocks];
    }
    xw[idx] = sum;
}
