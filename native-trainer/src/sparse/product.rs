//! The whole product.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::{SparseMatrix, cpu};
use crate::ops::values;

impl SparseMatrix {
    /// `self xs`, with a gradient for `xs`.
    ///
    /// # Shapes
    /// `self` is `[n_rows, n_columns]`, `xs` is `[n_columns, dim]`, the result `[n_rows, dim]`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn matmul(&self, xs: &Tensor) -> Result<Tensor> {
        xs.contiguous()?.apply_op1(Product(self.clone()))
    }

    /// `dim`, if a tensor can be multiplied.
    pub(super) fn fits(&self, xs: &Layout) -> Result<usize> {
        let (n_rows, dim) = xs.shape().dims2()?;
        let (rows, columns) = self.dims();
        if columns != n_rows {
            bail!("sparse-matmul: a {rows} x {columns} matrix cannot be multiplied with {n_rows} rows");
        }
        Ok(dim)
    }
}

struct Product(SparseMatrix);

impl CustomOp1 for Product {
    fn name(&self) -> &'static str {
        "sparse-matmul"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let dim = self.0.fits(layout)?;
        let out = cpu::multiply(self.0.csr(), values(storage, layout, self.name())?, dim);
        Ok((CpuStorage::F32(out), (self.0.dims().0, dim).into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        storage: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let dim = self.0.fits(layout)?;
        let out = super::cuda::multiply(self.0.csr(), super::cuda::Part::All, storage, layout, dim)?;
        Ok((out, (self.0.dims().0, dim).into()))
    }

    /// `d(A xs) = A^T grad`.
    fn bwd(&self, _xs: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(grad_res.contiguous()?.apply_op1_no_bwd(&Product(self.0.t()))?))
    }
}
