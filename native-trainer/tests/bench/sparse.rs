//! A sparse product, forth and back, against what candle alone offers: `index_select` of one row an entry, then
//! `index_add`.
//!
//! `cargo bench -p native-trainer --bench sparse`. The graphs are random, with the shapes of two published sets.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use candle_core::{Device, Result, Tensor, Var};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use native_trainer::rng;
use native_trainer::sparse::{Pattern, SparseMatrix};

#[path = "power_law.rs"]
mod power_law;

const DIM: usize = 64;
/// Nodes of a batch of 2,048 triples, at most.
const N_ROWS: usize = 6_144;

/// Name, users, items, pairs: the training parts of MovieLens (this project's demo) and of Gowalla.
const SHAPES: [(&str, u32, u32, usize); 2] = [("movielens", 663, 2_398, 43_260), ("gowalla", 29_858, 40_981, 810_128)];

struct Case {
    matrix: SparseMatrix,
    /// Row, column and value of every entry, for candle.
    rows: Tensor,
    columns: Tensor,
    values: Tensor,
    n_users: usize,
    item_emb: Var,
    /// Users of a batch.
    batch: Vec<u32>,
}

impl Case {
    fn new(n_users: u32, n_items: u32, n_pairs: usize) -> Result<Self> {
        let pairs = power_law::pairs(n_users, n_items, n_pairs);
        let mut offsets = vec![0u32; n_users as usize + 1];
        pairs.iter().for_each(|&(user, _)| offsets[user as usize + 1] += 1);
        (0..n_users as usize).for_each(|user| offsets[user + 1] += offsets[user]);
        let values = rng::normals(&mut rng::stream(7, "values"), n_pairs, 1.0);
        let items: Vec<u32> = pairs.iter().map(|pair| pair.1).collect();
        let pattern = Arc::new(Pattern::new(n_items as usize, offsets, items.clone()));
        let xs = rng::normals(&mut rng::stream(7, "xs"), n_items as usize * DIM, 1.0);
        let mut users: Vec<u32> = (0..n_users).collect();
        rng::shuffle(&mut rng::stream(7, "batch"), &mut users);
        users.truncate(N_ROWS.min(n_users as usize / 4));
        Ok(Self {
            matrix: SparseMatrix::new(pattern, values.clone()),
            rows: Tensor::from_iter(pairs.iter().map(|pair| pair.0), &Device::Cpu)?,
            columns: Tensor::from_vec(items, n_pairs, &Device::Cpu)?,
            values: Tensor::from_vec(values, (n_pairs, 1), &Device::Cpu)?,
            n_users: n_users as usize,
            item_emb: Var::from_vec(xs, (n_items as usize, DIM), &Device::Cpu)?,
            batch: users,
        })
    }

    fn ours(&self) -> Result<Tensor> {
        self.matrix.matmul(&self.item_emb)
    }

    fn ours_for_a_batch(&self) -> Result<Tensor> {
        self.matrix.matmul_rows(&self.item_emb, &self.batch)
    }

    fn candles(&self) -> Result<Tensor> {
        let gathered = self.item_emb.index_select(&self.columns, 0)?.broadcast_mul(&self.values)?;
        self.item_emb
            .zeros_like()?
            .narrow(0, 0, 1)?
            .broadcast_as((self.n_users, DIM))?
            .contiguous()?
            .index_add(&self.rows, &gathered, 0)
    }

    fn candles_for_a_batch(&self) -> Result<Tensor> {
        self.candles()?.index_select(&Tensor::new(&self.batch[..], &Device::Cpu)?, 0)
    }

    fn step(&self, product: Result<Tensor>) -> Result<Tensor> {
        let gradients = product?.sum_all()?.backward()?;
        gradients.get(&self.item_emb).cloned().ok_or_else(|| candle_core::Error::msg("no gradient"))
    }
}

fn products(criterion: &mut Criterion) {
    for (name, n_users, n_items, n_pairs) in SHAPES {
        let case = Case::new(n_users, n_items, n_pairs).expect("a case");
        let mut group = criterion.benchmark_group("product_and_gradient");
        group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
        let mut time = |function: &str, product: &dyn Fn() -> Result<Tensor>| {
            group.bench_function(BenchmarkId::new(function, name), |bencher| {
                bencher.iter(|| black_box(case.step(product()).expect("a gradient")));
            });
        };
        time("sparse", &|| case.ours());
        time("index_select_index_add", &|| case.candles());
        time("sparse_rows_of_a_batch", &|| case.ours_for_a_batch());
        time("index_select_index_add_rows_of_a_batch", &|| case.candles_for_a_batch());
    }
}

criterion_group!(benches, products);
criterion_main!(benches);
