//! How long an answer takes, as MODEL.md says: warm, at least 30 times, median and 95th percentile, from request to
//! ranked ids.

use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde::Serialize;
use sharp_distill::ranking::{mark, mask_words, top_k};
use sharp_distill::student::{Request, Student, Workspace};

use crate::data::Dataset;
use crate::evaluation::Scorer;
use crate::student::CandleStudent;

const N_WARM_UP: usize = 5;
/// Measurements that the protocol asks for.
pub const N_TIMED: usize = 30;
/// Answers that are asked for.
const K: usize = 10;
/// Users whose logits are held at a time when all are answered.
const BLOCK: usize = 1024;

/// What one timing may take before it makes do with fewer measurements: all users of a large data set, thirty times, are
/// an hour.
const BUDGET: Duration = Duration::from_secs(60);
/// What it makes do with at least, beside one to warm up.
const N_AT_LEAST: usize = 3;

/// Milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Of how many measurements: 30, unless they take longer than a minute.
    pub n: usize,
}

/// From request to ranked ids, and all users at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latencies {
    /// One user.
    pub one_user: Latency,
    /// All users.
    pub all_users: Latency,
}

/// Any model, on all threads: a full forward pass (propagation, fusion, scoring) and the ranking.
///
/// # Errors
/// What candle refuses.
pub fn latency_of(model: &dyn Scorer, data: &Dataset) -> candle_core::Result<Latencies> {
    let mut user = 0;
    let one_user = timed(BUDGET, || {
        user = (user + 1) % data.n_users();
        rank(data, user, &model.full_forward(user..user + 1)?);
        Ok(())
    })?;
    let all_users = timed(BUDGET, || {
        // Once for all of them: what follows from the interactions is the same for every user.
        let anew = model.refreshed()?;
        let model = anew.as_deref().unwrap_or(model);
        for start in (0..data.n_users()).step_by(BLOCK) {
            let users = start..(start + BLOCK).min(data.n_users());
            let logits = model.logits(users.clone())?;
            let of_users = users.into_par_iter().zip(logits.par_chunks_exact(data.n_items()));
            of_users.for_each(|(user, logits)| rank(data, user, logits));
        }
        Ok(())
    })?;
    Ok(Latencies { one_user, all_users })
}

/// One visitor, answered by the student's CPU twin on one thread, as the page does it.
///
/// # Errors
/// What candle refuses.
pub fn latency_of_visitor(student: &CandleStudent<'_>, data: &Dataset) -> candle_core::Result<Latency> {
    let twin = Student::new(student.config().clone(), &student.weights()?, &data.train);
    let mut workspace = Workspace::default();
    let mut user = 0;
    timed(BUDGET, || {
        user = (user + 1) % data.n_users();
        let liked = data.train.hyperedges_of(user).to_vec();
        let request = Request { liked, k: K, ..Request::default() };
        // A request made of the data's own indices is not refused.
        let _ = std::hint::black_box(twin.recommend(&request, &mut workspace));
        Ok(())
    })
}

fn rank(data: &Dataset, user: usize, logits: &[f32]) {
    let mut seen_mask = vec![0u32; mask_words(data.n_items())];
    mark(&mut seen_mask, data.train.hyperedges_of(user));
    let mut ranked = Vec::new();
    top_k(logits, &seen_mask, K, &mut ranked);
    std::hint::black_box(ranked);
}

fn timed(budget: Duration, mut answer: impl FnMut() -> candle_core::Result<()>) -> candle_core::Result<Latency> {
    let began = Instant::now();
    let enough = |n: usize, least: usize, wanted: usize| n >= wanted || (n >= least && began.elapsed() > budget);
    let mut n_warm = 0;
    while !enough(n_warm, 1, N_WARM_UP) {
        answer()?;
        n_warm += 1;
    }
    let mut milliseconds = Vec::with_capacity(N_TIMED);
    while !enough(milliseconds.len(), N_AT_LEAST, N_TIMED) {
        let start = Instant::now();
        answer()?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
    }
    milliseconds.sort_by(f64::total_cmp);
    let at = |share: f64| milliseconds[((milliseconds.len() - 1) as f64 * share).round() as usize];
    Ok(Latency { p50: at(0.5), p95: at(0.95), n: milliseconds.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_measurements_or_what_the_budget_allows() {
        let counted = |budget| {
            let mut n_answers = 0;
            let answer = || {
                n_answers += 1;
                Ok(())
            };
            let latency = timed(budget, answer).unwrap();
            assert!(latency.p50 <= latency.p95);
            (n_answers, latency.n)
        };
        assert_eq!(counted(Duration::from_secs(60)), (35, 30));
        assert_eq!(counted(Duration::ZERO), (4, 3));
    }
}
