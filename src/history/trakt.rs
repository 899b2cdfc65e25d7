//! Lists of JSON objects: what Trakt exports (ratings, history, watched films), and plain lists of titles.

use super::error::HistoryError;
use super::read::{History, HistoryRow, Source};
use super::rows::{Gathered, is_film, some, split_year};
use crate::json::{self, Field, JsonError, Others, Read, Reader};

/// One element of a list.
#[derive(Default)]
struct Element {
    /// `movie`, `show`, `season`, `episode`; lists of one kind have none.
    kind: Option<String>,
    rating: Option<f32>,
    /// When it was put on a list of films to see.
    listed_at: Option<String>,
    movie: Option<Film>,
    /// A plain list has its title here.
    film: Film,
}

#[derive(Default)]
struct Film {
    title: Option<String>,
    year: Option<u16>,
}

impl Read for Element {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let mut fields = [
            Field::optional("type", &mut self.kind),
            Field::optional("rating", &mut self.rating),
            Field::optional("listed_at", &mut self.listed_at),
            Field::optional("movie", &mut self.movie),
            Field::optional("title", &mut self.film.title),
            Field::optional("year", &mut self.film.year),
        ];
        reader.object(Others::Skipped, &mut fields)
    }
}

impl Read for Film {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        let mut fields = [Field::optional("title", &mut self.title), Field::optional("year", &mut self.year)];
        reader.object(Others::Skipped, &mut fields)
    }
}

/// Reads a list of JSON objects.
pub(super) fn read(text: &str) -> Result<History, HistoryError> {
    let elements: Vec<Element> = json::read(text.as_bytes()).map_err(|reason| HistoryError::Json { reason })?;
    let is_trakts = elements.iter().any(|element| element.movie.is_some());
    let (source, scale) = if is_trakts { (Source::Trakt, 10.0) } else { (Source::Table, 0.0) };
    let mut gathered = Gathered::new(scale);
    for (line, element) in (1..).zip(elements) {
        let Element { kind, rating, listed_at, movie, film } = element;
        if !kind.as_deref().is_none_or(is_film) {
            gathered.n_not_films += 1;
        } else if listed_at.is_some() {
            gathered.n_not_seen += 1;
        } else {
            let Film { title, year } = movie.unwrap_or(film);
            let year = year.or_else(|| split_year(title.as_deref()?).1);
            let title = title.as_deref().and_then(some);
            gathered.push(HistoryRow { line, title, year, rating, ..HistoryRow::default() })?;
        }
    }
    gathered.finish(source, 0)
}
