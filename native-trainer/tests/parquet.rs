//! Parquet as Spark, Polars, DuckDB and pyarrow write it is the CSV of the same rows, and bad Parquet ends in one message.

use std::path::{Path, PathBuf};

use native_trainer::data::formats::{self, Format};
use native_trainer::data::interactions::{Interaction, Interactions};
use native_trainer::data::source::Source;
use native_trainer::data::{self, DataChoice, DataError, Dataset, SplitChoice, parquet};
use native_trainer::progress::Progress;
use proptest::prelude::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parquet").join(name)
}

fn read(path: &Path) -> Result<Interactions, DataError> {
    parquet::interactions(path, false, &Progress::quiet())
}

fn csv() -> Interactions {
    formats::read(Source::open(&fixture("interactions.csv")).unwrap(), Format::Csv).unwrap()
}

fn load(choice: &DataChoice) -> Result<Dataset, DataError> {
    data::load(choice)
}

fn choice(name: &str) -> DataChoice {
    DataChoice { data: Some(fixture(name)), seed: 3, ..DataChoice::default() }
}

/// What training reads, the name and the hash of the file aside.
fn assert_same(found: &Dataset, expected: &Dataset, name: &str) {
    assert_eq!(found.user_ids, expected.user_ids, "{name}");
    assert_eq!(found.item_ids, expected.item_ids, "{name}");
    assert_eq!(found.items, expected.items, "{name}");
    assert_eq!(found.reviews.to_vec().unwrap(), expected.reviews.to_vec().unwrap(), "{name}");
    for (part, found, expected) in [
        ("train", &found.train, &expected.train),
        ("valid", &found.valid, &expected.valid),
        ("test", &found.test, &expected.test),
        ("dislikes", &found.dislikes, &expected.dislikes),
    ] {
        assert_eq!(found, expected, "{part} of {name}");
    }
}

const ENGINES: [&str; 8] = [
    "polars.parquet",
    "polars_hive",
    "duckdb.parquet",
    "duckdb_parts",
    "pyarrow.parquet",
    "pyarrow_odd.parquet",
    "spark",
    "spark_hive",
];

