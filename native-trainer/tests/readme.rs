//! The README's tables of several seeds are those of the committed reports: each is written by the command it names.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::path::Path;

use serde_json::Value;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
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
fn the_readme_shows_the_rows_of_the_reports() {
    let readme = read("../README.md");
    for name in ["movielens"] {
        let report: Value = serde_json::from_str(&read(&format!("reports/{name}/report.json"))).unwrap();
        let rows = report["models"].as_array().unwrap().iter().map(row);
        let differences = report["comparisons"].as_array().unwrap().iter().map(difference);
        let missing: Vec<String> = rows.chain(differences).filter(|row| !readme.contains(row.as_str())).collect();
        assert!(missing.is_empty(), "README.md lacks these rows of the report {name}:\n{}", missing.join("\n"));
        let command = report["command"].as_str().unwrap();
        assert!(readme.contains(command), "README.md lacks the command {command}");
        for (key, digits) in [("retention", 3), ("distillation_gain", 2)] {
            let value = format!("{:.digits$}", report[key].as_f64().unwrap());
            assert!(readme.contains(&value), "README.md lacks {key} {value} of the report {name}");
        }
    }
}
