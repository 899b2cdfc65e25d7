//! Flags of `tune`.

use std::path::PathBuf;

use clap::Args;

use super::{RunArgs, model};
use crate::models::Model;
use crate::tuning::{Choice, Param, Search, TuneError};

/// Flags of `tune`.
#[derive(Debug, Clone, Args)]
pub struct TuneArgs {
    /// Data, settings and threads.
    #[command(flatten)]
    pub run: RunArgs,
    /// Whose settings
    #[arg(long, value_name = "NAME", value_parser = model)]
    pub model: Model,
    /// Values of a setting to try, or of several that go together (a+b=1,2); may be given many times [default: a space of its own for every model]
    #[arg(long = "try", value_name = "KEY=A,B,C", value_parser = choice)]
    pub choices: Vec<Choice>,
    /// Settings to try by their names, each with values of its own, separated by commas [default: all of them with --search sweep]
    #[arg(long = "param", value_name = "NAMES", value_enum, value_delimiter = ',')]
    pub params: Vec<Param>,
    /// Which configurations
    #[arg(long, value_enum, default_value_t)]
    pub search: Search,
    /// The most configurations, the one to start from included [default: 10 with --search random, no limit with the others]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub trials: Option<u32>,
    /// Trainings of each configuration, with seeds from --seed on; their mean decides
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub seeds: u32,
    /// Folder for tune.json, best.json and report.html, written anew after every configuration
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Go on with what the same command left in --report: configurations that stand there are not trained again
    #[arg(long, requires = "report")]
    pub resume: bool,
}

fn choice(given: &str) -> Result<Choice, String> {
    given.parse().map_err(|error: TuneError| error.to_string())
}
