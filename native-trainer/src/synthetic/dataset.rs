//! Generated interactions as a data set in memory: split as the loader splits, without its k-core.

use sha2::{Digest, Sha256};
use sharp_distill::catalogue::CatalogueItem;
use sharp_distill::hypergraph::{HypergraphError, Incidence};

use super::{Recipe, Synthetic};
use crate::data::split::{Order, Parts, split};
use crate::data::{Dataset, Reviews};

impl Synthetic {
    /// Per user 80/10/10 at random. Every user and item keeps its number, also the few without a training like.
    ///
    /// # Errors
    /// More memberships than an incidence can hold.
    pub fn dataset(&self) -> Result<Dataset, HypergraphError> {
        let Recipe { n_users, n_items, seed, .. } = self.recipe;
        let timed: Vec<(u32, u32, f64)> = self.pairs.iter().map(|&(user, item)| (user, item, 0.0)).collect();
        let Parts { train, valid, test } = split(&timed, Order::Random(seed));
        drop(timed);
        let incidence = |pairs: Vec<(u32, u32)>| Incidence::from_memberships(n_users, n_items, pairs);
        let mut hasher = Sha256::new();
        self.pairs.iter().for_each(|(user, item)| {
            hasher.update(user.to_le_bytes());
            hasher.update(item.to_le_bytes());
        });
        Ok(Dataset {
            name: self.name(),
            sha256: hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
            split: format!("random, 80/10/10 a user, seed {seed}"),
            user_ids: (0..n_users).map(|user| self.user_id(user)).collect(),
            item_ids: (0..n_items).map(|item| self.item_id(item)).collect(),
            items: (0..n_items).map(|item| self.catalogue_item(item)).collect(),
            train: incidence(train)?,
            valid: incidence(valid)?,
            test: incidence(test)?,
            dislikes: incidence(Vec::new())?,
            reviews: Reviews::default(),
        })
    }

    /// For reports: what it is, and that nobody's taste is in it.
    pub fn name(&self) -> String {
        let Recipe { n_users, n_items, n_communities, seed, .. } = self.recipe;
        format!("generated: {n_users} users, {n_items} items, {n_communities} communities, seed {seed}")
    }

    pub(super) fn user_id(&self, user: usize) -> String {
        format!("u{user}")
    }

    pub(super) fn item_id(&self, item: usize) -> String {
        format!("i{item}")
    }

    pub(super) fn catalogue_item(&self, item: usize) -> CatalogueItem {
        CatalogueItem {
            id: self.item_id(item),
            title: format!("Generated item {item}"),
            year: None,
            genres: vec![format!("Community {}", self.item_community[item] + 1)],
            aka: Vec::new(),
        }
    }
}
