//! From bytes to a history, and every way in which that can fail.

use std::fmt;

use thiserror::Error;

/// The largest file that is read: about a hundred times a long history. A page can refuse larger ones unread.
pub const MAX_BYTES: usize = 20 << 20;

/// The most rows that are read.
pub const MAX_ROWS: usize = 100_000;

/// Where a file comes from, told by its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `ratings.csv` of a MovieLens data set, or the export of movielens.org.
    MovieLens,
    /// `ratings.csv` or a list of IMDb.
    Imdb,
    /// `ratings.csv`, `watched.csv`, `diary.csv`, `likes/films.csv` or a list of Letterboxd.
    Letterboxd,
    /// JSON of Trakt: ratings, history or watched films.
    Trakt,
    /// Any other table that has a column of titles.
    Table,
}

impl Source {
    /// Its name, for the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::MovieLens => "MovieLens",
            Self::Imdb => "IMDb",
            Self::Letterboxd => "Letterboxd",
            Self::Trakt => "Trakt",
            Self::Table => "a table",
        }
    }
}

/// One film as the file names it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HistoryRow {
    /// The line of the file on which it begins, from 1; of JSON, the number of the element in the list.
    pub line: u32,
    /// The film's id in MovieLens.
    pub id: Option<String>,
    /// Its title as it stands in the file: text, never markup.
    pub title: Option<String>,
    /// A second title, such as IMDb's original one, where it differs.
    pub other_title: Option<String>,
    /// Year of release.
    pub year: Option<u16>,
    /// The rating as a part of the source's best one: 1 for 5 of 5 stars, 0.7 for 7 of 10.
    pub rating: Option<f32>,
    /// Whether the file says that the film is liked, apart from any rating.
    pub liked: Option<bool>,
}

/// What was read, and what is to be said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Where it comes from.
    pub source: Source,
    /// The films in the order of the file, a film perhaps several times.
    pub rows: Vec<HistoryRow>,
    /// What a visitor should know of the reading; empty when all is well.
    pub notes: Vec<Note>,
}

impl History {
    /// Whether any row has a rating. Where none has, a visitor says what watching means ([`Policy`](super::Policy)).
    pub fn has_ratings(&self) -> bool {
        self.rows.iter().any(|row| row.rating.is_some())
    }
}

/// Something about a file that is no error; `Display` says it to a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// So many rows are series, episodes, games.
    NotFilms(u32),
    /// So many rows name no film.
    NoTitle(u32),
    /// So many rows are on a list of films to see.
    NotSeen(u32),
    /// So many rows have no rating, in a file of ratings.
    NotRated(u32),
    /// So many ratings are none of the scale; the rows stay, as seen.
    OffScale(u32),
    /// So many rows have more cells than the header, the first on this line.
    Surplus(u32, u32),
    /// It is in no Unicode, so accented letters may be wrong.
    OldEncoding,
    /// No row has a rating.
    NoRatings,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFilms(n) => write!(f, "Left out, as they are no films: {n} (series, episodes, games)."),
            Self::NoTitle(n) => write!(f, "Left out, as they name no film: {n}."),
            Self::NotSeen(n) => write!(f, "Left out, as they are on a list of films to see: {n}."),
            Self::NotRated(n) => write!(f, "Left out, as you have not rated them: {n}."),
            Self::OffScale(n) => write!(f, "Ratings that are no numbers of the scale: {n}. These films count as seen."),
            Self::Surplus(n, line) => {
                write!(f, "Rows with more cells than the header: {n}, the first on line {line}. Check their titles.")
            }
            Self::OldEncoding => f.write_str("The file is not in UTF-8: accented letters may be wrong."),
            Self::NoRatings => f.write_str(
                "There are no ratings in this file. Say what its films are to you: Letterboxd's watched.csv, \
                 watchlist.csv and likes/films.csv look alike.",
            ),
        }
    }
}

/// Why a file is refused: the place and the remedy, to be shown as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HistoryError {
    /// Nothing in it.
    #[error("The file is empty. Export it again, or drop another one.")]
    Empty,
    /// Larger than [`MAX_BYTES`].
    #[error("The file has {n_mebibytes} MB; up to 20 MB are read. Keep the rows of one person, or of the last years.")]
    TooLarge {
        /// Its size, rounded up.
        n_mebibytes: usize,
    },
}

/// Reads a file that some place has exported.
///
/// # Errors
/// Whatever keeps it from being a history, with the place and the remedy.
pub fn read(bytes: &[u8]) -> Result<History, HistoryError> {
    if bytes.len() > MAX_BYTES {
        return Err(HistoryError::TooLarge { n_mebibytes: bytes.len().div_ceil(1 << 20) });
    }
    Err(HistoryError::Empty)
}
