//! Sparse times dense, differentiable: candle has no such product.
//!
//! | file | what it holds |
//! |---|---|
//! | `pattern` | where the entries stand, by row and by column |
//! | `product`, `rows` | `A xs`, all of it or a few rows |
//! | `polynomial` | `(c_0 + c_1 A + c_2 A^2 + ...) xs`: the layers of a linear graph convolution in one operation |
//! | `scale` | `A diag(s)` as a dense matrix |
//! | `row_max` | the largest of a row's numbers, of numbers that live on a device |
//! | `cpu`, `cuda`, `spmm.cu` | the kernels; those for the GPU behind the feature `cuda` |
//!
//! Nothing is ever as large as entries times dimensions: a product holds its operands and its result, so memory is
//! `O(n_entries + n_rows dim)`. Every gradient is that of the formula, and every sum has a fixed order.

mod array;
mod cpu;
#[cfg(feature = "cuda")]
mod cuda;
mod pattern;
mod polynomial;
mod product;
mod row_max;
mod rows;
mod scale;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use array::Array;
pub use pattern::Pattern;
use sharp_distill::hypergraph::Incidence;

/// `1 / sqrt(|e_v| |v_e|)` of every membership, node by node: the entries of [`SparseMatrix::normalised`].
pub fn normalised_values(incidence: &Incidence) -> Vec<f32> {
    let (by_node, by_hyperedge) = (incidence.inv_sqrt_node_degree(), incidence.transposed().inv_sqrt_node_degree());
    incidence.memberships().map(|(node, edge)| by_node[node as usize] * by_hyperedge[edge as usize]).collect()
}

/// A sparse matrix: a pattern that many matrices share, and values of its own. Cloning shares both.
#[derive(Debug, Clone)]
pub struct SparseMatrix {
    pattern: Arc<Pattern>,
    values: Arc<Values>,
    transposed: bool,
}

#[derive(Debug)]
struct Values {
    by_row: Array<f32>,
    /// The same in the order of the columns, made when the transpose is first multiplied.
    by_column: OnceLock<Array<f32>>,
}

impl SparseMatrix {
    /// `values` has one number an entry of `pattern`.
    ///
    /// # Panics
    /// Another number of values.
    pub fn new(pattern: Arc<Pattern>, values: Vec<f32>) -> Self {
        assert_eq!(pattern.n_entries(), values.len(), "values of a sparse matrix");
        Self {
            pattern,
            values: Arc::new(Values { by_row: values.into(), by_column: OnceLock::new() }),
            transposed: false,
        }
    }

    /// `D_v^-1/2 H D_e^-1/2`: a channel's operator is it times its transpose, LightGCN's step is it and its transpose.
    pub fn normalised(incidence: &Incidence) -> Self {
        Self::new(Arc::new(Pattern::of_incidence(incidence)), normalised_values(incidence))
    }

    /// `D^-1/2 A D^-1/2` of the bipartite graph of nodes and hyperedges, nodes first, without self-loops: what
    /// [`normalised`](Self::normalised) is by halves, as one square matrix.
    pub fn bipartite(incidence: &Incidence) -> Self {
        let n_nodes = incidence.n_nodes();
        let (by_node, by_edge) = (incidence.inv_sqrt_node_degree(), incidence.transposed().inv_sqrt_node_degree());
        let n_entries = 2 * incidence.n_memberships();
        let (mut offsets, mut columns) = (vec![0u32], Vec::with_capacity(n_entries));
        let mut values = Vec::with_capacity(n_entries);
        for (node, scale) in by_node.iter().enumerate() {
            let edges = incidence.hyperedges_of(node);
            columns.extend(edges.iter().map(|edge| n_nodes as u32 + edge));
            values.extend(edges.iter().map(|&edge| scale * by_edge[edge as usize]));
            offsets.push(columns.len() as u32);
        }
        for (edge, scale) in by_edge.iter().enumerate() {
            let members = incidence.members_of(edge);
            columns.extend_from_slice(members);
            values.extend(members.iter().map(|&node| by_node[node as usize] * scale));
            offsets.push(columns.len() as u32);
        }
        Self::new(Arc::new(Pattern::new(n_nodes + incidence.n_hyperedges(), offsets, columns)), values)
    }

    /// One row for each of `row_idx`, with a 1 where it says: times a matrix of `n_rows` rows it is these rows of it.
    ///
    /// # Errors
    /// A row that is out of range.
    pub(crate) fn selection(row_idx: &[u32], n_rows: usize) -> candle_core::Result<Self> {
        if let Some(row) = row_idx.iter().find(|&&row| row as usize >= n_rows) {
            candle_core::bail!("there is no row {row} among {n_rows}");
        }
        let offsets = (0..=row_idx.len() as u32).collect();
        let pattern = Pattern::new(n_rows, offsets, row_idx.to_vec());
        Ok(Self::new(Arc::new(pattern), vec![1.0; row_idx.len()]))
    }

    /// The transpose; nothing is copied.
    pub fn t(&self) -> Self {
        Self { transposed: !self.transposed, ..self.clone() }
    }

    /// Rows and columns.
    fn dims(&self) -> (usize, usize) {
        let (n_rows, n_columns) = (self.pattern.n_rows(), self.pattern.n_columns());
        if self.transposed { (n_columns, n_rows) } else { (n_rows, n_columns) }
    }

    /// This matrix by rows.
    fn csr(&self) -> Csr<'_> {
        let (pattern, values) = (&self.pattern, &self.values);
        if self.transposed {
            let permuted = || pattern.entries.iter().map(|&entry| values.by_row[entry as usize]).collect::<Vec<_>>();
            let values = values.by_column.get_or_init(|| permuted().into());
            Csr { offsets: &pattern.column_offsets, columns: &pattern.rows, values }
        } else {
            Csr { offsets: &pattern.offsets, columns: &pattern.columns, values: &values.by_row }
        }
    }
}

/// A matrix by rows, from whichever side it is stored on: what the kernels read.
#[derive(Clone, Copy)]
struct Csr<'a> {
    offsets: &'a Array<u32>,
    columns: &'a Array<u32>,
    values: &'a Array<f32>,
}

impl Csr<'_> {
    fn n_rows(&self) -> usize {
        self.offsets.len() - 1
    }

    fn entries(&self, row: usize) -> Range<usize> {
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }
}
