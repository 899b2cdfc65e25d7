//! Which text the teacher reads, and that none is encoded twice.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use candle_core::Device;
use native_trainer::checkpoint::Checkpoints;
use native_trainer::data::{DataChoice, Dataset, Review, Reviews, load};
use native_trainer::models::Model;
use native_trainer::pipeline::Run;
use native_trainer::presets::Preset;
use native_trainer::progress::Progress;
use native_trainer::settings::Settings;
use native_trainer::text::{Cached, EncoderChoice, HashingEncoder, TextEncoder, TextError, TextFeatures, TextSettings};
use sharp_distill::bundle::Bundle;

/// Counts what it is asked for. A vector is the length of the document, its first and its last letter.
#[derive(Debug)]
struct Counting {
    asked: RefCell<Vec<String>>,
    identity: u8,
}

impl Counting {
    fn new(identity: u8) -> Self {
        Self { asked: RefCell::default(), identity }
    }
}

impl TextEncoder for &Counting {
    fn name(&self) -> String {
        "counting".to_owned()
    }

    fn dim(&self) -> usize {
        3
    }

    fn identity(&self) -> Option<[u8; 32]> {
        Some([self.identity; 32])
    }

    fn encode_with(&self, documents: &[String], _done: &(dyn Fn(usize) + Sync)) -> Result<Vec<f32>, TextError> {
        self.asked.borrow_mut().extend_from_slice(documents);
        let letter = |byte: Option<&u8>| byte.copied().map_or(0.0, f32::from);
        let vector = |document: &String| {
            let bytes = document.as_bytes();
            [document.len() as f32, letter(bytes.first()), letter(bytes.last())]
        };
        Ok(documents.iter().flat_map(vector).collect())
    }
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn a_second_run_encodes_nothing_and_a_third_only_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let caches = folder.path().join("made/when/needed");
    let run = |encoder: &Counting, documents: &[&str]| {
        let cached = Cached::new(encoder, Some(caches.clone()), Progress::quiet());
        cached.encode(&texts(documents)).unwrap()
    };
    let first = Counting::new(1);
    let vectors = run(&first, &["ab", "xyz", "ab", ""]);
    assert_eq!(first.asked.take(), ["ab", "xyz", ""], "each once");
    assert_eq!(vectors[..6], [2.0, 97.0, 98.0, 3.0, 120.0, 122.0]);
    assert_eq!(vectors[6..], [2.0, 97.0, 98.0, 0.0, 0.0, 0.0]);
    let second = Counting::new(1);
    assert_eq!(run(&second, &["ab", "xyz", "ab", ""]), vectors);
    assert_eq!(second.asked.take(), Vec::<String>::new());
    let third = Counting::new(1);
    assert_eq!(run(&third, &["new", "xyz"])[3..], vectors[3..6]);
    assert_eq!(third.asked.take(), ["new"]);
    run(&third, &["new", "xyz", "ab"]);
    assert_eq!(third.asked.take(), Vec::<String>::new());
    // Another encoder, another file.
    let other = Counting::new(2);
    run(&other, &["ab"]);
    assert_eq!(other.asked.take(), ["ab"]);
    assert_eq!(files_of(&caches).len(), 2, "{:?}", files_of(&caches));
}

#[test]
fn a_damaged_cache_is_encoded_again_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let documents = texts(&["ab", "xyz", "w"]);
    let run = || {
        let encoder = Counting::new(1);
        let vectors =
            Cached::new(&encoder, Some(folder.path().to_owned()), Progress::quiet()).encode(&documents).unwrap();
        (vectors, encoder.asked.take().len())
    };
    let (vectors, _) = run();
    let path = files_of(folder.path()).remove(0);
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(run(), (vectors.clone(), 0));
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(run(), (vectors.clone(), 3), "cut off at {length}");
    }
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&path, damaged).unwrap();
        assert_eq!(run(), (vectors.clone(), 3), "byte {at}");
        assert_eq!(std::fs::read(&path).unwrap(), whole, "byte {at}");
    }
    assert_eq!(run(), (vectors, 0));
    assert_eq!(files_of(folder.path()).len(), 1, "no temporary file is left");
}

#[test]
fn a_cache_that_cannot_be_written_costs_nothing_but_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    let encoder = Counting::new(1);
    let cached = Cached::new(&encoder, Some(file), Progress::quiet());
    assert_eq!(cached.encode(&texts(&["ab"])).unwrap(), [2.0, 97.0, 98.0]);
}

/// What depends on the other documents cannot be kept by document.
#[test]
fn hashed_words_are_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cached = Cached::new(HashingEncoder::new(8), Some(folder.path().to_owned()), Progress::quiet());
    cached.encode(&texts(&["ab", "cd"])).unwrap();
    assert!(files_of(folder.path()).is_empty());
}

