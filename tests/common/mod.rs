//! What several tests need: small models with seeded weights. They are valid, not trained.

// Every test file compiles this module for itself and uses its own part of it.
#![allow(dead_code)]
// Helpers of tests, where a panic is a failed test.
#![allow(clippy::unwrap_used)]

use sharp_distill::bundle::{
    Bundle, ExplorerBundle, GoldenCase, HeldOut, Projection, Provenance, TeacherGolden, round_to_f16,
};
use sharp_distill::hypergraph::Incidence;
use sharp_distill::ranking::{ItemMask, items_of, mark, mask_words, top_k};
use sharp_distill::student::{Head, HeadWeights, Request, Student, StudentConfig, StudentWeights, Workspace};
use sharp_distill::teacher::{Activation, DistilConfig, Teacher, TeacherConfig, TeacherWeights};

/// SplitMix64 (Steele, Lea, Flood 2014): enough to fill a matrix, the same on every machine.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [-1, 1).
    pub(crate) fn signed(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next_u64() % n.max(1) as u64) as usize
    }

    pub(crate) fn vector(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.signed()).collect()
    }
}

/// Sizes of a model to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) n_users: usize,
    pub(crate) n_items: usize,
    pub(crate) emb_dim: usize,
    pub(crate) hidden_dim: usize,
    pub(crate) head: Head,
}

/// A small model; user 0 and item 0 are isolated where there is more than one of each.
pub(crate) fn bundle(seed: u64, sizes: Sizes) -> Bundle {
    let Sizes { n_users, n_items, emb_dim, head, .. } = sizes;
    let hidden_dim = if head.has_mlp() { sizes.hidden_dim } else { 0 };
    let mut seeded = Seeded(seed);
    let config = StudentConfig { n_users, n_items, emb_dim, hidden_dim, head, dislike_weight: 0.25 };
    let mut features = seeded.vector(config.n_nodes() * emb_dim);
    round_to_f16(&mut features);
    let weights = StudentWeights {
        features,
        weight: seeded.vector(emb_dim * emb_dim),
        head: HeadWeights {
            user_weight: seeded.vector(hidden_dim * emb_dim),
            item_weight: seeded.vector(hidden_dim * emb_dim),
            hidden_bias: seeded.vector(hidden_dim),
            output_weight: seeded.vector(hidden_dim),
            output_bias: if head.has_mlp() { seeded.signed() } else { 0.0 },
        },
    };
    let mut memberships = Vec::new();
    for user_idx in 1..n_users {
        for _ in 0..1 + seeded.below(8) {
            if n_items > 1 {
                memberships.push((user_idx as u32, 1 + seeded.below(n_items - 1) as u32));
            }
        }
    }
    let incidence = Incidence::from_memberships(n_users, n_items, memberships).unwrap();
    let item_ids = (0..n_items).map(|item_idx| format!("item-{item_idx}")).collect();
    let student = Student::new(config.clone(), &weights, &incidence);
    let mut workspace = Workspace::default();
    let golden = [(vec![], vec![]), (vec![0], vec![]), (vec![], vec![0])]
        .into_iter()
        .filter_map(|(liked, disliked): (Vec<u32>, Vec<u32>)| {
            let request = Request { liked, disliked, k: 10, ..Request::default() };
            let ranked = student.recommend(&request, &mut workspace).unwrap();
            (!ranked.is_empty()).then(|| GoldenCase {
                liked: request.liked,
                disliked: request.disliked,
                items: ranked.iter().map(|ranked| ranked.item_idx).collect(),
                scores: ranked.iter().map(|ranked| ranked.score).collect(),
            })
        })
        .collect();
    let provenance = Provenance { data: "seeded numbers of a test".to_owned(), seed, ..Provenance::default() };
    Bundle { config, weights, incidence, item_ids, item_text: None, provenance, golden }
}

/// A model that is quick to make and has every part.
pub(crate) fn small_bundle() -> Bundle {
    bundle(7, Sizes { n_users: 6, n_items: 9, emb_dim: 4, hidden_dim: 3, head: Head::Hybrid })
}

