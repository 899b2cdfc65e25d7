//! The process that computes: how many threads it has, where the program itself runs, and what happens to freed memory.
//!
//! Two kinds of threads do the work: rayon's, which are this program's and those of the matrix products, and candle's own.
//! candle asks its environment for the number of rayon's threads at every matrix product, and where the environment does
//! not say, it reads a description of all processors, each time. So the environment says it, always: the program starts
//! itself again where it does not.
//!
//! Every step of a training frees the tensors of the one before. glibc gives large ones back to the system at once, which
//! then has to clear them for the next step: two fifths of LightGCN's time on Gowalla. It is told to keep up to
//! [`KEPT`] bytes, for all threads together: an arena for each thread would keep them apart, and give them back regardless.

use std::process::{Command, ExitCode};

use anyhow::Context;

/// Bytes of stack of a thread: what the main thread has. A gradient's walk through a deep graph calls itself.
const STACK: usize = 8 << 20;
/// Bytes that are freed and not given back.
const KEPT: usize = 1 << 30;

const RAYON: &str = "RAYON_NUM_THREADS";
const CANDLE: &str = "CANDLE_NUM_THREADS";
const GLIBC: &str = "GLIBC_TUNABLES";

/// Starts the program again where its environment does not say how it computes: on `threads` threads, or as many as the
/// environment says, or all. Returns how the other one ended; none where there was no need for it.
///
/// # Errors
/// The program cannot be started.
pub fn with_environment(threads: Option<u32>) -> anyhow::Result<Option<ExitCode>> {
    let wanted = environment(threads);
    if wanted.iter().all(|(name, value)| std::env::var(name).is_ok_and(|said| said == *value)) {
        return Ok(None);
    }
    let mut again = Command::new(std::env::current_exe().context("the program does not find itself")?);
    again.args(std::env::args_os().skip(1)).envs(wanted);
    start(again).context("the program cannot be started again").map(Some)
}

/// Names and values of the environment in which the program computes.
fn environment(threads: Option<u32>) -> Vec<(&'static str, String)> {
    let number =
        |name: &str| std::env::var(name).ok().filter(|text| text.parse().is_ok_and(|number: usize| number > 0));
    let (rayon, candle) = match threads {
        Some(threads) => (threads.to_string(), threads.to_string()),
        None => (
            number(RAYON).unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from).to_string()),
            // Its own default is less than all where processors differ or share a core.
            number(CANDLE).unwrap_or_else(|| candle_core::utils::get_num_threads().to_string()),
        ),
    };
    let mut environment = vec![(RAYON, rayon), (CANDLE, candle)];
    if cfg!(target_env = "gnu") && std::env::var_os(GLIBC).is_none() {
        let kept = format!("glibc.malloc.mmap_threshold={KEPT}:glibc.malloc.trim_threshold={KEPT}");
        environment.push((GLIBC, format!("{kept}:glibc.malloc.arena_max=1")));
    }
    environment
}

/// Runs `work` on one of the threads that compute. From the main thread, every product of a step would wake one of them
/// and wait for it.
///
/// # Errors
/// The threads cannot be started.
pub fn on_a_computing_thread<R: Send>(work: impl FnOnce() -> R + Send) -> anyhow::Result<R> {
    rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global().context("the threads cannot be started")?;
    Ok(rayon::scope(|_| work()))
}

/// In the place of this process, so that Ctrl-C reaches it.
#[cfg(unix)]
fn start(mut program: Command) -> std::io::Result<ExitCode> {
    Err(std::os::unix::process::CommandExt::exec(&mut program))
}

#[cfg(not(unix))]
fn start(mut program: Command) -> std::io::Result<ExitCode> {
    let status = program.status()?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
