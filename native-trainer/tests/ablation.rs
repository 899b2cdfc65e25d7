//! `ablate`: every variant against the full method, each trained once, and nothing trained that is the same.

use std::path::Path;
use std::process::{Command, Output};

use crate::common::{SMALL, ratings};
use serde_json::{Value, json};

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_native-trainer")).args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", said(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn ablate(data: &Path, more: &[&str]) -> Output {
    run(&[&["ablate", "--data", data.to_str().unwrap()], &SMALL[..], more].concat())
}

fn variant<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["variants"].as_array().unwrap().iter().find(|variant| variant["name"] == name).unwrap()
}

fn ndcg(report: &Value, name: &str, who: &str) -> f64 {
    variant(report, name)[who]["metrics"]["ndcg@10"]["mean"].as_f64().unwrap()
}

#[test]
fn a_report_says_how_each_variant_differs_and_which_are_the_same_training() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let report = folder.path().join("new").join("report");
    let more = [
        "--components",
        "positional,head,distillation,channels",
        "--variant",
        "narrow=student.emb_dim=4",
        "--seeds",
        "2",
        "--json",
        "--report",
        report.to_str().unwrap(),
    ];
    let output = ablate(&data, &more);
    let json = json_of(&output);
    let names: Vec<_> = std::fs::read_dir(&report).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "checkpoints and temporary files are gone: {names:?}");
    assert_eq!(serde_json::from_slice::<Value>(&std::fs::read(report.join("report.json")).unwrap()).unwrap(), json);
    assert_eq!((&json["complete"], &json["seeds"], &json["preset"]), (&json!(true), &json!([42, 43]), &json!("tuned")));

    for (name, other) in [
        ("positional/none", "full"),
        ("head/hybrid", "full"),
        ("distillation/soft-labels-only", "full"),
        ("distillation/structure-only", "full"),
        ("channels/no-linear", "full"),
    ] {
        let variant = variant(&json, name);
        assert_eq!(variant["same_as"], other, "{name}");
        assert!(variant.get("student").is_none() && variant.get("teacher").is_none(), "{name}");
        assert!(said(&output).contains(&format!("{name} is the same as {other}: not trained")), "{}", said(&output));
    }
    let trained = ["head/dot", "head/mlp", "distillation/no-teacher", "channels/no-wide", "channels/no-deep", "narrow"];
    let full = ndcg(&json, "full", "student");
    for name in trained {
        let student = &variant(&json, name)["student"];
        assert_eq!(student["per_seed"].as_array().unwrap().len(), 2, "{name}");
        let [difference, low, high] =
            ["difference", "low", "high"].map(|key| student["difference"][key].as_f64().unwrap());
        assert!((difference - (ndcg(&json, name, "student") - full)).abs() < 1e-12, "{name}");
        assert!(low <= difference && difference <= high, "{name}");
    }
    // Whose settings are those of the full method's teacher learns from that one.
    for (name, teacher_of) in
        [("head/dot", json!("full")), ("narrow", json!("full")), ("channels/no-deep", Value::Null)]
    {
        let variant = variant(&json, name);
        assert_eq!(variant.get("teacher_of").cloned().unwrap_or_default(), teacher_of, "{name}");
        assert_eq!(variant.get("teacher").is_some(), teacher_of.is_null(), "{name}");
    }
    assert!(variant(&json, "distillation/no-teacher").get("teacher").is_none());
    assert!(variant(&json, "full")["student"].get("difference").is_none());
    let text = said(&output);
    // The full method's, and one without each of the two channels; of each seed.
    assert_eq!(text.matches("teacher ...").count(), 6, "{text}");
    assert!(text.contains("3 teachers and 7 students"), "{text}");

    let html = std::fs::read_to_string(report.join("report.html")).unwrap();
    assert_eq!(html.matches("<figure>").count(), 1);
    for name in trained {
        assert!(html.contains(&format!("{name}, student\n</text>")), "{name} is not in the plot");
        assert!(html.contains(&format!("<th scope=\"row\">{name}</th>")), "{name} is not in the table");
    }
    assert!(html.contains("the same as the full method: not trained") && !html.contains("NaN"));
    assert!(json["command"].as_str().unwrap().starts_with("cargo run -p native-trainer -- ablate"));
}

