//! Sparse times dense, differentiable: candle has no such product.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use sharp_distill::hypergraph::Incidence;

use crate::ops::{to_vec, values};

/// Where the entries of a sparse matrix stand, readable by row and by column.
///
/// Entry `e` of row `r` (`offsets[r] <= e < offsets[r + 1]`) stands in column `columns[e]`.
#[derive(Debug)]
pub struct Pattern {
    n_rows: usize,
    n_columns: usize,
    offsets: Vec<u32>,
    columns: Vec<u32>,
    column_offsets: Vec<u32>,
    /// The rows of each column, ascending, and the entries they stand for.
    rows: Vec<u32>,
    entries: Vec<u32>,
}

impl Pattern {
    /// From compressed rows.
    pub fn new(n_columns: usize, offsets: Vec<u32>, columns: Vec<u32>) -> Self {
        let n_rows = offsets.len() - 1;
        let mut column_offsets = vec![0u32; n_columns + 1];
        for &column in &columns {
            column_offsets[column as usize + 1] += 1;
        }
        for column in 0..n_columns {
            column_offsets[column + 1] += column_offsets[column];
        }
        let mut next = column_offsets.clone();
        let (mut rows, mut entries) = (vec![0; columns.len()], vec![0; columns.len()]);
        for row in 0..n_rows {
            for entry in offsets[row]..offsets[row + 1] {
                let slot = &mut next[columns[entry as usize] as usize];
                rows[*slot as usize] = row as u32;
                entries[*slot as usize] = entry;
                *slot += 1;
            }
        }
        Self { n_rows, n_columns, offsets, columns, column_offsets, rows, entries }
    }

    /// The pattern of `H`: nodes are rows, hyperedges columns.
    pub fn of_incidence(incidence: &Incidence) -> Self {
        let by_node = incidence.by_node();
        Self::new(incidence.n_hyperedges(), by_node.offsets().to_vec(), by_node.indices().to_vec())
    }

    /// Rows of the matrix.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Entries of the matrix.
    pub fn n_entries(&self) -> usize {
        self.columns.len()
    }

    /// Row and column of every entry, in order.
    pub fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.n_rows).flat_map(move |row| {
            (self.offsets[row]..self.offsets[row + 1]).map(move |entry| (row, self.columns[entry as usize] as usize))
        })
    }
}

/// A sparse matrix: a pattern that many matrices share, and values of its own.
#[derive(Debug, Clone)]
pub struct SparseMatrix {
    pattern: Arc<Pattern>,
    values: Arc<Vec<f32>>,
    transposed: bool,
}

impl SparseMatrix {
    /// `values` has one number an entry of `pattern`.
    pub fn new(pattern: Arc<Pattern>, values: Vec<f32>) -> Self {
        assert_eq!(pattern.n_entries(), values.len(), "values of a sparse matrix");
        Self { pattern, values: Arc::new(values), transposed: false }
    }

    /// The transpose; nothing is copied.
    pub fn t(&self) -> Self {
        Self { transposed: !self.transposed, ..self.clone() }
    }

    /// `self xs`, with a gradient for `xs`.
    ///
    /// # Shapes
    /// `self` is `[n_rows, n_columns]`, `xs` is `[n_columns, dim]`, the result `[n_rows, dim]`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn matmul(&self, xs: &Tensor) -> Result<Tensor> {
        xs.contiguous()?.apply_op1(self.clone())
    }

    /// `self diag(column_scale)` as a dense matrix, with a gradient for `column_scale`.
    ///
    /// # Shapes
    /// `column_scale` is `[n_columns]`, the result `[n_rows, n_columns]`; `self` must not be a transpose.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn scale_columns(&self, column_scale: &Tensor) -> Result<Tensor> {
        if self.transposed {
            bail!("scale-columns: not defined for a transposed matrix");
        }
        column_scale.contiguous()?.apply_op1(ScaleColumns(self.clone()))
    }

    fn multiply(&self, xs: &[f32], dim: usize) -> Vec<f32> {
        let pattern = &self.pattern;
        let (n_rows, offsets) = if self.transposed {
            (pattern.n_columns, &pattern.column_offsets)
        } else {
            (pattern.n_rows, &pattern.offsets)
        };
        let mut out = vec![0.0f32; n_rows * dim];
        // Each row is summed by one thread in a fixed order: the same bytes with any number of threads.
        out.par_chunks_mut(dim.max(1)).enumerate().for_each(|(row, out)| {
            for at in offsets[row] as usize..offsets[row + 1] as usize {
                let (column, entry) = if self.transposed {
                    (pattern.rows[at] as usize, pattern.entries[at] as usize)
                } else {
                    (pattern.columns[at] as usize, at)
                };
                let value = self.values[entry];
                for (sum, x) in out.iter_mut().zip(&xs[column * dim..][..dim]) {
                    *sum += value * x;
                }
            }
        });
        out
    }
}

impl CustomOp1 for SparseMatrix {
    fn name(&self) -> &'static str {
        "sparse-matmul"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n_columns, dim) = layout.shape().dims2()?;
        let (rows, columns) = (self.pattern.n_rows, self.pattern.n_columns);
        let (rows, columns) = if self.transposed { (columns, rows) } else { (rows, columns) };
        if columns != n_columns {
            bail!("sparse-matmul: a {rows} x {columns} matrix cannot be multiplied with {n_columns} rows");
        }
        let out = self.multiply(values(storage, layout, self.name())?, dim);
        Ok((CpuStorage::F32(out), (rows, dim).into()))
    }

    /// `d(A xs) = A^T grad`.
    fn bwd(&self, _xs: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(grad_res.contiguous()?.apply_op1_no_bwd(&self.t())?))
    }
}

struct ScaleColumns(SparseMatrix);

impl CustomOp1 for ScaleColumns {
    fn name(&self) -> &'static str {
        "scale-columns"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let pattern = &self.0.pattern;
        let (n_rows, n_columns) = (pattern.n_rows, pattern.n_columns);
        let scale = values(storage, layout, self.name())?;
        if scale.len() != n_columns {
            bail!("scale-columns: {} factors for {n_columns} columns", scale.len());
        }
        let mut out = vec![0.0; n_rows * n_columns];
        for ((row, column), value) in pattern.places().zip(self.0.values.iter()) {
            out[row * n_columns + column] = value * scale[column];
        }
        Ok((CpuStorage::F32(out), (n_rows, n_columns).into()))
    }

    fn bwd(&self, column_scale: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        let pattern = &self.0.pattern;
        let grad = to_vec(grad_res)?;
        let mut sums = vec![0.0f32; pattern.n_columns];
        for ((row, column), value) in pattern.places().zip(self.0.values.iter()) {
            sums[column] += value * grad[row * pattern.n_columns + column];
        }
        Ok(Some(Tensor::from_vec(sums, column_scale.shape(), column_scale.device())?))
    }
}
