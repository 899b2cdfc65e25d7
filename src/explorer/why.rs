//! Why a film is recommended, from its exact leave-one-out contributions.

use crate::ranking::sorted_indices;

/// The films that matter most for one recommendation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Why {
    /// Films that lift it, the strongest first.
    pub pulls: Vec<(u32, f32)>,
    /// Films that hold it down, the strongest first.
    pub pushes: Vec<(u32, f32)>,
}

const MAX_PULLS: usize = 2;
const MAX_PUSHES: usize = 1;
/// A film is named only if it does at least this part of what the strongest does.
const WORTH_NAMING: f32 = 0.25;

impl Why {
    /// From what each film of the shelf contributes: the logit with it minus the logit without it.
    pub fn of(contributions: &[(u32, f32)]) -> Self {
        let strongest = contributions.iter().map(|(_, by)| by.abs()).fold(0.0, f32::max);
        let side = |sign: f32, most: usize| {
            let worth = contributions.iter().filter(|(_, by)| by * sign > 0.0 && by.abs() >= strongest * WORTH_NAMING);
            let side: Vec<(u32, f32)> = worth.copied().collect();
            let strongest_first = |a: usize, b: usize| {
                let (a, b) = (side[a], side[b]);
                b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0))
            };
            let order = sorted_indices(side.len(), &strongest_first);
            order.into_iter().take(most).map(|place| side[place as usize]).collect()
        };
        Self { pulls: side(1.0, MAX_PULLS), pushes: side(-1.0, MAX_PUSHES) }
    }
}
