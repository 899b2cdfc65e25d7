//! The hypergraph: which node belongs to which hyperedge, and what follows from it.
//!
//! In the **user channel** users are the nodes and items the hyperedges; the **item channel** is the
//! [transpose](Incidence::transposed). Both directions are kept, so that either can be read at the same cost.

use thiserror::Error;

/// What can be wrong with a hypergraph that somebody hands over.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HypergraphError {
    /// A node index at or past the number of nodes.
    #[error("node {node_idx} is out of range: the hypergraph has {n_nodes} nodes")]
    NodeOutOfRange {
        /// The offending index.
        node_idx: u32,
        /// The number of nodes.
        n_nodes: usize,
    },
    /// A hyperedge index at or past the number of hyperedges.
    #[error("hyperedge {hyperedge_idx} is out of range: the hypergraph has {n_hyperedges} hyperedges")]
    HyperedgeOutOfRange {
        /// The offending index.
        hyperedge_idx: u32,
        /// The number of hyperedges.
        n_hyperedges: usize,
    },
    /// The same membership stands twice.
    #[error("node {node_idx} belongs to hyperedge {hyperedge_idx} twice, or the row is not sorted")]
    DuplicateOrUnsorted {
        /// The node of the row.
        node_idx: u32,
        /// The hyperedge at which the row stops ascending.
        hyperedge_idx: u32,
    },
    /// The offsets of a compressed row format do not describe its indices.
    #[error("the row offsets are broken at row {row}: {reason}")]
    BrokenOffsets {
        /// The row at fault.
        row: usize,
        /// What is wrong there.
        reason: String,
    },
    /// More memberships than a 32-bit offset can address.
    #[error("{n_memberships} memberships are more than 32-bit offsets can address")]
    TooLarge {
        /// How many were given.
        n_memberships: usize,
    },
}

/// Compressed sparse rows: row `i` holds `indices[offsets[i]..offsets[i + 1]]`, ascending and without repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csr {
    offsets: Vec<u32>,
    indices: Vec<u32>,
}

impl Csr {
    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The columns of one row, ascending.
    pub fn row(&self, row: usize) -> &[u32] {
        &self.indices[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    /// The number of entries in one row.
    pub fn degree(&self, row: usize) -> usize {
        self.row(row).len()
    }

    /// `n_rows + 1` offsets into [`indices`](Self::indices).
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// All columns, row after row.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    fn from_rows(rows: &[Vec<u32>]) -> Self {
        let mut offsets = Vec::with_capacity(rows.len() + 1);
        let mut indices = Vec::with_capacity(rows.iter().map(Vec::len).sum());
        offsets.push(0);
        for row in rows {
            indices.extend_from_slice(row);
            offsets.push(indices.len() as u32);
        }
        Self { offsets, indices }
    }

    /// The same entries with rows and columns exchanged; a counting sort, so every row comes out ascending.
    fn transposed(&self, n_columns: usize) -> Self {
        let mut offsets = vec![0u32; n_columns + 1];
        for &column in &self.indices {
            offsets[column as usize + 1] += 1;
        }
        for column in 0..n_columns {
            offsets[column + 1] += offsets[column];
        }
        let mut next = offsets.clone();
        let mut indices = vec![0u32; self.indices.len()];
        for row in 0..self.n_rows() {
            for &column in self.row(row) {
                let slot = &mut next[column as usize];
                indices[*slot as usize] = row as u32;
                *slot += 1;
            }
        }
        Self { offsets, indices }
    }

    fn insert(&mut self, row: usize, column: u32) -> bool {
        match self.row(row).binary_search(&column) {
            Ok(_) => false,
            Err(place) => {
                self.indices.insert(self.offsets[row] as usize + place, column);
                self.offsets[row + 1..].iter_mut().for_each(|offset| *offset += 1);
                true
            }
        }
    }

    fn remove(&mut self, row: usize, column: u32) -> bool {
        match self.row(row).binary_search(&column) {
            Ok(place) => {
                self.indices.remove(self.offsets[row] as usize + place);
                self.offsets[row + 1..].iter_mut().for_each(|offset| *offset -= 1);
                true
            }
            Err(_) => false,
        }
    }
}

/// The incidence matrix `H` in {0,1}^(n_nodes x n_hyperedges), sparse, readable by node and by hyperedge.
///
/// Invariants, enforced by every constructor and kept by every edit: indices are in range, rows ascend without
/// repeats, and the two directions hold the same memberships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incidence {
    by_node: Csr,
    by_hyperedge: Csr,
}

