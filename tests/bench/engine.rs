//! What a request takes on the GPU, stage by stage, beside the least it could take: the bytes of the items' tables over
//! the bandwidth of the adapter, measured in the same run.
//!
//! `cargo bench --bench engine` (a real GPU through Vulkan), or on the software one: `.make/run.sh vulkan cargo bench
//! --bench engine`, where only ratios within one run mean anything. `N_ITEMS=3500,65443` chooses the sizes.

mod common;

use std::time::{Duration, Instant};

use common::{Made, model, request, sizes};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pollster::block_on;
use sharp_distill::gpu::{Engine, Gpu, Storage};
use sharp_distill::ranking::Ranked;
use sharp_distill::student::{Head, PreparedRequest, Request, Student, Workspace};

fn requests(criterion: &mut Criterion) {
    let gpu = block_on(Gpu::request()).expect("an adapter: .make/run.sh vulkan cargo bench --bench engine");
    // What WebGPU promises everywhere: larger tables are cut into chunks.
    let gpu = gpu.with_binding_limit(128 << 20);
    let bandwidth = bandwidth(&gpu);
    println!("{}, software: {}; reads {:.1} GB/s", gpu.adapter(), gpu.adapter().is_software, bandwidth / 1e9);
    let mut group = criterion.benchmark_group("gpu");
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3)).sample_size(20);
    for n_items in sizes() {
        let Made { student, weights } = model(n_items, Head::Mlp);
        for storage in Storage::ALL {
            let engine = match block_on(Engine::with_storage(gpu.clone(), &student, &weights, storage)) {
                Ok(engine) => engine,
                Err(error) => {
                    println!("{n_items} items in {storage}: {error}");
                    continue;
                }
            };
            let mut prepared = PreparedRequest::default();
            prepared.refill(student.config(), &request()).expect("a valid request");
            group.bench_function(BenchmarkId::new(storage.name(), n_items), |bencher| {
                bencher.iter(|| block_on(engine.recommend(&student, &prepared)).expect("an answer").len());
            });
            let floor = 1e3 * engine.score_bytes() as f64 / bandwidth;
            println!("  {} chunks; reading the tables once takes {floor:.3} ms at that bandwidth", engine.n_chunks());
            if storage != Storage::F32 {
                overlap(&engine, &student);
            }
            match block_on(engine.stage_times(&prepared)).expect("the device is well") {
                Some(times) => {
                    let of = |time: &sharp_distill::gpu::StageTime| {
                        format!("{} {:.3}", time.stage.name(), time.milliseconds)
                    };
                    println!("  by the GPU's clock, in ms: {}", times.iter().map(of).collect::<Vec<_>>().join(", "));
                }
                None => println!("  the adapter has no time stamps"),
            }
        }
    }
    group.finish();
}

/// How many of the ten best the rounded tables find, alone and once the CPU twin has put a few more into exact order.
fn overlap(engine: &Engine, student: &Student) {
    const N_REQUESTS: u32 = 25;
    let n_items = student.config().n_items as u32;
    let (mut n_raw, mut n_same) = (0, 0);
    let (mut workspace, mut prepared) = (Workspace::default(), PreparedRequest::default());
    for seed in 0..N_REQUESTS {
        // Strides of primes: eight different items.
        let liked = (0..8).map(|at| (at * 7919 + seed * 104_729) % n_items).collect();
        let request = Request { liked, k: 10, ..Request::default() };
        prepared.refill(student.config(), &request).expect("a valid request");
        let items = |ranked: &[Ranked]| ranked.iter().map(|place| place.item_idx).collect::<Vec<_>>();
        let exact = items(student.recommend(&request, &mut workspace).expect("a valid request"));
        let raw = block_on(engine.submit(&prepared).expect("room for one").ranked()).expect("an answer");
        let settled = items(&block_on(engine.recommend(student, &prepared)).expect("an answer"));
        n_raw += items(&raw[..10]).iter().filter(|item_idx| exact.contains(item_idx)).count();
        n_same += u32::from(settled == exact);
    }
    let share = n_raw as f64 / f64::from(10 * N_REQUESTS);
    println!("  {share:.3} of the ten best as rounded; settled, {n_same} of {N_REQUESTS} lists are the same");
}

/// Bytes that the adapter reads in a second: the best of several passes over a large buffer, by wall clock.
fn bandwidth(gpu: &Gpu) -> f64 {
    const SHADER: &str = "
        @group(0) @binding(0) var<storage, read> numbers: array<vec4<u32>>;
        @group(0) @binding(1) var<storage, read_write> sums: array<u32>;
        @compute @workgroup_size(64)
        fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(workgroup_id) wid: vec3<u32>) {
            // 64 KiB a workgroup, as `score` reads a block of items.
            var at = wid.x * 4096u + gid.x % 64u;
            var sum = vec4<u32>();
            for (var part = 0u; part < 16u; part++) {
                sum += numbers[at] + numbers[at + 64u] + numbers[at + 128u] + numbers[at + 192u];
                at += 256u;
            }
            // Kept, so that no compiler leaves the reading out.
            sums[gid.x] = sum.x + sum.y + sum.z + sum.w;
        }";
    let n_groups = (gpu.binding_limit().min(128 << 20) / (64 << 10)) as u32;
    let n_bytes = u64::from(n_groups) * (64 << 10);
    let device = gpu.device();
    let buffer = |size| {
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
        device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
    };
    let (numbers, sums) = (buffer(n_bytes), buffer(u64::from(n_groups) * 64 * 4));
    let source = wgpu::ShaderSource::Wgsl(SHADER.into());
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: None,
        module: &module,
        entry_point: None,
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[
            wgpu::BindGroupEntry { binding: 0, resource: numbers.as_entire_binding() },
            wgpu::BindGroupEntry { binding: 1, resource: sums.as_entire_binding() },
        ],
    });
    let pass = || {
        let began = Instant::now();
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &bind_group, &[]);
            pass.dispatch_workgroups(n_groups, 1, 1);
        }
        gpu.queue().submit([encoder.finish()]);
        device.poll(wgpu::PollType::wait_indefinitely()).expect("the work ends");
        began.elapsed().as_secs_f64()
    };
    let best = (0..10).map(|_| pass()).fold(f64::INFINITY, f64::min);
    n_bytes as f64 / best
}

criterion_group!(benches, requests);
criterion_main!(benches);
