//! Flags of `reproduce`.

use std::path::PathBuf;

use clap::Args;

use super::{Models, RunArgs, models, models_help};
use crate::presets::Preset;
use crate::settings::{SettingError, Settings};

pub(super) const EXAMPLES: &str = "Examples:
  native-trainer reproduce --report reports/movielens
  native-trainer reproduce --dataset amazon-beauty
  native-trainer reproduce --dataset amazon-beauty --data reviews_Beauty_5.json.gz --like-from 0 --report reports/beauty
  native-trainer reproduce --data reviews.json.gz --preset paper --text-encoder deberta-v3-base --report reports/mine

Without --preset both configurations are trained: `paper`, with every number as published, and the tuned one. Baselines have
the settings that were chosen for data of this kind in both, and are trained once.";

/// Flags of `reproduce`.
#[derive(Debug, Clone, Args)]
pub struct ReproduceArgs {
    /// Data, settings and threads.
    #[command(flatten)]
    pub run: RunArgs,
    /// Which models, in which table
    #[arg(long, value_name = "NAMES", help = models_help(), default_value = "all", value_parser = models)]
    pub models: Models,
    /// How many seeds, from --seed on; the split stays that of --seed
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub seeds: u32,
    /// Folder for report.json and report.html, with plots; Ctrl-C leaves checkpoints there
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Go on from where Ctrl-C stopped the same command; the result is that of an uninterrupted run
    #[arg(long, requires = "report")]
    pub resume: bool,
}

impl ReproduceArgs {
    /// The configurations, the published one first.
    pub fn presets(&self, has_reviews: bool) -> Vec<Preset> {
        match self.run.preset {
            Some(preset) => vec![preset],
            None => vec![Preset::Paper, RunArgs::usual(has_reviews)],
        }
    }

    /// A preset with the baselines of data of this kind: what no flag has changed.
    pub fn base(preset: Preset, has_reviews: bool) -> Settings {
        let Settings { itemknn, ease, bpr_mf, lightgcn, hccf, hgatt, hgnn, .. } =
            RunArgs::usual(has_reviews).settings();
        Settings { itemknn, ease, bpr_mf, lightgcn, hccf, hgatt, hgnn, ..preset.settings() }
    }

    /// The settings of one of them, with what flags change.
    ///
    /// # Errors
    /// A setting that does not exist or cannot have that value, or a file that cannot be read.
    pub fn settings(&self, preset: Preset, has_reviews: bool) -> Result<Settings, SettingError> {
        self.run.changed(Self::base(preset, has_reviews))
    }
}
