//! One training step of LightGCN, timed; `lightgcn_gowalla.py` beside it is the same step in PyTorch.
//!
//! `cargo bench -p native-trainer --bench lightgcn_epoch -- --train TRAIN --steps 20`, where TRAIN has lines
//! `user item item ...`, plain or gzipped. Without it, a random graph of Gowalla's shape is made, which takes as long.
//! The settings are the paper's (He et al., SIGIR 2020): 3 layers, 64 dimensions, Adam at 1e-3, BPR, batches of 2048,
//! L2 1e-4 on the embeddings of the batch. Prints one line of JSON for each way to write the layers: `layers`
//! is `matmul` twice and `matmul_rows` for the last, `polynomial` is one operation; `--layers NAME` times one of them.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use candle_core::{Device, Tensor, Var};
use native_trainer::optimizer::Adam;
use native_trainer::rng;
use native_trainer::sparse::{Pattern, SparseMatrix};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

#[path = "power_law.rs"]
mod power_law;

const DIM: usize = 64;
const BATCH_SIZE: usize = 2048;
const L2: f64 = 1e-4;
const LEARNING_RATE: f64 = 1e-3;
const COEFFICIENTS: [f32; 4] = [0.25; 4];

fn read_pairs(path: &str) -> Result<Vec<(u32, u32)>> {
    let file = std::fs::File::open(path).with_context(|| path.to_owned())?;
    let mut text = String::new();
    if path.ends_with(".gz") {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    } else {
        std::io::BufReader::new(file).read_to_string(&mut text)?;
    }
    let mut pairs = Vec::new();
    for line in text.lines() {
        let mut ids = line.split_whitespace().map(str::parse::<u32>);
        let Some(user) = ids.next().transpose()? else { continue };
        for item in ids {
            pairs.push((user, item?));
        }
    }
    Ok(pairs)
}

/// `D^-1/2 A D^-1/2` of the bipartite graph, users first.
fn adjacency(pairs: &[(u32, u32)], n_users: u32, n_nodes: usize) -> SparseMatrix {
    let mut neighbours = vec![Vec::new(); n_nodes];
    for &(user, item) in pairs {
        neighbours[user as usize].push(n_users + item);
        neighbours[(n_users + item) as usize].push(user);
    }
    let scale: Vec<f32> = neighbours.iter().map(|list| (list.len().max(1) as f32).sqrt().recip()).collect();
    let mut offsets = vec![0];
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for (row, list) in neighbours.iter().enumerate() {
        columns.extend_from_slice(list);
        values.extend(list.iter().map(|&column| scale[row] * scale[column as usize]));
        offsets.push(columns.len() as u32);
    }
    SparseMatrix::new(Arc::new(Pattern::new(n_nodes, offsets, columns)), values)
}

struct Model {
    pairs: Vec<(u32, u32)>,
    n_users: u32,
    n_items: u32,
    matrix: SparseMatrix,
    embeddings: Var,
    optimizer: Adam,
    rng: ChaCha8Rng,
}

impl Model {
    fn new(pairs: Vec<(u32, u32)>) -> Result<Self> {
        let n_users = pairs.iter().map(|pair| pair.0 + 1).max().unwrap_or(0);
        let n_items = pairs.iter().map(|pair| pair.1 + 1).max().unwrap_or(0);
        let n_nodes = (n_users + n_items) as usize;
        let start = rng::normals(&mut rng::stream(7, "embeddings"), n_nodes * DIM, 0.1);
        let embeddings = Var::from_vec(start, (n_nodes, DIM), &Device::Cpu)?;
        Ok(Self {
            matrix: adjacency(&pairs, n_users, n_nodes),
            optimizer: Adam::new(vec![embeddings.clone()], LEARNING_RATE)?,
            rng: rng::stream(7, "batches"),
            pairs,
            n_users,
            n_items,
            embeddings,
        })
    }

