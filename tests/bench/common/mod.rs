//! Models of any size for the benches: seeded numbers, nothing is learned, and a request takes as long.

use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::{Head, HeadWeights, Request, Student, StudentConfig, StudentWeights};

const EMB_DIM: usize = 64;
const HIDDEN_DIM: usize = 64;
const N_USERS: usize = 64;

/// A student with what it was made of.
pub(crate) struct Made {
    pub(crate) student: Student,
    pub(crate) weights: StudentWeights,
}

/// d = hidden = 64, roughly Gaussian numbers.
pub(crate) fn model(n_items: usize, head: Head) -> Made {
    let mut state = 1u64;
    let mut vector = |len: usize, scale: f32| -> Vec<f32> {
        (0..len)
            .map(|_| {
                // The sum of four uniform numbers.
                let mut sum = 0;
                for _ in 0..4 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    sum += (state >> 40) as i64 - (1 << 23);
                }
                scale * sum as f32 / (1 << 24) as f32
            })
            .collect()
    };
    let hidden_dim = if head.has_mlp() { HIDDEN_DIM } else { 0 };
    let config = StudentConfig { n_users: N_USERS, n_items, emb_dim: EMB_DIM, hidden_dim, head, dislike_weight: 0.25 };
    let weights = StudentWeights {
        features: vector((N_USERS + n_items) * EMB_DIM, 1.0),
        weight: vector(EMB_DIM * EMB_DIM, 0.25),
        head: HeadWeights {
            user_weight: vector(hidden_dim * EMB_DIM, 0.5),
            item_weight: vector(hidden_dim * EMB_DIM, 0.5),
            hidden_bias: vector(hidden_dim, 0.5),
            output_weight: vector(hidden_dim, 1.0),
            output_bias: 0.0,
        },
    };
    // A twentieth of the items has a user, so that nothing depends on the convolution being wide.
    let memberships = (0..n_items as u32).step_by(20).map(|item_idx| (item_idx / 20 % N_USERS as u32, item_idx));
    let incidence = Incidence::from_memberships(N_USERS, n_items, memberships).expect("indices are in range");
    Made { student: Student::new(config, &weights, &incidence), weights }
}

/// Ten liked items spread over the catalogue, two disliked, one hidden.
pub(crate) fn request(n_items: usize) -> Request {
    let at = |part: usize| (part * (n_items / 16)) as u32;
    Request { liked: (1..11).map(at).collect(), disliked: vec![at(11), at(12)], hidden: vec![at(13)], k: 10 }
}
