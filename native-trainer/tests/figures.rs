//! The figures of the texts are those of the committed reports, and whoever changes one of the two is told.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use native_trainer::figures::{DOCUMENTS, Fault, FigureError, Sources, documents, renew};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources() -> Sources {
    Sources::new(&root())
}

#[test]
fn the_texts_show_what_the_reports_say() {
    let documents = documents(&root()).unwrap();
    let differences: Vec<String> = documents
        .iter()
        .flat_map(|document| {
            let differences = document.renewed.differences.iter();
            differences.map(|difference| format!("{}: {difference:#?}", document.name))
        })
        .collect();
    assert!(
        differences.is_empty(),
        "`cargo run -p native-trainer -- figures` writes these anew:\n{}",
        differences.join("\n")
    );
}

/// What must be under a marker, so that a table that lost its markers is missed.
#[test]
fn the_results_of_the_readme_are_under_markers() {
    let documents = documents(&root()).unwrap();
    let of = |name: &str| &documents.iter().find(|document| document.name == name).unwrap().renewed;
    let markers = &of("README.md").markers;
    let mut wanted = vec!["shipped".to_owned()];
    for report in ["movielens", "musical-instruments"] {
        wanted.extend(["command", "results", "differences"].map(|kind| format!("{kind} {report}")));
    }
    wanted.extend(["gain movielens", "retention movielens", "speedup movielens"].map(str::to_owned));
    wanted.extend(["student", "teacher"].map(|model| format!("latency movielens {model}")));
    let missing: Vec<_> = wanted.iter().filter(|wanted| !markers.contains(wanted)).collect();
    assert!(missing.is_empty(), "README.md has no markers {missing:?}");
    assert!(of("native-trainer/NOTES.md").markers.len() >= 8);
    assert_eq!(of("native-trainer/encoder/README.md").markers, ["encoder-files", "encoder-measured"]);
}

/// Independent of the code that writes them: rows, intervals, command and ratios as the test wants them.
#[test]
fn the_readme_holds_every_row_of_the_reports() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for name in ["movielens", "musical-instruments"] {
        let path = root().join(format!("native-trainer/reports/{name}/report.json"));
        let report: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let rows = report["models"].as_array().unwrap().iter().map(row);
        let differences = report["comparisons"].as_array().unwrap().iter().map(difference);
        let missing: Vec<String> = rows.chain(differences).filter(|row| !readme.contains(row.as_str())).collect();
        assert!(missing.is_empty(), "README.md lacks these rows of the report {name}:\n{}", missing.join("\n"));
        let command = report["command"].as_str().unwrap();
        assert!(readme.contains(command), "README.md lacks the command {command}");
    }
    let path = root().join("native-trainer/reports/movielens/report.json");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (key, digits) in [("retention", 3), ("distillation_gain", 2)] {
        let value = format!("{:.digits$}<!-- /figure -->", report[key].as_f64().unwrap());
        assert!(readme.contains(&value), "README.md lacks {key} {value}");
    }
}

/// `| ease | 0.1953 | ... |`, with deviations over seeds where a model has any.
fn row(model: &Value) -> String {
    let closed_form = ["popularity", "itemknn", "ease"].contains(&model["name"].as_str().unwrap());
    let cell = |metric: &str| {
        let [mean, std] = ["mean", "std"].map(|part| model["metrics"][metric][part].as_f64().unwrap());
        if closed_form { format!("{mean:.4}") } else { format!("{mean:.4} ± {std:.4}") }
    };
    let cells = ["ndcg@10", "recall@10", "hit@10", "ndcg@20"].map(cell).join(" | ");
    format!("| {} | {cells} | {} |", model["name"].as_str().unwrap(), model["params"])
}

