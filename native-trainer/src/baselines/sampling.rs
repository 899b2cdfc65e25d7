//! Which pairs a step sees: every training like once an epoch, each with one sampled negative.

use std::sync::Arc;

use rand::Rng;
use sharp_distill::hypergraph::Incidence;

use crate::fit::FitSettings;
use crate::rng;

/// The pairs of one step; row `k` of all three belongs together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Who.
    pub users: Vec<u32>,
    /// An item that the user likes.
    pub positives: Vec<u32>,
    /// An item that is no training like of the user.
    pub negatives: Vec<u32>,
}

/// Draws batches so that seed, epoch and step determine them, whatever came before.
#[derive(Debug)]
pub struct Sampler {
    seed: u64,
    /// Name of the model, part of the names of its streams.
    model: &'static str,
    train: Arc<Incidence>,
    likes: Vec<(u32, u32)>,
    /// The last epoch asked for and the order of its likes.
    order: Option<(usize, Vec<u32>)>,
}

impl Sampler {
    /// Over the likes of users who do not like everything: for the others there is no negative.
    pub fn new(seed: u64, model: &'static str, train: Arc<Incidence>) -> Self {
        let n_items = train.n_hyperedges();
        let likes = train.memberships().filter(|&(user, _)| train.node_degree(user as usize) < n_items).collect();
        Self { seed, model, train, likes, order: None }
    }

    /// Likes of an epoch.
    pub fn n_likes(&self) -> usize {
        self.likes.len()
    }

    /// The batch of one step.
    pub fn batch(&mut self, settings: &FitSettings, epoch: usize, step: usize) -> Batch {
        let order = match self.order.take() {
            Some((known, order)) if known == epoch => order,
            _ => {
                let mut order: Vec<u32> = (0..self.likes.len() as u32).collect();
                rng::shuffle(&mut rng::stream(self.seed, &format!("{}.order.{epoch}", self.model)), &mut order);
                order
            }
        };
        let mut rng = rng::stream(self.seed, &format!("{}.negatives.{epoch}.{step}", self.model));
        let n_items = self.train.n_hyperedges() as u32;
        let mut batch = Batch::default();
        for &like in settings.batch(&order, step) {
            let (user, positive) = self.likes[like as usize];
            let negative = loop {
                let item = rng.random_range(0..n_items);
                if !self.train.contains(user, item) {
                    break item;
                }
            };
            batch.users.push(user);
            batch.positives.push(positive);
            batch.negatives.push(negative);
        }
        self.order = Some((epoch, order));
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(batch_size: usize) -> FitSettings {
        FitSettings { epochs: 1, learning_rate: 0.1, batch_size, eval_every: 1, patience: 1, min_epochs: 0 }
    }

    #[test]
    fn an_epoch_sees_every_like_once_and_no_negative_is_a_like() {
        let likes =
            (0..9u32).flat_map(|user| (0..6).filter(move |item| (user + item) % 3 == 0).map(move |i| (user, i)));
        // User 9 likes everything: there is nothing to rank below it.
        let likes: Vec<(u32, u32)> = likes.chain((0..6).map(|item| (9, item))).collect();
        let train = Arc::new(Incidence::from_memberships(10, 6, likes).unwrap());
        let mut sampler = Sampler::new(5, "toy", train.clone());
        assert_eq!(sampler.n_likes(), 18);
        let steps: Vec<Batch> = (0..3).map(|step| sampler.batch(&settings(7), 4, step)).collect();
        assert_eq!(steps.iter().map(|batch| batch.users.len()).collect::<Vec<_>>(), [7, 7, 4]);
        let mut seen: Vec<(u32, u32)> =
            steps.iter().flat_map(|batch| batch.users.iter().copied().zip(batch.positives.iter().copied())).collect();
        seen.sort_unstable();
        assert_eq!(seen, train.memberships().filter(|&(user, _)| user < 9).collect::<Vec<_>>());
        for batch in &steps {
            assert!(batch.users.iter().zip(&batch.negatives).all(|(&user, &item)| !train.contains(user, item)));
        }
        // Resumed in the middle of it all, the same step has the same pairs; another epoch has others.
        let mut resumed = Sampler::new(5, "toy", train);
        assert_eq!(resumed.batch(&settings(7), 4, 2), steps[2]);
        assert_ne!(resumed.batch(&settings(7), 5, 2), steps[2]);
    }
}
