//! What is shown of the hypergraph: one thing in the centre, some of its hyperedges, some of their members.
//!
//! With a film in the centre people are the hyperedges (each holds the films that this person likes: the item
//! channel); with a person in the centre films are (each holds the people who like it: the user channel). The visitor
//! is one more person. [`Ego::dual`] takes the same likes the other way. Which are shown is a choice; who belongs to
//! what is not: a shown hyperedge holds every shown node that belongs to it.

mod choose;
mod lens;

pub use choose::{Limits, Wish, ego};
pub use lens::Lens;

use super::state::Taste;

/// Something that can stand in the centre, be a hyperedge or a member of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vertex {
    /// The visitor.
    You,
    /// A person of the training data.
    Person(u32),
    /// A film.
    Item(u32),
}

impl Vertex {
    /// Whether it is a film; otherwise it is a person.
    pub fn is_item(self) -> bool {
        matches!(self, Self::Item(_))
    }

    /// A number of its own.
    pub fn number(self) -> u64 {
        match self {
            Self::You => 0,
            Self::Person(user_idx) => 2 * u64::from(user_idx) + 1,
            Self::Item(item_idx) => 2 * u64::from(item_idx) + 2,
        }
    }
}

/// What a thing on the drawing is to the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A film on the shelf.
    OnShelf(Taste),
    /// Recommended, at this place (0 is best).
    Recommended(usize),
    /// Anything else.
    Other,
}

/// A film or a person that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What it is.
    pub vertex: Vertex,
    /// What it is to the visitor.
    pub role: Role,
    /// People who like the film, or films that the person likes, in all: the size of it as a hyperedge, its degree as a
    /// node.
    pub degree: usize,
    /// Others that belong to exactly the same shown hyperedges and are drawn with it as one.
    pub twins: Vec<Vertex>,
}

/// The part of the hypergraph that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ego {
    /// The shown nodes. The centre is the first of them, or in the dual the first of the hyperedges.
    pub nodes: Vec<Shown>,
    /// The shown hyperedges.
    pub hyperedges: Vec<Shown>,
    /// Of each hyperedge the members: places in `nodes`, ascending.
    pub members: Vec<Vec<usize>>,
    /// Whether nodes and hyperedges have changed their roles.
    pub is_dual: bool,
    /// Hyperedges of the centre in all (in the dual: its members).
    pub n_hyperedges: usize,
    /// Different members of the shown hyperedges in all, the centre aside (in the dual: different hyperedges of the nodes).
    pub n_members: usize,
}

impl Ego {
    /// What stands in the centre.
    pub fn centre(&self) -> Vertex {
        let first = if self.is_dual { self.hyperedges.first() } else { self.nodes.first() };
        first.map_or(Vertex::You, |shown| shown.vertex)
    }

    /// Whether a node belongs to a hyperedge, by their places.
    pub fn contains(&self, hyperedge: usize, node: usize) -> bool {
        self.members[hyperedge].binary_search(&node).is_ok()
    }

    /// The places of a node's hyperedges, ascending.
    pub fn holders(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.hyperedges.len()).filter(move |&hyperedge| self.contains(hyperedge, node))
    }

    /// The same things and the same memberships in exchanged roles: each node a hyperedge, each hyperedge a node. The
    /// incidence matrix is transposed; the dual's dual is the selection itself.
    pub fn dual(&self) -> Self {
        Self {
            nodes: self.hyperedges.clone(),
            hyperedges: self.nodes.clone(),
            members: (0..self.nodes.len()).map(|node| self.holders(node).collect()).collect(),
            is_dual: !self.is_dual,
            n_hyperedges: self.n_hyperedges,
            n_members: self.n_members,
        }
    }

    /// Where something is shown: as a node or as a hyperedge, itself or by a twin of it.
    pub fn find(&self, vertex: Vertex) -> Option<&Shown> {
        let mut all = self.nodes.iter().chain(&self.hyperedges);
        all.find(|shown| shown.vertex == vertex || shown.twins.contains(&vertex))
    }
}
