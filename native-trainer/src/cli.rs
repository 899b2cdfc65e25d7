//! The command line: what can be asked, and nothing that does not exist.

mod ablate;
mod data;
mod figures;
mod reproduce;
mod scale;
mod synthesize;
mod tune;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::data::DataChoice;
use crate::device::DeviceChoice;
use crate::models::Model;
use crate::presets::Preset;
use crate::settings::{SettingError, Settings};
use crate::text::CacheChoice;
use crate::text::EncoderChoice;
pub use ablate::AblateArgs;
pub use data::DataArgs;
pub use figures::FiguresArgs;
pub use reproduce::ReproduceArgs;
pub use scale::ScaleArgs;
pub use synthesize::SynthesizeArgs;
pub use tune::TuneArgs;

const EXAMPLES: &str = "Examples:
  cargo run -p native-trainer
  cargo run -p native-trainer -- train --data my_reviews.csv --split time --out my-model
  cargo run -p native-trainer -- train --data reviews.json.gz --items meta.json.gz --lenient --out my-model
  cargo run -p native-trainer -- evaluate --models popularity,ease --set ease.lambda=100 --json
  cargo run -p native-trainer -- recommend --model assets/model.safetensors --like \"The Matrix\" --like \"Alien\"
  cargo run -p native-trainer -- inspect assets/model.safetensors";

/// Trains the hypergraph teacher, distils the student from it, evaluates both and writes the model file of the page.
///
/// Without a subcommand: train on the built-in data with all defaults.
#[derive(Debug, Parser)]
#[command(name = "native-trainer", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags of `train`, for when no subcommand is given.
    #[command(flatten)]
    pub train: TrainArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train, distil, evaluate and write model.safetensors, catalogue.json and explorer.safetensors
    #[command(after_help = "Example:\n  native-trainer train --data ratings.csv --split time --out my-model")]
    Train(TrainArgs),
    /// Train and print the table of held-out results; --report writes it, with plots
    #[command(
        after_help = "Example:\n  native-trainer evaluate --models popularity,ease,student --seeds 3 --report reports/first"
    )]
    Evaluate(EvaluateArgs),
    /// Try settings of one model and say which is best on validation; test is not looked at
    #[command(
        after_help = "Examples:\n  native-trainer tune --model lightgcn --trials 10 --report reports/lightgcn\n  native-trainer tune --model ease --try ease.lambda=50,100,200\n  native-trainer tune --model student --preset paper --search sweep --param temperature,alpha,gamma --seeds 3 --report reports/sensitivity\n  native-trainer evaluate --models lightgcn --config reports/lightgcn/best.json"
    )]
    Tune(TuneArgs),
    /// Train the published configuration and the tuned one, and print the full table beside what is published
    #[command(after_help = reproduce::EXAMPLES)]
    Reproduce(ReproduceArgs),
    /// Train the method without each of its parts, and with others in their place; --report writes how they differ
    #[command(
        after_help = "Examples:\n  native-trainer ablate --components head,loss --report reports/ablation\n  native-trainer ablate --preset paper --components text,contrast,positional --report reports/ablation-paper\n  native-trainer ablate --variant small=student.emb_dim=16 --variant large=student.emb_dim=256 --seeds 1\n  native-trainer ablate --list"
    )]
    Ablate(AblateArgs),
    /// Generate data of any size: communities, degrees by a power law, reviews if wanted
    #[command(
        after_help = "Example:\n  native-trainer synthesize --users 5000 --items 4000 --interactions 80000 --reviews --out generated"
    )]
    Synthesize(SynthesizeArgs),
    /// Measure what training and answers cost as generated data grow, and fit the laws of growth
    #[command(
        after_help = "Examples:\n  native-trainer scale --report reports/scale\n  native-trainer scale --nodes 1000,3000,10000 --max-seconds 120 --json"
    )]
    Scale(ScaleArgs),
    /// Ask a model file for recommendations
    #[command(
        after_help = "Examples:\n  native-trainer recommend --model assets/model.safetensors --like \"Alien\" --k 5\n  my-index | native-trainer recommend --model assets/model.safetensors --like \"Alien\" --candidates -"
    )]
    Recommend(RecommendArgs),
    /// Check a model file and say what it holds
    #[command(after_help = "Example:\n  native-trainer inspect assets/model.safetensors")]
    Inspect(InspectArgs),
    /// Write the figures of README.md and the notes anew from the committed reports, or check them
    #[command(after_help = figures::EXAMPLES)]
    Figures(FiguresArgs),
}

