// score: s_i = w2 . relu(a_v + C_i) + b2 [+ z_v . z_i], the logits of all items. One invocation an item.
//
//   user_emb [emb_blocks], user_hidden [hidden_blocks], item_hidden [n_items, hidden_blocks],
//   item_emb [n_items, emb_blocks], output_weight [hidden_blocks], logits [n_items]

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> user_emb: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> user_hidden: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> item_hidden: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> item_emb: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> output_weight: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> logits: array<f32>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let item_idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (item_idx >= dims.n_items) {
        return;
    }
    // Four sums that are added at the end: shorter chains, smaller rounding errors.
    var sum = vec4<f32>();
    let hidden = item_idx * dims.hidden_blocks;
    for (var block = 0u; block < dims.hidden_blocks; block++) {
        sum += output_weight[block] * max(user_hidden[block] + item_hidden[hidden + block], vec4<f32>());
    }
    if (dims.has_dot != 0u) {
        let item = item_idx * dims.emb_blocks;
        for (var block = 0u; block < dims.emb_blocks; block++) {
            sum += user_emb[block] * item_emb[item + block];
        }
    }
    logits[item_idx] = dims.output_bias + sum.x + sum.y + sum.z + sum.w;
}
