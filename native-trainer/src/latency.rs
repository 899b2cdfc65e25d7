//! How long an answer takes, as MODEL.md says: warm, at least 30 times, median and 95th percentile, from request to
//! ranked ids.

use std::time::Instant;

use serde::Serialize;
use sharp_distill::ranking::{mark, mask_words, top_k};
use sharp_distill::student::{Request, Student, Workspace};

use crate::data::Dataset;
use crate::evaluation::Scorer;
use crate::student::CandleStudent;

const N_WARM_UP: usize = 5;
const N_TIMED: usize = 30;
/// Answers that are asked for.
const K: usize = 10;
/// Users whose logits are held at a time when all are answered.
const BLOCK: usize = 1024;

/// Milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
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
    let one_user = timed(N_TIMED, || {
        user = (user + 1) % data.n_users();
        rank(data, user, &model.full_forward(user..user + 1)?);
        Ok(())
    })?;
    let all_users = timed(N_TIMED, || {
        for start in (0..data.n_users()).step_by(BLOCK) {
            let users = start..(start + BLOCK).min(data.n_users());
            let logits = model.full_forward(users.clone())?;
            for (user, logits) in users.zip(logits.chunks_exact(data.n_items())) {
                rank(data, user, logits);
            }
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
    timed(N_TIMED, || {
        user = (user + 1) % data.n_users();
        let liked = data.train.hyperedges_of(user).to_vec();
        let request = Request { liked, disliked: Vec::new(), hidden: Vec::new(), k: K };
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

fn timed(n_timed: usize, mut answer: impl FnMut() -> candle_core::Result<()>) -> candle_core::Result<Latency> {
    let mut milliseconds = Vec::with_capacity(n_timed);
    for at in 0..N_WARM_UP + n_timed {
        let start = Instant::now();
        answer()?;
        if at >= N_WARM_UP {
            milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    milliseconds.sort_by(f64::total_cmp);
    let at = |share: f64| milliseconds[((milliseconds.len() - 1) as f64 * share).round() as usize];
    Ok(Latency { p50: at(0.5), p95: at(0.95) })
}
