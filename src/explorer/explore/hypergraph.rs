//! How the hypergraph is drawn.

use crate::explorer::Centre;
use crate::explorer::link::bytes::{put, put_centre, take, take_centre};

/// One selection of the hypergraph, three ways to draw it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// Shapes that hold their members.
    #[default]
    Outlines,
    /// Two columns and a line a membership.
    Bipartite,
    /// A table, a filled cell a membership.
    Matrix,
}

impl Form {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Outlines, Self::Bipartite, Self::Matrix];
}

/// The state of the hypergraph's drawing, its centre aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HypergraphState {
    /// How it is drawn.
    pub form: Form,
    /// Members whose own hyperedges are shown, too, in the order in which they were opened.
    pub expanded: Vec<Centre>,
    /// What stays on the drawing wherever its centre goes.
    pub pinned: Vec<Centre>,
    /// Whether members of the same hyperedges are drawn as one.
    pub collapses_twins: bool,
}

/// The most things that a link names: more are not drawn.
const MOST: u64 = 32;

impl HypergraphState {
    pub(in crate::explorer) fn write(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.form as u64);
        put(bytes, self.collapses_twins.into());
        for things in [&self.expanded, &self.pinned] {
            put(bytes, things.len() as u64);
            things.iter().for_each(|thing| put_centre(bytes, Some(thing)));
        }
    }

    /// `None` where the bytes end too early, or say what cannot be.
    pub(in crate::explorer) fn read(&mut self, bytes: &mut &[u8]) -> Option<()> {
        let form = take(bytes)?;
        self.form = Form::ALL.into_iter().find(|known| *known as u64 == form)?;
        self.collapses_twins = take(bytes)? == 1;
        for things in [&mut self.expanded, &mut self.pinned] {
            let n = take(bytes).filter(|n| *n <= MOST)?;
            for _ in 0..n {
                things.push(take_centre(bytes)??);
            }
        }
        Some(())
    }
}
