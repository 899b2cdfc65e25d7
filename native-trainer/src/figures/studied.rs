//! Kinds for the reports of `ablate` and of `tune --search sweep`.

use serde_json::Value;

use super::evaluated::{NONE, interval, metric_of};
use super::format::markdown;
use super::tuned::{AS_IT_IS, as_written, gave, is_as_it_is};
use super::{Ask, Fault};
use crate::ablation::FULL;

/// Every variant that was trained, its teacher and student, and how the student differs from the full method's; below it, the
/// variants that are the full method itself.
pub(super) fn ablated(ask: &Ask<'_>) -> Result<String, Fault> {
    let [report] = ask.args else { return Err(ask.refused("ablated")) };
    let json = ask.sources.report(report)?;
    let several = json.list("/seeds")?.len() > 1;
    let (mut rows, mut same) = (Vec::new(), Vec::new());
    for variant in json.list("/variants")? {
        let name = json.text(variant, "/name")?;
        match variant.get("same_as").and_then(Value::as_str) {
            None => {}
            Some(FULL) => {
                same.push(format!("`{name}`"));
                continue;
            }
            Some(other) => {
                same.push(format!("`{name}`, which is `{other}` here"));
                continue;
            }
        }
        if variant.get("student").is_none() {
            continue;
        }
        let reached = |who: &str| match variant.get(who) {
            None => Ok(NONE.to_owned()),
            Some(of) => metric_of(&json, of, "ndcg@10", several),
        };
        let [difference, between] = match variant.pointer("/student/difference") {
            None => [NONE.to_owned(), NONE.to_owned()],
            Some(of) => interval(&json, of)?,
        };
        let said = format!("`{name}`: {}", json.text(variant, "/shows")?);
        rows.push(vec![said, reached("teacher")?, reached("student")?, difference, between]);
    }
    let titles = ["variant", "teacher", "student", "student - full", "95 % interval"].map(str::to_owned);
    let table = markdown(&titles, &rows);
    if same.is_empty() {
        return Ok(table);
    }
    Ok(format!("{table}\n\nThe same as `full` with this preset, so not trained: {}.", same.join(", ")))
}

/// `-0.0201 [-0.0279, -0.0124]`: a variant's student minus the full method's.
pub(super) fn without(ask: &Ask<'_>) -> Result<String, Fault> {
    let [report, name] = ask.args else { return Err(ask.refused("without")) };
    let json = ask.sources.report(report)?;
    let variant = json.element("/variants", &[("name", name)])?;
    let difference = variant.pointer("/student/difference").ok_or_else(|| json.lacks("difference", "/student"))?;
    Ok(interval(&json, difference)?.join(" "))
}

/// What each value of each setting of a sweep gave on validation.
pub(super) fn swept(ask: &Ask<'_>) -> Result<String, Fault> {
    let [name] = ask.args else { return Err(ask.refused("swept")) };
    let json = ask.sources.tuning(name)?;
    let several = json.list("/seeds")?.len() > 1;
    let trials = json.list("/trials")?;
    let space = json.at("/space")?.as_object().ok_or_else(|| json.lacks("list", "/space"))?;
    let mut rows = Vec::new();
    for trial in trials.iter().filter(|trial| is_as_it_is(trial)) {
        rows.push(vec![AS_IT_IS.to_owned(), String::new(), gave(&json, trial, several)?]);
    }
    for (setting, values) in space {
        for value in values.as_array().into_iter().flatten() {
            let wanted = as_written(value);
            // Settings that go together stand as `one+other` and were set to the same value.
            let is_this = |trial: &&Value| {
                let set = trial["set"].as_object().filter(|set| set.len() == setting.split('+').count());
                let is_wanted = |key| set.and_then(|set| set.get(key)).is_some_and(|set| as_written(set) == wanted);
                setting.split('+').all(is_wanted)
            };
            let Some(trial) = trials.iter().find(is_this) else { continue };
            rows.push(vec![setting.clone(), wanted.clone(), gave(&json, trial, several)?]);
        }
    }
    Ok(markdown(&["setting", "value", "validation"].map(str::to_owned), &rows))
}
