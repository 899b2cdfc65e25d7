//! Where each model finds the held-out films, on an axis of logarithms, and the same as a table.

use std::rc::Rc;

use super::View;
use super::parts::{column, film, frame, mark, part};
use crate::explorer::{Compared, N_COMPARED, on_log_axis};
use crate::page::dom::{El, el, svg};
use crate::page::session::Session;
use crate::page::text::{self as page_text, comparison as text};
use crate::ranking::{fixed, sorted_indices};

pub(super) fn places(view: &Rc<View>) -> El {
    let has_none = {
        let view = Rc::clone(view);
        move || view.person().test.is_empty()
    };
    part("comparison-places", text::PLACES)
        .flag("hidden", has_none)
        .child(el("p", "note").text(text::PLACES_HINT))
        .child(el("div", "places").child(plot(view)).child(frame(text::PLACES_CAPTION, table(view))))
}

/// A place as a part of the plot's width, in percent.
fn across(place: u32, n_items: usize) -> String {
    fixed(f64::from(100.0 * on_log_axis(place, n_items)), 2)
}

fn plot(view: &Rc<View>) -> El {
    let n_items = view.session.core().recommender.incidence().n_hyperedges();
    let steps = [1, 10, 100, 1000, 10_000, 100_000];
    let ticks = steps.into_iter().filter(|step| (*step as usize) < n_items).map(|step| {
        el("span", if step as usize == N_COMPARED { "tick tick-ten" } else { "tick" })
            .style("--at", &across(step, n_items))
            .child(el("span", "").text(&page_text::grouped(step as usize)))
    });
    let of_person = |what: fn(&Compared, usize) -> Vec<El>| {
        let view = Rc::clone(view);
        move || what(&view.person(), n_items)
    };
    let lines = svg("svg", "plot-lines")
        .attr("viewBox", "0 0 100 100")
        .attr("preserveAspectRatio", "none")
        .live_children(of_person(lines));
    el("div", "plot")
        .testid("comparison-plot")
        .attr("aria-hidden", "true")
        .child(el("div", "plot-ticks").children(ticks))
        .child(lines)
        .child(el("div", "plot-lanes").live_children(of_person(lanes)))
}

fn lanes(person: &Compared, n_items: usize) -> Vec<El> {
    let lane = |(model, answer): (usize, &crate::explorer::Answer)| {
        let dot = |&place: &u32| mark(model).style("--at", &across(place, n_items));
        el("div", "lane")
            .child(el("span", "lane-name").text(text::SHORT_MODELS[model]))
            .child(el("div", "lane-dots").children(answer.places.iter().map(dot)))
    };
    person.answers.iter().enumerate().map(lane).collect()
}

/// A line a film, from the middle of one lane to the middle of the next.
fn lines(person: &Compared, n_items: usize) -> Vec<El> {
    let n_lanes = person.answers.len().max(1);
    let line = |film: usize| {
        let point = |(lane, answer): (usize, &crate::explorer::Answer)| {
            let y = (lane as f64 + 0.5) * 100.0 / n_lanes as f64;
            format!("{},{}", across(answer.places[film], n_items), fixed(y, 2))
        };
        let points: Vec<String> = person.answers.iter().enumerate().map(point).collect();
        svg("polyline", "").attr("points", &points.join(" "))
    };
    (0..person.test.len()).map(line).collect()
}

fn table(view: &Rc<View>) -> El {
    let n_models = 2 + usize::from(view.models.scratch.is_some());
    let head = [text::FILM].iter().chain(&text::SHORT_MODELS[..n_models]).map(|name| column("", name));
    let rows = {
        let view = Rc::clone(view);
        move || rows(view.session, &view.person())
    };
    el("table", "table compared-table")
        .testid("comparison-places-table")
        .child(el("caption", "").text(text::PLACES_CAPTION))
        .child(el("thead", "").child(el("tr", "").children(head)))
        .child(el("tbody", "").live_children(rows))
}

/// The films in the student's order.
fn rows(session: Session, person: &Compared) -> Vec<El> {
    let by = person.answers.get(1).map_or(&[][..], |answer| &answer.places);
    let order = sorted_indices(by.len(), &|a, b| by[a].cmp(&by[b]));
    let row = |&place: &u32| {
        let film_idx = place as usize;
        let cell = |answer: &crate::explorer::Answer| {
            let place = answer.places[film_idx];
            el("td", if place as usize <= N_COMPARED { "found" } else { "" })
                .attr("data-place", &place.to_string())
                .text(&text::ordinal(place))
        };
        el("tr", "")
            .child(film(session, "th", "", person.test[film_idx]).attr("scope", "row"))
            .children(person.answers.iter().map(cell))
    };
    order.iter().map(row).collect()
}
