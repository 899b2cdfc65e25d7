//! What a request takes on the CPU, from the lists of items to the ranked ids.
//!
//! `scan` is the answer that visitors get, `f32` the same by the stages `score`, `mask` and `top_k`, which compute all
//! logits. `cargo bench --bench student`; `N_ITEMS=3500,65443` chooses the sizes.

mod common;

use std::hint::black_box;
use std::time::Duration;

use common::{Made, model, request, sizes};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sharp_distill::ranking::mask_words;
use sharp_distill::student::{Head, Workspace, cpu};

fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cpu");
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3)).sample_size(30);
    for (n_items, head) in sizes().into_iter().flat_map(|n_items| [(n_items, Head::Mlp), (n_items, Head::Hybrid)]) {
        let name = format!("{n_items}/{head:?}").to_lowercase();
        let Made { student, .. } = model(n_items, head);
        let (request, mut workspace) = (request(), Workspace::default());
        student.sketch();
        group.bench_function(BenchmarkId::new("scan", &name), |bencher| {
            bencher.iter(|| student.recommend(black_box(&request), &mut workspace).map(<[_]>::len));
        });
        println!("  {} of {n_items} logits computed in f32", workspace.n_rescored());
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
    }
    group.finish();
}

criterion_group!(benches, requests);
criterion_main!(benches);
