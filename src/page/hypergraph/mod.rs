//! The hypergraph around a film, a person or the visitor: heading, ways to draw it, drawing, what to do with a part of it,
//! legend, and the same as a list.

mod drawing;
mod panel;
mod scene;

use std::rc::Rc;

use leptos::prelude::*;

use self::drawing::drawing;
use self::panel::{Choice, panel};
use self::scene::{FEW, Scene, hue, letter};
use super::choices::{segmented, toggle};
use super::dom::{El, button, el, svg};
use super::session::Session;
use super::text::hypergraph as text;
use super::width::measured;
use super::{icons, text as texts};
use crate::explorer::{Ego, Form, HypergraphState, Shown, Vertex};

/// Before the page knows how wide it is.
const FIRST_WIDTH: f32 = 600.0;

pub(crate) fn hypergraph(session: Session) -> El {
    let (width, canvas) = measured(el("div", "canvas"), FIRST_WIDTH);
    let state = Memo::new(move |_| session.explore.with(|explore| explore.hypergraph.clone()));
    let scene = Memo::new(move |_| state.with(|state| Scene::new(session, state, width.get())));
    let choice = Choice::new(session, scene);
    let legend = move || {
        scene.with(|Scene { ego, hyperedges, .. }| {
            let entry = |place: usize| legend_entry(choice, place, ego, &hyperedges[place].full);
            (0..ego.hyperedges.len()).map(entry).collect()
        })
    };
    let list = move || {
        scene.with(|scene @ Scene { ego, nodes, hyperedges, .. }| {
            let member = |&place: &usize| vertex_entry(choice, ego.nodes[place].vertex, &nodes[place].full);
            let entry = |(members, name): (&Vec<usize>, &scene::Names)| {
                let others = members.iter().filter(|&&place| !scene.is_centre(place));
                let inside = el("ul", "").children(others.map(member));
                el("li", "").child(el("span", "list-name").text(&name.full)).child(inside)
            };
            ego.members.iter().zip(hyperedges).map(entry).collect()
        })
    };
    let figure = el("figure", "figure")
        .child(caption(session, scene, state))
        .child(canvas.child(drawing(choice)))
        .child(key(scene))
        .child(panel(choice));
    el("section", "hypergraph")
        .testid("hypergraph")
        .attr("aria-labelledby", "hypergraph-title")
        .child(
            el("div", "section-head")
                .child(el("h2", "").attr("id", "hypergraph-title").text(text::TITLE))
                .child(tabs(session, scene)),
        )
        .child(
            el("p", "note")
                .testid("what-is-seen")
                .attr("aria-live", "polite")
                .live_text(move || Some(scene.with(what_is_seen))),
        )
        .child(ways(session, scene, state))
        .child(figure)
        .child(
            el("p", "note")
                .flag("hidden", move || scene.with(|scene| scene.ego.n_hyperedges > 0))
                .live_text(move || Some(text::nothing_around(scene.with(|scene| scene.ego.centre())).to_owned())),
        )
        .child(el("ul", "legend").live_children(legend))
        .child(numbers(choice))
        .child(
            el("details", "as-list")
                .child(el("summary", "").text(text::AS_LIST))
                .child(el("ul", "").live_children(list)),
        )
}

fn what_is_seen(scene: &Scene) -> String {
    text::what_is_seen(scene.layout.form, scene.films_hold(), scene.ego.is_dual)
}

/// What stands in the centre, how much of it is shown, and more of it.
fn caption(session: Session, scene: Memo<Scene>, state: Memo<HypergraphState>) -> El {
    let has_more =
        move || scene.with(|Scene { ego, .. }| ego.n_hyperedges > FEW.hyperedges || ego.n_members > FEW.members);
    let shows_more = move || state.with(|state| state.shows_more);
    let shown = move || {
        scene.with(|Scene { ego, .. }| {
            let around = if ego.is_dual { ego.members[0].len() } else { ego.holders(0).count() };
            Some(text::shown(ego.centre(), around, ego.n_hyperedges))
        })
    };
    let more = move || session.explore(|explore| explore.hypergraph.shows_more = !explore.hypergraph.shows_more);
    let more = button("quiet", more)
        .testid("show-more")
        .flag("hidden", move || !has_more())
        .live_text(move || Some(if shows_more() { text::SHOW_LESS } else { text::SHOW_MORE }.to_owned()));
    el("figcaption", "in-the-centre")
        .attr("aria-live", "polite")
        .child(el("strong", "").live_text(move || scene.with(|scene| Some(scene.centre.clone()))))
        .child(el("span", "").live_text(shown))
        .child(more)
}

