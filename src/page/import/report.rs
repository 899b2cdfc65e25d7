//! What was found in a file: counts, what ratings mean, and the rows.

use leptos::prelude::*;

use super::Import;
use super::fix::{RowFix, fix};
use crate::explorer::{Shelf, Taste};
use crate::history::{HistoryRow, MatchReport, Outcome, Policy, Verdict};
use crate::page::choices::{choice, choices, toggle};
use crate::page::dom::{El, button, el, value_of};
use crate::page::text;
use crate::ranking::fixed;

/// Rows of a list that are shown at once; a history has thousands.
const N_ROWS: usize = 60;

pub(super) fn report(import: Import) -> El {
    let policy = RwSignal::new(Policy::default());
    let fixing = RwSignal::new(None::<u32>);
    let found = move || {
        let look = |report: &MatchReport| text::found(report.history().source.name(), report.counts());
        import.report.with(|report| report.as_ref().map(look))
    };
    let (notes, has_ratings) = import.report.with_untracked(|report| {
        let history = report.as_ref().map(MatchReport::history);
        let notes = history.map(|history| history.notes.iter().map(ToString::to_string).collect::<Vec<_>>());
        (notes.unwrap_or_default(), history.is_some_and(|history| history.has_ratings()))
    });
    // Three parts of the report ask, and thousands of rows are sorted for it.
    let tastes = Memo::new(move |_| -> Vec<(u32, Taste)> {
        let taste = |verdict: Verdict| match verdict {
            Verdict::Liked => Taste::Liked,
            Verdict::Disliked => Taste::Disliked,
            Verdict::Seen => Taste::Seen,
        };
        let verdicts = import.report.with(|report| report.as_ref().map(|report| report.tastes(policy.get())));
        verdicts.unwrap_or_default().into_iter().map(|found| (found.item_idx, taste(found.verdict))).collect()
    });
    let tally = move || {
        let tastes = tastes.get();
        let n = |wanted: Taste| tastes.iter().filter(|(_, taste)| *taste == wanted).count();
        Some(match tastes.is_empty() {
            true => text::NOTHING_FOUND.to_owned(),
            false => text::to_add(&text::tally(n(Taste::Liked), n(Taste::Disliked), n(Taste::Seen))),
        })
    };
    let take = move |is_new: bool| {
        let tastes = tastes.get_untracked();
        import.take_over(tastes.len(), move |shelf| {
            if is_new {
                *shelf = Shelf::default();
            }
            tastes.into_iter().for_each(|(item_idx, taste)| shelf.set(item_idx, taste));
        });
    };
    let is_nothing = move || tastes.with(Vec::is_empty);
    let add = button("button", move || take(false)).testid("import-add").flag("disabled", is_nothing).text(text::ADD);
    let replace =
        button("quiet", move || take(true)).testid("import-replace").flag("disabled", is_nothing).text(text::REPLACE);
    let other = button("quiet", move || import.restart()).text(text::ANOTHER_FILE);
    let matched = |report: &MatchReport| report.matched().iter().map(|found| found.row_idx).collect();
    let list = |name, heading, of| rows(import, fixing, Rows { name, heading, of });
    el("div", "report")
        .testid("import-report")
        .child(el("p", "found").attr("role", "status").testid("import-found").live_text(found))
        .child(el("ul", "note").children(notes.iter().map(|note| el("li", "").text(note))))
        .child(if has_ratings { thresholds(policy) } else { watched(policy) })
        .child(el("p", "note").attr("role", "status").testid("import-tally").live_text(tally))
        .child(el("div", "report-actions").child(add).child(replace).child(other))
        .child(list("import-ambiguous", |_| text::TO_DECIDE.to_owned(), MatchReport::ambiguous).attr("open", ""))
        .child(list("import-unmatched", text::not_found_list, MatchReport::unmatched))
        .child(list("import-matched", text::found_list, matched))
}

