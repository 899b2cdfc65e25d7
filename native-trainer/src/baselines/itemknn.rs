//! Item-based nearest neighbours (Sarwar et al., "Item-Based Collaborative Filtering Recommendation Algorithms", WWW
//! 2001) with the shrinkage of Dacrema et al., "Are We Really Making Much Progress?" (RecSys 2019).
//!
//! `sim(i, j) = |U_i and U_j| / (sqrt(|U_i| |U_j|) + shrinkage)`, where `U_i` are the users who like item i. An item
//! keeps its k most similar others; the logit of item i for a user is the sum of `sim(i, j)` over those of **i's**
//! neighbours j that the user likes, not normalised. Keeping the neighbours of the liked item instead is a different
//! model and on MovieLens a worse one.

use std::ops::Range;
use std::sync::Arc;

use candle_core::Result;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::Incidence;

use crate::evaluation::Scorer;

/// Settings of ItemKNN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemKnnSettings {
    /// k: neighbours that an item keeps.
    pub n_neighbours: usize,
    /// Added to the denominator of the cosine: similarities that rest on few users count less.
    pub shrinkage: f32,
}

impl Default for ItemKnnSettings {
    fn default() -> Self {
        Self { n_neighbours: 50, shrinkage: 10.0 }
    }
}

/// The neighbours of all items. Memory: at most `n_items * k` similarities.
#[derive(Debug)]
pub struct ItemKnn {
    train: Arc<Incidence>,
    /// `neighbour_of[j]`: the items that have j among their neighbours, ascending, and how similar they are.
    neighbour_of: Vec<Vec<(u32, f32)>>,
}

impl ItemKnn {
    /// Finds the neighbours.
    pub fn new(settings: &ItemKnnSettings, train: Arc<Incidence>) -> Self {
        let n_items = train.n_hyperedges();
        let kept: Vec<Vec<(u32, f32)>> = (0..n_items)
            .into_par_iter()
            .map_init(|| vec![0u32; n_items], |n_shared, item| neighbours(settings, &train, item, n_shared))
            .collect();
        let mut neighbour_of = vec![Vec::new(); n_items];
        for (item, kept) in kept.into_iter().enumerate() {
            kept.into_iter().for_each(|(other, sim)| neighbour_of[other as usize].push((item as u32, sim)));
        }
        Self { train, neighbour_of }
    }

    /// Similarities that are kept: what stands for the size of a model without learned numbers.
    pub fn n_similarities(&self) -> usize {
        self.neighbour_of.iter().map(Vec::len).sum()
    }
}

/// The k most similar items, of equals the lower index. `n_shared` is all zero before and after.
fn neighbours(settings: &ItemKnnSettings, train: &Incidence, item: usize, n_shared: &mut [u32]) -> Vec<(u32, f32)> {
    let mut others = Vec::new();
    for &user in train.members_of(item) {
        for &other in train.hyperedges_of(user as usize) {
            let n_shared = &mut n_shared[other as usize];
            if *n_shared == 0 && other as usize != item {
                others.push(other);
            }
            *n_shared += 1;
        }
    }
    let degree = |item: usize| train.hyperedge_degree(item) as f32;
    let sim = |other: u32| {
        let lengths = (degree(item) * degree(other as usize)).sqrt();
        (other, n_shared[other as usize] as f32 / (lengths + settings.shrinkage))
    };
    let mut sims: Vec<(u32, f32)> = others.iter().map(|&other| sim(other)).collect();
    if sims.len() > settings.n_neighbours {
        // A total order: which items are kept does not depend on the algorithm that selects them.
        sims.select_nth_unstable_by(settings.n_neighbours, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        sims.truncate(settings.n_neighbours);
    }
    others.iter().for_each(|&other| n_shared[other as usize] = 0);
    n_shared[item] = 0;
    sims
}

impl Scorer for ItemKnn {
    fn logits(&self, users: Range<usize>) -> Result<Vec<f32>> {
        let n_items = self.train.n_hyperedges();
        let mut logits = vec![0.0f32; users.len() * n_items];
        logits.par_chunks_mut(n_items.max(1)).zip(users).for_each(|(logits, user)| {
            for &liked in self.train.hyperedges_of(user) {
                for &(item, sim) in &self.neighbour_of[liked as usize] {
                    logits[item as usize] += sim;
                }
            }
        });
        Ok(logits)
    }
}
