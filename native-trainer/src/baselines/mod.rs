//! Models that need no gradient: what a learned model has to beat.

pub mod ease;
pub mod popularity;
