//! Which data: the flags that `train` and `evaluate` share.

use std::path::PathBuf;

use clap::Args;

use crate::data::formats::Format;
use crate::data::known::{self, Known};
use crate::data::{DataChoice, LIKE_FROM, SplitChoice, merge};

const DATA_HELP: &str = "A file of interactions or reviews, plain or gzipped: CSV, Amazon's or Yelp's JSON lines, \
                         MovieLens; a Parquet file or a folder of them; or a folder with train, valid and test (.csv or \
                         .parquet), or with LightGCN's train.txt and test.txt [default: MovieLens latest-small, built \
                         in]";

fn data_long_help() -> String {
    format!(
        "{DATA_HELP}\n\nA CSV has a header: user_id,item_id and, if known, review,rating,timestamp,title,year,genres, in \
         any order, separated by commas, tabs or semicolons; a text with separators or line ends stands in quotes. A \
         time is unix seconds or a date (2023-01-31, 2023-01-31 18:30:00). An empty rating or time is not known, and an \
         interaction without a rating is a like. Parquet has the same columns, as text, numbers, timestamps or dates; genres may \
         be a list, a null is not known, and what a folder key=value says is a column, too. {}. Names of people, votes and images are never read.\n\nOnly the \
         texts of training pairs are kept",
        merge::RULE
    )
}

/// Which data.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// The interactions to train on
    #[arg(long, value_name = "PATH", help = DATA_HELP, long_help = data_long_help())]
    pub data: Option<PathBuf>,
    /// How to read --data; auto looks at its beginning
    #[arg(long, value_enum, default_value_t, long_help = format!("How to read --data. {}", Format::RULE))]
    pub format: Format,
    /// Titles of the items: a CSV with item_id,title,year,genres (MovieLens's movies.csv is one) or Parquet with these columns, Amazon's metadata or Yelp's business.json, plain or gzipped; an item that it lacks is shown by its id
    #[arg(long, value_name = "PATH")]
    pub items: Option<PathBuf>,
    /// Which data set --data is, for reports; without --data, where to get it
    #[arg(long, value_name = "NAME", help = dataset_help(), value_parser = known::find)]
    pub dataset: Option<&'static Known>,
    /// Skip lines that cannot be used, and count them; without it they are an error
    #[arg(long)]
    pub lenient: bool,
    /// A rating of at least this is a like; 0 makes every interaction one. The pairs of a split folder are likes whatever their rating
    #[arg(long, value_name = "RATING", default_value_t = LIKE_FROM, value_parser = finite)]
    pub like_from: f64,
    /// random, time, or a folder with train, valid and test, .csv or .parquet (user_id,item_id) [default: the fixed split with the built-in data, random with others]
    #[arg(long, value_name = "HOW", value_parser = split_choice)]
    pub split: Option<SplitChoice>,
    /// Train on the validation items, too, and choose nothing: all epochs are run and the last one counts. For figures beside published ones that had all of train, once the settings are known
    #[arg(long)]
    pub no_validation: bool,
}

impl DataArgs {
    /// With the seed of the split.
    pub fn choice(&self, seed: u64) -> DataChoice {
        let Self { data, format, items, dataset, lenient, like_from, split, no_validation } = self.clone();
        DataChoice { data, format, items, dataset, lenient, like_from, split, no_validation, seed }
    }
}

fn dataset_help() -> String {
    let names = known::ALL.iter().map(|known| known.name).collect::<Vec<_>>().join(", ");
    format!("Which data set --data is, for reports; without --data it says where to get it and what to type: {names}")
}

fn finite(given: &str) -> Result<f64, String> {
    match given.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("{given:?} is not a finite number")),
    }
}

fn split_choice(given: &str) -> Result<SplitChoice, String> {
    match given {
        "random" => Ok(SplitChoice::Random),
        "time" => Ok(SplitChoice::Time),
        folder if PathBuf::from(folder).is_dir() => Ok(SplitChoice::Folder(folder.into())),
        other => Err(format!("{other:?} is neither random nor time nor an existing folder")),
    }
}
