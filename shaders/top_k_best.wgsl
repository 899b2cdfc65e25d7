// top_k_best: the k largest s_i with seen_i = 0, first step: the best of each of N_SLOTS parts of the items. One invocation
// four neighbouring items.
//
//   logits [n_items / 4] as bits, seen_mask [ceil(n_items / 32)], bests [N_SLOTS + 1], zeroed before

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> logits: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> seen_mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> bests: array<atomic<u32>>;

const WG_SIZE: u32 = 64u;
const N_SLOTS: u32 = 256u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let four_items = linear_idx(gid, n_wgs, WG_SIZE);
    if (4u * four_items >= dims.n_items) {
        return;
    }
    let keys = keys_of(four_items);
    let best = max(max(keys.x, keys.y), max(keys.z, keys.w));
    // Looking first spares most of the atomic writes: a part's best is soon found.
    let slot = four_items % N_SLOTS;
    if (best > atomicLoad(&bests[slot])) {
        atomicMax(&bests[slot], best);
    }
}
