//! All films on one map, and where the visitor stands among them.

mod drawing;
mod moves;

use std::rc::Rc;

use leptos::prelude::*;

use self::drawing::drawing;
use self::moves::{Moves, frame, zoom_buttons};
use super::file::with_file;
use crate::bundle::{ExplorerBundle, Projection};
use crate::explorer::{FilmMap, MapClass, MapColour, MapFrame, MapState, Point, Taste, Vertex, map_classes};
use crate::page::choices::segmented;
use crate::page::dom::{El, button, el, svg};
use crate::page::hypergraph::key_entry;
use crate::page::icons;
use crate::page::opinions::opinions;
use crate::page::session::Session;

use crate::page::text::hypergraph;
use crate::page::text::map as text;
use crate::ranking::sorted_indices;
use crate::student::Workspace;

/// Films in the list of the nearest.
const N_NEAREST: usize = 12;

/// What the parts of the view share; copies share it. What is derived is kept as numbers, of one type: each type that a
/// memo holds is a kilobyte and a half of the page.
#[derive(Clone, Copy)]
struct View {
    session: Session,
    films: StoredValue<Rc<Films>, LocalStorage>,
    width: RwSignal<f32>,
    /// [`MapState::number`].
    state: Memo<u64>,
    /// The place of the colouring among [`MapColour::ALL`].
    colour: Memo<u64>,
    /// Where the visitor stands, and in the higher half where before: [`spot`].
    you: Memo<u64>,
    /// The colour that is seen alone.
    alone: RwSignal<Option<u32>>,
    /// The film that was clicked.
    chosen: RwSignal<Option<u32>>,
}

impl View {
    fn state(self) -> MapState {
        MapState::of_number(self.state.get())
    }

    fn colour(self) -> MapColour {
        MapColour::ALL[self.colour.get() as usize]
    }

    fn frame(self) -> MapFrame {
        MapFrame::new(self.state(), self.films.with_value(|films| films.map.corner()), size(self.width.get()))
    }

    /// Where the visitor stands, and where before.
    fn you(self) -> (Option<Point>, Option<Point>) {
        let you = self.you.get();
        (point(you & SPOT), point(you >> 32))
    }

    /// The films of each colour.
    fn classes(self) -> Vec<(MapClass, Vec<u32>)> {
        let core = self.session.core();
        map_classes(core.catalogue.items(), &self.films.with_value(|films| films.degrees.clone()), self.colour())
    }
}

/// The lower half of a number.
const SPOT: u64 = (1 << 32) - 1;

/// A point of the map, whose coordinates are whole numbers up to 10,000, as a number; 0 where there is none.
fn spot(at: Option<Point>) -> u64 {
    at.map_or(0, |Point { x, y }| 1 + ((x as u64) << 16 | y as u64))
}

fn point(spot: u64) -> Option<Point> {
    let spot = spot.checked_sub(1)?;
    Some(Point { x: (spot >> 16) as f32, y: (spot & 0xffff) as f32 })
}

/// What does not change.
struct Films {
    file: Rc<ExplorerBundle>,
    map: FilmMap,
    /// Likes of each film.
    degrees: Vec<u32>,
    /// The best known first.
    by_likes: Vec<u32>,
}

impl Films {
    fn projection(&self) -> Option<&Projection> {
        self.file.projection.as_ref()
    }
}

pub(super) fn map(session: Session, width: RwSignal<f32>) -> El {
    with_file(session, move |file| match &file.projection {
        Some(projection) => view(session, Rc::clone(&file), projection, width),
        None => el("p", "note").text(text::NO_PROJECTION),
    })
}

/// As high as a screen has room for.
fn size(width: f32) -> Point {
    Point { x: width, y: (0.58 * width).clamp(340.0, 620.0) }
}

fn view(session: Session, file: Rc<ExplorerBundle>, projection: &Projection, width: RwSignal<f32>) -> El {
    let core = session.core();
    let map = FilmMap::new(projection, core.recommender.student().item_emb());
    let degrees = core.recommender.incidence().hyperedge_degrees();
    let by_likes = sorted_indices(degrees.len(), &|a, b| degrees[b].cmp(&degrees[a]));
    let about = text::projection(projection.mean.len(), projection.explained.iter().sum());
    let films = StoredValue::new_local(Rc::new(Films { file, map, degrees, by_likes }));
    let view = View {
        session,
        films,
        width,
        state: Memo::new(move |_| session.explore.with(|explore| explore.map.number())),
        colour: Memo::new(move |_| session.explore.with(|explore| explore.map.colour as u64)),
        you: Memo::new(move |before: Option<&u64>| {
            let before = before.map_or(0, |before| before & SPOT);
            before << 32 | spot(you(session, &films.get_value()))
        }),
        alone: RwSignal::new(None),
        chosen: RwSignal::new(None),
    };
    let moves = Moves::new(view);
    let choose = move |place: usize| {
        view.alone.set(None);
        session.explore(|explore| explore.map.colour = MapColour::ALL[place]);
    };
    let head = el("div", "map-head").child(el("span", "control-label").text(text::COLOURED_BY)).child(segmented(
        text::COLOURED_BY,
        &text::COLOURS,
        move || view.colour.get() as usize,
        choose,
    ));
    el("div", "map")
        .testid("map")
        .child(el("p", "note").text(text::WHAT_IT_IS))
        .child(head)
        .child(legend(view))
        .child(
            el("div", "map-figure")
                .child(frame(moves).child(drawing(view)))
                .child(zoom_buttons(moves))
                .child(panel(view)),
        )
        .child(el("p", "key").children(KEY.iter().map(key_entry)))
        .child(el("p", "small").text(text::WHEEL).text(" ").text(&about))
        .child(nearest(view))
}

