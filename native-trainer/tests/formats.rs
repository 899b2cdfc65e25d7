//! Every format, plain and gzipped, told apart by itself: what is read of it, and what never is.

use std::io::Write;

use native_trainer::data::formats::{self, Format};
use native_trainer::data::interactions::{About, Interactions};
use native_trainer::data::items;
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
    let reviews = read.reviews.to_vec().unwrap();
    let number = |number: Option<f64>| number.map_or("?".to_owned(), |number| number.to_string());
    let line = |row: &native_trainer::data::interactions::Interaction| {
        let review = reviews.iter().find(|review| (review.user, review.item) == (row.user, row.item));
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
    assert_eq!(lines(text, Format::Yelp), [r#"u1 b1 4 1531001351 "Good éclairs""#, r#"u1 b2 ? ? """#]);
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

fn said(bytes: &[u8]) -> String {
    match Source::bytes("file", bytes).and_then(|source| formats::read(source, Format::Auto)) {
        Ok(read) => format!("no error: {:?}", shown(&read)),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_bad_line_is_named_with_its_field() {
    let good = r#"{"reviewerID": "A", "asin": "B"}"#;
    let bad = [
        (
            r#"{"reviewerID": "A", "asin": "B", "overall": "five"}"#,
            "line 3, character 50: field overall: invalid type: string \"five\", expected f64",
        ),
        (r#"{"reviewerID": "A", "overall": 5}"#, "line 3 has no field asin or parent_asin"),
        (r#"{"reviewerID": " ", "asin": "B"}"#, "line 3 has no field reviewerID or user_id"),
        (r#"{"reviewerID": "A", "asin": "B""#, "line 3, character 31: EOF while parsing an object"),
        (r#"{"reviewerID": "A", "asin": "B"} x"#, "line 3, character 34: trailing characters"),
        (r#"{"reviewerID": "A", "asin": "B", "overall": NaN}"#, "line 3, character 45: expected value"),
        (r#"{"reviewerID": "A", "asin": "B", "overall": 1e999}"#, "line 3, character 49: "),
        ("[1]", "line 3, character "),
    ];
    for (line, message) in bad {
        let text = format!("{good}\n\n{line}\n{good}\n");
        for bytes in [text.as_bytes(), &gzip(&text)] {
            assert!(said(bytes).starts_with(&format!("file: 1 bad line(s). {message}")), "{}", said(bytes));
        }
    }
    let yelp = r#"{"user_id": "u", "business_id": "b", "date": "yesterday"}"#;
    assert!(
        said(yelp.as_bytes()).contains("line 1, column date: \"yesterday\" is not a time: unix seconds, or a date")
    );
    let old = "1::2::3::4\n1::2::NaN::4\n1::::3::4\n1::2\n";
    assert!(
        said(old.as_bytes()).contains(
            "3 bad line(s). line 2, column rating: \"NaN\" is not a finite number; line 3, column movieId: \"\" is not an id \
             (it is empty); line 4, column rating: \"\" is not a finite number"
        ),
        "{}",
        said(old.as_bytes())
    );
}

/// A line of a file is the line that an editor shows, whatever stands in quotes before it.
#[test]
fn lines_of_a_csv_are_those_of_the_file() {
    let text =
        "user_id,item_id,review,rating\n1,2,\"a\nb\nc\",5\n\n\n1,3,\"x\",five\n1,4,good, but small,5\n1,5,ok,5,,\n";
    assert_eq!(
        said(text.as_bytes()),
        "file: 2 bad line(s). line 7, column rating: \"five\" is not a finite number; line 8 has 5 fields where the header \
         has 4: a text with a separator in it must stand in quotes\nCorrect or remove them, or skip them with --lenient; \
         nothing was skipped silently"
    );
    assert_eq!(said(text.replace('\n', "\r\n").as_bytes()), said(text.as_bytes()));
    assert!(
        said(b"user_id,item_id,rating\r1,2,3\r1,3,\r\r1,4,x\r").contains("column rating: \"x\" is not a finite number")
    );
    let long = format!("user_id,item_id,rating\n1,2,{}\n", "é".repeat(1000));
    assert!(said(long.as_bytes()).len() < 400, "{}", said(long.as_bytes()));
}

#[test]
fn a_quote_that_is_not_closed_is_found_where_it_opens() {
    let text = "user_id,item_id,review\n1,2,\"ok\"\n1,3,\"never closed\n1,4,x\n1,5,y\n";
    for text in [text, text.trim_end()] {
        assert!(
            said(text.as_bytes()).starts_with("file: the record that starts in line 3 does not end"),
            "{}",
            said(text.as_bytes())
        );
    }
    let endless = text.to_owned() + &"1,6,z\n".repeat(3 << 20);
    assert!(said(endless.as_bytes()).starts_with("file: the record that starts in line 3 does not end"));
    assert!(said(b"user_id,item_id,review\n1,2,5\" pipe\n").starts_with("no error"));
}

#[test]
fn what_is_too_much_is_refused() {
    let good = "{\"reviewerID\": \"A\", \"asin\": \"B\"}\n";
    let long = format!("{good}{{\"asin\": \"{}\"}}\n{good}", "x".repeat(17 << 20));
    assert!(said(long.as_bytes()).contains("1 bad line(s). line 2 is longer than 16 MiB"), "{}", said(long.as_bytes()));
    // Nested a million deep: in a field that is read it is an error, in one that is not it is passed over.
    let deep = "[".repeat(1 << 20);
    let deep = |field: &str| {
        format!("{good}{{\"reviewerID\": \"A\", \"asin\": \"C\", \"{field}\": {deep}{}}}\n", deep.replace('[', "]"))
    };
    assert!(said(deep("image").as_bytes()).starts_with("no error"), "{}", said(deep("image").as_bytes()));
    assert!(said(deep("overall").as_bytes()).contains("line 2, character "), "{}", said(deep("overall").as_bytes()));
    let many = format!("user_id,item_id\n1,2{}\n", ",x".repeat(1 << 20));
    assert!(said(many.as_bytes()).contains("line 2 has 1048578 fields"), "{}", said(many.as_bytes()));
}

#[test]
fn other_files_are_told_apart() {
    let cases: [(&[u8], &str); 8] = [
        (b"PK\x03\x04...", "file is a zip archive or a spreadsheet. Unpack it, or save the sheet as CSV"),
        (b"PAR1....", "file is a Parquet file within another. Give the Parquet file itself"),
        (b"BZh9....", "bunzip2"),
        (b"\xff\xfeu\0s\0", "file is UTF-16 text. Save it as UTF-8"),
        (b"[{\"asin\": 1}]", "file is one JSON array. Write one JSON object a line"),
        (b"{\"user\": 1}\n", "--format amazon or --format yelp"),
        (b"\x1f\x8b\x08\0garbage", "file is "),
        (b"user_id,item_id\n1,caf\xe9\n2,3\n", "1 bad line(s). line 2 is not UTF-8 text: save the file as UTF-8"),
    ];
    for (bytes, message) in cases {
        assert!(said(bytes).contains(message), "{}", said(bytes));
    }
    let json = "{\"reviewerID\": \"A\", \"asin\": \"B\", \"reviewText\": \"several words\"}\n".repeat(2000);
    let whole = gzip(&json);
    let cut = said(&whole[..whole.len() - 20]);
    assert!(cut.starts_with("file is truncated: its compressed data end after line "), "{cut}");
    let mut damaged = whole.clone();
    let at = whole.len() - 5;
    damaged[at] ^= 0xff;
    assert!(said(&damaged).starts_with("file is damaged after line "), "{}", said(&damaged));
    let named = formats::read(Source::bytes("file", b"1 2 3\n").unwrap(), Format::Lightgcn).unwrap_err().to_string();
    assert!(named.contains("Give the folder with train.txt and test.txt"), "{named}");
    assert!(formats::read(Source::bytes("file", b"a,b\n").unwrap(), Format::Yelp).is_err());
}

#[test]
fn lenient_skips_and_counts() {
    let json = "{\"reviewerID\": \"A\", \"asin\": \"B\"}\nnonsense\n{\"asin\": \"C\"}\n{\"reviewerID\": \"A\", \"asin\": \"D\"}\n";
    let csv = b"user_id,item_id,rating\n1,2,3\n1,3,\xff\n1,4\n1,5,4\n";
    for (bytes, skipped) in [
        (
            json.as_bytes(),
            "skipped 2 of 4 lines of file: line 2, character 2: expected ident; line 3 has no field reviewerID or user_id",
        ),
        (
            &csv[..],
            "skipped 2 of 4 lines of file: line 3 is not UTF-8 text: save the file as UTF-8; line 4, column rating: \"\" is not there: the line is shorter than the header",
        ),
    ] {
        let source = Source::bytes("file", bytes).unwrap().lenient(true);
        let read = formats::read(source, Format::Auto).unwrap();
        assert_eq!(read.rows.len(), 2);
        assert_eq!(read.skipped.iter().map(ToString::to_string).collect::<Vec<_>>(), [skipped]);
    }
    // Nothing usable at all is no success.
    let source = Source::bytes("file", b"user_id,item_id\n1,\n2,\n").unwrap().lenient(true);
    assert!(formats::read(source, Format::Auto).unwrap_err().to_string().contains("2 bad line(s)"));
}

/// `title (year) genres` of the items that are wanted.
fn titles(text: &str) -> Vec<String> {
    let compressed = gzip(text);
    let wanted = ["1", "2", "B1", "B2"].into();
    let [plain, gzipped] = [text.as_bytes(), &compressed].map(|bytes| {
        let (found, _) = items::read(Source::bytes("items", bytes).unwrap(), &wanted).unwrap();
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let line = |(id, about): (String, About)| {
            format!("{id} {:?} {:?} {:?}", about.title, about.year, about.genres.join("|"))
        };
        found.into_iter().map(line).collect::<Vec<_>>()
    });
    assert_eq!(plain, gzipped);
    plain
}

#[test]
fn items_of_every_publisher() {
    assert_eq!(
        titles("movieId,title,genres\n1,\"Godfather, The (1972)\",Crime|Drama\n2,Heat,(no genres listed)\n3,Other,x\n"),
        [r#"1 "The Godfather" Some(1972) "Crime|Drama""#, r#"2 "Heat" None """#]
    );
    assert_eq!(titles("item_id\ttitle\tyear\n1\tA, B\t1999\n"), [r#"1 "A, B" Some(1999) """#]);
    let of_2014 = "{'asin': 'B1', 'title': \"Tom's (10 pack)\", 'categories': [['Music', 'Picks'], ['Music', 'A &amp; B']], 'salesRank': None}\n{'asin': 'B2', 'related': {}}\n{'asin': 'B3'}\n";
    assert_eq!(titles(of_2014), [r#"B1 "Tom's (10 pack)" None "Music|Picks|A & B""#, r#"B2 "" None """#]);
    let of_2018 = r#"{"category": ["Music", "Picks"], "title": "Say &quot;A&quot;", "asin": "B1", "image": ["x"]}"#;
    assert_eq!(titles(of_2018), [r#"B1 "Say \"A\"" None "Music|Picks""#]);
    let of_2023 = r#"{"main_category": "All Beauty", "title": "Brush", "categories": [], "parent_asin": "B1", "details": {"a": "b"}}"#;
    assert_eq!(titles(of_2023), [r#"B1 "Brush" None "All Beauty""#]);
    let yelp = r#"{"business_id": "B1", "name": "Joe's", "address": "x", "categories": "Pizza, Bars", "hours": null}
{"business_id": "B2", "name": "Ann's", "categories": null}"#;
    assert_eq!(titles(yelp), [r#"B1 "Joe's" None "Pizza|Bars""#, r#"B2 "Ann's" None """#]);
}

#[test]
fn bad_items_are_named() {
    let said = |text: &str| {
        items::read(Source::bytes("items", text.as_bytes()).unwrap(), &["1"].into()).unwrap_err().to_string()
    };
    assert!(
        said("item_id,title,year\n1,x,soon\n")
            .contains("items: 1 bad line(s). line 2, column year: \"soon\" is not a year")
    );
    assert!(said("item_id,name_of_it\n1,x\n").contains("has no column title or name"));
    assert!(said("{\"title\": \"x\"}\n").contains("line 1 has no field asin, parent_asin or business_id"));
    let deep = format!("{{\"asin\": \"1\", \"categories\": {}\n", "[".repeat(100_000));
    assert!(said(&deep).contains("recursion limit exceeded"), "{}", said(&deep));
}

fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

proptest! {
    /// Whatever the bytes, reading ends in interactions or an error, lenient or not.
    #[test]
    fn no_bytes_panic(start in 0usize..6, tail in proptest::collection::vec(any::<u8>(), 0..200), lenient in any::<bool>()) {
        let start: &[u8] = [&b""[..], b"{'asin': '", b"{\"asin\": \"B\", \"reviewerID\": \"A\", \"overall\":", b"{\"business_id\":", b"1::2::3::4\n", b"1\t2\t3\t4\n"][start];
        let bytes = [start, &tail].concat();
        let source = || Source::bytes("x", &bytes).map(|source| source.lenient(lenient));
        let _ = source().and_then(|source| formats::read(source, Format::Auto));
        let _ = source().and_then(|source| formats::read(source, Format::Amazon));
        let _ = source().and_then(|source| items::read(source, &["B"].into()));
    }

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
        let mut reviews = read.reviews.iter().map(Result::unwrap);
        for (user, text) in texts.iter().map(|text| text.trim()).enumerate().filter(|(_, text)| !text.is_empty()) {
            let review = reviews.next().unwrap();
            prop_assert_eq!((review.user as usize, review.text.as_str()), (user, text));
        }
        prop_assert!(reviews.next().is_none());
    }
}
