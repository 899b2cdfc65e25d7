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
    /// Whether nodes and hyperedges have changed their roles.
    pub is_dual: bool,
    /// Whether more than a few are shown.
    pub shows_more: bool,
}

/// The most things that are opened, or pinned: more are not drawn.
const MOST: u64 = 32;

impl HypergraphState {
    /// Shows a member's own hyperedges, too, or no longer.
    pub fn toggle_expanded(&mut self, thing: Centre) {
        toggle(&mut self.expanded, thing);
    }

    /// Keeps something on the drawing, or no longer.
    pub fn toggle_pinned(&mut self, thing: Centre) {
        toggle(&mut self.pinned, thing);
    }

    pub(in crate::explorer) fn write(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.form as u64);
        let switches = [self.collapses_twins, self.is_dual, self.shows_more];
        put(bytes, (0..).zip(switches).map(|(bit, is_on)| u64::from(is_on) << bit).sum());
        for things in [&self.expanded, &self.pinned] {
            put(bytes, things.len() as u64);
            things.iter().for_each(|thing| put_centre(bytes, Some(thing)));
        }
    }

    /// `None` where the bytes end too early, or say what cannot be.
    pub(in crate::explorer) fn read(&mut self, bytes: &mut &[u8]) -> Option<()> {
        let form = take(bytes)?;
        self.form = Form::ALL.into_iter().find(|known| *known as u64 == form)?;
        let switches = take(bytes).filter(|switches| *switches < 8)?;
        [self.collapses_twins, self.is_dual, self.shows_more] = [1, 2, 4].map(|bit| switches & bit != 0);
        for things in [&mut self.expanded, &mut self.pinned] {
            let n = take(bytes).filter(|n| *n <= MOST)?;
            for _ in 0..n {
                things.push(take_centre(bytes)??);
            }
        }
        Some(())
    }
}

/// Takes it out, or puts it in as the newest; too many are too many to draw, so that the oldest goes.
fn toggle(things: &mut Vec<Centre>, thing: Centre) {
    match things.iter().position(|other| *other == thing) {
        Some(place) => drop(things.remove(place)),
        None => {
            if things.len() as u64 == MOST {
                things.remove(0);
            }
            things.push(thing);
        }
    }
}
