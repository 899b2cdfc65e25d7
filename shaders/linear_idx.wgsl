// Put before every shader: the index of an invocation.

// A dispatch of more than 65,535 workgroups takes two axes (Rust: gpu::workgroups).
fn linear_idx(gid: vec3<u32>, n_wgs: vec3<u32>, wg_size: u32) -> u32 {
    return gid.y * n_wgs.x * wg_size + gid.x;
}
