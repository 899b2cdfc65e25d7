//! Where the model comes from, how good it is on likes it never saw, and whom to thank. All figures are the model
//! file's own.

use leptos::prelude::*;

use super::dom::{El, el};
use super::session::Session;
use super::text;
use crate::bundle::ResultRow;

pub(crate) fn results(session: Session) -> El {
    let core = session.core();
    let incidence = core.recommender.incidence();
    let provenance = core.recommender.provenance();
    let story = text::story(
        incidence.n_memberships(),
        incidence.n_nodes(),
        incidence.n_hyperedges(),
        core.recommender.bundle().weights.n_parameters().0,
    );
    let rows = &provenance.results;
    let stages = move || {
        let line = |times: String| el("p", "small").testid("gpu-stages").text(&times);
        stage_times(session).map(line).into_iter().collect()
    };
    // Which of the two is true is known to assets/offline/offline.js, and by it to the styles.
    let privacy = el("p", "")
        .text(text::PRIVACY)
        .child(el("span", "when-offline").testid("works-offline").text(text::WORKS_OFFLINE))
        .child(el("span", "when-renewed").testid("new-version").text(text::NEW_VERSION));
    let prose = el("div", "prose")
        .child(el("p", "").text(&story))
        .children(verdict(rows).map(|verdict| el("p", "").text(&verdict)))
        .child(privacy)
        .live_children(stages)
        .child(el("p", "small").text(&text::credit(&provenance.data)))
        .child(el("p", "small").text(&text::made_by(&provenance.command, &provenance.split, provenance.seed)));
    let columns = el("div", "about-columns").child(prose).children((!rows.is_empty()).then(|| table(rows)));
    let section = el("section", "")
        .attr("aria-labelledby", "results-title")
        .child(el("h2", "").attr("id", "results-title").text(text::RESULTS))
        .child(columns);
    el("footer", "about-model").child(section)
}

fn table(rows: &[ResultRow]) -> El {
    let best = rows.iter().map(|row| row.at_10.ndcg).fold(0.0, f64::max);
    let column = |class: &str| el("th", class).attr("scope", "col");
    let measure = |name: &str, hint: &str| el("abbr", "").attr("title", hint).text(name);
    let head = el("tr", "")
        .child(column("").text(text::COLUMN_MODEL))
        .child(column("wide").child(measure("NDCG@10", text::NDCG_HINT)))
        .child(column("").child(measure("Recall@10", text::RECALL_HINT)))
        .child(column("").child(measure("Hit rate@10", text::HIT_HINT)));
    let table = el("table", "table")
        .child(el("caption", "").text(text::RESULTS_TABLE))
        .child(el("thead", "").child(head))
        .child(el("tbody", "").children(rows.iter().map(|row| result(row, best))));
    el("div", "table-frame")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", text::RESULTS_TABLE)
        .child(table)
}

/// What the GPU's stages take, where that is known.
fn stage_times(session: Session) -> Option<String> {
    let times = session.stage_times.get();
    let times: Vec<_> = times.iter().map(|time| (time.stage.name(), time.milliseconds)).collect();
    (!times.is_empty()).then(|| text::stage_times(&times))
}

fn result(row: &ResultRow, best: f64) -> El {
    let share = if best > 0.0 { row.at_10.ndcg / best } else { 0.0 };
    let is_ours = ["student", "student-fold-in"].contains(&row.model.as_str());
    let bar = el("span", "table-bar").style("--bar", &text::fixed(share, 3)).attr("aria-hidden", "true");
    el("tr", if is_ours { "ours" } else { "" })
        .child(el("th", "").attr("scope", "row").text(text::model_name(&row.model)))
        .child(el("td", "wide").child(bar).text(&text::fixed(row.at_10.ndcg, 4)))
        .child(el("td", "").text(&text::fixed(row.at_10.recall, 4)))
        .child(el("td", "").text(&format!("{} %", text::fixed(100.0 * row.at_10.hit, 1))))
}

/// Retention and distillation gain in words, where the rows for them are there.
fn verdict(rows: &[ResultRow]) -> Option<String> {
    let ndcg = |model: &str| rows.iter().find(|row| row.model == model).map(|row| row.at_10.ndcg);
    let (student, teacher) = (ndcg("student")?, ndcg("teacher").filter(|ndcg| *ndcg > 0.0)?);
    let gain = ndcg("student-scratch").filter(|ndcg| *ndcg > 0.0).map(|scratch| 100.0 * (student / scratch - 1.0));
    Some(text::verdict(100.0 * student / teacher, gain))
}
