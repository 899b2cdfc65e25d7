// novelty: s_i = s_i - novelty p_i, what is well known loses. Only in requests with novelty; one invocation four neighbouring
// items.
//
//   popularity [n_items / 4], logits [n_items / 4]

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> request: RequestDims;
@group(0) @binding(2) var<storage, read> popularity: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> logits: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let four_items = linear_idx(gid, n_wgs, WG_SIZE);
    if (4u * four_items < dims.n_items) {
        logits[four_items] -= request.novelty * popularity[four_items];
    }
}
