//! The largest number of every row: what a softmax over the entries of a row subtracts before it takes powers.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::Pattern;
use crate::ops::values;

impl Pattern {
    /// Of every row the largest of its entries' numbers, without a gradient; 0 for a row without entries.
    ///
    /// # Shapes
    /// `xs` is `[n_entries, 1]` in the order of the entries, the result `[n_rows, 1]`.
    ///
    /// # Errors
    /// Another number of values.
    pub(crate) fn row_max(self: &Arc<Self>, xs: &Tensor) -> Result<Tensor> {
        xs.contiguous()?.apply_op1_no_bwd(&RowMax(self.clone()))
    }
}

struct RowMax(Arc<Pattern>);

impl RowMax {
    fn check(&self, layout: &Layout) -> Result<Shape> {
        let n = layout.shape().elem_count();
        if n != self.0.n_entries() {
            bail!("row-max: {n} numbers for {} entries", self.0.n_entries());
        }
        Ok((self.0.n_rows(), 1).into())
    }
}

impl CustomOp1 for RowMax {
    fn name(&self) -> &'static str {
        "row-max"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let shape = self.check(layout)?;
        let xs = values(storage, layout, self.name())?;
        let of_row = |ends: &[u32]| match &xs[ends[0] as usize..ends[1] as usize] {
            [] => 0.0,
            row => row.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        };
        Ok((CpuStorage::F32(self.0.offsets.windows(2).map(of_row).collect()), shape))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        storage: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let shape = self.check(layout)?;
        Ok((super::cuda::row_max(&self.0.offsets, storage, layout)?, shape))
    }
}
