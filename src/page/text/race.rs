//! What the race says.

use super::{count, fixed, grouped, listed};
use crate::explorer::{N_RUNS, PUBLISHED_MS};

pub(crate) const LEAD: &str = "Both answer the same question: your shelf, ten films. The teacher puts you into its hypergraph and passes \
    numbers between all people and all films, layer after layer, before it scores. The student looks up the films you like, adds \
    their rows up, and scores. Both run on this device, one after the other, and nothing else is timed with them.";

pub(crate) const START: &str = "Start the race";
pub(crate) const AGAIN: &str = "Race again";
pub(crate) const STOP: &str = "Stop";
pub(crate) const NO_TEACHER: &str = "This page’s file holds no teacher, so there is nobody to race against.";

pub(crate) const TEACHER: &str = "Teacher";
pub(crate) const STUDENT: &str = "Student";

/// What is raced for.
pub(crate) fn question(n_liked: usize) -> String {
    match n_liked {
        0 => "Your shelf is empty: both answer somebody who likes nothing yet.".to_owned(),
        n => format!("The question: {} you like.", count(n, "film", "films")),
    }
}

pub(crate) const READING_CLOCK: &str = "Looking at the browser’s clock, and warming up …";

/// How far the race is.
pub(crate) fn run(run: usize) -> String {
    format!("Run {run} of {N_RUNS}")
}

pub(crate) const RACING: &str = "Racing. Runs of teacher and student alternate.";
pub(crate) const STOPPED: &str = "Stopped. What stands here is of the runs so far.";

/// The end of the race.
pub(crate) fn done(lanes: &[(&str, f64, f64, f64)]) -> String {
    let lane = |&(engine, teacher, student, ratio): &(&str, f64, f64, f64)| {
        format!("{engine}: the teacher takes {}, the student {}, {}.", ms(teacher), ms(student), times(ratio))
    };
    lanes.iter().map(lane).collect::<Vec<_>>().join(" ")
}

/// Milliseconds with three figures.
pub(crate) fn ms(ms: f64) -> String {
    let places = match ms {
        ms if ms < 0.1 => 4,
        ms if ms < 1.0 => 3,
        ms if ms < 10.0 => 2,
        ms if ms < 100.0 => 1,
        _ => 0,
    };
    format!("{} ms", fixed(ms, places))
}

/// A step of the clock, without more figures than it has.
fn step(step_ms: f64) -> String {
    let text = fixed(step_ms, 4);
    format!("{} ms", text.trim_end_matches('0').trim_end_matches('.'))
}

/// How many times as much.
pub(crate) fn times(ratio: f64) -> String {
    let number = if ratio < 10.0 { fixed(ratio, 1) } else { grouped((ratio + 0.5) as usize) };
    format!("{number} times")
}

pub(crate) const CPU: &str = "CPU";
pub(crate) const GPU: &str = "GPU";

/// What computes on the CPU.
pub(crate) const ON_CPU: &str = "This device’s processor, in WebAssembly with SIMD, one thread";

/// What computes on the GPU.
pub(crate) fn on_gpu(adapter: &str, is_wide: bool) -> String {
    let rest = if is_wide { "; the teacher’s wide channel and the mixing stay on the CPU" } else { "" };
    format!("{adapter}, readback included{rest}")
}

/// The GPU's lane is not there; `reason` can stand after "because".
pub(crate) fn no_gpu(reason: &str) -> String {
    format!("The CPU races alone, because {reason}.")
}

