//! What the visitor looks at below the list and the hypergraph: which view is open, and the state of each. Pure, and in
//! the address: every view is a link.

mod comparison;
mod hypergraph;
mod map;
mod propagation;

pub use comparison::ComparisonState;
pub use hypergraph::{Form, HypergraphState};
pub use map::MapState;
pub use propagation::PropagationState;

use super::link::bytes::{put, put_centre, take, take_centre};
use super::view::Centre;

/// The views of the explorer, beside the hypergraph that is always there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    /// All films, and where the visitor stands among them.
    #[default]
    Map,
    /// Node to hyperedge to node, step by step.
    Propagation,
    /// Why one film is recommended, to the last digit.
    Why,
    /// Teacher, student, and the student without a teacher.
    Comparison,
    /// The teacher's forward pass against the student's.
    Race,
}

impl Tab {
    /// In the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Map, Self::Propagation, Self::Why, Self::Comparison, Self::Race];
}

/// The state of the explorer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explore {
    /// The open view.
    pub tab: Tab,
    /// The step of the guided tour, from 0, while it runs.
    pub tour: Option<u8>,
    /// The film that [`Tab::Why`] explains; without one the first of the list.
    pub why: Option<Centre>,
    /// How the hypergraph is drawn.
    pub hypergraph: HypergraphState,
    /// Which part of the map is seen.
    pub map: MapState,
    /// Where the propagation stands.
    pub propagation: PropagationState,
    /// Whom teacher and students are compared on, and how.
    pub comparison: ComparisonState,
}

impl Explore {
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.tab as u64);
        put(bytes, self.tour.map_or(0, |step| u64::from(step) + 1));
        put_centre(bytes, self.why.as_ref());
    }

    /// `None` where the bytes end too early, or say what cannot be.
    pub(super) fn read(&mut self, bytes: &mut &[u8]) -> Option<()> {
        let tab = take(bytes)?;
        self.tab = Tab::ALL.into_iter().find(|known| *known as u64 == tab)?;
        self.tour = u8::try_from(take(bytes)?).ok()?.checked_sub(1);
        self.why = take_centre(bytes)?;
        Some(())
    }
}
