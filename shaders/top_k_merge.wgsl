// top_k_merge: the k largest s_i with seen_i = 0, second half: one workgroup ranks the candidates of all.
//
//   candidates [n_groups, k] of (item_idx, key), ranked [1 + k]: (how many, 0), then (item_idx, bits of s_i), best first

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> request: RequestDims;
@group(0) @binding(2) var<storage, read> candidates: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> ranked: array<vec2<u32>>;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(local_invocation_index) lid: u32) {
    let n_candidates = dims.n_groups * request.k;
    start(lid);
    for (var base = 0u; base < n_candidates; base += WG_SIZE) {
        if (base + lid < n_candidates) {
            let candidate = candidates[base + lid];
            offer(candidate.y, candidate.x);
        }
        settle(lid, request.k, WG_SIZE);
    }
    settle(lid, request.k, CAPACITY);
    if (lid == 0u) {
        ranked[0] = vec2(n_held, 0u);
    }
    if (lid < n_held) {
        ranked[1u + lid] = vec2(items[lid], bits_of(keys[lid]));
    }
}
