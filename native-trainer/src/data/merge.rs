//! Several lines about one user and one item, the one place that says what they mean together: lines without a time are
//! the oldest, lines of one time come in the order of the file. The newest rating and the newest time count; the texts
//! are joined, the oldest first, and a text that is there already is not taken again.

use super::Review;
use super::interactions::Interaction;

/// The rule, in the words of the help.
pub const RULE: &str = "Several lines of one user and one item are one interaction: the newest rating and time count \
                        (of one time the last in the file), the texts are joined in the order of time, each text once";

/// A text before it is joined with others.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) timestamp: Option<f64>,
    pub(super) review: Review,
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

/// Sorted, one a pair.
pub(super) fn texts(mut texts: Vec<Written>) -> Vec<Review> {
    let pair = |written: &Written| (written.review.user, written.review.item);
    texts.sort_by(|a, b| pair(a).cmp(&pair(b)).then(age(a.timestamp).total_cmp(&age(b.timestamp))));
    let mut reviews: Vec<Review> = Vec::with_capacity(texts.len());
    let mut of_pair: Vec<String> = Vec::new();
    for Written { review, .. } in texts {
        match reviews.last_mut() {
            Some(last) if (last.user, last.item) == (review.user, review.item) => {
                if of_pair.is_empty() {
                    of_pair.push(last.text.clone());
                }
                if !of_pair.contains(&review.text) {
                    last.text.push('\n');
                    last.text.push_str(&review.text);
                    of_pair.push(review.text);
                }
            }
            _ => {
                of_pair.clear();
                reviews.push(review);
            }
        }
    }
    reviews
}

fn age(timestamp: Option<f64>) -> f64 {
    timestamp.unwrap_or(f64::NEG_INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let written = |text: &str, time: f64, item| Written {
            timestamp: Some(time),
            review: Review { user: 0, item, text: text.to_owned() },
        };
        let joined = texts(vec![
            written("later", 2.0, 7),
            written("other item", 0.0, 8),
            written("first", 1.0, 7),
            written("later", 3.0, 7),
            written("first", 9.0, 7),
        ]);
        let joined: Vec<_> = joined.iter().map(|review| (review.item, review.text.as_str())).collect();
        assert_eq!(joined, [(7, "first\nlater"), (8, "other item")]);
    }
}
