//! From the vectors of tokens to the vector of a text.

use candle_core::{DType, Result, Tensor};

/// Part of the key of the cache: to be raised when the rule below changes.
pub(super) const VERSION: u32 = 1;

/// The mean over the tokens of a text, special tokens (`[CLS]`, `[SEP]`) included and padding left out, as
/// sentence-transformers' mean pooling has it; scaled to length 1, or zero where there is no token.
///
/// # Shapes
/// `hidden` `[b_sz, length, dim]` of any float type, `mask` `[b_sz, length]` of 0 and 1; the result is
/// `[b_sz, dim]` in f32.
pub(super) fn mean_of_tokens(hidden: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let hidden = hidden.to_dtype(DType::F32)?;
    let mask = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
    // The direction of the mean is that of the sum. The padding is put to zero, not multiplied: it may be anything.
    let sum = mask.broadcast_as(hidden.shape())?.gt(0f32)?.where_cond(&hidden, &hidden.zeros_like()?)?.sum(1)?;
    let length = sum.sqr()?.sum_keepdim(1)?.sqrt()?;
    sum.broadcast_div(&length.maximum(1e-12)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn padding_does_not_count_and_rows_have_length_one_or_zero() {
        let hidden = Tensor::new(
            &[
                [[3f32, 0.0], [3.0, 8.0], [f32::NAN, 7.0]],
                [[0.0, 2.0], [f32::INFINITY, 0.0], [9.0, 9.0]],
                [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
            ],
            &Device::Cpu,
        )
        .unwrap();
        let mask = Tensor::new(&[[1u32, 1, 0], [1, 0, 0], [0, 0, 0]], &Device::Cpu).unwrap();
        let pooled: Vec<Vec<f32>> = mean_of_tokens(&hidden, &mask).unwrap().to_vec2().unwrap();
        assert_eq!(pooled, [[0.6, 0.8], [0.0, 1.0], [0.0, 0.0]]);
    }
}