/// 3 users, 4 items; item w has no title, and nobody was trained on it.
fn data() -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let parts = [("train", "a,x a,y b,x b,z c,y c,z"), ("valid", "a,z b,y c,x"), ("test", "a,w")];
    for (part, pairs) in parts {
        let pairs: String = pairs.split(' ').map(|pair| format!("{pair}\n")).collect();
        std::fs::write(folder.path().join(format!("{part}.csv")), format!("user_id,item_id\n{pairs}")).unwrap();
    }
    let choice = DataChoice { data: Some(folder.path().to_owned()), split: None, seed: 1, ..DataChoice::default() };
    let mut data = load(&choice).unwrap();
    for item in &mut data.items {
        if item.id != "w" {
            item.title = format!("Title {}", item.id);
        }
    }
    data
}

fn kept(reviews: Vec<Review>) -> Reviews {
    Reviews::from_memory(reviews).unwrap()
}

fn review(data: &Dataset, user: &str, item: &str, text: &str) -> Review {
    let place = |ids: &[String], id: &str| ids.iter().position(|other| other == id).unwrap() as u32;
    Review { user: place(&data.user_ids, user), item: place(&data.item_ids, item), text: text.to_owned() }
}

#[test]
fn texts_of_users_and_items_are_the_means_of_their_training_reviews() {
    let mut data = data();
    data.reviews = kept(vec![
        review(&data, "a", "x", "aa"),
        review(&data, "a", "y", "bbbb"),
        review(&data, "b", "x", "bbbb"),
        review(&data, "b", "z", "cccccc"),
    ]);
    let encoder = Counting::new(1);
    let TextFeatures { dim, users, items } = TextFeatures::with(&data, &&encoder).unwrap();
    assert_eq!(encoder.asked.take(), ["aa", "bbbb", "cccccc"], "each text once; all items with a title have reviews");
    let row = |rows: &[f32], ids: &[String], id: &str| {
        let at = ids.iter().position(|other| other == id).unwrap();
        rows[at * dim..][..dim].to_vec()
    };
    let item = |id: &str| row(&items, &data.item_ids, id);
    assert_eq!(item("x"), [3.0, 97.5, 97.5]);
    assert_eq!(item("y"), [4.0, 98.0, 98.0]);
    assert_eq!(item("z"), [6.0, 99.0, 99.0]);
    let user = |id: &str| row(&users, &data.user_ids, id);
    assert_eq!(user("a"), [3.0, 97.5, 97.5]);
    assert_eq!(user("b"), [5.0, 98.5, 98.5]);
    assert_eq!(user("c"), [5.0, 98.5, 98.5], "who writes nothing is the mean of the trained items y and z");
    // A title stands in where there is no review.
    data.reviews = kept(data.reviews.to_vec().unwrap().into_iter().filter(|review| review.text != "cccccc").collect());
    let encoder = Counting::new(1);
    TextFeatures::with(&data, &&encoder).unwrap();
    assert_eq!(encoder.asked.take(), ["aa", "bbbb", "Title z. "]);
}

/// The data set holds no review of a held-out like, and no held-out like joins a user to an item.
#[test]
fn no_embedding_moves_when_held_out_likes_change() {
    let mut data = data();
    for with_reviews in [false, true] {
        if with_reviews {
            data.reviews = kept(vec![review(&data, "a", "x", "good"), review(&data, "b", "z", "bad")]);
        }
        let of = |data: &Dataset| {
            let settings = TextSettings { encoder: "hashing".parse().unwrap(), ..TextSettings::default() };
            [TextFeatures::of(data, &settings).unwrap().unwrap(), TextFeatures::with(data, &&Counting::new(1)).unwrap()]
        };
        let before = of(&data);
        let mut other = data.clone();
        std::mem::swap(&mut other.valid, &mut other.test);
        assert_eq!(of(&other), before);
        other.valid = data.train.clone();
        other.test = data.train.clone();
        assert_eq!(of(&other), before);
    }
}

#[test]
fn what_is_no_encoder_is_refused_with_the_choices_before_anything_is_trained() {
    let folder = tempfile::tempdir().unwrap();
    let ratings = crate::common::ratings(folder.path());
    let run = |encoder: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_native-trainer"));
        command.args(["evaluate", "--text-cache", "none", "--text-encoder", encoder, "--data"]).arg(&ratings);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run("roberta");
    assert!(code == Some(2) && said.contains("builtin") && said.contains("hf:OWNER/NAME"), "{said}");
    let empty = tempfile::tempdir().unwrap();
    let (code, said) = run(empty.path().to_str().unwrap());
    assert!(code == Some(1) && said.contains("no config.json"), "{said}");
    assert!(!said.contains("bpr-mf"), "nothing was trained: {said}");
}

