//! Kinds for what `tune` wrote.

use serde_json::Value;

use super::format::{markdown, mean_std};
use super::{Ask, Fault, Json};
use crate::report::MeanStd;

/// What the trial with the settings as they are is called.
pub(super) const AS_IT_IS: &str = "as it is";

fn valid_ndcg(json: &Json, trial: &Value) -> Result<f64, Fault> {
    json.number(trial, "/valid_ndcg@10")
}

pub(super) fn is_as_it_is(trial: &Value) -> bool {
    trial["set"].as_object().is_some_and(serde_json::Map::is_empty)
}

/// `100`, whether the file has 100 or 100.0.
pub(super) fn as_written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or(number.to_string(), |number| number.to_string()),
        other => other.to_string(),
    }
}

/// `l2 0.003, n_layers 2`: every setting that was tried; from `hyper` those that stayed as they are, where that is known. A trial
/// of a sweep sets but one.
fn with(json: &Json, trial: &Value, hyper: Option<&Value>) -> Result<String, Fault> {
    let own = format!("{}.", json.text(&json.value, "/model")?);
    let space = json.at("/space")?.as_object().ok_or_else(|| json.lacks("list", "/space"))?;
    let mut said = Vec::new();
    for key in space.keys().flat_map(|keys| keys.split('+')) {
        let short = key.strip_prefix(&own).unwrap_or(key);
        // The settings of a baseline stand without its name.
        let in_hyper = |key: &str| hyper.and_then(|hyper| hyper.pointer(&format!("/{}", key.replace('.', "/"))));
        let value = trial["set"].get(key).or_else(|| in_hyper(key)).or_else(|| in_hyper(short));
        if let Some(value) = value {
            said.push(format!("{short} {}", as_written(value)));
        }
    }
    Ok(if said.is_empty() { AS_IT_IS.to_owned() } else { said.join(", ") })
}

/// What a trial gave on validation, with its deviation where there are several seeds.
pub(super) fn gave(json: &Json, trial: &Value, several: bool) -> Result<String, Fault> {
    let of_seeds = || MeanStd::of(trial["of_seeds"].as_array().into_iter().flatten().filter_map(Value::as_f64));
    Ok(mean_std(valid_ndcg(json, trial)?, several.then(|| of_seeds().std), 4))
}

/// The best configuration of several models beside what it was before; `hccf!hccf.membership_scale=0` leaves out the
/// trials with that value.
pub(super) fn tuned(ask: &Ask<'_>) -> Result<String, Fault> {
    if ask.args.is_empty() {
        return Err(ask.refused("tuned"));
    }
    let mut rows = Vec::new();
    for given in ask.args {
        let (name, without) = given.split_once('!').map_or((given.as_str(), None), |(name, rest)| (name, Some(rest)));
        let json = ask.sources.tuning(name)?;
        let left_out = without.map(|rest| rest.split_once('=').ok_or_else(|| ask.refused("tuned"))).transpose()?;
        let stays = |trial: &&Value| {
            left_out.is_none_or(|(key, value)| trial["set"].get(key).is_none_or(|set| as_written(set) != value))
        };
        // Best first, as `tune` writes them.
        let trials = json.list("/trials")?;
        let best = trials.iter().find(stays).ok_or_else(|| json.lacks("such trial", "/trials"))?;
        let hyper = std::ptr::eq(best, &trials[0]).then(|| json.value.get("best_hyper")).flatten();
        let before = match trials.iter().find(|trial| is_as_it_is(trial)) {
            Some(before) if std::ptr::eq(before, best) => "the same".to_owned(),
            Some(before) => format!("{:.4}", valid_ndcg(&json, before)?),
            None => "–".to_owned(),
        };
        let model = json.text(&json.value, "/model")?.to_owned();
        rows.push(vec![model, format!("{:.4}", valid_ndcg(&json, best)?), with(&json, best, hyper)?, before]);
    }
    Ok(markdown(&["model", "best on validation", "with", "before"].map(str::to_owned), &rows))
}

/// All configurations that were tried, best first, or the best few.
pub(super) fn trials(ask: &Ask<'_>) -> Result<String, Fault> {
    let (name, most) = match ask.args {
        [name] => (name, usize::MAX),
        [name, most] => (name, most.parse().map_err(|_| ask.refused("trials"))?),
        _ => return Err(ask.refused("trials")),
    };
    let json = ask.sources.tuning(name)?;
    let n_seeds = json.list("/seeds")?.len();
    let row = |trial: &Value| -> Result<Vec<String>, Fault> {
        let settings = if is_as_it_is(trial) { AS_IT_IS.to_owned() } else { with(&json, trial, None)? };
        Ok(vec![settings, gave(&json, trial, n_seeds > 1)?])
    };
    let rows = json.list("/trials")?.iter().take(most).map(row).collect::<Result<Vec<_>, Fault>>()?;
    let validation = if n_seeds > 1 { format!("validation, {n_seeds} seeds") } else { "validation".to_owned() };
    Ok(markdown(&["settings".to_owned(), validation], &rows))
}

/// NDCG@10 on validation of the best configuration.
pub(super) fn best(ask: &Ask<'_>) -> Result<String, Fault> {
    let [name] = ask.args else { return Err(ask.refused("best")) };
    let json = ask.sources.tuning(name)?;
    let best = json.list("/trials")?.first().ok_or_else(|| json.lacks("trial", "/trials/0"))?;
    Ok(format!("{:.4}", valid_ndcg(&json, best)?))
}
