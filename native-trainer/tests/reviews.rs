//! Which reviews reach the models: those of training pairs, and nothing of the people who wrote them but an id.

use std::path::{Path, PathBuf};

use native_trainer::baselines::ease::ease;
use native_trainer::data::formats::{self, Format};
use native_trainer::data::source::Source;
use native_trainer::data::{self, DataChoice, Dataset, SplitChoice};
use native_trainer::evaluation::{DenseLogits, HeldOut, evaluate};
use native_trainer::settings::Settings;
use native_trainer::text::TextFeatures;

const NAME: &str = "Wilhelmina Plantagenet";

/// Twelve users who like nine or ten items each, as Amazon's reviews of 2014; `text` writes the reviews.
fn write(folder: &Path, text: impl Fn(usize, usize) -> String) -> PathBuf {
    let mut lines = String::new();
    for user in 0..12 {
        for item in (0..10).filter(|item| (user + item) % 12 > 0) {
            lines += &serde_json::json!({
                "reviewerID": format!("u{user:02}"), "asin": format!("i{item}"), "reviewerName": NAME, "helpful": [1, 2],
                "image": [NAME], "style": {"Name:": NAME}, "vote": NAME, "reviewText": text(user, item),
                "overall": 5.0, "summary": "well", "unixReviewTime": 1000 + (user + 5 * item) % 10, "reviewTime": NAME,
            })
            .to_string();
            lines.push('\n');
        }
    }
    let path = folder.join("reviews.json");
    std::fs::write(&path, lines).unwrap();
    path
}

fn load(path: &Path, split: SplitChoice) -> Dataset {
    data::load(&DataChoice { data: Some(path.to_owned()), split: Some(split), seed: 7, ..DataChoice::default() })
        .unwrap()
}

fn pair_text(user: usize, item: usize) -> String {
    format!("written by {user} about {item}")
}

#[test]
fn the_reviews_are_those_of_the_training_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), pair_text);
    for split in [SplitChoice::Random, SplitChoice::Time] {
        let data = load(&path, split);
        let pairs: Vec<(u32, u32)> = data.reviews.pairs().collect();
        let trained = (0..data.n_users() as u32)
            .flat_map(|user| data.train.hyperedges_of(user as usize).iter().map(move |&item| (user, item)));
        assert_eq!(pairs, trained.collect::<Vec<_>>(), "sorted, one a training pair, no other");
        for review in data.reviews.to_vec().unwrap() {
            let (user, item) = (&data.user_ids[review.user as usize][1..], &data.item_ids[review.item as usize][1..]);
            assert_eq!(review.text, format!("well\n{}", pair_text(user.parse().unwrap(), item.parse().unwrap())));
        }
    }
}

/// A word that stands in one validation review and one that stands in one test review move nothing that is trained on.
#[test]
fn no_word_of_a_held_out_review_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let plain = load(&write(folder.path(), pair_text), SplitChoice::Random);
    let (valid, test) = (plain.valid.hyperedges_of(3)[0] as usize, plain.test.hyperedges_of(5)[0] as usize);
    let planted = load(
        &write(folder.path(), |user, item| match (user, item) {
            (3, item) if item == valid => "validationsecret".to_owned(),
            (5, item) if item == test => "testsecret".to_owned(),
            _ => pair_text(user, item),
        }),
        SplitChoice::Random,
    );
    let texts = |data: &Dataset| data.reviews.to_vec().unwrap();
    assert_eq!(texts(&planted), texts(&plain));
    assert!(!format!("{planted:?} {:?}", texts(&planted)).contains("secret"));
    let mut settings = Settings::default();
    settings.set("text.encoder=hashing").unwrap();
    let features = |data: &Dataset| TextFeatures::of(data, &settings.text).unwrap().unwrap();
    assert_eq!(features(&planted), features(&plain));
}

#[test]
fn personal_fields_are_not_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = load(&write(folder.path(), pair_text), SplitChoice::Random);
    let held = format!("{data:?} {:?}", data.reviews.to_vec().unwrap());
    assert!(held.contains("written by 3") && !held.contains("Wilhelmina") && !held.contains("Plantagenet"));
}

