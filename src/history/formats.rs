//! Tables: which column is what, and whose export that is.

use super::csv::Records;
use super::error::HistoryError;
use super::read::{History, HistoryRow, Source};
use super::rows::{Gathered, is_film, some, split_year, squashed, year};

/// Separators by how usual they are.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// What separates the cells of a table with one column: nothing, for no text has this character.
const NO_SEPARATOR: u8 = 0;
/// The header is one of so many first records: a list of Letterboxd has its name and date before.
const HEADER_WITHIN: u32 = 8;

/// What columns can be, with the names that they go by in letters and digits, the surest one first.
const NAMES: [&str; N_ROLES] = [
    "title name film movie movietitle filmtitle moviename filmname titel",
    "movieid",
    "year releaseyear movieyear releasedate released",
    "yourrating myrating userrating yourated rating rating10 rating5 score stars",
    "titletype type mediatype",
    "liked like favorite favourite",
    "originaltitle",
    "userid",
    "const",
    "letterboxduri",
    "userid tmdbid timestamp",
];
const N_ROLES: usize = 11;
const TITLE: usize = 0;
const MOVIE_ID: usize = 1;
const YEAR: usize = 2;
const RATING: usize = 3;
const KIND: usize = 4;
const LIKED: usize = 5;
const OTHER_TITLE: usize = 6;
const USER_ID: usize = 7;
/// These tell whose export it is.
const IMDB: usize = 8;
const LETTERBOXD: usize = 9;
const MOVIELENS: usize = 10;

/// For each role its column, or one that no record has.
type Columns = [usize; N_ROLES];
const NONE: usize = usize::MAX;

/// The roles of a record's cells, taken for a header.
fn columns(records: &Records<'_>) -> Columns {
    let mut columns = [NONE; N_ROLES];
    let mut ranks = [NONE; N_ROLES];
    for at in 0..records.n_cells() {
        let column = squashed(records.cell(at));
        for role in 0..N_ROLES {
            let rank = NAMES[role].split(' ').position(|name| name == column);
            if let Some(rank) = rank.filter(|rank| *rank < ranks[role]) {
                (columns[role], ranks[role]) = (at, rank);
            }
        }
    }
    columns
}

/// Reads a table.
pub(super) fn read(text: &str) -> Result<History, HistoryError> {
    let (separator, header_line, columns) = header(text)?;
    let mut records = Records::new(text, separator);
    while records.line() < header_line && records.next()? {}

    let has = |role: usize| columns[role] != NONE;
    let (source, mut scale) = if has(MOVIE_ID) && has(MOVIELENS) {
        (Source::MovieLens, 5.0)
    } else if has(IMDB) {
        (Source::Imdb, 10.0)
    } else if has(LETTERBOXD) {
        (Source::Letterboxd, 5.0)
    } else {
        (Source::Table, 0.0)
    };
    match &*squashed(records.cell(columns[RATING])) {
        "rating10" => scale = 10.0,
        "rating5" => scale = 5.0,
        _ => {}
    }
    let n_columns = records.n_cells();
    let mut gathered = Gathered::new(scale);
    let mut first_user = String::new();
    while records.next()? {
        let cell = |role: usize| records.cell(columns[role]);
        let line = records.line();
        if records.n_cells() > n_columns {
            gathered.surplus(line);
        }
        if source == Source::MovieLens {
            let user = cell(USER_ID);
            if first_user.is_empty() {
                user.clone_into(&mut first_user);
            } else if first_user != user && !user.is_empty() {
                return Err(HistoryError::SeveralPeople { line, user: first_user, other: user.to_owned() });
            }
        }
        if !is_film(cell(KIND)) {
            gathered.n_not_films += 1;
            continue;
        }
        let (title, year_of_title) = (cell(TITLE), split_year(cell(TITLE)).1);
        let row = HistoryRow {
            line,
            id: if source == Source::MovieLens { some(cell(MOVIE_ID)) } else { None },
            title: some(title),
            other_title: some(cell(OTHER_TITLE)),
            year: year(cell(YEAR)).or(year_of_title),
            rating: gathered.rating(cell(RATING)),
            liked: is_yes(cell(LIKED)),
        };
        gathered.push(row)?;
    }
    gathered.finish(source, header_line)
}

/// The header and what separates its cells: whatever gives the most columns that are known.
fn header(text: &str) -> Result<(u8, u32, Columns), HistoryError> {
    let mut best = (0, NO_SEPARATOR, 0, [NONE; N_ROLES]);
    for separator in SEPARATORS {
        let mut records = Records::new(text, separator);
        for _ in 0..HEADER_WITHIN {
            // A record that does not end may do so with another separator; if not, reading it again says so.
            if !records.next().unwrap_or(false) {
                break;
            }
            let columns = columns(&records);
            let n_known = columns[..OTHER_TITLE].iter().filter(|column| **column != NONE).count();
            let is_header = columns[TITLE] != NONE || columns[MOVIE_ID] != NONE;
            if is_header && n_known > best.0 {
                // Commas belong to the titles of a table of nothing else.
                let separator = if records.n_cells() == 1 { NO_SEPARATOR } else { separator };
                best = (n_known, separator, records.line(), columns);
            }
        }
    }
    if best.0 > 0 {
        return Ok((best.1, best.2, best.3));
    }
    let mut records = Records::new(text, SEPARATORS[0]);
    records.next()?;
    let mut columns = String::new();
    for at in 0..records.n_cells().min(8) {
        columns.push_str(if at == 0 { "`" } else { ", `" });
        columns.extend(records.cell(at).chars().take(40));
        columns.push('`');
    }
    Err(HistoryError::NoTitles { line: records.line(), columns })
}

fn is_yes(cell: &str) -> Option<bool> {
    match squashed(cell).as_str() {
        "" => None,
        "yes" | "true" | "1" | "y" | "x" => Some(true),
        _ => Some(false),
    }
}
