//! Amazon reviews, a JSON object a line, of the editions of 2014 (5-core), 2018 and 2023. Any field but the user and
//! the item may be missing. The text is the headline, then the body.

use std::borrow::Cow;

use serde::Deserialize;

use super::json;
use crate::data::error::{DataError, Skipped};
use crate::data::interactions::{Collector, Seen};
use crate::data::source::Source;

/// What is read of a line: no name, no votes, no image.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "reviewerID")]
    reviewer_id: Option<String>,
    user_id: Option<String>,
    asin: Option<String>,
    /// Of 2023: all variants of an item have one.
    parent_asin: Option<String>,
    overall: Option<f64>,
    rating: Option<f64>,
    summary: Option<String>,
    title: Option<String>,
    #[serde(rename = "reviewText")]
    review_text: Option<String>,
    text: Option<String>,
    /// Seconds.
    #[serde(rename = "unixReviewTime")]
    unix_review_time: Option<f64>,
    /// Of 2023: milliseconds.
    timestamp: Option<f64>,
}

pub(super) fn read(source: Source<'_>, collector: &mut Collector) -> Result<Option<Skipped>, DataError> {
    json::read(source, |line: Line| {
        let user = json::id(line.reviewer_id.as_deref().or(line.user_id.as_deref()), "reviewerID or user_id")?;
        let item = json::id(line.parent_asin.as_deref().or(line.asin.as_deref()), "asin or parent_asin")?;
        let headline = line.summary.or(line.title).unwrap_or_default();
        let body = line.review_text.or(line.text).unwrap_or_default();
        let text = match (headline.trim(), body.trim()) {
            ("", only) | (only, "") => only.to_owned(),
            (headline, body) => format!("{headline}\n{body}"),
        };
        let timestamp = line.unix_review_time.or(line.timestamp.map(|milliseconds| milliseconds / 1000.0));
        let rating = line.overall.or(line.rating);
        collector.add(Seen { user, item, rating, timestamp, text: Cow::Owned(text) });
        Ok(())
    })
}
