// score: s_i = w2 . relu(a_v + C_i) + b2 [+ z_v . z_i], the logits of all items of a chunk. One invocation four
// neighbouring items: their numbers of one column lie side by side, so neighbouring invocations read what lies together.
//
//   user_emb [emb_blocks], user_hidden [hidden_blocks], output_weight [hidden_blocks];
//   item_hidden [n_blocks, 4 * hidden_blocks, WG_SIZE] and item_emb [n_blocks, 4 * emb_blocks, WG_SIZE] of Four, where a
//   block is 4 * WG_SIZE items; item_scales [n_items / 4] pairs, of item_hidden and of item_emb; logits [n_items / 4]

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> chunk: Chunk;
@group(0) @binding(2) var<storage, read> user_emb: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> user_hidden: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> item_hidden: array<Four>;
@group(0) @binding(5) var<storage, read> item_emb: array<Four>;
@group(0) @binding(6) var<storage, read> item_scales: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> output_weight: array<vec4<f32>>;
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
    var at = block * 4u * dims.hidden_blocks * WG_SIZE + lid;
    for (var column = 0u; column < dims.hidden_blocks; column++) {
        let a = user_hidden[column];
        let w = output_weight[column];
        sum += w.x * max(a.x + expand(item_hidden[at], hidden_scales), zero)
            + w.y * max(a.y + expand(item_hidden[at + WG_SIZE], hidden_scales), zero)
            + w.z * max(a.z + expand(item_hidden[at + 2u * WG_SIZE], hidden_scales), zero)
            + w.w * max(a.w + expand(item_hidden[at + 3u * WG_SIZE], hidden_scales), zero);
        at += 4u * WG_SIZE;
    }
    if (dims.has_dot != 0u) {
        at = block * 4u * dims.emb_blocks * WG_SIZE + lid;
        for (var column = 0u; column < dims.emb_blocks; column++) {
            let z = user_emb[column];
            sum += z.x * expand(item_emb[at], emb_scales)
                + z.y * expand(item_emb[at + WG_SIZE], emb_scales)
                + z.z * expand(item_emb[at + 2u * WG_SIZE], emb_scales)
                + z.w * expand(item_emb[at + 3u * WG_SIZE], emb_scales);
            at += 4u * WG_SIZE;
        }
    }
    logits[chunk.first_item / 4u + four_items] = sum;
}
