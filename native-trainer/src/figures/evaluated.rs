//! Kinds for the reports of `evaluate`, and for the results in the shipped model.

use serde_json::Value;

use super::format::{markdown, mean_std, signed, with_commas};
use super::{Ask, Fault, Json, KINDS};
use crate::models::Model;
use crate::report::milliseconds;

/// Columns of `results` where none are named.
const COLUMNS: [&str; 5] = ["ndcg@10", "recall@10", "hit@10", "ndcg@20", "params"];
/// Where a table has no value.
pub(super) const NONE: &str = "–";

impl Ask<'_> {
    /// That the kind does not understand its words.
    pub(super) fn refused(&self, kind: &'static str) -> Fault {
        let usage = KINDS.iter().find(|known| known.name == kind).map_or("", |known| known.usage);
        Fault::Args { kind, usage, given: self.args.join(" ") }
    }

    /// Exactly one word.
    fn only(&self, kind: &'static str) -> Result<&str, Fault> {
        match self.args {
            [word] => Ok(word),
            _ => Err(self.refused(kind)),
        }
    }
}

/// `| model | NDCG@10 | ...` of the results that the shipped model carries.
pub(super) fn shipped(ask: &Ask<'_>) -> Result<String, Fault> {
    if !ask.args.is_empty() {
        return Err(ask.refused("shipped"));
    }
    let bundle = ask.sources.model()?;
    let titles = ["model", "NDCG@10", "Recall@10", "Precision@10", "Hit@10"].map(str::to_owned);
    let row = |row: &sharp_distill::bundle::ResultRow| {
        let at = &row.at_10;
        let cells = [at.ndcg, at.recall, at.precision, at.hit].map(|value| format!("{value:.4}"));
        std::iter::once(row.model.clone()).chain(cells).collect()
    };
    Ok(markdown(&titles, &bundle.provenance.results.iter().map(row).collect::<Vec<_>>()))
}

/// The table of a report: a row for every model.
pub(super) fn results(ask: &Ask<'_>) -> Result<String, Fault> {
    let [report, columns @ ..] = ask.args else { return Err(ask.refused("results")) };
    let json = ask.sources.report(report)?;
    let columns: Vec<&str> = match columns {
        [] => COLUMNS.to_vec(),
        named => named.iter().map(String::as_str).collect(),
    };
    let several = json.list("/seeds")?.len() > 1;
    let row = |model: &Value| -> Result<Vec<String>, Fault> {
        let name = json.text(model, "/name")?;
        let cells = columns.iter().map(|column| cell(&json, model, name, column, several));
        std::iter::once(Ok(name.to_owned())).chain(cells).collect()
    };
    let rows = json.list("/models")?.iter().map(row).collect::<Result<Vec<_>, Fault>>()?;
    let titles: Vec<String> =
        std::iter::once("model").chain(columns.iter().map(|name| title(name))).map(str::to_owned).collect();
    Ok(markdown(&titles, &rows))
}

fn cell(json: &Json, model: &Value, name: &str, column: &str, several: bool) -> Result<String, Fault> {
    match column {
        "params" => Ok(json.number(model, "/params")?.to_string()),
        "ms" if model["latency_ms"].is_null() => Ok(NONE.to_owned()),
        "ms" => Ok(milliseconds(json.number(model, "/latency_ms/one_user/p50")?)),
        "dci" if model["dci"].is_null() => Ok(NONE.to_owned()),
        "dci" => Ok(format!("{:.3}", json.number(model, "/dci")?)),
        "held" if model["held_bytes"].is_null() => Ok(NONE.to_owned()),
        "held" => Ok(with_commas(json.number(model, "/held_bytes")?)),
        metric => {
            let is_closed_form = Model::ALL.iter().any(|known| known.name() == name && known.is_closed_form());
            metric_of(json, model, metric, several && !is_closed_form)
        }
    }
}

pub(super) fn metric_of(json: &Json, model: &Value, metric: &str, varies: bool) -> Result<String, Fault> {
    let of = |part: &str| json.number(model, &format!("/metrics/{metric}/{part}"));
    Ok(mean_std(of("mean")?, if varies { Some(of("std")?) } else { None }, 4))
}

