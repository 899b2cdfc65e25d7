//! The map's drawing. Dots and marks stand at their places of the map, and one transform shows a part of it: moving about
//! changes that and the names, which are set anew so that none covers another.

use leptos::prelude::*;

use super::{View, place_of};
use crate::explorer::{MapClass, MapFrame, Point, Role, Taste, Vertex, labels};
use crate::page::dom::{El, svg};
use crate::page::text;

/// Letters of a name on the map.
const LETTERS: usize = 24;
/// One name for so many square pixels.
const PIXELS_A_NAME: f32 = 14_000.0;
/// The best known films whose names may be shown.
const N_LANDMARKS: usize = 160;
/// Marks of a shelf; somebody's whole history would hide the map.
const MOST_MARKS: usize = 300;
const YOU_RADIUS: f32 = 8.0;

pub(super) fn drawing(view: View) -> El {
    let size = move |say: fn(Point) -> String| move || Some(say(view.frame().size));
    let place = |at: Point| format!("translate({}px,{}px)", px(at.x), px(at.y));
    let world = move || {
        let MapFrame { scale, origin, .. } = view.frame();
        Some(format!("{} scale({})", place(origin), text::fixed(scale, 6)))
    };
    svg("svg", "")
        .testid("map-drawing")
        .attr("aria-hidden", "true")
        .live_attr("class", move || Some(format!("map-drawing {}", text::map::colour_class(view.colour()))))
        .live_attr("viewBox", size(|size| format!("0 0 {} {}", px(size.x), px(size.y))))
        .child(
            svg("g", "map-world")
                .live_style("transform", world)
                .child(svg("g", "map-dots").live_children(move || dots(view)))
                .child(svg("g", "").live_children(move || marks(view)))
                .child(svg("g", "").live_children(move || lit(view))),
        )
        .child(svg("g", "map-names").live_children(move || names(view)))
}

/// A length or a place.
fn px(value: f32) -> String {
    text::fixed(value, 1)
}

/// All films of a colour are one path: a point each, which the styles make round.
fn dots(view: View) -> Vec<El> {
    let films = view.films.get_value();
    let path = |(place, (_, items)): (u32, &(MapClass, Vec<u32>))| {
        let mut path = String::with_capacity(16 * items.len());
        for &item_idx in items {
            let at = films.map.points()[item_idx as usize];
            for (letter, coordinate) in [('M', at.x), (' ', at.y)] {
                path.push(letter);
                path.push_str(&(coordinate as u32).to_string());
            }
            path.push_str("h0");
        }
        svg("path", &format!("map-dot k{place}"))
            .attr("d", &path)
            .live_class("faint", move || view.alone.get().is_some_and(|alone| alone != place))
    };
    (0..).zip(&view.classes()).map(path).collect()
}

/// What has to do with the visitor: films of the shelf and of the list.
fn marked(view: View) -> Vec<(u32, Role)> {
    let session = view.session;
    let on_shelf: Vec<(u32, Role)> = session.shelf.with(|shelf| {
        let entries = shelf.entries().iter().rev().take(MOST_MARKS);
        entries.map(|entry| (entry.item_idx, Role::OnShelf(entry.taste))).collect()
    });
    session.rows.with(|rows| {
        let recommended = rows.iter().enumerate().map(|(place, row)| (row.ranked.item_idx, Role::Recommended(place)));
        let is_new = |(item_idx, _): &(u32, Role)| on_shelf.iter().all(|(other, _)| other != item_idx);
        on_shelf.iter().copied().chain(recommended.filter(is_new)).collect()
    })
}

/// Something at a place of the map, as large however near one is.
fn mark(view: View, key: u64, class: &str, at: Point, content: Vec<El>) -> El {
    let as_large = move || Some(format!("scale({})", text::fixed(view.frame().scale.recip(), 2)));
    svg("g", &format!("map-mark {class}"))
        .key(key)
        .style("transform", &format!("translate({}px,{}px)", px(at.x), px(at.y)))
        .child(svg("g", "").live_style("transform", as_large).children(content))
}

fn marks(view: View) -> Vec<El> {
    let films = view.films.get_value();
    let film = |(item_idx, role): (u32, Role)| {
        let (class, radius) = match role {
            Role::OnShelf(Taste::Liked) => ("dot-liked", "5.5"),
            Role::OnShelf(Taste::Disliked | Taste::Seen) => ("dot-disliked", "4.5"),
            _ => ("dot-recommended", "5"),
        };
        let dot = svg("circle", "dot").attr("r", radius);
        mark(view, Vertex::Item(item_idx).number(), class, films.map.points()[item_idx as usize], vec![dot])
    };
    let mut marks: Vec<El> = marked(view).into_iter().rev().map(film).collect();
    if let (Some(at), before) = view.you() {
        let (halo, dot) = (svg("circle", "map-halo"), svg("circle", "dot"));
        let name = svg("text", "map-name").attr("y", &px(-YOU_RADIUS - 9.0)).text(text::YOU);
        let parts = vec![halo.attr("r", &px(2.0 * YOU_RADIUS)), dot.attr("r", &px(YOU_RADIUS)), name];
        // Where the visitor comes from; another way is another element, which appears anew.
        if let Some(before) = before {
            let way = format!("M{} {}L{} {}", px(before.x), px(before.y), px(at.x), px(at.y));
            let key = (before.x as u64) << 32 | (before.y as u64) << 16 | at.x as u64;
            marks.push(svg("path", "map-way").key(u64::MAX - key).attr("d", &way));
        }
        marks.push(mark(view, Vertex::You.number(), "map-you", at, parts).testid("map-you"));
    }
    marks
}

