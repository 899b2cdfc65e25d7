// item_blocks: the items' rows laid out as score reads them, four columns of four items side by side. On load, for C and
// for z; one invocation a vec4 of the result.
//
//   rows [n_items, n_columns]; blocks [n_blocks, n_columns / 4, LANES, 4] where a block is 4 * LANES items; zero past the
//   last item

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
    let lane = idx / 4u % LANES;
    let column = idx / (4u * LANES) % (n_columns / 4u) * 4u + idx % 4u;
    let item_idx = 4u * (idx / (LANES * n_columns) * LANES + lane);
    var four = vec4<f32>();
    for (var item = 0u; item < 4u; item++) {
        if (item_idx + item < shape.n_items) {
            four[item] = rows[(item_idx + item) * n_columns + column];
        }
    }
    blocks[idx] = four;
}
