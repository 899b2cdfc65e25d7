//! The program as somebody runs it: what it writes, says and exits with.

use std::path::Path;
use std::process::{Command, Output};

use crate::common::{SMALL, ratings};
use sharp_distill::bundle::{Bundle, ExplorerBundle};
use sharp_distill::catalogue::Catalogue;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_native-trainer")).args(args).output().unwrap()
}

fn train(data: &Path, out: &Path, more: &[&str]) -> Output {
    let (data, out) = (data.to_str().unwrap(), out.to_str().unwrap());
    run(&[&["train", "--data", data, "--out", out], &SMALL[..], more].concat())
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn trains_on_a_file_and_answers_from_what_it_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new").join("model");
    let text = stdout(&train(&ratings(folder.path()), &out, &[]));
    for row in ["popularity", "ease", "teacher", "student", "student-fold-in", "student-scratch"] {
        assert!(text.lines().any(|line| line.split_whitespace().next() == Some(row)), "no row {row} in\n{text}");
    }
    let bundle = Bundle::read(&std::fs::read(out.join("model.safetensors")).unwrap()).unwrap();
    let catalogue = Catalogue::read(&std::fs::read(out.join("catalogue.json")).unwrap()).unwrap();
    catalogue.check_against(&bundle.item_ids).unwrap();
    assert!(bundle.golden.len() >= 8);
    assert_eq!(bundle.provenance.results.len(), 6);
    let explorer = ExplorerBundle::read(&std::fs::read(out.join("explorer.safetensors")).unwrap(), &bundle).unwrap();
    assert!(explorer.left_out.is_empty() && explorer.teacher.is_some() && explorer.scratch.is_some());
    assert_eq!(explorer.golden.len(), 8);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 3, "nothing else is left in the folder");

    let model = out.join("model.safetensors");
    let model = model.to_str().unwrap();
    let answer =
        stdout(&run(&["recommend", "--model", model, "--like", "The Film 3", "--like", "i5", "--k", "4", "--json"]));
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let answer = answer["recommendations"].as_array().unwrap();
    assert_eq!(answer.len(), 4);
    assert!(
        answer.iter().all(|item| item["title"].as_str().unwrap().starts_with("The Film") && item["score"].is_f64())
    );
    assert!(answer.iter().all(|item| item["id"] != "i3" && item["id"] != "i5"));
    let inspected = stdout(&run(&["inspect", model]));
    assert!(inspected.contains("30 items") && inspected.contains("8 golden users, all answered alike"), "{inspected}");
    let named = out.join("explorer.safetensors");
    assert_eq!(stdout(&run(&["inspect", named.to_str().unwrap()])), inspected, "either names both");
    let value: serde_json::Value = serde_json::from_str(&stdout(&run(&["inspect", model, "--json"]))).unwrap();
    assert_eq!(value["explorer"]["teacher"]["emb_dim"], 8);

    let unknown = run(&["recommend", "--model", model, "--like", "The Flim 3"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(said(&unknown).contains("there is no item \"The Flim 3\""), "{}", said(&unknown));
}

#[test]
fn one_seed_gives_the_same_bytes_with_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    // The command is part of the file, so all three are given the same one; threads come from the environment.
    let bytes = ["1", "2", "3"].map(|threads| {
        let out = folder.path().join("out");
        let args = ["train", "--data", data.to_str().unwrap(), "--out", out.to_str().unwrap(), "--epochs", "4"];
        let program = env!("CARGO_BIN_EXE_native-trainer");
        let output = Command::new(program).args(args).env("RAYON_NUM_THREADS", threads).output().unwrap();
        stdout(&output);
        ["model.safetensors", "catalogue.json", "explorer.safetensors"]
            .map(|name| std::fs::read(out.join(name)).unwrap())
    });
    assert!(bytes[0] == bytes[1] && bytes[1] == bytes[2]);
    let out = folder.path().join("out");
    stdout(&train(&data, &out, &["--seed", "43"]));
    assert!(bytes[0][0] != std::fs::read(out.join("model.safetensors")).unwrap(), "another seed is another model");
    // An explorer's file of another model is no explorer's file of this one.
    std::fs::write(out.join("explorer.safetensors"), &bytes[0][2]).unwrap();
    let foreign = run(&["inspect", out.join("model.safetensors").to_str().unwrap()]);
    assert_eq!(foreign.status.code(), Some(1));
    assert!(said(&foreign).contains("it belongs to a model with the fingerprint"), "{}", said(&foreign));
}