/// `| student - ease | +0.0072 | [-0.0010, +0.0154] |`
fn difference(comparison: &Value) -> String {
    let number = |key: &str| comparison[key].as_f64().unwrap();
    let (a, b) = (comparison["a"].as_str().unwrap(), comparison["b"].as_str().unwrap());
    format!("| {a} - {b} | {:+.4} | [{:+.4}, {:+.4}] |", number("difference"), number("low"), number("high"))
}

#[test]
fn a_changed_digit_is_found_in_a_table_and_in_a_sentence() {
    let text = "About a table:\n\n<!-- figures: results movielens -->\n<!-- /figures -->\n\nIt keeps \
                <!-- figure: retention movielens -->9<!-- /figure --> of it.\n";
    let whole = renew("a.md", text, &sources()).unwrap().text;
    assert!(renew("a.md", &whole, &sources()).unwrap().differences.is_empty(), "{whole}");
    let line_of = |what: &str| whole.lines().position(|line| line.contains(what)).unwrap() + 1;

    let ease = whole.lines().find(|line| line.starts_with("| ease")).unwrap();
    let changed = whole.replace(ease, &ease.replacen("0.19", "0.20", 1));
    let renewed = renew("a.md", &changed, &sources()).unwrap();
    let [found] = &renewed.differences[..] else { panic!("{:?}", renewed.differences) };
    assert_eq!((found.line, found.marker.as_str()), (line_of("| ease"), "results movielens"));
    assert_eq!((found.wanted.as_str(), found.found.contains("0.20")), (ease, true));
    assert_eq!(renewed.text, whole, "and is written as it was");

    let fewer = whole.replace(&format!("{ease}\n"), "");
    assert_eq!(renew("a.md", &fewer, &sources()).unwrap().differences[0].wanted, ease, "a missing row too");

    let retention = whole.lines().last().unwrap();
    let changed = whole.replace(retention, "It keeps <!-- figure: retention movielens -->2.000<!-- /figure --> of it.");
    let renewed = renew("a.md", &changed, &sources()).unwrap();
    let [found] = &renewed.differences[..] else { panic!("{:?}", renewed.differences) };
    assert_eq!((found.line, found.found.as_str()), (line_of("It keeps"), "2.000"));
}

#[test]
fn a_marker_that_asks_for_what_is_not_there_is_told_with_its_place() {
    let fault = |text: &str| match renew("a.md", text, &sources()).unwrap_err() {
        FigureError::At { file, line, fault } => {
            assert_eq!((file.as_str(), line), ("a.md", 2));
            fault
        }
        other => panic!("{other}"),
    };
    let table = |asks: &str| fault(&format!("\n<!-- figures: {asks} -->\n<!-- /figures -->\n"));
    let words = |asks: &str| fault(&format!("\nis <!-- figure: {asks} -->1<!-- /figure -->\n"));
    assert!(matches!(fault("\n<!-- figures: results movielens -->\n| a |\n"), Fault::NoEnd { .. }));
    assert!(matches!(table("resuts movielens"), Fault::UnknownKind { known, .. } if known.contains("results")));
    assert!(
        matches!(table("results nowhere"), Fault::NoData { file, .. } if file.contains("reports/nowhere/report.json"))
    );
    assert!(matches!(table("tuned nowhere"), Fault::NoData { file, .. } if file.contains("tuning/nowhere/tune.json")));
    assert!(matches!(table("retention movielens"), Fault::OtherForm { word: "figure", .. }));
    assert!(matches!(words("results movielens"), Fault::OtherForm { word: "figures", .. }));
    assert!(matches!(words("retention"), Fault::Args { usage: "REPORT", .. }));
    assert!(matches!(words("mean movielens nobody ndcg@10"), Fault::NotIn { known, .. } if known.contains("student")));
    assert!(matches!(words("mean movielens student dcg@10"), Fault::NoValue { what: "number", .. }));
    assert!(matches!(words("value movielens /data/n_users 99"), Fault::Format { .. }));
}