/// How the times were taken: the clock's step, and who was timed several answers at a time.
pub(crate) fn method(step_ms: f64, together: &[(&str, &str, u32)]) -> String {
    let coarse = if step_ms > 0.0 {
        format!("This browser’s clock moves in steps of {}", step(step_ms))
    } else {
        "This browser’s clock shows no steps".to_owned()
    };
    let several = together.iter().filter(|(.., n)| *n > 1);
    let several: Vec<String> =
        several.map(|(who, engine, n)| format!("{n} answers of the {who} on the {engine}")).collect();
    let several = match several.is_empty() {
        true => String::new(),
        false => {
            let several = listed(&several.iter().map(String::as_str).collect::<Vec<_>>());
            format!(", so {several} are timed together and the time is shared")
        }
    };
    format!(
        "{coarse}{several}. Each number is from the shelf to the ranked ten. Before the first run that counts both have warmed up; \
         p50 is the middle of the runs, p95 what 19 of 20 did not exceed."
    )
}

pub(crate) const TIMES: &str = "Time of an answer";
pub(crate) const TIMES_CAPTION: &str = "From the shelf to the ranked ten";
pub(crate) const TIMES_COLUMNS: [&str; 7] =
    ["Where", "Runs of each", "Teacher p50", "Teacher p95", "Student p50", "Student p95", "Ratio of p50"];
pub(crate) const PUBLISHED: &str = "The paper’s claim";

/// What the paper says, and that it is another thing.
pub(crate) fn published() -> String {
    let [teacher, student] = PUBLISHED_MS;
    format!(
        "The paper reports {} ms for its teacher, “HGNN + DeBERTa”, and {} ms for its student: the “{} times”. That was its own \
         hardware, other data and another program. Here nothing reads text while it is timed; where a teacher has text, it was turned \
         into numbers beforehand. A ratio of times belongs to one machine and one program; the work below is counted, and the same \
         everywhere.",
        fixed(teacher, 2),
        fixed(student, 2),
        fixed(teacher / student, 0),
    )
}

pub(crate) const REPLAY: &str = "Replay in slow motion";

/// How much slower a replay is.
pub(crate) fn slowed(factor: f64) -> String {
    if factor > 1.0 {
        format!("One request of each (p50), {} times as slow as it was.", grouped(factor as usize))
    } else {
        "One request of each (p50), as long as it took.".to_owned()
    }
}

pub(crate) const WORK: &str = "The work of an answer, counted";
pub(crate) const WORK_CAPTION: &str = "Stage by stage, and what the teacher takes for one of the student’s";
pub(crate) const WORK_HINT: &str = "From shapes and likes, not from a clock. A multiply-add is a product that is added to a sum; bytes are what \
    each stage reads, a row as often as it is fetched. The student’s is counted as if every film were scored in full; on the CPU \
    the page’s answers look at most films in single bytes, and take less.";
pub(crate) const WORK_COLUMNS: [&str; 3] = ["Stage, and what it computes", "Multiply-adds", "Bytes read"];
pub(crate) const TOTAL: &str = "Together";
pub(crate) const RATIO: &str = "Teacher ÷ student";

/// The wide channel's stage as it is timed.
pub(crate) const WIDE_STEP: &str = "wide (one more row)";
pub(crate) const WIDE_STEP_EQUATION: &str = "P' = P − P v vᵀ P / (1 + vᵀ P v)";

/// What is kept between answers.
pub(crate) fn solved(multiply_adds: u64) -> String {
    format!(
        "Not in the race: solving the teacher’s wide channel for everyone, {} multiply-adds, is done once when this view opens and kept.",
        big(multiply_adds)
    )
}

/// `1.23 million`.
pub(crate) fn big(n: u64) -> String {
    let (n, scaled) = (n as usize, n as f64);
    match n {
        0..10_000 => grouped(n),
        10_000..1_000_000 => format!("{} thousand", fixed(scaled / 1e3, 1)),
        1_000_000..1_000_000_000 => format!("{} million", fixed(scaled / 1e6, 2)),
        _ => format!("{} billion", fixed(scaled / 1e9, 2)),
    }
}

/// `1.23 MB`.
pub(crate) fn bytes(n: u64) -> String {
    let scaled = n as f64;
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{} kB", fixed(scaled / 1e3, 1)),
        _ => format!("{} MB", fixed(scaled / 1e6, 2)),
    }
}
