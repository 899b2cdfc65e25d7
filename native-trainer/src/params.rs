//! Learned parameters: named, seeded, and always in the order of their names.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor, Var};

use crate::rng;

/// Parameters by name. Iteration follows the names, so nothing depends on the order of a hash map.
#[derive(Debug)]
pub struct Params {
    seed: u64,
    device: Device,
    vars: BTreeMap<String, Var>,
}

/// How a parameter starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// Normal with mean 0 and this standard deviation.
    Normal(f32),
    /// The identity matrix.
    Identity,
    /// All zero.
    Zeros,
}

impl Params {
    /// No parameters yet; each will draw from a stream of its own, named after it, and live on the device. What is drawn
    /// does not depend on the device.
    pub fn new(seed: u64, device: &Device) -> Self {
        Self { seed, device: device.clone(), vars: BTreeMap::new() }
    }

    /// Where they live.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Adds a parameter and returns it.
    ///
    /// # Errors
    /// Only what candle refuses.
    pub fn add(&mut self, name: &str, shape: (usize, usize), init: Init) -> Result<Tensor> {
        let (n_rows, n_columns) = shape;
        let values = match init {
            Init::Normal(std) => rng::normals(&mut rng::stream(self.seed, name), n_rows * n_columns, std),
            Init::Identity => {
                (0..n_rows * n_columns).map(|at| f32::from(u8::from(at / n_columns == at % n_columns))).collect()
            }
            Init::Zeros => vec![0.0; n_rows * n_columns],
        };
        self.add_values(name, shape, values)
    }

    /// Adds a parameter that starts from these numbers, row by row, and returns it.
    ///
    /// # Errors
    /// Only what candle refuses.
    pub fn add_values(&mut self, name: &str, shape: (usize, usize), values: Vec<f32>) -> Result<Tensor> {
        let var = Var::from_vec(values, shape, &self.device)?;
        let tensor = var.as_tensor().clone();
        self.vars.insert(name.to_owned(), var);
        Ok(tensor)
    }

    /// The parameters, ordered by name.
    pub fn vars(&self) -> Vec<Var> {
        self.vars.values().cloned().collect()
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<String> {
        self.vars.keys().cloned().collect()
    }

    /// Copies of all values, in the order of [`vars`](Self::vars).
    ///
    /// # Errors
    /// Only what candle refuses.
    pub fn snapshot(&self) -> Result<Vec<Tensor>> {
        self.vars.values().map(|var| var.as_tensor().copy()).collect()
    }

    /// Puts a [`snapshot`](Self::snapshot) back, from whichever device.
    ///
    /// # Errors
    /// Values of another model.
    pub fn restore(&self, snapshot: &[Tensor]) -> Result<()> {
        if snapshot.len() != self.vars.len() {
            candle_core::bail!("{} parameters cannot be set from {} tensors", self.vars.len(), snapshot.len());
        }
        self.vars.values().zip(snapshot).try_for_each(|(var, values)| var.set(&values.to_device(&self.device)?))
    }

    /// How many numbers are learned.
    pub fn n_parameters(&self) -> usize {
        self.n_parameters_of("")
    }

    /// How many of them stand under names that start so.
    pub fn n_parameters_of(&self, start: &str) -> usize {
        self.vars.iter().filter(|(name, _)| name.starts_with(start)).map(|(_, var)| var.elem_count()).sum()
    }
}
