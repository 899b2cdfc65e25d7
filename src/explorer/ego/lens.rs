//! What belongs to what, and what that says to the visitor.

use super::{Role, Shown, Vertex};
use crate::explorer::state::{Shelf, Taste};
use crate::hypergraph::Incidence;
use crate::ranking::{reordered, sort_indices, sorted_indices};

/// What the selection looks at.
#[derive(Debug, Clone, Copy)]
pub struct Lens<'a> {
    /// People are nodes, films hyperedges.
    pub incidence: &'a Incidence,
    /// The visitor's shelf.
    pub shelf: &'a Shelf,
    /// The visitor's recommendations, best first.
    pub recommended: &'a [u32],
}

impl Lens<'_> {
    /// What the visitor has to do with it.
    pub fn role(&self, vertex: Vertex) -> Role {
        let Vertex::Item(item_idx) = vertex else { return Role::Other };
        match (self.shelf.taste_of(item_idx), self.recommended.iter().position(|&other| other == item_idx)) {
            (Some(taste), _) => Role::OnShelf(taste),
            (None, Some(place)) => Role::Recommended(place),
            (None, None) => Role::Other,
        }
    }

    /// Whether the data have it.
    pub(super) fn has(&self, vertex: Vertex) -> bool {
        match vertex {
            Vertex::You => true,
            Vertex::Person(user_idx) => (user_idx as usize) < self.incidence.n_nodes(),
            Vertex::Item(item_idx) => (item_idx as usize) < self.incidence.n_hyperedges(),
        }
    }

    /// It, drawn for itself.
    pub(super) fn shown(&self, vertex: Vertex) -> Shown {
        Shown { vertex, role: self.role(vertex), degree: self.neighbours(vertex).len(), twins: Vec::new() }
    }

    /// The films of a person or the people of a film, ascending; nothing for an index out of range.
    pub fn neighbours(&self, of: Vertex) -> Vec<Vertex> {
        match of {
            Vertex::You => {
                let mut liked: Vec<u32> = self.shelf.with_taste(Taste::Liked).collect();
                sort_indices(&mut liked, &|a, b| a.cmp(&b));
                liked.into_iter().map(Vertex::Item).collect()
            }
            _ if !self.has(of) => Vec::new(),
            Vertex::Person(user_idx) => {
                self.incidence.hyperedges_of(user_idx as usize).iter().map(|&item_idx| Vertex::Item(item_idx)).collect()
            }
            Vertex::Item(item_idx) => {
                let you = (self.shelf.taste_of(item_idx) == Some(Taste::Liked)).then_some(Vertex::You);
                let people = self.incidence.members_of(item_idx as usize).iter();
                you.into_iter().chain(people.map(|&user_idx| Vertex::Person(user_idx))).collect()
            }
        }
    }

    /// The same with the members of each, those first that have most to say to the visitor.
    pub(super) fn hyperedges(&self, of: Vertex) -> Vec<Hyperedge> {
        let all: Vec<Hyperedge> = self.neighbours(of).into_iter().map(|vertex| self.hyperedge(vertex)).collect();
        let relevance: Vec<f32> = all.iter().map(|hyperedge| self.relevance(hyperedge)).collect();
        let order = sorted_indices(all.len(), &|a, b| {
            relevance[b].total_cmp(&relevance[a]).then(all[a].vertex.cmp(&all[b].vertex))
        });
        reordered(all, &order)
    }

    pub(super) fn hyperedge(&self, vertex: Vertex) -> Hyperedge {
        Hyperedge { vertex, members: self.neighbours(vertex) }
    }

    /// How much a hyperedge has to say to the visitor: larger is shown first.
    fn relevance(&self, Hyperedge { vertex, members }: &Hyperedge) -> f32 {
        match (vertex, self.role(*vertex)) {
            (Vertex::You, _) => f32::INFINITY,
            // Of people: the cosine with what the visitor likes and is offered, so that nobody is shown for liking all.
            (Vertex::Person(_), _) => {
                let shared = members.iter().filter(|member| match self.role(**member) {
                    Role::OnShelf(Taste::Liked) => true,
                    Role::OnShelf(Taste::Disliked | Taste::Seen) | Role::Other => false,
                    Role::Recommended(_) => true,
                });
                shared.count() as f32 / (members.len() as f32).sqrt().max(1.0)
            }
            // Of films: the shelf, then recommendations, then what most people know.
            (Vertex::Item(_), role) => standing(role) as f32 * 1e6 + members.len() as f32,
        }
    }
}

/// Someone or something that could be a shown hyperedge.
pub(super) struct Hyperedge {
    pub(super) vertex: Vertex,
    /// All of them, ascending.
    pub(super) members: Vec<Vertex>,
}

/// The shelf before recommendations before the rest.
pub(super) fn standing(role: Role) -> usize {
    match role {
        Role::OnShelf(Taste::Liked) => 3,
        Role::Recommended(_) => 2,
        Role::OnShelf(Taste::Disliked | Taste::Seen) => 1,
        Role::Other => 0,
    }
}
