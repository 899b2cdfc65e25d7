//! The light MLP over all pairs, made of tensors: blocks of users, so that pairs times hidden units stay few.

use candle_core::{DType, Result, Tensor};

use crate::made::with_gradients;
use crate::ops::relu;

/// Numbers of a block, pairs times hidden units: 256 MiB. The way back holds five such tensors at a time.
const BLOCK: usize = 1 << 26;

/// What [`relu_score`](super::relu_score) is; a block is computed again for the gradient.
///
/// # Shapes
/// `user_hidden` is `[n_users, hidden_dim]`, `item_hidden` is `[n_items, hidden_dim]`, `output_weight` is
/// `[hidden_dim, 1]`, the result `[n_users, n_items]`.
pub(super) fn relu_score(user_hidden: &Tensor, item_hidden: &Tensor, output_weight: &Tensor) -> Result<Tensor> {
    in_blocks([user_hidden, item_hidden, output_weight], BLOCK)
}

fn in_blocks(arguments: [&Tensor; 3], block: usize) -> Result<Tensor> {
    let [a, c, w2] = arguments.map(Tensor::detach);
    let score = Score { a, c, w2, block };
    let value = score.forward()?;
    with_gradients(arguments, value, move |grad| score.backward(grad))
}

struct Score {
    a: Tensor,
    c: Tensor,
    w2: Tensor,
    /// Numbers of a block.
    block: usize,
}

impl Score {
    /// First user and number of users of each block.
    fn blocks(&self) -> Result<Vec<(usize, usize)>> {
        let ((n_users, hidden_dim), n_items) = (self.a.dims2()?, self.c.dim(0)?);
        let block = (self.block / (n_items * hidden_dim).max(1)).max(1);
        Ok((0..n_users).step_by(block).map(|start| (start, block.min(n_users - start))).collect())
    }

    /// `a_u + C_i` of a block, `[n, n_items, hidden_dim]`.
    fn inputs(&self, start: usize, n: usize) -> Result<Tensor> {
        self.a.narrow(0, start, n)?.unsqueeze(1)?.broadcast_add(&self.c.unsqueeze(0)?)
    }

    fn forward(&self) -> Result<Tensor> {
        let ((n_users, hidden_dim), n_items) = (self.a.dims2()?, self.c.dim(0)?);
        let of_block = |(start, n): (usize, usize)| {
            let hidden = relu(&self.inputs(start, n)?)?.reshape((n * n_items, hidden_dim))?;
            hidden.matmul(&self.w2)?.reshape((n, n_items))
        };
        let blocks = self.blocks()?.into_iter().map(of_block).collect::<Result<Vec<_>>>()?;
        match &blocks[..] {
            [] => Tensor::zeros((n_users, n_items), DType::F32, self.a.device()),
            [block] => Ok(block.clone()),
            blocks => Tensor::cat(blocks, 0),
        }
    }

    /// With `g` the gradient of the logits and `s = [a_u + C_i > 0]`: `w2 sum_i g s` of a user, `w2 sum_u g s` of an item,
    /// and `sum g s (a_u + C_i)` of `w2`.
    fn backward(&self, grad: &Tensor) -> Result<[Tensor; 3]> {
        let w2 = self.w2.t()?.contiguous()?;
        let mut by_user = Vec::new();
        let (mut by_item, mut by_unit) = (self.c.zeros_like()?, w2.zeros_like()?);
        for (start, n) in self.blocks()? {
            let inputs = self.inputs(start, n)?;
            let active = inputs.gt(&inputs.zeros_like()?)?.to_dtype(DType::F32)?;
            let passed = active.broadcast_mul(&grad.narrow(0, start, n)?.unsqueeze(2)?)?;
            by_user.push(passed.sum(1)?);
            by_item = (by_item + passed.sum(0)?)?;
            by_unit = (by_unit + (passed * inputs)?.sum(1)?.sum_keepdim(0)?)?;
        }
        let by_user = if by_user.is_empty() { self.a.zeros_like()? } else { Tensor::cat(&by_user, 0)? };
        Ok([by_user.broadcast_mul(&w2)?, by_item.broadcast_mul(&w2)?, by_unit.t()?.contiguous()?])
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;
    use crate::ops::to_vec;
    use crate::rng;

    #[test]
    fn blocks_of_any_size_give_what_one_block_gives() {
        let random = |name: &str, shape: (usize, usize)| {
            Var::from_vec(rng::normals(&mut rng::stream(7, name), shape.0 * shape.1, 1.0), shape, &Device::Cpu).unwrap()
        };
        let (a, c, w2) = (random("a", (7, 3)), random("c", (5, 3)), random("w2", (3, 1)));
        let with = |block: usize| {
            let value = in_blocks([&a, &c, &w2], block).unwrap();
            let gradients = value.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            [&a, &c, &w2].map(|of| to_vec(gradients.get(of).unwrap()).unwrap()).concat()
        };
        let whole = with(BLOCK);
        for block in [1, 15, 30, 47, 105] {
            let found = with(block);
            assert_eq!(found.len(), whole.len());
            for (found, expected) in found.iter().zip(&whole) {
                assert!((found - expected).abs() <= 1e-5 + 1e-5 * expected.abs(), "{block}: {found}, not {expected}");
            }
        }
        let nobody = in_blocks([&a.narrow(0, 0, 0).unwrap(), &c, &w2], BLOCK).unwrap();
        assert_eq!(nobody.dims(), [0, 5]);
    }
}
