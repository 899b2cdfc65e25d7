//! The rows of numbers: inside an outline the rows of what the hyperedge holds, below it what comes of them.

use leptos::prelude::*;
use leptos::web_sys::{Element, KeyboardEvent};
use wasm_bindgen::JsCast;

use super::player::Player;
use super::{Scene, is_teacher, text};
use crate::explorer::digits::number;
use crate::explorer::propagation::{Degree, N_PLACES, Name, Row, StepKind};
use crate::page::dom::{El, el};
use crate::page::explore::ExplorerFile;
use crate::page::session::Core;
use crate::page::text::explore as of_explorer;
use crate::page::text::why::plain;

pub(super) fn stage(player: Player) -> El {
    let kind = move || player.scene.with(|scene| scene.as_ref().map(|scene| scene.step(player.place.get()).kind));
    let class = move || {
        let turn = if player.turn.get().is_multiple_of(2) { "turn-a" } else { "turn-b" };
        let pace = if player.is_slow.get() { "slow" } else { "" };
        Some(format!("flow-stage {turn} {pace} {}", class_of(kind()?)))
    };
    let content = move || {
        player.scene.with(|scene| match scene {
            Some(scene) => content(player, scene),
            None => vec![el("p", "note").attr("role", "status").text(&missing(player))],
        })
    };
    let cell_of = |event: &web_sys::Event| -> Option<(usize, usize)> {
        let target: Element = event.target()?.dyn_into().ok()?;
        let index = |element: &Element, name: &str| element.get_attribute(name)?.parse().ok();
        let column = index(&target, "data-c")?;
        Some((index(&target.closest("[data-r]").ok()??, "data-r")?, column))
    };
    el("div", "")
        .live_attr("class", class)
        .testid("flow-stage")
        .attr("tabindex", "0")
        .attr("role", "group")
        .attr("aria-label", text::CELLS)
        .on("click", move |event| {
            if let Some(cell) = cell_of(&event) {
                player.choose(cell);
            }
        })
        .on("pointerover", move |event| player.pointed.set(cell_of(&event)))
        .on("pointerleave", move |_| player.pointed.set(None))
        .on("keydown", move |event| by_keyboard(player, event))
        .live_children(content)
}

/// Why there is nothing to follow.
fn missing(player: Player) -> String {
    if !is_teacher(player.session) {
        return text::NO_NODE.to_owned();
    }
    match player.session.explorer.get() {
        ExplorerFile::Ready(_) => text::NO_TEACHER.to_owned(),
        ExplorerFile::Waiting => of_explorer::LOADING.to_owned(),
        ExplorerFile::Failed(reason) => of_explorer::no_file(&reason),
    }
}

/// The arrows choose a number.
fn by_keyboard(player: Player, event: web_sys::Event) {
    let event: KeyboardEvent = event.unchecked_into();
    let (row, column) = player.cell.get_untracked();
    let rows: Vec<usize> = player.scene.with_untracked(|scene| {
        let rows = scene.as_ref().map(|scene| scene.step(player.place.get_untracked()).rows.iter());
        rows.into_iter().flatten().map(|row| row.cells.len()).collect()
    });
    let n_columns = rows.get(row).copied().unwrap_or_default();
    let to = match event.key().as_str() {
        "ArrowLeft" => (row, column.saturating_sub(1)),
        "ArrowRight" => (row, (column + 1).min(n_columns.saturating_sub(1))),
        "ArrowUp" => (row.saturating_sub(1), column),
        "ArrowDown" => ((row + 1).min(rows.len().saturating_sub(1)), column),
        "Home" => (row, 0),
        "End" => (row, n_columns.saturating_sub(1)),
        _ => return,
    };
    event.prevent_default();
    player.choose(to);
}

fn class_of(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Transform => "transform",
        StepKind::Scale | StepKind::MemberDegrees | StepKind::Normalise => "scale",
        StepKind::Gather | StepKind::ToEdge | StepKind::ToNode => "gather",
        _ => "",
    }
}

/// The largest magnitude in rows of more than one number: the darkest colour. What many have added up has its own.
fn largest(rows: &[Row]) -> f32 {
    let rows = rows.iter().filter(|row| row.cells.len() > 1 && !matches!(row.name, Name::Others(_)));
    rows.map(largest_of).fold(0.0, f32::max)
}

fn largest_of(row: &Row) -> f32 {
    row.cells.iter().fold(0.0, |most, cell| cell.abs().max(most))
}

/// The end of a scale of colours.
fn end_of_scale(largest: f32) -> String {
    number(f64::from(largest), if largest < 0.1 { 4 } else { 2 })
}