impl Incidence {
    /// Builds `H` from `(node_idx, hyperedge_idx)` pairs in any order; a repeated pair counts once.
    ///
    /// # Errors
    /// An index out of range, or more than `u32::MAX` memberships.
    pub fn from_memberships(
        n_nodes: usize,
        n_hyperedges: usize,
        memberships: impl IntoIterator<Item = (u32, u32)>,
    ) -> Result<Self, HypergraphError> {
        let mut rows = vec![Vec::new(); n_nodes];
        for (node_idx, hyperedge_idx) in memberships {
            check_range(node_idx, n_nodes, hyperedge_idx, n_hyperedges)?;
            rows[node_idx as usize].push(hyperedge_idx);
        }
        for row in &mut rows {
            row.sort_unstable();
            row.dedup();
        }
        let n_memberships = rows.iter().map(Vec::len).sum::<usize>();
        if u32::try_from(n_memberships).is_err() {
            return Err(HypergraphError::TooLarge { n_memberships });
        }
        let by_node = Csr::from_rows(&rows);
        let by_hyperedge = by_node.transposed(n_hyperedges);
        Ok(Self { by_node, by_hyperedge })
    }

    /// Takes compressed rows as a file holds them: one row a node, its hyperedges ascending.
    ///
    /// # Errors
    /// Names the first row or index that breaks an invariant; nothing is repaired silently.
    pub fn from_csr(n_hyperedges: usize, offsets: Vec<u32>, indices: Vec<u32>) -> Result<Self, HypergraphError> {
        let broken = |row: usize, reason: &str| HypergraphError::BrokenOffsets { row, reason: reason.to_owned() };
        match (offsets.first(), offsets.last()) {
            (Some(0), Some(&last)) if last as usize == indices.len() => {}
            (Some(0), Some(&last)) => {
                let reason = format!("the last offset is {last}, but there are {} indices", indices.len());
                return Err(broken(offsets.len() - 1, &reason));
            }
            (Some(&first), _) => return Err(broken(0, &format!("the first offset is {first}, not 0"))),
            (None, _) => return Err(broken(0, "there are no offsets")),
        }
        if let Some(row) = offsets.windows(2).position(|pair| pair[0] > pair[1]) {
            return Err(broken(row, "the offsets descend"));
        }
        let by_node = Csr { offsets, indices };
        let n_nodes = by_node.n_rows();
        for node_idx in 0..n_nodes {
            let row = by_node.row(node_idx);
            for (place, &hyperedge_idx) in row.iter().enumerate() {
                check_range(node_idx as u32, n_nodes, hyperedge_idx, n_hyperedges)?;
                if place > 0 && row[place - 1] >= hyperedge_idx {
                    return Err(HypergraphError::DuplicateOrUnsorted { node_idx: node_idx as u32, hyperedge_idx });
                }
            }
        }
        let by_hyperedge = by_node.transposed(n_hyperedges);
        Ok(Self { by_node, by_hyperedge })
    }

    /// The number of nodes (rows of `H`).
    pub fn n_nodes(&self) -> usize {
        self.by_node.n_rows()
    }

    /// The number of hyperedges (columns of `H`).
    pub fn n_hyperedges(&self) -> usize {
        self.by_hyperedge.n_rows()
    }

    /// The number of ones in `H`.
    pub fn n_memberships(&self) -> usize {
        self.by_node.indices.len()
    }

    /// The rows of `H`: for each node its hyperedges.
    pub fn by_node(&self) -> &Csr {
        &self.by_node
    }

    /// The columns of `H`: for each hyperedge its members.
    pub fn by_hyperedge(&self) -> &Csr {
        &self.by_hyperedge
    }

    /// The hyperedges of a node, ascending.
    pub fn hyperedges_of(&self, node_idx: usize) -> &[u32] {
        self.by_node.row(node_idx)
    }

    /// The members of a hyperedge, ascending.
    pub fn members_of(&self, hyperedge_idx: usize) -> &[u32] {
        self.by_hyperedge.row(hyperedge_idx)
    }

    /// `D_v`: the number of hyperedges of a node.
    pub fn node_degree(&self, node_idx: usize) -> usize {
        self.by_node.degree(node_idx)
    }

    /// `D_e`: the number of members of a hyperedge.
    pub fn hyperedge_degree(&self, hyperedge_idx: usize) -> usize {
        self.by_hyperedge.degree(hyperedge_idx)
    }

