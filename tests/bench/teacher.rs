//! What the teacher takes on the CPU: `cargo bench --no-default-features --bench teacher`.

#![allow(missing_docs, reason = "a benchmark's functions are its own")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot start may panic")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use sharp_distill::bundle::{Bundle, ExplorerBundle};
use sharp_distill::teacher::{Teacher, WideChannel};

/// The demo's teacher: its wide channel, its deep ones over the whole hypergraph, and an answer from what is kept.
fn teacher(criterion: &mut Criterion) {
    let asset = |name: &str| std::fs::read(format!("{}/assets/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let model = Bundle::read(&asset("model.safetensors")).unwrap();
    let bytes = asset("explorer.safetensors");
    let explorer = ExplorerBundle::read(&bytes, &model).unwrap();
    let (config, weights) = explorer.teacher.unwrap();
    let incidence = &model.incidence;
    let mut group = criterion.benchmark_group("teacher");
    group.sample_size(10);
    group.bench_function("read the file", |bencher| bencher.iter(|| ExplorerBundle::read(&bytes, &model).unwrap()));
    group.bench_function("solve the wide channel", |bencher| {
        bencher.iter(|| WideChannel::new(black_box(incidence), config.wide_lambda).unwrap());
    });
    let wide = WideChannel::new(incidence, config.wide_lambda).unwrap();
    group.bench_function("run the deep channels", |bencher| {
        bencher.iter(|| Teacher::with_wide(config.clone(), weights.clone(), incidence, Some(wide.clone())));
    });
    let teacher = Teacher::with_wide(config.clone(), weights.clone(), incidence, Some(wide.clone()));
    group.bench_function("answer a user", |bencher| bencher.iter(|| teacher.logits(black_box(7))));
    group.bench_function("answer a visitor", |bencher| {
        let liked = incidence.hyperedges_of(7);
        bencher.iter(|| teacher.logits_of_visitor(black_box(liked)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, teacher);
criterion_main!(benches);
