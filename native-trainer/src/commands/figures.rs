//! `figures`: the figures of the texts, from the committed reports.

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde_json::json;

use super::print;
use crate::cli::FiguresArgs;
use crate::figures::{Document, documents, write};

/// What writes them anew.
const COMMAND: &str = "cargo run -p native-trainer -- figures";

/// Runs the command.
///
/// # Errors
/// Said in one message; with `--check`, figures that are not what the data say.
pub fn figures(args: &FiguresArgs) -> anyhow::Result<()> {
    let root = args.root.clone().unwrap_or_else(default_root);
    let documents = documents(&root)?;
    let n_differences: usize = documents.iter().map(|document| document.renewed.differences.len()).sum();
    if !args.check {
        for document in documents.iter().filter(|document| !document.renewed.differences.is_empty()) {
            write(&root, document)?;
        }
    }
    if args.json {
        print(&as_json(&documents)?)?;
    } else {
        print(&documents.iter().map(said).collect::<String>())?;
    }
    if args.check && n_differences > 0 {
        let first = documents.iter().find_map(|document| {
            let difference = document.renewed.differences.first()?;
            Some(format!("{}:{} ({})", document.name, difference.line, difference.marker))
        });
        bail!(
            "{n_differences} figures are not what the data say, the first in {}: `{COMMAND}` writes them anew",
            first.unwrap_or_default()
        );
    }
    Ok(())
}

fn said(document: &Document) -> String {
    let renewed = &document.renewed;
    let mut text = format!(
        "{}: {} figures, {} of them otherwise\n",
        document.name,
        renewed.markers.len(),
        renewed.differences.len()
    );
    for difference in &renewed.differences {
        text += &format!(
            "{}:{}: {}\n  text  {}\n  data  {}\n",
            document.name, difference.line, difference.marker, difference.found, difference.wanted
        );
    }
    text
}

fn as_json(documents: &[Document]) -> anyhow::Result<String> {
    let of = |document: &Document| {
        let differences = document.renewed.differences.iter().map(|difference| {
            json!({
                "line": difference.line,
                "marker": difference.marker,
                "text": difference.found,
                "data": difference.wanted,
            })
        });
        json!({
            "file": document.name,
            "markers": document.renewed.markers,
            "differences": differences.collect::<Vec<_>>(),
        })
    };
    let all = json!({"documents": documents.iter().map(of).collect::<Vec<_>>()});
    Ok(serde_json::to_string_pretty(&all)?)
}

/// The repository if this program still stands where it was built, else the current folder.
fn default_root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default();
    if root.join("README.md").is_file() { root } else { PathBuf::from(".") }
}
