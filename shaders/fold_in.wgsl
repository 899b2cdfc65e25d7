// fold_in: z_v = d_v^-1/2 sum_j w_j d_j^-1/2 (XW)_j, the visitor's row of the convolution. One workgroup a vec4 of the
// result: its invocations share the memberships and add their sums in pairs. Each chunk of items adds its part.
//
//   memberships [n_memberships], item_inv_sqrt_degree [n_items], item_xw [chunk.n_items, emb_blocks], user_emb [emb_blocks]

struct Membership {
    item_idx: u32,
    weight: f32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> chunk: Chunk;
@group(0) @binding(2) var<uniform> request: RequestDims;
@group(0) @binding(3) var<storage, read> memberships: array<Membership>;
@group(0) @binding(4) var<storage, read> item_inv_sqrt_degree: array<f32>;
@group(0) @binding(5) var<storage, read> item_xw: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> user_emb: array<vec4<f32>>;

const WG_SIZE: u32 = 16u;

var<workgroup> sums: array<vec4<f32>, WG_SIZE>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) n_wgs: vec3<u32>,
    @builtin(local_invocation_index) lid: u32,
) {
    let block = wid.y * n_wgs.x + wid.x;
    var sum = vec4<f32>();
    if (block < dims.emb_blocks) {
        for (var at = lid; at < request.n_memberships; at += WG_SIZE) {
            let membership = memberships[at];
            // An item of an earlier chunk wraps round, far past the last of this one.
            let row = membership.item_idx - chunk.first_item;
            if (row < chunk.n_items) {
                let scale = membership.weight * item_inv_sqrt_degree[membership.item_idx];
                sum += scale * item_xw[row * dims.emb_blocks + block];
            }
        }
    }
    sums[lid] = sum;
    for (var half = WG_SIZE / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (lid < half) {
            sums[lid] += sums[lid + half];
        }
    }
    if (lid == 0u && block < dims.emb_blocks) {
        let before = select(user_emb[block], vec4<f32>(), chunk.first_item == 0u);
        user_emb[block] = before + request.visitor_inv_sqrt_degree * sums[0];
    }
}
