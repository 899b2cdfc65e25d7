//! Adam (Kingma and Ba, ICLR 2015), whose moments can be saved and put back: a resumed run is the same run.

use std::cell::RefCell;

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Tensor, Var, bail};
use rayon::prelude::*;

use crate::ops::to_vec;
use crate::paths::is_fused;

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
    moments: Kept,
}

/// Moments where they are needed.
#[derive(Debug)]
enum Kept {
    /// For the fused step on the CPU.
    Host(RefCell<Moments>),
    /// Beside a parameter that lives elsewhere: first and second.
    Device([Tensor; 2]),
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
    ///
    /// # Errors
    /// What candle refuses.
    pub fn new(vars: Vec<Var>, learning_rate: f64) -> Result<Self> {
        let slot = |var: Var| {
            let zeros = vec![0.0; var.elem_count()];
            let moments = Kept::new(&var, Moments { first: zeros.clone(), second: zeros })?;
            Ok(Slot { var, moments })
        };
        let slots = vars.into_iter().map(slot).collect::<Result<_>>()?;
        Ok(Self { learning_rate, n_steps: 0, slots })
    }

    /// For the steps from now on.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    /// One step downhill; a parameter without a gradient stays.
    ///
    /// # Errors
    /// A gradient that is no `f32` tensor of its parameter's shape and device.
    pub fn step(&mut self, gradients: &GradStore) -> Result<()> {
        self.n_steps += 1;
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(self.n_steps.min(i32::MAX as u32) as i32);
        let step_size = (self.learning_rate / correction(BETA_1)) as f32;
        let second_scale = correction(BETA_2).recip() as f32;
        for Slot { var, moments } in &mut self.slots {
            let Some(gradient) = gradients.get(var) else { continue };
            match moments {
                Kept::Host(moments) => {
                    let step = Step { moments, step_size, second_scale };
                    var.as_tensor().inplace_op2(&gradient.contiguous()?, &step)?;
                }
                Kept::Device([first, second]) => {
                    let gradient = gradient.detach();
                    let moved = |moment: &Tensor, beta: f32, towards: &Tensor| {
                        (moment * f64::from(beta))? + (towards * f64::from(1.0 - beta))?
                    };
                    *first = moved(first, BETA_1, &gradient)?;
                    *second = moved(second, BETA_2, &gradient.sqr()?)?;
                    let size = ((&*second * f64::from(second_scale))?.sqrt()? + f64::from(EPSILON))?;
                    let step = ((&*first * f64::from(step_size))? / size)?;
                    var.set(&(var.as_tensor().detach() - step)?)?;
                }
            }
        }
        Ok(())
    }

    /// How many steps were made.
    pub fn n_steps(&self) -> u32 {
        self.n_steps
    }

    /// Copies of all moments, in the order of the parameters.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn moments(&self) -> Result<Vec<Moments>> {
        let of_slot = |slot: &Slot| match &slot.moments {
            Kept::Host(moments) => Ok(moments.borrow().clone()),
            Kept::Device([first, second]) => Ok(Moments { first: to_vec(first)?, second: to_vec(second)? }),
        };
        self.slots.iter().map(of_slot).collect()
    }

    /// Goes on from where [`moments`](Self::moments) and [`n_steps`](Self::n_steps) were taken.
    ///
    /// # Errors
    /// Moments of other parameters.
    pub fn restore(&mut self, moments: Vec<Moments>, n_steps: u32) -> Result<()> {
        let fits = |(slot, moments): (&Slot, &Moments)| {
            [moments.first.len(), moments.second.len()] == [slot.var.elem_count(); 2]
        };
        if moments.len() != self.slots.len() || !self.slots.iter().zip(&moments).all(fits) {
            bail!("the optimiser's state is that of another model");
        }
        for (slot, moments) in self.slots.iter_mut().zip(moments) {
            slot.moments = Kept::new(&slot.var, moments)?;
        }
        self.n_steps = n_steps;
        Ok(())
    }
}

impl Kept {
    fn new(var: &Var, moments: Moments) -> Result<Self> {
        let device = var.device();
        if is_fused(device) {
            return Ok(Self::Host(RefCell::new(moments)));
        }
        let tensor = |values: Vec<f32>| Tensor::from_vec(values, var.shape(), device);
        Ok(Self::Device([tensor(moments.first)?, tensor(moments.second)?]))
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
        check_two_steps();
    }

    #[test]
    fn two_steps_made_of_tensors_are_those_of_the_paper_and_can_be_resumed() {
        crate::paths::composed(check_two_steps);
    }

    fn check_two_steps() {
        let var = Var::from_vec(vec![1.0f32], 1, &Device::Cpu).unwrap();
        let gradient = |var: &Var| (var.sqr().unwrap().sum_all().unwrap() / 2.0).unwrap().backward().unwrap();
        let value = |var: &Var| var.to_vec1::<f32>().unwrap()[0];
        let mut adam = Adam::new(vec![var.clone()], 0.1).unwrap();
        adam.step(&gradient(&var)).unwrap();
        assert!((value(&var) - 0.9).abs() < 1e-6);
        let (moments, n_steps) = (adam.moments().unwrap(), adam.n_steps());
        let mut resumed = Adam::new(vec![var.clone()], 0.1).unwrap();
        resumed.restore(moments, n_steps).unwrap();
        resumed.step(&gradient(&var)).unwrap();
        assert!((value(&var) - 0.800_412).abs() < 1e-5, "{}", value(&var));
        assert!(resumed.restore(Vec::new(), 1).is_err());
    }
}
