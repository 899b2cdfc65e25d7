//! Adam (Kingma and Ba, ICLR 2015), whose moments can be saved and put back: a resumed run is the same run.

use std::cell::RefCell;

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Tensor, Var, bail};
use rayon::prelude::*;

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;
/// Numbers a thread updates at a time: enough to be worth a task.
const CHUNK: usize = 1 << 14;

/// The optimiser of every learned model.
#[derive(Debug)]
pub struct Adam {
    learning_rate: f64,
    n_steps: u32,
    slots: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
    var: Var,
    moments: RefCell<Moments>,
}

/// First and second moment of one parameter, in the parameter's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Mean of the gradient.
    pub first: Vec<f32>,
    /// Mean of its square.
    pub second: Vec<f32>,
}

impl Adam {
    /// For these parameters, which must not change places afterwards.
    pub fn new(vars: Vec<Var>, learning_rate: f64) -> Self {
        let slots = vars
            .into_iter()
            .map(|var| {
                let zeros = vec![0.0; var.elem_count()];
                Slot { moments: RefCell::new(Moments { first: zeros.clone(), second: zeros }), var }
            })
            .collect();
        Self { learning_rate, n_steps: 0, slots }
    }

    /// One step downhill; a parameter without a gradient stays.
    ///
    /// # Errors
    /// A gradient that is no contiguous `f32` tensor on the CPU.
    pub fn step(&mut self, gradients: &GradStore) -> Result<()> {
        self.n_steps += 1;
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(self.n_steps.min(i32::MAX as u32) as i32);
        let step_size = (self.learning_rate / correction(BETA_1)) as f32;
        let second_scale = correction(BETA_2).recip() as f32;
        for Slot { var, moments } in &self.slots {
            let Some(gradient) = gradients.get(var) else { continue };
            let step = Step { moments, step_size, second_scale };
            var.as_tensor().inplace_op2(&gradient.contiguous()?, &step)?;
        }
        Ok(())
    }

    /// How many steps were made.
    pub fn n_steps(&self) -> u32 {
        self.n_steps
    }

    /// Copies of all moments, in the order of the parameters.
    pub fn moments(&self) -> Vec<Moments> {
        self.slots.iter().map(|slot| slot.moments.borrow().clone()).collect()
    }

    /// Goes on from where [`moments`](Self::moments) and [`n_steps`](Self::n_steps) were taken.
    ///
    /// # Errors
    /// Moments of other parameters.
    pub fn restore(&mut self, moments: Vec<Moments>, n_steps: u32) -> Result<()> {
        let sizes = |moments: &[Moments]| moments.iter().map(|m| (m.first.len(), m.second.len())).collect::<Vec<_>>();
        if sizes(&moments) != sizes(&self.moments()) {
            bail!("the optimiser's state is that of another model");
        }
        self.slots.iter_mut().zip(moments).for_each(|(slot, moments)| slot.moments = RefCell::new(moments));
        self.n_steps = n_steps;
        Ok(())
    }
}

struct Step<'a> {
    moments: &'a RefCell<Moments>,
    step_size: f32,
    second_scale: f32,
}

impl InplaceOp2 for Step<'_> {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn cpu_fwd(&self, s1: &mut CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<()> {
        let (CpuStorage::F32(values), CpuStorage::F32(gradient)) = (s1, s2) else { bail!("adam wants f32") };
        let (Some((start, end)), Some((from, to))) = (l1.contiguous_offsets(), l2.contiguous_offsets()) else {
            bail!("adam wants contiguous tensors")
        };
        let mut moments = self.moments.borrow_mut();
        let Moments { first, second } = &mut *moments;
        let &Self { step_size, second_scale, .. } = self;
        values[start..end]
            .par_chunks_mut(CHUNK)
            .zip(gradient[from..to].par_chunks(CHUNK))
            .zip(first.par_chunks_mut(CHUNK).zip(second.par_chunks_mut(CHUNK)))
            .for_each(|((values, gradient), (first, second))| {
                for (((value, &g), m), v) in values.iter_mut().zip(gradient).zip(first).zip(second) {
                    *m = BETA_1 * *m + (1.0 - BETA_1) * g;
                    *v = BETA_2 * *v + (1.0 - BETA_2) * g * g;
                    *value -= step_size * *m / ((*v * second_scale).sqrt() + EPSILON);
                }
            });
        Ok(())
    }
}

/// The sum of the terms of a loss.
pub(crate) fn sum(terms: impl IntoIterator<Item = Tensor>) -> Result<Option<Tensor>> {
    terms.into_iter().try_fold(None, |total: Option<Tensor>, term| {
        Ok(Some(match total {
            Some(total) => (total + term)?,
            None => term,
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    /// f(x) = x^2 / 2 from x = 1, learning rate 0.1, by hand. Step 1: g = 1, m = 0.1, v = 0.001, mhat = 1, vhat = 1,
    /// x = 1 - 0.1 = 0.9. Step 2: g = 0.9, m = 0.09 + 0.09 = 0.18, v = 0.000999 + 0.00081 = 0.001809,
    /// mhat = 0.18 / 0.19 = 0.947368, vhat = 0.001809 / 0.001999 = 0.904952, sqrt 0.951290,
    /// x = 0.9 - 0.1 * 0.947368 / 0.951290 = 0.800412.
    #[test]
    fn two_steps_are_those_of_the_paper_and_can_be_resumed() {
        let var = Var::from_vec(vec![1.0f32], 1, &Device::Cpu).unwrap();
        let gradient = |var: &Var| (var.sqr().unwrap().sum_all().unwrap() / 2.0).unwrap().backward().unwrap();
        let value = |var: &Var| var.to_vec1::<f32>().unwrap()[0];
        let mut adam = Adam::new(vec![var.clone()], 0.1);
        adam.step(&gradient(&var)).unwrap();
        assert!((value(&var) - 0.9).abs() < 1e-6);
        let (moments, n_steps) = (adam.moments(), adam.n_steps());
        let mut resumed = Adam::new(vec![var.clone()], 0.1);
        resumed.restore(moments, n_steps).unwrap();
        resumed.step(&gradient(&var)).unwrap();
        assert!((value(&var) - 0.800_412).abs() < 1e-5, "{}", value(&var));
        assert!(resumed.restore(Vec::new(), 1).is_err());
    }
}
