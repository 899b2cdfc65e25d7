// top_k_merge: the k largest s_i with seen_i = 0, second half: one workgroup ranks the candidates of all.
//
//   candidates [n_groups, k] of (key, item_idx), ranked [1 + k]: (how many, 0), then (item_idx, bits of s_i), best first

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> request: RequestDims;
@group(0) @binding(2) var<storage, read> candidates: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> ranked: array<vec2<u32>>;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(local_invocation_index) lid: u32) {
    let n_candidates = dims.n_groups * request.k;
    start(lid);
    var base = 0u;
    loop {
        if (base + lid < n_candidates) {
            offer(candidates[base + lid]);
        }
        base += WG_SIZE;
        settle(lid, request.k, base >= n_candidates);
        if (base >= n_candidates) {
            break;
        }
    }
    if (lid == 0u) {
        ranked[0] = vec2(n_held, 0u);
    }
    if (lid < n_held) {
        ranked[1u + lid] = vec2(list[lid].y, bits_of(list[lid].x));
    }
}
