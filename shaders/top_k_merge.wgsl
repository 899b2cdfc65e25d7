// top_k_merge: the k largest s_i with seen_i = 0, last step: the order of src/ranking.rs (score descending, then index
// ascending) among the candidates. One workgroup, which takes SHARE of them at a time; mostly one time is enough.
//
// Of a share, each invocation finds the best of its part. The k-th best of these WG_SIZE is a floor: k entries of the share
// stand at or before it, and only the k invocations whose best does can have more of them. So at most k * PER_THREAD
// entries come into the list, behind the k that earlier shares have left, whatever the scores are. An entry's place is the
// number of entries before it: the order is total, so nothing depends on which invocation came first.
//
//   candidates [1 + n_items]: (how many follow, 0), then (key, item_idx); ranked [1 + k]: the same, best first

@group(0) @binding(0) var<uniform> request: RequestDims;
@group(0) @binding(1) var<storage, read> candidates: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> ranked: array<vec2<u32>>;

const WG_SIZE: u32 = 128u;
const PER_THREAD: u32 = 10u;
const SHARE: u32 = 1280u; // WG_SIZE * PER_THREAD
const MAX_PLACES: u32 = 128u;
const CAPACITY: u32 = 1408u; // MAX_PLACES * (1 + PER_THREAD)

// (key, item_idx). No number has key 0; places without an item do.
const NOTHING = vec2(0u, 0xffffffffu);

// The bests of the parts; then, when the list is ranked, the k best of it.
var<workgroup> bests: array<vec2<u32>, WG_SIZE>;
var<workgroup> list: array<vec2<u32>, CAPACITY>;
var<workgroup> n_listed: atomic<u32>;
var<workgroup> lowest: vec2<u32>;

fn stands_before(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.x > b.x || (a.x == b.x && a.y < b.y);
}

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(local_invocation_index) lid: u32) {
    let n = candidates[0].x;
    let k = request.k;
    bests[lid] = NOTHING;
    for (var share = 0u; share == 0u || share < n; share += SHARE) {
        workgroupBarrier();
        // What is known so far stays in the list.
        if (lid < k) {
            list[lid] = bests[lid];
        }
        if (lid == 0u) {
            atomicStore(&n_listed, k);
            lowest = bests[k - 1u];
        }
        let first = 1u + share + lid;
        let end = 1u + min(share + SHARE, n);
        // A few fit in any case.
        if (n - share > 512u) {
            workgroupBarrier();
            var best = NOTHING;
            for (var at = first; at < end; at += WG_SIZE) {
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
            if (place == k - 1u && stands_before(best, lowest)) {
                lowest = best;
            }
        }
        workgroupBarrier();
        for (var at = first; at < end; at += WG_SIZE) {
            let candidate = candidates[at];
            if (!stands_before(lowest, candidate)) {
                list[atomicAdd(&n_listed, 1u)] = candidate;
            }
        }
        bests[lid] = NOTHING;
        workgroupBarrier();
        let n_candidates = atomicLoad(&n_listed);
        for (var at = lid; at < n_candidates; at += WG_SIZE) {
            let candidate = list[at];
            var place = 0u;
            for (var other = 0u; other < n_candidates; other++) {
                place += select(0u, 1u, stands_before(list[other], candidate));
            }
            // Places without an item are all the same: they stay as they are.
            if (place < k && candidate.x != NOTHING.x) {
                bests[place] = candidate;
            }
        }
    }
    workgroupBarrier();
    if (lid < k) {
        ranked[1u + lid] = bests[lid];
    }
    if (lid == 0u) {
        ranked[0] = vec2(k, 0u);
    }
}
