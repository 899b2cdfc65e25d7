// top_k_merge: the k largest s_i with seen_i = 0, last step: the order of src/ranking.rs (score descending, then index
// ascending) among the candidates. One workgroup a share of them; it runs until one list is left.
//
// Each invocation finds the best of its part. The k-th best of these WG_SIZE is a floor: k entries of the share stand at
// or before it, and only the k invocations whose best does can have more of them. So at most k * PER_THREAD entries come
// into the list, whatever the scores are. An entry's place is the number of entries before it: the order is total, so
// nothing depends on which invocation came first.
//
//   candidates and ranked: (how many follow, 0), then (key, item_idx); ranked is best first in each share's k places

@group(0) @binding(0) var<uniform> request: RequestDims;
@group(0) @binding(1) var<storage, read> candidates: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> ranked: array<vec2<u32>>;

const WG_SIZE: u32 = 256u;
const PER_THREAD: u32 = 12u;
const SHARE: u32 = 3072u; // WG_SIZE * PER_THREAD
const MAX_PLACES: u32 = 128u;
const CAPACITY: u32 = 1536u; // MAX_PLACES * PER_THREAD

// (key, item_idx). No number has key 0; places without an item do.
const NOTHING = vec2(0u, 0xffffffffu);

var<workgroup> bests: array<vec2<u32>, WG_SIZE>;
var<workgroup> list: array<vec2<u32>, CAPACITY>;
var<workgroup> n_listed: atomic<u32>;
var<workgroup> lowest: vec2<u32>;

fn stands_before(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.x > b.x || (a.x == b.x && a.y < b.y);
}

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
    let n = candidates[0].x;
    let k = request.k;
    let share = wid.x;
    if (share > 0u && share * SHARE >= n) {
        return;
    }
    if (lid == 0u) {
        atomicStore(&n_listed, 0u);
        lowest = NOTHING;
        if (share == 0u) {
            ranked[0] = vec2(max(1u, (n + SHARE - 1u) / SHARE) * k, 0u);
        }
    }
    let first = 1u + share * SHARE + lid;
    // A short list needs no floor.
    if (n - share * SHARE > 2u * WG_SIZE) {
        var best = NOTHING;
        for (var at = first; at < min(first + SHARE, n + 1u); at += WG_SIZE) {
            if (stands_before(candidates[at], best)) {
                best = candidates[at];
            }
        }
        bests[lid] = best;
        workgroupBarrier();
        var place = 0u;
        for (var other = 0u; other < WG_SIZE; other++) {
            place += select(0u, 1u, stands_before(bests[other], best));
        }
        if (place == k - 1u && best.x != NOTHING.x) {
            lowest = best;
        }
    }
    workgroupBarrier();
    for (var at = first; at < min(first + SHARE, n + 1u); at += WG_SIZE) {
        let candidate = candidates[at];
        if (candidate.x != NOTHING.x && !stands_before(lowest, candidate)) {
            list[atomicAdd(&n_listed, 1u)] = candidate;
        }
    }
    workgroupBarrier();
    let n_candidates = atomicLoad(&n_listed);
    for (var at = lid; at < n_candidates; at += WG_SIZE) {
        let candidate = list[at];
        var place = 0u;
        for (var other = 0u; other < n_candidates; other++) {
            place += select(0u, 1u, stands_before(list[other], candidate));
        }
        if (place < k) {
            ranked[1u + share * k + place] = candidate;
        }
    }
    for (var place = n_candidates + lid; place < k; place += WG_SIZE) {
        ranked[1u + share * k + place] = NOTHING;
    }
}
