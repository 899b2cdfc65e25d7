//! From ratings to a training hypergraph and held-out items.

pub mod embedded;
pub mod error;
pub mod folder;
pub mod formats;
pub mod interactions;
pub mod items;
pub mod kcore;
pub mod known;
pub mod lists;
pub mod load;
pub mod merge;
pub mod parquet;
pub mod reviews;
pub mod source;
pub mod split;
pub mod table;
pub mod time;
pub mod titles;

use sharp_distill::catalogue::CatalogueItem;
use sharp_distill::hypergraph::Incidence;

pub use error::{DataError, LineProblem};
pub use formats::Format;
pub use load::{DataChoice, SplitChoice, load, load_shown};
pub use reviews::Reviews;

/// A rating of at least this is a like, where nothing else is said.
pub const LIKE_FROM: f64 = 3.5;
/// A rating of at most this is a dislike.
pub const DISLIKE_TO: f64 = 2.0;
/// Users and items with fewer likes are left out.
pub const CORE: usize = 5;

/// Everything that training and evaluation need. All incidences are `[n_users, n_items]`: users are nodes.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Name for reports.
    pub name: String,
    /// sha256 of the data file, in hex.
    pub sha256: String,
    /// How it was split, in words.
    pub split: String,
    /// The data's own names of the users, in natural order.
    pub user_ids: Vec<String>,
    /// The data's own names of the items, in natural order.
    pub item_ids: Vec<String>,
    /// What a visitor reads, one an item.
    pub items: Vec<CatalogueItem>,
    /// Trained on.
    pub train: Incidence,
    /// Choices are made on these.
    pub valid: Incidence,
    /// Reported on these.
    pub test: Incidence,
    /// Items a user rated [`DISLIKE_TO`] or lower that are in none of the three; empty without ratings.
    pub dislikes: Incidence,
    /// What users wrote about items they are **trained** on, by user and item; empty without texts. A review of a
    /// held-out item is not here, so nothing that reads these can leak an answer.
    /// The texts lie in a temporary file where they are many.
    pub reviews: Reviews,
}

/// What a user wrote about an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Index of the user.
    pub user: u32,
    /// Index of the item.
    pub item: u32,
    /// The text, not empty.
    pub text: String,
}

impl Dataset {
    /// Users of the training data.
    pub fn n_users(&self) -> usize {
        self.train.n_nodes()
    }

    /// Items of the catalogue.
    pub fn n_items(&self) -> usize {
        self.train.n_hyperedges()
    }
}
