//! What a request takes on each engine, measured on the visitor's device: a few requests, a few milliseconds.

use std::fmt;

use crate::bundle::Bundle;
use crate::clock::now_ms;
use crate::gpu::{Engine, GpuError};
use crate::ranking::fixed;
use crate::student::{PreparedRequest, Request, RequestError, Student, Workspace};

/// Times of which the median counts.
const N_SAMPLES: usize = 5;
/// After this time no further sample is begun.
const BUDGET_MS: f64 = 20.0;
/// Shorter times are not told apart by browsers' clocks: quick requests are repeated for this long a sample.
const LEAST_SAMPLE_MS: f64 = 1.0;
/// Repeats at most, should the clock stand still.
const MOST_REPEATS: u32 = 200;

/// Items that the measured request likes and asks for, where the model file has no golden case.
const N_LIKED: u32 = 10;
const K: usize = 10;

/// The median time of a request, from the shelf to the ranked items, in milliseconds; none where it was not measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EngineTimings {
    /// On the CPU.
    pub cpu_ms: Option<f64>,
    /// On WebGPU, readback included.
    pub webgpu_ms: Option<f64>,
}

/// Milliseconds with two figures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Milliseconds(pub(super) f64);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(ms) = *self;
        let places = match ms {
            ms if ms < 0.095 => 3,
            ms if ms < 0.95 => 2,
            ms if ms < 9.5 => 1,
            _ => 0,
        };
        write!(f, "{} ms", fixed(ms, places))
    }
}

/// A request as visitors make them: the longest of the model file's own, else one that likes items here and there.
pub(super) fn usual_request(bundle: &Bundle) -> Request {
    if let Some(case) = bundle.golden.iter().max_by_key(|case| case.liked.len()).filter(|case| !case.liked.is_empty()) {
        return Request { k: K, ..case.request() };
    }
    let n_items = bundle.config.n_items as u32;
    let n_liked = N_LIKED.min(n_items);
    Request { liked: (0..n_liked).map(|at| at * (n_items / n_liked.max(1))).collect(), k: K, ..Request::default() }
}

/// The median time on the CPU.
pub(super) fn cpu_ms(
    student: &Student,
    request: &Request,
    workspace: &mut Workspace,
) -> Result<Option<f64>, RequestError> {
    let began = now_ms();
    student.recommend(request, workspace)?;
    let mut samples = vec![now_ms() - began];
    while samples.len() <= N_SAMPLES && now_ms() - began < BUDGET_MS {
        let sample_began = now_ms();
        let mut n_repeats = 0;
        let elapsed = loop {
            student.recommend(request, workspace)?;
            n_repeats += 1;
            let elapsed = now_ms() - sample_began;
            if elapsed >= LEAST_SAMPLE_MS || n_repeats == MOST_REPEATS {
                break elapsed;
            }
        };
        samples.push(elapsed / f64::from(n_repeats));
    }
    Ok(median(samples))
}

/// The median time on the GPU, one request after the other, each read back.
pub(super) async fn webgpu_ms(engine: &Engine, student: &Student, request: &Request) -> Result<Option<f64>, GpuError> {
    let mut prepared = PreparedRequest::default();
    let mut samples = Vec::with_capacity(N_SAMPLES + 1);
    let began = now_ms();
    while samples.len() <= N_SAMPLES && now_ms() - began < BUDGET_MS {
        let sample_began = now_ms();
        let unfit = |error: RequestError| GpuError::Validation { message: error.to_string() };
        prepared.refill(student.config(), request).map_err(unfit)?;
        engine.recommend(student, &prepared).await?;
        samples.push(now_ms() - sample_began);
    }
    Ok(median(samples))
}

/// The median of all samples but the first, which warms up, unless there is no other. None where the clock was too
/// coarse to see anything.
fn median(mut samples: Vec<f64>) -> Option<f64> {
    if samples.len() > 1 {
        samples.remove(0);
    }
    // Looked for rather than sorted: a sort of numbers would be more code than all of this module.
    let middle = samples.len() / 2;
    let stands_there = |ms: &f64| {
        let n = |is: &dyn Fn(&f64) -> bool| samples.iter().filter(|other| is(other)).count();
        n(&|other| other < ms) <= middle && middle < n(&|other| other <= ms)
    };
    samples.iter().copied().find(|ms| stands_there(ms)).filter(|ms| *ms > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_warms_up() {
        assert_eq!(median(vec![90.0, 3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![90.0]), Some(90.0));
        assert_eq!(median(vec![1.0, 0.0, 0.0]), None);
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn two_figures_are_said() {
        let said = |ms| Milliseconds(ms).to_string();
        assert_eq!([said(0.0412), said(0.44), said(1.24), said(46.3)], ["0.041 ms", "0.44 ms", "1.2 ms", "46 ms"]);
    }
}
