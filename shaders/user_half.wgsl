// user_half: a_v = W_u z_v, what the head needs of the visitor. One invocation a vec4 of the result.
//
//   user_emb [emb_blocks], user_weight [4 * hidden_blocks, emb_blocks], user_hidden [hidden_blocks]

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> user_emb: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> user_weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> user_hidden: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (idx >= dims.hidden_blocks) {
        return;
    }
    let row = 4u * idx * dims.emb_blocks;
    var sum = vec4<f32>();
    for (var block = 0u; block < dims.emb_blocks; block++) {
        let z = user_emb[block];
        let at = row + block;
        sum.x += dot(user_weight[at], z);
        sum.y += dot(user_weight[at + dims.emb_blocks], z);
        sum.z += dot(user_weight[at + 2u * dims.emb_blocks], z);
        sum.w += dot(user_weight[at + 3u * dims.emb_blocks], z);
    }
    user_hidden[idx] = sum;
}