#[test]
fn any_list_of_any_file_can_be_a_table() {
    let text =
        "<!-- figures: table movielens /comparisons a=/a \"minus b=/b\" by=/difference:+3 -->\n<!-- /figures -->\n";
    let shown = renew("a.md", text, &sources()).unwrap().text;
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[2..5], ["| a | minus b | by |", "|---|---|---|", "| student | popularity | +0.110 |"]);
}

/// Reports that are not committed yet have these; what a model lacks is a dash.
#[test]
fn what_is_measured_beside_rankings_can_be_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let report = serde_json::json!({
        "seeds": [42, 43],
        "cka": [{"student": "student", "users": {"linear": {"mean": 0.5, "std": 0.25}, "unbiased": null},
            "items": {"linear": {"mean": 0.75, "std": 0.0}, "unbiased": {"mean": -0.125, "std": 0.5}}}],
        "models": [
            {"name": "ease", "params": 12, "latency_ms": null},
            {"name": "student", "params": 12, "held_bytes": 12345, "dci": 0.0625, "latency_ms": null},
        ],
    });
    std::fs::write(folder.path().join("r.json"), report.to_string()).unwrap();
    let shown = |asks: &str| {
        let text = format!("<!-- figures: {asks} -->\n<!-- /figures -->\n");
        let made = renew("a.md", &text, &Sources::new(folder.path())).unwrap().text;
        made.lines()
            .filter(|line| line.starts_with("| student |") || line.starts_with("| ease"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(shown("cka r.json").ends_with("| student | 0.500 ± 0.250 | – | 0.750 ± 0.000 | -0.125 ± 0.500 |"));
    assert_eq!(shown("results r.json held dci ms"), "| ease | – | – | – |\n| student | 12,345 | 0.062 | – |");
}

#[test]
fn studies_can_be_tables() {
    let folder = tempfile::tempdir().unwrap();
    let of = |mean: f64| serde_json::json!({"metrics": {"ndcg@10": {"mean": mean, "std": 0.01}}});
    let mut student = of(0.3);
    student["difference"] = serde_json::json!({"difference": -0.2, "low": -0.3, "high": -0.1});
    let report = serde_json::json!({"seeds": [42, 43], "variants": [
        {"name": "full", "shows": "all of it", "teacher": of(0.6), "student": of(0.5)},
        {"name": "a/none", "shows": "no a", "student": student},
        {"name": "b/none", "shows": "no b", "same_as": "full"},
        {"name": "c/none", "shows": "no c", "same_as": "a/none"},
        {"name": "d/none", "shows": "no d", "not_applicable": "no text"},
    ]});
    std::fs::write(folder.path().join("a.json"), report.to_string()).unwrap();
    let trial =
        |set: Value, mean: f64| serde_json::json!({"set": set, "valid_ndcg@10": mean, "of_seeds": [mean, mean]});
    let sweep = serde_json::json!({"model": "student", "seeds": [42, 43], "space": {"x": [1.0, 2.0], "y": ["dot"], "z+w": [8]}, "trials": [
        trial(serde_json::json!({"x": 2}), 0.3), trial(serde_json::json!({}), 0.2), trial(serde_json::json!({"y": "dot"}), 0.1),
        trial(serde_json::json!({"z": 8, "w": 8}), 0.4),
    ]});
    let of_sweep = folder.path().join("native-trainer/reports/tuning/s");
    std::fs::create_dir_all(&of_sweep).unwrap();
    std::fs::write(of_sweep.join("tune.json"), sweep.to_string()).unwrap();
    let sources = Sources::new(folder.path());
    let lines = |asks: &str| {
        let text = renew("a.md", &format!("<!-- figures: {asks} -->\n<!-- /figures -->\n"), &sources).unwrap().text;
        text.lines().skip(4).take_while(|line| !line.starts_with("<!--")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        lines("ablated a.json"),
        [
            "| `full`: all of it | 0.6000 ± 0.0100 | 0.5000 ± 0.0100 | – | – |",
            "| `a/none`: no a | – | 0.3000 ± 0.0100 | -0.2000 | [-0.3000, -0.1000] |",
            "",
            "The same as `full` with this preset, so not trained: `b/none`, `c/none`, which is `a/none` here.",
            "",
        ]
    );
    let swept = [
        "| as it is | | 0.2000 ± 0.0000 |",
        "| x | 2 | 0.3000 ± 0.0000 |",
        "| y | dot | 0.1000 ± 0.0000 |",
        "| z+w | 8 | 0.4000 ± 0.0000 |",
        "",
    ];
    assert_eq!(lines("swept s"), swept);
    let trials = [
        "| x 2 | 0.3000 ± 0.0000 |",
        "| as it is | 0.2000 ± 0.0000 |",
        "| y dot | 0.1000 ± 0.0000 |",
        "| z 8, w 8 | 0.4000 ± 0.0000 |",
        "",
    ];
    assert_eq!(lines("trials s"), trials);
    let words = renew("a.md", "by <!-- figure: without a.json a/none -->1<!-- /figure -->", &sources).unwrap().text;
    assert!(words.contains("-->-0.2000 [-0.3000, -0.1000]<!--"), "{words}");
}

/// A copy of the repository's texts and data.
fn copy(to: &Path) {
    let reports: Vec<PathBuf> = walk(&root().join("native-trainer/reports"));
    let others = DOCUMENTS.map(|name| root().join(name)).into_iter();
    let data = ["native-trainer/encoder/figures.json", "assets/model.safetensors"].map(|name| root().join(name));
    for path in reports.into_iter().chain(others).chain(data) {
        let target = to.join(path.strip_prefix(root()).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(path, target).unwrap();
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of = |path: PathBuf| if path.is_dir() { walk(&path) } else { vec![path] };
    entries.flat_map(of).filter(|path| path.extension().is_some_and(|end| end == "json")).collect()
}

fn figures(root: &Path, more: &[&str]) -> Output {
    let args = [&["figures", "--root", root.to_str().unwrap()], more].concat();
    Command::new(env!("CARGO_BIN_EXE_native-trainer")).args(args).output().unwrap()
}

#[test]
fn the_command_checks_and_writes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    copy(root);
    let readme = root.join("README.md");
    let whole = std::fs::read_to_string(&readme).unwrap();
    let checked = figures(root, &["--check"]);
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stderr));

    let at = whole.find("retention movielens -->").unwrap() + "retention movielens -->".len();
    let changed = format!("{}7{}", &whole[..at], &whole[at + 1..]);
    assert_ne!(changed, whole);
    std::fs::write(&readme, &changed).unwrap();
    let line = whole[..at].lines().count();
    for _ in 0..2 {
        let checked = figures(root, &["--check", "--json"]);
        assert_eq!(checked.status.code(), Some(1));
        let said = String::from_utf8(checked.stderr).unwrap();
        assert!(said.contains(&format!("README.md:{line} (retention movielens)")), "{said}");
        let json: Value = serde_json::from_slice(&checked.stdout).expect("only JSON goes to stdout");
        assert_eq!(json["documents"][0]["differences"][0]["line"], line);
        assert_eq!(std::fs::read_to_string(&readme).unwrap(), changed, "a check changes nothing");
    }
    let written = figures(root, &[]);
    assert_eq!(written.status.code(), Some(0));
    assert!(String::from_utf8(written.stdout).unwrap().contains(&format!("README.md:{line}")));
    assert_eq!(std::fs::read_to_string(&readme).unwrap(), whole);

    std::fs::remove_file(root.join("native-trainer/reports/movielens/report.json")).unwrap();
    let checked = figures(root, &["--check"]);
    assert_eq!(checked.status.code(), Some(1));
    let said = String::from_utf8(checked.stderr).unwrap();
    assert!(said.contains("README.md:") && said.contains("reports/movielens/report.json cannot be used"), "{said}");
}
