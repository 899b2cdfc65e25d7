// top_k: the k largest s_i with seen_i = 0, third step: all items at or above the floor. One invocation four neighbouring
// items. Few pass, unless their scores are equal; top_k_merge ranks them.
//
//   logits [n_items / 4] as bits, seen_mask [ceil(n_items / 32)], bests [N_SLOTS + 1];
//   candidates [1 + n_items]: (how many follow, 0), zeroed before, then (key, item_idx) in any order

struct Candidates {
    n: atomic<u32>,
    padding: u32,
    entries: array<vec2<u32>>,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> logits: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> seen_mask: array<u32>;
@group(0) @binding(3) var<storage, read> bests: array<u32>;
@group(0) @binding(4) var<storage, read_write> candidates: Candidates;

const WG_SIZE: u32 = 64u;
const N_SLOTS: u32 = 256u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let four_items = linear_idx(gid, n_wgs, WG_SIZE);
    if (4u * four_items >= dims.n_items) {
        return;
    }
    let keys = keys_of(four_items);
    let lowest = max(bests[N_SLOTS], 1u);
    if (all(keys < vec4(lowest))) {
        return;
    }
    for (var lane = 0u; lane < 4u; lane++) {
        if (keys[lane] >= lowest) {
            candidates.entries[atomicAdd(&candidates.n, 1u)] = vec2(keys[lane], 4u * four_items + lane);
        }
    }
}
