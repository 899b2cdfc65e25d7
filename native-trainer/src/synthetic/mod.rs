//! Generated data: planted communities, degrees that follow power laws on both sides, and texts if they are wanted.
//!
//! One generator for every study of size and for every test that needs more data than a repository holds. Everything
//! follows from the seed, in time and memory linear in the interactions.
//!
//! | file | what it is |
//! |---|---|
//! | `degrees` | how many interactions each user and item has |
//! | `wiring` | who meets whom: stubs of users and items, joined within and across communities |
//! | `words` | what a user writes about an item |
//! | `dataset`, `files` | the same as a data set in memory, and as files that the loader reads |

mod dataset;
mod degrees;
mod files;
mod wiring;
mod words;

use thiserror::Error;

pub use degrees::tail_exponent;
pub use files::{INTERACTIONS_FILE, ITEMS_FILE, PLANTED_FILE, Written};
pub use words::Lexicon;

/// What is to be generated.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// Users.
    pub n_users: usize,
    /// Items.
    pub n_items: usize,
    /// Interactions of a user with an item, each pair at most once. A few are lost where no free partner is found.
    pub n_interactions: usize,
    /// Groups of users and items that belong together, of equal size.
    pub n_communities: usize,
    /// Share of a user's interactions that stay in the user's own community.
    pub in_community: f64,
    /// `a` of the tail of the users' degrees, whose density falls as `degree^-a`.
    pub user_exponent: f64,
    /// The same of the items.
    pub item_exponent: f64,
    /// Seed of every draw.
    pub seed: u64,
}

/// What cannot be generated.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RecipeError {
    /// A number without sense.
    #[error("{what} is {given}; it must be {wanted}")]
    Number {
        /// Which.
        what: &'static str,
        /// What was given.
        given: f64,
        /// What would do.
        wanted: &'static str,
    },
    /// More pairs than the communities have room for.
    #[error(
        "{n_interactions} interactions of {n_users} users with {n_items} items are too dense for {n_communities} \
         communities: at most {most} fit. Ask for fewer interactions or fewer communities"
    )]
    TooDense {
        /// Interactions.
        n_interactions: usize,
        /// Users.
        n_users: usize,
        /// Items.
        n_items: usize,
        /// Communities.
        n_communities: usize,
        /// The most interactions.
        most: usize,
    },
}

/// Likes that the loader's k-core keeps, where there are enough for all.
const LEAST_DEGREE: usize = 5;
/// The largest share of its community that a node may be joined to: more would leave nothing to recommend.
const MOST_OF_COMMUNITY: f64 = 0.5;
/// The share of all possible pairs within communities up to which the generator finds free partners.
const MOST_DENSE: f64 = 0.25;
/// Interactions a node, users and items counted together, as in Amazon CDs: 1,243,755 of 136,701.
const INTERACTIONS_A_NODE: f64 = 9.1;
/// Users among the nodes, as there: 71,258 of 136,701.
const USERS_AMONG_NODES: f64 = 0.52;

impl Recipe {
    /// Data of the shape of Amazon's CDs with so many users and items together.
    pub fn of_nodes(n_nodes: usize, seed: u64) -> Self {
        let n_users = (n_nodes as f64 * USERS_AMONG_NODES).round() as usize;
        let n_items = n_nodes.saturating_sub(n_users);
        Self::new(n_users, n_items, (n_nodes as f64 * INTERACTIONS_A_NODE).round() as usize, seed)
    }

    /// With the usual communities and exponents.
    pub fn new(n_users: usize, n_items: usize, n_interactions: usize, seed: u64) -> Self {
        Self {
            n_users,
            n_items,
            n_interactions,
            n_communities: (n_users.min(n_items) / 150).clamp(2, 32),
            in_community: 0.8,
            user_exponent: 2.5,
            item_exponent: 2.2,
            seed,
        }
    }

    /// Whether it can be followed.
    ///
    /// # Errors
    /// See [`RecipeError`].
    pub fn check(&self) -> Result<(), RecipeError> {
        let number = |what, given: f64, wanted, holds: bool| {
            if holds { Ok(()) } else { Err(RecipeError::Number { what, given, wanted }) }
        };
        let n_communities = self.n_communities;
        let smaller = self.n_users.min(self.n_items);
        number("the number of users", self.n_users as f64, "at least 4", self.n_users >= 4)?;
        number("the number of items", self.n_items as f64, "at least 4", self.n_items >= 4)?;
        let wanted = "at least 1, and leave two users and two items a community";
        let fits = n_communities >= 1 && n_communities <= smaller / 2 && n_communities <= usize::from(u16::MAX);
        number("the number of communities", n_communities as f64, wanted, fits)?;
        let is_share = (0.0..=1.0).contains(&self.in_community);
        number("the share within communities", self.in_community, "between 0 and 1", is_share)?;
        for (what, exponent) in
            [("the users' exponent", self.user_exponent), ("the items' exponent", self.item_exponent)]
        {
            number(
                what,
                exponent,
                "above 2, or the mean degree has no bound, and finite",
                exponent > 2.0 && exponent < 1e3,
            )?;
        }
        let n_interactions = self.n_interactions;
        let enough = n_interactions >= self.n_users.max(self.n_items);
        number("the number of interactions", n_interactions as f64, "at least one for every user and item", enough)?;
        let most = (self.n_users as f64 * self.n_items as f64 / n_communities as f64 * MOST_DENSE) as usize;
        if n_interactions > most {
            let Self { n_users, n_items, .. } = *self;
            return Err(RecipeError::TooDense { n_interactions, n_users, n_items, n_communities, most });
        }
        Ok(())
    }

    /// Generates.
    ///
    /// # Errors
    /// A recipe that cannot be followed.
    pub fn generate(&self) -> Result<Synthetic, RecipeError> {
        self.check()?;
        Ok(wiring::generate(self))
    }
}

/// Generated interactions, and what was planted in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Synthetic {
    /// What was asked for.
    pub recipe: Recipe,
    /// User and item, sorted, each pair once.
    pub pairs: Vec<(u32, u32)>,
    /// The community of each user.
    pub user_community: Vec<u16>,
    /// The community of each item.
    pub item_community: Vec<u16>,
}

impl Synthetic {
    /// The share of interactions that stay in a community.
    pub fn in_community(&self) -> f64 {
        let stays =
            |&&(user, item): &&(u32, u32)| self.user_community[user as usize] == self.item_community[item as usize];
        self.pairs.iter().filter(stays).count() as f64 / self.pairs.len().max(1) as f64
    }

    /// How many interactions each user and each item has.
    pub fn degrees(&self) -> [Vec<u32>; 2] {
        let mut degrees = [vec![0; self.recipe.n_users], vec![0; self.recipe.n_items]];
        for &(user, item) in &self.pairs {
            degrees[0][user as usize] += 1;
            degrees[1][item as usize] += 1;
        }
        degrees
    }
}
