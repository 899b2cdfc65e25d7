//! The trainer's command line. Exit codes: 0 done, 1 failed, 2 asked for something that does not exist.

use std::process::ExitCode;

use clap::Parser;
use native_trainer::cli::{Cli, Command};
use native_trainer::commands::{evaluate::evaluate, inspect::inspect, recommend::recommend, train::train};
use native_trainer::data::DataError;
use native_trainer::settings::SettingError;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match &cli.command {
        None => train(&cli.train),
        Some(Command::Train(args)) => train(args),
        Some(Command::Evaluate(args)) => evaluate(args),
        Some(Command::Recommend(args)) => recommend(args),
        Some(Command::Inspect(args)) => inspect(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            let not_here = matches!(error.downcast_ref(), Some(DataError::NotHere { .. }));
            ExitCode::from(if not_here || error.is::<SettingError>() { 2 } else { 1 })
        }
    }
}
