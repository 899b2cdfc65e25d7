//! Where the model comes from, how good it is on likes it never saw, and whom to thank. All figures are the model
//! file's own.

use leptos::prelude::*;

use super::session::Session;
use super::text;
use crate::bundle::ResultRow;

#[component]
pub(crate) fn Results(session: Session) -> impl IntoView {
    let core = session.core();
    let incidence = core.recommender.incidence();
    let provenance = core.recommender.provenance();
    let story = text::story(
        incidence.n_memberships(),
        incidence.n_nodes(),
        incidence.n_hyperedges(),
        core.recommender.bundle().weights.n_parameters().0,
    );
    let rows = provenance.results.clone();
    let best = rows.iter().map(|row| row.at_10.ndcg).fold(0.0, f64::max);
    let verdict = verdict(&rows);
    let credit = text::credit(&provenance.data);
    let made = text::made_by(&provenance.command, &provenance.split, provenance.seed);
    let table = (!rows.is_empty()).then(|| {
        view! {
            <div class="table-frame" tabindex="0" role="region" aria-label=text::RESULTS_TABLE>
                <table class="table">
                    <caption>{text::RESULTS_TABLE}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{text::COLUMN_MODEL}</th>
                            <th scope="col" class="wide">
                                <abbr title=text::NDCG_HINT>"NDCG@10"</abbr>
                            </th>
                            <th scope="col">
                                <abbr title=text::RECALL_HINT>"Recall@10"</abbr>
                            </th>
                            <th scope="col">
                                <abbr title=text::HIT_HINT>"Hit rate@10"</abbr>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows.into_iter().map(|row| result(row, best)).collect_view()}</tbody>
                </table>
            </div>
        }
    });
    view! {
        <footer class="about-model">
            <section aria-labelledby="results-title">
                <h2 id="results-title">{text::RESULTS}</h2>
                <div class="about-columns">
                    <div class="prose">
                        <p>{story}</p>
                        {verdict.map(|verdict| view! { <p>{verdict}</p> })}
                        <p>
                            {text::PRIVACY}
                            // Which of the two is true is known to assets/offline/offline.js, and by it to the styles.
                            <span class="when-offline" data-testid="works-offline">{text::WORKS_OFFLINE}</span>
                            <span class="when-renewed" data-testid="new-version">{text::NEW_VERSION}</span>
                        </p>
                        {move || stage_times(session).map(|times| view! { <p class="small" data-testid="gpu-stages">{times}</p> })}
                        <p class="small">{credit}</p>
                        <p class="small">{made}</p>
                    </div>
                    {table}
                </div>
            </section>
        </footer>
    }
}

/// What the GPU's stages take, where that is known.
fn stage_times(session: Session) -> Option<String> {
    let times = session.stage_times.get();
    let times: Vec<_> = times.iter().map(|time| (time.stage.name(), time.milliseconds)).collect();
    (!times.is_empty()).then(|| text::stage_times(&times))
}

fn result(row: ResultRow, best: f64) -> impl IntoView {
    let share = if best > 0.0 { row.at_10.ndcg / best } else { 0.0 };
    let is_ours = ["student", "student-fold-in"].contains(&row.model.as_str());
    view! {
        <tr class:ours=is_ours>
            <th scope="row">{text::model_name(&row.model).to_owned()}</th>
            <td class="wide">
                <span class="table-bar" style=("--bar", text::fixed(share, 3)) aria-hidden="true"></span>
                {text::fixed(row.at_10.ndcg, 4)}
            </td>
            <td>{text::fixed(row.at_10.recall, 4)}</td>
            <td>{format!("{} %", text::fixed(100.0 * row.at_10.hit, 1))}</td>
        </tr>
    }
}

/// Retention and distillation gain in words, where the rows for them are there.
fn verdict(rows: &[ResultRow]) -> Option<String> {
    let ndcg = |model: &str| rows.iter().find(|row| row.model == model).map(|row| row.at_10.ndcg);
    let (student, teacher) = (ndcg("student")?, ndcg("teacher").filter(|ndcg| *ndcg > 0.0)?);
    let gain = ndcg("student-scratch").filter(|ndcg| *ndcg > 0.0).map(|scratch| 100.0 * (student / scratch - 1.0));
    Some(text::verdict(100.0 * student / teacher, gain))
}
