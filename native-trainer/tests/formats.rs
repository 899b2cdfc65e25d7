//! Every format, plain and gzipped, told apart by itself: what is read of it, and what never is.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::io::Write;

use native_trainer::data::formats::{self, Format};
use native_trainer::data::interactions::Interactions;
use native_trainer::data::source::Source;
use proptest::prelude::*;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// `user item rating time "text"` of every pair, the same for plain and gzipped, for a named format and for auto.
fn lines(text: &str, format: Format) -> Vec<String> {
    let compressed = gzip(text);
    let readings = [text.as_bytes(), &compressed].map(|bytes| {
        [format, Format::Auto].map(|format| {
            let read = formats::read(Source::bytes("file", bytes).unwrap(), format).unwrap();
            assert!(read.skipped.is_empty());
            shown(&read)
        })
    });
    assert!(readings.as_flattened().iter().all(|reading| *reading == readings[0][0]), "{readings:#?}");
    readings.into_iter().flatten().next().unwrap()
}

fn shown(read: &Interactions) -> Vec<String> {
    let number = |number: Option<f64>| number.map_or("?".to_owned(), |number| number.to_string());
    let line = |row: &native_trainer::data::interactions::Interaction| {
        let review = read.reviews.iter().find(|review| (review.user, review.item) == (row.user, row.item));
        let (user, item) = (&read.user_ids[row.user as usize], &read.item_ids[row.item as usize]);
        let text = review.map_or("", |review| review.text.as_str());
        format!("{user} {item} {} {} {text:?}", number(row.rating), number(row.timestamp))
    };
    read.rows.iter().map(line).collect()
}

#[test]
fn csv_in_any_order_with_quoted_lines_dates_and_gaps() {
    let text = "\u{feff}timestamp,review,item_id,user_id,rating\r\n\
                2023-01-01,\"Great, really.\nTwo lines and a \"\"quote\"\"\",i1,u1,5\r\n\
                ,short,i2,u1,\r\n\
                1672531200,,i1,u2,3.5\r\n\
                2023-01-01T00:00:01Z,NA,i2,u2,NA\r\n";
    assert_eq!(
        lines(text, Format::Csv),
        [
            r#"u1 i1 5 1672531200 "Great, really.\nTwo lines and a \"quote\"""#,
            r#"u1 i2 ? ? "short""#,
            r#"u2 i1 3.5 1672531200 """#,
            r#"u2 i2 ? 1672531201 "NA""#,
        ]
    );
    assert_eq!(lines("user\titem\tnote\n1\t2\t,\n", Format::Csv), [r#"1 2 ? ? """#]);
    assert_eq!(lines("user_id;item_id;review\n1;2;\"a;b\"\n", Format::Csv), [r#"1 2 ? ? "a;b""#]);
}

#[test]
fn amazon_of_2014_2018_and_2023() {
    let of_2014 = r#"{"reviewerID": "A2", "asin": "B1", "reviewerName": "Planted Name", "helpful": [2, 3], "reviewText": "Works\nwell.", "overall": 5.0, "summary": "good", "unixReviewTime": 1393545600, "reviewTime": "02 28, 2014"}
{"reviewerID": "A1", "asin": "B1", "helpful": [0, 0], "reviewText": "", "overall": 1.0, "summary": "", "unixReviewTime": 1393545601, "reviewTime": "02 28, 2014"}
"#;
    assert_eq!(
        lines(of_2014, Format::Amazon),
        [r#"A1 B1 1 1393545601 """#, r#"A2 B1 5 1393545600 "good\nWorks\nwell.""#]
    );
    let of_2018 = r#"{"overall": 4.0, "vote": "1,002", "verified": true, "reviewTime": "05 3, 2018", "reviewerID": "A1", "asin": "B1", "style": {"Color:": "Red"}, "image": ["x.jpg"], "reviewText": "Only a body"}

{"overall": 2.0, "reviewerID": "A1", "asin": "B2", "summary": "Only a headline", "reviewText": null}
{"reviewerID": "A2", "asin": "B2"}
"#;
    assert_eq!(
        lines(of_2018, Format::Amazon),
        [r#"A1 B1 4 ? "Only a body""#, r#"A1 B2 2 ? "Only a headline""#, r#"A2 B2 ? ? """#]
    );
    let of_2023 = r#"{"rating": 5.0, "title": "Such a", "text": "lovely scent", "images": [{"small": "x"}], "asin": "V1", "parent_asin": "P1", "user_id": "U1", "timestamp": 1588687728923, "helpful_vote": 7, "verified_purchase": true}
{"rating": 3.0, "asin": "V2", "user_id": "U1", "timestamp": 1588687728000}"#;
    assert_eq!(
        lines(of_2023, Format::Amazon),
        [r#"U1 P1 5 1588687728.923 "Such a\nlovely scent""#, r#"U1 V2 3 1588687728 """#]
    );
}

#[test]
fn yelp() {
    let text = r#"{"review_id": "r", "user_id": "u1", "business_id": "b1", "stars": 4.0, "useful": 1, "funny": 0, "cool": 9, "text": "Good \u00e9clairs", "date": "2018-07-07 22:09:11"}
{"user_id": "u1", "business_id": "b2"}
"#;
    assert_eq!(lines(text, Format::Yelp), [r#"u1 b1 4 1530994151 "Good éclairs""#, r#"u1 b2 ? ? """#]);
}

#[test]
fn movielens_with_and_without_a_header() {
    let expected = ["1 31 2.5 1260759144 \"\"", "7 10 4 851868750 \"\""];
    let ratings = "userId,movieId,rating,timestamp\n7,10,4.0,851868750\n1,31,2.5,1260759144\n";
    assert_eq!(lines(ratings, Format::Movielens), expected);
    assert_eq!(lines("7::10::4::851868750\n1::31::2.5::1260759144\n", Format::Movielens), expected);
    assert_eq!(lines("7\t10\t4\t851868750\n1\t31\t2.5\t1260759144\n", Format::Movielens), expected);
}

#[test]
fn repeated_reviews_of_one_pair_are_one() {
    let line = |rating, text, time| {
        format!(
            "{{\"reviewerID\": \"A\", \"asin\": \"B\", \"overall\": {rating}, \"reviewText\": \"{text}\", \
             \"unixReviewTime\": {time}}}\n"
        )
    };
    let text = line(5, "newest", 30) + &line(1, "oldest", 10) + &line(2, "newest", 20);
    assert_eq!(lines(&text, Format::Amazon), [r#"A B 5 30 "oldest\nnewest""#]);
}

fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

proptest! {
    /// Whatever people write, quotes and line ends included, comes back.
    #[test]
    fn a_csv_comes_back(texts in proptest::collection::vec("[a-z\"\n,;\t\r é]{0,40}", 1..20), gz in any::<bool>()) {
        let mut file = "user_id,review,item_id\n".to_owned();
        for (user, text) in texts.iter().enumerate() {
            file += &format!("{user},{},x\n", quoted(text));
        }
        let bytes = if gz { gzip(&file) } else { file.into_bytes() };
        let read = formats::read(Source::bytes("x", &bytes).unwrap(), Format::Auto).unwrap();
        prop_assert_eq!(read.rows.len(), texts.len());
        let mut reviews = read.reviews.iter();
        for (user, text) in texts.iter().map(|text| text.trim()).enumerate().filter(|(_, text)| !text.is_empty()) {
            let review = reviews.next().unwrap();
            prop_assert_eq!((review.user as usize, review.text.as_str()), (user, text));
        }
        prop_assert!(reviews.next().is_none());
    }
}
