//! Rows on their way into a history: what is left out is counted, ratings are brought to one scale.

use super::error::HistoryError;
use super::read::{History, HistoryRow, MAX_ROWS, Note, Source};

/// Scales that a highest rating can mean.
const SCALES: [u16; 5] = [1, 5, 10, 20, 100];

/// What has been read so far.
#[derive(Default)]
pub(super) struct Gathered {
    /// Their ratings are as they stand in the file.
    rows: Vec<HistoryRow>,
    /// The best rating there can be, where it is known.
    scale: Option<f32>,
    pub(super) n_not_films: u32,
    n_no_title: u32,
    pub(super) n_not_seen: u32,
    /// Ratings that are no numbers.
    n_off_scale: u32,
    n_surplus: u32,
    first_surplus: u32,
}

impl Gathered {
    /// Nothing read, of a place with this best rating, if that is known.
    pub(super) fn new(scale: Option<f32>) -> Self {
        Self { scale, ..Self::default() }
    }

    /// Takes a row, if it names a film.
    pub(super) fn push(&mut self, mut row: HistoryRow) -> Result<(), HistoryError> {
        if self.rows.len() == MAX_ROWS {
            return Err(HistoryError::TooLong { line: row.line });
        }
        if row.title.is_none() {
            row.title = row.other_title.take();
        }
        if row.title == row.other_title {
            row.other_title = None;
        }
        if row.title.is_none() && row.id.is_none() {
            self.n_no_title += 1;
        } else {
            self.rows.push(row);
        }
        Ok(())
    }

    /// Counts a row with more cells than the header.
    pub(super) fn surplus(&mut self, line: u32) {
        if self.n_surplus == 0 {
            self.first_surplus = line;
        }
        self.n_surplus += 1;
    }

    /// The rating in a cell as it stands there: `7`, `3,5`, `7/10` or `70 %`; the last two say the scale of all.
    pub(super) fn rating(&mut self, cell: &str) -> Option<f32> {
        if cell.is_empty() {
            return None;
        }
        let (rating, scale) = match decimal(cell) {
            Some((rating, "")) => (Some(rating), None),
            Some((rating, "%")) => (Some(rating), Some(100.0)),
            Some((rating, rest)) => match rest.strip_prefix('/').map(str::trim_start).and_then(decimal) {
                Some((scale, "")) if scale > 0.0 => (Some(rating), Some(scale)),
                _ => (None, None),
            },
            None => (None, None),
        };
        self.scale = self.scale.or(scale);
        self.n_off_scale += u32::from(rating.is_none());
        rating
    }

    /// The history; `header_line` is where its header stands, 0 without one.
    pub(super) fn finish(mut self, source: Source, header_line: u32) -> Result<History, HistoryError> {
        let mut notes = Vec::new();
        let is_rated = |row: &HistoryRow| row.rating.is_some();
        if self.rows.iter().any(is_rated) {
            let scale = self.scale.unwrap_or_else(|| {
                let best = self.rows.iter().filter_map(|row| row.rating).fold(0.0, f32::max);
                let scale = SCALES.into_iter().find(|scale| best <= f32::from(*scale)).unwrap_or(SCALES[4]);
                notes.push(Note::Scale(scale));
                f32::from(scale)
            });
            for row in &mut self.rows {
                // Nobody's scale begins at 0, which is what many places write for no rating.
                let rating = row.rating.filter(|rating| *rating != 0.0);
                row.rating = rating.filter(|rating| (0.0..=scale).contains(rating)).map(|rating| rating / scale);
                self.n_off_scale += u32::from(rating.is_some() && row.rating.is_none());
            }
        }
        let n_rows = self.rows.len() as u32;
        // A list of IMDb names films to see beside those that are rated.
        if source == Source::Imdb && self.rows.iter().any(is_rated) {
            self.rows.retain(is_rated);
        }
        let counted = [
            (self.n_not_films, Note::NotFilms as fn(u32) -> Note),
            (self.n_no_title, Note::NoTitle),
            (self.n_not_seen, Note::NotSeen),
            (n_rows - self.rows.len() as u32, Note::NotRated),
            (self.n_off_scale, Note::OffScale),
        ];
        notes.extend(counted.into_iter().filter(|(n, _)| *n > 0).map(|(n, note)| note(n)));
        if self.n_surplus > 0 {
            notes.push(Note::Surplus(self.n_surplus, self.first_surplus));
        }
        if !self.rows.is_empty() {
            return Ok(History { source, rows: self.rows, notes });
        }
        let n_rows = self.n_not_films + self.n_no_title + self.n_not_seen;
        Err(match (n_rows, header_line) {
            (0, 0) => HistoryError::Empty,
            (0, line) => HistoryError::NoRows { line },
            _ => HistoryError::NoFilms { n_rows, notes },
        })
    }
}

/// Whether a kind of title, as IMDb and Trakt name them, is watched in one piece.
pub(super) fn is_film(kind: &str) -> bool {
    const OTHERS: [&str; 7] = ["series", "episode", "season", "show", "game", "podcast", "musicvideo"];
    let kind = squashed(kind);
    let is_inside = |other: &&str| kind.as_bytes().windows(other.len()).any(|part| part == other.as_bytes());
    kind != "tv" && !OTHERS.iter().any(is_inside)
}

/// The letters and digits of an ASCII name in lower case: `Your Rating`, `your_rating` and `yourRating` are one.
pub(super) fn squashed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// A text, if there is any.
pub(super) fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A plain decimal number at the beginning, with a point or a comma, and what stands behind it.
pub(super) fn decimal(text: &str) -> Option<(f32, &str)> {
    let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mut value, mut unit, mut n_digits, mut end) = (0.0f32, 0.0, 0, 0);
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => {
                value = 10.0 * value + f32::from(byte - b'0');
                unit *= 10.0;
                n_digits += 1;
            }
            b'.' | b',' if unit == 0.0 => unit = 1.0,
            _ => break,
        }
        end += 1;
    }
    // More digits are no rating, and would not be exact.
    if !(1..=7).contains(&n_digits) {
        return None;
    }
    let value = if unit > 1.0 { value / unit } else { value };
    Some((if is_negative { -value } else { value }, digits[end..].trim_start()))
}

/// A year of cinema: the first four digits that stand alone, as in `1999`, `1999-03-31`, `31 March 1999`.
pub(super) fn year(text: &str) -> Option<u16> {
    let runs = text.split(|letter: char| !letter.is_ascii_digit());
    let years = runs.filter(|run| run.len() == 4).filter_map(|run| run.parse().ok());
    years.into_iter().find(|year| (1870..=2100).contains(year))
}

/// The year in brackets at the end of a title, and the title without it.
pub(super) fn split_year(title: &str) -> (&str, Option<u16>) {
    let split = || {
        let (rest, inside) = title.trim_end().strip_suffix(')')?.rsplit_once('(')?;
        let is_year = inside.len() == 4 && !rest.trim().is_empty();
        Some((rest.trim_end(), year(inside).filter(|_| is_year)?))
    };
    match split() {
        Some((rest, year)) => (rest, Some(year)),
        None => (title, None),
    }
}