fn title(column: &str) -> &str {
    match column {
        "ndcg@10" => "NDCG@10",
        "ndcg@20" => "NDCG@20",
        "recall@10" => "Recall@10",
        "recall@20" => "Recall@20",
        "precision@10" => "Precision@10",
        "precision@20" => "Precision@20",
        "hit@10" => "Hit@10",
        "hit@20" => "Hit@20",
        "params" => "learned numbers",
        "ms" => "one user, ms",
        "dci" => "cost index",
        "held" => "bytes held",
        other => other,
    }
}

/// Where the comparisons of everybody, or of a slice, lie.
fn comparisons(json: &Json, slice: Option<&String>) -> Result<String, Fault> {
    let Some(slice) = slice else { return Ok("/comparisons".to_owned()) };
    json.element("/slices", &[("name", slice)])?;
    let at = json.list("/slices")?.iter().position(|of| of["name"] == slice.as_str()).unwrap_or_default();
    Ok(format!("/slices/{at}/comparisons"))
}

pub(super) fn interval(json: &Json, comparison: &Value) -> Result<[String; 2], Fault> {
    let of = |key: &str| json.number(comparison, key).map(signed);
    Ok([of("/difference")?, format!("[{}, {}]", of("/low")?, of("/high")?)])
}

/// `| student - ease | +0.0072 | [-0.0010, +0.0154] |`
pub(super) fn differences(ask: &Ask<'_>) -> Result<String, Fault> {
    let [report, slice @ ..] = ask.args else { return Err(ask.refused("differences")) };
    if slice.len() > 1 {
        return Err(ask.refused("differences"));
    }
    let json = ask.sources.report(report)?;
    let row = |comparison: &Value| -> Result<Vec<String>, Fault> {
        let [difference, ends] = interval(&json, comparison)?;
        let (a, b) = (json.text(comparison, "/a")?, json.text(comparison, "/b")?);
        Ok(vec![format!("{a} - {b}"), difference, ends])
    };
    let rows = json.list(&comparisons(&json, slice.first())?)?.iter().map(row).collect::<Result<Vec<_>, Fault>>()?;
    Ok(markdown(&["", "difference", "95 % interval"].map(str::to_owned), &rows))
}

/// One metric of several reports side by side, a row for every model that one of them has.
pub(super) fn columns(ask: &Ask<'_>) -> Result<String, Fault> {
    let [metric, given @ ..] = ask.args else { return Err(ask.refused("columns")) };
    let mut titles = vec![String::new()];
    let mut reports = Vec::new();
    for column in given {
        let (title, report) = column.rsplit_once('=').ok_or_else(|| ask.refused("columns"))?;
        titles.push(title.to_owned());
        reports.push(ask.sources.report(report)?);
    }
    if reports.is_empty() {
        return Err(ask.refused("columns"));
    }
    let mut rows = Vec::new();
    for model in Model::ALL {
        let mut cells = Vec::new();
        for json in &reports {
            let several = json.list("/seeds")?.len() > 1 && !model.is_closed_form();
            let row = json.list("/models")?.iter().find(|row| row["name"] == model.name());
            cells.push(row.map(|row| metric_of(json, row, metric, several)).transpose()?);
        }
        if cells.iter().any(Option::is_some) {
            let cells = cells.into_iter().map(|cell| cell.unwrap_or(NONE.to_owned()));
            rows.push(std::iter::once(model.name().to_owned()).chain(cells).collect());
        }
    }
    Ok(markdown(&titles, &rows))
}

/// NDCG@10 on validation with one seed, of some models under names of one's own.
pub(super) fn validation(ask: &Ask<'_>) -> Result<String, Fault> {
    let [report, seed, given @ ..] = ask.args else { return Err(ask.refused("validation")) };
    let json = ask.sources.report(report)?;
    let seed: u64 = seed.parse().map_err(|_| ask.refused("validation"))?;
    let mut rows = Vec::new();
    for row in given {
        let (title, model) = row.rsplit_once('=').unwrap_or((row, row));
        let of_seeds = json.element("/models", &[("name", model)])?["per_seed"].as_array();
        let of_seed = of_seeds.and_then(|of| of.iter().find(|of| of["seed"] == seed));
        let of_seed = of_seed.ok_or_else(|| json.lacks("such seed", &format!("/models/{model}/per_seed/{seed}")))?;
        rows.push(vec![title.to_owned(), format!("{:.4}", json.number(of_seed, "/validation/ndcg@10")?)]);
    }
    Ok(markdown(&["model", "validation"].map(str::to_owned), &rows))
}

