//! What a request takes, from the lists of items to the ranked ids: on the CPU, and on the GPU where there is one.
//!
//! `scan` is the CPU's answer, `f32` the same by the stages `score`, `mask` and `top_k`, which compute all logits.
//! `cargo bench` (a real GPU through Vulkan), or on the software one: `.make/run.sh vulkan cargo bench`, where only
//! ratios within one run mean anything.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pollster::block_on;
use sharp_distill::gpu::{Engine, Gpu};
use sharp_distill::hypergraph::Incidence;
use sharp_distill::ranking::mask_words;
use sharp_distill::student::{
    Head, HeadWeights, PreparedRequest, Request, Student, StudentConfig, StudentWeights, Workspace, cpu,
};

/// A small catalogue, that of Amazon CDs, and a large one.
const N_ITEMS: [usize; 3] = [3_500, 65_443, 1_000_000];
/// The GPU's engine is timed up to this.
const MOST_ON_GPU: usize = 100_000;
const EMB_DIM: usize = 64;
const HIDDEN_DIM: usize = 64;

/// Nothing is learned, but the numbers are spread as learned ones are, bell-shaped: on that depends how many items the
/// scan looks at twice.
fn model(n_items: usize, head: Head) -> (StudentConfig, StudentWeights, Incidence) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let mut vector = |len: usize, scale: f32| -> Vec<f32> {
        // The sum of six has variance 1/2.
        let mut bell = || (0..6).map(|_| uniform()).sum::<f32>() - 3.0;
        (0..len).map(|_| bell() * scale * std::f32::consts::SQRT_2).collect()
    };
    let n_users = 64;
    let config =
        StudentConfig { n_users, n_items, emb_dim: EMB_DIM, hidden_dim: HIDDEN_DIM, head, dislike_weight: 0.25 };
    let weights = StudentWeights {
        features: vector((n_users + n_items) * EMB_DIM, 1.0),
        weight: vector(EMB_DIM * EMB_DIM, 0.125),
        head: HeadWeights {
            user_weight: vector(HIDDEN_DIM * EMB_DIM, 0.125),
            item_weight: vector(HIDDEN_DIM * EMB_DIM, 0.125),
            hidden_bias: vector(HIDDEN_DIM, 0.1),
            output_weight: vector(HIDDEN_DIM, 0.3),
            output_bias: 0.5,
        },
    };
    let memberships = (0..n_items as u32).map(|item_idx| (item_idx % n_users as u32, item_idx));
    let incidence = Incidence::from_memberships(n_users, n_items, memberships).expect("indices are in range");
    (config, weights, incidence)
}

fn request() -> Request {
    Request { liked: (0..10).map(|at| at * 97).collect(), disliked: vec![5, 6], hidden: vec![7], k: 10 }
}

fn requests(criterion: &mut Criterion) {
    let gpu = block_on(Gpu::request());
    match &gpu {
        Ok(gpu) => println!("GPU: {}, software: {}", gpu.adapter(), gpu.adapter().is_software),
        Err(error) => println!("CPU only: {error}"),
    }
    let mut group = criterion.benchmark_group("request");
    group.measurement_time(Duration::from_secs(3));
    group.sample_size(30);
    for (n_items, head) in N_ITEMS.into_iter().flat_map(|n_items| [(n_items, Head::Mlp), (n_items, Head::Hybrid)]) {
        let name = format!("{n_items}/{head:?}").to_lowercase();
        let (config, weights, incidence) = model(n_items, head);
        let student = Student::new(config, &weights, &incidence);
        let (request, mut workspace) = (request(), Workspace::default());
        student.sketch();
        group.bench_function(BenchmarkId::new("scan", &name), |bencher| {
            bencher.iter(|| student.recommend(black_box(&request), &mut workspace).map(<[_]>::len));
        });
        println!("{name}: {} of {n_items} logits computed", workspace.n_rescored());
        let seen_items = [&request.liked[..], &request.disliked, &request.hidden].concat();
        let (mut seen_mask, mut ranked) = (vec![0; mask_words(n_items)], Vec::new());
        group.bench_function(BenchmarkId::new("f32", &name), |bencher| {
            bencher.iter(|| {
                let logits = student.logits(black_box(&request), &mut workspace).expect("a valid request");
                cpu::mask(&seen_items, &mut seen_mask);
                cpu::top_k(logits, &seen_mask, request.k, &mut ranked);
                ranked.len()
            });
        });
        let (Ok(gpu), true) = (&gpu, n_items <= MOST_ON_GPU) else { continue };
        let engine = match block_on(Engine::new(gpu.clone(), &student, &weights)) {
            Ok(engine) => engine,
            Err(error) => {
                println!("{name} on the CPU only: {error}");
                continue;
            }
        };
        let mut prepared = PreparedRequest::default();
        group.bench_function(BenchmarkId::new("gpu", &name), |bencher| {
            bencher.iter(|| {
                prepared.refill(student.config(), black_box(&request)).expect("a valid request");
                block_on(engine.recommend(&student, &prepared)).expect("an answer").len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, requests);
criterion_main!(benches);
