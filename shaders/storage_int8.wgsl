// Put before score: four numbers of each of four neighbouring items as they are stored, 8 bits each, with a scale for each
// item.

alias Sixteen = vec4<u32>;

const HAS_SCALES: bool = true;

fn expand(stored: Sixteen, scales: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(
        scales * unpack4x8snorm(stored.x),
        scales * unpack4x8snorm(stored.y),
        scales * unpack4x8snorm(stored.z),
        scales * unpack4x8snorm(stored.w),
    );
}
