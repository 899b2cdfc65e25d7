//! Rows on their way into a history: what is left out is counted, ratings are brought to one scale.

use super::error::HistoryError;
use super::read::{History, HistoryRow, MAX_ROWS, Note, Source};

/// Scales that a highest rating can mean.
const SCALES: [u16; 5] = [1, 5, 10, 20, 100];

/// What has been read so far.
pub(super) struct Gathered {
    /// Their ratings are as they stand in the file.
    rows: Vec<HistoryRow>,
    /// The best rating there can be; 0 where it is not known.
    scale: f32,
    pub(super) n_not_films: u32,
    n_no_title: u32,
    pub(super) n_not_seen: u32,
    /// Ratings that are no numbers, or none of the scale.
    n_off_scale: u32,
    n_surplus: u32,
    first_surplus: u32,
    n_rated: u32,
}

impl Gathered {
    /// Nothing read, of a place with this best rating, 0 if that is not known.
    pub(super) fn new(scale: f32) -> Self {
        Self {
            rows: Vec::new(),
            scale,
            n_not_films: 0,
            n_no_title: 0,
            n_not_seen: 0,
            n_off_scale: 0,
            n_surplus: 0,
            first_surplus: 0,
            n_rated: 0,
        }
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
        let (rating, rest) = decimal(cell).unwrap_or((-1.0, ""));
        let scale = match rest.as_bytes() {
            [] => self.scale,
            [b'%'] => 100.0,
            [b'/', ..] => decimal(rest[1..].trim_ascii_start()).map_or(0.0, |(scale, _)| scale),
            _ => {
                self.n_off_scale += 1;
                return None;
            }
        };
        if self.scale == 0.0 {
            self.scale = scale;
        }
        Some(rating)
    }

    /// The history; `header_line` is where its header stands, 0 without one.
    pub(super) fn finish(mut self, source: Source, header_line: u32) -> Result<History, HistoryError> {
        let mut notes = Vec::new();
        let best = self.rows.iter().filter_map(|row| row.rating).fold(0.0, f32::max);
        if self.scale == 0.0 && best > 0.0 {
            let scale = SCALES.into_iter().find(|scale| best <= f32::from(*scale)).unwrap_or(SCALES[4]);
            notes.push(Note::Scale(scale));
            self.scale = f32::from(scale);
        }
        for row in &mut self.rows {
            // Nobody's scale begins at 0, which is what many places write for no rating.
            let rating = row.rating.take().filter(|rating| *rating != 0.0);
            match rating {
                Some(rating) if (0.0..=self.scale).contains(&rating) => {
                    row.rating = Some(rating / self.scale);
                    self.n_rated += 1;
                }
                Some(_) => self.n_off_scale += 1,
                None => {}
            }
        }
        let n_rows = self.rows.len() as u32;
        // A list of IMDb names films to see beside those that are rated.
        if source == Source::Imdb && self.n_rated > 0 {
            self.rows.retain(|row| row.rating.is_some());
        }
        for note in [
            Note::NotFilms(self.n_not_films),
            Note::NoTitle(self.n_no_title),
            Note::NotSeen(self.n_not_seen),
            Note::NotRated(n_rows - self.rows.len() as u32),
            Note::OffScale(self.n_off_scale),
            Note::Surplus(self.n_surplus, self.first_surplus),
        ] {
            if note.count() > 0 {
                notes.push(note);
            }
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
    let text = text.trim_ascii();
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
    Some((if is_negative { -value } else { value }, digits[end..].trim_ascii_start()))
}

/// A year of cinema: the first four digits that stand alone, as in `1999`, `1999-03-31`, `31 March 1999`.
pub(super) fn year(text: &str) -> Option<u16> {
    let (mut year, mut n_digits) = (0u32, 0);
    for byte in text.bytes().chain([b' ']) {
        if byte.is_ascii_digit() {
            year = (10 * year + u32::from(byte - b'0')) % 100_000;
            n_digits += 1;
        } else if n_digits == 4 && (1870..=2100).contains(&year) {
            return Some(year as u16);
        } else {
            (year, n_digits) = (0, 0);
        }
    }
    None
}

/// A text before and behind the last such character of ASCII.
pub(super) fn split_last(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = text.bytes().rposition(|byte| byte == at)?;
    Some((&text[..place], &text[place + 1..]))
}

/// The year in brackets at the end of a title, and the title without it.
pub(super) fn split_year(title: &str) -> (&str, Option<u16>) {
    if let Some((rest, inside)) = split_last(title, b'(')
        && let (5, Some((_, ""))) = (inside.len(), split_last(inside, b')'))
        && let (false, Some(year)) = (rest.trim_ascii().is_empty(), year(inside))
    {
        return (rest.trim_ascii_end(), Some(year));
    }
    (title, None)
}
