//! Why one film is recommended: a drawing of all ways to its score, the strongest of them hop by hop, and the sum.

mod drawing;
mod sum;

use super::film::{film, film_choice, visitor};
use crate::explorer::Vertex;
use crate::explorer::paths::{Channel, PathLimits, Paths, Source, paths};
use crate::page::dom::{El, el};
use crate::page::session::{Core, Session};
use crate::page::text::why as text;
use crate::ranking::sorted_indices;

const LIMITS: PathLimits = PathLimits { films: 7, people: 5 };
/// Paths that are written out.
const N_STRONGEST: usize = 5;

/// A film's score with the names in it.
struct Scene {
    item_idx: u32,
    title: String,
    paths: Paths,
    sources: Vec<String>,
    channels: Vec<String>,
}

impl Scene {
    fn of(session: Session) -> Option<Self> {
        let core = session.core();
        let (item_idx, visitor) = (film(session)?, visitor(session)?);
        let paths = paths(core.recommender.student(), core.recommender.incidence(), &visitor, item_idx, LIMITS)?;
        let source = |source: &Source| source_name(&core, *source);
        Some(Self {
            item_idx,
            title: core.title(item_idx).to_owned(),
            sources: paths.sources.iter().map(source).collect(),
            channels: paths.channels.iter().map(|&channel| text::channel(channel)).collect(),
            paths,
        })
    }
}

fn source_name(core: &Core, source: Source) -> String {
    match source {
        Source::Film { item_idx, .. } => core.title(item_idx).to_owned(),
        Source::Others { n_films } => text::other_films(n_films),
        Source::Own => text::OWN.to_owned(),
    }
}

/// What lights up with a source.
fn source_vertex(source: Source) -> Option<Vertex> {
    match source {
        Source::Film { item_idx, .. } => Some(Vertex::Item(item_idx)),
        Source::Others { .. } | Source::Own => None,
    }
}

/// What lights up with a channel.
fn channel_vertex(channel: Channel) -> Option<Vertex> {
    match channel {
        Channel::Person { user_idx, .. } => Some(Vertex::Person(user_idx)),
        _ => None,
    }
}

pub(super) fn why(session: Session) -> El {
    let content = move || Scene::of(session).map_or_else(nothing, |scene| content(session, &scene));
    el("div", "why-view")
        .testid("why-view")
        .child(el("div", "flow-bar").child(film_choice(session)))
        .child(el("div", "").live_children(content))
}

fn nothing() -> Vec<El> {
    vec![el("p", "note").text(text::NOTHING)]
}

fn content(session: Session, scene: &Scene) -> Vec<El> {
    let mut all = vec![
        el("p", "why-summary").attr("role", "status").testid("why-summary").text(&summary(scene)),
        el("p", "note").text(text::LEAD),
        drawing::drawing(session, scene),
    ];
    all.extend(strongest(session, scene));
    all.extend(sum::sum(session, scene));
    all
}

fn summary(scene: &Scene) -> String {
    let Scene { paths, title, .. } = scene;
    let own = paths.sources.len().saturating_sub(1);
    let (own, score) = (paths.of_source(own), paths.score());
    let (mut by_people, mut n_people) = (0.0, 0);
    for (place, channel) in paths.channels.iter().enumerate() {
        n_people += match channel {
            Channel::Person { .. } => 1,
            Channel::Others { n_people, .. } => *n_people,
            Channel::SelfLoop { .. } | Channel::Hidden { .. } => continue,
        };
        by_people += paths.of_channel(place);
    }
    text::summary(title, score, own, by_people, f64::from(score) - own - by_people, n_people)
}

/// The strongest paths through one person, weight by weight; those of people who liked both films before others.
fn strongest(session: Session, scene: &Scene) -> Vec<El> {
    let Paths { sources, channels, parts, hops, is_shared, .. } = &scene.paths;
    let is_one = |place: usize| {
        matches!(sources[place / channels.len()], Source::Film { .. })
            && matches!(channels[place % channels.len()], Channel::Person { .. })
    };
    let order = sorted_indices(parts.len(), &|a, b| {
        let key = |place: usize| (is_one(place), is_shared[place]);
        key(b).cmp(&key(a)).then(parts[b].abs().total_cmp(&parts[a].abs()))
    });
    let path = |&place: &u32| {
        let place = place as usize;
        let (source, channel) = (place / channels.len(), place % channels.len());
        let (Source::Film { item_idx, weight }, Channel::Person { user_idx, weight: out, .. }) =
            (sources[source], channels[channel])
        else {
            return None;
        };
        let stop = |vertex: Vertex, name: &str| el("b", "").lights(session, vertex).attr("dir", "auto").text(name);
        let hop = |weight: &str| el("span", "why-hop").text(weight);
        let mark = if is_shared[place] { "why-path both" } else { "why-path" };
        Some(
            el("li", mark)
                .testid("why-path")
                .child(stop(Vertex::Item(item_idx), &scene.sources[source]))
                .child(hop(&text::signed(weight, 4)))
                .child(stop(Vertex::You, crate::page::text::YOU))
                .child(hop(&text::signed(hops[place], 2)))
                .child(stop(Vertex::Person(user_idx), &scene.channels[channel]))
                .child(hop(&text::signed(out, 4)))
                .child(stop(Vertex::Item(scene.item_idx), &scene.title))
                .child(el("span", "why-part").text(&format!("= {}", text::signed(parts[place], 4)))),
        )
    };
    let paths: Vec<El> = order.iter().take(N_STRONGEST).filter_map(path).collect();
    if paths.is_empty() {
        return Vec::new();
    }
    vec![
        el("h3", "").text(text::STRONGEST),
        el("p", "note").text(text::STRONGEST_NOTE),
        el("ol", "why-paths").testid("why-paths").children(paths),
    ]
}
