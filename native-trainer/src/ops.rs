//! What our candle operations share: borrowing the numbers of a contiguous `f32` tensor on the CPU, and rows and products
//! on any device.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use serde_json::Value;

use crate::made::with_gradient;
use crate::paths::is_fused;
use crate::sparse::SparseMatrix;

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

/// Some rows of a matrix, in the order of `row_idx`, with a gradient. A row may be there twice.
pub(crate) fn rows(xs: &Tensor, row_idx: &[u32]) -> Result<Tensor> {
    if is_fused(xs.device()) {
        return xs.index_select(&Tensor::new(row_idx, xs.device())?, 0);
    }
    // On a GPU candle adds up the gradient of a selection one row after the other; the sparse product has a warp a row.
    SparseMatrix::selection(row_idx, xs.dim(0)?)?.matmul(xs)
}

/// Rows that are picked from more than one matrix.
#[derive(Debug)]
pub(crate) enum RowIndex {
    /// Indices.
    Places(Tensor),
    /// As a matrix with a single 1 a row.
    Selection(SparseMatrix),
}

impl RowIndex {
    /// Of matrices with `n_rows` rows that lie where `like` does.
    pub(crate) fn new(row_idx: Vec<u32>, n_rows: usize, like: &Tensor) -> Result<Self> {
        if is_fused(like.device()) {
            let n = row_idx.len();
            return Ok(Self::Places(Tensor::from_vec(row_idx, n, like.device())?));
        }
        SparseMatrix::selection(&row_idx, n_rows).map(Self::Selection)
    }

    /// The rows of one of them, with a gradient.
    pub(crate) fn of(&self, xs: &Tensor) -> Result<Tensor> {
        match self {
            Self::Places(places) => xs.index_select(places, 0),
            Self::Selection(selection) => selection.matmul(xs),
        }
    }
}

/// `features projection`, with a gradient for the projection alone: candle's product would compute that of the features
/// too, which are fixed and by far the larger.
///
/// # Shapes
/// `features` is `[n, text_dim]`, `projection` is `[text_dim, emb_dim]`, the result `[n, emb_dim]`.
pub(crate) fn project(features: &Tensor, projection: &Tensor) -> Result<Tensor> {
    if is_fused(projection.device()) {
        return projection.contiguous()?.apply_op1(Project(features.clone()));
    }
    let (value, features) = (features.matmul(&projection.detach())?, features.clone());
    with_gradient(projection, value, move |grad| features.t()?.matmul(grad))
}

struct Project(Tensor);

impl CustomOp1 for Project {
    fn name(&self) -> &'static str {
        "project"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let projection = values(storage, layout, self.name())?;
        let projection = Tensor::from_slice(projection, layout.shape(), self.0.device())?;
        let out = self.0.matmul(&projection)?;
        Ok((CpuStorage::F32(to_vec(&out)?), out.shape().clone()))
    }

    fn bwd(&self, _projection: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(self.0.t()?.matmul(grad_res)?))
    }
}

/// `max(x, 0)`, but NaN where `x` is NaN. candle's own makes it 0, behind which a training that has broken down hides.
pub(crate) fn relu(xs: &Tensor) -> Result<Tensor> {
    (xs + xs.abs()?)? * 0.5
}

/// JSON as somebody would write it: a number that came from an `f32` is 0.1 again, not 0.10000000149011612.
pub(crate) fn plain_numbers(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, plain_numbers(value))).collect(),
        Value::Array(values) => values.into_iter().map(plain_numbers).collect(),
        Value::Number(number) if number.is_f64() => {
            let wide = number.as_f64().unwrap_or_default();
            let narrow = wide as f32;
            let shortest = if f64::from(narrow) == wide { narrow.to_string().parse().unwrap_or(wide) } else { wide };
            Value::from(shortest)
        }
        other => other,
    }
}