fn content(player: Player, scene: &Scene) -> Vec<El> {
    let place = player.place.get();
    let (core, step, trace) = (player.session.core(), scene.step(place), &scene.trace);
    let is_inside = step.kind.is_inside();
    let gathered = step.kind.gathers().and_then(|kind| trace.steps.iter().find(|step| step.kind == kind));
    let mut parts = Vec::new();
    if let Some(held) = is_inside.then_some(step).or(gathered) {
        let n_of = |row: &Row| if let Name::Others(n) = row.name { n } else { 1 };
        let is_self = |row: &&Row| trace.hyperedge.is_none() && row.name == Name::Source(trace.node);
        let n_held = held.rows.iter().map(n_of).sum::<usize>() - held.rows.iter().filter(is_self).count();
        let is_many = held.kind == StepKind::Edges;
        let holds = if is_many {
            text::hyperedges(trace.node, &core.name(trace.node), n_held)
        } else {
            let edge = trace.hyperedge.unwrap_or(trace.node);
            text::hyperedge(edge, &core.name(edge), n_held)
        };
        parts.push(
            el("div", if is_many { "flow-edges" } else { "flow-edge" })
                .style("--rows", &held.rows.len().to_string())
                .child(el("p", "flow-holds").attr("dir", "auto").text(&holds))
                .children(rows(player, &core, scene, &held.rows, !is_inside)),
        );
    }
    let below = if is_inside {
        // What comes of it, the step after the degrees.
        let next = trace.steps.iter().skip(place).find(|step| !step.kind.is_inside());
        let name = next.and_then(|step| step.rows.first()).map_or(Name::Sum, |row| row.name);
        let name = if name == Name::Sum { Name::Emb(trace.node) } else { name };
        vec![waiting(&scene.row_name(&core, name))]
    } else {
        rows(player, &core, scene, &step.rows, false)
    };
    parts.push(el("div", "flow-result").children(below));
    parts
}

/// Where the numbers will come.
fn waiting(name: &str) -> El {
    let name = el("div", "flow-name").child(el("span", "").attr("dir", "auto").text(name));
    el("div", "flow-row waits").child(name).child(el("div", "strip"))
}

fn rows(player: Player, core: &Core, scene: &Scene, rows: &[Row], is_past: bool) -> Vec<El> {
    let scale = largest(rows).max(f32::MIN_POSITIVE);
    let row = |(place, row): (usize, &Row)| {
        let name = scene.row_name(core, row.name);
        let badge = row.degree.map(|Degree { degree, factor }| {
            let n_places = if degree.fract() == 0.0 { 0 } else { 2 };
            text::degree(&number(f64::from(degree), n_places), &number(f64::from(factor), N_PLACES))
        });
        let (scale, badge) = match row.name {
            Name::Others(_) => {
                (largest_of(row).max(f32::MIN_POSITIVE), Some(text::own_scale(&end_of_scale(largest_of(row)))))
            }
            _ => (scale, badge),
        };
        let title = el("span", "").attr("dir", "auto").attr("title", &name).text(&name);
        let mut label = el("div", "flow-name").child(title);
        if let Name::Source(vertex) = row.name {
            label = label.lights(player.session, vertex);
        }
        let badge = el("span", "flow-degree").text(badge.as_deref().unwrap_or_default());
        let is_one = row.cells.len() == 1;
        let cells = row.cells.iter().enumerate().map(|(column, &value)| cell(column, value, scale, is_one));
        let is_marked = move || !is_past && player.cell.get().0 == place;
        let mark = el("span", "mark")
            .flag("hidden", move || !is_marked())
            .live_style("--c", move || is_marked().then(|| player.cell.get().1.to_string()));
        let strip = el("div", if is_one { "strip one" } else { "strip" })
            .style("--n", &row.cells.len().to_string())
            .attr("aria-hidden", "true")
            .children(cells)
            .child(mark);
        el("div", if is_past { "flow-row past" } else { "flow-row" })
            .style("--i", &place.to_string())
            .attr_if("data-r", (!is_past).then(|| place.to_string()).as_deref())
            .child(label.child(badge))
            .child(strip)
    };
    rows.iter().enumerate().map(row).collect()
}

fn cell(column: usize, value: f32, scale: f32, is_one: bool) -> El {
    let percent = (100.0 * (value.abs() / scale).min(1.0)) as u32;
    let cell = el("i", if value < 0.0 { "neg" } else { "pos" })
        .style("--p", &format!("{percent}%"))
        .attr("data-c", &column.to_string());
    let shown = if is_one { plain(&number(f64::from(value), N_PLACES)) } else { String::new() };
    cell.text(&shown)
}

/// What the colours mean, and what the pointer is on.
pub(super) fn legend(player: Player) -> El {
    let scale = move |is_below: bool| {
        player.scene.with(|scene| {
            let rows = &scene.as_ref()?.step(player.place.get()).rows;
            let end = end_of_scale(largest(rows));
            Some(if is_below { format!("−{end}") } else { end })
        })
    };
    let readout = move || {
        let pointed = player.pointed.get().unwrap_or(player.cell.get());
        player.scene.with(|scene| {
            let scene = scene.as_ref()?;
            let row = scene.step(player.place.get()).rows.get(pointed.0)?;
            let value = plain(&number(f64::from(*row.cells.get(pointed.1)?), N_PLACES));
            Some(text::readout(&scene.row_name(&player.session.core(), row.name), pointed.1, &value))
        })
    };
    el("div", "flow-legend")
        .child(
            el("span", "flow-scale")
                .child(el("span", "").live_text(move || scale(true)))
                .child(el("i", "flow-ramp").attr("aria-hidden", "true"))
                .child(el("span", "").live_text(move || scale(false))),
        )
        .child(el("span", "flow-readout").testid("flow-readout").live_text(readout))
        .child(el("p", "note").text(text::HINT))
}
