//! The drawing of a [`Scene`]: dumb, all places come from the layout. For screen readers the legend and the list say
//! the same, so the drawing itself is hidden from them, and its parts are no stops of the keyboard.
//!
//! A part keeps its element as long as it is shown, whatever the form: what changes is where it stands, and the styles
//! say how it gets there.

use leptos::prelude::*;

use super::panel::Choice;
use super::scene::{Names, Scene, dot_class, hue, letter};
use crate::explorer::{Form, Layout, Point, Shown, Side, Spot, Vertex};
use crate::page::dom::{El, svg};
use crate::page::text;

/// Width of the line around a shape.
const BORDER: f32 = 1.2;
/// With more shapes than this their fills are fainter.
const MANY_SHAPES: usize = 8;
/// A finger hits what is this large.
const TOUCH_RADIUS: f32 = 12.0;

pub(super) fn drawing(choice: Choice) -> El {
    let scene = choice.scene;
    let layout = move |say: fn(&Layout) -> String| move || Some(scene.with(|scene| say(&scene.layout)));
    svg("svg", "")
        .attr("aria-hidden", "true")
        .testid("drawing")
        .live_attr("class", layout(|layout| format!("drawing {}", form_class(layout.form))))
        .live_attr("width", layout(|layout| px(layout.width)))
        .live_attr("height", layout(|layout| px(layout.height)))
        .live_attr("viewBox", layout(|layout| format!("0 0 {} {}", px(layout.width), px(layout.height))))
        .live_children(move || scene.with(|scene| content(choice, scene)))
}

fn form_class(form: Form) -> &'static str {
    match form {
        Form::Outlines => "as-outlines",
        Form::Bipartite => "as-bipartite",
        Form::Matrix => "as-matrix",
    }
}

fn content(choice: Choice, scene: &Scene) -> Vec<El> {
    let rules = scene.layout.rules.iter().map(|(a, b)| svg("path", "").attr("d", &line(&[*a, *b])));
    let shapes = scene.layout.drawing_order().into_iter().map(|place| shape(choice, scene, place as usize));
    let nodes = (0..scene.nodes.len()).map(|place| node(choice, scene, place));
    let anchors = (0..scene.hyperedges.len()).map(|place| anchor(choice, scene, place));
    vec![
        svg("g", "rules").children(rules),
        svg("g", if scene.hyperedges.len() > MANY_SHAPES { "shapes many" } else { "shapes" }).children(shapes),
        svg("g", "things").children(anchors.chain(nodes)),
    ]
}

/// Whether a shape stands out or steps back: what is lit elsewhere on the page and not drawn here changes nothing.
fn emphasis(lit: Option<Vertex>, shape: &[Vertex], drawn: &[Vertex]) -> &'static str {
    match lit {
        Some(lit) if shape.contains(&lit) => "strong",
        Some(lit) if drawn.contains(&lit) => "weak",
        _ => "",
    }
}

/// A length or a place in the drawing.
fn px(value: f32) -> String {
    text::fixed(value, 1)
}

fn line(points: &[Point]) -> String {
    let mut line = String::new();
    for (place, point) in points.iter().enumerate() {
        line.push(if place == 0 { 'M' } else { 'L' });
        line.push_str(&px(point.x));
        line.push(' ');
        line.push_str(&px(point.y));
    }
    line
}

/// It and its twins.
fn all_of(shown: &Shown) -> impl Iterator<Item = Vertex> + '_ {
    std::iter::once(shown.vertex).chain(shown.twins.iter().copied())
}

