// fold_in: z_v = d_v^-1/2 sum_j w_j d_j^-1/2 (XW)_j, the visitor's row of the convolution. One workgroup a vec4 of the
// result: its invocations share the memberships and add their sums in pairs.
//
//   memberships [n_memberships], item_inv_sqrt_degree [n_items], item_xw [n_items, emb_blocks], user_emb [emb_blocks]

struct Membership {
    item_idx: u32,
    weight: f32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> request: RequestDims;
@group(0) @binding(2) var<storage, read> memberships: array<Membership>;
@group(0) @binding(3) var<storage, read> item_inv_sqrt_degree: array<f32>;
@group(0) @binding(4) var<storage, read> item_xw: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> user_emb: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;

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
            let scale = membership.weight * item_inv_sqrt_degree[membership.item_idx];
            sum += scale * item_xw[membership.item_idx * dims.emb_blocks + block];
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
        user_emb[block] = request.visitor_inv_sqrt_degree * sums[0];
    }
}
