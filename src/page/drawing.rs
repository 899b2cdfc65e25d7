//! The drawing of a [`Scene`]: dumb, all places come from the layout. For screen readers the legend and the list say
//! the same, so the drawing itself is hidden from them, and its parts are no stops of the keyboard.

use leptos::prelude::*;

use super::hypergraph::{Scene, dot_class, letter};
use super::session::Session;
use super::text;
use crate::explorer::{Layout, Side, Vertex};

/// Width of the line around a shape.
const BORDER: f32 = 1.2;
const ANCHOR_RADIUS: f32 = 8.0;
const CENTRE_RADIUS: f32 = 8.0;

#[component]
pub(crate) fn Drawing(session: Session, scene: Memo<Scene>) -> impl IntoView {
    view! {
        <svg
            class="drawing"
            aria-hidden="true"
            width=move || scene.with(|scene| px(scene.layout.width))
            height=move || scene.with(|scene| px(scene.layout.height))
            viewBox=move || scene.with(|Scene { layout, .. }| format!("0 0 {} {}", px(layout.width), px(layout.height)))
        >
            {move || {
                let scene = scene.get();
                let shapes: Vec<_> = scene.layout.drawing_order().into_iter().map(|place| shape(session, &scene, place)).collect();
                let anchors: Vec<_> = (0..scene.ego.hyperedges.len()).map(|place| anchor(session, &scene, place)).collect();
                let members: Vec<_> = (0..scene.ego.members.len()).map(|place| member(session, &scene, place)).collect();
                view! {
                    <g class="shapes">{shapes}</g>
                    <g class="anchors">{anchors}</g>
                    <g class="members">{members}</g>
                    {centre(&scene)}
                }
            }}
        </svg>
    }
}

/// Whether a shape stands out or steps back: what is lit elsewhere on the page and not drawn here changes nothing.
fn emphasis(lit: Option<Vertex>, shape: Vertex, members: &[Vertex], drawn: &[Vertex]) -> &'static str {
    match lit {
        Some(lit) if lit == shape || members.contains(&lit) => "strong",
        Some(lit) if drawn.contains(&lit) => "weak",
        _ => "",
    }
}

/// A length or a place in the drawing.
fn px(value: f32) -> String {
    text::fixed(value, 1)
}

/// All of a hyperedge's capsules as one line, so that where they overlap they don't add up.
fn outline(scene: &Scene, place: usize) -> String {
    let capsules = scene.layout.capsules(&scene.ego, place);
    let line = |(a, b): &(crate::explorer::Point, crate::explorer::Point)| {
        format!("M{} {}L{} {}", px(a.x), px(a.y), px(b.x), px(b.y))
    };
    capsules.iter().map(line).collect()
}

fn shape(session: Session, scene: &Scene, place: usize) -> impl IntoView + use<> {
    let hyperedge = &scene.ego.hyperedges[place];
    let vertex = hyperedge.vertex;
    let members: Vec<Vertex> = hyperedge.members.iter().map(|&member| scene.ego.members[member].vertex).collect();
    let line = outline(scene, place);
    let width = 2.0 * scene.layout.outline_radii[place];
    let name = scene.hyperedges[place].clone();
    let others = scene.ego.hyperedges.iter().map(|hyperedge| hyperedge.vertex);
    let drawn: Vec<Vertex> = others.chain(scene.ego.members.iter().map(|member| member.vertex)).collect();
    let class = move || {
        let emphasis = emphasis(session.lit.get(), vertex, &members, &drawn);
        format!("shape hue-{} {emphasis}", place % 9)
    };
    view! {
        <g
            class=class
            on:pointerenter=move |_| session.lit.set(Some(vertex))
            on:pointerleave=move |_| session.lit.set(None)
            on:click=move |_| session.look_at(vertex)
        >
            <title>{name}</title>
            <path class="shape-border" d=line.clone() stroke-width=px(width) />
            <path class="shape-fill" d=line stroke-width=px(width - 2.0 * BORDER) />
        </g>
    }
}

fn anchor(session: Session, scene: &Scene, place: usize) -> impl IntoView + use<> {
    let at = scene.layout.anchors[place];
    let vertex = scene.ego.hyperedges[place].vertex;
    let name = scene.hyperedges[place].clone();
    view! {
        <g
            class=format!("anchor hue-{}", place % 9)
            on:pointerenter=move |_| session.lit.set(Some(vertex))
            on:pointerleave=move |_| session.lit.set(None)
            on:click=move |_| session.look_at(vertex)
        >
            <title>{name}</title>
            <circle cx=px(at.x) cy=px(at.y) r=px(ANCHOR_RADIUS) />
            <text x=px(at.x) y=px(at.y)>
                {letter(place)}
            </text>
        </g>
    }
}

fn member(session: Session, scene: &Scene, place: usize) -> impl IntoView + use<> {
    let member = scene.ego.members[place];
    let vertex = member.vertex;
    let Layout { dot_radius, has_labels, .. } = scene.layout;
    let at = scene.layout.members[place];
    let name = scene.members[place].clone();
    let class = dot_class(vertex, member.role);
    let label = if has_labels {
        let label_at = scene.layout.label_at(place);
        let anchor = if scene.layout.side(place) == Side::Left { "end" } else { "start" };
        let text = shortened(&scene.labels[place], scene.layout.label_letters(place));
        view! {
            <text class=format!("label label-{class}") x=px(label_at.x) y=px(label_at.y) text-anchor=anchor>
                {text}
            </text>
        }
        .into_any()
    } else {
        view! {
            <text class=format!("number number-{class}") x=px(at.x) y=px(at.y)>
                {place + 1}
            </text>
        }
        .into_any()
    };
    view! {
        <g
            class="member"
            class:lit=move || session.lit.get() == Some(vertex)
            on:pointerenter=move |_| session.lit.set(Some(vertex))
            on:pointerleave=move |_| session.lit.set(None)
            on:click=move |_| session.look_at(vertex)
        >
            <title>{name}</title>
            <circle class=format!("dot {class}") cx=px(at.x) cy=px(at.y) r=px(dot_radius) />
            {label}
        </g>
    }
}

fn centre(scene: &Scene) -> impl IntoView + use<> {
    let at = scene.layout.centre;
    view! {
        <g class="centre">
            <title>{scene.centre.clone()}</title>
            <circle class="dot dot-centre" cx=px(at.x) cy=px(at.y) r=px(CENTRE_RADIUS) />
        </g>
    }
}

/// At most `letters` letters. Of a title in two parts the second says more ("… The Two Towers").
fn shortened(name: &str, letters: usize) -> String {
    let n_letters = |text: &str| text.chars().count();
    if n_letters(name) <= letters {
        return name.to_owned();
    }
    let told_by_its_end = name.split_once(": ").map(|(_, second)| format!("… {second}"));
    let name = told_by_its_end.as_deref().unwrap_or(name);
    if n_letters(name) <= letters {
        return name.to_owned();
    }
    let kept: String = name.chars().take(letters.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
