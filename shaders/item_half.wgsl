// item_half: C_i = W_i z_i + b1, what the head needs of an item. On load; one invocation a vec4 of the result.
//
//   item_emb [n_items, emb_blocks], item_weight [4 * hidden_blocks, emb_blocks], hidden_bias [hidden_blocks],
//   item_hidden [n_items, hidden_blocks]

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> item_emb: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> item_weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> hidden_bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> item_hidden: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (idx >= dims.n_items * dims.hidden_blocks) {
        return;
    }
    let item = idx / dims.hidden_blocks * dims.emb_blocks;
    let column = idx % dims.hidden_blocks;
    let row = 4u * column * dims.emb_blocks;
    var sum = hidden_bias[column];
    for (var block = 0u; block < dims.emb_blocks; block++) {
        let z = item_emb[item + block];
        let at = row + block;
        sum.x += dot(item_weight[at], z);
        sum.y += dot(item_weight[at + dims.emb_blocks], z);
        sum.z += dot(item_weight[at + 2u * dims.emb_blocks], z);
        sum.w += dot(item_weight[at + 3u * dims.emb_blocks], z);
    }
    item_hidden[idx] = sum;
}