    /// `D_e` as a vector; in the user channel the popularity of every item.
    pub fn hyperedge_degrees(&self) -> Vec<u32> {
        self.by_hyperedge.offsets.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Whether `H[node_idx, hyperedge_idx]` is one; false for indices out of range.
    pub fn contains(&self, node_idx: u32, hyperedge_idx: u32) -> bool {
        (node_idx as usize) < self.n_nodes()
            && self.hyperedges_of(node_idx as usize).binary_search(&hyperedge_idx).is_ok()
    }

    /// All memberships, node by node.
    pub fn memberships(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (0..self.n_nodes()).flat_map(|node_idx| {
            self.hyperedges_of(node_idx).iter().map(move |&hyperedge_idx| (node_idx as u32, hyperedge_idx))
        })
    }

    /// `H^T`: nodes become hyperedges and hyperedges nodes (the dual; the other channel).
    pub fn transposed(&self) -> Self {
        Self { by_node: self.by_hyperedge.clone(), by_hyperedge: self.by_node.clone() }
    }

    /// `D_v^-1/2` as a vector; an isolated node gets 0.
    pub fn inv_sqrt_node_degree(&self) -> Vec<f32> {
        (0..self.n_nodes()).map(|node_idx| inverse(self.node_degree(node_idx) as f32).sqrt()).collect()
    }

    /// `D_e^-1` as a vector; an empty hyperedge gets 0.
    pub fn inv_hyperedge_degree(&self) -> Vec<f32> {
        (0..self.n_hyperedges()).map(|hyperedge_idx| inverse(self.hyperedge_degree(hyperedge_idx) as f32)).collect()
    }

    /// Makes a node a member of a hyperedge; true if it was not one before.
    ///
    /// # Errors
    /// An index out of range.
    pub fn insert(&mut self, node_idx: u32, hyperedge_idx: u32) -> Result<bool, HypergraphError> {
        check_range(node_idx, self.n_nodes(), hyperedge_idx, self.n_hyperedges())?;
        self.by_hyperedge.insert(hyperedge_idx as usize, node_idx);
        Ok(self.by_node.insert(node_idx as usize, hyperedge_idx))
    }

    /// Ends a membership; true if there was one.
    ///
    /// # Errors
    /// An index out of range.
    pub fn remove(&mut self, node_idx: u32, hyperedge_idx: u32) -> Result<bool, HypergraphError> {
        check_range(node_idx, self.n_nodes(), hyperedge_idx, self.n_hyperedges())?;
        self.by_hyperedge.remove(hyperedge_idx as usize, node_idx);
        Ok(self.by_node.remove(node_idx as usize, hyperedge_idx))
    }

    /// Appends a node without memberships and returns its index.
    pub fn push_node(&mut self) -> u32 {
        self.by_node.offsets.push(self.by_node.indices.len() as u32);
        (self.n_nodes() - 1) as u32
    }

    /// `D_e^-1 H^T D_v^-1/2 xs`: what each hyperedge gathers from its members.
    ///
    /// # Shapes
    /// `xs` is `[n_nodes, dim]`, the result `[n_hyperedges, dim]`, both row-major.
    pub fn node_to_edge(&self, xs: &[f32], dim: usize) -> Vec<f32> {
        let inv_sqrt_node_degree = self.inv_sqrt_node_degree();
        gather(&self.by_hyperedge, xs, dim, &inv_sqrt_node_degree, &self.inv_hyperedge_degree())
    }

    /// `D_v^-1/2 H W edges`: what each node gathers back from its hyperedges, weighted by `hyperedge_weight`.
    ///
    /// # Shapes
    /// `edges` is `[n_hyperedges, dim]`, `hyperedge_weight` is `[n_hyperedges]`, the result `[n_nodes, dim]`.
    pub fn edge_to_node(&self, edges: &[f32], dim: usize, hyperedge_weight: &[f32]) -> Vec<f32> {
        gather(&self.by_node, edges, dim, hyperedge_weight, &self.inv_sqrt_node_degree())
    }

    /// `D_v^-1/2 H W D_e^-1 H^T D_v^-1/2 xs` (eq. 3 without `Theta` and the activation).
    ///
    /// # Shapes
    /// `xs` and the result are `[n_nodes, dim]`.
    pub fn propagate(&self, xs: &[f32], dim: usize, hyperedge_weight: &[f32]) -> Vec<f32> {
        self.edge_to_node(&self.node_to_edge(xs, dim), dim, hyperedge_weight)
    }
}

/// `out[row] = row_scale[row] * sum over columns of column_scale[column] * xs[column]`.
fn gather(rows: &Csr, xs: &[f32], dim: usize, column_scale: &[f32], row_scale: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; rows.n_rows() * dim];
    for (row, out) in out.chunks_exact_mut(dim.max(1)).enumerate() {
        for &column in rows.row(row) {
            let column = column as usize;
            for (sum, x) in out.iter_mut().zip(&xs[column * dim..][..dim]) {
                *sum += column_scale[column] * x;
            }
        }
        out.iter_mut().for_each(|sum| *sum *= row_scale[row]);
    }
    out
}

/// `1 / degree`, and 0 for degree 0 (MODEL.md: "the inverse of a zero degree is 0").
fn inverse(degree: f32) -> f32 {
    if degree > 0.0 { 1.0 / degree } else { 0.0 }
}

fn check_range(node_idx: u32, n_nodes: usize, hyperedge_idx: u32, n_hyperedges: usize) -> Result<(), HypergraphError> {
    if node_idx as usize >= n_nodes {
        return Err(HypergraphError::NodeOutOfRange { node_idx, n_nodes });
    }
    if hyperedge_idx as usize >= n_hyperedges {
        return Err(HypergraphError::HyperedgeOutOfRange { hyperedge_idx, n_hyperedges });
    }
    Ok(())
}
