//! A visitor's own history: every export is read for what it is, and what is none is refused with a remedy.

use proptest::prelude::*;
use sharp_distill::history::{History, HistoryError, HistoryRow, MAX_BYTES, MAX_ROWS, Note, Source, read};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/history/{name}", env!("CARGO_MANIFEST_DIR"))).expect(name)
}

fn history(name: &str) -> History {
    read(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn titles(history: &History) -> Vec<&str> {
    history.rows.iter().map(|row| row.title.as_deref().unwrap_or_default()).collect()
}

fn ratings(history: &History) -> Vec<Option<f32>> {
    history.rows.iter().map(|row| row.rating).collect()
}

fn years(history: &History) -> Vec<Option<u16>> {
    history.rows.iter().map(|row| row.year).collect()
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes).map(|history| format!("{history:?}")).expect_err("a refusal").to_string()
}

#[test]
fn movielens() {
    let set = history("movielens-ratings.csv");
    assert_eq!(set.source, Source::MovieLens);
    let ids: Vec<_> = set.rows.iter().map(|row| row.id.as_deref()).collect();
    assert_eq!(ids, [Some("1"), Some("6"), Some("16")]);
    assert_eq!(ratings(&set), [Some(0.8), Some(0.4), Some(0.6)]);
    assert_eq!(set.notes, []);

    let site = history("movielens-site.csv");
    assert_eq!(site.source, Source::MovieLens);
    assert_eq!(titles(&site), ["Toy Story (1995)", "Sabrina (1995)", "Matrix, The (1999)"]);
    assert_eq!(years(&site), [Some(1995), Some(1995), Some(1999)]);
    assert_eq!(ratings(&site), [Some(1.0), None, Some(0.7)]);
    assert_eq!(site.notes, [Note::OffScale(1)]);
}

#[test]
fn a_file_of_many_people_says_how_to_keep_one() {
    let said = refusal(b"userId,movieId,rating,timestamp\n1,1,4.0,0\n1,3,4.0,0\n2,1,3.0,0\n");
    assert!(said.contains("of `1`, and on line 4 of `2`"), "{said}");
    assert!(said.contains("grep -E '^(userId|1,)' ratings.csv"), "{said}");
}

#[test]
fn imdb() {
    let ratings_csv = history("imdb-ratings.csv");
    assert_eq!(ratings_csv.source, Source::Imdb);
    assert_eq!(titles(&ratings_csv), ["The Matrix", "The City of Lost Children", "Heat"]);
    assert_eq!(years(&ratings_csv), [Some(1999), Some(1995), Some(1995)]);
    assert_eq!(ratings(&ratings_csv), [Some(0.9), Some(0.7), Some(0.4)]);
    assert_eq!(ratings_csv.rows[0].other_title, None);
    assert_eq!(ratings_csv.rows[1].other_title.as_deref(), Some("La cité des enfants perdus"));
    assert_eq!(ratings_csv.rows[2].line, 5);
    assert_eq!(ratings_csv.notes, [Note::NotFilms(1)]);

    // What a list holds beside rated films is to be seen yet.
    let list = history("imdb-list.csv");
    assert_eq!((list.source, titles(&list)), (Source::Imdb, vec!["Heat"]));
    assert_eq!(list.notes, [Note::NotRated(1)]);
}

#[test]
fn letterboxd() {
    let rated = history("letterboxd-ratings.csv");
    assert_eq!(rated.source, Source::Letterboxd);
    assert_eq!(titles(&rated), ["Heat", "I, Tonya", "The \"Burbs\""]);
    assert_eq!(ratings(&rated), [Some(0.9), Some(0.6), Some(0.1)]);

    let watched = history("letterboxd-watched.csv");
    assert_eq!((watched.source, titles(&watched)), (Source::Letterboxd, vec!["Heat", "Casino"]));
    assert!(!watched.has_ratings());
    assert_eq!(watched.notes, [Note::NoRatings]);

    let diary = history("letterboxd-diary.csv");
    assert_eq!(ratings(&diary), [Some(0.4), None, Some(0.8), None]);

    let list = history("letterboxd-list.csv");
    assert_eq!(titles(&list), ["Heat", "Casino"]);
    assert_eq!(list.rows[0].line, 7, "a quoted line end and an empty line count as lines");
}

#[test]
fn trakt() {
    let rated = history("trakt-ratings-movies.json");
    assert_eq!(rated.source, Source::Trakt);
    assert_eq!(titles(&rated), ["Heat", "Les Misérables", "A film without a year"]);
    assert_eq!(years(&rated), [Some(1995), Some(2012), None]);
    assert_eq!(ratings(&rated), [Some(1.0), Some(0.3), Some(0.7)]);
    assert_eq!(rated.rows[2].line, 4);
    assert_eq!(rated.notes, [Note::NotFilms(1)]);

    assert_eq!(titles(&history("trakt-watched-movies.json")), ["Heat", "Casino"]);
    let all = history("trakt-history.json");
    assert_eq!((titles(&all), &all.notes[..]), (vec!["Heat"], &[Note::NotFilms(1), Note::NoRatings][..]));

    let said = refusal(&fixture("trakt-watchlist.json"));
    assert!(said.contains("None of the 1 rows") && said.contains("list of films to see: 1"), "{said}");
    let said = refusal(b"{\"movies\": []}");
    assert!(said.contains("expected a list, found `{` at line 1 column 1"), "{said}");
    assert!(said.contains("ratings-movies.json"), "{said}");
    assert!(refusal(b"[{\"movie\": {\"title\": \"Heat\"\n").contains("at line 2 column 1"));
    assert_eq!(read(b"[]"), Err(HistoryError::Empty));
    // Lists of other places.
    let plain = read(br#"[{"title": "Heat (1995)", "rating": 3}]"#).expect("a list");
    assert_eq!((plain.source, years(&plain), ratings(&plain)), (Source::Table, vec![Some(1995)], vec![Some(0.6)]));
}

#[test]
fn any_table_with_a_column_of_titles() {
    let table = history("table.csv");
    assert_eq!(table.source, Source::Table);
    assert_eq!(titles(&table), ["Heat", "Postino, Il (1994)", "Casino"]);
    assert_eq!(years(&table), [Some(1995), Some(1994), Some(1995)]);
    assert_eq!(ratings(&table), [Some(0.9), Some(0.4), None]);
    assert_eq!(table.rows[0].liked, Some(true));
    assert_eq!(table.rows[2].line, 5);
    assert_eq!(table.notes, [Note::Scale(5)]);

    // In a table of nothing but titles, commas are theirs.
    let lines = history("titles.txt");
    assert_eq!(titles(&lines), ["Matrix, The (1999)", "Heat", "Postman, The (Postino, Il) (1994)"]);
    assert_eq!(years(&lines), [Some(1999), None, Some(1994)]);
}

#[test]
fn scales_of_tables() {
    let of = |text: &str| {
        let history = read(text.as_bytes()).expect(text);
        (ratings(&history), history.notes)
    };
    assert_eq!(of("title,rating\na,5\nb,2.5\n"), (vec![Some(1.0), Some(0.5)], vec![Note::Scale(5)]));
    assert_eq!(of("title,rating\na,7\nb,2\n"), (vec![Some(0.7), Some(0.2)], vec![Note::Scale(10)]));
    assert_eq!(of("title,rating\na,85\nb,20\n"), (vec![Some(0.85), Some(0.2)], vec![Note::Scale(100)]));
    assert_eq!(of("title,rating10\na,5\n"), (vec![Some(0.5)], vec![]));
    assert_eq!(of("title,rating\na,7/10\nb,3 / 10\n"), (vec![Some(0.7), Some(0.3)], vec![]));
    assert_eq!(of("title,rating\na,70%\nb,5\n"), (vec![Some(0.7), Some(0.05)], vec![]));
    let (found, notes) = of("title,rating\na,7\nb,great\nc,0\nd,\ne,-3\n");
    assert_eq!(found, [Some(0.7), None, None, None, None]);
    assert_eq!(notes, [Note::Scale(10), Note::OffScale(2)]);
}

#[test]
fn encodings() {
    let text = "title\tyear\r\nAmélie\t2001\r\n😀\t\r\n";
    let as_utf16 = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect()
    };
    let utf8 = read(text.as_bytes()).expect("UTF-8");
    assert_eq!(titles(&utf8), ["Amélie", "😀"]);
    assert_eq!(read(&as_utf16([0xff, 0xfe], u16::to_le_bytes)), Ok(utf8.clone()));
    assert_eq!(read(&as_utf16([0xfe, 0xff], u16::to_be_bytes)), Ok(utf8));

    let old = read(b"title\nAm\xe9lie\nRosemary\x92s Baby\n").expect("Windows-1252");
    assert_eq!(titles(&old), ["Amélie", "Rosemary’s Baby"]);
    assert!(old.notes.contains(&Note::OldEncoding));
}

#[test]
fn rows_that_are_short_long_or_empty() {
    let history =
        read(b"title,year\nHeat\n,1999\n\n   \nCasino,1995,what,is,this\n<b>Bold</b>,1990\n").expect("a table");
    assert_eq!(titles(&history), ["Heat", "Casino", "<b>Bold</b>"]);
    assert_eq!(history.notes, [Note::NoTitle(2), Note::Surplus(1, 6), Note::NoRatings]);
    for note in history.notes {
        assert!(note.to_string().ends_with(['.', ')']), "{note}");
    }
}

#[test]
fn what_is_no_history_is_refused_with_the_place_and_the_remedy() {
    assert!(refusal(b"").contains("empty"));
    assert!(refusal(b"\xef\xbb\xbf \r\n\n").contains("empty"));
    assert!(refusal(b"PK\x03\x04rest of an archive").contains("Unpack it"));
    assert!(refusal(b"\x1f\x8b\x08\x00").contains("Unpack it"));
    assert!(refusal(b"title\n\x00").contains("byte 7"));
    assert!(refusal(b"\x89PNG\r\n\x1a\nabc").contains("no text"));
    assert!(refusal(b"\n<!DOCTYPE html><title>Ratings</title>").contains("web page"));
    assert!(refusal(b"title,year\n").contains("no rows behind the header on line 1"));
    let said = refusal(b"\nDate,Length,\"My, notes\"\n1,2,3\n");
    assert!(said.contains("on line 2") && said.contains("it has `Date`, `Length`, `My, notes`"), "{said}");
    let said = refusal(b"title,year\nHeat,1995\n\"Casino,1995\nBalto,1995\n");
    assert!(said.contains("begins on line 3 is never closed"), "{said}");
    let said = refusal(b"title,type\nBreaking Bad,TV Series\n");
    assert!(said.contains("None of the 1 rows") && said.contains("series"), "{said}");
    assert!(refusal(&vec![b'a'; MAX_BYTES + 1]).contains("21 MB"));
    let long = format!("title\n{}", "a\n".repeat(MAX_ROWS + 1));
    assert!(refusal(long.as_bytes()).contains(&format!("line {}", MAX_ROWS + 2)));
}

/// A cell as a writer of CSV quotes it.
fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_text_that_looks_like_an_export_is_read_or_refused(
        start in prop::sample::select(vec!["title,year,rating\n", "userId,movieId,rating,timestamp\n", "Name;Letterboxd URI\n", "[{\"movie\":", "[", "\u{feff}"]),
        text in "[\"',;\\t\\n\\r(){}:0-9a-zé/%.-]{0,200}",
    ) {
        if let Err(error) = read((start.to_owned() + &text).as_bytes()) {
            prop_assert!(error.to_string().ends_with(['.', 'v']), "{}", error);
        }
    }

    #[test]
    fn any_title_comes_back_from_csv(
        titles in prop::collection::vec("[^\\u{0}]{1,40}", 1..20),
        separator in prop::sample::select(vec![',', ';', '\t', '|']),
        line_end in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let mut text = format!("title{separator}year{line_end}");
        for title in &titles {
            text += &format!("{}{separator}1999{line_end}", quoted(title));
        }
        let expected: Vec<_> = titles.iter().map(|title| title.trim_ascii().to_owned()).filter(|title| !title.is_empty()).collect();
        match read(text.as_bytes()) {
            Ok(history) => {
                let found: Vec<_> = history.rows.iter().map(|row: &HistoryRow| row.title.clone().unwrap_or_default()).collect();
                prop_assert_eq!(found, expected);
            }
            Err(error) => prop_assert!(expected.is_empty(), "{}", error),
        }
    }
}
