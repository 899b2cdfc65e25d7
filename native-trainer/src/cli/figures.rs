//! Flags of `figures`.

use std::path::PathBuf;

use clap::Args;

pub(super) const EXAMPLES: &str = "Examples:
  native-trainer figures
  native-trainer figures --check

A table stands between `<!-- figures: KIND ... -->` and `<!-- /figures -->`, a figure within a sentence between
`<!-- figure: KIND ... -->` and `<!-- /figure -->`.";

/// Flags of `figures`.
#[derive(Debug, Clone, Args)]
pub struct FiguresArgs {
    /// Change nothing; fail where a text and the data differ
    #[arg(long)]
    pub check: bool,
    /// The repository [default: the one that this program was built in, else the current folder]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Print JSON, and nothing else, to stdout
    #[arg(long)]
    pub json: bool,
}
