//! Training what a plan holds: a seed after the other, a teacher after the other, and the students of each.

use candle_core::Device;

use crate::checkpoint::Checkpoints;
use crate::data::Dataset;
use crate::models::Model;
use crate::pipeline::{PipelineError, Row, Run};
use crate::progress::Progress;
use crate::settings::Settings;

use super::Plan;

/// A variant trained with one seed.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The seed.
    pub seed: u64,
    /// Its teacher's row, unless it has none.
    pub teacher: Option<Row>,
    /// Its student's row.
    pub student: Row,
}

/// What is trained so far.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// Seeds that are begun.
    pub seeds: Vec<u64>,
    /// By place in the plan, one of every seed that is done; empty for what is not trained.
    pub trained: Vec<Vec<Trained>>,
}

/// Trains all of a plan; `finished` hears of every variant that is done, so that a report can be written of what is there.
///
/// With checkpoints, each teacher and each student has a folder of its own in theirs, and what is finished is not trained
/// again.
///
/// # Errors
/// See [`PipelineError`], and what `finished` returns.
pub fn train<E: From<PipelineError>>(
    plan: &Plan,
    data: &Dataset,
    seeds: &[u64],
    (progress, checkpoints, device): (&Progress, &Checkpoints, &Device),
    mut finished: impl FnMut(&Results) -> Result<(), E>,
) -> Result<Results, E> {
    let mut results = Results { seeds: Vec::new(), trained: vec![Vec::new(); plan.planned.len()] };
    let groups = plan.groups();
    fn run<'a, 'r>(
        (data, progress, device): (&'a Dataset, &'r Progress, &'r Device),
        settings: &'r Settings,
        seed: u64,
        checkpoints: &'r Checkpoints,
    ) -> Run<'a, 'r> {
        Run { data, settings, seed, progress, checkpoints, timed: false, device }
    }
    let n_students: usize = groups.iter().map(Vec::len).sum();
    for &seed in seeds {
        results.seeds.push(seed);
        let mut n_done = 0;
        for group in &groups {
            let first = &plan.planned[group[0]];
            let mut teacher = None;
            let mut row = None;
            if first.teacher().is_some() {
                progress.say(&format!("seed {seed}, teacher of {}", first.variant.name));
                let kept = checkpoints.part(&format!("teacher-of-{}", first.folder()));
                let outcome = run((data, progress, device), &first.settings, seed, &kept).train(&[Model::Teacher])?;
                (teacher, row) = (outcome.teacher, outcome.rows.into_iter().next());
            }
            for &at in group {
                let planned = &plan.planned[at];
                n_done += 1;
                progress.say(&format!("seed {seed}, student {n_done}/{n_students}: {}", planned.variant.name));
                let kept = checkpoints.part(&planned.folder());
                let outcome = run((data, progress, device), &planned.settings, seed, &kept)
                    .train_with(&[planned.student()], teacher.clone())?;
                for student in outcome.rows {
                    results.trained[at].push(Trained { seed, teacher: row.clone(), student });
                }
                finished(&results)?;
            }
        }
    }
    Ok(results)
}
