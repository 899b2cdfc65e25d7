//! What was found in a file: counts, what ratings mean, and the rows.

use leptos::prelude::*;

use super::Import;
use super::fix::{Fix, RowFix};
use crate::explorer::{Shelf, Taste};
use crate::history::{HistoryRow, MatchReport, Outcome, Policy, Verdict};
use crate::page::text;
use crate::ranking::fixed;

/// Rows of a list that are shown at once; a history has thousands.
const N_ROWS: usize = 60;

#[component]
pub(super) fn Report(import: Import) -> impl IntoView {
    let policy = RwSignal::new(Policy::default());
    let fixing = RwSignal::new(None::<u32>);
    let with = move |look: &dyn Fn(&MatchReport) -> String| import.report.with(|report| report.as_ref().map(look));
    let (notes, has_ratings) = import.report.with_untracked(|report| {
        let history = report.as_ref().map(MatchReport::history);
        let notes = history.map(|history| history.notes.iter().map(ToString::to_string).collect::<Vec<_>>());
        (notes.unwrap_or_default(), history.is_some_and(|history| history.has_ratings()))
    });
    let tastes = move || -> Vec<(u32, Taste)> {
        let taste = |verdict: Verdict| match verdict {
            Verdict::Liked => Taste::Liked,
            Verdict::Disliked => Taste::Disliked,
            Verdict::Seen => Taste::Seen,
        };
        let verdicts = import.report.with(|report| report.as_ref().map(|report| report.tastes(policy.get())));
        verdicts.unwrap_or_default().into_iter().map(|found| (found.item_idx, taste(found.verdict))).collect()
    };
    let tally = move || {
        let tastes = tastes();
        let n = |wanted: Taste| tastes.iter().filter(|(_, taste)| *taste == wanted).count();
        match tastes.is_empty() {
            true => text::NOTHING_FOUND.to_owned(),
            false => text::to_add(&text::tally(n(Taste::Liked), n(Taste::Disliked), n(Taste::Seen))),
        }
    };
    let take = move |is_new: bool| {
        let tastes = tastes();
        import.take_over(tastes.len(), move |shelf| {
            if is_new {
                *shelf = Shelf::default();
            }
            tastes.into_iter().for_each(|(item_idx, taste)| shelf.set(item_idx, taste));
        });
    };
    let is_nothing = Memo::new(move |_| tastes().is_empty());
    view! {
        <div class="report" data-testid="import-report">
            <p class="found" role="status" data-testid="import-found">
                {move || with(&|report| text::found(report.history().source.name(), report.counts()))}
            </p>
            <ul class="note">{notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}</ul>
            {if has_ratings { thresholds(policy) } else { watched(policy) }}
            <p class="note" role="status" data-testid="import-tally">
                {tally}
            </p>
            <div class="report-actions">
                <button class="button" data-testid="import-add" disabled=move || is_nothing.get() on:click=move |_| take(false)>
                    {text::ADD}
                </button>
                <button class="quiet" data-testid="import-replace" disabled=move || is_nothing.get() on:click=move |_| take(true)>
                    {text::REPLACE}
                </button>
                <button class="quiet" on:click=move |_| import.restart()>
                    {text::ANOTHER_FILE}
                </button>
            </div>
            {rows(import, fixing, "import-ambiguous", |_| text::TO_DECIDE.to_owned(), true, MatchReport::ambiguous)}
            {rows(import, fixing, "import-unmatched", text::not_found_list, false, MatchReport::unmatched)}
            {rows(import, fixing, "import-matched", text::found_list, false, |report| {
                report.matched().iter().map(|found| found.row_idx).collect()
            })}
        </div>
    }
}

/// From which rating on a film is liked, and up to which it is not for the visitor.
fn thresholds(policy: RwSignal<Policy>) -> AnyView {
    let list = |label: &'static str, name: &'static str, tenths: Vec<u8>, chosen: u8, choose: fn(&mut Policy, f32)| {
        let part = |tenth: u8| f32::from(tenth) / 10.0;
        let option = move |tenth: u8| {
            let said = if tenth == 0 { text::NO_DISLIKES.to_owned() } else { text::rating(part(tenth)) };
            view! {
                <option value=tenth.to_string() selected=tenth == chosen>
                    {said}
                </option>
            }
        };
        view! {
            <label>
                <span>{label}</span>
                <select
                    data-testid=name
                    on:change=move |event| {
                        let tenth = event_target_value(&event).parse().unwrap_or(chosen);
                        policy.update(|policy| choose(policy, part(tenth)));
                    }
                >
                    {tenths.into_iter().map(option).collect_view()}
                </select>
            </label>
        }
    };
    view! {
        <div class="thresholds">
            {list(text::LIKED_FROM, "liked-from", (5..=10).rev().collect(), 7, |policy, part| policy.liked_from = part)}
            {list(text::DISLIKED_TO, "disliked-to", (0..=4).rev().collect(), 4, |policy, part| {
                policy.disliked_to = if part > 0.0 { part } else { -1.0 };
            })}
        </div>
    }
    .into_any()
}

