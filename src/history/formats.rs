//! Tables: which column is what, and whose export that is.

use super::csv::Records;
use super::error::HistoryError;
use super::read::{History, HistoryRow, Source};
use super::rows::{Gathered, decimal, is_film, some, split_year, squashed, year};

/// Separators by how usual they are.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// What separates the cells of a table with one column: nothing, for no text has this character.
const NO_SEPARATOR: u8 = 0;
/// The header is one of so many first records: a list of Letterboxd has its name and date before.
const HEADER_WITHIN: u32 = 8;

/// The names that a column goes by, in letters and digits, the surest one first.
type Names = &'static [&'static str];

const TITLE: Names = &["title", "name", "film", "movie", "movietitle", "filmtitle", "moviename", "filmname", "titel"];
const OTHER_TITLE: Names = &["originaltitle"];
const YEAR: Names = &["year", "releaseyear", "movieyear", "releasedate", "released"];
const RATING: Names =
    &["yourrating", "myrating", "userrating", "yourated", "rating", "rating10", "rating5", "score", "stars"];
const KIND: Names = &["titletype", "type", "mediatype"];
const LIKED: Names = &["liked", "like", "favorite", "favourite"];
const MOVIE_ID: Names = &["movieid"];
const USER_ID: Names = &["userid"];
const IMDB: Names = &["const"];
const LETTERBOXD: Names = &["letterboxduri"];
/// Columns that tell a MovieLens id from another id of a film.
const MOVIELENS: Names = &["userid", "tmdbid", "timestamp"];

/// The columns of a table.
struct Header {
    line: u32,
    n_cells: usize,
    /// Names in letters and digits.
    names: Vec<String>,
}

impl Header {
    fn of(records: &Records<'_>) -> Self {
        let names = (0..records.n_cells()).map(|at| squashed(records.cell(at))).collect();
        Self { line: records.line(), n_cells: records.n_cells(), names }
    }

    /// The column of one of these names.
    fn column(&self, names: Names) -> Option<usize> {
        names.iter().find_map(|name| self.names.iter().position(|column| column == name))
    }

    /// How much of a header it is: 0 when it names no film.
    fn score(&self) -> usize {
        let roles = [TITLE, MOVIE_ID, YEAR, RATING, KIND, LIKED];
        let is_there = roles.map(|names| usize::from(self.column(names).is_some()));
        if is_there[0] + is_there[1] == 0 { 0 } else { is_there.iter().sum() }
    }

    fn source(&self) -> Source {
        let has = |names| self.column(names).is_some();
        match () {
            () if has(MOVIE_ID) && has(MOVIELENS) => Source::MovieLens,
            () if has(IMDB) => Source::Imdb,
            () if has(LETTERBOXD) => Source::Letterboxd,
            () => Source::Table,
        }
    }
}

/// Reads a table.
pub(super) fn read(text: &str) -> Result<History, HistoryError> {
    let (separator, header) = header(text)?;
    let mut records = Records::new(text, separator);
    while records.line() < header.line && records.next()? {}

    let source = header.source();
    let column = |names| header.column(names);
    let (title, other_title, years, rating) = (column(TITLE), column(OTHER_TITLE), column(YEAR), column(RATING));
    let (kind, liked, user) = (column(KIND), column(LIKED), column(USER_ID));
    let id = column(MOVIE_ID).filter(|_| source == Source::MovieLens);
    let mut gathered = Gathered::new(match source {
        Source::MovieLens | Source::Letterboxd => Some(5.0),
        Source::Imdb => Some(10.0),
        _ => rating.and_then(|at| header.names[at].strip_prefix("rating")).and_then(decimal).map(|(best, _)| best),
    });
    let mut first_user: Option<String> = None;
    while records.next()? {
        let cell = |column: Option<usize>| column.map_or("", |at| records.cell(at));
        let line = records.line();
        if records.n_cells() > header.n_cells {
            gathered.surplus(line);
        }
        if source == Source::MovieLens && !cell(user).is_empty() {
            let user = cell(user);
            let first = first_user.get_or_insert_with(|| user.to_owned());
            if first != user {
                return Err(HistoryError::SeveralPeople { line, user: first.clone(), other: user.to_owned() });
            }
        }
        if !is_film(cell(kind)) {
            gathered.n_not_films += 1;
            continue;
        }
        let title = some(cell(title));
        let rating = gathered.rating(cell(rating));
        let year_of_title = || split_year(title.as_deref()?).1;
        gathered.push(HistoryRow {
            line,
            id: some(cell(id)),
            year: year(cell(years)).or_else(year_of_title),
            other_title: some(cell(other_title)),
            rating,
            liked: is_yes(cell(liked)),
            title,
        })?;
    }
    gathered.finish(source, header.line)
}

/// The header and what separates its cells: whatever gives the most columns that are known.
fn header(text: &str) -> Result<(u8, Header), HistoryError> {
    let mut best: Option<(usize, u8, Header)> = None;
    let mut first: Option<(u32, Vec<String>)> = None;
    for separator in SEPARATORS {
        let mut records = Records::new(text, separator);
        for _ in 0..HEADER_WITHIN {
            // A record that does not end may do so with another separator; if not, reading it again says so.
            if !records.next().unwrap_or(false) {
                break;
            }
            let header = Header::of(&records);
            let score = header.score();
            if score > best.as_ref().map_or(0, |(score, ..)| *score) {
                best = Some((score, separator, header));
            }
            if first.is_none() {
                first =
                    Some((records.line(), (0..records.n_cells().min(8)).map(|at| named(records.cell(at))).collect()));
            }
        }
    }
    match (best, first) {
        // Commas belong to the titles of a table of nothing else.
        (Some((_, _, header)), _) if header.n_cells == 1 => Ok((NO_SEPARATOR, header)),
        (Some((_, separator, header)), _) => Ok((separator, header)),
        (None, Some((line, columns))) => Err(HistoryError::NoTitles { line, columns: columns.join(", ") }),
        (None, None) => Records::new(text, SEPARATORS[0]).next().and(Err(HistoryError::Empty)),
    }
}

/// A column's name for a message.
fn named(column: &str) -> String {
    let end = column.char_indices().nth(40).map_or(column.len(), |(end, _)| end);
    format!("`{}`", &column[..end])
}

fn is_yes(cell: &str) -> Option<bool> {
    match squashed(cell).as_str() {
        "" => None,
        "yes" | "true" | "1" | "y" | "x" => Some(true),
        _ => Some(false),
    }
}
