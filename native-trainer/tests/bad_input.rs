//! Bad data end in one message that names file, line, column and value.

use std::io::Write;
use std::path::PathBuf;

use native_trainer::data::formats::{self, Format};
use native_trainer::data::interactions::Interactions;
use native_trainer::data::source::Source;
use native_trainer::data::{self, DataChoice, DataError, SplitChoice};
use proptest::prelude::*;

fn read(name: &str, bytes: &[u8]) -> Result<Interactions, DataError> {
    formats::read(Source::bytes(name, bytes)?, Format::Auto)
}

fn said(bytes: &[u8]) -> String {
    match read("ratings.csv", bytes) {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_bad_line_is_reported() {
    let text = "movieId,userId,rating\n1,1,4\n2,1,NaN\n3,1,lots\n4,,3\n5,1\n6,1,inf\n";
    assert_eq!(
        said(text.as_bytes()),
        "ratings.csv: 5 bad line(s). line 3, column rating: \"NaN\" is not a finite number; \
         line 4, column rating: \"lots\" is not a finite number; \
         line 5, column userId: \"\" is not an id (it is empty); \
         line 6, column rating: \"\" is not there: the line is shorter than the header; \
         line 7, column rating: \"inf\" is not a finite number\n\
         Correct or remove them, or skip them with --lenient; nothing was skipped silently"
    );
}

#[test]
fn headers_are_found_by_name_in_any_order_and_case() {
    for text in ["userId,movieId\n1,7\n", "\u{feff}ITEM_ID,extra,user_id\r\n7,x,1\r\n", "timestamp,item,user\n3,7,1\n"]
    {
        let read = read("x", text.as_bytes()).unwrap();
        assert_eq!((read.user_ids, read.item_ids), (vec!["1".to_owned()], vec!["7".to_owned()]), "{text:?}");
    }
    assert_eq!(
        said(b"user_id,film,rating\n1,2,3\n"),
        "ratings.csv has no column item_id or itemId or movieId or movie_id or item or parent_asin or asin or \
         business_id: its header is \"user_id,film,rating\". Name a column item_id or itemId or movieId or movie_id or \
         item or parent_asin or asin or business_id"
    );
    assert!(said(b"").contains("ratings.csv is empty"));
}

#[test]
fn ids_come_in_natural_order_and_the_last_of_two_lines_counts() {
    let text = "user_id,item_id,rating\n10,b,1\n9,a,2\n10,b,5\n";
    let read = read("x", text.as_bytes()).unwrap();
    assert_eq!(read.user_ids, ["9", "10"]);
    assert_eq!(read.rows.iter().map(|row| row.rating).collect::<Vec<_>>(), [Some(2.0), Some(5.0)]);
}

#[test]
fn a_truncated_gzip_file_is_said_to_be_truncated() {
    let text: String = (0..2000).map(|line| format!("{line},{}\n", line * 7919 % 1000)).collect();
    let whole = gzip(&format!("user_id,item_id\n{text}"));
    assert_eq!(said(&whole), "no error");
    let message = said(&whole[..whole.len() / 2]);
    assert!(message.starts_with("ratings.csv is truncated: its compressed data end after line "), "{message}");
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0xff;
    assert_ne!(said(&damaged), "no error");
}

#[test]
fn other_bad_files_are_named() {
    let latin1 = said(b"user_id,item_id\n1,caf\xe9\n");
    assert!(latin1.contains("not UTF-8"), "{latin1}");
    let year = said(b"user_id,item_id,title,year\n1,2,Film,soon\n");
    assert!(year.contains("line 2, column year: \"soon\" is not a year"), "{year}");
}

#[test]
fn data_that_leave_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("few.csv");
    std::fs::write(&path, "user_id,item_id\n1,2\n").unwrap();
    let choice = |split| DataChoice { data: Some(path.clone()), split, seed: 1, ..DataChoice::default() };
    let message = data::load(&choice(None)).unwrap_err().to_string();
    assert!(message.starts_with("few.csv leaves nothing to train on"), "{message}");
    let message = data::load(&choice(Some(SplitChoice::Time))).unwrap_err().to_string();
    assert_eq!(message, "--split time needs a column timestamp, which few.csv does not have");
    let message = data::load(&choice(Some(SplitChoice::Folder(folder.path().into())))).unwrap_err().to_string();
    assert!(message.contains("holds neither train.csv nor train.csv.gz"), "{message}");
    for (part, text) in [("train", "1,2\n"), ("valid", "1,9\n"), ("test", "1,2\n")] {
        std::fs::write(folder.path().join(format!("{part}.csv")), format!("user_id,item_id\n{text}")).unwrap();
    }
    let message = data::load(&choice(Some(SplitChoice::Folder(folder.path().into())))).unwrap_err().to_string();
    assert!(message.contains("names item 9, which few.csv does not have"), "{message}");
    std::fs::write(folder.path().join("valid.csv"), "user_id,item_id\n1,2\n").unwrap();
    let message = data::load(&choice(Some(SplitChoice::Folder(folder.path().into())))).unwrap_err().to_string();
    assert!(message.contains("has user 1 with item 2 twice"), "{message}");
    let message =
        data::load(&DataChoice { data: Some(PathBuf::from("/nowhere")), ..DataChoice::default() }).unwrap_err();
    assert!(message.to_string().starts_with("cannot open /nowhere"), "{message}");
}

proptest! {
    /// Whatever the bytes, reading ends in a table or an error.
    #[test]
    fn no_bytes_panic(tail in proptest::collection::vec(any::<u8>(), 0..200), gz in any::<bool>()) {
        let mut bytes = if gz { vec![0x1f, 0x8b] } else { b"user_id,item_id,rating,title,year\n".to_vec() };
        bytes.extend(tail);
        let _ = said(&bytes);
    }
}
