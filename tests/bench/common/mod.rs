//! Models of any size for the benches: nothing is learned, but the numbers are spread as learned ones are, bell-shaped,
//! for on that depends how many items the scan looks at twice.

use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::{Head, HeadWeights, Request, Student, StudentConfig, StudentWeights};

/// A small catalogue, that of Amazon CDs, and a large one.
const N_ITEMS: [usize; 3] = [3_500, 65_443, 1_000_000];

const EMB_DIM: usize = 64;
const HIDDEN_DIM: usize = 64;
const N_USERS: usize = 64;

/// A student with what it was made of.
pub(crate) struct Made {
    pub(crate) student: Student,
    #[allow(dead_code, reason = "the bench of the CPU has no use for it")]
    pub(crate) weights: StudentWeights,
}

/// The sizes of catalogues; `N_ITEMS=3500,65443` in the environment chooses others.
pub(crate) fn sizes() -> Vec<usize> {
    let Ok(list) = std::env::var("N_ITEMS") else { return N_ITEMS.to_vec() };
    list.split(',').map(|n| n.trim().parse().expect("N_ITEMS is a list of numbers")).collect()
}

/// A student with d = hidden = 64.
pub(crate) fn model(n_items: usize, head: Head) -> Made {
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
    let hidden_dim = if head.has_mlp() { HIDDEN_DIM } else { 0 };
    let config = StudentConfig { n_users: N_USERS, n_items, emb_dim: EMB_DIM, hidden_dim, head, dislike_weight: 0.25 };
    let weights = StudentWeights {
        features: vector((N_USERS + n_items) * EMB_DIM, 1.0),
        weight: vector(EMB_DIM * EMB_DIM, 0.125),
        head: HeadWeights {
            user_weight: vector(hidden_dim * EMB_DIM, 0.125),
            item_weight: vector(hidden_dim * EMB_DIM, 0.125),
            hidden_bias: vector(hidden_dim, 0.1),
            output_weight: vector(hidden_dim, 0.3),
            output_bias: if head.has_mlp() { 0.5 } else { 0.0 },
        },
    };
    let memberships = (0..n_items as u32).map(|item_idx| (item_idx % N_USERS as u32, item_idx));
    let incidence = Incidence::from_memberships(N_USERS, n_items, memberships).expect("indices are in range");
    Made { student: Student::new(config, &weights, &incidence), weights }
}

/// Ten liked items, two disliked, one hidden.
pub(crate) fn request() -> Request {
    let liked = (0..10).map(|at| at * 97).collect();
    Request { liked, disliked: vec![5, 6], hidden: vec![7], k: 10, ..Request::default() }
}
