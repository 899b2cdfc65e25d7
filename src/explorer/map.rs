//! All films on one map: the student's embeddings, flattened by the [`Projection`] that the trainer has made, and how one
//! looks at them. Pure; the drawing follows.

use super::explore::MapState;
use super::layout::Point;
use crate::bundle::Projection;
use crate::catalogue::CatalogueItem;
use crate::ranking::sorted_indices;

/// Points are whole numbers of this many to the longer side of the map.
pub const MAP_SIZE: f32 = 10_000.0;
/// Cells of the grid along the longer side.
const N_CELLS: usize = 48;

/// Where all films stand.
#[derive(Debug, Clone, PartialEq)]
pub struct FilmMap {
    /// Of each film, in the model's order.
    points: Vec<Point>,
    /// Its right lower corner; the left upper one is at (0, 0).
    corner: Point,
    /// From the plane of the projection: what is taken off, and the scale.
    origin: [f32; 2],
    scale: f32,
    /// Films of each cell of the grid, one row of cells after the other: where they begin in `cell_items`.
    cell_offsets: Vec<u32>,
    cell_items: Vec<u32>,
}

impl FilmMap {
    /// The map of these embeddings.
    ///
    /// # Shapes
    /// `item_emb` is `[n_items, emb_dim]`, `emb_dim` that of the projection.
    pub fn new(projection: &Projection, item_emb: &[f32]) -> Self {
        let flat: Vec<[f32; 2]> =
            item_emb.chunks_exact(projection.mean.len().max(1)).map(|emb| projection.point(emb)).collect();
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for at in &flat {
            for axis in 0..2 {
                (low[axis], high[axis]) = (low[axis].min(at[axis]), high[axis].max(at[axis]));
            }
        }
        let extent = (high[0] - low[0]).max(high[1] - low[1]);
        let scale = if extent > 0.0 && extent.is_finite() { MAP_SIZE / extent } else { 0.0 };
        let mut map = Self {
            points: Vec::new(),
            // Films at one place, or none, are a map of no size.
            corner: if scale > 0.0 {
                Point { x: (high[0] - low[0]) * scale, y: (high[1] - low[1]) * scale }
            } else {
                Point { x: 0.0, y: 0.0 }
            },
            origin: if flat.is_empty() { [0.0; 2] } else { low },
            scale,
            cell_offsets: Vec::new(),
            cell_items: Vec::new(),
        };
        map.points = flat.iter().map(|&at| map.on_map(at)).collect();
        let cells: Vec<usize> = map.points.iter().map(|&at| cell_of(at.y) * N_CELLS + cell_of(at.x)).collect();
        map.cell_items = sorted_indices(cells.len(), &|a, b| cells[a].cmp(&cells[b]));
        map.cell_offsets = vec![0; N_CELLS * N_CELLS + 1];
        cells.iter().for_each(|&cell| map.cell_offsets[cell + 1] += 1);
        for cell in 0..N_CELLS * N_CELLS {
            map.cell_offsets[cell + 1] += map.cell_offsets[cell];
        }
        map
    }

    fn on_map(&self, [x, y]: [f32; 2]) -> Point {
        Point { x: ((x - self.origin[0]) * self.scale).round(), y: ((y - self.origin[1]) * self.scale).round() }
    }

    /// Where the films stand, in the model's order.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The right lower corner.
    pub fn corner(&self) -> Point {
        self.corner
    }

    /// Where another embedding of the same space stands: the visitor's, or a person's. Not beyond the edge.
    pub fn place(&self, projection: &Projection, emb: &[f32]) -> Point {
        let Point { x, y } = self.on_map(projection.point(emb));
        // Not `clamp`, which brings the printing of floats along to say what it panics about: 6 kB of the page.
        Point { x: x.min(self.corner.x).max(0.0), y: y.min(self.corner.y).max(0.0) }
    }

