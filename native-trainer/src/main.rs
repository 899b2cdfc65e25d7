//! The trainer's command line. Exit codes: 0 done, 1 failed, 2 asked for something that does not exist.

use std::process::ExitCode;

use clap::Parser;
use native_trainer::ablation::AblationError;
use native_trainer::cli::{Cli, Command};
use native_trainer::commands::{
    ablate::ablate, evaluate::evaluate, figures::figures, inspect::inspect, process, recommend::recommend,
    reproduce::reproduce, scale::scale, synthesize::synthesize, train::train, tune::tune,
};
use native_trainer::data::DataError;
use native_trainer::settings::SettingError;
use native_trainer::synthetic::RecipeError;
use native_trainer::tuning::TuneError;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = process::with_environment(cli.threads()).and_then(|ended| match ended {
        Some(code) => Ok(code),
        None => process::on_a_computing_thread(|| run(&cli))?.map(|()| ExitCode::SUCCESS),
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            let is_not_here = matches!(error.downcast_ref(), Some(DataError::NotHere { .. }));
            let is_unknown = error.is::<SettingError>()
                || error.is::<TuneError>()
                || error.is::<AblationError>()
                || error.is::<RecipeError>();
            ExitCode::from(if is_unknown || is_not_here { 2 } else { 1 })
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    match &cli.command {
        None => train(&cli.train),
        Some(Command::Train(args)) => train(args),
        Some(Command::Evaluate(args)) => evaluate(args),
        Some(Command::Tune(args)) => tune(args),
        Some(Command::Ablate(args)) => ablate(args),
        Some(Command::Recommend(args)) => recommend(args),
        Some(Command::Inspect(args)) => inspect(args),
        Some(Command::Figures(args)) => figures(args),
        Some(Command::Reproduce(args)) => reproduce(args),
        Some(Command::Synthesize(args)) => synthesize(args),
        Some(Command::Scale(args)) => scale(args),
    }
}
