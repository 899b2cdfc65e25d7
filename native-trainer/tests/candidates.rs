//! `recommend --candidates`: the student puts what an index has found into its own order, with its own scores.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/model.safetensors");

fn recommend(more: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_native-trainer"));
    command.args(["recommend", "--model", MODEL, "--like", "Alien", "--like", "The Matrix", "--json"]).args(more);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Id and score of every place.
fn list(output: &Output) -> Vec<(String, f64)> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let place = |item: &Value| (item["id"].as_str().unwrap().to_owned(), item["score"].as_f64().unwrap());
    answer["recommendations"].as_array().unwrap().iter().map(place).collect()
}

#[test]
fn candidates_come_in_the_order_and_with_the_scores_of_the_whole_list() {
    let whole = list(&recommend(&["--k", "60"], ""));
    assert_eq!(whole.len(), 60);
    // Every third place, backwards, one of them twice; and an item that is liked, which is never recommended.
    let candidates: Vec<_> = whole.iter().step_by(3).cloned().collect();
    let mut ids: Vec<&str> = candidates.iter().rev().map(|(id, _)| id.as_str()).collect();
    ids.extend([ids[0], "2571"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), ids.join("\n")).unwrap();
    let path = file.path().to_str().unwrap();
    assert_eq!(list(&recommend(&["--k", "60", "--candidates", path], "")), candidates);
    assert_eq!(list(&recommend(&["--k", "5", "--candidates", "-"], &(ids.join("\r\n") + "\n\n"))), candidates[..5]);
}

#[test]
fn what_is_no_candidate_is_named() {
    let said = |more: &[&str], stdin: &str| {
        let output = recommend(more, stdin);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let unknown = said(&["--candidates", "-"], "2571\nno-such-film\n");
    assert!(unknown.contains("stdin, line 2: the model has no item \"no-such-film\""), "{unknown}");
    assert!(said(&["--candidates", "-"], "\n \n").contains("stdin names no candidate"));
    assert!(said(&["--candidates", "no-such-file"], "").contains("cannot be read from no-such-file"));
}
