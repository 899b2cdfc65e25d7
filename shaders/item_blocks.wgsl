// item_blocks: the items' rows laid out as score reads them, four items' numbers of a column side by side. On load, for
// C and for z; one invocation a vec4 of the result.
//
//   rows [n_items, n_columns], blocks [n_blocks, n_columns, LANES] where a block is 4 * LANES items; zero past the last item

@group(0) @binding(0) var<uniform> shape: Chunk;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read_write> blocks: array<vec4<f32>>;

const WG_SIZE: u32 = 64u;
const LANES: u32 = 64u;

@compute @workgroup_size(WG_SIZE)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) n_wgs: vec3<u32>) {
    let idx = linear_idx(gid, n_wgs, WG_SIZE);
    if (idx >= arrayLength(&blocks)) {
        return;
    }
    // The rows' columns are what the length of all rows leaves to each item.
    let n_columns = arrayLength(&rows) / max(shape.n_items, 1u);
    let item_idx = 4u * (idx / (LANES * n_columns) * LANES + idx % LANES);
    let column = idx / LANES % n_columns;
    var four = vec4<f32>();
    for (var lane = 0u; lane < 4u; lane++) {
        if (item_idx + lane < shape.n_items) {
            four[lane] = rows[(item_idx + lane) * n_columns + column];
        }
    }
    blocks[idx] = four;
}
