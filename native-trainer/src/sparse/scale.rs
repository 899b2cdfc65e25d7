//! A sparse matrix with scaled columns, as a dense one.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::SparseMatrix;
use crate::ops::{to_vec, values};
use crate::paths::is_fused;

impl SparseMatrix {
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
}

struct ScaleColumns(SparseMatrix);

impl ScaleColumns {
    fn fits(&self, layout: &Layout) -> Result<(usize, usize)> {
        let (n_factors, (n_rows, n_columns)) = (layout.shape().elem_count(), self.0.dims());
        if n_factors != n_columns {
            bail!("scale-columns: {n_factors} factors for {n_columns} columns");
        }
        Ok((n_rows, n_columns))
    }
}

impl CustomOp1 for ScaleColumns {
    fn name(&self) -> &'static str {
        "scale-columns"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n_rows, n_columns) = self.fits(layout)?;
        let scale = values(storage, layout, self.name())?;
        let mut out = vec![0.0; n_rows * n_columns];
        for ((row, column), value) in self.0.pattern.places().zip(self.0.values.by_row.iter()) {
            out[row * n_columns + column] = value * scale[column];
        }
        Ok((CpuStorage::F32(out), (n_rows, n_columns).into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        storage: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let shape = self.fits(layout)?;
        Ok((super::cuda::scale_columns(self.0.csr(), shape.1, storage, layout)?, shape.into()))
    }

    /// Of every column the sum over its entries of their values times the gradient.
    fn bwd(&self, column_scale: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        if !is_fused(column_scale.device()) {
            let dense = column_scale.ones_like()?.apply_op1_no_bwd(&ScaleColumns(self.0.clone()))?;
            return Ok(Some((dense * grad_res)?.sum(0)?.reshape(column_scale.shape())?));
        }
        let n_columns = self.0.dims().1;
        let grad = to_vec(grad_res)?;
        let mut sums = vec![0.0f32; n_columns];
        for ((row, column), value) in self.0.pattern.places().zip(self.0.values.by_row.iter()) {
            sums[column] += value * grad[row * n_columns + column];
        }
        Ok(Some(Tensor::from_vec(sums, column_scale.shape(), column_scale.device())?))
    }
}
