//! What is measured of trained models beside their rankings: how alike teacher and student are, and what they cost.

mod alignment;
mod cka;
mod cost;

pub use alignment::Alignment;
pub(crate) use alignment::Embedded;
pub use cka::{Cka, CkaError, cka};
pub use cost::{Cost, RULE, held_bytes};
