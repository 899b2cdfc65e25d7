// Put before top_k_best and top_k, which bind dims, logits (four items' bits at a time) and seen_mask.

// A key for each of four neighbouring items, of the same order as their logits; 0 for no item, a seen one or a NaN.
fn keys_of(four_items: u32) -> vec4<u32> {
    let bits = logits[four_items];
    let lanes = vec4(0u, 1u, 2u, 3u);
    let seen = (vec4(seen_mask[four_items / 8u]) >> (4u * (four_items % 8u) + lanes)) & vec4(1u);
    let is_nan = (bits & vec4(0x7fffffffu)) > vec4(0x7f800000u);
    let is_past = 4u * four_items + lanes >= vec4(dims.n_items);
    // Integers, so that no comparison of floats is left for a compiler to assume NaN away; -0 counts as 0.
    let number = select(bits, vec4<u32>(), bits == vec4(0x80000000u));
    let keys = select(number | vec4(0x80000000u), ~number, (number & vec4(0x80000000u)) != vec4<u32>());
    return select(keys, vec4<u32>(), is_nan | is_past | (seen != vec4<u32>()));
}
