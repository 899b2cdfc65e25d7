//! Flags of `ablate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::RunArgs;
use crate::ablation::{AblationError, Component, Variant, of_components};

/// Flags of `ablate`.
#[derive(Debug, Clone, Args)]
pub struct AblateArgs {
    /// Data, settings and threads: what the full method is.
    #[command(flatten)]
    pub run: RunArgs,
    /// Which parts, separated by commas [default: all; with --variant none but those]
    #[arg(long, value_name = "NAMES", value_enum, value_delimiter = ',')]
    pub components: Option<Vec<Component>>,
    /// A variant of one's own: settings that it changes; may be given many times
    #[arg(long = "variant", value_name = "NAME=KEY=VALUE,...", value_parser = variant)]
    pub variants: Vec<Variant>,
    /// How many seeds, from --seed on; the split stays that of --seed
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub seeds: u32,
    /// Folder for report.json and report.html, written anew after every variant; Ctrl-C leaves checkpoints there
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Go on from where the same command was stopped; the result is that of an uninterrupted run
    #[arg(long, requires = "report")]
    pub resume: bool,
    /// Say which variants there are and what each changes, and train nothing
    #[arg(long)]
    pub list: bool,
}

impl AblateArgs {
    /// What is compared with the full method.
    pub fn variants(&self) -> Vec<Variant> {
        let all = Component::value_variants();
        let components = match &self.components {
            Some(components) => components.as_slice(),
            None if self.variants.is_empty() => all,
            None => &[],
        };
        let mut variants = of_components(components);
        variants.extend_from_slice(&self.variants);
        variants
    }
}

fn variant(given: &str) -> Result<Variant, String> {
    given.parse().map_err(|error: AblationError| error.to_string())
}
