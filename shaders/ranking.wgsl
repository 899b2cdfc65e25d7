// Put before top_k and top_k_merge: the order of src/ranking.rs (score descending, then index ascending; a NaN is never
// ranked) and a workgroup's list of candidates. An item is offered when it stands before the k-th best that was known
// at the last sort; when the list may overflow, it is sorted and cut to k. The result does not depend on the order in
// which invocations offer: the order is total.

const WG_SIZE: u32 = 256u;
const CAPACITY: u32 = 1024u;

// No number has this key; places without an item do.
const NO_KEY: u32 = 0u;
const NO_ITEM: u32 = 0xffffffffu;

var<workgroup> keys: array<u32, CAPACITY>;
var<workgroup> items: array<u32, CAPACITY>;
var<workgroup> n_offered: atomic<u32>;
var<workgroup> n_held: u32;
var<workgroup> floor_key: u32;
var<workgroup> floor_item: u32;

// The bits of a float as an integer of the same order, so that no comparison of floats is left for a compiler to
// assume NaN away; -0 counts as 0.
fn order_key(bits: u32) -> u32 {
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return NO_KEY;
    }
    let number = select(bits, 0u, bits == 0x80000000u);
    return select(number | 0x80000000u, ~number, (number & 0x80000000u) != 0u);
}

fn bits_of(key: u32) -> u32 {
    return select(~key, key & 0x7fffffffu, (key & 0x80000000u) != 0u);
}

fn stands_before(key: u32, item_idx: u32, other_key: u32, other_item: u32) -> bool {
    return key > other_key || (key == other_key && item_idx < other_item);
}

fn start(lid: u32) {
    if (lid == 0u) {
        atomicStore(&n_offered, 0u);
        floor_key = NO_KEY;
        floor_item = NO_ITEM;
    }
    workgroupBarrier();
}

fn offer(key: u32, item_idx: u32) {
    if (key != NO_KEY && stands_before(key, item_idx, floor_key, floor_item)) {
        let place = atomicAdd(&n_offered, 1u);
        keys[place] = key;
        items[place] = item_idx;
    }
}

// Sorts the list and cuts it to k, unless `room` more candidates fit.
fn settle(lid: u32, k: u32, room: u32) {
    workgroupBarrier();
    if (lid == 0u) {
        n_held = atomicLoad(&n_offered);
    }
    let n = workgroupUniformLoad(&n_held);
    if (n == 0u || n + room <= CAPACITY) {
        return;
    }
    // Bitonic sort over the next power of two.
    let size = 1u << (32u - countLeadingZeros(n - 1u));
    for (var place = n + lid; place < size; place += WG_SIZE) {
        keys[place] = NO_KEY;
        items[place] = NO_ITEM;
    }
    for (var width = 2u; width <= size; width *= 2u) {
        for (var stride = width / 2u; stride > 0u; stride /= 2u) {
            workgroupBarrier();
            for (var pair = lid; pair < size / 2u; pair += WG_SIZE) {
                let a = 2u * pair - (pair % stride);
                let b = a + stride;
                let b_first = stands_before(keys[b], items[b], keys[a], items[a]);
                if (b_first == ((a & width) == 0u)) {
                    let key = keys[a];
                    let item_idx = items[a];
                    keys[a] = keys[b];
                    items[a] = items[b];
                    keys[b] = key;
                    items[b] = item_idx;
                }
            }
        }
    }
    workgroupBarrier();
    if (lid == 0u) {
        n_held = min(n, k);
        atomicStore(&n_offered, n_held);
        if (n >= k) {
            floor_key = keys[k - 1u];
            floor_item = items[k - 1u];
        }
    }
    workgroupBarrier();
}
