//! How long an answer takes, as MODEL.md says: warm, at least 30 times, median and 95th percentile.

use std::time::Instant;

use serde::Serialize;
use sharp_distill::student::{Request, Student, Workspace};

use crate::data::Dataset;
use crate::pipeline::Outcome;

const N_WARM_UP: usize = 5;
const N_TIMED: usize = 30;

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

/// The distilled student: one visitor by its CPU twin on one thread, all users by candle on all threads.
///
/// # Errors
/// What candle refuses.
pub fn of_student(outcome: &Outcome<'_>, data: &Dataset) -> candle_core::Result<Option<Latencies>> {
    let Some(student) = &outcome.student else { return Ok(None) };
    let twin = Student::new(student.config().clone(), &student.weights()?, &data.train);
    let mut workspace = Workspace::default();
    let mut user = 0;
    let one_user = timed(|| {
        user = (user + 1) % data.n_users();
        let liked = data.train.hyperedges_of(user).to_vec();
        let request = Request { liked, disliked: Vec::new(), hidden: Vec::new(), k: 10 };
        // A request made of the data's own indices is not refused.
        let _ = std::hint::black_box(twin.recommend(&request, &mut workspace));
        Ok(())
    })?;
    let all_users = timed(|| student.logits(false).map(|logits| drop(std::hint::black_box(logits))))?;
    Ok(Some(Latencies { one_user, all_users }))
}

/// The teacher: a full forward pass, which it needs for one user as for all.
///
/// # Errors
/// What candle refuses.
pub fn of_teacher(outcome: &Outcome<'_>) -> candle_core::Result<Option<Latencies>> {
    let Some(teacher) = &outcome.teacher else { return Ok(None) };
    let all_users = timed(|| teacher.logits().map(|logits| drop(std::hint::black_box(logits))))?;
    Ok(Some(Latencies { one_user: all_users, all_users }))
}

fn timed(mut answer: impl FnMut() -> candle_core::Result<()>) -> candle_core::Result<Latency> {
    let mut milliseconds = Vec::with_capacity(N_TIMED);
    for at in 0..N_WARM_UP + N_TIMED {
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
