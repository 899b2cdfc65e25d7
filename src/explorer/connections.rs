//! The people through whom a film hangs together with a shelf: hyperedges that hold the film and films of the shelf.

use super::state::{Shelf, Taste};
use crate::hypergraph::Incidence;
use crate::ranking::sorted_indices;

/// A person who liked a film and some of the shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// The person.
    pub user_idx: u32,
    /// How many liked films of the shelf this person liked, too.
    pub n_shared: usize,
    /// How many films this person liked in all.
    pub n_liked: usize,
}

/// How a film hangs together with a shelf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connections {
    /// The closest people, those first whose taste is nearest to the shelf's.
    pub closest: Vec<Connection>,
    /// How many people liked the film and at least one film of the shelf.
    pub n_connected: usize,
    /// How many people liked the film.
    pub n_people: usize,
}

/// The people between `item_idx` and the liked films of the shelf, the `limit` closest by cosine: films shared, over the
/// square root of all that the person liked, so that nobody is close for liking everything.
pub fn connections(incidence: &Incidence, shelf: &Shelf, item_idx: u32, limit: usize) -> Connections {
    if item_idx as usize >= incidence.n_hyperedges() {
        return Connections::default();
    }
    let people = incidence.members_of(item_idx as usize);
    let connection = |&user_idx: &u32| {
        let liked = incidence.hyperedges_of(user_idx as usize);
        let is_shared = |film: &&u32| **film != item_idx && shelf.taste_of(**film) == Some(Taste::Liked);
        Connection { user_idx, n_shared: liked.iter().filter(is_shared).count(), n_liked: liked.len() }
    };
    let connected: Vec<Connection> = people.iter().map(connection).filter(|person| person.n_shared > 0).collect();
    // a / sqrt(b) against c / sqrt(d), squared: all are positive.
    let nearness = |person: &Connection, other: &Connection| person.n_shared.pow(2) * other.n_liked;
    let order = sorted_indices(connected.len(), &|a, b| {
        let (a, b) = (&connected[a], &connected[b]);
        nearness(b, a).cmp(&nearness(a, b))
    });
    let closest = order.iter().take(limit).map(|&place| connected[place as usize]).collect();
    Connections { closest, n_connected: connected.len(), n_people: people.len() }
}
