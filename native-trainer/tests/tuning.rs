//! `tune` chooses on validation, within its budget, and what it chose can be used.

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
    let (train, valid) = crate::common::camps();
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
        (vec!["tune", "--model", "ease", "--param", "gamma"], "gamma is no setting of ease"),
        (vec!["tune", "--model", "ease", "--search", "grid", "--trials", "3"], "--trials 8"),
        (vec!["tune", "--model", "student", "--try", "student.emb_dim+teacher.emb_din=8"], "teacher.emb_dim"),
        (vec!["tune", "--model", "ease", "--resume"], "--report"),
        (vec!["evaluate", "--models", "ease", "--config", config], "one JSON object"),
        (vec!["evaluate", "--models", "ease", "--config", "nowhere.json"], "nowhere.json"),
    ] {
        let output = run(&args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(wanted), "{args:?}: {said}");
    }
}

/// The student of the published method, small: what its settings do is felt.
const PAPER: [&str; 8] = [
    "--preset",
    "paper",
    "--text-encoder",
    "none",
    "--set",
    "teacher.contrastive_batch=16",
    "--set",
    "distil.contrastive_batch=16",
];

#[test]
fn a_sweep_draws_a_curve_of_each_setting_and_train_takes_the_best() {
    let folder = tempfile::tempdir().unwrap();
    let data = crate::common::ratings(folder.path());
    let (data, report) = (data.to_str().unwrap(), folder.path().join("report"));
    let flags = [&["--data", data][..], &crate::common::SMALL, &PAPER].concat();
    let sweep = ["tune", "--model", "student", "--search", "sweep", "--param", "gamma,alpha", "--seeds", "2"];
    let more = ["--try", "student.emb_dim+teacher.emb_dim=4,8", "--json", "--report", report.to_str().unwrap()];
    let tuned = json(&[&sweep[..], &flags, &more].concat());
    let trials = tuned["trials"].as_array().unwrap();
    // The settings as they are, four more of gamma and of alpha each, and another width: of teacher and student at once.
    assert_eq!((trials.len(), &tuned["complete"], &tuned["search"]), (10, &Value::from(true), &Value::from("sweep")));
    let widths = serde_json::json!({"student.emb_dim": 4, "teacher.emb_dim": 4});
    assert!(trials.iter().any(|trial| trial["set"] == widths));
    assert!(trials.iter().all(|trial| trial["of_seeds"].as_array().unwrap().len() == 2));

    let html = std::fs::read_to_string(report.join("report.html")).unwrap();
    assert_eq!(html.matches("<figure>").count(), 3, "a curve for each setting");
    for (keys, n_points) in [("distil.gamma", 5), ("distil.alpha", 5), ("student.emb_dim and teacher.emb_dim", 2)] {
        assert!(html.contains(&format!("<code>{keys}</code>")), "{keys}");
        let label = format!("aria-label=\"NDCG@10 on validation by {keys}: ");
        let drawing = html.split(&label).nth(1).unwrap().split("</svg>").next().unwrap();
        // A disc on a disc of paper.
        assert_eq!(drawing.matches("<circle").count(), 2 * n_points, "{keys}");
    }
    assert!(!html.contains("NaN") && !html.contains("<script"));

    let (best, out) = (report.join("best.json"), folder.path().join("out"));
    let best_of: Value = serde_json::from_slice(&std::fs::read(&best).unwrap()).unwrap();
    assert_eq!(best_of, trials[0]["set"]);
    let config = ["--config", best.to_str().unwrap(), "--out", out.to_str().unwrap(), "--json"];
    let trained = json(&[&["train"][..], &flags, &config].concat());
    let student = trained["models"].as_array().unwrap().iter().find(|model| model["name"] == "student").unwrap();
    assert_eq!(student["hyper"], tuned["best_hyper"]);
    let valid = student["per_seed"][0]["validation"]["ndcg@10"].as_f64().unwrap();
    assert!((valid - trials[0]["of_seeds"][0].as_f64().unwrap()).abs() < 1e-9);
}

#[test]
fn a_search_goes_on_with_what_it_has_not_tried_and_with_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let data = crate::common::ratings(folder.path());
    let report = folder.path().join("report");
    let args = [
        "tune",
        "--data",
        data.to_str().unwrap(),
        "--model",
        "ease",
        "--search",
        "grid",
        "--try",
        "ease.lambda=1,10,1000",
        "--report",
        report.to_str().unwrap(),
    ];
    let file = report.join("tune.json");
    let read = || -> Value { serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap() };
    let resumed = [&args[..], &["--resume"]].concat();
    let nothing = run(&resumed);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("nothing to resume"));

    assert!(run(&args).status.success());
    let whole = read();
    // As it is after two of four: their seconds tell whether they were tried again.
    let mut half = whole.clone();
    let kept: Vec<Value> = half["trials"].as_array().unwrap().iter().take(2).cloned().collect();
    half["trials"] = kept
        .iter()
        .cloned()
        .map(|mut trial| {
            trial["seconds"] = Value::from(1234.5);
            trial
        })
        .collect();
    std::fs::write(&file, half.to_string()).unwrap();
    let output = run(&resumed);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seconds: Vec<bool> =
        read()["trials"].as_array().unwrap().iter().map(|trial| trial["seconds"] == 1234.5).collect();
    assert_eq!(seconds, [true, true, false, false]);
    let figures = |of: &Value| -> Vec<(Value, Value)> {
        let trials = of["trials"].as_array().unwrap().iter();
        trials.map(|trial| (trial["set"].clone(), trial["of_seeds"].clone())).collect()
    };
    assert_eq!(figures(&read()), figures(&whole));

    let other = run(&[&resumed[..], &["--seeds", "2"]].concat());
    assert_eq!(other.status.code(), Some(1));
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(said.contains("another search") && said.contains("command") && said.contains("--seeds 2"), "{said}");
    std::fs::write(&file, "{").unwrap();
    let damaged = run(&resumed);
    assert!(String::from_utf8_lossy(&damaged.stderr).contains("no usable search"));
}

/// The committed searches are read by whoever looks them up: they keep their form.
#[test]
fn a_search_has_every_field_of_those_that_are_committed() {
    let folder = tempfile::tempdir().unwrap();
    let data = split(&folder.path().join("data"), |user| (user + 1) % 20);
    let tuned = json(&["tune", "--data", data.to_str().unwrap(), "--model", "ease", "--trials", "2", "--json"]);
    let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/tuning");
    let mut n_read = 0;
    for folder in std::fs::read_dir(reports).unwrap().flatten() {
        let committed: Value =
            serde_json::from_slice(&std::fs::read(folder.path().join("tune.json")).unwrap()).unwrap();
        for key in committed.as_object().unwrap().keys() {
            assert!(tuned.get(key).is_some(), "{key} of {}", folder.path().display());
        }
        for key in committed["trials"][0].as_object().unwrap().keys() {
            assert!(tuned["trials"][0].get(key).is_some(), "{key} of a trial of {}", folder.path().display());
        }
        n_read += 1;
    }
    assert!(n_read > 0);
}
