// Put before score: four neighbouring items' numbers as they are stored, 8 bits each, with a scale for each item.

alias Four = u32;

const HAS_SCALES: bool = true;

fn expand(stored: Four, scales: vec4<f32>) -> vec4<f32> {
    return scales * unpack4x8snorm(stored);
}
