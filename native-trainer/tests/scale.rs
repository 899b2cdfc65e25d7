//! The study of sizes: every size in a process of its own, laws with their errors, and what is left out said.

use std::process::{Command, Output};

use serde_json::Value;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_native-trainer")).args(args).output().unwrap()
}

#[test]
fn small_sizes_are_measured_fitted_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report");
    let output =
        run(&["scale", "--nodes", "2000,500,1000", "--json", "--report", report.to_str().unwrap(), "--seed", "7"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let study: Value = serde_json::from_slice(&output.stdout).unwrap();
    let written: Value = serde_json::from_slice(&std::fs::read(report.join("report.json")).unwrap()).unwrap();
    assert_eq!(study, written);
    let sizes = study["sizes"].as_array().unwrap();
    assert_eq!(sizes.iter().map(|size| size["n_nodes"].as_u64().unwrap()).collect::<Vec<_>>(), [500, 1000, 2000]);
    for size in sizes {
        let number =
            |path: &str| size.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path}: {size}"));
        for path in [
            "/teacher/epoch/cpu_s",
            "/student/epoch/cpu_s",
            "/teacher_one_user/cpu_ms",
            "/student_convolution/cpu_ms",
            "/student_one_user/wall_ms",
            "/teacher_all_users/cpu_seconds",
            "/student_all_users/cpu_seconds",
        ] {
            assert!(number(path) > 0.0, "{path}: {size}");
        }
        assert_eq!(number("/teacher/n_steps_measured"), 8.0);
        // Three quarters of 9.1 likes a node are trained on.
        assert!((number("/n_edges") / number("/n_nodes") - 7.1).abs() < 0.8, "{size}");
        if cfg!(target_os = "linux") {
            assert!(number("/teacher/peak_bytes") > 1e6 && number("/student/peak_bytes") > 1e6);
        }
    }
    let law =
        |name: &str| study["laws"].as_array().unwrap().iter().find(|law| law["name"] == name).unwrap()["law"].clone();
    // What is counted has the exponent of its formula, to the digit that fixed parts leave.
    let counted = law("student_convolution_counted");
    assert!((counted["exponent"].as_f64().unwrap() - 1.0).abs() < 0.02, "{counted}");
    let epoch = law("student_epoch");
    assert!(epoch["n"] == 3 && epoch["standard_error"].as_f64().unwrap() >= 0.0, "{epoch}");
    let html = std::fs::read_to_string(report.join("report.html")).unwrap();
    for words in
        ["What growing data cost", "student, all embeddings", "scale --nodes 2000,500,1000", "stroke-dasharray"]
    {
        assert!(
            html.contains(words) || (words == "stroke-dasharray" && html.matches("<polyline").count() > 8),
            "{words}"
        );
    }
    assert!(!html.contains("http://") || html.matches("http://").count() == html.matches("http://www.w3.org").count());
    assert!(study["left_out"].as_array().unwrap().is_empty());
}

/// A budget of one second has room for the first size, which has none before it to tell by, and for no other.
#[test]
fn what_would_not_fit_is_left_out_and_said() {
    let output = run(&["scale", "--nodes", "500,100000", "--max-seconds", "1"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("left out: 100000 nodes") && text.contains("--max-seconds"), "{text}");
    assert!(text.contains("too few sizes to fit"), "{text}");
    let output = run(&["scale", "--nodes", "5000", "--memory-limit", "0.01"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("5000 nodes") && said.contains("10 MB may be taken") && said.contains("--memory-limit"),
        "{said}"
    );
    assert_eq!(run(&["scale", "--nodes", "12"]).status.code(), Some(2));
}
