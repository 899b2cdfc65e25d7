//! The hypergraph around a film, a person or the visitor: heading, drawing, legend, and the same as a list.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::HtmlElement;

use super::dom::{El, Place, button, el, on_window, svg};
use super::drawing::drawing;
use super::session::Session;
use super::{icons, text};
use crate::explorer::{Canvas, Ego, EgoHyperedge, Layout, Lens, Limits, Role, Taste, Vertex, ego, layout};

const FEW: Limits = Limits { hyperedges: 5, members: 14 };
const MORE: Limits = Limits { hyperedges: 9, members: 20 };
/// Before the page knows how wide it is.
const FIRST_WIDTH: f32 = 600.0;

/// Width of the element that tells the size of letters, at 16 pixels.
const PROBE_WIDTH: f32 = 1600.0;

/// A selection with its drawing and the names in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scene {
    pub(crate) ego: Ego,
    pub(crate) layout: Layout,
    /// Names of the members, as in the selection.
    pub(crate) members: Vec<String>,
    /// The same without years, for beside the dots.
    pub(crate) labels: Vec<String>,
    /// Names of the hyperedges, as in the selection.
    pub(crate) hyperedges: Vec<String>,
    pub(crate) centre: String,
}

/// The letter on a shape and in the legend.
pub(crate) fn letter(place: usize) -> char {
    char::from(b'A' + (place % 26) as u8)
}

fn scene(session: Session, limits: Limits, width: f32) -> Scene {
    let core = session.core();
    let recommended: Vec<u32> = session.rows.with(|rows| rows.iter().map(|row| row.ranked.item_idx).collect());
    let ego = session.shelf.with(|shelf| {
        let lens = Lens { incidence: core.recommender.incidence(), shelf, recommended: &recommended };
        ego(&lens, session.focus(), limits)
    });
    Scene {
        layout: layout(&ego, Canvas { width }),
        members: ego.members.iter().map(|member| core.full_name(member.vertex)).collect(),
        labels: ego.members.iter().map(|member| core.name(member.vertex)).collect(),
        hyperedges: ego.hyperedges.iter().map(|hyperedge| core.full_name(hyperedge.vertex)).collect(),
        centre: core.full_name(ego.centre),
        ego,
    }
}

pub(crate) fn hypergraph(session: Session) -> El {
    let width = RwSignal::new(FIRST_WIDTH);
    let shows_more = RwSignal::new(false);
    let (place, rem) = (Place::new(), Place::new());
    let measure = move || {
        if let Some(place) = place.get::<HtmlElement>() {
            // The drawing is made for letters of 16 pixels and scaled with the page's.
            let scale = rem.get::<HtmlElement>().map_or(1.0, |rem| rem.offset_width() as f32 / PROBE_WIDTH);
            let measured = place.offset_width() as f32 / scale.max(0.5);
            if measured > 0.0 && (measured - width.get_untracked()).abs() >= 1.0 {
                width.set(measured);
            }
        }
    };
    // When it stands in the document.
    spawn_local(async move { measure() });
    on_window("resize", move |_| measure());

    let scene = Memo::new(move |_| scene(session, if shows_more.get() { MORE } else { FEW }, width.get()));
    let centre = move || scene.with(|scene| scene.ego.centre);
    let has_more =
        move || scene.with(|scene| scene.ego.n_hyperedges > FEW.hyperedges || scene.ego.n_members > FEW.members);
    let legend = move || {
        scene.with(|Scene { ego, hyperedges, .. }| {
            let entries = ego.hyperedges.iter().zip(hyperedges).enumerate();
            entries.map(|(place, (hyperedge, name))| legend_entry(session, place, hyperedge, name)).collect()
        })
    };
    let numbers = move || {
        scene.with(|Scene { ego, members, layout, .. }| {
            let entries = ego.members.iter().zip(members).filter(|_| !layout.has_labels);
            entries.map(|(member, name)| vertex_entry(session, member.vertex, name)).collect()
        })
    };
    let list = move || {
        scene.with(|Scene { ego, members, hyperedges, .. }| {
            let member = |&place: &usize| vertex_entry(session, ego.members[place].vertex, &members[place]);
            let entry = |(hyperedge, name): (&EgoHyperedge, &String)| {
                let inside = el("ul", "").children(hyperedge.members.iter().map(member));
                el("li", "").child(el("span", "list-name").text(name)).child(inside)
            };
            ego.hyperedges.iter().zip(hyperedges).map(entry).collect()
        })
    };
    let shown =
        move || scene.with(|Scene { ego, .. }| Some(text::shown(ego.centre, ego.hyperedges.len(), ego.n_hyperedges)));
    let more = button("quiet", move || shows_more.update(|more| *more = !*more))
        .flag("hidden", move || !has_more())
        .live_text(move || Some(if shows_more.get() { text::SHOW_LESS } else { text::SHOW_MORE }.to_owned()));
    let caption = el("figcaption", "in-the-centre")
        .attr("aria-live", "polite")
        .child(el("strong", "").live_text(move || scene.with(|scene| Some(scene.centre.clone()))))
        .child(el("span", "").live_text(shown))
        .child(more);
    let canvas = el("div", "canvas").at(place).child(el("div", "rem-probe").at(rem)).child(drawing(session, scene));
    el("section", "hypergraph")
        .testid("hypergraph")
        .attr("aria-labelledby", "hypergraph-title")
        .child(
            el("div", "section-head")
                .child(el("h2", "").attr("id", "hypergraph-title").text(text::HYPERGRAPH))
                .child(tabs(session, scene)),
        )
        .child(el("p", "note").live_text(move || Some(text::what_a_shape_is(centre()).to_owned())))
        .child(el("figure", "figure").child(caption).child(canvas).child(key(scene)))
        .child(
            el("p", "note")
                .flag("hidden", move || scene.with(|scene| !scene.ego.hyperedges.is_empty()))
                .live_text(move || Some(text::nothing_around(centre()).to_owned())),
        )
        .child(el("ul", "legend").live_children(legend))
        .child(
            el("ol", "numbers")
                .flag("hidden", move || scene.with(|scene| scene.layout.has_labels))
                .live_children(numbers),
        )
        .child(
            el("details", "as-list")
                .child(el("summary", "").text(text::AS_LIST))
                .child(el("ul", "").live_children(list)),
        )
}

