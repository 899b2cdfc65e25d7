//! Kinds for whatever lies in a JSON file.

use super::{Ask, Fault, format};

/// `value REPORT POINTER [FORMAT]`: one value of a file.
pub(super) fn value(ask: &Ask<'_>) -> Result<String, Fault> {
    let (report, pointer, how) = match ask.args {
        [report, pointer] => (report, pointer, "text"),
        [report, pointer, how] => (report, pointer, how.as_str()),
        _ => return Err(ask.refused("value")),
    };
    let json = ask.sources.report(report)?;
    format::shown(&json, &json.value, pointer, how)
}

/// `table REPORT POINTER "TITLE=POINTER[:FORMAT]"...`: a list of a file, a row for each of its elements.
pub(super) fn table(ask: &Ask<'_>) -> Result<String, Fault> {
    let [report, pointer, columns @ ..] = ask.args else { return Err(ask.refused("table")) };
    let json = ask.sources.report(report)?;
    let mut parsed = Vec::new();
    for column in columns {
        let (title, rest) = column.rsplit_once('=').ok_or_else(|| ask.refused("table"))?;
        let (pointer, how) = rest.split_once(':').unwrap_or((rest, "text"));
        parsed.push((title.to_owned(), pointer, how));
    }
    if parsed.is_empty() {
        return Err(ask.refused("table"));
    }
    let row = |element| parsed.iter().map(|(_, pointer, how)| format::shown(&json, element, pointer, how)).collect();
    let rows = json.list(pointer)?.iter().map(row).collect::<Result<Vec<Vec<String>>, Fault>>()?;
    let titles: Vec<String> = parsed.iter().map(|(title, ..)| title.clone()).collect();
    Ok(format::markdown(&titles, &rows))
}
