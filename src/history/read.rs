//! From bytes to a history: what kind of file it is, and its text.

use std::fmt;

use super::error::HistoryError;
use super::{formats, trakt};

/// The largest file that is read: about ten times a long history. A page can refuse larger ones unread.
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
    /// Any other table that has a column of titles, or a list of JSON objects that have them.
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
    /// The films in the order of the file, a film perhaps several times; at least one.
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
    /// A table's ratings are taken to be of so many.
    Scale(u16),
    /// It is in no Unicode, so accented letters may be wrong.
    OldEncoding,
    /// No row has a rating.
    NoRatings,
}

impl Note {
    /// How many rows it is about.
    pub(super) fn count(self) -> u32 {
        match self {
            Self::NotFilms(n) | Self::NoTitle(n) | Self::NotSeen(n) | Self::NotRated(n) => n,
            Self::OffScale(n) | Self::Surplus(n, _) => n,
            Self::Scale(_) | Self::OldEncoding | Self::NoRatings => 0,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFilms(n) => write!(f, "Left out, as they are no films: {n} (series, episodes, games)."),
            Self::NoTitle(n) => write!(f, "Left out, as they name no film: {n}."),
            Self::NotSeen(n) => write!(f, "Left out, as they are on a list of films to see: {n}."),
            Self::NotRated(n) => write!(f, "Left out, as they have no rating of yours: {n}."),
            Self::OffScale(n) => write!(f, "Ratings that are no numbers of the scale: {n}. These films count as seen."),
            Self::Surplus(n, line) => {
                write!(f, "Rows with more cells than the header: {n}, the first on line {line}. Check their titles.")
            }
            Self::Scale(best) => write!(f, "Ratings are taken to be of {best}, by the highest one."),
            Self::OldEncoding => f.write_str("The file is not in UTF-8: accented letters may be wrong."),
            Self::NoRatings => f.write_str(
                "There are no ratings in this file, so say what its films are to you. (Letterboxd's watched.csv, \
                 watchlist.csv and likes/films.csv look alike.)",
            ),
        }
    }
}

/// Whether a file of this size is read, for those who can ask before they load it.
///
/// # Errors
/// It is larger than [`MAX_BYTES`].
pub fn check_size(n_bytes: usize) -> Result<(), HistoryError> {
    if n_bytes > MAX_BYTES {
        return Err(HistoryError::TooLarge { n_mebibytes: n_bytes.div_ceil(1 << 20) });
    }
    Ok(())
}

/// Reads a file that some place has exported.
///
/// # Errors
/// Whatever keeps it from being a history, with the place and the remedy.
pub fn read(bytes: &[u8]) -> Result<History, HistoryError> {
    check_size(bytes.len())?;
    // Zip, which workbooks are as well, and gzip.
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") || bytes.starts_with(b"\x1f\x8b") {
        return Err(HistoryError::Packed);
    }
    let (text, is_old) = decoded(bytes)?;
    let mut history = match text.trim_ascii_start().as_bytes().first() {
        None => return Err(HistoryError::Empty),
        Some(b'<') => return Err(HistoryError::WebPage),
        Some(b'[' | b'{') => trakt::read(&text)?,
        Some(_) => formats::read(&text)?,
    };
    if is_old {
        history.notes.push(Note::OldEncoding);
    }
    if !history.has_ratings() {
        history.notes.push(Note::NoRatings);
    }
    Ok(history)
}

/// The text of a file, and whether it was in an encoding of old.
fn decoded(bytes: &[u8]) -> Result<(String, bool), HistoryError> {
    let (text, is_old) = match bytes {
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes), false),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes), false),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => (text.to_owned(), false),
                Err(_) => (bytes.iter().map(|byte| windows_1252(*byte)).collect(), true),
            }
        }
    };
    // Old encodings have a letter for every byte, so only control characters tell them from what is no text at all.
    let is_foreign = |byte: u8| byte == 0 || is_old && byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    match text.bytes().position(is_foreign) {
        Some(at) => Err(HistoryError::Binary { at: at + 1 }),
        None => Ok((text, is_old)),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The letter of a byte in the encoding that spreadsheets on Windows write, as far as titles tell it from Latin-1.
fn windows_1252(byte: u8) -> char {
    if byte == 0x92 { '\u{2019}' } else { char::from(byte) }
}
