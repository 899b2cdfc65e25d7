//! Which rows a step sees: shuffled batches and sampled pairs, all of them functions of seed, purpose, epoch and step.

use std::sync::Arc;

use sharp_distill::hypergraph::Incidence;

use crate::fit::FitSettings;
use crate::rng;

/// Shuffled batches of `n_rows` rows; the order of an epoch is made once.
#[derive(Debug)]
pub struct Batches {
    seed: u64,
    purpose: String,
    epoch: Option<usize>,
    order: Vec<u32>,
}

impl Batches {
    /// Over rows `0..n_rows`.
    pub fn new(seed: u64, purpose: &str, n_rows: usize) -> Self {
        Self { seed, purpose: purpose.to_owned(), epoch: None, order: (0..n_rows as u32).collect() }
    }

    /// The rows of a step; all rows in order if the whole epoch is one step.
    pub fn of(&mut self, settings: &FitSettings, epoch: usize, step: usize) -> &[u32] {
        if settings.batch_size > 0 && self.epoch != Some(epoch) {
            // From sorted, so that the order does not depend on the epochs before.
            self.order.sort_unstable();
            rng::shuffle(&mut rng::stream(self.seed, &format!("{}.{epoch}", self.purpose)), &mut self.order);
            self.epoch = Some(epoch);
        }
        settings.batch(&self.order, step)
    }
}

/// Some of `0..n` without repetition, ascending; all of them if there are not more than `n_wanted`.
pub fn sample(seed: u64, purpose: &str, n: usize, n_wanted: usize) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..n as u32).collect();
    if n > n_wanted {
        rng::shuffle(&mut rng::stream(seed, purpose), &mut rows);
        rows.truncate(n_wanted);
        rows.sort_unstable();
    }
    rows
}

/// Likes and items that are no likes.
#[derive(Debug, Default)]
pub struct Pairs {
    /// User of each pair.
    pub users: Vec<u32>,
    /// A training item of the user.
    pub positives: Vec<u32>,
    /// `n_negatives` items a pair that are no training items of the user, one after the other.
    pub negatives: Vec<u32>,
}

/// Draws [`Pairs`] in shuffled batches of likes.
#[derive(Debug)]
pub struct PairSampler {
    seed: u64,
    purpose: String,
    train: Arc<Incidence>,
    likes: Vec<(u32, u32)>,
    batches: Batches,
}

impl PairSampler {
    /// Over all training likes.
    pub fn new(seed: u64, purpose: &str, train: Arc<Incidence>) -> Self {
        let likes: Vec<(u32, u32)> = train.memberships().collect();
        let batches = Batches::new(seed, &format!("{purpose}.order"), likes.len());
        Self { seed, purpose: purpose.to_owned(), train, likes, batches }
    }

    /// How many likes there are.
    pub fn n_likes(&self) -> usize {
        self.likes.len()
    }

    /// The pairs of a step. A user who likes everything has no negative and is left out.
    pub fn of(&mut self, settings: &FitSettings, epoch: usize, step: usize, n_negatives: usize) -> Pairs {
        let mut rng = rng::stream(self.seed, &format!("{}.negatives.{epoch}.{step}", self.purpose));
        let n_items = self.train.n_hyperedges();
        let mut pairs = Pairs::default();
        for &row in self.batches.of(settings, epoch, step) {
            let (user, item) = self.likes[row as usize];
            if self.train.node_degree(user as usize) == n_items {
                continue;
            }
            pairs.users.push(user);
            pairs.positives.push(item);
            for _ in 0..n_negatives {
                pairs.negatives.push(loop {
                    let drawn = rng::below(&mut rng, n_items as u32);
                    if !self.train.contains(user, drawn) {
                        break drawn;
                    }
                });
            }
        }
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(batch_size: usize) -> FitSettings {
        FitSettings {
            epochs: 1,
            learning_rate: 1.0,
            decay_to: 1.0,
            batch_size,
            eval_every: 1,
            patience: 1,
            min_epochs: 0,
        }
    }

    #[test]
    fn an_epoch_sees_every_row_once_in_an_order_of_its_own() {
        let mut batches = Batches::new(1, "test", 10);
        let mut epoch =
            |epoch| (0..4).flat_map(|step| batches.of(&settings(3), epoch, step).to_vec()).collect::<Vec<_>>();
        let (first, second, again) = (epoch(0), epoch(1), epoch(0));
        assert_eq!(first, again, "whatever came before");
        assert_ne!(first, second);
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, (0..10).collect::<Vec<_>>());
        }
        assert_eq!(Batches::new(1, "test", 3).of(&settings(0), 5, 0), [0, 1, 2]);
    }

    #[test]
    fn negatives_are_never_likes_and_who_likes_all_is_left_out() {
        let train = Incidence::from_memberships(2, 3, [(0, 0), (0, 2), (1, 0), (1, 1), (1, 2)]).unwrap();
        let pairs = PairSampler::new(1, "test", Arc::new(train)).of(&settings(0), 0, 0, 5);
        assert_eq!((pairs.users, pairs.positives, pairs.negatives), (vec![0, 0], vec![0, 2], vec![1; 10]));
    }
}
