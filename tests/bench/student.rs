//! What a request takes, from the lists of items to the ranked ids: on the CPU, and on the GPU where there is one.
//!
//! `cargo bench` (a real GPU through Vulkan), or on the software one: `.make/run.sh vulkan cargo bench`, where only
//! ratios within one run mean anything.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pollster::block_on;
use sharp_distill::gpu::{Engine, Gpu};
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::{
    Head, HeadWeights, PreparedRequest, Request, Student, StudentConfig, StudentWeights, Workspace,
};

/// The demo's catalogue and that of Amazon CDs.
const N_ITEMS: [usize; 2] = [2_398, 65_443];
const EMB_DIM: usize = 64;
const HIDDEN_DIM: usize = 64;

/// Numbers of the right size; nothing is learned, a request takes as long.
fn model(n_items: usize) -> (StudentConfig, StudentWeights, Incidence) {
    let mut state = 1u32;
    let mut vector = |len: usize| -> Vec<f32> {
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    };
    let (n_users, head) = (64, Head::Hybrid);
    let config =
        StudentConfig { n_users, n_items, emb_dim: EMB_DIM, hidden_dim: HIDDEN_DIM, head, dislike_weight: 0.25 };
    let weights = StudentWeights {
        features: vector((n_users + n_items) * EMB_DIM),
        weight: vector(EMB_DIM * EMB_DIM),
        head: HeadWeights {
            user_weight: vector(HIDDEN_DIM * EMB_DIM),
            item_weight: vector(HIDDEN_DIM * EMB_DIM),
            hidden_bias: vector(HIDDEN_DIM),
            output_weight: vector(HIDDEN_DIM),
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
    for n_items in N_ITEMS {
        let (config, weights, incidence) = model(n_items);
        let student = Student::new(config, &weights, &incidence);
        let (request, mut workspace) = (request(), Workspace::default());
        group.bench_function(BenchmarkId::new("cpu", n_items), |bencher| {
            bencher.iter(|| student.recommend(black_box(&request), &mut workspace).map(<[_]>::len));
        });
        let Ok(gpu) = &gpu else { continue };
        let engine = match block_on(Engine::new(gpu.clone(), &student, &weights)) {
            Ok(engine) => engine,
            Err(error) => {
                println!("{n_items} items on the CPU only: {error}");
                continue;
            }
        };
        let mut prepared = PreparedRequest::default();
        group.bench_function(BenchmarkId::new("gpu", n_items), |bencher| {
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
