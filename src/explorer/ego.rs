//! What is shown of the hypergraph: one thing in the centre, some of its hyperedges, some of their members.
//!
//! With a film in the centre people are the hyperedges (each holds the films that this person likes: the item
//! channel); with a person in the centre films are (each holds the people who like it: the user channel, its dual).
//! The visitor is one more person. Which are shown is a choice; who belongs to what is not: a shown hyperedge holds
//! every shown thing that belongs to it.

use super::state::{Shelf, Taste};
use crate::hypergraph::Incidence;
use crate::ranking::{reordered, sort_indices, sorted_indices};

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

/// The part of the hypergraph that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ego {
    /// In the centre; a member of every hyperedge.
    pub centre: Vertex,
    /// The shown hyperedges.
    pub hyperedges: Vec<EgoHyperedge>,
    /// Their shown members, the centre aside.
    pub members: Vec<EgoMember>,
    /// Hyperedges of the centre in all.
    pub n_hyperedges: usize,
    /// Different members of the shown hyperedges in all.
    pub n_members: usize,
}

/// A shown hyperedge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgoHyperedge {
    /// What it stands for.
    pub vertex: Vertex,
    /// Places in [`Ego::members`], ascending.
    pub members: Vec<usize>,
    /// Its members in all, the centre included.
    pub size: usize,
    /// What it is to the visitor, if it is a film.
    pub role: Role,
}

