//! What `evaluate` reports: the JSON that others read, and the page that people read.

use std::path::Path;
use std::process::{Command, Output};

use crate::common::{SMALL, ratings};
use serde_json::Value;

const MODELS: [&str; 7] =
    ["popularity", "ease", "teacher", "student", "student-fold-in", "student-scratch", "student-soft-labels"];

fn evaluate(data: &Path, more: &[&str]) -> Output {
    let args = [&["evaluate", "--data", data.to_str().unwrap()], &SMALL[..], more].concat();
    Command::new(env!("CARGO_BIN_EXE_native-trainer")).args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Text that would be markup if it were not escaped.
const HOSTILE: &str = "<script>alert('x')&\".csv";

#[test]
fn a_report_holds_every_field_and_a_page_that_fetches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join(HOSTILE);
    std::fs::rename(ratings(folder.path()), &data).unwrap();
    let report = folder.path().join("new").join("report");
    let more = ["--models", &MODELS.join(","), "--seeds", "2", "--json", "--report", report.to_str().unwrap()];
    let output = evaluate(&data, &more);
    assert!(output.status.success(), "{}", said(&output));
    let printed: Value = serde_json::from_slice(&output.stdout).expect("only JSON goes to stdout");
    let names: Vec<_> = std::fs::read_dir(&report).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "checkpoints and temporary files are gone: {names:?}");

    let json: Value = serde_json::from_slice(&std::fs::read(report.join("report.json")).unwrap()).unwrap();
    assert_eq!(json, printed);
    assert_fields(&json);

    let html = std::fs::read_to_string(report.join("report.html")).unwrap();
    for model in MODELS {
        assert!(html.contains(&format!("<th scope=\"row\">{model}</th>")), "no row {model}");
        assert!(html.contains(&format!(">\n{model}\n</text>")), "{model} is in no plot");
    }
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;alert(&#39;x&#39;)&amp;&quot;.csv"));
    let elsewhere = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for reference in ["http:", "https:", "//", "src=", "href=", "url(", "@import"] {
        assert!(!elsewhere.contains(reference), "{reference} in the page");
    }
    assert_eq!(html.matches("<figure>").count(), 4);
    assert_eq!(html.matches("<figcaption>").count(), 4);
    assert_eq!(html.matches("role=\"img\" aria-label=").count(), 8, "each plot for wide screens and for phones");
    assert!(!html.contains("NaN") && !html.contains("inf,"), "no plot holds what is no number");
}

fn assert_fields(json: &Value) {
    for field in ["n_users", "n_items", "n_train", "n_valid", "n_test", "n_test_users"] {
        assert!(json["data"][field].as_u64().unwrap() > 0, "{field}");
    }
    assert_eq!(json["data"]["name"], HOSTILE);
    assert_eq!(json["seeds"], serde_json::json!([42, 43]));
    let models = json["models"].as_array().unwrap();
    assert_eq!(models.iter().map(|model| model["name"].as_str().unwrap()).collect::<Vec<_>>(), MODELS);
    for model in models {
        assert!(model["params"].is_u64() && model["params_without_embeddings"].is_u64() && model["hyper"].is_object());
        for part in ["metrics", "validation"] {
            for metric in ["ndcg", "recall", "precision", "hit"] {
                for name in [format!("{metric}@10"), format!("{metric}@20")] {
                    let value = &model[part][&name];
                    assert!((0.0..=1.0).contains(&number(&value["mean"])) && number(&value["std"]) >= 0.0, "{name}");
                    assert!(model["per_seed"].as_array().unwrap().iter().all(|seed| seed[part][&name].is_f64()));
                }
            }
        }
        assert!(number(&model["train_seconds"]["mean"]) >= 0.0 && number(&model["standard_error"]) > 0.0);
        assert_eq!(model["per_seed"].as_array().unwrap().len(), 2);
        if model["name"] != "student-fold-in" {
            for who in ["one_user", "all_users"] {
                let latency = &model["latency_ms"][who];
                assert!(number(&latency["p50"]) <= number(&latency["p95"]), "{latency}");
            }
        }
    }
    let mean = |name: &str| {
        let model = models.iter().find(|model| model["name"] == name).unwrap();
        number(&model["metrics"]["ndcg@10"]["mean"])
    };
    let comparisons = json["comparisons"].as_array().unwrap();
    assert_eq!(comparisons.len(), MODELS.len());
    for comparison in comparisons {
        let [a, b] = ["a", "b"].map(|side| mean(comparison[side].as_str().unwrap()));
        let [difference, low, high] = ["difference", "low", "high"].map(|field| number(&comparison[field]));
        assert_eq!(comparison["metric"], "ndcg@10");
        assert!((difference - (a - b)).abs() < 1e-12 && low <= difference && difference <= high, "{comparison}");
        assert!((0.0..=1.0).contains(&number(&comparison["below_zero"])));
    }
    assert!((number(&json["retention"]) - mean("student") / mean("teacher")).abs() < 1e-12);
    assert!((number(&json["distillation_gain"]) - mean("student") / mean("student-scratch")).abs() < 1e-12);
    assert!(number(&json["speedup"]) > 0.0);
    let cka: Vec<_> = json["cka"].as_array().unwrap().iter().map(|of| of["student"].as_str().unwrap()).collect();
    assert_eq!(cka, ["student", "student-scratch"]);
    let dci = |name: &str| models.iter().find(|model| model["name"] == name).unwrap()["dci"].as_f64();
    assert!(dci("teacher") == Some(1.0) && dci("student").unwrap() > 0.0 && dci("ease").is_none());
    assert!(json["command"].as_str().unwrap().starts_with("cargo run -p native-trainer -- evaluate"));
    assert!(json["versions"]["native-trainer"].is_string());
    assert!(json["machine"]["n_threads"] == 2 && json["machine"].get("cpu").is_some());
}