/// Reviews of two camps, as a file: `crate::common::ratings` with a word of the item's camp and one of its own.
fn reviews(folder: &Path) -> PathBuf {
    let ratings = std::fs::read_to_string(crate::common::ratings(folder)).unwrap();
    let mut lines = ratings.lines();
    let mut text = lines.next().unwrap().to_owned() + ",review\n";
    for line in lines {
        let item: usize = line.split(',').nth(1).unwrap()[1..].parse().unwrap();
        let camp = ["a warm guitar with good strings", "a dull film that never ends"][item % 2];
        text += &format!("{line},\"{camp}, number {item}\"\n");
    }
    let path = folder.join("reviews.csv");
    std::fs::write(&path, text).unwrap();
    path
}

/// The whole way through the program: what is built in reads the reviews, its vectors are kept, and the model file says
/// which items are alike by them.
#[test]
fn the_built_in_encoder_reads_reviews_and_the_model_file_carries_them() {
    let folder = tempfile::tempdir().unwrap();
    let (data, cache) = (reviews(folder.path()), folder.path().join("cache"));
    let run = |out: &str, more: &[&str]| {
        let out = folder.path().join(out);
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_native-trainer"));
        command.arg("train").arg("--data").arg(&data).arg("--out").arg(&out).args(crate::common::SMALL).args(more);
        let output = command.arg("--text-cache").arg(&cache).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        (Bundle::read(&std::fs::read(out.join("model.safetensors")).unwrap()).unwrap(), said)
    };
    let (bundle, said) = run("first", &["--text-encoder", "builtin"]);
    assert!(said.contains("text ..."), "{said}");
    let kept = files_of(&cache);
    assert_eq!(kept.len(), 1);
    let text = bundle.item_text.as_ref().unwrap();
    let place = |id: &str| bundle.item_ids.iter().position(|other| other == id).unwrap();
    let cosine = |a: &str, b: &str| text.cosine(place(a), place(b));
    assert!(cosine("i3", "i5") > 0.5 && cosine("i3", "i4") < 0.0, "{} {}", cosine("i3", "i5"), cosine("i3", "i4"));
    // Again: nothing is encoded, and the result is the same but for the command it names.
    let bytes = std::fs::read(&kept[0]).unwrap();
    let (again, said) = run("second", &["--text-encoder", "builtin"]);
    assert!(!said.contains("text ..."), "{said}");
    assert!(again.weights == bundle.weights && again.item_text == bundle.item_text);
    assert_eq!(std::fs::read(&kept[0]).unwrap(), bytes);
    // Without text there is none in the file, and another teacher.
    let (without, _) = run("third", &["--text-encoder", "none"]);
    assert!(without.item_text.is_none() && without.weights != bundle.weights);
}

/// The same name and the same settings, but other numbers in the folder.
#[test]
fn a_teacher_that_read_with_another_encoder_is_not_gone_on_with() {
    let data = data();
    let folder = tempfile::tempdir().unwrap();
    let (encoder, checkpoints) = (folder.path().join("encoder"), folder.path().join("checkpoints"));
    std::fs::create_dir(&encoder).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/text");
    let files =
        [("bert.json", "config.json"), ("bert.safetensors", "model.safetensors"), ("tokenizer.json", "tokenizer.json")];
    for (from, to) in files {
        std::fs::copy(fixtures.join(from), encoder.join(to)).unwrap();
    }
    let mut settings = Settings::default();
    settings.teacher.emb_dim = 4;
    settings.cap_epochs(2);
    settings.set(&format!("text.encoder={}", encoder.display())).unwrap();
    let train = |cache: &str, resume: bool| {
        let mut settings = settings.clone();
        settings.set(&format!("text.cache={cache}")).unwrap();
        let (progress, checkpoints) = (Progress::quiet(), Checkpoints::new(checkpoints.clone(), resume).unwrap());
        let (data, settings) = (&data, &settings);
        let run = Run {
            data,
            settings,
            seed: 1,
            progress: &progress,
            checkpoints: &checkpoints,
            timed: false,
            device: &Device::Cpu,
        };
        run.train(&[Model::Teacher]).map(|_| ()).map_err(|error| error.to_string())
    };
    train("none", false).unwrap();
    // Where vectors are kept is no part of the run.
    train(&folder.path().join("cache").display().to_string(), true).unwrap();
    let config = encoder.join("config.json");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("\"gelu\"", "\"relu\"")).unwrap();
    let said = train("none", true).unwrap_err();
    assert!(said.contains("of another run") && said.contains("text_encoder"), "{said}");
}

#[test]
fn the_published_presets_read_with_a_transformer() {
    for preset in [Preset::Paper, Preset::DistillhgnnLr] {
        assert_eq!(preset.settings().text.encoder, EncoderChoice::Builtin);
    }
    assert_eq!(Preset::Tuned.settings().text.encoder, EncoderChoice::None);
}
