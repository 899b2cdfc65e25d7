// Put before top_k and top_k_merge: the order of src/ranking.rs (score descending, then index ascending; a NaN is never
// ranked) and a workgroup's list of candidates. An item is offered when it stands before the k-th best that was known
// at the last sort; when the list may overflow, it is sorted and cut to k. The result does not depend on the order in
// which invocations offer: the order is total.

const WG_SIZE: u32 = 256u;
const CAPACITY: u32 = 512u; // twice WG_SIZE: an invocation compares one pair in each step of the sort

// (key, item_idx). No number has key 0; places without an item do.
const NOTHING = vec2(0u, 0xffffffffu);

var<workgroup> list: array<vec2<u32>, CAPACITY>;
var<workgroup> n_offered: atomic<u32>;
var<workgroup> n_held: u32;
var<workgroup> kth_best: vec2<u32>;

// The bits of a float as an integer of the same order, so that no comparison of floats is left for a compiler to
// assume NaN away; -0 counts as 0.
fn order_key(bits: u32) -> u32 {
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return NOTHING.x;
    }
    let number = select(bits, 0u, bits == 0x80000000u);
    return select(number | 0x80000000u, ~number, (number & 0x80000000u) != 0u);
}

fn bits_of(key: u32) -> u32 {
    return select(~key, key & 0x7fffffffu, (key & 0x80000000u) != 0u);
}

fn stands_before(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.x > b.x || (a.x == b.x && a.y < b.y);
}

fn start(lid: u32) {
    if (lid == 0u) {
        atomicStore(&n_offered, 0u);
        kth_best = NOTHING;
    }
    workgroupBarrier();
}

fn offer(candidate: vec2<u32>) {
    if (candidate.x != NOTHING.x && stands_before(candidate, kth_best)) {
        list[atomicAdd(&n_offered, 1u)] = candidate;
    }
}

// Sorts the list and cuts it to k, unless more is to come and fits. Call it in one place: drivers copy it into each.
fn settle(lid: u32, k: u32, is_last: bool) {
    workgroupBarrier();
    if (lid == 0u) {
        n_held = atomicLoad(&n_offered);
    }
    let n = workgroupUniformLoad(&n_held);
    if (n == 0u || (!is_last && n + WG_SIZE <= CAPACITY)) {
        return;
    }
    // Bitonic sort over the next power of two.
    let size = 1u << (32u - countLeadingZeros(n - 1u));
    if (n + lid < size) {
        list[n + lid] = NOTHING;
    }
    for (var width = 2u; width <= size; width *= 2u) {
        for (var stride = width / 2u; stride > 0u; stride /= 2u) {
            workgroupBarrier();
            if (lid < size / 2u) {
                let at = 2u * lid - (lid % stride);
                let a = list[at];
                let b = list[at + stride];
                if (stands_before(b, a) == ((at & width) == 0u)) {
                    list[at] = b;
                    list[at + stride] = a;
                }
            }
        }
    }
    workgroupBarrier();
    if (lid == 0u) {
        n_held = min(n, k);
        atomicStore(&n_offered, n_held);
        if (n >= k) {
            kth_best = list[k - 1u];
        }
    }
    workgroupBarrier();
}
