// layer_transform: X' = act(P X Theta), and the sum over the layers: sum + residual X', or X' where residual is 0. One
// invocation a vec4 of the result.
//
//   propagated, layer and sum [n_nodes, emb_blocks], theta [4 * emb_blocks (in), emb_blocks (out)]

@group(0) @binding(0) var<uniform> dims: TeacherDims;
@group(0) @binding(1) var<storage, read> propagated: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> theta: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> layer: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> sum: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (idx >= dims.n_rows * dims.emb_blocks) {
        return;
    }
    let row = idx / dims.emb_blocks * dims.emb_blocks;
    let column = idx % dims.emb_blocks;
    var out = vec4<f32>();
    for (var block = 0u; block < dims.emb_blocks; block++) {
        let x = propagated[row + block];
        let first = 4u * block * dims.emb_blocks + column;
        out += x.x * theta[first];
        out += x.y * theta[first + dims.emb_blocks];
        out += x.z * theta[first + 2u * dims.emb_blocks];
        out += x.w * theta[first + 3u * dims.emb_blocks];
    }
    if (dims.activation == 1u) {
        // Past 15 tanh is 1 in f32, and some drivers' own overflows long after.
        out = tanh(clamp(out, vec4<f32>(-15.0), vec4<f32>(15.0)));
    } else if (dims.activation == 2u) {
        out = max(out, vec4<f32>());
    }
    layer[idx] = out;
    if (dims.residual > 0.0) {
        sum[idx] += dims.residual * out;
    } else {
        sum[idx] = out;
    }
}
