//! MovieLens latest-small, inside the program: facts only, under the conditions in `assets/README.md`.

use super::error::DataError;
use super::folder::{SplitFolder, from_sources};
use super::formats::{self, Format};
use super::interactions::Interactions;
use super::items;
use super::source::Source;

/// Name for reports.
pub const NAME: &str = "MovieLens latest-small";

/// `userId,movieId,rating,timestamp`, gzipped.
pub const RATINGS: &[u8] = include_bytes!("../../../assets/movielens-small/ratings.csv.gz");
const MOVIES: &[u8] = include_bytes!("../../../assets/movielens-small/movies.csv.gz");
const TRAIN: &[u8] = include_bytes!("../../../assets/movielens-small/split/train.csv.gz");
const VALID: &[u8] = include_bytes!("../../../assets/movielens-small/split/valid.csv.gz");
const TEST: &[u8] = include_bytes!("../../../assets/movielens-small/split/test.csv.gz");

/// All ratings, with titles, years and genres.
///
/// # Errors
/// None but for a damaged build.
pub fn interactions() -> Result<Interactions, DataError> {
    let ratings = Source::bytes("assets/movielens-small/ratings.csv.gz", RATINGS)?;
    let mut interactions = formats::read(ratings, Format::Movielens)?;
    let movies = Source::bytes("assets/movielens-small/movies.csv.gz", MOVIES)?;
    let wanted = interactions.item_ids.iter().map(String::as_str).collect();
    (interactions.about, _) = items::read(movies, &wanted)?;
    Ok(interactions)
}

/// The fixed split, so that figures are comparable.
///
/// # Errors
/// None but for a damaged build.
pub fn split_folder() -> Result<SplitFolder, DataError> {
    let source = |part, bytes| Source::bytes(part, bytes);
    from_sources(
        "assets/movielens-small/split",
        [source("train.csv.gz", TRAIN)?, source("valid.csv.gz", VALID)?, source("test.csv.gz", TEST)?],
    )
}