/// The ways to other centres.
fn tabs(session: Session, scene: Memo<Scene>) -> El {
    let back = move || {
        session.lit.set(None);
        session.trail.update(|trail| trail.back());
    };
    let best = move || session.rows.with(|rows| rows.first().map(|row| Vertex::Item(row.ranked.item_idx)));
    let tab = |label: &str, target: Rc<dyn Fn() -> Option<Vertex>>| {
        let (other, there) = (Rc::clone(&target), Rc::clone(&target));
        let press = move || {
            if let Some(vertex) = untrack(|| target()) {
                session.look_at(vertex);
            }
        };
        button("tab", press)
            .says("aria-pressed", move || other() == Some(scene.with(|scene| scene.ego.centre)))
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
        .child(tab(text::YOU, Rc::new(|| Some(Vertex::You))))
}

/// What the dots mean.
fn key(scene: Memo<Scene>) -> El {
    let entry = |&(class, meaning): &(&str, &str)| {
        let dot = svg("circle", &format!("dot {class}")).attr("cx", "7").attr("cy", "7").attr("r", "5");
        let picture = svg("svg", "")
            .attr("viewBox", "0 0 14 14")
            .attr("width", "14")
            .attr("height", "14")
            .attr("aria-hidden", "true");
        el("span", "key-entry").child(picture.child(dot)).text(meaning)
    };
    el("p", "key").live_children(move || {
        let entries: &[_] = if scene.with(|scene| scene.ego.centre.is_item()) { &KEY_AT_FILMS } else { &KEY_AT_PEOPLE };
        entries.iter().map(entry).collect()
    })
}

const KEY_AT_FILMS: [(&str, &str); 4] = [
    ("dot-centre", text::KEY_CENTRE),
    ("dot-liked", text::KEY_LIKED),
    ("dot-recommended", text::KEY_RECOMMENDED),
    ("dot-other", text::KEY_OTHER_FILMS),
];
const KEY_AT_PEOPLE: [(&str, &str); 3] =
    [("dot-centre", text::KEY_CENTRE), ("dot-liked", text::KEY_YOU), ("dot-other", text::KEY_PEOPLE)];

/// The class of a dot.
pub(crate) fn dot_class(vertex: Vertex, role: Role) -> &'static str {
    match (vertex, role) {
        (Vertex::You, _) | (_, Role::OnShelf(Taste::Liked)) => "dot-liked",
        (_, Role::OnShelf(Taste::Disliked | Taste::Seen)) => "dot-disliked",
        (_, Role::Recommended(_)) => "dot-recommended",
        (_, Role::Other) => "dot-other",
    }
}

fn legend_entry(session: Session, place: usize, hyperedge: &EgoHyperedge, name: &str) -> El {
    let vertex = hyperedge.vertex;
    // The centre belongs to every shape too.
    let size = text::size_of_shape(vertex.is_item(), hyperedge.members.len() + 1, hyperedge.size);
    let button = entry_button(session, vertex, "")
        .child(el("span", "letter").text(&letter(place).to_string()))
        .child(el("span", "legend-name").text(name))
        .child(el("span", "legend-size").text(&size));
    el("li", &format!("hue-{}", place % 9)).lit(session, vertex).child(button)
}

fn vertex_entry(session: Session, vertex: Vertex, name: &str) -> El {
    el("li", "").lit(session, vertex).child(entry_button(session, vertex, "link").text(name))
}

/// Moves a vertex into the centre, and lights it while pointer or keyboard are on the button.
fn entry_button(session: Session, vertex: Vertex, class: &str) -> El {
    button(class, move || session.look_at(vertex))
        .points_at(session, vertex)
        .on("focus", move |_| session.lit.set(Some(vertex)))
        .on("blur", move |_| session.lit.set(None))
}
