// Put before score: four numbers of each of four neighbouring items as they are stored, 16 bits each. No adapter needs
// f16 for this.

struct Sixteen {
    low: vec4<u32>,
    high: vec4<u32>,
}

const HAS_SCALES: bool = false;

fn four(pair: vec2<u32>) -> vec4<f32> {
    return vec4(unpack2x16float(pair.x), unpack2x16float(pair.y));
}

fn expand(stored: Sixteen, scales: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(four(stored.low.xy), four(stored.low.zw), four(stored.high.xy), four(stored.high.zw));
}
