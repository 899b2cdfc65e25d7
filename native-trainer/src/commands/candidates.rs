//! `recommend --candidates`: items that something else has found, such as a vector index, put into the student's order.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use sharp_distill::bundle::Bundle;
use sharp_distill::ranking::Ranked;
use sharp_distill::student::{PreparedRequest, Request, Student};

/// What stands for stdin.
const STDIN: &str = "-";

/// The best `request.k` of the candidates by their exact scores; it costs what they cost, however many items the model has.
///
/// # Errors
/// See [`read`], and [`RequestError`](sharp_distill::student::RequestError).
pub(super) fn ranked(
    path: &Path,
    request: &Request,
    bundle: &Bundle,
    student: &Student,
) -> anyhow::Result<Vec<Ranked>> {
    let candidates = read(path, &bundle.item_ids)?;
    let mut prepared = PreparedRequest::default();
    prepared.refill(&bundle.config, request)?;
    let allowed = candidates.into_iter().filter(|&item_idx| prepared.allows(item_idx));
    let mut ranked: Vec<Ranked> = allowed.map(|item_idx| Ranked { item_idx, score: 0.0 }).collect();
    student.rerank(&prepared, &mut ranked);
    Ok(ranked)
}

/// The items of a file, an id a line, each once.
///
/// # Errors
/// A file that cannot be read, an id that the model does not have, or no id at all.
fn read(path: &Path, item_ids: &[String]) -> anyhow::Result<Vec<u32>> {
    let (name, text) = if path == Path::new(STDIN) {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text).map(|_| text);
        ("stdin".to_owned(), read)
    } else {
        (path.display().to_string(), std::fs::read_to_string(path))
    };
    let text = text.with_context(|| format!("the candidates cannot be read from {name}"))?;
    let places: HashMap<&str, u32> = item_ids.iter().map(String::as_str).zip(0..).collect();
    let mut found = Vec::new();
    for (line, id) in text.lines().map(str::trim).enumerate().filter(|(_, id)| !id.is_empty()) {
        let Some(&item_idx) = places.get(id) else {
            bail!("{name}, line {}: the model has no item {id:?}. A line is an id of its catalogue", line + 1);
        };
        found.push(item_idx);
    }
    if found.is_empty() {
        bail!("{name} names no candidate: a line is an id of the catalogue");
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
