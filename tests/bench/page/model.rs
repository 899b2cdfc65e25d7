//! What `make bench-page` measures on: a model file for our engine, and the same numbers as bare tables for the others.
//!
//! `bench-page-model OUT SOURCE...`, where a source is a number of items (a seeded model of that size) or a model file.
//! Into `OUT/<name>/` go `model.safetensors`, `model.json` and little-endian `f32` tables.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

use sharp_distill::bundle::{Bundle, Provenance, round_to_f16};
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::{Head, HeadWeights, Student, StudentConfig, StudentWeights};

const EMB_DIM: usize = 64;
const HIDDEN_DIM: usize = 64;
const N_TASTES: usize = 48;
const N_SHELVES: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let out = arguments.next().ok_or("usage: bench-page-model OUT SOURCE...")?;
    for source in arguments {
        let (name, bundle) = match source.parse::<usize>() {
            Ok(n_items) => (source, seeded(n_items)?),
            Err(_) => ("demo".to_owned(), Bundle::read(&fs::read(&source)?)?),
        };
        write(&Path::new(&out).join(name), &bundle)?;
    }
    Ok(())
}

/// splitmix64: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// In [0, 1).
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Mean 0, standard deviation 1: four uniforms of 16 bits, summed.
    fn normal(&mut self) -> f32 {
        let bits = self.next();
        let sum: f32 = (0..4).map(|part| (bits >> (16 * part) & 0xFFFF) as f32 / 32_768.0 - 1.0).sum();
        sum * 0.75f32.sqrt()
    }

    fn normals(&mut self, len: usize, scale: f32) -> Vec<f32> {
        (0..len).map(|_| scale * self.normal()).collect()
    }
}

/// A model that looks like a trained one, as far as speed and rounding can tell: items gather in tastes, a few
/// directions carry most of the variance, popularity falls as a power of the rank.
fn seeded(n_items: usize) -> Result<Bundle, Box<dyn Error>> {
    let mut random = Random(42);
    let n_users = (n_items / 10).clamp(N_SHELVES, 400);
    let spectrum: Vec<f32> = (0..EMB_DIM).map(|dim| 0.3 * (1.0 + dim as f32).powf(-0.25)).collect();
    let tastes = random.normals(N_TASTES * EMB_DIM, 1.0);
    let mut features = Vec::with_capacity((n_users + n_items) * EMB_DIM);
    for _ in 0..n_users + n_items {
        let taste = random.below(N_TASTES) * EMB_DIM;
        features.extend((0..EMB_DIM).map(|dim| spectrum[dim] * (0.6 * tastes[taste + dim] + 0.8 * random.normal())));
    }
    round_to_f16(&mut features);
    // Near the identity: that is where training starts from.
    let mut weight = random.normals(EMB_DIM * EMB_DIM, 0.03);
    weight.iter_mut().step_by(EMB_DIM + 1).for_each(|diagonal| *diagonal += 1.0);
    let head = HeadWeights {
        user_weight: random.normals(HIDDEN_DIM * EMB_DIM, 0.2),
        item_weight: random.normals(HIDDEN_DIM * EMB_DIM, 0.2),
        hidden_bias: random.normals(HIDDEN_DIM, 0.05),
        output_weight: random.normals(HIDDEN_DIM, 0.3),
        output_bias: 0.1,
    };
    let mut memberships = BTreeSet::new();
    for user_idx in 0..n_users {
        let n_likes = 16 + 1_000 / (user_idx + 5);
        for _ in 0..n_likes {
            // Ranks by Zipf's law, scattered over the catalogue by a prime that divides none of its sizes.
            let rank = (n_items as f64).powf(random.uniform()) as usize - 1;
            memberships.insert((user_idx as u32, (rank * 7_919 % n_items) as u32));
        }
    }
    let config = StudentConfig {
        n_users,
        n_items,
        emb_dim: EMB_DIM,
        hidden_dim: HIDDEN_DIM,
        head: Head::Mlp,
        dislike_weight: 0.25,
    };
    Ok(Bundle {
        config,
        weights: StudentWeights { features, weight, head },
        incidence: Incidence::from_memberships(n_users, n_items, memberships)?,
        item_ids: (0..n_items).map(|item_idx| item_idx.to_string()).collect(),
        item_text: None,
        provenance: Provenance { data: "seeded numbers".to_owned(), seed: 42, ..Provenance::default() },
        golden: Vec::new(),
    })
}

/// A shelf of 8 to 12 items for each request: what one person likes, the first in a seeded order.
fn shelves(bundle: &Bundle) -> Vec<Vec<u32>> {
    let mut random = Random(7);
    let incidence = &bundle.incidence;
    let people = (0..incidence.n_nodes()).filter(|&user_idx| incidence.node_degree(user_idx) >= 12);
    let shelf = |(at, user_idx): (usize, usize)| {
        let mut items = incidence.hyperedges_of(user_idx).to_vec();
        for last in (1..items.len()).rev() {
            items.swap(last, random.below(last + 1));
        }
        items.truncate(8 + at % 5);
        items
    };
    people.take(N_SHELVES).enumerate().map(shelf).collect()
}

fn write(folder: &Path, bundle: &Bundle) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("model.safetensors"), bundle.to_bytes()?)?;
    let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
    let (config, head) = (student.config(), student.head());
    let item_emb = if config.head.has_dot() { student.item_emb() } else { &[] };
    let tables: [(&str, &[f32]); 6] = [
        ("item_hidden", student.item_hidden()),
        ("item_emb", item_emb),
        ("item_xw", student.item_xw()),
        ("item_inv_sqrt_degree", student.graph().item_inv_sqrt_degree()),
        ("user_weight", &head.user_weight),
        ("output_weight", &head.output_weight),
    ];
    for (name, values) in tables {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        fs::write(folder.join(format!("{name}.f32")), bytes)?;
    }
    fs::write(folder.join("ids.txt"), bundle.item_ids.join("\n"))?;
    let model = serde_json::json!({
        "nItems": config.n_items,
        "embDim": config.emb_dim,
        "hiddenDim": config.hidden_dim,
        "hasDot": config.head.has_dot(),
        "outputBias": head.output_bias,
        "shelves": shelves(bundle),
    });
    fs::write(folder.join("model.json"), model.to_string())?;
    Ok(())
}
