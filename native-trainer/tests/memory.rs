//! What memory takes: estimates that hold against measured peaks, refusals before anything is trained, and texts that are
//! never all in memory.

use std::process::{Command, Output};

use crate::common::{SMALL, ratings};
use serde_json::Value;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_native-trainer")).args(args).output().unwrap()
}

/// The factor within which an estimate holds, as NOTES.md says.
const WITHIN: f64 = 1.6;

/// Two sizes, each in a process of its own; the peaks include the data, and so do the estimates.
#[cfg(target_os = "linux")]
#[test]
fn estimates_hold_against_measured_peaks() {
    for n_nodes in ["6000", "24000"] {
        let output = run(&["scale", "--one", n_nodes]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let measured: Value = serde_json::from_slice(&output.stdout).unwrap();
        for model in ["teacher", "student"] {
            let number = |name: &str| measured[model][name].as_f64().unwrap();
            let (peak, estimated) = (number("peak_bytes"), number("estimated_bytes"));
            let ratio = estimated / peak;
            assert!(
                (1.0 / WITHIN..WITHIN).contains(&ratio),
                "{n_nodes} nodes, {model}: {peak} bytes measured, {estimated} estimated"
            );
        }
    }
}

#[test]
fn what_would_not_fit_is_refused_before_it_is_trained_and_the_limit_can_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let out = folder.path().join("out");
    let train = |more: &[&str]| {
        let given = ["train", "--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()];
        run(&[&given, &SMALL[..], more].concat())
    };
    let output = train(&["--memory-limit", "0.001"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    for words in
        ["training the teacher would take about", "beside the", "--memory-limit GB", "No batch is small enough"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("teacher ..."), "nothing was trained: {said}");
    assert!(!out.join("model.safetensors").exists());
    assert_eq!(train(&["--memory-limit", "0"]).status.code(), Some(2));
    let output = train(&["--memory-limit", "16"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
