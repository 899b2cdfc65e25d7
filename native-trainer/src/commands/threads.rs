//! How many threads compute, and where the program itself runs.
//!
//! Two kinds of threads do the work: rayon's, which are this program's and those of the matrix products, and candle's own.
//! candle asks its environment for the number of rayon's threads at every matrix product, and where the environment does
//! not say, it reads a description of all processors, each time. So the environment says it, always: the program starts
//! itself again where it does not.

use std::process::{Command, ExitCode};

use anyhow::Context;

/// Bytes of stack of a thread: what the main thread has. A gradient's walk through a deep graph calls itself.
const STACK: usize = 8 << 20;

const RAYON: &str = "RAYON_NUM_THREADS";
const CANDLE: &str = "CANDLE_NUM_THREADS";

/// What the environment says where `threads` are to compute.
pub fn environment(threads: u32) -> [(&'static str, String); 2] {
    [RAYON, CANDLE].map(|name| (name, threads.to_string()))
}

/// Starts the program again where its environment does not say how many threads compute: `threads`, or as many as the
/// environment says, or all. Returns how the other one ended; none where there was no need for it.
///
/// # Errors
/// The program cannot be started.
pub fn with_threads(threads: Option<u32>) -> anyhow::Result<Option<ExitCode>> {
    let said = |name: &str| std::env::var(name).ok().filter(|text| text.parse().is_ok_and(|number: usize| number > 0));
    let wanted = match threads {
        Some(threads) => environment(threads),
        None => {
            let all = || std::thread::available_parallelism().map_or(1, usize::from).to_string();
            [
                (RAYON, said(RAYON).unwrap_or_else(all)),
                // Its own default is less than all where processors differ or share a core.
                (CANDLE, said(CANDLE).unwrap_or_else(|| candle_core::utils::get_num_threads().to_string())),
            ]
        }
    };
    if wanted.iter().all(|(name, number)| said(name).as_ref() == Some(number)) {
        return Ok(None);
    }
    let mut again = Command::new(std::env::current_exe().context("the program does not find itself")?);
    again.args(std::env::args_os().skip(1)).envs(wanted);
    start(again).context("the program cannot be started again with its number of threads").map(Some)
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
