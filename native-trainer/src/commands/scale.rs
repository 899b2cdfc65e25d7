//! `scale`: sizes one after the other, each in a process of its own, and the laws of their growth.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

use super::{command, print};
use crate::cli::ScaleArgs;
use crate::export::check_writable;
use crate::memory::{self, in_words};
use crate::progress::Progress;
use crate::scale::{LeftOut, Measurement, Study, measure, settings, sizes};

/// What is kept free of the memory that a size may take.
const ROOM: f64 = 0.9;

/// Runs the command.
///
/// # Errors
/// Said in one message.
pub fn scale(args: &ScaleArgs) -> anyhow::Result<()> {
    if let Some(n_nodes) = args.one {
        return print(&serde_json::to_string(&measure(n_nodes, args.seed)?)?);
    }
    if let Some(folder) = &args.report {
        check_writable(folder, "--report")?;
    }
    let mut asked = args.nodes.clone();
    asked.sort_unstable();
    asked.dedup();
    let progress = Progress::shown();
    let began = Instant::now();
    let (mut measured, mut left_out, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for n_nodes in asked {
        if let Some(reason) = too_large(args, n_nodes, &times, began) {
            progress.say(&format!("{n_nodes} nodes are left out: {reason}"));
            left_out.push(LeftOut { n_nodes, reason });
            continue;
        }
        let bar = progress.spinner("measuring");
        bar.set_message(format!("{n_nodes} nodes"));
        let clock = Instant::now();
        match one(args, n_nodes) {
            Ok(size) => {
                times.push((n_nodes as f64, clock.elapsed().as_secs_f64()));
                bar.finish_and_clear();
                progress.say(&format!(
                    "{n_nodes} nodes, {} edges: an epoch of the teacher {:.1} s, of the student {:.1} s; {:.0} s in all",
                    size.n_edges,
                    size.teacher.epoch.cpu_s,
                    size.student.epoch.cpu_s,
                    clock.elapsed().as_secs_f64()
                ));
                measured.push(size);
            }
            Err(error) => {
                bar.finish_and_clear();
                let reason = format!("it could not be measured: {error:#}");
                progress.say(&format!("{n_nodes} nodes are left out: {reason}"));
                left_out.push(LeftOut { n_nodes, reason });
            }
        }
    }
    if measured.is_empty() {
        let said: Vec<String> = left_out.iter().map(|out| format!("{} nodes: {}", out.n_nodes, out.reason)).collect();
        bail!("no size was measured. {}", said.join("; "));
    }
    let study = Study::new(measured, left_out, (args.seed, args.threads), command());
    let mut written = String::new();
    if let Some(folder) = &args.report {
        let [json, html] = study.write(folder)?;
        written = format!("wrote {} and {}", json.display(), html.display());
    }
    if args.json {
        return print(&study.to_json());
    }
    print(&(study.to_text() + &written))
}

/// Why a size is not begun; none if it fits.
fn too_large(args: &ScaleArgs, n_nodes: usize, times: &[(f64, f64)], began: Instant) -> Option<String> {
    // As the last one, and linear from there: an upper bound once fixed costs are behind.
    if let Some(&(nodes, seconds)) = times.last() {
        let (used, expected) = (began.elapsed().as_secs_f64(), seconds * n_nodes as f64 / nodes);
        if used + expected > args.max_seconds as f64 {
            return Some(format!(
                "it would take about {expected:.0} s, {used:.0} s of {} are used; --max-seconds allows more",
                args.max_seconds
            ));
        }
    }
    let sizes = sizes(n_nodes, args.seed);
    let settings = settings(sizes.n_users, sizes.n_likes);
    let teacher = memory::of_teacher(&sizes, &settings.teacher).total();
    let both = Some((&settings.teacher, &settings.distil));
    let student = memory::of_student(&sizes, &settings.student, &settings.distilled, both).total();
    // The data themselves: ids and titles, pairs, and incidences both ways.
    let needed = teacher.max(student) + 400 * n_nodes as u64 + 60 * sizes.n_likes as u64;
    let allowed = args.memory_limit.map(|limit| (limit * 1e9) as u64);
    let allowed = allowed.or_else(|| memory::available().map(|available| (available.bytes as f64 * ROOM) as u64))?;
    (needed > allowed).then(|| {
        format!(
            "it would take about {} of memory, and {} may be taken; --memory-limit allows more",
            in_words(needed),
            in_words(allowed)
        )
    })
}

/// Measures a size in a process of its own, so that its peak of memory is its own.
fn one(args: &ScaleArgs, n_nodes: usize) -> anyhow::Result<Measurement> {
    let threads = args.threads.to_string();
    let output = Command::new(std::env::current_exe().context("the program does not find itself")?)
        .args(["scale", "--one", &n_nodes.to_string(), "--seed", &args.seed.to_string(), "--threads", &threads])
        .stdin(Stdio::null())
        .output()
        .context("the program cannot be started again")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} ({})", said.trim().lines().last().unwrap_or("it was ended from outside"), output.status);
    }
    serde_json::from_slice(&output.stdout).context("its measurement cannot be read")
}
