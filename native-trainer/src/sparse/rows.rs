//! Some rows of a product: the last layer of a mini-batch needs no others.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::pattern::Selection;
use super::{SparseMatrix, cpu};
use crate::ops::values;

impl SparseMatrix {
    /// These rows of `self xs`, in this order, with a gradient for `xs`. Only their entries are multiplied, forth and
    /// back.
    ///
    /// # Shapes
    /// `self` is `[n_rows, n_columns]`, `xs` is `[n_columns, dim]`, the result `[rows.len(), dim]`.
    ///
    /// # Errors
    /// Shapes that do not fit, a row that is out of range or there twice.
    pub fn matmul_rows(&self, xs: &Tensor, rows: &[u32]) -> Result<Tensor> {
        let selection = Arc::new(Selection::new(rows, self.dims().0)?);
        xs.contiguous()?.apply_op1(RowsOfProduct { matrix: self.clone(), selection })
    }
}

struct RowsOfProduct {
    matrix: SparseMatrix,
    selection: Arc<Selection>,
}

impl CustomOp1 for RowsOfProduct {
    fn name(&self) -> &'static str {
        "sparse-matmul-rows"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let dim = self.matrix.fits(layout)?;
        let xs = values(storage, layout, self.name())?;
        let out = cpu::multiply_rows(self.matrix.csr(), &self.selection, xs, dim);
        Ok((CpuStorage::F32(out), (self.selection.rows.len(), dim).into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        storage: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let dim = self.matrix.fits(layout)?;
        let part = super::cuda::Part::Rows(&self.selection);
        let out = super::cuda::multiply(self.matrix.csr(), part, storage, layout, dim)?;
        Ok((out, (self.selection.rows.len(), dim).into()))
    }

    /// `d(S A xs) = A^T S^T grad`, where `S` selects the rows.
    fn bwd(&self, _xs: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        let back = ColumnsTimes { matrix: self.matrix.t(), selection: self.selection.clone() };
        Ok(Some(grad_res.contiguous()?.apply_op1_no_bwd(&back)?))
    }
}

/// The selected columns of `matrix` times a tensor with one row for each of them.
struct ColumnsTimes {
    matrix: SparseMatrix,
    selection: Arc<Selection>,
}

impl ColumnsTimes {
    fn fits(&self, xs: &Layout) -> Result<usize> {
        let (n_rows, dim) = xs.shape().dims2()?;
        if n_rows != self.selection.rows.len() {
            bail!("sparse-columns-times: {} columns are selected, not {n_rows}", self.selection.rows.len());
        }
        Ok(dim)
    }
}

impl CustomOp1 for ColumnsTimes {
    fn name(&self) -> &'static str {
        "sparse-columns-times"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let dim = self.fits(layout)?;
        let xs = values(storage, layout, self.name())?;
        let out = cpu::multiply_columns(self.matrix.csr(), &self.selection, xs, dim);
        Ok((CpuStorage::F32(out), (self.matrix.dims().0, dim).into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        storage: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let dim = self.fits(layout)?;
        let part = super::cuda::Part::Columns(&self.selection);
        let out = super::cuda::multiply(self.matrix.csr(), part, storage, layout, dim)?;
        Ok((out, (self.matrix.dims().0, dim).into()))
    }
}