/// A shown member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EgoMember {
    /// What it is.
    pub vertex: Vertex,
    /// What it is to the visitor.
    pub role: Role,
    /// In how many of the shown hyperedges it is.
    pub n_hyperedges: usize,
}

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

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Hyperedges at most.
    pub hyperedges: usize,
    /// Members at most.
    pub members: usize,
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

    /// The films of a person or the people of a film, ascending; nothing for an index out of range.
    fn neighbours(&self, of: Vertex) -> Vec<Vertex> {
        match of {
            Vertex::You => {
                let mut liked: Vec<u32> = self.shelf.with_taste(Taste::Liked).collect();
                sort_indices(&mut liked, &|a, b| a.cmp(&b));
                liked.into_iter().map(Vertex::Item).collect()
            }
            Vertex::Person(user_idx) if (user_idx as usize) < self.incidence.n_nodes() => {
                self.incidence.hyperedges_of(user_idx as usize).iter().map(|&item_idx| Vertex::Item(item_idx)).collect()
            }
            Vertex::Item(item_idx) if (item_idx as usize) < self.incidence.n_hyperedges() => {
                let you = (self.shelf.taste_of(item_idx) == Some(Taste::Liked)).then_some(Vertex::You);
                let people = self.incidence.members_of(item_idx as usize).iter();
                you.into_iter().chain(people.map(|&user_idx| Vertex::Person(user_idx))).collect()
            }
            Vertex::Person(_) | Vertex::Item(_) => Vec::new(),
        }
    }

    /// How much a hyperedge has to say to the visitor: larger is shown first.
    fn relevance(&self, hyperedge: Vertex, members: &[Vertex]) -> f32 {
        match (hyperedge, self.role(hyperedge)) {
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

/// The shelf before recommendations before the rest.
fn standing(role: Role) -> usize {
    match role {
        Role::OnShelf(Taste::Liked) => 3,
        Role::Recommended(_) => 2,
        Role::OnShelf(Taste::Disliked | Taste::Seen) => 1,
        Role::Other => 0,
    }
}

/// Chooses what is shown around `centre`.
pub fn ego(lens: &Lens<'_>, centre: Vertex, limits: Limits) -> Ego {
    let candidates: Vec<(Vertex, Vec<Vertex>)> =
        lens.neighbours(centre).into_iter().map(|hyperedge| (hyperedge, lens.neighbours(hyperedge))).collect();
    let n_hyperedges = candidates.len();
    let relevance: Vec<f32> =
        candidates.iter().map(|(hyperedge, members)| lens.relevance(*hyperedge, members)).collect();
    let mut order = sorted_indices(n_hyperedges, &|a, b| {
        relevance[b].total_cmp(&relevance[a]).then(candidates[a].0.cmp(&candidates[b].0))
    });
    order.truncate(limits.hyperedges);
    let candidates = reordered(candidates, &order);

    let (members, n_members) = choose_members(lens, centre, &candidates, limits.members);

    let hyperedges = candidates.into_iter().map(|(vertex, all)| EgoHyperedge {
        vertex,
        members: (0..members.len()).filter(|&place| all.binary_search(&members[place].vertex).is_ok()).collect(),
        // The visitor's own centre is not in the data's rows of its films, nor in the count of a film's people.
        size: all.len(),
        role: lens.role(vertex),
    });
    Ego { centre, hyperedges: hyperedges.collect(), members, n_hyperedges, n_members }
}

/// Someone or something that could be shown.
struct Candidate {
    member: EgoMember,
    /// Places of its hyperedges among the shown ones, ascending.
    holders: Vec<usize>,
    /// Smaller is shown first among equals: films that many know, people who like few (what they share says more).
    rank: (usize, Vertex),
}

/// Which members of the shown hyperedges are shown, and how many there are in all.
///
/// Two thirds at most go to what the visitor knows: the shelf and the recommendations. Then come a few that are
/// shared by many of the hyperedges, each in its own way; then the hyperedges take turns, the emptiest first, with
/// something that they share with one other, so that the drawing shows differences and not only what all have.
fn choose_members(
    lens: &Lens<'_>,
    centre: Vertex,
    hyperedges: &[(Vertex, Vec<Vertex>)],
    limit: usize,
) -> (Vec<EgoMember>, usize) {
    let mut candidates = candidates(lens, centre, hyperedges);
    let n_members = candidates.len();
    let (for_others, for_shared) = (limit / 3, limit / 5);

    let is_known =
        |candidate: &Candidate| candidate.member.vertex == Vertex::You || candidate.member.role != Role::Other;
    let (mut chosen, mut others): (Vec<_>, Vec<_>) = candidates.drain(..).partition(is_known);
    chosen.truncate(limit - for_others);

    let mut ways: Vec<Vec<usize>> = Vec::new();
    let mut place = 0;
    while ways.len() < for_shared && chosen.len() < limit && place < others.len() {
        if others[place].holders.len() > 1 && !ways.contains(&others[place].holders) {
            ways.push(others[place].holders.clone());
            chosen.push(others.remove(place));
        } else {
            place += 1;
        }
    }

    while chosen.len() < limit && !others.is_empty() {
        let filled = |hyperedge: usize| chosen.iter().filter(|shown| shown.holders.contains(&hyperedge)).count();
        let has_more = |hyperedge: &usize| others.iter().any(|other| other.holders.contains(hyperedge));
        let emptiest = (0..hyperedges.len()).filter(has_more).min_by_key(|&hyperedge| (filled(hyperedge), hyperedge));
        let best = emptiest.and_then(|hyperedge| {
            let held = (0..others.len()).filter(|&place| others[place].holders.contains(&hyperedge));
            held.min_by_key(|&place| (others[place].holders.len().abs_diff(2), others[place].rank))
        });
        match best {
            Some(place) => chosen.push(others.remove(place)),
            None => break,
        }
    }
    (chosen.into_iter().map(|candidate| candidate.member).collect(), n_members)
}

/// All members of the shown hyperedges, those worth showing first.
fn candidates(lens: &Lens<'_>, centre: Vertex, hyperedges: &[(Vertex, Vec<Vertex>)]) -> Vec<Candidate> {
    let all: Vec<(Vertex, usize)> = (0..)
        .zip(hyperedges)
        .flat_map(|(place, (_, members))| members.iter().map(move |&member| (member, place)))
        .filter(|(member, _)| *member != centre)
        .collect();
    let all = reordered(all.clone(), &sorted_indices(all.len(), &|a, b| all[a].cmp(&all[b])));
    let rank = |vertex: Vertex| match vertex {
        Vertex::You => (0, vertex),
        Vertex::Person(user_idx) => (lens.incidence.node_degree(user_idx as usize), vertex),
        Vertex::Item(item_idx) => (usize::MAX - lens.incidence.hyperedge_degree(item_idx as usize), vertex),
    };
    let candidates: Vec<Candidate> = all
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| {
            let vertex = same[0].0;
            let member = EgoMember { vertex, role: lens.role(vertex), n_hyperedges: same.len() };
            Candidate { member, holders: same.iter().map(|(_, place)| *place).collect(), rank: rank(vertex) }
        })
        .collect();
    let first = |place: usize| {
        let member = &candidates[place].member;
        (member.vertex == Vertex::You, standing(member.role), member.n_hyperedges)
    };
    let order = sorted_indices(candidates.len(), &|a, b| {
        first(b).cmp(&first(a)).then(candidates[a].rank.cmp(&candidates[b].rank))
    });
    reordered(candidates, &order)
}
