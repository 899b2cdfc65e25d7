//! Where everything stands, in each form of the drawing. Pure: the same selection gives the same drawing.
//!
//! All forms have the same parts, so that a drawing can move each from where it was to where it goes: a spot for every
//! hyperedge and every node, and of every hyperedge a band, which has one stroke a membership. In the outlines a band is
//! a shape that holds exactly its members; in the bipartite form its strokes are thin lines; in the matrix they are cells.

mod columns;
mod matrix;
mod outlines;
mod trig;

use super::ego::{Ego, Shown};
use super::explore::Form;
use crate::ranking::sorted_indices;

/// A point of the drawing, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// What there is to draw on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Canvas {
    /// Its width in pixels; the height follows from it.
    pub width: f32,
}

/// How a label stands to its spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It ends at its place.
    Left,
    /// It begins at its place.
    Right,
    /// It begins at its place and rises to the right.
    Rising,
}

/// The room for a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Label {
    /// Where it begins or ends, at half the height of its letters.
    pub at: Point,
    /// To which side.
    pub side: Side,
    /// How many letters fit.
    pub letters: usize,
}

/// Where a hyperedge or a node is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Its middle.
    pub at: Point,
    /// Radius of its dot.
    pub radius: f32,
    /// Its name, where there is room.
    pub label: Option<Label>,
}

/// A hyperedge's memberships as they are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// One stroke a member, as in [`Ego::members`], from the hyperedge to the node. Without a member one stroke that
    /// stays at the hyperedge.
    pub strokes: Vec<[Point; 3]>,
    /// Half the width of the strokes.
    pub radius: f32,
}

/// A finished drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Which form it is of.
    pub form: Form,
    /// Width of the drawing.
    pub width: f32,
    /// Height of the drawing.
    pub height: f32,
    /// As in [`Ego::hyperedges`].
    pub hyperedges: Vec<Spot>,
    /// As in [`Ego::nodes`].
    pub nodes: Vec<Spot>,
    /// As in [`Ego::hyperedges`].
    pub bands: Vec<Band>,
    /// Lines that lead the eye, from where to where.
    pub rules: Vec<(Point, Point)>,
}

/// Narrower than this, there is no room for labels around a ring, nor for titles above columns.
const LABELS_FROM_WIDTH: f32 = 520.0;
/// A cautious width of a letter at the size of the labels.
const LETTER_WIDTH: f32 = 7.7;
const MARGIN: f32 = 6.0;
/// Radius of a dot with a letter in it.
const ANCHOR_RADIUS: f32 = 8.0;

/// Radius of a dot that stands for several, with their number in it.
const STACK_RADIUS: f32 = 9.0;

impl Shown {
    /// Radius of its dot, where that of others is `plain`.
    fn dot_radius(&self, plain: f32) -> f32 {
        if self.twins.is_empty() { plain } else { plain.max(STACK_RADIUS) }
    }
}

/// Lays `ego` out; the same input gives the same drawing.
pub fn layout(ego: &Ego, form: Form, canvas: Canvas) -> Layout {
    match form {
        Form::Outlines => outlines::outlines(ego, canvas),
        Form::Bipartite => columns::columns(ego, canvas),
        Form::Matrix => matrix::matrix(ego, canvas),
    }
}

impl Layout {
    /// How far a point is outside of a hyperedge's band; negative inside.
    pub fn distance_to_band(&self, hyperedge: usize, point: Point) -> f32 {
        let band = &self.bands[hyperedge];
        distance_to(&band.strokes, point) - band.radius
    }

    /// The hyperedges from the widest to the narrowest band: the order to draw them in.
    pub fn drawing_order(&self) -> Vec<u32> {
        let radius = |place: usize| self.bands[place].radius;
        sorted_indices(self.bands.len(), &|a, b| radius(b).total_cmp(&radius(a)))
    }
}

impl Point {
    /// Between two points, `part` of the way.
    fn between(self, other: Self, part: f32) -> Self {
        Self { x: self.x + part * (other.x - self.x), y: self.y + part * (other.y - self.y) }
    }
}

/// How many letters have room in so many pixels.
fn letters(room: f32) -> usize {
    (room.max(0.0) / LETTER_WIDTH) as usize
}

fn distance_to(strokes: &[[Point; 3]], point: Point) -> f32 {
    let distance = |&[a, b, c]: &[Point; 3]| distance_to_segment(point, a, b).min(distance_to_segment(point, b, c));
    strokes.iter().map(distance).fold(f32::INFINITY, f32::min)
}

/// Distance of a point to a line segment.
fn distance_to_segment(point: Point, a: Point, b: Point) -> f32 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let length_squared = dx * dx + dy * dy;
    let along = if length_squared > 0.0 { ((point.x - a.x) * dx + (point.y - a.y) * dy) / length_squared } else { 0.0 };
    let nearest = a.between(b, along.clamp(0.0, 1.0));
    let (dx, dy) = (point.x - nearest.x, point.y - nearest.y);
    (dx * dx + dy * dy).sqrt()
}

/// The nodes in an order that keeps those of the same hyperedges together: the centre first, then by the mean place of
/// their hyperedges.
fn by_hyperedges(ego: &Ego) -> Vec<u32> {
    let mean = |node: usize| {
        let (sum, n) = ego.holders(node).fold((0, 0), |(sum, n), hyperedge| (sum + hyperedge, n + 1));
        let is_centre = !ego.is_dual && node == 0;
        if is_centre { -1.0 } else { sum as f32 / n as f32 }
    };
    let means: Vec<f32> = (0..ego.nodes.len()).map(mean).collect();
    sorted_indices(means.len(), &|a, b| means[a].total_cmp(&means[b]))
}
