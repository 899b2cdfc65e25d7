//! Data and settings at the edge: a clear error, or a correct result.

use std::io::Write;
use std::path::Path;

use candle_core::Device;
use native_trainer::checkpoint::Checkpoints;
use native_trainer::data::{self, DataChoice, Dataset};
use native_trainer::models::Model;
use native_trainer::pipeline::{PipelineError, Row, Run};
use native_trainer::progress::Progress;
use native_trainer::settings::Settings;

/// A folder with a split of its own: "user item" pairs.
fn folder(parts: [&str; 3]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, pairs) in ["train", "valid", "test"].iter().zip(parts) {
        let mut file = std::fs::File::create(folder.path().join(format!("{name}.csv"))).unwrap();
        writeln!(file, "user_id,item_id").unwrap();
        pairs.split_whitespace().for_each(|pair| writeln!(file, "{pair}").unwrap());
    }
    folder
}

fn load(path: &Path) -> Result<Dataset, data::DataError> {
    data::load(&DataChoice { data: Some(path.to_owned()), ..DataChoice::default() })
}

fn small() -> Settings {
    let mut settings = Settings::default();
    (settings.teacher.emb_dim, settings.student.emb_dim, settings.student.hidden_dim) = (4, 4, 4);
    settings.cap_epochs(3);
    settings
}

fn rows(data: &Dataset, settings: &Settings, models: &[Model]) -> Result<Vec<Row>, PipelineError> {
    let (progress, checkpoints) = (Progress::quiet(), Checkpoints::default());
    let run = Run {
        data,
        settings,
        seed: 1,
        progress: &progress,
        checkpoints: &checkpoints,
        timed: false,
        device: &Device::Cpu,
    };
    Ok(run.train(models)?.rows)
}

#[test]
fn an_empty_part_is_refused_or_harmless() {
    let said = |parts| load(folder(parts).path()).unwrap_err().to_string();
    assert!(said(["", "a,x", ""]).contains("0 training"), "{}", said(["", "a,x", ""]));
    assert!(said(["a,x b,y", "", "a,y"]).contains("0 validation"));
    // No test item at all: every metric is 0 over no user, and nothing is divided by it.
    let data = load(folder(["a,x b,y b,x", "a,y", ""]).path()).unwrap();
    let rows = rows(&data, &small(), &[Model::Popularity, Model::Ease]).unwrap();
    assert!(rows.iter().all(|row| row.test.at_10.ndcg == 0.0 && row.valid.at_10.ndcg > 0.0));
}

#[test]
fn a_pair_that_stands_twice_is_refused() {
    for parts in [["a,x a,x b,y", "a,y", ""], ["a,x b,y", "a,x", ""], ["a,x b,y", "a,y", "a,y"]] {
        let said = load(folder(parts).path()).unwrap_err().to_string();
        assert!(said.contains("user a with item") && said.contains("twice"), "{said}");
    }
}

/// User c has a held-out item and nothing to be trained on; user d likes everything; item x holds everybody.
#[test]
fn users_without_training_items_and_items_that_hold_everybody_are_answered() {
    let data =
        load(folder(["a,x a,y b,x b,z d,x d,y d,z d,w e,x e,w", "a,z b,y c,y e,z", "a,w b,w c,x"]).path()).unwrap();
    assert_eq!((data.n_users(), data.n_items()), (5, 4));
    assert_eq!(data.train.node_degree(2), 0);
    let rows = rows(&data, &small(), &Model::ALL).unwrap();
    assert_eq!(rows.len(), Model::ALL.len());
    for row in rows {
        let metrics = [row.valid.at_10.ndcg, row.valid.at_20.recall, row.test.at_10.hit, row.test.at_20.precision];
        assert!(metrics.iter().all(|value| (0.0..=1.0).contains(value)), "{:?}: {metrics:?}", row.model);
        // Four items in all, at most three of them unmasked: asking for ten and twenty gives what there is.
        assert_eq!(row.test.of_users.iter().flatten().count(), 3, "{:?}", row.model);
    }
}

#[test]
fn no_epoch_at_all_is_an_untrained_model() {
    let data = load(folder(["a,x a,y b,x b,z", "a,z b,y", ""]).path()).unwrap();
    let mut settings = small();
    settings.cap_epochs(0);
    let rows = rows(&data, &settings, &[Model::Teacher, Model::Student, Model::StudentScratch]).unwrap();
    assert!(rows.iter().all(|row| row.valid.at_10.ndcg.is_finite()));
}

#[test]
fn lists_of_lightgcn_are_a_data_set() {
    let folder = tempfile::tempdir().unwrap();
    // Everybody lacks one of five items; user 6 has none.
    let list = |user: usize| (0..5).filter(|item| *item != user % 5).map(|item| format!(" {item}")).collect::<String>();
    let train: String = (0..6).map(|user| format!("{user}{}\n", list(user))).collect();
    std::fs::write(folder.path().join("train.txt"), train + "6\n").unwrap();
    std::fs::write(folder.path().join("test.txt"), "0 0\n3 3\n6 0\n").unwrap();
    let data = load(folder.path()).unwrap();
    assert_eq!((data.n_users(), data.train.n_memberships(), data.valid.n_memberships()), (7, 18, 6));
    assert_eq!(data.test.n_memberships(), 3);
    std::fs::write(folder.path().join("test.txt"), "0 0\n3 three -1\n").unwrap();
    let said = load(folder.path()).unwrap_err().to_string();
    assert!(said.contains("1 bad line(s). line 2, column item 1: \"three\" is not a number"), "{said}");
}

#[test]
fn text_changes_the_teacher_and_reads_no_held_out_like() {
    let parts = ["a,x a,y b,x b,z c,y c,z", "a,z b,y c,x", "a,w"];
    let data = load(folder(parts).path()).unwrap();
    let mut settings = small();
    settings.set("text.encoder=hashing").unwrap();
    let features = |data: &Dataset| native_trainer::text::TextFeatures::of(data, &settings.text).unwrap().unwrap();
    let mut other = data.clone();
    // Another held-out part, the same training part: the same text.
    other.valid = other.test.clone();
    assert_eq!(features(&data), features(&other));
    assert!(rows(&data, &settings, &[Model::Teacher]).is_ok());
}
