//! Kinds for what the built-in encoder's own measurement wrote.

use serde_json::Value;

use super::format::{markdown, with_commas};
use super::{Ask, Fault};

const FIGURES: &str = "native-trainer/encoder/figures.json";
/// Texts that it was measured on: their name in the file, and in the table.
const TEXTS: [(&str, &str); 5] = [
    ("wordnet", "WordNet, held out"),
    ("debian", "package descriptions, held out"),
    ("fortunes", "fortunes, held out"),
    ("movielens", "films, held out"),
    ("musical instruments reviews", "Amazon reviews of musical instruments, none seen"),
];
const MEASURES: [(&str, &str); 6] = [
    ("spearman", "Spearman"),
    ("pearson", "Pearson"),
    ("shared_of_10_nearest", "shared of 10"),
    ("recall@1", "halves @1"),
    ("recall@10", "halves @10"),
    ("same_item_among_10_nearest", "same item"),
];
/// Encoders, in the order of the table; `student` is the one that is built in.
const ENCODERS: [&str; 5] = ["teacher", "student", "hashing", "words", "untrained"];

/// The files of the built-in encoder.
pub(super) fn files(ask: &Ask<'_>) -> Result<String, Fault> {
    let json = ask.sources.report(FIGURES)?;
    let files = json.at("/files")?.as_object().ok_or_else(|| json.lacks("files", "/files"))?;
    let row = |(name, file): (&String, &Value)| -> Result<Vec<String>, Fault> {
        let bytes = with_commas(json.number(file, "/bytes")?);
        Ok(vec![format!("`{name}`"), bytes, format!("`{}`", json.text(file, "/sha256")?)])
    };
    let rows = files.iter().map(row).collect::<Result<Vec<_>, Fault>>()?;
    Ok(markdown(&["file", "bytes", "sha256"].map(str::to_owned), &rows))
}

/// How good it is beside others, on several kinds of text.
pub(super) fn measured(ask: &Ask<'_>) -> Result<String, Fault> {
    let json = ask.sources.report(FIGURES)?;
    let mut rows = Vec::new();
    for (key, title) in TEXTS {
        let texts = json.at(&format!("/measured/{key}"))?;
        for (at, encoder) in ENCODERS.into_iter().enumerate() {
            let measured = texts.pointer(&format!("/encoders/{encoder}"));
            let measured = measured.ok_or_else(|| json.lacks("encoder", &format!("/measured/{key}/{encoder}")))?;
            let bold = |text: String| if encoder == "student" { format!("**{text}**") } else { text };
            let first = match at {
                0 => format!("{title} ({})", with_commas(json.number(texts, "/n_texts")?)),
                _ => String::new(),
            };
            let name = if encoder == "student" { "built-in" } else { encoder };
            let cells = MEASURES.iter().map(|(measure, _)| {
                // Not every encoder has every measure: agreement with itself, or halves of titles.
                measured[*measure].as_f64().map_or(String::new(), |value| bold(format!("{value:.3}")))
            });
            rows.push([first, bold(name.to_owned())].into_iter().chain(cells).collect());
        }
    }
    let titles: Vec<String> =
        ["texts", "encoder"].into_iter().chain(MEASURES.map(|(_, title)| title)).map(str::to_owned).collect();
    Ok(markdown(&titles, &rows))
}
