// top_k: the k largest s_i with seen_i = 0, first half: each workgroup ranks its share of the items. One workgroup a
// share; top_k_merge ranks what they found.
//
//   logits [n_items] as bits, seen_mask [ceil(n_items / 32)], candidates [n_groups, k] of (key, item_idx)

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> request: RequestDims;
@group(0) @binding(2) var<storage, read> logits: array<u32>;
@group(0) @binding(3) var<storage, read> seen_mask: array<u32>;
@group(0) @binding(4) var<storage, read_write> candidates: array<vec2<u32>>;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
    let share = (dims.n_items + dims.n_groups - 1u) / dims.n_groups;
    let end = min((wid.x + 1u) * share, dims.n_items);
    start(lid);
    var base = wid.x * share;
    loop {
        let item_idx = base + lid;
        if (item_idx < end) {
            let is_seen = (seen_mask[item_idx / 32u] & (1u << (item_idx % 32u))) != 0u;
            if (!is_seen) {
                offer(vec2(order_key(logits[item_idx]), item_idx));
            }
        }
        base += WG_SIZE;
        settle(lid, request.k, base >= end);
        if (base >= end) {
            break;
        }
    }
    if (lid < request.k) {
        candidates[wid.x * request.k + lid] = select(NOTHING, list[lid], lid < n_held);
    }
}