#[test]
fn every_engine_is_read_as_the_csv_of_the_same_rows() {
    let expected = csv();
    assert!(expected.rows.len() > 60 && expected.reviews.len() > 40 && expected.about.len() == 8);
    assert!(expected.rows.iter().any(|row| row.rating.is_none()));
    for name in ENGINES {
        let found = read(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(found.user_ids, expected.user_ids, "{name}");
        assert_eq!(found.item_ids, expected.item_ids, "{name}");
        assert_eq!(found.rows, expected.rows, "{name}");
        assert_eq!(found.about, expected.about, "{name}");
        assert_eq!(found.n_lines, expected.n_lines, "{name}");
    }
}

#[test]
fn every_engine_gives_the_data_set_of_the_csv() {
    for split in [SplitChoice::Random, SplitChoice::Time] {
        let of = |name| load(&DataChoice { split: Some(split.clone()), like_from: 1.5, ..choice(name) }).unwrap();
        let expected = of("interactions.csv");
        assert!(expected.train.n_memberships() > 30 && expected.reviews.len() > 10, "{expected:?}");
        for name in ENGINES {
            assert_same(&of(name), &expected, name);
        }
    }
}

#[test]
fn the_hash_is_that_of_the_parts_in_the_order_of_their_names() {
    let file = load(&DataChoice { like_from: 1.5, ..choice("duckdb.parquet") }).unwrap();
    let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(file.sha256, hex(Source::sha256_of(&fixture("duckdb.parquet")).unwrap()));
    assert_eq!(file.name, "duckdb.parquet");
    let folder = load(&DataChoice { like_from: 1.5, ..choice("duckdb_parts") }).unwrap();
    let parts = ["data_0", "data_1"].map(|part| {
        let path = fixture("duckdb_parts").join(format!("{part}.parquet"));
        hex(Source::sha256_of(&path).unwrap())
    });
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(list.path(), parts.concat()).unwrap();
    assert_eq!(folder.sha256, hex(Source::sha256_of(list.path()).unwrap()));
}

#[test]
fn items_and_splits_are_read_from_parquet_too() {
    let csv = DataChoice { items: Some(fixture("items.csv")), like_from: 1.5, ..choice("interactions.csv") };
    let with = |items, split| {
        let split = Some(SplitChoice::Folder(fixture(split)));
        load(&DataChoice { items: Some(fixture(items)), split, ..csv.clone() }).unwrap()
    };
    let expected = with("items.csv", "split_csv");
    assert!(expected.items.iter().any(|item| item.title == "The Godfather" && item.year == Some(1972)));
    assert_same(&with("items.parquet", "split"), &expected, "items.parquet");
    // A folder with the three parts is data and split in one; its train.parquet is a folder of two files.
    assert_same(&load(&choice("split")).unwrap(), &load(&choice("split_csv")).unwrap(), "split");
}

#[test]
fn dates_and_uuids_are_read() {
    let dates = read(&fixture("dates.parquet")).unwrap();
    let times: Vec<_> = dates.rows.iter().map(|row| row.timestamp).collect();
    assert_eq!(times, [Some(1_393_545_600.0), None, Some(-86_400.0)]);
    let uuids = read(&fixture("uuids.parquet")).unwrap();
    assert_eq!(uuids.user_ids, [0, 1, 2].map(|user| format!("00000000-0000-4000-8000-00000000000{user}")));
    let pairs: Vec<_> = uuids.rows.iter().map(|&Interaction { user, item, .. }| (user, item)).collect();
    assert_eq!(pairs, [(0, 0), (0, 3), (1, 1), (1, 4), (2, 2), (2, 5)]);
}

fn said(path: &Path) -> String {
    let shown = path.display().to_string();
    match load(&DataChoice { data: Some(path.to_owned()), ..DataChoice::default() }) {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.to_string().replace(&shown, "X"),
    }
}

#[test]
fn bad_rows_are_named_and_skipped_when_asked() {
    let problems = "row 2, column user_id: null is not an id (text or a whole number); row 3, column item_id: \"3.5\" is \
                    not an id (text or a whole number); row 4, column user_id: \"\" is not an id (text or a whole number)";
    assert_eq!(
        said(&fixture("nulls.parquet")),
        format!(
            "X: 3 bad row(s). {problems}\nCorrect or remove them, or skip them with --lenient; nothing was skipped silently"
        )
    );
    let lenient = parquet::interactions(&fixture("nulls.parquet"), true, &Progress::quiet()).unwrap();
    assert_eq!(lenient.rows, [Interaction { user: 0, item: 0, rating: Some(5.0), timestamp: None }]);
    assert!(lenient.skipped[0].to_string().starts_with("skipped 3 of 4 rows of "), "{}", lenient.skipped[0]);
    assert!(lenient.skipped[0].to_string().ends_with(problems));
}

#[test]
fn what_cannot_be_read_is_said_with_its_remedy() {
    assert!(
        said(&fixture("mixed"))
            .starts_with("X/part-1.parquet: column rating is text, and a number in X/part-0.parquet")
    );
    let missing = said(&fixture("no_items.parquet"));
    assert!(missing.starts_with("X has no column item_id or ") && missing.contains("\"user_id,film\""), "{missing}");
    assert_eq!(
        said(&fixture("brotli.parquet")),
        "X: column user_id is compressed with BROTLI(BrotliLevel(1)), which is not read. Write it with zstd, snappy, gzip, \
         lz4 or none"
    );
    assert_eq!(
        said(&fixture("booleans.parquet")),
        "X: column rating is of type Boolean, where a number or text is needed. Cast it when you write the file"
    );
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(fixture("pyarrow_odd.parquet")).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    for n_bytes in [0, 4, 100, whole.len() - 1] {
        let cut = write("cut.parquet", &whole[..n_bytes]);
        assert!(said(&cut).starts_with("X is truncated"), "{n_bytes}: {}", said(&cut));
    }
    let foreign = write("foreign.parquet", b"user_id,item_id\n1,2\n");
    assert!(said(&foreign).starts_with("X is no Parquet file: it does not begin with PAR1"), "{}", said(&foreign));
    let encrypted = write("encrypted.parquet", b"PARE............PARE");
    assert!(said(&encrypted).contains("is an encrypted Parquet file"), "{}", said(&encrypted));
    let hollow = write("hollow.parquet", b"PAR1............PAR1");
    assert!(said(&hollow).starts_with("X is damaged after row 0: "), "{}", said(&hollow));
    // A name without .parquet is told from its first bytes.
    std::fs::write(folder.path().join("data"), &whole).unwrap();
    assert!(!said(&folder.path().join("data")).contains("CSV"));
    let empty = tempfile::tempdir().unwrap();
    let choice = DataChoice { data: Some(empty.path().to_owned()), format: Format::Parquet, ..DataChoice::default() };
    assert!(load(&choice).unwrap_err().to_string().contains("holds no Parquet file"));
    // A split that lacks a part is not taken for two parts of one data set.
    std::fs::copy(fixture("split/valid.parquet"), empty.path().join("train.parquet")).unwrap();
    std::fs::copy(fixture("split/test.parquet"), empty.path().join("test.parquet")).unwrap();
    assert!(said(empty.path()).contains("holds neither valid.csv nor valid.csv.gz nor valid.parquet"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is changed in a file, reading ends in rows or an error.
    #[test]
    fn no_bytes_panic(
        name in prop::sample::select(vec!["pyarrow_odd.parquet", "polars.parquet", "duckdb.parquet", "pyarrow.parquet"]),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = std::fs::read(fixture(name)).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let changed = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(changed.path(), &bytes).unwrap();
        let _ = read(changed.path());
    }
}