/// CKA of each student's embeddings with the teacher's.
pub(super) fn cka(ask: &Ask<'_>) -> Result<String, Fault> {
    let json = ask.sources.report(ask.only("cka")?)?;
    let several = json.list("/seeds")?.len() > 1;
    let row = |of: &Value| -> Result<Vec<String>, Fault> {
        let parts = ["users/linear", "users/unbiased", "items/linear", "items/unbiased"];
        let cells = parts.into_iter().map(|part| {
            if of.pointer(&format!("/{part}")).is_none_or(Value::is_null) {
                return Ok(NONE.to_owned());
            }
            let value = |kind: &str| json.number(of, &format!("/{part}/{kind}"));
            Ok(mean_std(value("mean")?, if several { Some(value("std")?) } else { None }, 3))
        });
        std::iter::once(Ok(json.text(of, "/student")?.to_owned())).chain(cells).collect()
    };
    let rows = json.list("/cka")?.iter().map(row).collect::<Result<Vec<_>, Fault>>()?;
    let titles = ["student", "users, linear", "users, unbiased", "items, linear", "items, unbiased"].map(str::to_owned);
    Ok(markdown(&titles, &rows))
}

/// The command that made a report, to be copied.
pub(super) fn command(ask: &Ask<'_>) -> Result<String, Fault> {
    let json = ask.sources.report(ask.only("command")?)?;
    Ok(format!("```sh\n{}\n```", json.text(&json.value, "/command")?))
}

fn ratio(ask: &Ask<'_>, kind: &'static str, pointer: &str, decimals: usize) -> Result<String, Fault> {
    let json = ask.sources.report(ask.only(kind)?)?;
    Ok(format!("{:.decimals$}", json.number(&json.value, pointer)?))
}

/// NDCG@10 of the student over that of the teacher.
pub(super) fn retention(ask: &Ask<'_>) -> Result<String, Fault> {
    ratio(ask, "retention", "/retention", 3)
}

/// NDCG@10 of the student over that of the same student from scratch.
pub(super) fn gain(ask: &Ask<'_>) -> Result<String, Fault> {
    ratio(ask, "gain", "/distillation_gain", 2)
}

/// Median latency of the teacher over that of the student.
pub(super) fn speedup(ask: &Ask<'_>) -> Result<String, Fault> {
    let json = ask.sources.report(ask.only("speedup")?)?;
    Ok(with_commas(json.number(&json.value, "/speedup")?))
}

/// Milliseconds of an answer: the median.
pub(super) fn latency(ask: &Ask<'_>) -> Result<String, Fault> {
    let (report, model, who) = match ask.args {
        [report, model] => (report, model, "one_user"),
        [report, model, who] if who == "all_users" => (report, model, "all_users"),
        _ => return Err(ask.refused("latency")),
    };
    let json = ask.sources.report(report)?;
    let row = json.element("/models", &[("name", model)])?;
    Ok(milliseconds(json.number(row, &format!("/latency_ms/{who}/p50"))?))
}

/// Learned numbers of a model.
pub(super) fn params(ask: &Ask<'_>) -> Result<String, Fault> {
    let [report, model] = ask.args else { return Err(ask.refused("params")) };
    let json = ask.sources.report(report)?;
    Ok(with_commas(json.number(json.element("/models", &[("name", model)])?, "/params")?))
}

/// A metric of a model: the mean over seeds.
pub(super) fn mean(ask: &Ask<'_>) -> Result<String, Fault> {
    let [report, model, metric] = ask.args else { return Err(ask.refused("mean")) };
    let json = ask.sources.report(report)?;
    metric_of(&json, json.element("/models", &[("name", model)])?, metric, false)
}

/// `+0.0029 [-0.0036, +0.0095]`
pub(super) fn difference(ask: &Ask<'_>) -> Result<String, Fault> {
    let (report, a, b, slice) = match ask.args {
        [report, a, b] => (report, a, b, None),
        [report, a, b, slice] => (report, a, b, Some(slice)),
        _ => return Err(ask.refused("difference")),
    };
    let json = ask.sources.report(report)?;
    let comparison = json.element(&comparisons(&json, slice)?, &[("a", a), ("b", b)])?;
    Ok(interval(&json, comparison)?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Form;

    #[test]
    fn kinds_are_told_apart_by_their_names() {
        let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KINDS.len());
        assert!(KINDS.iter().any(|kind| kind.form == Form::Block) && KINDS.iter().any(|kind| kind.form == Form::Words));
    }
}
