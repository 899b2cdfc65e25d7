//! One module a command.

pub mod evaluate;
pub mod inspect;
pub mod recommend;
pub mod train;

use std::io::Write;

use anyhow::Context;

/// Sets the number of threads; 0 choices left means all.
fn use_threads(threads: Option<u32>) -> anyhow::Result<()> {
    if let Some(threads) = threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads as usize);
        pool.build_global().context("the threads cannot be started")?;
    }
    Ok(())
}

/// Prints to stdout; a reader that has gone away (`| head`) is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("stdout cannot be written to")
        }
        _ => Ok(()),
    }
}