/// Data, settings and threads.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// Which data.
    #[command(flatten)]
    pub input: DataArgs,
    /// The configuration to start from [default: tuned, or tuned-reviews where the data have reviews]
    #[arg(long, value_enum)]
    pub preset: Option<Preset>,
    /// What reads reviews, or titles where there are none, for the teacher: none, hashing (words and pairs of words), builtin (a small DeBERTa), DIR (a DeBERTa v2/v3 or BERT: config.json, model.safetensors, tokenizer.json) or hf:OWNER/NAME[@REVISION] [default: the preset's: none for tuned, builtin for the others]
    #[arg(long, value_name = "ENCODER")]
    pub text_encoder: Option<String>,
    /// Where the vectors of texts are kept, so that none is computed twice: a folder, or none [default: sharp-distill/text in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub text_cache: Option<CacheChoice>,
    /// Seed of every random choice
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// The most epochs of each model
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
    /// A JSON object of settings, such as the best.json of `tune`; --set changes what it says
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Change one setting, such as ease.lambda=200; may be given many times. An unknown name lists the nearest
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Where to compute: auto (a CUDA device if there is one and the program was built for it, else the CPU), cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Threads to use [default: all]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub threads: Option<u32>,
    /// Memory that training may take, in GB of 1,000,000,000 bytes, the data included; what is estimated to take more is refused before it starts [default: what the machine has left]
    #[arg(long, value_name = "GB", value_parser = scale::gigabytes)]
    pub memory_limit: Option<f64>,
    /// Print JSON, and nothing else, to stdout
    #[arg(long)]
    pub json: bool,
}

impl Cli {
    /// `--threads` of a command that trains.
    pub fn threads(&self) -> Option<u32> {
        match &self.command {
            None => self.train.run.threads,
            Some(Command::Train(args)) => args.run.threads,
            Some(Command::Evaluate(args)) => args.run.threads,
            Some(Command::Tune(args)) => args.run.threads,
            Some(Command::Reproduce(args)) => args.run.threads,
            Some(Command::Ablate(args)) => args.run.threads,
            Some(Command::Scale(args)) => args.own_threads(),
            Some(Command::Recommend(_) | Command::Inspect(_) | Command::Figures(_) | Command::Synthesize(_)) => None,
        }
    }
}

impl RunArgs {
    /// Which data.
    pub fn data_choice(&self) -> DataChoice {
        self.input.choice(self.seed)
    }

    /// What the flags say of settings, tried out: a setting that does not exist is better heard of before data are read.
    ///
    /// # Errors
    /// See [`settings`](Self::settings).
    pub fn check_settings(&self) -> Result<(), SettingError> {
        self.settings(false).map(|_| ())
    }

    /// The preset to start from, for data with or without reviews.
    pub fn preset_for(&self, has_reviews: bool) -> Preset {
        self.preset.unwrap_or(Self::usual(has_reviews))
    }

    /// The preset, with what was set, for data with or without reviews.
    ///
    /// # Errors
    /// A setting that does not exist or cannot have that value, or a file that cannot be read.
    pub fn settings(&self, has_reviews: bool) -> Result<Settings, SettingError> {
        self.changed(self.preset_for(has_reviews).settings())
    }

    /// The preset that was chosen for data of this kind.
    pub fn usual(has_reviews: bool) -> Preset {
        if has_reviews { Preset::TunedReviews } else { Preset::Tuned }
    }

