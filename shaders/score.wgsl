// score: s_i = w2 . relu(a_v + C_i) + b2 [+ z_v . z_i], the logits of all items of a chunk. One invocation four
// neighbouring items, of which it reads four columns at once; neighbouring invocations read what lies together. What is
// the visitor's comes as uniforms: all read the same of it.
//
//   user_emb [emb_blocks], user_hidden [hidden_blocks], output_weight [hidden_blocks];
//   item_hidden [n_blocks, hidden_blocks, WG_SIZE] and item_emb [n_blocks, emb_blocks, WG_SIZE] of Sixteen, where a block
//   is 4 * WG_SIZE items; item_scales [n_items / 4] pairs, of item_hidden and of item_emb; logits [n_items / 4]

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> chunk: Chunk;
@group(0) @binding(2) var<uniform> user_emb: array<vec4<f32>, 256>;
@group(0) @binding(3) var<uniform> user_hidden: array<vec4<f32>, 256>;
@group(0) @binding(4) var<storage, read> item_hidden: array<Sixteen>;
@group(0) @binding(5) var<storage, read> item_emb: array<Sixteen>;
@group(0) @binding(6) var<storage, read> item_scales: array<vec4<f32>>;
@group(0) @binding(7) var<uniform> output_weight: array<vec4<f32>, 256>;
@group(0) @binding(8) var<storage, read_write> logits: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(global_invocation_id) gid: vec3<u32>,
    @builtin(num_workgroups) n_wgs: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let four_items = linear_idx(gid, n_wgs, WG_SIZE);
    if (4u * four_items >= chunk.n_items) {
        return;
    }
    var hidden_scales = vec4(1.0);
    var emb_scales = vec4(1.0);
    if (HAS_SCALES) {
        hidden_scales = item_scales[2u * four_items];
        emb_scales = item_scales[2u * four_items + 1u];
    }
    let zero = vec4<f32>();
    let block = four_items / WG_SIZE;
    var sum = vec4(dims.output_bias);
    var at = block * dims.hidden_blocks * WG_SIZE + lid;
    for (var column = 0u; column < dims.hidden_blocks; column++) {
        let a = user_hidden[column];
        let w = output_weight[column];
        let c = expand(item_hidden[at], hidden_scales);
        sum += w.x * max(a.x + c[0], zero) + w.y * max(a.y + c[1], zero) + w.z * max(a.z + c[2], zero)
            + w.w * max(a.w + c[3], zero);
        at += WG_SIZE;
    }
    if (dims.has_dot != 0u) {
        at = block * dims.emb_blocks * WG_SIZE + lid;
        for (var column = 0u; column < dims.emb_blocks; column++) {
            sum += expand(item_emb[at], emb_scales) * user_emb[column];
            at += WG_SIZE;
        }
    }
    logits[chunk.first_item / 4u + four_items] = sum;
}