    /// The film nearest to a point, if there is one within `reach`; of two equally near the first.
    pub fn nearest(&self, at: Point, reach: f32) -> Option<u32> {
        let (columns, rows) =
            (cell_of(at.x - reach)..=cell_of(at.x + reach), cell_of(at.y - reach)..=cell_of(at.y + reach));
        let mut nearest = None;
        let mut reach = reach * reach;
        for row in rows {
            for column in columns.clone() {
                let cell = row * N_CELLS + column;
                let (from, to) = (self.cell_offsets[cell] as usize, self.cell_offsets[cell + 1] as usize);
                for &item_idx in &self.cell_items[from..to] {
                    let distance = squared_distance(self.points[item_idx as usize], at);
                    if distance < reach || (distance == reach && nearest.is_none_or(|other| item_idx < other)) {
                        (nearest, reach) = (Some(item_idx), distance);
                    }
                }
            }
        }
        nearest
    }

    /// The films in order of their distance to a point.
    pub fn by_distance(&self, at: Point) -> Vec<u32> {
        let distances: Vec<f32> = self.points.iter().map(|&point| squared_distance(point, at)).collect();
        sorted_indices(distances.len(), &|a, b| distances[a].total_cmp(&distances[b]))
    }
}

/// The row or column of a coordinate; beyond the edge the nearest.
fn cell_of(coordinate: f32) -> usize {
    ((coordinate / MAP_SIZE * N_CELLS as f32).max(0.0) as usize).min(N_CELLS - 1)
}

fn squared_distance(a: Point, b: Point) -> f32 {
    (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)
}

/// A part of the map on a drawing of so many pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapFrame {
    /// Pixels a unit of the map.
    pub scale: f32,
    /// Where the map's (0, 0) is on the drawing.
    pub origin: Point,
    /// Width and height of the drawing.
    pub size: Point,
}

/// Between the outermost films and the edge of the drawing.
const FRAME_MARGIN: f32 = 28.0;

impl MapFrame {
    /// What `state` shows of a map with this right lower corner.
    pub fn new(state: MapState, corner: Point, size: Point) -> Self {
        let fit = |pixels: f32, units: f32| (pixels - 2.0 * FRAME_MARGIN).max(1.0) / units.max(1.0);
        let scale = fit(size.x, corner.x).min(fit(size.y, corner.y)) * state.magnification();
        let Point { x, y } = state.middle(corner);
        Self { scale, origin: Point { x: size.x / 2.0 - x * scale, y: size.y / 2.0 - y * scale }, size }
    }

    /// A point of the map on the drawing.
    pub fn on_drawing(&self, at: Point) -> Point {
        Point { x: self.origin.x + at.x * self.scale, y: self.origin.y + at.y * self.scale }
    }

    /// A point of the drawing on the map.
    pub fn on_map(&self, at: Point) -> Point {
        Point { x: (at.x - self.origin.x) / self.scale, y: (at.y - self.origin.y) / self.scale }
    }
}

/// Height of a label, and what it keeps from others.
const LABEL_HEIGHT: f32 = 15.0;
const LETTER: f32 = 6.4;
const FROM_DOT: f32 = 9.0;

/// A name on the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapLabel {
    /// Which of the candidates it is.
    pub place: usize,
    /// Whether it stands on the left of its point.
    pub is_left: bool,
}

/// Which of the names have room, those first that come first: none covers another, nor another's point if that is one of
/// the first `n_marks`. The first `n_needed` are there whatever they cover, each to the side where there is more room.
///
/// A candidate is where its point stands on the drawing, and how many letters its name has.
pub fn labels(
    candidates: &[(Point, usize)],
    n_needed: usize,
    n_marks: usize,
    size: Point,
    most: usize,
) -> Vec<MapLabel> {
    let mut boxes: Vec<[f32; 4]> = candidates[..n_marks.min(candidates.len())]
        .iter()
        .map(|(at, _)| [at.x - 4.0, at.y - 4.0, at.x + 4.0, at.y + 4.0])
        .collect();
    let mut chosen = Vec::new();
    for (place, &(at, n_letters)) in candidates.iter().enumerate() {
        if chosen.len() == most {
            break;
        }
        let width = n_letters as f32 * LETTER;
        let (top, bottom) = (at.y - LABEL_HEIGHT / 2.0, at.y + LABEL_HEIGHT / 2.0);
        for is_left in [false, true] {
            let from = if is_left { at.x - FROM_DOT - width } else { at.x + FROM_DOT };
            let wanted = [from, top, from + width, bottom];
            let is_inside = wanted[0] >= 0.0 && wanted[2] <= size.x && top >= 0.0 && bottom <= size.y;
            let is_needed = place < n_needed && is_left == (at.x > size.x / 2.0);
            if is_needed || (place >= n_needed && is_inside && boxes.iter().all(|other| !overlap(&wanted, other))) {
                boxes.push(wanted);
                chosen.push(MapLabel { place, is_left });
                break;
            }
        }
    }
    chosen
}