/// A request for items in three lists, each item in one at most; every other with a filter, every other with novelty.
pub(crate) fn random_request(seeded: &mut Seeded, n_items: usize) -> Request {
    let mut items: Vec<u32> = (0..n_items as u32).collect();
    for at in (1..items.len()).rev() {
        items.swap(at, seeded.below(at + 1));
    }
    let mut take = |most: usize| items.split_off(items.len() - seeded.below(most.min(items.len()) + 1));
    let (liked, disliked, hidden) = (take(12), take(5), take(40));
    let k = 1 + seeded.below(100);
    let (salt, one_in) = (seeded.next_u64(), 1 + seeded.below(6) as u64);
    let is_allowed = |item_idx: u32| Seeded(salt ^ u64::from(item_idx)).next_u64().is_multiple_of(one_in);
    let only = (seeded.below(2) == 0).then(|| ItemMask::new(n_items, &is_allowed));
    let novelty = if seeded.below(2) == 0 { 0.0 } else { 4.0 * seeded.signed().abs() };
    Request { liked, disliked, hidden, k, only, novelty }
}

/// A teacher of these settings with seeded parameters that f16 holds.
pub(crate) fn teacher_weights(seed: u64, config: &TeacherConfig) -> TeacherWeights {
    let mut seeded = Seeded(seed);
    let mut weights = TeacherWeights::empty(config);
    for (_, shape, values) in weights.tensors_mut(config) {
        *values = seeded.vector(shape.iter().product());
    }
    weights.round(config);
    weights
}

/// Settings under which every part of a teacher is there, for this student's users and items.
pub(crate) fn whole_teacher(student: &StudentConfig) -> TeacherConfig {
    TeacherConfig {
        n_users: student.n_users,
        n_items: student.n_items,
        emb_dim: 3,
        n_layers: 2,
        activation: Activation::Tanh,
        residual: 0.5,
        gathered_input: true,
        reads_text: true,
        fusion_residual: true,
        scorer: Head::Hybrid,
        hidden_dim: 5,
        wide_lambda: 2.0,
        wide_weight: 1.0,
        linear_weight: 0.5,
        deep_weight: 0.25,
    }
}

/// All that the explorer's file of a model can hold, its golden answers those of its own teacher.
pub(crate) fn explorer(model: &Bundle) -> ExplorerBundle {
    let config = whole_teacher(&model.config);
    let weights = teacher_weights(11, &config);
    let teacher = Teacher::new(config.clone(), weights.clone(), &model.incidence).unwrap();
    let golden = (0..model.config.n_users as u32).map(|user_idx| {
        let logits = teacher.logits(user_idx as usize);
        let mut seen_mask = vec![0; mask_words(logits.len())];
        mark(&mut seen_mask, model.incidence.hyperedges_of(user_idx as usize));
        let mut ranked = Vec::new();
        top_k(&logits, &seen_mask, 3, &mut ranked);
        let scores = ranked.iter().map(|ranked| ranked.score).collect();
        TeacherGolden { user_idx, items: items_of(&ranked), scores }
    });
    let golden = golden.collect();
    let mut scratch = model.weights.clone();
    scratch.features.reverse();
    let part = |seed: u64| {
        let mut seeded = Seeded(seed);
        let (n_users, n_items) = (model.config.n_users, model.config.n_items);
        let likes: Vec<(u32, u32)> =
            (0..5).map(|_| (seeded.below(n_users) as u32, seeded.below(n_items) as u32)).collect();
        Incidence::from_memberships(n_users, n_items, likes).unwrap()
    };
    let d = model.config.emb_dim;
    let axes = (0..2 * d).map(|at| f32::from(u8::from(at == 0 || at == d + 1))).collect();
    ExplorerBundle {
        teacher: Some((config, weights)),
        scratch: Some(scratch),
        projection: Some(Projection { mean: vec![0.1; d], axes, explained: [0.5, 0.25] }),
        held_out: Some(HeldOut { valid: part(1), test: part(2) }),
        distil: DistilConfig { temperature_max: 2.0, annealing_epochs: 4, ..DistilConfig::default() },
        golden,
        left_out: Vec::new(),
    }
}
