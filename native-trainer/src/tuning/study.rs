//! Training what is tried, each teacher once.

use std::collections::HashMap;
use std::sync::Arc;

use candle_core::Device;

use crate::checkpoint::Checkpoints;
use crate::data::Dataset;
use crate::models::Model;
use crate::pipeline::{PipelineError, Run};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::teacher::Teacher;

/// One model under several settings.
#[derive(Debug)]
pub struct Study<'a> {
    model: Model,
    seeds: Vec<u64>,
    data: &'a Dataset,
    device: Device,
    /// By seed and settings, those that a later configuration needs as well.
    teachers: HashMap<String, Arc<Teacher<'a>>>,
    /// How many configurations need a teacher that have not been trained yet.
    n_waiting: HashMap<String, usize>,
}

impl<'a> Study<'a> {
    /// Of all configurations that are going to be trained, on a device.
    pub fn new(model: Model, seeds: Vec<u64>, data: &'a Dataset, device: Device, configurations: &[Settings]) -> Self {
        let mut n_waiting = HashMap::new();
        for settings in configurations {
            *n_waiting.entry(teacher(settings)).or_default() += 1;
        }
        Self { model, seeds, data, device, teachers: HashMap::new(), n_waiting }
    }

    /// NDCG@10 on validation of every seed.
    ///
    /// # Errors
    /// See [`PipelineError`].
    pub fn validate(&mut self, settings: &Settings) -> Result<Vec<f64>, PipelineError> {
        let (progress, checkpoints) = (Progress::quiet(), Checkpoints::default());
        let key = teacher(settings);
        let n_waiting = self.n_waiting.get(&key).copied().unwrap_or_default().saturating_sub(1);
        self.n_waiting.insert(key.clone(), n_waiting);
        let mut of_seeds = Vec::new();
        for &seed in &self.seeds {
            let key = format!("{seed} {key}");
            let (data, progress, checkpoints, device) = (self.data, &progress, &checkpoints, &self.device);
            let run = Run { data, settings, seed, progress, checkpoints, timed: false, device };
            // The last one to need it takes it.
            let known = if n_waiting == 0 { self.teachers.remove(&key) } else { self.teachers.get(&key).cloned() };
            let outcome = run.train_with(&[self.model], known)?;
            if let Some(teacher) = outcome.teacher.filter(|_| n_waiting > 0) {
                self.teachers.insert(key, teacher);
            }
            of_seeds.push(outcome.rows.first().map_or(f64::NAN, |row| row.valid.at_10.ndcg));
        }
        Ok(of_seeds)
    }
}

fn teacher(settings: &Settings) -> String {
    Model::Teacher.hyper(settings).to_string()
}
