//! The drawing: three columns of names, and ribbons between them. Names are HTML and keep their size; the ribbons are
//! stretched to whatever room is left between. The sum below says the same to screen readers.

use leptos::prelude::*;

use super::{Scene, channel_vertex, source_vertex};
use crate::explorer::Vertex;
use crate::explorer::paths::{Channel, Source};
use crate::explorer::sankey::{Bar, Ribbon, Sankey, sankey};
use crate::page::dom::{El, el, svg};
use crate::page::session::Session;
use crate::page::text::{fixed, why as text};

/// Room for a name in two lines, and how thick all ribbons are together, at letters of 16 pixels.
const LINE: f32 = 44.0;
const FULL: f32 = 220.0;

pub(super) fn drawing(session: Session, scene: &Scene) -> El {
    let paths = &scene.paths;
    let layout = sankey(paths, LINE, FULL);
    let sources = paths.sources.iter().zip(&scene.sources).zip(&layout.sources).map(|((&source, name), bar)| {
        let about = match source {
            Source::Film { weight, .. } => text::weight_of_film(weight),
            Source::Others { .. } => String::new(),
            Source::Own => text::OWN_NOTE.to_owned(),
        };
        label(session, source_vertex(source), name, &about, bar, "")
    });
    let channels = paths.channels.iter().zip(&scene.channels).zip(&layout.channels).map(|((&channel, name), bar)| {
        let both = if matches!(channel, Channel::Person { n_shared: 1.., .. }) { "both" } else { "" };
        label(session, channel_vertex(channel), name, &text::about_channel(channel), bar, both)
    });
    let score = fixed(paths.logit, 2);
    let film = label(session, Some(Vertex::Item(scene.item_idx)), &scene.title, &score, &layout.film, "");
    let head = |words: &str| el("span", "why-head").text(words);
    let column = |labels: Vec<El>| el("div", "why-column").children(labels);
    let key = |class: &str, words: &str| el("span", "key-entry").child(el("i", class)).text(words);
    el("figure", "why-drawing")
        .testid("why-drawing")
        .style("--height", &fixed(layout.height / 16.0, 3))
        .attr("aria-hidden", "true")
        .child(head(text::COLUMN_SHELF))
        .child(el("span", ""))
        .child(head(text::COLUMN_PEOPLE))
        .child(el("span", ""))
        .child(head(text::COLUMN_FILM))
        .child(column(sources.collect()))
        .child(ribbons(session, scene, &layout, &layout.left, true))
        .child(column(channels.collect()))
        .child(ribbons(session, scene, &layout, &layout.right, false))
        .child(column(vec![film]))
        .child(
            el("p", "key")
                .child(key("why-key adds", text::KEY_ADDS))
                .child(key("why-key takes", text::KEY_TAKES))
                .child(key("why-key both", text::KEY_BOTH)),
        )
}

fn label(session: Session, vertex: Option<Vertex>, name: &str, about: &str, bar: &Bar, class: &str) -> El {
    let label = el("div", &format!("why-label {class}"))
        .style("--y", &fixed(bar.y / 16.0, 3))
        .style("--h", &fixed(bar.height / 16.0, 3))
        .style("--t", &fixed(bar.thickness / 16.0, 3))
        .child(el("span", "why-name").attr("dir", "auto").attr("title", name).text(name))
        .child(el("span", "why-about").text(about));
    match vertex {
        Some(vertex) => label.lights(session, vertex),
        None => label,
    }
}

fn ribbons(session: Session, scene: &Scene, layout: &Sankey, ribbons: &[Ribbon], is_left: bool) -> El {
    let draw = |ribbon: &Ribbon| {
        let Ribbon { source, channel, part, from, to, thickness } = *ribbon;
        let (from, to, thickness) = (fixed(from, 1), fixed(to, 1), fixed(thickness.max(0.4), 2));
        let line = format!("M0 {from}C50 {from} 50 {to} 100 {to}v{thickness}C50 {}", end(ribbon));
        let (name, next) = if is_left {
            (&scene.sources[source], &scene.channels[channel])
        } else {
            (&scene.channels[channel], &scene.title)
        };
        let paths = &scene.paths;
        let hop = paths.hops[source * paths.channels.len() + channel];
        let weights = match (paths.sources[source], paths.channels[channel]) {
            (
                Source::Film { weight: into, .. },
                Channel::Person { weight: out, .. } | Channel::SelfLoop { weight: out },
            ) if is_left => Some([into, hop, out]),
            _ => None,
        };
        let ends =
            [is_left.then(|| source_vertex(paths.sources[source])).flatten(), channel_vertex(paths.channels[channel])];
        let sign = if part < 0.0 { "takes" } else { "adds" };
        let drawn = drawn(scene);
        let class = move || {
            let emphasis = match session.lit.get() {
                Some(lit) if ends.contains(&Some(lit)) => "strong",
                Some(lit) if drawn.contains(&lit) && is_left => "weak",
                _ => "",
            };
            Some(format!("ribbon {sign} {emphasis}"))
        };
        svg("path", "ribbon")
            .live_attr("class", class)
            .attr("d", &line)
            .child(svg("title", "").text(&text::ribbon(name, next, weights, part)))
    };
    svg("svg", "why-ribbons")
        .attr("viewBox", &format!("0 0 100 {}", fixed(layout.height, 1)))
        .attr("preserveAspectRatio", "none")
        .children(ribbons.iter().map(draw))
}

/// The lower edge of a ribbon, back to the left.
fn end(ribbon: &Ribbon) -> String {
    let thickness = ribbon.thickness.max(0.4);
    let (from, to) = (fixed(ribbon.from + thickness, 1), fixed(ribbon.to + thickness, 1));
    format!("{to} 50 {from} 0 {from}z")
}

/// What has a place on the drawing.
fn drawn(scene: &Scene) -> Vec<Vertex> {
    let sources = scene.paths.sources.iter().filter_map(|&source| source_vertex(source));
    sources.chain(scene.paths.channels.iter().filter_map(|&channel| channel_vertex(channel))).collect()
}
