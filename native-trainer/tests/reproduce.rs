//! `reproduce`: both configurations on one data set, beside what is published, with what differs.

use std::path::Path;
use std::process::{Command, Output};

use crate::common::{SMALL, ratings};
use serde_json::Value;

const MODELS: &str = "popularity,ease,lightgcn,hccf,teacher,student,student-scratch";

fn command(data: &Path, more: &[&str]) -> Command {
    let args = [&["reproduce", "--data", data.to_str().unwrap()], &SMALL[..], more].concat();
    let mut command = Command::new(env!("CARGO_BIN_EXE_native-trainer"));
    command.args(args);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn row<'v>(configuration: &'v Value, name: &str) -> &'v Value {
    configuration["models"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()
}

fn topic<'v>(report: &'v Value, topic: &str) -> &'v str {
    let all = report["differences"].as_array().unwrap();
    let found = all.iter().find(|difference| difference["topic"] == topic);
    found.unwrap_or_else(|| panic!("nothing of {topic}"))["text"].as_str().unwrap()
}

#[test]
fn both_configurations_stand_in_one_report_with_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let (data, report) = (ratings(folder.path()), folder.path().join("report"));
    let more = ["--text-encoder", "none", "--models", MODELS, "--seeds", "2", "--json"];
    let output = command(&data, &more).args(["--report", report.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let json: Value = serde_json::from_slice(&output.stdout).expect("only JSON goes to stdout");
    let written: Value = serde_json::from_slice(&std::fs::read(report.join("report.json")).unwrap()).unwrap();
    assert_eq!(written, json);
    assert_eq!(std::fs::read_dir(&report).unwrap().count(), 2, "checkpoints are gone");

    let configurations = json["configurations"].as_array().unwrap();
    let presets: Vec<_> =
        configurations.iter().map(|configuration| configuration["preset"].as_str().unwrap()).collect();
    assert_eq!(presets, ["paper", "tuned"]);
    for configuration in configurations {
        assert_eq!(configuration["seeds"], serde_json::json!([42, 43]));
        assert_analysis(configuration);
    }
    let [paper, tuned] = &configurations[..] else { panic!("{presets:?}") };
    for name in ["popularity", "ease", "lightgcn", "hccf"] {
        for part in ["metrics", "validation", "train_seconds", "latency_ms"] {
            let [once, again] = [paper, tuned].map(|configuration| &row(configuration, name)[part]);
            assert_eq!(once, again, "{name} is trained once: even its seconds are the same");
        }
    }
    let hyper = |configuration: &Value, pointer: &str| row(configuration, "student")["hyper"].pointer(pointer).cloned();
    assert_eq!(hyper(paper, "/distil/gamma").unwrap(), 0.5);
    assert_eq!(hyper(tuned, "/distil/gamma").unwrap(), 1.0);
    let changed: Vec<_> = paper["changed"].as_array().unwrap().iter().map(|change| change.as_str().unwrap()).collect();
    assert!(changed.contains(&"teacher.fit.epochs: 200 -> 4"), "{changed:?}");

    assert_eq!(json["published"]["accuracy"], serde_json::json!([]), "nothing is published of these data");
    assert!(
        topic(&json, "data").contains("60 users, 30 items")
            && topic(&json, "data").contains("none of the publication's")
    );
    assert!(topic(&json, "likes and split").contains("ratings of 3.5 and above"));
    assert!(topic(&json, "text").starts_with("no text is read"));
    assert!(topic(&json, "seeds").starts_with("2 here"));
    assert!(topic(&json, "stopping").starts_with("4 epochs at most"));
    assert!(topic(&json, "settings changed by flags").contains("student.emb_dim: 64 -> 8"));

    let html = std::fs::read_to_string(report.join("report.html")).unwrap();
    for text in ["<code>paper</code>", "<code>tuned</code>", "Do they see alike?", "cost index", "94.1 %"] {
        assert!(html.contains(text), "the page lacks {text}");
    }
    assert!(!html.contains("Published accuracy"));
    let elsewhere = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for reference in ["<script", "http:", "https:", "src=", "href=", "url(", "NaN"] {
        assert!(!elsewhere.contains(reference), "{reference} in the page");
    }
}

/// CKA of both students, and the index as the cube root of the three ratios.
fn assert_analysis(configuration: &Value) {
    let cka = configuration["cka"].as_array().unwrap();
    assert_eq!(
        cka.iter().map(|of| of["student"].as_str().unwrap()).collect::<Vec<_>>(),
        ["student", "student-scratch"]
    );
    for of in cka {
        for part in ["users", "items"] {
            let [linear, unbiased] = ["linear", "unbiased"].map(|kind| number(&of[part][kind]["mean"]));
            assert!((0.0..=1.0 + 1e-9).contains(&linear) && unbiased <= linear && unbiased >= -1.0, "{of}");
        }
    }
    let of = |name: &str| {
        let row = row(configuration, name);
        [number(&row["latency_ms"]["one_user"]["p50"]), number(&row["held_bytes"]), number(&row["params"])]
    };
    let teacher = of("teacher");
    for name in ["lightgcn", "hccf", "teacher", "student"] {
        let index = number(&row(configuration, name)["dci"]);
        let wanted: f64 = of(name).iter().zip(teacher).map(|(ours, theirs)| ours / theirs).product();
        assert!((index - wanted.cbrt()).abs() < 1e-9, "{name}: {index}, not {}", wanted.cbrt());
    }
    // 90 nodes of 8 numbers as f16, W, two halves of the head, its two vectors; one number a like, 61 row ends.
    let student = row(configuration, "student");
    let rest = number(&student["params_without_embeddings"]);
    assert_eq!(number(&student["params"]) - rest, 90.0 * 8.0);
    let n_likes = number(&configuration["data"]["n_train"]);
    assert_eq!(of("student")[1], 2.0 * 720.0 + 4.0 * rest + 4.0 * (n_likes + 61.0));
    for name in ["popularity", "ease", "student-scratch"] {
        assert!(row(configuration, name).get("dci").is_none(), "{name}");
    }
}

#[test]
fn published_figures_stand_beside_the_data_that_they_are_of() {
    let folder = tempfile::tempdir().unwrap();
    let (data, report) = (ratings(folder.path()), folder.path().join("report"));
    let more = ["--preset", "paper", "--text-encoder", "none", "--models", "lightgcn,hccf,student", "--seeds", "1"];
    let of = ["--dataset", "amazon-cds", "--report", report.to_str().unwrap()];
    let output = command(&data, &more).args(of).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let json: Value = serde_json::from_slice(&std::fs::read(report.join("report.json")).unwrap()).unwrap();
    assert_eq!(json["configurations"].as_array().unwrap().len(), 1);
    let ours = 100.0 * number(&row(&json["configurations"][0], "student")["metrics"]["ndcg@10"]["mean"]);
    assert!(text.contains(&format!("12.17 / {ours:.2}")), "{text}");
    assert!(text.contains("12.24 / –"), "HGAtt was not trained: {text}");
    assert!(topic(&json, "data").contains("71258 users, 65443 items and 1243755 reviews"));
    let html = std::fs::read_to_string(report.join("report.html")).unwrap();
    assert!(html.contains("Published accuracy") && html.contains(&format!("<td>12.17</td><td>{ours:.2}</td>")));
}

#[test]
fn a_data_set_without_its_file_says_where_to_get_it() {
    let program = env!("CARGO_BIN_EXE_native-trainer");
    let output = Command::new(program).args(["reproduce", "--dataset", "yelp"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("yelp_academic_dataset_review.json"), "{}", said(&output));
}

/// Stopped in the first of two configurations, it ends as if nothing had happened.
#[cfg(unix)]
#[test]
fn an_interrupted_reproduction_goes_on() {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    let (data, report) = (ratings(folder.path()), folder.path().join("report"));
    let more = ["--text-encoder", "none", "--models", "ease,teacher,student", "--seeds", "1"];
    let long = ["--set", "teacher.fit.epochs=150", "--set", "teacher.fit.min_epochs=150"];
    let args = [&more[..], &long[..], &["--report", report.to_str().unwrap()]].concat();
    let metrics = || {
        let json: Value = serde_json::from_slice(&std::fs::read(report.join("report.json")).unwrap()).unwrap();
        let configurations = json["configurations"].as_array().unwrap().iter();
        let of = |configuration: &Value| {
            let models = configuration["models"].as_array().unwrap().iter();
            let metrics = models.map(|row| (row["name"].clone(), row["metrics"].clone())).collect::<Vec<_>>();
            (metrics, configuration["cka"].clone(), configuration["comparisons"].clone())
        };
        (configurations.map(of).collect::<Vec<_>>(), json["command"].clone())
    };
    let whole = command(&data, &args).output().unwrap();
    assert!(whole.status.success(), "{}", said(&whole));
    let expected = metrics();
    std::fs::remove_dir_all(&report).unwrap();

    let mut child = command(&data, &args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();
    while !text.contains("teacher ...") {
        assert!(stderr.read_line(&mut text).unwrap() > 0, "it ended before the teacher: {text}");
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    stderr.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{text}");
    assert!(text.contains("--resume") && report.join("checkpoints").join("paper").is_dir(), "{text}");
    assert!(!report.join("report.json").exists());

    let resumed = command(&data, &[&args[..], &["--resume"]].concat()).output().unwrap();
    assert!(resumed.status.success(), "{}", said(&resumed));
    assert_eq!(metrics(), expected);
    assert!(!report.join("checkpoints").exists());
}
