//! One module a command.

pub mod evaluate;
pub mod inspect;
pub mod recommend;
pub mod train;

use std::io::Write;
use std::sync::atomic::Ordering;

use anyhow::Context;

use crate::checkpoint::Checkpoints;

/// Folder of the checkpoints, in that of the result.
const CHECKPOINTS: &str = "checkpoints";

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

/// The first Ctrl-C ends the epoch and keeps a checkpoint, the second ends the program.
fn stop_on_ctrl_c(checkpoints: &Checkpoints) -> anyhow::Result<()> {
    let interrupted = checkpoints.interrupted();
    let stop = move || {
        if interrupted.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
        // Where stderr is closed there is nobody to tell, and the next Ctrl-C must still be heard.
        let _ =
            writeln!(std::io::stderr(), "\nstopping after this epoch, with a checkpoint; Ctrl-C again stops at once");
    };
    ctrlc::set_handler(stop).context("Ctrl-C cannot be handled")
}

/// The command as somebody would type it. Without `--resume`: what a resumed command makes is what it would have made
/// without an interruption, to the byte.
fn command() -> String {
    let mut command = "cargo run -p native-trainer".to_owned();
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--resume").collect();
    if !args.is_empty() {
        command += " --";
    }
    for arg in args {
        let plain = arg.chars().all(|char| char.is_ascii_alphanumeric() || "-_=./,:".contains(char));
        command += &if plain && !arg.is_empty() { format!(" {arg}") } else { format!(" {arg:?}") };
    }
    command
}
