//! What each part of the method is worth: variants without it, or with another in its place, beside the full method.
//!
//! | file | what it is |
//! |---|---|
//! | `variants` | the table of variants, and those that somebody adds |
//! | `effective` | settings without those that have no say |
//! | `plan` | what has to be trained, each once |
//! | `study` | training it, a seed after the other |
//! | `report`, `html` | the differences, for machines and for people |
//!
//! Variants are compared on test and nothing is chosen by it. Within a variant, the epoch to stop at is chosen on
//! validation as everywhere.

mod effective;
mod html;
mod plan;
mod report;
mod study;
mod variants;

use thiserror::Error;

use crate::settings::SettingError;
pub use effective::effective;
pub use plan::{Fate, Plan, Planned};
pub use report::{Outcome, Report, VariantReport};
pub use study::{Results, Trained, train};
pub use variants::{Component, Variant, of_components};

/// What the full method is called among its variants.
pub const FULL: &str = "full";

/// A study that cannot be made.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AblationError {
    /// Not a variant.
    #[error(
        "--variant {given:?} is not of the form NAME=key=value,key=value,... with a NAME of letters, digits, '-', '_' and '.' \
         other than full, such as small=student.emb_dim=32,teacher.emb_dim=32"
    )]
    Malformed {
        /// What was given.
        given: String,
    },
    /// Settings that do not exist or cannot have a value.
    #[error("the variant {name:?} cannot be made: {source}")]
    Setting {
        /// The variant.
        name: String,
        /// Why not.
        source: SettingError,
    },
    /// One name for two variants.
    #[error("there are two variants {name:?}: give each --variant a name of its own")]
    Twice {
        /// The name.
        name: String,
    },
}
