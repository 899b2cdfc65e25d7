//! Yelp's `review.json`, a JSON object a line.

use std::borrow::Cow;

use serde::Deserialize;

use super::json;
use crate::data::error::{DataError, Fault, Skipped};
use crate::data::interactions::{Collector, Seen};
use crate::data::source::Source;
use crate::data::time;

/// What is read of a line: no votes.
#[derive(Deserialize)]
struct Line {
    user_id: Option<String>,
    business_id: Option<String>,
    stars: Option<f64>,
    text: Option<String>,
    date: Option<String>,
}

pub(super) fn read(source: Source<'_>, collector: &mut Collector) -> Result<Option<Skipped>, DataError> {
    json::read(source, |line: Line| {
        let user = json::id(line.user_id.as_deref(), "user_id")?;
        let item = json::id(line.business_id.as_deref(), "business_id")?;
        let timestamp = match line.date.as_deref().map(str::trim).filter(|date| !date.is_empty()) {
            None => None,
            Some(date) => Some(time::parse(date).ok_or_else(|| Fault::Value {
                column: "date".to_owned(),
                value: date.to_owned(),
                expected: time::EXPECTED,
            })?),
        };
        let text = Cow::Owned(line.text.unwrap_or_default());
        collector.add(Seen { user, item, rating: line.stars, timestamp, text });
        Ok(())
    })
}