/// How the selection is drawn.
fn ways(session: Session, scene: Memo<Scene>, state: Memo<HypergraphState>) -> El {
    let change = move |change: fn(&mut HypergraphState)| session.explore(|explore| change(&mut explore.hypergraph));
    let form = move || state.with(|state| state.form as usize);
    let choose = move |form: usize| session.explore(|explore| explore.hypergraph.form = Form::ALL[form]);
    let dual = button("preset", move || change(|state| state.is_dual = !state.is_dual))
        .testid("dual")
        .attr("title", text::DUAL_HINT)
        .says("aria-pressed", move || state.with(|state| state.is_dual))
        .live_text(move || Some(text::dual(scene.with(|scene| scene.ego.centre().is_item())).to_owned()));
    let twins = toggle(
        text::TWINS,
        move || state.with(|state| state.collapses_twins),
        move || change(|state| state.collapses_twins = !state.collapses_twins),
    );
    el("div", "ways")
        .child(segmented(text::FORMS, &text::FORM_NAMES, form, choose))
        .child(dual)
        .child(twins.testid("twins").attr("title", text::TWINS_HINT))
}

/// The names of nodes that have no room on the drawing.
fn numbers(choice: Choice) -> El {
    let entries = move || {
        choice.scene.with(|scene| {
            let without_label = (0..scene.nodes.len())
                .filter(|&place| scene.layout.nodes[place].label.is_none() && !scene.is_centre(place));
            without_label
                .map(|place| vertex_entry(choice, scene.ego.nodes[place].vertex, &scene.nodes[place].full))
                .collect()
        })
    };
    el("ol", "numbers").live_children(entries)
}

/// The ways to other centres.
fn tabs(session: Session, scene: Memo<Scene>) -> El {
    let back = move || session.walk(|trail| trail.back());
    let best = move || session.rows.with(|rows| rows.first().map(|row| Vertex::Item(row.ranked.item_idx)));
    let tab = |label: &str, target: Rc<dyn Fn() -> Option<Vertex>>| {
        let (other, there) = (Rc::clone(&target), Rc::clone(&target));
        let press = move || {
            if let Some(vertex) = untrack(|| target()) {
                session.look_at(vertex);
            }
        };
        button("tab", press)
            .says("aria-pressed", move || other() == Some(scene.with(|scene| scene.ego.centre())))
            .flag("disabled", move || there().is_none())
            .text(label)
    };
    let back = button("tab tab-back", back)
        .flag("disabled", move || !session.trail.with(|trail| trail.can_go_back()))
        .child(icons::back())
        .text(text::BACK);
    el("div", "tabs")
        .child(back)
        .child(tab(text::TOP_FILM, Rc::new(best)))
        .child(tab(texts::YOU, Rc::new(|| Some(Vertex::You))))
}

/// What the dots mean.
fn key(scene: Memo<Scene>) -> El {
    el("p", "key").live_children(move || {
        scene.with(|scene| {
            let entries: &[_] = if scene.films_hold() { &KEY_AT_PEOPLE } else { &KEY_AT_FILMS };
            // In the dual the centre is no node.
            let entries = &entries[usize::from(scene.ego.is_dual)..];
            let is_a_node = |things: &[Vertex]| scene.ego.nodes.iter().any(|node| things.contains(&node.vertex));
            let opened = is_a_node(&scene.expanded).then(|| key_entry(&("opened", text::KEY_OPENED)));
            let pinned = is_a_node(&scene.pinned).then(|| el("span", "key-entry").text(text::KEY_PINNED));
            entries.iter().map(key_entry).chain(opened).chain(pinned).collect()
        })
    })
}

/// A dot of this class and what it means.
pub(crate) fn key_entry(&(class, meaning): &(&str, &str)) -> El {
    let dot = svg("circle", &format!("dot {class}")).attr("cx", "7").attr("cy", "7").attr("r", "5");
    let picture = svg("svg", "")
        .attr("viewBox", "0 0 14 14")
        .attr("width", "14")
        .attr("height", "14")
        .attr("aria-hidden", "true");
    el("span", "key-entry").child(picture.child(dot)).text(meaning)
}

const KEY_AT_FILMS: [(&str, &str); 4] = [
    ("dot-centre", text::KEY_CENTRE),
    ("dot-liked", text::KEY_LIKED),
    ("dot-recommended", text::KEY_RECOMMENDED),
    ("dot-other", text::KEY_OTHER_FILMS),
];
const KEY_AT_PEOPLE: [(&str, &str); 3] =
    [("dot-centre", text::KEY_CENTRE), ("dot-liked", text::KEY_YOU), ("dot-other", text::KEY_PEOPLE)];

fn legend_entry(choice: Choice, place: usize, ego: &Ego, name: &str) -> El {
    let Shown { vertex, degree, .. } = ego.hyperedges[place];
    let n_shown = ego.members[place].iter().map(|&node| 1 + ego.nodes[node].twins.len()).sum();
    let size = text::size_of_shape(vertex.is_item(), n_shown, degree);
    let button = choice
        .button(vertex, "")
        .testid("legend-entry")
        .child(el("span", "letter").text(&letter(place)))
        .child(el("span", "legend-name").text(name))
        .child(el("span", "legend-size").text(&size));
    el("li", &hue(place)).lit(choice.session, vertex).child(button)
}

fn vertex_entry(choice: Choice, vertex: Vertex, name: &str) -> El {
    el("li", "").lit(choice.session, vertex).child(choice.button(vertex, "link").text(name))
}
