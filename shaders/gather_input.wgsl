// gather_input: x_u = d_u^-1/2 (sum_i d_i^-1/2 g_i + e_u) [+ t_u], what users start from. One invocation a vec4 of xs,
// which holds e_u before.
//
//   offsets [n_users + 1] into items, inv_sqrt_item_degree [n_items], gathered [n_items, emb_blocks],
//   text_emb and xs [n_users, emb_blocks]

@group(0) @binding(0) var<uniform> dims: TeacherDims;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> items: array<u32>;
@group(0) @binding(3) var<storage, read> inv_sqrt_item_degree: array<f32>;
@group(0) @binding(4) var<storage, read> gathered: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> text_emb: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> xs: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (idx >= dims.n_rows * dims.emb_blocks) {
        return;
    }
    let user_idx = idx / dims.emb_blocks;
    let block = idx % dims.emb_blocks;
    let begin = offsets[user_idx];
    let end = offsets[user_idx + 1u];
    var sum = xs[idx];
    for (var at = begin; at < end; at++) {
        let item = items[at];
        sum += inv_sqrt_item_degree[item] * gathered[item * dims.emb_blocks + block];
    }
    sum *= select(0.0, inverseSqrt(f32(end - begin)), end > begin);
    if (dims.has_text != 0u) {
        sum += text_emb[idx];
    }
    xs[idx] = sum;
}