/// More users than a page solves the wide channel for: the model is whole, and the explorer's file says what is missing.
#[test]
fn what_a_page_cannot_compute_is_left_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("likes.csv"), folder.path().join("out"));
    let mut lines = "user_id,item_id\n".to_owned();
    for user in 0..2001 {
        for at in 0..7 {
            lines += &format!("u{user},i{}\n", (user * 5 + at * at) % 40);
        }
    }
    std::fs::write(&data, lines).unwrap();
    let text = stdout(&train(&data, &out, &["--json"]));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let reason = "the wide channel solves for 2001 users, and a page does so for 2000 at most";
    assert_eq!(value["not_in_explorer"], serde_json::json!([{"part": "teacher", "reason": reason}]));
    assert_eq!(value["files"]["explorer"], out.join("explorer.safetensors").to_str().unwrap());
    let bundle = Bundle::read(&std::fs::read(out.join("model.safetensors")).unwrap()).unwrap();
    let explorer = ExplorerBundle::read(&std::fs::read(out.join("explorer.safetensors")).unwrap(), &bundle).unwrap();
    assert!(explorer.teacher.is_none() && explorer.golden.is_empty());
    assert_eq!(explorer.reason("teacher"), Some(reason));
    assert!(explorer.scratch.is_some() && explorer.held_out.is_some() && explorer.projection.is_some());
    assert!(stdout(&run(&["inspect", out.join("model.safetensors").to_str().unwrap()])).contains(reason));
}

#[test]
fn json_is_all_that_goes_to_stdout() {
    let args = ["evaluate", "--models", "popularity,ease", "--set", "ease.lambda=100", "--json"];
    let value: serde_json::Value = serde_json::from_str(&stdout(&run(&args))).unwrap();
    assert_eq!(value["data"]["n_users"], 663);
    assert_eq!(value["seeds"], serde_json::json!([42]));
    let ease = &value["models"][1];
    assert_eq!((ease["name"].as_str(), ease["hyper"]["lambda"].as_f64()), (Some("ease"), Some(100.0)));
    assert!((ease["metrics"]["ndcg@10"]["mean"].as_f64().unwrap() - 0.195262).abs() < 1e-6);
    for metric in ["recall@10", "precision@10", "hit@10", "ndcg@20", "recall@20", "precision@20", "hit@20"] {
        assert!(ease["metrics"][metric]["std"].is_f64(), "{metric}");
    }
}

#[test]
fn what_does_not_exist_is_refused_with_code_2() {
    let cases: [(&[&str], &str); 11] = [
        (&["--dataset", "amazon-cd"], "there is no data set \"amazon-cd\". The nearest is \"amazon-cds\""),
        (&["--dataset", "yelp"], "--dataset yelp needs --data FILE: this program downloads nothing"),
        (&["--like-from", "NaN"], "not a finite number"),
        (&["--format", "feather"], "possible values: auto, csv, amazon, yelp, movielens, lightgcn, parquet"),
        (&["--set", "ease.lamda=1"], "there is no setting \"ease.lamda\". The nearest is \"ease.lambda\""),
        (&["--set", "ease.lambda"], "not of the form key=value"),
        (&["evaluate", "--models", "studnt"], "The nearest is \"student\""),
        (&["--split", "sideways"], "neither random nor time nor an existing folder"),
        (&["--cuda"], "unexpected argument '--cuda'"),
        (&["--epochs", "0"], "invalid value '0'"),
        (&["dance"], "dance"),
    ];
    for (args, message) in cases {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(message), "{args:?}: {}", said(&output));
    }
}