/// 1 user in 4 gives everything 3 stars.
fn rated(folder: &Path) -> PathBuf {
    let mut text = "user_id,item_id,rating,review\n".to_owned();
    for user in 0..12 {
        for item in (0..10).filter(|item| (user + item) % 12 > 0) {
            text += &format!("{user},{item},{},text\n", if user % 4 == 0 { 3 } else { 5 });
        }
    }
    let path = folder.join("rated.csv");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn what_a_like_is_can_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = rated(folder.path());
    let load = |like_from, split| {
        let choice = DataChoice { data: Some(path.clone()), like_from, split, ..DataChoice::default() };
        data::load(&choice).unwrap()
    };
    let (some, all) = (load(3.5, None), load(0.0, None));
    assert_eq!((some.n_users(), all.n_users()), (9, 12));
    assert!(!some.split.contains("likes from") && all.split.ends_with(", likes from 0"), "{}", all.split);
    // In a split that is given, a low rating is a like like any other, and no dislike beside it.
    for (part, pairs) in [("train", "0,1\n0,2\n1,2\n1,3\n"), ("valid", "0,3\n1,1\n"), ("test", "")] {
        std::fs::write(folder.path().join(format!("{part}.csv")), format!("user_id,item_id\n{pairs}")).unwrap();
    }
    let low = std::fs::read_to_string(&path).unwrap().replace(",3,text", ",1,text");
    std::fs::write(&path, low).unwrap();
    let given = load(3.5, Some(SplitChoice::Folder(folder.path().to_owned())));
    assert_eq!((given.n_users(), given.train.n_memberships(), given.reviews.len()), (2, 4, 4));
    assert_eq!(given.dislikes.n_memberships(), 0);
}

#[test]
fn times_that_some_lines_lack_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("times.csv");
    std::fs::write(&path, "user_id,item_id,timestamp\n1,2,2023-01-01\n1,3,\n").unwrap();
    let choice = DataChoice { data: Some(path), split: Some(SplitChoice::Time), ..DataChoice::default() };
    let said = data::load(&choice).unwrap_err().to_string();
    assert!(said.contains("which 1 of 2 interactions of times.csv lack"), "{said}");
}

#[test]
fn the_hash_is_that_of_the_file_whatever_is_read_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let plain = rated(folder.path());
    let gzipped = folder.path().join("rated.csv.gz");
    let mut encoder =
        flate2::write::GzEncoder::new(std::fs::File::create(&gzipped).unwrap(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &std::fs::read(&plain).unwrap()).unwrap();
    encoder.finish().unwrap();
    for path in [plain, gzipped] {
        let expected: String = Source::sha256_of(&path).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(load(&path, SplitChoice::Random).sha256, expected);
    }
}

/// The real thing: 10,261 reviews of 1,429 people, with the split that figures elsewhere are on. EASE^R's NDCG@10 on it
/// was computed by another program from the same files.
#[test]
fn musical_instruments_and_its_split() {
    let folder = std::env::var_os("SHARP_DISTILL_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let folder = folder.join("amazon-musical-instruments-5core");
    let path = folder.join("Musical_Instruments_5.json.gz");
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there; SHARP_DISTILL_DATA names the folder of the data sets", path.display());
        return;
    }
    let read = formats::read(Source::open(&path).unwrap(), Format::Auto).unwrap();
    assert_eq!((read.user_ids.len(), read.item_ids.len(), read.rows.len()), (1_429, 900, 10_261));
    assert_eq!(read.reviews.len(), 10_261, "where the body is empty there is a headline");
    let data = load(&path, SplitChoice::Folder(folder.join("split")));
    // Of one item the only pairs were drawn to be held out: the split has it nowhere.
    assert_eq!((data.n_users(), data.n_items()), (1_429, 899));
    let n_pairs = [&data.train, &data.valid, &data.test].map(|part| part.n_memberships());
    assert_eq!(n_pairs, [7_259, 1_500, 1_497], "whatever the rating, the split decides");
    assert_eq!(data.reviews.len(), 7_259);
    let logits = ease(&data.train, 1500.0).unwrap();
    let trained = DenseLogits { logits, n_items: data.n_items() };
    let held_out = HeldOut { held_out: &data.test, seen: &[&data.train, &data.valid] };
    let ndcg = evaluate(&trained, held_out).unwrap().at_10.ndcg;
    assert!((ndcg - 0.0856).abs() < 5e-5, "{ndcg}");
}