/// From which rating on a film is liked, and up to which it is not for the visitor.
fn thresholds(policy: RwSignal<Policy>) -> El {
    let part = |tenth: u8| f32::from(tenth) / 10.0;
    let list = |label: &str, name: &str, tenths: Vec<u8>, chosen: u8, choose: fn(&mut Policy, f32)| {
        let option = |tenth: u8| {
            let said = if tenth == 0 { text::NO_DISLIKES.to_owned() } else { text::rating(part(tenth)) };
            el("option", "")
                .attr("value", &tenth.to_string())
                .attr_if("selected", (tenth == chosen).then_some(""))
                .text(&said)
        };
        let change = move |event| {
            let tenth = value_of(&event).parse().unwrap_or(chosen);
            policy.update(|policy| choose(policy, part(tenth)));
        };
        let select = el("select", "").testid(name).on("change", change).children(tenths.into_iter().map(option));
        el("label", "").child(el("span", "").text(label)).child(select)
    };
    el("div", "thresholds")
        .child(list(text::LIKED_FROM, "liked-from", (5..=10).rev().collect(), 7, |policy, part| {
            policy.liked_from = part
        }))
        .child(list(text::DISLIKED_TO, "disliked-to", (0..=4).rev().collect(), 4, |policy, part| {
            policy.disliked_to = if part > 0.0 { part } else { -1.0 };
        }))
}

/// What the films of a file without ratings are to the visitor.
fn watched(policy: RwSignal<Policy>) -> El {
    let meaning = |label: &str, verdict: Verdict| {
        let is_on = move || policy.with(|policy| policy.watched == verdict);
        toggle(label, is_on, move || policy.update(|policy| policy.watched = verdict))
    };
    let meanings = [meaning(text::WATCHED_SEEN, Verdict::Seen), meaning(text::WATCHED_LIKED, Verdict::Liked)];
    choice(text::WATCHED_MEANS, choices(meanings)).testid("import-watched")
}

/// One of the three lists.
struct Rows {
    name: &'static str,
    heading: fn(usize) -> String,
    of: fn(&MatchReport) -> Vec<u32>,
}

fn rows(import: Import, fixing: RwSignal<Option<u32>>, Rows { name, heading, of }: Rows) -> El {
    let list = Memo::new(move |_| import.report.with(|report| report.as_ref().map(of)).unwrap_or_default());
    let n_shown = RwSignal::new(N_ROWS);
    let n_rows = move || list.with(Vec::len);
    let n_more = move || n_rows().saturating_sub(n_shown.get());
    let shown = move || {
        let shown: Vec<u32> = list.with(|list| list.iter().take(n_shown.get()).copied().collect());
        shown.into_iter().filter_map(|row_idx| row(import, fixing, row_idx)).collect()
    };
    let more = button("quiet", move || n_shown.update(|n| *n += N_ROWS))
        .flag("hidden", move || n_more() == 0)
        .live_text(move || Some(text::more_rows(n_more())));
    el("details", "rows")
        .testid(name)
        .flag("hidden", move || n_rows() == 0)
        .child(el("summary", "").live_text(move || Some(heading(n_rows()))))
        .child(el("ul", "").live_children(shown))
        .child(more)
}

/// A film as a file names it: text, whatever is in it.
fn named(row: &HistoryRow) -> String {
    let title = row.title.as_deref().or(row.id.as_deref()).unwrap_or_default();
    row.year.map_or_else(|| title.to_owned(), |year| format!("{title} ({year})"))
}

fn row(import: Import, fixing: RwSignal<Option<u32>>, row_idx: u32) -> Option<El> {
    let (row, outcome) = import.report.with_untracked(|report| {
        let report = report.as_ref()?;
        Some((report.row(row_idx)?.clone(), report.outcome(row_idx)?.clone()))
    })?;
    let core = import.session.core();
    let rating = row.rating.map(|rating| fixed(f64::from(10.0 * rating), 0) + "/10");
    let line = [Some(text::on_line(row.line)), rating].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let (candidates, meant) = match outcome {
        Outcome::Ambiguous(candidates) => (candidates, None),
        Outcome::Matched(item_idx) => (Vec::new(), Some(core.full_name(crate::explorer::Vertex::Item(item_idx)))),
        Outcome::Unmatched => (Vec::new(), None),
    };
    let is_fixing = move || fixing.get() == Some(row_idx);
    let row_fix = RowFix { import, fixing, row_idx };
    let change = button("quiet", move || fixing.update(|at| *at = (*at != Some(row_idx)).then_some(row_idx)))
        .says("aria-expanded", is_fixing)
        .text(if meant.is_some() { text::CHANGE } else { text::FIND });
    let element = el("li", "")
        .child(el("span", "row-name").attr("dir", "auto").text(&named(&row)))
        .child(el("span", "row-line").text(&line))
        .child(el("span", "row-film").attr("dir", "auto").text(&meant.unwrap_or_default()))
        .children(row_fix.choices(&candidates))
        .child(change);
    let title = row.title.unwrap_or_default();
    Some(element.live_children(move || is_fixing().then(|| fix(row_fix, title.clone())).into_iter().collect()))
}
