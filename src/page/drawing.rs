//! The drawing of a [`Scene`]: dumb, all places come from the layout. For screen readers the legend and the list say
//! the same, so the drawing itself is hidden from them, and its parts are no stops of the keyboard.

use leptos::prelude::*;

use super::dom::{El, svg};
use super::hypergraph::{Scene, dot_class, letter};
use super::session::Session;
use super::text;
use crate::explorer::{Layout, Point, Side, Vertex};

/// Width of the line around a shape.
const BORDER: f32 = 1.2;
const ANCHOR_RADIUS: f32 = 8.0;
const CENTRE_RADIUS: f32 = 8.0;

pub(crate) fn drawing(session: Session, scene: Memo<Scene>) -> El {
    let layout = move |say: fn(&Layout) -> String| move || Some(scene.with(|scene| say(&scene.layout)));
    let content = move || scene.with(|scene| content(session, scene));
    svg("svg", "drawing")
        .attr("aria-hidden", "true")
        .live_attr("width", layout(|layout| px(layout.width)))
        .live_attr("height", layout(|layout| px(layout.height)))
        .live_attr("viewBox", layout(|layout| format!("0 0 {} {}", px(layout.width), px(layout.height))))
        .live_children(content)
}

fn content(session: Session, scene: &Scene) -> Vec<El> {
    let shapes = scene.layout.drawing_order().into_iter().map(|place| shape(session, scene, place));
    let anchors = (0..scene.ego.hyperedges.len()).map(|place| anchor(session, scene, place));
    let members = (0..scene.ego.members.len()).map(|place| member(session, scene, place));
    vec![
        svg("g", "shapes").children(shapes),
        svg("g", "anchors").children(anchors),
        svg("g", "members").children(members),
        centre(scene),
    ]
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
    let line = |(a, b): &(Point, Point)| format!("M{} {}L{} {}", px(a.x), px(a.y), px(b.x), px(b.y));
    capsules.iter().map(line).collect()
}

/// A group with a name, which the pointer lights and a click moves into the centre.
fn group(session: Session, vertex: Vertex, class: &str, name: &str) -> El {
    svg("g", class)
        .points_at(session, vertex)
        .on("click", move |_| session.look_at(vertex))
        .child(svg("title", "").text(name))
}

fn circle(class: &str, at: Point, radius: f32) -> El {
    svg("circle", class).attr("cx", &px(at.x)).attr("cy", &px(at.y)).attr("r", &px(radius))
}

fn words(class: &str, at: Point, words: &str) -> El {
    svg("text", class).attr("x", &px(at.x)).attr("y", &px(at.y)).text(words)
}

fn shape(session: Session, scene: &Scene, place: usize) -> El {
    let hyperedge = &scene.ego.hyperedges[place];
    let vertex = hyperedge.vertex;
    let members: Vec<Vertex> = hyperedge.members.iter().map(|&member| scene.ego.members[member].vertex).collect();
    let line = outline(scene, place);
    let width = 2.0 * scene.layout.outline_radii[place];
    let others = scene.ego.hyperedges.iter().map(|hyperedge| hyperedge.vertex);
    let drawn: Vec<Vertex> = others.chain(scene.ego.members.iter().map(|member| member.vertex)).collect();
    let class = move || {
        let emphasis = emphasis(session.lit.get(), vertex, &members, &drawn);
        Some(format!("shape hue-{} {emphasis}", place % 9))
    };
    let path = |class: &str, width: f32| svg("path", class).attr("d", &line).attr("stroke-width", &px(width));
    group(session, vertex, "", &scene.hyperedges[place])
        .live_attr("class", class)
        .child(path("shape-border", width))
        .child(path("shape-fill", width - 2.0 * BORDER))
}

fn anchor(session: Session, scene: &Scene, place: usize) -> El {
    let at = scene.layout.anchors[place];
    let vertex = scene.ego.hyperedges[place].vertex;
    group(session, vertex, &format!("anchor hue-{}", place % 9), &scene.hyperedges[place])
        .child(circle("", at, ANCHOR_RADIUS))
        .child(words("", at, &letter(place).to_string()))
}

fn member(session: Session, scene: &Scene, place: usize) -> El {
    let member = scene.ego.members[place];
    let Layout { dot_radius, has_labels, .. } = scene.layout;
    let at = scene.layout.members[place];
    let class = dot_class(member.vertex, member.role);
    let (anchor, label) = if has_labels {
        let anchor = if scene.layout.side(place) == Side::Left { "end" } else { "start" };
        let text = shortened(&scene.labels[place], scene.layout.label_letters(place));
        (Some(anchor), words(&format!("label label-{class}"), scene.layout.label_at(place), &text))
    } else {
        (None, words(&format!("number number-{class}"), at, &(place + 1).to_string()))
    };
    group(session, member.vertex, "member", &scene.members[place])
        .lit(session, member.vertex)
        .child(circle(&format!("dot {class}"), at, dot_radius))
        .child(label.attr_if("text-anchor", anchor))
}

fn centre(scene: &Scene) -> El {
    svg("g", "centre").child(svg("title", "").text(&scene.centre)).child(circle(
        "dot dot-centre",
        scene.layout.centre,
        CENTRE_RADIUS,
    ))
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
