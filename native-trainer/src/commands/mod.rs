//! One module a command.

pub mod ablate;
mod candidates;
pub mod evaluate;
pub mod figures;
pub mod inspect;
pub mod process;
pub mod recommend;
pub mod reproduce;
pub mod scale;
pub mod synthesize;
pub mod train;
pub mod tune;

use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;

use anyhow::Context;
use candle_core::Device;

use crate::checkpoint::Checkpoints;
use crate::cli::RunArgs;
use crate::data::Dataset;
use crate::device::DeviceChoice;
use crate::export::check_writable;
use crate::memory::{self, Sizes};
use crate::models::Model;
use crate::progress::Progress;
use crate::settings::Settings;

/// Bytes of an estimate that is worth a line.
const WORTH_SAYING: u64 = 1_000_000_000;

/// Folder of the checkpoints, in that of the result.
const CHECKPOINTS: &str = "checkpoints";

/// The device of `--device`; says which it is, where progress is shown.
fn use_device(choice: DeviceChoice, progress: &Progress) -> anyhow::Result<Device> {
    let chosen = choice.choose()?;
    progress.say(&format!("computing on {}", chosen.name));
    Ok(chosen.take())
}

/// Estimates what training will take and refuses what would not fit, before anything is trained.
fn check_memory(
    run: &RunArgs,
    data: &Dataset,
    settings: &Settings,
    models: &[Model],
    (progress, device): (&Progress, &Device),
) -> anyhow::Result<()> {
    if !device.is_cpu() {
        // The estimate is of what the CPU's memory holds; a GPU says by itself what it has no room for.
        return Ok(());
    }
    let sizes = Sizes {
        n_users: data.n_users(),
        n_items: data.n_items(),
        n_likes: data.train.n_memberships(),
        text_dim: settings.text.expected_dim(),
    };
    let expected = memory::check(&sizes, settings, models, run.memory_limit)?;
    if let Some((model, estimate)) = expected.first().filter(|(_, estimate)| estimate.total() >= WORTH_SAYING) {
        let bytes = memory::in_words(estimate.total());
        progress.say(&format!("memory: training takes up to about {bytes} beside the data ({})", model.name()));
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

/// The checkpoints of a command whose result is the folder of `--report`, kept from Ctrl-C on; without one there is nowhere
/// to keep anything, and Ctrl-C ends the program, as it ends others.
fn checkpoints_in(report: Option<&Path>, resume: bool) -> anyhow::Result<Checkpoints> {
    let Some(folder) = report else { return Ok(Checkpoints::default()) };
    check_writable(folder, "--report")?;
    let checkpoints = Checkpoints::new(folder.join(CHECKPOINTS), resume)?;
    stop_on_ctrl_c(&checkpoints)?;
    Ok(checkpoints)
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
