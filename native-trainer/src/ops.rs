//! What our candle operations share: borrowing the numbers of a contiguous `f32` tensor on the CPU.

use candle_core::{CpuStorage, Layout, Result, Tensor, bail};

/// The numbers of one argument of a custom operation.
pub(crate) fn values<'a>(storage: &'a CpuStorage, layout: &Layout, op: &str) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => bail!("{op} wants contiguous f32 tensors"),
    }
}

/// The numbers of a tensor, copied.
pub(crate) fn to_vec(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1::<f32>()
}
