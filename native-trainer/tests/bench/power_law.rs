//! Bipartite graphs of a given shape whose degrees follow a power law, from a seed.

use std::collections::HashSet;

use native_trainer::rng;

/// `n_pairs` distinct pairs of a user and an item, sorted. The chance of the k-th most popular item is about `1 / sqrt k`,
/// and so is that of a user: published sets are as skewed.
pub(crate) fn pairs(n_users: u32, n_items: u32, n_pairs: usize) -> Vec<(u32, u32)> {
    let mut rng = rng::stream(7, "power law");
    let mut names = |n: u32| {
        let mut names: Vec<u32> = (0..n).collect();
        rng::shuffle(&mut rng, &mut names);
        names
    };
    // Ids say nothing about degrees, in published sets as here.
    let (users, items) = (names(n_users), names(n_items));
    let mut skewed = |n: u32| {
        let uniform = rng::uniform(&mut rng);
        ((uniform * uniform * n as f32) as u32).min(n - 1) as usize
    };
    let mut pairs = HashSet::with_capacity(n_pairs);
    while pairs.len() < n_pairs {
        pairs.insert((users[skewed(n_users)], items[skewed(n_items)]));
    }
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_unstable();
    pairs
}