    /// The mean of all layers at some nodes.
    fn nodes(&self, rows: &[u32], polynomial: bool) -> candle_core::Result<Tensor> {
        if polynomial {
            return self.matrix.polynomial(&self.embeddings, &COEFFICIENTS, Some(rows));
        }
        let idx = Tensor::new(rows, &Device::Cpu)?;
        let first = self.matrix.matmul(&self.embeddings)?;
        let second = self.matrix.matmul(&first)?;
        let third = self.matrix.matmul_rows(&second, rows)?;
        let lower = (self.embeddings.index_select(&idx, 0)? + first.index_select(&idx, 0)?)?;
        (lower + second.index_select(&idx, 0)? + third)? * 0.25
    }

    fn step(&mut self, polynomial: bool) -> candle_core::Result<f32> {
        let (mut place_of, mut rows) = (vec![u32::MAX; (self.n_users + self.n_items) as usize], Vec::new());
        let mut place = |node: u32| {
            let place = &mut place_of[node as usize];
            if *place == u32::MAX {
                *place = rows.len() as u32;
                rows.push(node);
            }
            *place
        };
        let mut triples = [const { Vec::new() }; 3];
        for _ in 0..BATCH_SIZE {
            let (user, positive) = self.pairs[self.rng.random_range(0..self.pairs.len() as u64) as usize];
            let negative = self.rng.random_range(0..self.n_items);
            for (list, node) in triples.iter_mut().zip([user, self.n_users + positive, self.n_users + negative]) {
                list.push(place(node));
            }
        }
        let [user, positive, negative] = triples.map(|list| Tensor::new(list, &Device::Cpu));
        let (user, positive, negative) = (user?, positive?, negative?);
        let nodes = self.nodes(&rows, polynomial)?;
        let pick = |places: &Tensor| nodes.index_select(places, 0);
        let difference = (pick(&user)? * (pick(&positive)? - pick(&negative)?)?)?.sum(1)?;
        // softplus(-x) = relu(-x) + ln(1 + exp(-|x|))
        let loss = (difference.neg()?.relu()? + (difference.abs()?.neg()?.exp()? + 1.0)?.log()?)?.mean_all()?;
        let ego = self.embeddings.index_select(&Tensor::new(rows, &Device::Cpu)?, 0)?;
        let mut ego_size = Vec::new();
        for places in [&user, &positive, &negative] {
            ego_size.push(ego.index_select(places, 0)?.sqr()?.sum_all()?);
        }
        let loss = (loss + (Tensor::stack(&ego_size, 0)?.sum_all()? * (L2 / 2.0 / BATCH_SIZE as f64))?)?;
        let gradients = loss.backward()?;
        self.optimizer.step(&gradients)?;
        loss.to_scalar()
    }
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let value = |flag: &str| args.iter().position(|arg| arg == flag).and_then(|at| args.get(at + 1));
    let n_steps: usize = value("--steps").map_or(Ok(10), |steps| steps.parse())?;
    let train = value("--train");
    let pairs = match train {
        Some(path) => read_pairs(path)?,
        None => power_law::pairs(29_858, 40_981, 810_128),
    };
    for (name, polynomial) in [("layers", false), ("polynomial", true)] {
        if value("--layers").is_some_and(|only| only != name) {
            continue;
        }
        let mut model = Model::new(pairs.clone())?;
        let (mut seconds, mut loss) = (Vec::new(), f32::NAN);
        for at in 0..n_steps + 3 {
            let began = Instant::now();
            loss = model.step(polynomial)?;
            // The first three warm up.
            if at >= 3 {
                seconds.push(began.elapsed().as_secs_f64());
            }
        }
        seconds.sort_by(f64::total_cmp);
        let report = serde_json::json!({
            "engine": "sharp-distill",
            "layers": name,
            "data": train.map_or("random", |_| "file"),
            "seconds_per_step": seconds[seconds.len() / 2],
            "seconds_per_step_min": seconds[0],
            "steps_per_epoch": model.pairs.len().div_ceil(BATCH_SIZE),
            "steps": n_steps,
            "threads": rayon::current_num_threads(),
            "loss": loss,
        });
        println!("{report}");
    }
    Ok(())
}
