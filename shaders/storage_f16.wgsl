// Put before score: four neighbouring items' numbers as they are stored, 16 bits each. No adapter needs f16 for this.

alias Four = vec2<u32>;

const HAS_SCALES: bool = false;

fn expand(stored: Four, scales: vec4<f32>) -> vec4<f32> {
    return vec4(unpack2x16float(stored.x), unpack2x16float(stored.y));
}
