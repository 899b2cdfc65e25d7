// mask: sets the bit of every seen item, beside those that the request's filter leaves out. One invocation a seen item.
//
//   seen_items [n_seen_items], seen_mask [ceil(n_items / 32)]: before, what the filter leaves out, or zeros

@group(0) @binding(0) var<uniform> request: RequestDims;
@group(0) @binding(1) var<storage, read> seen_items: array<u32>;
@group(0) @binding(2) var<storage, read_write> seen_mask: array<atomic<u32>>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (idx >= request.n_seen_items) {
        return;
    }
    let item_idx = seen_items[idx];
    atomicOr(&seen_mask[item_idx / 32u], 1u << (item_idx % 32u));
}
