//! The bipartite graph that the student convolves over: users, then items, a neighbour for every membership.

use crate::hypergraph::Incidence;

/// `A_bip` in compressed rows with `D^-1/2` of `A_bip + I` (so an isolated node has degree 1, not 0).
#[derive(Debug, Clone, PartialEq)]
pub struct BipartiteGraph {
    n_users: usize,
    offsets: Vec<u32>,
    neighbors: Vec<u32>,
    inv_sqrt_degree: Vec<f32>,
}

impl BipartiteGraph {
    /// From `H` of the user channel (users are nodes, items hyperedges).
    pub fn from_incidence(incidence: &Incidence) -> Self {
        let (n_users, n_items) = (incidence.n_nodes(), incidence.n_hyperedges());
        let mut offsets = Vec::with_capacity(n_users + n_items + 1);
        let mut neighbors = Vec::with_capacity(2 * incidence.n_memberships());
        offsets.push(0);
        for user_idx in 0..n_users {
            neighbors.extend(incidence.hyperedges_of(user_idx).iter().map(|item_idx| n_users as u32 + item_idx));
            offsets.push(neighbors.len() as u32);
        }
        for item_idx in 0..n_items {
            neighbors.extend_from_slice(incidence.members_of(item_idx));
            offsets.push(neighbors.len() as u32);
        }
        let inv_sqrt_degree = offsets.windows(2).map(|pair| inv_sqrt_degree((pair[1] - pair[0]) as f32)).collect();
        Self { n_users, offsets, neighbors, inv_sqrt_degree }
    }

    /// Users and items together.
    pub fn n_nodes(&self) -> usize {
        self.inv_sqrt_degree.len()
    }

    /// Where the items begin.
    pub fn n_users(&self) -> usize {
        self.n_users
    }

    /// `[n_nodes + 1]` offsets into [`neighbors`](Self::neighbors).
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// Neighbours of all nodes, node after node, without the self-loops.
    pub fn neighbors(&self) -> &[u32] {
        &self.neighbors
    }

    /// `[n_nodes]`: `(degree + 1)^-1/2`.
    pub fn inv_sqrt_degree(&self) -> &[f32] {
        &self.inv_sqrt_degree
    }

    /// `[n_items]`: `ln(1 + degree) / ln(1 + largest degree)`, 0 where nothing has a degree.
    pub(super) fn item_popularity(&self) -> Vec<f32> {
        let degrees = self.offsets[self.n_users..].windows(2).map(|pair| pair[1] - pair[0]);
        let mut popularity: Vec<f32> = degrees.map(|degree| (degree as f32 + 1.0).ln()).collect();
        let largest = popularity.iter().fold(0.0f32, |largest, &p| if p > largest { p } else { largest });
        if largest > 0.0 {
            popularity.iter_mut().for_each(|p| *p /= largest);
        }
        popularity
    }

    /// The items' part of [`inv_sqrt_degree`](Self::inv_sqrt_degree).
    pub fn item_inv_sqrt_degree(&self) -> &[f32] {
        &self.inv_sqrt_degree[self.n_users..]
    }
}

/// `(degree + 1)^-1/2`: the self-loop counts as one neighbour.
pub fn inv_sqrt_degree(degree: f32) -> f32 {
    (degree + 1.0).sqrt().recip()
}
