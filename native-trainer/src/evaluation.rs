//! Ranking all items for every user and measuring it against held-out items (MODEL.md, "Evaluation").

use rayon::prelude::*;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::metrics::{Metrics, metrics_at_k};
use sharp_distill::ranking::{Ranked, mark, mask_words, top_k};

/// Means over the users with a held-out item.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Evaluation {
    /// At 10.
    pub at_10: Metrics,
    /// At 20.
    pub at_20: Metrics,
}

/// Which items are held out, and which are masked because the user has them already.
#[derive(Debug, Clone, Copy)]
pub struct HeldOut<'a> {
    /// Ranked against: user rows of items.
    pub held_out: &'a Incidence,
    /// Masked: training items, and validation items when testing.
    pub seen: &'a [&'a Incidence],
}

/// Evaluates logits of all users.
///
/// # Shapes
/// `logits` is `[n_users, n_items]`, row-major.
pub fn evaluate(logits: &[f32], on: HeldOut<'_>) -> Evaluation {
    let n_items = on.held_out.n_hyperedges();
    evaluate_with(on, |user, seen_mask, ranked| top_k(&logits[user * n_items..][..n_items], seen_mask, 20, ranked))
}

/// Evaluates anything that ranks the unmasked items of a user.
pub fn evaluate_with(on: HeldOut<'_>, rank: impl Fn(usize, &[u32], &mut Vec<Ranked>) + Sync) -> Evaluation {
    let (n_users, n_items) = (on.held_out.n_nodes(), on.held_out.n_hyperedges());
    let of_users: Vec<Option<(Metrics, Metrics)>> = (0..n_users)
        .into_par_iter()
        .map(|user| {
            let held_out = on.held_out.hyperedges_of(user);
            if held_out.is_empty() {
                return None;
            }
            let mut seen_mask = vec![0u32; mask_words(n_items)];
            on.seen.iter().for_each(|seen| mark(&mut seen_mask, seen.hyperedges_of(user)));
            let mut ranked = Vec::new();
            rank(user, &seen_mask, &mut ranked);
            let ranked: Vec<u32> = ranked.iter().map(|ranked| ranked.item_idx).collect();
            Some((metrics_at_k(&ranked, held_out, 10), metrics_at_k(&ranked, held_out, 20)))
        })
        .collect();
    let of_users: Vec<(Metrics, Metrics)> = of_users.into_iter().flatten().collect();
    Evaluation {
        at_10: Metrics::mean(of_users.iter().map(|user| user.0)),
        at_20: Metrics::mean(of_users.iter().map(|user| user.1)),
    }
}
