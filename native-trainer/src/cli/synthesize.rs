//! Flags of `synthesize`.

use std::path::PathBuf;

use clap::Args;

use crate::synthetic::Recipe;

/// Flags of `synthesize`.
#[derive(Debug, Clone, Args)]
pub struct SynthesizeArgs {
    /// Users
    #[arg(long, value_name = "N")]
    pub users: usize,
    /// Items
    #[arg(long, value_name = "N")]
    pub items: usize,
    /// Interactions, each pair of user and item at most once
    #[arg(long, value_name = "N")]
    pub interactions: usize,
    /// Folder for interactions.csv, items.csv and planted.csv (the communities)
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Writes a review beside every interaction, about ninety words long
    #[arg(long)]
    pub reviews: bool,
    /// Groups of users and items that belong together [default: one for every 150 of the fewer of the two, 2 to 32]
    #[arg(long, value_name = "N")]
    pub communities: Option<usize>,
    /// Share of interactions that stay in a community
    #[arg(long, value_name = "SHARE", default_value_t = 0.8)]
    pub in_community: f64,
    /// Exponent of the tail of the users' degrees
    #[arg(long, value_name = "A", default_value_t = 2.5)]
    pub user_exponent: f64,
    /// Exponent of the tail of the items' degrees
    #[arg(long, value_name = "A", default_value_t = 2.2)]
    pub item_exponent: f64,
    /// Seed of every draw
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Print JSON, and nothing else, to stdout
    #[arg(long)]
    pub json: bool,
}

impl SynthesizeArgs {
    /// What is to be generated.
    pub fn recipe(&self) -> Recipe {
        let usual = Recipe::new(self.users, self.items, self.interactions, self.seed);
        Recipe {
            n_communities: self.communities.unwrap_or(usual.n_communities),
            in_community: self.in_community,
            user_exponent: self.user_exponent,
            item_exponent: self.item_exponent,
            ..usual
        }
    }
}