fn shape(choice: Choice, scene: &Scene, place: usize) -> El {
    let (ego, layout) = (&scene.ego, &scene.layout);
    let (band, hyperedge) = (&layout.bands[place], &ego.hyperedges[place]);
    let members = ego.members[place].iter().map(|&node| &ego.nodes[node]);
    let inside: Vec<Vertex> = std::iter::once(hyperedge).chain(members).flat_map(all_of).collect();
    let drawn: Vec<Vertex> = ego.hyperedges.iter().chain(&ego.nodes).flat_map(all_of).collect();
    // All strokes as one line, so that where they overlap they don't add up.
    let strokes: String = band.strokes.iter().map(|stroke| line(stroke)).collect();
    let width = 2.0 * band.radius;
    let within = if layout.form == Form::Outlines { width - 2.0 * BORDER } else { 0.0 };
    let path = |class: &str, width: f32| svg("path", class).attr("d", &strokes).attr("stroke-width", &px(width));
    let vertex = hyperedge.vertex;
    let class = move || Some(format!("shape {} {}", hue(place), emphasis(choice.session.lit.get(), &inside, &drawn)));
    svg("g", "")
        .key(vertex.number())
        .live_attr("class", class)
        .points_at(choice.session, vertex)
        .on("click", move |_| choice.press(vertex))
        .child(svg("title", "").text(&scene.hyperedges[place].full))
        .child(path("shape-border", width))
        .child(path("shape-fill", within))
}

fn anchor(choice: Choice, scene: &Scene, place: usize) -> El {
    let hyperedge = &scene.ego.hyperedges[place];
    let class = format!("anchor {}", hue(place));
    thing(choice, hyperedge, &class, scene.layout.hyperedges[place], &letter(place), &scene.hyperedges[place])
}

fn node(choice: Choice, scene: &Scene, place: usize) -> El {
    let shown = &scene.ego.nodes[place];
    let spot = scene.layout.nodes[place];
    let class = if scene.is_centre(place) { "dot-centre" } else { dot_class(shown.vertex, shown.role) };
    let mark = match spot.label {
        _ if scene.is_centre(place) => String::new(),
        None => scene.number(place).to_string(),
        Some(_) if shown.twins.is_empty() => String::new(),
        Some(_) => (1 + shown.twins.len()).to_string(),
    };
    let mut class = format!("member {class}");
    for (is_so, also) in [
        (scene.expanded.contains(&shown.vertex), " opened"),
        (scene.pinned.contains(&shown.vertex), " pinned"),
        (!shown.twins.is_empty(), " stack"),
    ] {
        class.push_str(if is_so { also } else { "" });
    }
    thing(choice, shown, &class, spot, &mark, &scene.nodes[place])
}

/// A hyperedge's anchor or a node: the same element when it changes from one to the other.
fn thing(choice: Choice, shown: &Shown, class: &str, spot: Spot, mark: &str, names: &Names) -> El {
    let (vertex, all) = (shown.vertex, all_of(shown).collect::<Vec<_>>());
    let label = match spot.label {
        Some(label) => {
            let (dx, dy) = (px(label.at.x - spot.at.x), px(label.at.y - spot.at.y));
            let (anchor, turn) = match label.side {
                Side::Left => ("end", ""),
                Side::Right => ("start", ""),
                Side::Rising => ("start", "rotate(-42)"),
            };
            svg("text", "label")
                .attr("transform", &format!("translate({dx} {dy}){turn}"))
                .attr("text-anchor", anchor)
                .text(&text::shortened(&names.short, label.letters))
        }
        None => svg("text", "label").attr("transform", "").attr("text-anchor", "start").text(""),
    };
    svg("g", &format!("thing {class}"))
        .key(vertex.number())
        .attr("data-vertex", &vertex.number().to_string())
        .style("transform", &format!("translate({}px,{}px)", px(spot.at.x), px(spot.at.y)))
        .live_class("lit", move || choice.session.lit.get().is_some_and(|lit| all.contains(&lit)))
        .live_class("chosen", move || choice.chosen.get() == Some(vertex))
        .points_at(choice.session, vertex)
        .on("click", move |_| choice.press(vertex))
        .child(svg("title", "").text(&names.full))
        .child(svg("circle", "touch").attr("r", &px(TOUCH_RADIUS)))
        .child(svg("circle", "dot").attr("r", &px(spot.radius)))
        .child(svg("text", "mark").text(mark))
        .child(label)
}
