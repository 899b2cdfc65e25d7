//! What our candle operations share: borrowing the numbers of a contiguous `f32` tensor on the CPU.

use candle_core::{CpuStorage, Layout, Result, Tensor, bail};
use serde_json::Value;

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

/// Some rows of a matrix, in the order of `row_idx`, with a gradient.
pub(crate) fn rows(xs: &Tensor, row_idx: &[u32]) -> Result<Tensor> {
    xs.index_select(&Tensor::new(row_idx, xs.device())?, 0)
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
