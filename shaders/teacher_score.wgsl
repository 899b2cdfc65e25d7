// teacher_score: y_i = [w2 . relu(W_u z_u + W_i z_i + b1)] [+ z_u . z_i], deep logits of all items for a user. One
// invocation an item; those of a workgroup share W_u z_u.
//
//   user_emb [emb_blocks], item_emb [n_items, emb_blocks]; scorer holds W_u and W_i, [4 * hidden_blocks, emb_blocks] each,
//   b1 [hidden_blocks] and w2 [hidden_blocks]; logits [n_items]

@group(0) @binding(0) var<uniform> dims: TeacherDims;
@group(0) @binding(1) var<storage, read> user_emb: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> item_emb: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> scorer: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> logits: array<f32>;

const WG_SIZE: u32 = 64u;
// Blocks of the widest hidden layer (Rust: gpu::MAX_WIDTH / 4).
const MAX_BLOCKS: u32 = 256u;

var<workgroup> user_hidden: array<vec4<f32>, MAX_BLOCKS>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(global_invocation_id) gid: vec3<u32>,
    @builtin(num_workgroups) n_wgs: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let matrix = 4u * dims.hidden_blocks * dims.emb_blocks;
    for (var column = lid; column < dims.hidden_blocks; column += WG_SIZE) {
        var sum = scorer[2u * matrix + column];
        for (var block = 0u; block < dims.emb_blocks; block++) {
            let at = 4u * column * dims.emb_blocks + block;
            let z = user_emb[block];
            sum += vec4<f32>(
                dot(scorer[at], z),
                dot(scorer[at + dims.emb_blocks], z),
                dot(scorer[at + 2u * dims.emb_blocks], z),
                dot(scorer[at + 3u * dims.emb_blocks], z),
            );
        }
        user_hidden[column] = sum;
    }
    workgroupBarrier();
    let item_idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (item_idx >= dims.n_rows) {
        return;
    }
    let row = item_idx * dims.emb_blocks;
    var logit = 0.0;
    for (var column = 0u; column < dims.hidden_blocks; column++) {
        var sum = user_hidden[column];
        for (var block = 0u; block < dims.emb_blocks; block++) {
            let at = matrix + 4u * column * dims.emb_blocks + block;
            let z = item_emb[row + block];
            sum += vec4<f32>(
                dot(scorer[at], z),
                dot(scorer[at + dims.emb_blocks], z),
                dot(scorer[at + 2u * dims.emb_blocks], z),
                dot(scorer[at + 3u * dims.emb_blocks], z),
            );
        }
        logit += dot(scorer[2u * matrix + dims.hidden_blocks + column], max(sum, vec4<f32>()));
    }
    if (dims.has_dot != 0u) {
        for (var block = 0u; block < dims.emb_blocks; block++) {
            logit += dot(user_emb[block], item_emb[row + block]);
        }
    }
    logits[item_idx] = logit;
}