/// A ring around what is lit, wherever it was pointed at.
fn lit(view: View) -> Vec<El> {
    let ring = |vertex: Vertex| {
        let ring = svg("circle", "map-ring").attr("r", "9");
        let name = match vertex {
            Vertex::Person(_) => svg("text", "map-name").attr("y", "-18").text(&view.session.core().name(vertex)),
            // A film's name is one of those that are set; the visitor's stands there.
            _ => svg("text", "map-name"),
        };
        Some(mark(view, vertex.number(), "", place_of(view, vertex)?, vec![ring, name]))
    };
    let chosen = view.chosen.get().map(Vertex::Item);
    let lit = view.session.lit.get();
    lit.into_iter().chain(chosen.filter(|chosen| lit != Some(*chosen))).filter_map(ring).collect()
}

/// Names: what is pointed at, what has to do with the visitor, and well-known films to find one's way by.
fn names(view: View) -> Vec<El> {
    let films = view.films.get_value();
    let core = view.session.core();
    let frame = view.frame();
    let pointed_at = match view.session.lit.get() {
        Some(Vertex::Item(item_idx)) => Some(item_idx),
        _ => None,
    };
    let marked: Vec<u32> = marked(view).into_iter().map(|(item_idx, _)| item_idx).collect();
    let landmarks = films.by_likes.iter().take(N_LANDMARKS).copied();
    let mut candidates: Vec<u32> = Vec::new();
    let mut n_marks = 0;
    for (place, item_idx) in pointed_at.into_iter().chain(view.chosen.get()).chain(marked).chain(landmarks).enumerate()
    {
        let Some(at) = films.map.points().get(item_idx as usize).map(|&at| frame.on_drawing(at)) else { continue };
        let is_seen = at.x >= 0.0 && at.x <= frame.size.x && at.y >= 0.0 && at.y <= frame.size.y;
        if is_seen && !candidates.contains(&item_idx) {
            candidates.push(item_idx);
            n_marks += usize::from(place < MOST_MARKS);
        }
    }
    let n_marks = n_marks.min(candidates.len());
    let at = |item_idx: u32| frame.on_drawing(films.map.points()[item_idx as usize]);
    let shown: Vec<String> =
        candidates.iter().map(|&item_idx| text::shortened(core.title(item_idx), LETTERS)).collect();
    // The visitor's own name stands above the visitor, and is covered by none.
    let you = view.you().0.map(|you| frame.on_drawing(you));
    let mut places: Vec<(Point, usize)> = Vec::new();
    places.extend(you.map(|at| (Point { x: at.x - 16.0, y: at.y - YOU_RADIUS - 9.0 }, 2)));
    let n_first = places.len();
    places.extend(candidates.iter().zip(&shown).map(|(&item_idx, name)| (at(item_idx), name.chars().count())));
    let most = (frame.size.x * frame.size.y / PIXELS_A_NAME) as usize + n_first;
    let is_marked = |item_idx: u32| {
        view.session.shelf.with(|shelf| shelf.taste_of(item_idx).is_some())
            || view.session.rows.with(|rows| rows.iter().any(|row| row.ranked.item_idx == item_idx))
    };
    let name = |place: usize, is_left: bool| {
        let (item_idx, name) = (candidates[place], &shown[place]);
        let Point { x, y } = at(item_idx);
        let class = match (pointed_at == Some(item_idx), is_marked(item_idx)) {
            (true, _) => "map-name pointed-at",
            (_, true) => "map-name marked",
            _ => "map-name",
        };
        svg("text", class)
            .key(Vertex::Item(item_idx).number())
            .style("transform", &format!("translate({}px,{}px)", px(if is_left { x - 9.0 } else { x + 9.0 }), px(y)))
            .attr("text-anchor", if is_left { "end" } else { "start" })
            .text(name)
    };
    let is_pointed_at = |item_idx: &u32| pointed_at == Some(*item_idx);
    let n_needed = n_first + usize::from(candidates.first().is_some_and(is_pointed_at));
    let set = labels(&places, n_needed, n_first + n_marks, frame.size, most);
    let of_films = set.into_iter().filter(|label| label.place >= n_first);
    of_films.map(|label| name(label.place - n_first, label.is_left)).collect()
}
