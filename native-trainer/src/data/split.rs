//! Held-out data: which of a user's likes are trained on, which are validated on, and which are tested on.

use crate::rng;

/// Pairs of (user, item), each part sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Trained on.
    pub train: Vec<(u32, u32)>,
    /// Choices are made on these.
    pub valid: Vec<(u32, u32)>,
    /// Reported on these, once.
    pub test: Vec<(u32, u32)>,
}

impl Parts {
    /// Moves what would be validated on to what is trained on.
    pub fn train_on_validation(&mut self) {
        self.train.append(&mut self.valid);
        self.train.sort_unstable();
        self.train.dedup();
    }
}

/// How a user's likes are put in order before they are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// At random, from a seed.
    Random(u64),
    /// As they happened: the last ones are held out.
    Time,
}

/// Per user 80/10/10: `max(1, round(0.1 n))` for test and for validation, the rest is trained on; then held-out items
/// that nobody trains on are dropped. `pairs` are sorted and carry a time (0 where none is known).
pub fn split(pairs: &[(u32, u32, f64)], order: Order) -> Parts {
    let mut parts = Parts::default();
    for of_user in pairs.chunk_by(|a, b| a.0 == b.0) {
        let user = of_user[0].0;
        let mut likes: Vec<(u32, f64)> = of_user.iter().map(|&(_, item, time)| (item, time)).collect();
        match order {
            Order::Random(seed) => rng::shuffle(&mut rng::stream(seed, &format!("split.{user}")), &mut likes),
            Order::Time => likes.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0))),
        }
        let n_held_out = n_held_out(likes.len());
        for (place, (item, _)) in likes.into_iter().enumerate() {
            let part = match place / n_held_out {
                0 => &mut parts.test,
                1 => &mut parts.valid,
                _ => &mut parts.train,
            };
            part.push((user, item));
        }
    }
    drop_untrained(parts)
}

/// `max(1, round(0.1 n))`, halves to even.
pub(super) fn n_held_out(n_likes: usize) -> usize {
    ((0.1 * n_likes as f64).round_ties_even() as usize).max(1)
}

/// Sorts the parts and drops held-out items without a training like.
pub fn drop_untrained(mut parts: Parts) -> Parts {
    let mut trained: Vec<u32> = parts.train.iter().map(|pair| pair.1).collect();
    trained.sort_unstable();
    trained.dedup();
    for part in [&mut parts.valid, &mut parts.test] {
        part.retain(|pair| trained.binary_search(&pair.1).is_ok());
    }
    for part in [&mut parts.train, &mut parts.valid, &mut parts.test] {
        part.sort_unstable();
    }
    parts
}