#[test]
fn what_cannot_be_done_is_said_in_one_line_with_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let start = std::time::Instant::now();
    let output = train(&data, &file.join("out"), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("cannot write to") && said(&output).contains("--out"), "{}", said(&output));
    assert!(start.elapsed().as_secs() < 5, "said before training, not after");
    let missing = run(&["train", "--data", "no-such.csv", "--out", folder.path().to_str().unwrap()]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(said(&missing).contains("cannot open no-such.csv"), "{}", said(&missing));
    let foreign = run(&["inspect", file.to_str().unwrap()]);
    assert_eq!(foreign.status.code(), Some(1));
    assert!(said(&foreign).contains("no usable model file"), "{}", said(&foreign));
}

#[test]
fn a_run_that_breaks_down_names_epoch_term_and_setting() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let output = train(&ratings(folder.path()), &out, &["--set", "teacher.fit.learning_rate=1e30"]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(
        said.contains("epoch 2") && said.contains("soft loss") && said.contains("teacher.fit.learning_rate"),
        "{said}"
    );
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 0, "nothing is written");
}

/// A name that stands in the data is in no file that is written, and a line that is no review is skipped when asked.
#[test]
fn reviews_become_a_model_without_the_names_of_their_authors() {
    let folder = tempfile::tempdir().unwrap();
    let (data, items, out) = (folder.path().join("r.json"), folder.path().join("m.json"), folder.path().join("out"));
    let mut lines = "what is this\n".to_owned();
    for user in 0..20 {
        for item in (user % 2..20).step_by(2).filter(|item| (user + item) % 7 > 0) {
            lines += &format!(
                "{{\"reviewerID\": \"u{user}\", \"reviewerName\": \"Wilhelmina Plantagenet\", \"asin\": \"i{item}\", \
                 \"overall\": 5.0, \"reviewText\": \"camp {}\"}}\n",
                user % 2
            );
        }
    }
    std::fs::write(&data, &lines).unwrap();
    std::fs::write(&items, "{\"asin\": \"i3\", \"title\": \"Plectrum (12)\", \"brand\": \"Wilhelmina\"}\n").unwrap();
    let items = items.to_str().unwrap();
    let flags = ["--items", items, "--dataset", "amazon-beauty", "--format", "amazon", "--text-encoder", "hashing"];
    let strict = train(&data, &out, &flags);
    assert_eq!(strict.status.code(), Some(1));
    assert!(said(&strict).contains("1 bad line(s). line 1, "), "{}", said(&strict));
    let lenient = train(&data, &out, &[&flags[..], &["--lenient"]].concat());
    assert!(stdout(&lenient).contains("Amazon Beauty"));
    let n_lines = lines.lines().count();
    assert!(said(&lenient).contains(&format!("skipped 1 of {n_lines} lines of ")), "{}", said(&lenient));
    for file in ["model.safetensors", "catalogue.json", "explorer.safetensors"] {
        let text = String::from_utf8_lossy(&std::fs::read(out.join(file)).unwrap()).into_owned();
        assert!(!text.contains("Wilhelmina") && !text.contains("Plantagenet"), "{file}");
        assert_eq!(text.contains("Plectrum (12)"), file == "catalogue.json");
    }
}

#[test]
fn help_shows_examples() {
    for args in [
        &["--help"][..],
        &["train", "--help"],
        &["evaluate", "--help"],
        &["recommend", "--help"],
        &["inspect", "--help"],
        &["figures", "--help"],
        &["reproduce", "--help"],
    ] {
        assert!(stdout(&run(args)).contains("Example"), "{args:?}");
    }
}

#[test]
fn the_device_is_said_and_one_that_is_not_there_is_told_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let evaluate = |device: &str| {
        run(&["evaluate", "--models", "popularity", "--device", device, "--data", data.to_str().unwrap()])
    };
    assert!(said(&evaluate("cpu")).contains("computing on the CPU"));
    let unknown = evaluate("gpu");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).contains("Choose auto, cpu, cuda or cuda:N"), "{}", said(&unknown));
    // Built for CUDA, a number that no machine has; built without, any.
    let missing = evaluate("cuda:9999");
    assert_eq!(missing.status.code(), Some(1));
    let said = said(&missing);
    assert!(said.contains("--device cuda:9999") && said.contains("--device cpu"), "{said}");
}
