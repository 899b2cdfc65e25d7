//! Several lines about one user and one item, the one place that says what they mean together: lines without a time are
//! the oldest, lines of one time come in the order of the file. The newest rating and the newest time count; the texts
//! are joined, the oldest first, and a text that is there already is not taken again.

use std::io;

use super::interactions::Interaction;
use super::reviews::{Place, Reviews, Texts};

/// The rule, in the words of the help.
pub const RULE: &str = "Several lines of one user and one item are one interaction: the newest rating and time count \
                        (of one time the last in the file), the texts are joined in the order of time, each text once";

/// A text before it is joined with others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) timestamp: Option<f64>,
    pub(super) user: u32,
    pub(super) item: u32,
    pub(super) place: Place,
}

/// Sorted, one a pair.
pub(super) fn rows(mut rows: Vec<Interaction>) -> Vec<Interaction> {
    let pair = |row: &Interaction| (row.user, row.item);
    rows.sort_by(|a, b| pair(a).cmp(&pair(b)).then(age(a.timestamp).total_cmp(&age(b.timestamp))));
    rows.dedup_by(|newer, kept| {
        let same = pair(newer) == pair(kept);
        if same {
            kept.rating = newer.rating.or(kept.rating);
            kept.timestamp = newer.timestamp.or(kept.timestamp);
        }
        same
    });
    rows
}

/// Sorted, one a pair. Texts are read again only where a pair has several.
///
/// # Errors
/// The temporary file of the texts cannot be read.
pub(super) fn texts(mut written: Vec<Written>, texts: Texts) -> io::Result<Reviews> {
    let pair = |written: &Written| (written.user, written.item);
    written.sort_by(|a, b| pair(a).cmp(&pair(b)).then(age(a.timestamp).total_cmp(&age(b.timestamp))));
    let mut of_pairs = Vec::new();
    for of_pair in written.chunk_by(|a, b| pair(a) == pair(b)) {
        let mut places = vec![of_pair[0].place];
        let mut known = Vec::new();
        for later in &of_pair[1..] {
            if known.is_empty() {
                known.push(texts.read(of_pair[0].place)?);
            }
            let text = texts.read(later.place)?;
            if !known.contains(&text) {
                places.push(later.place);
                known.push(text);
            }
        }
        of_pairs.push((of_pair[0].user, of_pair[0].item, places));
    }
    Ok(Reviews::new(texts, of_pairs))
}

fn age(timestamp: Option<f64>) -> f64 {
    timestamp.unwrap_or(f64::NEG_INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::reviews::TextWriter;

    fn row(rating: Option<f64>, timestamp: Option<f64>) -> Interaction {
        Interaction { user: 1, item: 2, rating, timestamp }
    }

    #[test]
    fn the_newest_counts_and_of_one_time_the_last() {
        let merged = |lines: &[(Option<f64>, Option<f64>)]| {
            let rows = rows(lines.iter().map(|&(rating, timestamp)| row(rating, timestamp)).collect());
            assert_eq!(rows.len(), 1);
            (rows[0].rating, rows[0].timestamp)
        };
        assert_eq!(merged(&[(Some(5.0), Some(9.0)), (Some(1.0), Some(3.0))]), (Some(5.0), Some(9.0)));
        assert_eq!(merged(&[(Some(5.0), Some(9.0)), (Some(1.0), Some(9.0))]), (Some(1.0), Some(9.0)));
        assert_eq!(merged(&[(Some(5.0), None), (Some(1.0), None)]), (Some(1.0), None));
        // What is not known does not overwrite what is.
        assert_eq!(merged(&[(Some(5.0), Some(3.0)), (None, Some(9.0))]), (Some(5.0), Some(9.0)));
        assert_eq!(merged(&[(Some(5.0), Some(3.0)), (Some(1.0), None)]), (Some(5.0), Some(3.0)));
    }

    #[test]
    fn texts_are_joined_in_the_order_of_time_and_each_once() {
        let mut writer = TextWriter::default();
        let mut written = |text: &str, time: f64, item| Written {
            timestamp: Some(time),
            user: 0,
            item,
            place: writer.add(text).unwrap(),
        };
        let lines = vec![
            written("later", 2.0, 7),
            written("other item", 0.0, 8),
            written("first", 1.0, 7),
            written("later", 3.0, 7),
            written("first", 9.0, 7),
        ];
        let joined = texts(lines, writer.finish().unwrap()).unwrap().to_vec().unwrap();
        let joined: Vec<_> = joined.iter().map(|review| (review.item, review.text.as_str())).collect();
        assert_eq!(joined, [(7, "first\nlater"), (8, "other item")]);
    }
}
