//! Flags of `scale`.

use std::path::PathBuf;

use clap::Args;

/// Flags of `scale`.
#[derive(Debug, Clone, Args)]
pub struct ScaleArgs {
    /// Users and items together, one size after the other; interactions are 9.1 a node, as in Amazon CDs
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', default_values_t = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000], value_parser = nodes)]
    pub nodes: Vec<usize>,
    /// Seed of the data and of every other draw
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Threads; with one, processor time is that of the work alone
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub threads: u32,
    /// Seconds that all sizes together may take: a size that would not fit is left out, and the report says so
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    pub max_seconds: u64,
    /// Memory that a size may take, in GB of 1,000,000,000 bytes [default: what the machine has left]
    #[arg(long, value_name = "GB", value_parser = gigabytes)]
    pub memory_limit: Option<f64>,
    /// Folder for report.json and report.html, with plots
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Print JSON, and nothing else, to stdout
    #[arg(long)]
    pub json: bool,
    /// Measures this size in this process: what the command starts once for every size
    #[arg(long, hide = true, value_name = "N", value_parser = nodes)]
    pub one: Option<usize>,
}

impl ScaleArgs {
    /// The threads of this process: those of a measurement, and one that only waits for others.
    pub fn own_threads(&self) -> Option<u32> {
        Some(if self.one.is_some() { self.threads } else { 1 })
    }
}

/// At least as many nodes as there is something to plant in, and no more than the study knows how to hold.
fn nodes(given: &str) -> Result<usize, String> {
    match given.replace('_', "").parse() {
        Ok(n @ 300..=10_000_000) => Ok(n),
        _ => Err(format!("{given:?} is not a number of nodes between 300 and 10000000")),
    }
}

/// Above 0.
pub(super) fn gigabytes(given: &str) -> Result<f64, String> {
    match given.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err(format!("{given:?} is not a number of gigabytes above 0, such as 16 or 0.5")),
    }
}