    /// Settings with what the flags change of them.
    ///
    /// # Errors
    /// A setting that does not exist or cannot have that value, or a file that cannot be read.
    pub fn changed(&self, mut settings: Settings) -> Result<Settings, SettingError> {
        if let Some(encoder) = &self.text_encoder {
            settings.set(&format!("text.encoder={encoder}"))?;
        }
        if let Some(cache) = &self.text_cache {
            settings.text.cache = cache.clone();
        }
        if let Some(epochs) = self.epochs {
            settings.cap_epochs(epochs as usize);
        }
        if let Some(config) = &self.config {
            settings.set_from(config)?;
        }
        self.set.iter().try_for_each(|given| settings.set(given))?;
        Ok(settings)
    }
}

/// Flags of `train`.
#[derive(Debug, Clone, Args)]
pub struct TrainArgs {
    /// Data, settings and threads.
    #[command(flatten)]
    pub run: RunArgs,
    /// Folder for model.safetensors, catalogue.json and explorer.safetensors [default: the repository's assets, else ./sharp-distill-model]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on from where Ctrl-C stopped the same command; the result is that of an uninterrupted run
    #[arg(long)]
    pub resume: bool,
}

/// Flags of `evaluate`.
#[derive(Debug, Clone, Args)]
pub struct EvaluateArgs {
    /// Data, settings and threads.
    #[command(flatten)]
    pub run: RunArgs,
    /// Which models, in which table
    #[arg(long, value_name = "NAMES", help = models_help(), default_value = "all", value_parser = models)]
    pub models: Models,
    /// How many seeds, from --seed on; the split stays that of --seed
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub seeds: u32,
    /// Folder for report.json and report.html, with plots; Ctrl-C leaves checkpoints there
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Go on from where Ctrl-C stopped the same command; the result is that of an uninterrupted run
    #[arg(long, requires = "report")]
    pub resume: bool,
}

/// Flags of `recommend`.
#[derive(Debug, Clone, Args)]
pub struct RecommendArgs {
    /// The model file; its catalogue.json lies beside it
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// A liked item, by title or id; may be given many times
    #[arg(long, value_name = "TITLE")]
    pub like: Vec<String>,
    /// A disliked item, by title or id; may be given many times
    #[arg(long, value_name = "TITLE")]
    pub dislike: Vec<String>,
    /// How many recommendations
    #[arg(long, default_value_t = 10)]
    pub k: usize,
    /// Recommend only items of this file, an id a line, such as a vector index has found; - is stdin
    #[arg(long, value_name = "FILE")]
    pub candidates: Option<PathBuf>,
    /// Print JSON, and nothing else, to stdout
    #[arg(long)]
    pub json: bool,
}

/// Flags of `inspect`.
#[derive(Debug, Clone, Args)]
pub struct InspectArgs {
    /// The model file, or the explorer.safetensors beside one
    pub file: PathBuf,
    /// Print JSON, and nothing else, to stdout
    #[arg(long)]
    pub json: bool,
}

/// Which models, in the order of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Models {
    /// All of them.
    All,
    /// These.
    These(Vec<Model>),
}

impl Models {
    /// By name. Models without text are among all only where others read it.
    pub fn of(&self, settings: &Settings) -> Vec<Model> {
        let reads = settings.text.encoder != EncoderChoice::None;
        match self {
            Self::All => Model::ALL.into_iter().filter(|model| reads || !model.is_without_text()).collect(),
            Self::These(models) => models.clone(),
        }
    }
}

fn models_help() -> String {
    format!("all, or names separated by commas: {}", Model::ALL.map(Model::name).join(", "))
}

fn models(given: &str) -> Result<Models, String> {
    if given == "all" {
        return Ok(Models::All);
    }
    let mut chosen = Vec::new();
    for name in given.split(',').map(str::trim) {
        chosen.push(model(name)?);
    }
    chosen.sort();
    chosen.dedup();
    Ok(Models::These(chosen))
}

fn model(name: &str) -> Result<Model, String> {
    if let Some(model) = Model::ALL.into_iter().find(|model| model.name() == name) {
        return Ok(model);
    }
    let near = |model: &Model| strsim::jaro_winkler(model.name(), name);
    let nearest = Model::ALL.into_iter().max_by(|a, b| near(a).total_cmp(&near(b))).map_or("", Model::name);
    Err(format!("there is no model {name:?}. The nearest is {nearest:?}"))
}
