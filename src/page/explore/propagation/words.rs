//! What is said of a step, and how the chosen number came about.

use leptos::prelude::*;

use super::equation::equation;
use super::player::Player;
use super::{Scene, text, with_model};
use crate::explorer::digits::number;
use crate::explorer::propagation::{Arithmetic, N_PLACES, Name, StepKind, Term, TermName, factor};
use crate::page::dom::{El, el};
use crate::page::session::Core;
use crate::page::text::why::plain;

/// In plain words, in the field's term, as an equation.
pub(super) fn words(player: Player) -> El {
    let about = move |say: fn(Player, &Scene) -> String| {
        move || player.scene.with(|scene| scene.as_ref().map(|scene| say(player, scene)))
    };
    let term =
        |player: Player, scene: &Scene| text::term(scene.step(player.place.get()).kind, scene.trace.node).to_owned();
    let equations = move || {
        player.scene.with(|scene| {
            let Some(scene) = scene else { return Vec::new() };
            let (kind, node) = (scene.step(player.place.get()).kind, scene.trace.node);
            let (stage, of_stage) = kind.stage(node);
            let name = el("code", "").testid("flow-stage-name").text(stage);
            vec![
                el("p", "flow-equation").child(equation(text::equation(kind, node))),
                el("p", "flow-of").text(text::STAGE).child(name).child(equation(of_stage)),
            ]
        })
    };
    el("div", "flow-words")
        .child(el("p", "flow-sentence").testid("flow-sentence").attr("aria-live", "polite").live_text(about(sentence)))
        .child(el("p", "flow-term").live_text(about(term)))
        .child(el("div", "").testid("flow-equations").live_children(equations))
}

fn sentence(player: Player, scene: &Scene) -> String {
    let core = player.session.core();
    let trace = &scene.trace;
    let step = scene.step(player.place.get());
    let last = step.rows.last();
    let n = match step.kind {
        StepKind::Hidden => last.map_or(0, |row| row.cells.iter().filter(|cell| **cell > 0.0).count()),
        _ => last.map_or(core.recommender.student().config().emb_dim, |row| row.cells.len()),
    };
    let degree = last.and_then(|row| row.degree).map_or(0.0, |degree| degree.degree);
    let degree = number(f64::from(degree), if degree.fract() == 0.0 { 0 } else { 2 });
    if step.rows.is_empty() {
        return text::NOTHING_GATHERED.to_owned();
    }
    if let Some(edge) = trace.hyperedge {
        let (name, edge) = (core.name(trace.node), core.name(edge));
        return text::teacher_sentence(step.kind, trace.node, &name, &edge, n, &degree);
    }
    text::sentence(step.kind, trace.node, &core.name(trace.node), core.title(trace.item_idx), n, &degree)
}

/// The chosen number as a sum, in digits that add up.
pub(super) fn arithmetic(player: Player) -> El {
    let content =
        move || player.scene.with(|scene| scene.as_ref().and_then(|scene| written(player, scene)).unwrap_or_default());
    el("div", "flow-arithmetic").testid("flow-arithmetic").live_children(content)
}

fn written(player: Player, scene: &Scene) -> Option<Vec<El>> {
    let core = player.session.core();
    let (place, (row_idx, column)) = (player.place.get(), player.cell.get());
    let step = scene.step(place);
    let row = step.rows.get(row_idx)?;
    let value = *row.cells.get(column)?;
    let arithmetic =
        with_model(player.session, &scene.visitor, |model| scene.trace.arithmetic(model, place, row_idx, column))?;
    let printed = arithmetic.printed(value);
    let shown = plain(&number(f64::from(value), N_PLACES));
    let name = text::readout(&scene.row_name(&core, row.name), column, &shown);
    let mut parts = vec![
        el("h3", "").text(text::ARITHMETIC),
        el("p", "flow-cell").testid("flow-cell").attr("aria-live", "polite").attr("dir", "auto").text(&name),
    ];
    let Arithmetic::Sum { terms, is_clipped } = &arithmetic else {
        parts.push(el("p", "note").text(text::LEARNED));
        return Some(parts);
    };
    parts.push(el("p", "note").text(text::factors(step.kind, row.name)));
    let line = |(term, product): (&Term, &String)| {
        let factors = if let [_] = term.factors[..] {
            String::new()
        } else {
            let factors = term.factors.iter().map(|&value| plain(&factor(value, printed.n_places)));
            factors.collect::<Vec<_>>().join(" × ")
        };
        el("tr", "")
            .child(el("th", "").attr("scope", "row").attr("dir", "auto").text(&term_name(&core, scene, term.name)))
            .child(el("td", "").text(&factors))
            .child(el("td", "").text(&plain(product)))
    };
    let last = |class: &str, name: &str, number: &str| {
        el("tr", class)
            .child(el("th", "").attr("scope", "row").attr("colspan", "2").text(name))
            .child(el("td", "").text(&plain(number)))
    };
    let mut foot = Vec::new();
    foot.extend(printed.remainder.as_deref().map(|left_over| last("", text::LEFT_OVER, left_over)));
    foot.push(last("flow-total", "=", &printed.total).testid("flow-total"));
    let table = el("table", "flow-sum")
        .child(el("tbody", "").testid("flow-terms").children(terms.iter().zip(&printed.terms).map(line)));
    let frame = el("div", "flow-terms")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", text::ARITHMETIC)
        .child(table);
    parts.push(frame);
    parts.push(el("table", "flow-sum").child(el("tbody", "").children(foot)));
    if *is_clipped {
        parts.push(el("p", "note").text(text::CLIPPED));
    }
    Some(parts)
}

fn term_name(core: &Core, scene: &Scene, name: TermName) -> String {
    match name {
        TermName::Column(column) => text::column(column),
        TermName::Source(vertex) => core.name(vertex),
        TermName::Row(Name::Novel) => crate::page::text::why::NOVELTY.to_owned(),
        TermName::Row(name) => scene.row_name(core, name),
    }
}
