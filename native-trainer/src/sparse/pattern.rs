//! Where the entries of a sparse matrix stand, and where those of a few of its rows do.

use candle_core::{Result, bail};
use sharp_distill::hypergraph::Incidence;

use super::array::Array;

/// Where the entries of a sparse matrix stand, readable by row and by column.
///
/// Entry `e` of row `r` (`offsets[r] <= e < offsets[r + 1]`) stands in column `columns[e]`. Twelve bytes an entry.
#[derive(Debug)]
pub struct Pattern {
    pub(super) offsets: Array<u32>,
    pub(super) columns: Array<u32>,
    pub(super) column_offsets: Array<u32>,
    /// The rows of each column, ascending, and the entries they stand for.
    pub(super) rows: Array<u32>,
    pub(super) entries: Vec<u32>,
}

impl Pattern {
    /// From compressed rows: `n_rows + 1` offsets, ascending from 0 to the number of entries, and the column of every
    /// entry.
    ///
    /// # Panics
    /// Offsets or columns that describe no matrix.
    pub fn new(n_columns: usize, offsets: Vec<u32>, columns: Vec<u32>) -> Self {
        assert!(
            offsets.first() == Some(&0) && offsets.is_sorted() && offsets.last() == Some(&(columns.len() as u32)),
            "offsets of a sparse matrix"
        );
        let mut column_offsets = vec![0u32; n_columns + 1];
        for &column in &columns {
            column_offsets[column as usize + 1] += 1;
        }
        for column in 0..n_columns {
            column_offsets[column + 1] += column_offsets[column];
        }
        let mut next = column_offsets.clone();
        let (mut rows, mut entries) = (vec![0; columns.len()], vec![0; columns.len()]);
        for (row, ends) in offsets.windows(2).enumerate() {
            for entry in ends[0]..ends[1] {
                let slot = &mut next[columns[entry as usize] as usize];
                rows[*slot as usize] = row as u32;
                entries[*slot as usize] = entry;
                *slot += 1;
            }
        }
        Self {
            offsets: offsets.into(),
            columns: columns.into(),
            column_offsets: column_offsets.into(),
            rows: rows.into(),
            entries,
        }
    }

    /// The pattern of `H`: nodes are rows, hyperedges columns.
    pub fn of_incidence(incidence: &Incidence) -> Self {
        let by_node = incidence.by_node();
        Self::new(incidence.n_hyperedges(), by_node.offsets().to_vec(), by_node.indices().to_vec())
    }

    /// Rows of the matrix.
    pub fn n_rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Columns of the matrix.
    pub fn n_columns(&self) -> usize {
        self.column_offsets.len() - 1
    }

    /// Entries of the matrix.
    pub fn n_entries(&self) -> usize {
        self.columns.len()
    }

    /// Row and column of every entry, in order.
    pub fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.offsets.windows(2).enumerate().flat_map(move |(row, ends)| {
            self.columns[ends[0] as usize..ends[1] as usize].iter().map(move |&column| (row, column as usize))
        })
    }
}

/// Some rows of a matrix, each at most once, and the way back from a row to its place among them.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) rows: Array<u32>,
    /// For every row of the matrix its place in `rows`, or [`ABSENT`].
    pub(super) slots: Array<u32>,
}

/// The slot of a row that was not selected.
pub(super) const ABSENT: u32 = u32::MAX;

impl Selection {
    /// Of a matrix with `n_rows`.
    pub(super) fn new(rows: &[u32], n_rows: usize) -> Result<Self> {
        let mut slots = vec![ABSENT; n_rows];
        for (place, &row) in rows.iter().enumerate() {
            match slots.get_mut(row as usize) {
                None => bail!("row {row} of a sparse matrix with {n_rows} rows"),
                Some(slot) if *slot != ABSENT => bail!("row {row} of a sparse matrix is selected twice"),
                Some(slot) => *slot = place as u32,
            }
        }
        Ok(Self { rows: rows.to_vec().into(), slots: slots.into() })
    }
}