/// What text is worth is shown for everybody and for those with the fewest likes, each against the same without text.
#[test]
fn text_is_compared_with_no_text_for_all_and_for_those_with_few_likes() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let report = folder.path().join("report");
    let text = ["--text-encoder", "hashing", "--set", "teacher.linear.weight=1", "--json"];
    let output = evaluate(&data, &[&text[..], &["--report", report.to_str().unwrap()]].concat());
    assert!(output.status.success(), "{}", said(&output));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let row = |name: &str| json["models"].as_array().unwrap().iter().find(|row| row["name"] == name).cloned();
    let reads = |name: &str| row(name).unwrap()["hyper"]["text"]["encoder"].clone();
    assert_eq!([reads("teacher"), reads("student")], ["hashing", "hashing"]);
    assert_eq!([reads("teacher-no-text"), reads("student-no-text")], ["none", "none"]);
    let slice = &json["slices"][0];
    let n = slice["n_test_users"].as_u64().unwrap();
    let n_all = json["data"]["n_test_users"].as_u64().unwrap();
    assert!(n >= n_all.div_ceil(3) && n < n_all, "{n} of {n_all}");
    for comparisons in [&json["comparisons"], &slice["comparisons"]] {
        for name in ["teacher", "student"] {
            let is_there = |of: &Value| of["a"] == name && of["b"] == format!("{name}-no-text");
            assert_eq!(comparisons.as_array().unwrap().iter().filter(|of| is_there(of)).count(), 1, "{name}");
        }
    }
    let html = std::fs::read_to_string(report.join("report.html")).unwrap();
    assert!(html.contains("student − student-no-text") && html.contains(slice["users"].as_str().unwrap()));

    let silent: Value = serde_json::from_slice(&evaluate(&data, &["--json"]).stdout).unwrap();
    let names: Vec<_> = silent["models"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"teacher") && names.iter().all(|name| !name.ends_with("no-text")), "{names:?}");
}

#[test]
fn what_was_not_trained_is_left_out_and_nothing_breaks() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let report = folder.path().join("report");
    let output = evaluate(&data, &["--models", "popularity", "--report", report.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("report.html") && !text.contains("retention"), "{text}");
    let json: Value = serde_json::from_slice(&std::fs::read(report.join("report.json")).unwrap()).unwrap();
    for absent in ["retention", "distillation_gain", "speedup", "cka"] {
        assert!(json.get(absent).is_none(), "{absent}");
    }
    assert_eq!(json["comparisons"], serde_json::json!([]));
    let html = std::fs::read_to_string(report.join("report.html")).unwrap();
    assert!(html.contains("popularity") && !html.contains("Retention") && !html.contains("Is the difference real"));
    assert!(html.trim_end().ends_with("</html>"));
}

#[test]
fn one_seed_is_the_same_comparison_with_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let args = ["evaluate", "--data", data.to_str().unwrap(), "--models", "ease,student", "--epochs", "2", "--json"];
    // Told by the environment, and by the flag, which is stronger.
    let told: [(u32, &str, &[&str]); 3] = [(1, "1", &[]), (3, "3", &[]), (2, "1", &["--threads", "2"])];
    let comparisons = told.map(|(n_threads, environment, flag)| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_native-trainer"));
        let output = program.args(args).args(flag).env("RAYON_NUM_THREADS", environment).output().unwrap();
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["machine"]["n_threads"], n_threads);
        json["comparisons"].clone()
    });
    assert!(comparisons.iter().all(|one| *one == comparisons[0]), "{comparisons:#?}");
    assert_eq!(comparisons[0].as_array().unwrap().len(), 1);
}

#[test]
fn a_report_that_cannot_be_written_is_said_before_training() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let output = evaluate(&data, &["--models", "all", "--report", file.join("report").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(said.contains("cannot write to") && said.contains("--report"), "{said}");
    assert!(!said.contains("teacher"), "nothing was trained: {said}");
}
