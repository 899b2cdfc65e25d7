//! Runs a shader alone, on the numbers of a test.

use std::cell::RefCell;
use std::collections::HashMap;

use sharp_distill::gpu::{Access, Gpu, MAX_WIDTH, Pipeline, SHADERS, ShaderRow, pad_matrix};

/// A device, and the shaders that were compiled for it.
pub(crate) struct Bench {
    pub(crate) gpu: Gpu,
    pipelines: RefCell<HashMap<&'static str, Pipeline>>,
}

pub(crate) fn gpu() -> Bench {
    let gpu = pollster::block_on(Gpu::request());
    let gpu = gpu.expect("these tests need a Vulkan adapter: .make/run.sh vulkan cargo test");
    Bench { gpu, pipelines: RefCell::default() }
}

/// How much of the GPU a stage takes.
pub(crate) enum Work {
    Threads(usize),
    Groups(usize),
}

/// Runs one shader and returns the bytes of its last binding.
pub(crate) fn run(bench: &Bench, name: &'static str, contents: &[Vec<u8>], work: Work) -> Vec<u8> {
    let row = SHADERS.into_iter().find(|row| row.name == name).expect("a row of this name");
    run_row(bench, name, row, contents, work)
}

/// The same for a row of its own; `key` tells compiled shaders apart.
pub(crate) fn run_row<S>(
    bench: &Bench,
    key: &'static str,
    row: ShaderRow<S>,
    contents: &[Vec<u8>],
    work: Work,
) -> Vec<u8> {
    let gpu = &bench.gpu;
    let outcome = pollster::block_on(gpu.validated(|| {
        let (device, queue) = (gpu.device(), gpu.queue());
        let mut pipelines = bench.pipelines.borrow_mut();
        let pipeline = pipelines.entry(key).or_insert_with(|| Pipeline::new(device, &row));
        let buffers: Vec<_> = row
            .bindings
            .iter()
            .zip(contents)
            .map(|((label, access), bytes)| {
                let kind = match access {
                    Access::Dims | Access::TeacherDims | Access::Request | Access::Chunk | Access::Visitor => {
                        wgpu::BufferUsages::UNIFORM
                    }
                    Access::Read | Access::ReadBlocks | Access::Write => wgpu::BufferUsages::STORAGE,
                };
                let buffer = device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some(label),
                    size: (bytes.len() as u64).max(match access {
                        Access::Visitor => 4 * MAX_WIDTH as u64,
                        Access::ReadBlocks => 64,
                        _ => 16,
                    }),
                    usage: kind | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
                    mapped_at_creation: false,
                });
                queue.write_buffer(&buffer, 0, bytes);
                buffer
            })
            .collect();
        let bind_group = pipeline.bind(device, &buffers.iter().collect::<Vec<_>>());
        let result = buffers.last().expect("a result");
        let readback = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: result.size(),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            match work {
                Work::Threads(n) => pipeline.dispatch(&mut pass, &bind_group, n as u64),
                Work::Groups(n) => pipeline.dispatch_groups(&mut pass, &bind_group, n as u32),
            }
        }
        encoder.copy_buffer_to_buffer(result, 0, &readback, 0, result.size());
        queue.submit([encoder.finish()]);
        readback.map_async(wgpu::MapMode::Read, .., |mapped| mapped.expect("the result can be read"));
        device.poll(wgpu::PollType::wait_indefinitely()).expect("the work ends");
        let n_bytes = contents.last().expect("a result").len();
        Ok(readback.get_mapped_range(..).expect("the result is mapped")[..n_bytes].to_vec())
    }));
    outcome.unwrap_or_else(|error| panic!("{key}: {error}"))
}

pub(crate) fn bytes<T: bytemuck::NoUninit>(values: &[T]) -> Vec<u8> {
    bytemuck::cast_slice(values).to_vec()
}

pub(crate) fn numbers<T: bytemuck::AnyBitPattern>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
}

/// A matrix as the shaders see it, and a result of which nothing may be left unwritten.
pub(crate) fn padded(values: &[f32], dim: usize, n_rows: usize) -> Vec<u8> {
    bytes(&pad_matrix(values, dim, n_rows))
}

pub(crate) fn unwritten(dim: usize, n_rows: usize) -> Vec<u8> {
    bytes(&vec![f32::NAN; n_rows * 4 * dim.div_ceil(4)])
}

/// Rows without their padding, which must be zero: the next stage counts on it.
pub(crate) fn unpadded(stage: &str, result: &[u8], dim: usize) -> Vec<f32> {
    let values: Vec<f32> = numbers(result);
    if dim == 0 {
        return Vec::new();
    }
    let rows = values.chunks_exact(4 * dim.div_ceil(4));
    rows.flat_map(|row| {
        assert!(row[dim..].iter().all(|&value| value == 0.0), "{stage}: padding {:?}", &row[dim..]);
        row[..dim].to_vec()
    })
    .collect()
}

/// Sums in another order differ by rounding: a few units in the last place of the largest term.
#[allow(clippy::neg_cmp_op_on_partial_ord, reason = "negated so that NaN fails")]
pub(crate) fn assert_close(stage: &str, case: &str, actual: &[f32], expected: &[f32]) {
    assert_eq!(actual.len(), expected.len(), "{stage}, {case}: how many numbers");
    let worst = actual.iter().zip(expected).map(|(actual, expected)| (actual - expected).abs()).fold(0.0, f32::max);
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let (difference, tolerance) = ((actual - expected).abs(), 1e-5 + 1e-5 * expected.abs());
        if !(difference <= tolerance) {
            panic!("{stage}, {case}: index {index} is {actual} on the GPU, {expected} on the CPU; worst error {worst}");
        }
    }
}