/// The full method and the variant without a teacher are the rows that `evaluate` gives with the same flags, and a variant
/// is what `evaluate` gives with the setting: leaving out what has no say changes no bit.
#[test]
fn rows_are_those_of_evaluate_with_the_same_settings() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    for preset in ["tuned", "paper"] {
        let text = ["--preset", preset, "--text-encoder", "hashing", "--set", "teacher.linear.weight=0"];
        let flags = [&SMALL[..], &text, &["--set", "teacher.contrastive_batch=16", "--json"]].concat();
        let at = ["--data", data.to_str().unwrap()];
        let ablated = [
            "ablate",
            "--seeds",
            "1",
            "--components",
            "distillation,positional",
            "--variant",
            "plain=distil.lambda2=0,distil.lambda3=0,distil.alpha=0.3",
        ];
        let ablated = json_of(&run(&[&ablated[..], &at, &flags].concat()));
        let evaluated = |set: &[&str]| {
            let models = ["evaluate", "--models", "teacher,student,student-scratch"];
            json_of(&run(&[&models[..], &at, &flags, set].concat()))
        };
        let row = |of: &Value, name: &str| -> f64 {
            let rows = of["models"].as_array().unwrap().iter();
            rows.clone().find(|row| row["name"] == name).unwrap()["metrics"]["ndcg@10"]["mean"].as_f64().unwrap()
        };
        let full = evaluated(&[]);
        assert_eq!(ndcg(&ablated, "full", "teacher"), row(&full, "teacher"), "{preset}");
        assert_eq!(ndcg(&ablated, "full", "student"), row(&full, "student"), "{preset}");
        assert_eq!(ndcg(&ablated, "distillation/no-teacher", "student"), row(&full, "student-scratch"), "{preset}");
        if preset == "paper" {
            let set = ["--set", "distil.lambda2=0", "--set", "distil.lambda3=0", "--set", "distil.alpha=0.3"];
            assert_eq!(ndcg(&ablated, "plain", "student"), row(&evaluated(&set), "student"));
            let without = evaluated(&["--set", "distil.alpha=1"]);
            assert_eq!(ndcg(&ablated, "positional/none", "student"), row(&without, "student"));
        } else {
            assert_eq!(variant(&ablated, "plain")["same_as"], "full");
        }
    }
}

#[test]
fn what_cannot_be_made_is_refused_by_name_before_data_are_read() {
    for (more, wanted) in [
        (vec!["--variant", "mine"], "NAME=key=value"),
        (
            vec!["--variant", "mine=teacher.emb_din=8"],
            "\"mine\" cannot be made: there is no setting \"teacher.emb_din\"",
        ),
        (vec!["--variant", "mine=teacher.emb_dim=wide"], "teacher.emb_dim cannot be \"wide\""),
        (vec!["--variant", "a=student.emb_dim=8", "--variant", "a=student.emb_dim=4"], "two variants \"a\""),
        (vec!["--components", "heads"], "distillation"),
        (vec!["--resume"], "--report"),
    ] {
        let output = run(&[&["ablate", "--data", "nowhere.csv"][..], &more].concat());
        assert_eq!(output.status.code(), Some(2), "{more:?}: {}", said(&output));
        assert!(said(&output).contains(wanted), "{more:?}: {}", said(&output));
    }
    let listed = run(&["ablate", "--list", "--components", "head"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("head/mlp:") && listed.contains("student.head=mlp") && !listed.contains("text/none"));
}

#[cfg(unix)]
#[test]
fn a_study_goes_on_where_it_was_stopped_and_says_what_it_would_have_said() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let report = folder.path().join("report");
    let more = [
        "--variant",
        "dot=student.head=dot",
        "--variant",
        "narrow=teacher.emb_dim=4",
        "--seeds",
        "1",
        "--report",
        report.to_str().unwrap(),
    ];
    let long = ["--set", "teacher.fit.epochs=60", "--set", "teacher.fit.min_epochs=60"];
    let args = [&["ablate", "--data", data.to_str().unwrap()], &SMALL[..], &long[..], &more[..]].concat();
    let read = || {
        let mut report: Value = serde_json::from_slice(&std::fs::read(report.join("report.json")).unwrap()).unwrap();
        for variant in report["variants"].as_array_mut().unwrap() {
            for who in ["teacher", "student"] {
                if let Some(outcome) = variant.get_mut(who).and_then(Value::as_object_mut) {
                    outcome.remove("train_seconds");
                    outcome["per_seed"][0].as_object_mut().unwrap().remove("train_seconds");
                }
            }
        }
        report
    };
    assert!(run(&args).status.success());
    let expected = read();
    std::fs::remove_dir_all(&report).unwrap();

    // Ctrl-C while the second student, or what follows it, is trained.
    let mut child = Command::new(env!("CARGO_BIN_EXE_native-trainer"))
        .args(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();
    while !text.contains("student 2/3") {
        assert!(stderr.read_line(&mut text).unwrap() > 0, "it ended before its second student: {text}");
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    stderr.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{text}");
    assert!(text.contains("--resume"), "{text}");
    let partial = read();
    assert_eq!(partial["complete"], false);
    assert!(variant(&partial, "full").get("student").is_some() && variant(&partial, "narrow").get("student").is_none());
    assert!(std::fs::read_to_string(report.join("report.html")).unwrap().contains("This study is not finished"));
    assert!(report.join("checkpoints/teacher-of-full/teacher-seed-42.safetensors").is_file());

    let resumed = run(&[&args[..], &["--resume"]].concat());
    assert!(resumed.status.success(), "{}", said(&resumed));
    assert_eq!(read(), expected);
    assert!(!report.join("checkpoints").exists());
    let nothing = run(&[&args[..], &["--resume"]].concat());
    assert_eq!(nothing.status.code(), Some(1));
    assert!(said(&nothing).contains("there is nothing to resume"), "{}", said(&nothing));
}