const KEY: [(&str, &str); 3] = [
    ("map-you", hypergraph::KEY_YOU),
    ("dot-liked", hypergraph::KEY_LIKED),
    ("dot-recommended", hypergraph::KEY_RECOMMENDED),
];

/// Where the visitor stands; nowhere without an opinion.
fn you(session: Session, films: &Films) -> Option<Point> {
    let request = session.shelf.with(|shelf| (shelf.count(Taste::Liked) > 0).then(|| shelf.request(1)))?;
    let mut workspace = Workspace::default();
    session.core().recommender.student().logits(&request, &mut workspace).ok()?;
    Some(films.map.place(films.projection()?, workspace.user_emb()))
}

/// Where something stands on the map.
fn place_of(view: View, vertex: Vertex) -> Option<Point> {
    let films = view.films.get_value();
    match vertex {
        Vertex::You => view.you().0,
        Vertex::Item(item_idx) => films.map.points().get(item_idx as usize).copied(),
        Vertex::Person(user_idx) => {
            let core = view.session.core();
            let student = core.recommender.student();
            let is_known = (user_idx as usize) < student.config().n_users;
            is_known.then(|| films.map.place(films.projection()?, student.user_emb(user_idx as usize)).into()).flatten()
        }
    }
}

/// What the colours mean; each is a button that shows it alone.
fn legend(view: View) -> El {
    let entry = move |(place, (class, films)): (u32, &(MapClass, Vec<u32>))| {
        let dot = svg("circle", &format!("map-key k{place}")).attr("cx", "6").attr("cy", "6").attr("r", "5");
        let picture = svg("svg", "")
            .attr("viewBox", "0 0 12 12")
            .attr("width", "12")
            .attr("height", "12")
            .attr("aria-hidden", "true");
        let press = move || view.alone.update(|alone| *alone = (*alone != Some(place)).then_some(place));
        button("map-class", press)
            .says("aria-pressed", move || view.alone.get() == Some(place))
            .attr("title", &text::n_films(films.len()))
            .child(picture.child(dot))
            .text(&text::class(class))
    };
    el("div", "")
        .live_attr("class", move || Some(format!("map-legend {}", text::colour_class(view.colour()))))
        .attr("title", text::KEY_FAINT)
        .live_children(move || (0..).zip(&view.classes()).map(entry).collect())
}

/// The film that was clicked, and what can be done with it.
fn panel(view: View) -> El {
    let content = move || {
        let Some(item_idx) = view.chosen.get() else { return Vec::new() };
        let session = view.session;
        let core = session.core();
        let n_likes = core.recommender.incidence().hyperedge_degree(item_idx as usize);
        let about = format!("{} · {}", core.about(item_idx), text::liked_by(n_likes));
        let close = button("round", move || view.chosen.set(None)).titled(hypergraph::CLOSE).child(icons::cross());
        let head = el("div", "chosen-head")
            .child(el("strong", "").attr("dir", "auto").text(core.title(item_idx)))
            .child(el("span", "").text(&about))
            .child(close);
        let taste = session.shelf.with(|shelf| shelf.taste_of(item_idx));
        let give = Rc::new(move |taste| session.set_taste(item_idx, taste));
        let look = move || session.look_at(Vertex::Item(item_idx));
        let actions = el("div", "choices")
            .child(button("preset", look).text(text::TO_HYPERGRAPH))
            .child(el("span", "opinions").children(opinions(core.title(item_idx), taste, true, give)));
        vec![head, actions]
    };
    el("div", "chosen-panel map-chosen")
        .testid("map-chosen")
        .flag("hidden", move || view.chosen.get().is_none())
        .live_children(content)
}

/// For those who do not see the map: what is near.
fn nearest(view: View) -> El {
    let entries = move || {
        let films = view.films.get_value();
        let Some(at) = view.you().0 else { return Vec::new() };
        let entry = |item_idx: u32| {
            let (session, vertex) = (view.session, Vertex::Item(item_idx));
            let name = session.core().full_name(vertex);
            el("li", "")
                .lights(session, vertex)
                .child(button("link", move || view.chosen.set(Some(item_idx))).text(&name))
        };
        films.map.by_distance(at).into_iter().take(N_NEAREST).map(entry).collect()
    };
    let is_nowhere = move || view.you().0.is_none();
    el("div", "").child(el("p", "note").flag("hidden", move || !is_nowhere()).text(text::NOT_YET)).child(
        el("details", "as-list")
            .flag("hidden", is_nowhere)
            .child(el("summary", "").text(text::NEAREST))
            .child(el("ol", "map-nearest").live_children(entries)),
    )
}
