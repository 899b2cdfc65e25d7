//! Ranking all items for every user and measuring it against held-out items (MODEL.md, "Evaluation").

use std::ops::Range;

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::metrics::{Metrics, metrics_at_k};
use sharp_distill::ranking::{Ranked, mark, mask_words, top_k};

use crate::ops::to_vec;

/// Logits that are held at a time while all users are ranked: 64 MiB of them.
const BLOCK: usize = 1 << 24;

/// A model that has been trained: it gives every item a logit for every user.
pub trait Scorer {
    /// Logits of some users, from whatever may be computed once and kept (embeddings, for most).
    ///
    /// # Shapes
    /// The result is `[users.len(), n_items]`, row-major.
    ///
    /// # Errors
    /// What candle refuses.
    fn logits(&self, users: Range<usize>) -> Result<Vec<f32>>;

    /// Logits of some users as a tensor where the model lives, for a student that learns there; `None` where they have to
    /// come from [`logits`](Self::logits).
    ///
    /// # Shapes
    /// The result is `[users.len(), n_items]`.
    ///
    /// # Errors
    /// What candle refuses.
    fn logits_of(&self, _users: &[u32]) -> Result<Option<Tensor>> {
        Ok(None)
    }

    /// Logits of some users, of all items or of some, where they are made.
    ///
    /// # Shapes
    /// The result is `[users.len(), items.len()]`.
    ///
    /// # Errors
    /// What candle refuses.
    fn picked_logits(&self, users: &[u32], items: Option<&[u32]>) -> Result<Tensor> {
        picked(|user| self.logits(user..user + 1), users, items)
    }

    /// The same model with everything computed anew that follows from the interactions, as it must be once they have
    /// changed; `None` if nothing does.
    ///
    /// # Errors
    /// What candle refuses.
    fn refreshed(&self) -> Result<Option<Box<dyn Scorer + '_>>> {
        Ok(None)
    }

    /// The same logits with nothing kept: what an answer costs after the interactions have changed.
    ///
    /// # Errors
    /// What candle refuses.
    fn full_forward(&self, users: Range<usize>) -> Result<Vec<f32>> {
        match self.refreshed()? {
            Some(model) => model.logits(users),
            None => self.logits(users),
        }
    }
}

/// Some items of the whole rows of some users, one row after the other.
pub(crate) fn picked(row: impl Fn(usize) -> Result<Vec<f32>>, users: &[u32], items: Option<&[u32]>) -> Result<Tensor> {
    let mut all = Vec::new();
    for &user in users {
        let logits = row(user as usize)?;
        match items {
            Some(items) => all.extend(items.iter().map(|&item| logits[item as usize])),
            None => all.extend(logits),
        }
    }
    let n_columns = all.len() / users.len().max(1);
    Tensor::from_vec(all, (users.len(), n_columns), &Device::Cpu)
}

/// Logits that are all there, `[n_users, n_items]`.
#[derive(Debug, Clone)]
pub struct DenseLogits {
    /// Row-major.
    pub logits: Vec<f32>,
    /// Columns.
    pub n_items: usize,
}

impl Scorer for DenseLogits {
    fn logits(&self, users: Range<usize>) -> Result<Vec<f32>> {
        Ok(self.logits[users.start * self.n_items..users.end * self.n_items].to_vec())
    }
}

/// Logits that are dot products.
#[derive(Debug, Clone)]
pub struct DotLogits {
    /// `[n_users, emb_dim]`.
    pub user_emb: Tensor,
    /// `[n_items, emb_dim]`.
    pub item_emb: Tensor,
}

impl Scorer for DotLogits {
    fn logits(&self, users: Range<usize>) -> Result<Vec<f32>> {
        to_vec(&self.user_emb.narrow(0, users.start, users.len())?.matmul(&self.item_emb.t()?)?.detach())
    }
}

/// Means over the users with a held-out item, and what they are the means of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// At 10.
    pub at_10: Metrics,
    /// At 20.
    pub at_20: Metrics,
    /// Of every user at 10 and at 20; none without a held-out item.
    pub of_users: Vec<Option<(Metrics, Metrics)>>,
}

/// Which items are held out, and which are masked because the user has them already.
#[derive(Debug, Clone, Copy)]
pub struct HeldOut<'a> {
    /// Ranked against: user rows of items.
    pub held_out: &'a Incidence,
    /// Masked: training items, and validation items when testing.
    pub seen: &'a [&'a Incidence],
}

/// Evaluates a model, a block of users at a time.
///
/// # Errors
/// What candle refuses.
pub fn evaluate(model: &dyn Scorer, on: HeldOut<'_>) -> Result<Evaluation> {
    let (n_users, n_items) = (on.held_out.n_nodes(), on.held_out.n_hyperedges());
    let block = (BLOCK / n_items.max(1)).max(1);
    let mut of_users = Vec::with_capacity(n_users);
    for start in (0..n_users).step_by(block) {
        let users = start..(start + block).min(n_users);
        if users.clone().all(|user| on.held_out.hyperedges_of(user).is_empty()) {
            // Nobody is asked about: `tune` holds no test items.
            of_users.extend(users.map(|_| None));
            continue;
        }
        let logits = model.logits(users.clone())?;
        of_users.extend(rank_users(users, on, |user, seen_mask, ranked| {
            top_k(&logits[(user - start) * n_items..][..n_items], seen_mask, 20, ranked);
        }));
    }
    Ok(Evaluation::mean(of_users))
}

/// Evaluates anything that ranks the unmasked items of a user.
pub fn evaluate_with(on: HeldOut<'_>, rank: impl Fn(usize, &[u32], &mut Vec<Ranked>) + Sync) -> Evaluation {
    Evaluation::mean(rank_users(0..on.held_out.n_nodes(), on, rank))
}

fn rank_users(
    users: Range<usize>,
    on: HeldOut<'_>,
    rank: impl Fn(usize, &[u32], &mut Vec<Ranked>) + Sync,
) -> Vec<Option<(Metrics, Metrics)>> {
    users
        .into_par_iter()
        .map(|user| {
            let held_out = on.held_out.hyperedges_of(user);
            if held_out.is_empty() {
                return None;
            }
            let mut seen_mask = vec![0u32; mask_words(on.held_out.n_hyperedges())];
            on.seen.iter().for_each(|seen| mark(&mut seen_mask, seen.hyperedges_of(user)));
            let mut ranked = Vec::new();
            rank(user, &seen_mask, &mut ranked);
            let ranked: Vec<u32> = ranked.iter().map(|ranked| ranked.item_idx).collect();
            Some((metrics_at_k(&ranked, held_out, 10), metrics_at_k(&ranked, held_out, 20)))
        })
        .collect()
}

impl Evaluation {
    fn mean(of_users: Vec<Option<(Metrics, Metrics)>>) -> Self {
        Self {
            at_10: Metrics::mean(of_users.iter().flatten().map(|user| user.0)),
            at_20: Metrics::mean(of_users.iter().flatten().map(|user| user.1)),
            of_users,
        }
    }
}
