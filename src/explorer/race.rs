//! The race of two forward passes: statistics of the times that were measured, and what is drawn from them.

use crate::hypergraph::Incidence;
use crate::ranking::sorted_indices;
use crate::student::Work;

/// What the paper says the teacher and the student take on its hardware, in milliseconds: "68 times".
pub const PUBLISHED_MS: [f64; 2] = [668.23, 9.77];

/// Runs of each contestant before any time counts.
pub const N_WARM_UPS: usize = 3;

/// Runs of each contestant that are asked for; percentiles of fewer say little.
pub const N_RUNS: usize = 30;

/// How many steps of its clock a measurement should at least be: the clock's step is then less than 5 % of it.
const STEPS_A_RUN: f64 = 20.0;

/// Answers in one measurement at most, so that a browser's page stays awake between two.
const MOST_ANSWERS: u32 = 256;

/// How many answers are timed together, so that a coarse clock sees them: `once_ms` is what one took in the warm-up (0
/// where the clock did not move), `step_ms` the clock's smallest step.
pub fn n_answers_a_run(once_ms: f64, step_ms: f64) -> u32 {
    let needed = STEPS_A_RUN * step_ms;
    if once_ms >= needed {
        return 1;
    }
    let at_least = once_ms.max(needed / f64::from(MOST_ANSWERS));
    ((needed / at_least).ceil() as u32).clamp(1, MOST_ANSWERS)
}

/// The smallest step of a clock, seen in its own readings; 0 where it never moved.
pub fn clock_step(readings: &[f64]) -> f64 {
    let steps = readings.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step > 0.0);
    let smallest = steps.fold(f64::INFINITY, f64::min);
    if smallest.is_finite() { smallest } else { 0.0 }
}

/// The times of one contestant on one engine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Times {
    /// Milliseconds an answer, run after run.
    pub ms: Vec<f64>,
    /// Answers that were timed together in each run.
    pub n_answers: u32,
}

impl Times {
    /// A run has taken so long.
    pub fn push(&mut self, run_ms: f64) {
        self.ms.push(run_ms / f64::from(self.n_answers.max(1)));
    }

    /// The smallest time that so many percent of the runs did not exceed (nearest rank); `None` before the first run.
    pub fn percentile(&self, percent: usize) -> Option<f64> {
        let order = sorted_indices(self.ms.len(), &|a, b| self.ms[a].total_cmp(&self.ms[b]));
        let rank = (percent * order.len()).div_ceil(100).max(1);
        order.get(rank - 1).map(|&run| self.ms[run as usize])
    }

    /// The middle one.
    pub fn p50(&self) -> Option<f64> {
        self.percentile(50)
    }

    /// What 19 of 20 runs did not exceed.
    pub fn p95(&self) -> Option<f64> {
        self.percentile(95)
    }
}

/// How many times as long the first takes, by the medians; `None` until both have one above 0.
pub fn ratio(teacher: &Times, student: &Times) -> Option<f64> {
    let (teacher, student) = (teacher.p50()?, student.p50().filter(|ms| *ms > 0.0)?);
    Some(teacher / student)
}

/// One request of each, drawn slower than it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replay {
    /// What the slower and the quicker take, in milliseconds.
    pub ms: [f64; 2],
    /// How many times as slow it is drawn: 1, 2 or 5 times a power of ten.
    pub factor: f64,
}

/// About how long a replay lasts, in milliseconds.
const REPLAY_MS: f64 = 4000.0;

/// Steps to a million: nothing that a browser's clock sees needs to be drawn slower.
const MOST_STEPS: usize = 18;

impl Replay {
    /// Of two times, so that the longer lasts some seconds. `None` where one is no positive number.
    pub fn new(teacher_ms: f64, student_ms: f64) -> Option<Self> {
        let longest = teacher_ms.max(student_ms);
        if !(teacher_ms > 0.0 && student_ms > 0.0 && longest.is_finite()) {
            return None;
        }
        // The largest round number that is not too much; what takes longer than that is drawn as it was.
        let mut factor = 1.0;
        for step in [2.0, 2.5, 2.0].into_iter().cycle().take(MOST_STEPS) {
            if longest * factor * step > REPLAY_MS {
                break;
            }
            factor *= step;
        }
        Some(Self { ms: [teacher_ms, student_ms], factor })
    }

    /// How long it lasts on the screen, in milliseconds.
    pub fn lasts_ms(&self) -> f64 {
        self.ms[0].max(self.ms[1]) * self.factor
    }

    /// How far each is, 0 to 1, so many milliseconds after its beginning on the screen.
    pub fn progress(&self, elapsed_ms: f64) -> [f64; 2] {
        self.ms.map(|ms| (elapsed_ms / (ms * self.factor)).clamp(0.0, 1.0))
    }

    /// What the request's own clock says then, in milliseconds.
    pub fn clock_ms(&self, elapsed_ms: f64) -> f64 {
        (elapsed_ms / self.factor).clamp(0.0, self.ms[0].max(self.ms[1]))
    }
}

/// Lengths of tracks, 1 for the longest.
pub fn lengths<const N: usize>(ms: [f64; N]) -> [f64; N] {
    let longest = ms.iter().copied().fold(0.0, f64::max);
    ms.map(|ms| if longest > 0.0 { ms / longest } else { 0.0 })
}

/// How many times as much the first takes, in multiply-adds and in bytes.
pub fn work_ratio(teacher: Work, student: Work) -> [f64; 2] {
    [(teacher.multiply_adds, student.multiply_adds), (teacher.bytes, student.bytes)]
        .map(|(teacher, student)| teacher as f64 / student.max(1) as f64)
}

/// What the wide channel's rank-one step for a visitor takes, where the likes of everyone are solved already, counted as
/// [`Work`] says: sums over rows of `K^-1` (bytes, no products), and five products an item.
pub fn wide_step_work(incidence: &Incidence, liked: &[u32]) -> Work {
    let n_users = incidence.n_nodes() as u64;
    let n_items = incidence.n_hyperedges() as u64;
    let n_rows: u64 = liked.iter().map(|&item_idx| incidence.hyperedge_degree(item_idx as usize) as u64).sum();
    // Eight bytes a number of K^-1, of the sums that every like fetches, and of the diagonal; four an index.
    let bytes = n_rows * (8 * n_users + 4) + incidence.n_memberships() as u64 * 12 + 8 * n_items;
    Work { multiply_adds: 5 * n_items, bytes }
}
