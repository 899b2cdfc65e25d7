//! `tune` chooses on validation, within its budget, and what it chose can be used.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_native-trainer")).args(args).output().unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = run(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A split of its own; user u tests item `test_of(u)`.
fn split(folder: &Path, test_of: impl Fn(u32) -> u32) -> PathBuf {
    let (train, valid) = common::camps();
    let write = |part: &str, pairs: &mut dyn Iterator<Item = (u32, u32)>| {
        let lines: String = pairs.map(|(user, item)| format!("{user},{item}\n")).collect();
        std::fs::write(folder.join(format!("{part}.csv")), format!("user_id,item_id\n{lines}")).unwrap();
    };
    std::fs::create_dir_all(folder).unwrap();
    write("train", &mut train.memberships());
    write("valid", &mut valid.memberships());
    let free = |&(user, item): &(u32, u32)| !train.contains(user, item) && !valid.contains(user, item);
    write("test", &mut (0..40).map(|user| (user, test_of(user))).filter(free));
    folder.to_owned()
}

#[test]
fn the_best_on_validation_is_what_evaluate_then_gets() {
    let folder = tempfile::tempdir().unwrap();
    let data = split(&folder.path().join("data"), |user| (user + 1) % 20);
    let (data, report) = (data.to_str().unwrap(), folder.path().join("report"));
    let tried = "itemknn.n_neighbours=1,2,50";
    let tuned = json(&[
        "tune",
        "--data",
        data,
        "--model",
        "itemknn",
        "--try",
        tried,
        "--json",
        "--report",
        report.to_str().unwrap(),
    ]);
    let trials = tuned["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 3, "the default is 50: it is tried once");
    let valid: Vec<f64> = trials.iter().map(|trial| trial["valid_ndcg@10"].as_f64().unwrap()).collect();
    assert!(valid.is_sorted_by(|a, b| a >= b) && valid[0] > 0.0, "{valid:?}");
    assert_eq!(serde_json::from_slice::<Value>(&std::fs::read(report.join("tune.json")).unwrap()).unwrap(), tuned);
    let best = report.join("best.json");
    let evaluated =
        json(&["evaluate", "--data", data, "--models", "itemknn", "--config", best.to_str().unwrap(), "--json"]);
    assert_eq!(evaluated["models"][0]["hyper"], tuned["best_hyper"]);
    assert!((evaluated["models"][0]["per_seed"][0]["validation"]["ndcg@10"].as_f64().unwrap() - valid[0]).abs() < 1e-9);
    let budget = json(&["tune", "--data", data, "--model", "ease", "--trials", "3", "--json"]);
    assert_eq!(budget["trials"].as_array().unwrap().len(), 3);
}

#[test]
fn what_is_held_out_for_test_has_no_say() {
    let folder = tempfile::tempdir().unwrap();
    let tuned = |name: &str, test_of: &dyn Fn(u32) -> u32| {
        let data = split(&folder.path().join(name), test_of);
        let mut tuned = json(&["tune", "--data", data.to_str().unwrap(), "--model", "ease", "--json"]);
        for trial in tuned["trials"].as_array_mut().unwrap() {
            trial.as_object_mut().unwrap().remove("seconds");
        }
        tuned["trials"].take()
    };
    assert_eq!(tuned("a", &|user| (user + 1) % 20), tuned("b", &|user| (user + 7) % 20));
}

#[test]
fn what_cannot_be_tried_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    std::fs::write(&config, "[1]").unwrap();
    let config = config.to_str().unwrap();
    for (args, wanted) in [
        (vec!["tune", "--model", "lightgnc"], "lightgcn"),
        (vec!["tune", "--model", "ease", "--try", "ease.lambda"], "key=value"),
        (vec!["tune", "--model", "ease", "--try", "ease.lamda=1"], "ease.lambda"),
        (vec!["tune", "--model", "popularity"], "--try"),
        (vec!["evaluate", "--models", "ease", "--config", config], "one JSON object"),
        (vec!["evaluate", "--models", "ease", "--config", "nowhere.json"], "nowhere.json"),
    ] {
        let output = run(&args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(wanted), "{args:?}: {said}");
    }
}