fn overlap(a: &[f32; 4], b: &[f32; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// What the dots are coloured by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MapColour {
    /// The decade of release.
    #[default]
    Decade,
    /// The first genre.
    Genre,
    /// How many people of the data liked it.
    Likes,
}

impl MapColour {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Decade, Self::Genre, Self::Likes];
}

/// Films of one colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MapClass {
    /// Released before this year.
    Before(u16),
    /// Released in the ten years from this.
    Decade(u16),
    /// The year is not known.
    NoYear,
    /// Of this genre.
    Genre(String),
    /// Of another genre, or none.
    OtherGenre,
    /// Liked by at least so many and at most so many people.
    Likes(u32, Option<u32>),
}

const FIRST_DECADE: u16 = 1950;
const LAST_DECADE: u16 = 2010;
const N_GENRES: usize = 7;
/// The least likes of each class.
const LIKES: [u32; 4] = [0, 10, 25, 75];

/// The classes that have films, in their order, each with its films. `degrees` are likes of each film.
pub fn map_classes(items: &[CatalogueItem], degrees: &[u32], colour: MapColour) -> Vec<(MapClass, Vec<u32>)> {
    let first_genre = |item: &CatalogueItem| item.genres.first().cloned().unwrap_or_default();
    let mut classes: Vec<MapClass> = Vec::new();
    match colour {
        MapColour::Decade => {
            classes.push(MapClass::Before(FIRST_DECADE));
            classes.extend((FIRST_DECADE..=LAST_DECADE).step_by(10).map(MapClass::Decade));
            classes.push(MapClass::NoYear);
        }
        MapColour::Genre => {
            let mut counts: Vec<(String, usize)> = Vec::new();
            for genre in items.iter().map(first_genre).filter(|genre| !genre.is_empty()) {
                match counts.iter_mut().find(|(known, _)| *known == genre) {
                    Some((_, n)) => *n += 1,
                    None => counts.push((genre, 1)),
                }
            }
            let order = sorted_indices(counts.len(), &|a, b| counts[b].1.cmp(&counts[a].1));
            let most = order.iter().take(N_GENRES).map(|&place| MapClass::Genre(counts[place as usize].0.clone()));
            classes.extend(most);
            classes.push(MapClass::OtherGenre);
        }
        MapColour::Likes => {
            let most = |place: usize| LIKES.get(place + 1).map(|next| next - 1);
            classes.extend(LIKES.iter().enumerate().map(|(place, &least)| MapClass::Likes(least, most(place))));
        }
    }
    let is_in = |class: &MapClass, item_idx: usize| {
        let item = &items[item_idx];
        match class {
            MapClass::Before(year) => item.year.is_some_and(|of| of < *year),
            // What comes later than the last decade is counted with it.
            MapClass::Decade(year) => {
                item.year.is_some_and(|of| of >= *year && (of < year + 10 || *year == LAST_DECADE))
            }
            MapClass::Genre(genre) => item.genres.first() == Some(genre),
            MapClass::Likes(least, most) => {
                let n_likes = degrees.get(item_idx).copied().unwrap_or(0);
                n_likes >= *least && most.is_none_or(|most| n_likes <= most)
            }
            MapClass::NoYear | MapClass::OtherGenre => true,
        }
    };
    let mut films = vec![Vec::new(); classes.len()];
    for item_idx in 0..items.len() {
        if let Some(place) = classes.iter().position(|class| is_in(class, item_idx)) {
            films[place].push(item_idx as u32);
        }
    }
    classes.into_iter().zip(films).filter(|(_, films)| !films.is_empty()).collect()
}
