//! MovieLens: `ratings.csv` with its header, and the older `ratings.dat` (`user::movie::rating::time`) and `u.data`
//! (separated by tabs), which have none.

use crate::data::error::{DataError, Fault, Skipped};
use crate::data::interactions::{Collector, Seen};
use crate::data::source::{Source, read_lines};

const COLUMNS: [&str; 4] = ["userId", "movieId", "rating", "timestamp"];

/// Whether a first line is one of data without a header.
pub(super) fn is_headless(line: &str) -> bool {
    let numbers = fields(line).filter(|field| field.trim().parse::<f64>().is_ok()).count();
    (line.contains("::") || line.contains('\t')) && numbers == COLUMNS.len() && fields(line).count() == COLUMNS.len()
}

/// Whether a first line is the header of `ratings.csv`.
pub(super) fn is_header(line: &str) -> bool {
    let has = |name: &str| line.split(',').any(|found| found.trim() == name);
    has("userId") && has("movieId")
}

fn fields(line: &str) -> impl Iterator<Item = &str> {
    let separator = if line.contains("::") { "::" } else { "\t" };
    line.split(separator)
}

pub(super) fn read(source: Source<'_>, collector: &mut Collector) -> Result<Option<Skipped>, DataError> {
    let first = source.head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if !is_headless(String::from_utf8_lossy(first).trim()) {
        return super::csv::read(source, collector);
    }
    read_lines(source, |_, line| {
        let found: Vec<&str> = fields(line).map(str::trim).collect();
        let fault = |place: usize, expected| Fault::Value {
            column: COLUMNS[place].to_owned(),
            value: found.get(place).copied().unwrap_or_default().to_owned(),
            expected,
        };
        let number = |place: usize| -> Result<f64, Fault> {
            let number = found.get(place).and_then(|text| text.parse().ok()).filter(|number: &f64| number.is_finite());
            number.ok_or_else(|| fault(place, "a finite number"))
        };
        let id = |place: usize| {
            found.get(place).copied().filter(|id| !id.is_empty()).ok_or_else(|| fault(place, "an id (it is empty)"))
        };
        let (rating, timestamp) = (Some(number(2)?), Some(number(3)?));
        collector.add(Seen { user: id(0)?, item: id(1)?, rating, timestamp, ..Seen::default() });
        Ok(())
    })
}
