// top_k_floor: the k largest s_i with seen_i = 0, second step: the k-th best of the parts' bests. That many items stand at
// or above it, so no item below it is among the k. One workgroup, an invocation a part.
//
//   bests [N_SLOTS + 1]: the floor is put behind them; 0 where fewer than k parts have an item

@group(0) @binding(0) var<uniform> request: RequestDims;
@group(0) @binding(1) var<storage, read_write> bests: array<atomic<u32>>;

const WG_SIZE: u32 = 256u;
const N_SLOTS: u32 = 256u;

var<workgroup> keys: array<vec4<u32>, 64>; // N_SLOTS / 4

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(local_invocation_index) lid: u32) {
    let key = atomicLoad(&bests[lid]);
    keys[lid / 4u][lid % 4u] = key;
    workgroupBarrier();
    var n_not_below = vec4<u32>();
    for (var at = 0u; at < N_SLOTS / 4u; at++) {
        n_not_below += select(vec4<u32>(), vec4(1u), keys[at] >= vec4(key));
    }
    if (n_not_below.x + n_not_below.y + n_not_below.z + n_not_below.w >= request.k) {
        atomicMax(&bests[N_SLOTS], key);
    }
}
