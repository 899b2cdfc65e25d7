//! A table with a header: `user_id,item_id` and, if known, `review,rating,timestamp,title,year,genres`.

use std::borrow::Cow;

use crate::data::error::{DataError, Skipped};
use crate::data::interactions::{Collector, ITEM_NAMES, Seen, USER_NAMES};
use crate::data::items::about;
use crate::data::source::Source;
use crate::data::table::{Column, read_table};

const EXAMPLE: &str = "user_id,item_id,review,rating,timestamp";
/// What a table of interactions has, whatever it is written in.
pub(in crate::data) const COLUMNS: [Column; 8] = [
    Column { names: USER_NAMES, required: true },
    Column { names: ITEM_NAMES, required: true },
    Column { names: &["rating", "stars", "overall"], required: false },
    Column { names: &["timestamp", "date", "unixReviewTime"], required: false },
    Column { names: &["review", "review_text", "reviewText", "text"], required: false },
    Column { names: &["title"], required: false },
    Column { names: &["year"], required: false },
    Column { names: &["genres"], required: false },
];

pub(super) fn read(source: Source<'_>, collector: &mut Collector) -> Result<Option<Skipped>, DataError> {
    read_table(source, &COLUMNS, EXAMPLE, |row| {
        let (user, item) = (row.id(0)?, row.id(1)?);
        let (rating, timestamp, text) = (row.finite(2)?, row.time(3)?, row.text(4)?.unwrap_or_default());
        if let Some(title) = row.text(5)?
            && !collector.about.contains_key(item)
        {
            let entry = about(title, row.text(6)?, row.text(7)?).map_err(|()| row.problem(6, "a year"))?;
            collector.about.insert(item.to_owned(), entry);
        }
        collector.add(Seen { user, item, rating, timestamp, text: Cow::Borrowed(text) });
        Ok(())
    })
}