/// What the films of a file without ratings are to the visitor.
fn watched(policy: RwSignal<Policy>) -> AnyView {
    let choice = |label: &'static str, verdict: Verdict| {
        let is_on = Memo::new(move |_| policy.with(|policy| policy.watched == verdict));
        view! {
            <button
                class="preset"
                aria-pressed=move || is_on.get().to_string()
                on:click=move |_| policy.update(|policy| policy.watched = verdict)
            >
                {label}
            </button>
        }
    };
    view! {
        <fieldset class="control" data-testid="import-watched">
            <legend>{text::WATCHED_MEANS}</legend>
            <div class="choices">
                {choice(text::WATCHED_SEEN, Verdict::Seen)} {choice(text::WATCHED_LIKED, Verdict::Liked)}
            </div>
        </fieldset>
    }
    .into_any()
}

/// One of the three lists, folded unless there is something to decide.
fn rows(
    import: Import,
    fixing: RwSignal<Option<u32>>,
    name: &'static str,
    heading: fn(usize) -> String,
    is_open: bool,
    of: fn(&MatchReport) -> Vec<u32>,
) -> AnyView {
    let list = Memo::new(move |_| import.report.with(|report| report.as_ref().map(of)).unwrap_or_default());
    let n_shown = RwSignal::new(N_ROWS);
    let n_more = move || list.with(Vec::len).saturating_sub(n_shown.get());
    view! {
        <details class="rows" data-testid=name open=is_open hidden=move || list.with(Vec::is_empty)>
            <summary>{move || heading(list.with(Vec::len))}</summary>
            <ul>
                {move || {
                    let shown: Vec<u32> = list.with(|list| list.iter().take(n_shown.get()).copied().collect());
                    shown.into_iter().map(|row_idx| row(import, fixing, row_idx)).collect_view()
                }}
            </ul>
            <button class="quiet" hidden=move || n_more() == 0 on:click=move |_| n_shown.update(|n| *n += N_ROWS)>
                {move || text::more_rows(n_more())}
            </button>
        </details>
    }
    .into_any()
}

/// A film as a file names it: text, whatever is in it.
pub(super) fn named(row: &HistoryRow) -> String {
    let title = row.title.as_deref().or(row.id.as_deref()).unwrap_or_default();
    row.year.map_or_else(|| title.to_owned(), |year| format!("{title} ({year})"))
}

fn row(import: Import, fixing: RwSignal<Option<u32>>, row_idx: u32) -> AnyView {
    let found = import.report.with_untracked(|report| {
        let report = report.as_ref()?;
        Some((report.row(row_idx)?.clone(), report.outcome(row_idx)?.clone()))
    });
    let Some((row, outcome)) = found else { return ().into_any() };
    let core = import.session.core();
    let rating = row.rating.map(|rating| fixed(f64::from(10.0 * rating), 0) + "/10");
    let (candidates, meant) = match outcome {
        Outcome::Ambiguous(candidates) => (candidates, None),
        Outcome::Matched(item_idx) => (Vec::new(), Some(core.full_name(crate::explorer::Vertex::Item(item_idx)))),
        Outcome::Unmatched => (Vec::new(), None),
    };
    let is_fixing = Memo::new(move |_| fixing.get() == Some(row_idx));
    let fix = RowFix { import, fixing, row_idx };
    view! {
        <li>
            <span class="row-name" dir="auto">{named(&row)}</span>
            <span class="row-line">{[Some(text::on_line(row.line)), rating].into_iter().flatten().collect::<Vec<_>>().join(" · ")}</span>
            <span class="row-film" dir="auto">{meant.clone()}</span>
            {fix.choices(candidates)}
            <button
                class="quiet"
                aria-expanded=move || is_fixing.get().to_string()
                on:click=move |_| fixing.update(|at| *at = (*at != Some(row_idx)).then_some(row_idx))
            >
                {if meant.is_some() { text::CHANGE } else { text::FIND }}
            </button>
            {move || is_fixing.get().then(|| view! { <Fix fix title=row.title.clone().unwrap_or_default() /> })}
        </li>
    }
    .into_any()
}
