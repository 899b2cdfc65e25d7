//! Gradient checkpointing: what lies between arguments and result is not kept for the way back, but computed again there
//! (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016). Memory for time: a forward pass more.

use candle_core::{Result, Tensor, Var};

use crate::made::with_two_gradients;

/// `f(x, y)` with the gradients of `x` and `y`, of which nothing but the result is kept.
///
/// `f` must compute the same again: no random draw, no state.
///
/// # Errors
/// What `f` refuses.
pub(crate) fn recomputed(
    [x, y]: [&Tensor; 2],
    f: impl Fn(&Tensor, &Tensor) -> Result<Tensor> + Send + Sync + 'static,
) -> Result<Tensor> {
    // Of arguments that nothing tracks, candle keeps no operation.
    let kept = [x.detach(), y.detach()];
    let value = f(&kept[0], &kept[1])?;
    with_two_gradients([x, y], value, move |grad| {
        let [x, y] = [Var::from_tensor(&kept[0])?, Var::from_tensor(&kept[1])?];
        // The gradient of this sum is that of `f`, by the chain rule.
        let gradients = (f(&x, &y)? * grad)?.sum_all()?.backward()?;
        let of = |argument: &Var| match gradients.get(argument) {
            Some(gradient) => Ok(gradient.clone()),
            None => argument.zeros_like(),
        };
        Ok([of(&x)?, of(&y)?])
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use candle_core::Device;

    use super::*;

    fn twice(x: &Tensor, y: &Tensor) -> Result<Tensor> {
        x.matmul(y)?.tanh()?.matmul(y)?.tanh()
    }

    #[test]
    fn values_and_gradients_are_those_of_the_function() {
        let var = |values: &[f32], shape| Var::from_slice(values, shape, &Device::Cpu).unwrap();
        let x = var(&[0.3, -0.2, 0.5, 0.1, 0.7, -0.4], (3, 2));
        let y = var(&[0.9, -0.3, 0.2, 0.6], (2, 2));
        let weights = Tensor::new(&[[1f32, 2.0], [3.0, -1.0], [0.5, 0.25]], &Device::Cpu).unwrap();
        let numbers = |out: Tensor| {
            let gradients = (&out * &weights).unwrap().sum_all().unwrap().backward().unwrap();
            [out, gradients.get(&x).unwrap().clone(), gradients.get(&y).unwrap().clone()]
                .map(|xs| xs.to_vec2::<f32>().unwrap())
        };
        assert_eq!(numbers(recomputed([&x, &y], twice).unwrap()), numbers(twice(&x, &y).unwrap()));
    }

    #[test]
    fn an_argument_without_influence_has_a_gradient_of_nothing() {
        let x = Var::from_slice(&[1f32, 2.0], (1, 2), &Device::Cpu).unwrap();
        let y = Var::from_slice(&[3f32], (1, 1), &Device::Cpu).unwrap();
        let out = recomputed([&x, &y], |x, _| x.sqr()).unwrap();
        let gradients = out.sum_all().unwrap().backward().unwrap();
        assert_eq!(gradients.get(&x).unwrap().to_vec2::<f32>().unwrap(), [[2.0, 4.0]]);
        assert_eq!(gradients.get(&y).unwrap().to_vec2::<f32>().unwrap(), [[0.0]]);
    }
}
