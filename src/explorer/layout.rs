//! Where everything stands: the focus in the centre, an anchor for each hyperedge on an inner ring, the members evenly
//! on an outer ring.
//!
//! A hyperedge's outline is the union of thick capsules from its anchor to each of its members and to the centre. The
//! capsules' radii are computed from the drawing itself, so that an outline holds exactly its members.

use std::f32::consts::{FRAC_PI_2, TAU};

use super::ego::Ego;
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

/// On which side of its dot a label stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It ends at the dot.
    Left,
    /// It begins at the dot.
    Right,
}

/// A finished drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Width of the drawing.
    pub width: f32,
    /// Height of the drawing.
    pub height: f32,
    /// Where the focus stands.
    pub centre: Point,
    /// Where the hyperedges are anchored, as in [`Ego::hyperedges`].
    pub anchors: Vec<Point>,
    /// Where the members stand, as in [`Ego::members`].
    pub members: Vec<Point>,
    /// Half the width of each hyperedge's capsules, as in [`Ego::hyperedges`]. They differ, the larger hyperedge wider,
    /// so that around a shared member one sees ring in ring who shares it.
    pub outline_radii: Vec<f32>,
    /// The widest that a capsule may be.
    pub max_outline_radius: f32,
    /// Radius of a member's dot.
    pub dot_radius: f32,
    /// Whether there is room for labels beside the dots; otherwise the dots carry numbers.
    pub has_labels: bool,
}

/// Narrower than this, labels give way to numbers.
const LABELS_FROM_WIDTH: f32 = 520.0;
const MAX_OUTER_RADIUS: f32 = 200.0;
const INNER_TO_OUTER: f32 = 0.42;
/// A label needs this much beside the ring to be worth having.
const LABEL_WIDTH: f32 = 150.0;
/// Between an outline and a label.
const LABEL_GAP: f32 = 6.0;
/// A cautious width of a letter at the size of the labels.
const LETTER_WIDTH: f32 = 7.7;
const MARGIN: f32 = 6.0;
const MAX_ROUNDS: usize = 40;

/// Lays `ego` out; the same input gives the same drawing.
pub fn layout(ego: &Ego, canvas: Canvas) -> Layout {
    let has_labels = canvas.width >= LABELS_FROM_WIDTH;
    let (wished_outline, wished_dot) = if has_labels { (21.0, 5.5) } else { (20.0, 9.5) };
    let beside = if has_labels { LABEL_WIDTH } else { MARGIN };
    let outer = (canvas.width / 2.0 - wished_outline - beside).clamp(40.0, MAX_OUTER_RADIUS);
    let height = 2.0 * (outer + wished_outline + MARGIN);
    let centre = Point { x: canvas.width / 2.0, y: height / 2.0 };
    let inner = outer * INNER_TO_OUTER;

    let (anchor_angles, member_angles) = arrange(ego);
    let on_ring = |radius: f32| {
        move |angle: &f32| Point { x: centre.x + radius * cos(*angle), y: centre.y + radius * sin(*angle) }
    };
    let mut layout = Layout {
        width: canvas.width,
        height,
        centre,
        anchors: anchor_angles.iter().map(on_ring(inner)).collect(),
        members: member_angles.iter().map(on_ring(outer)).collect(),
        outline_radii: Vec::new(),
        max_outline_radius: wished_outline,
        dot_radius: wished_dot,
        has_labels,
    };
    // Never a non-member inside: outline and dot share what room there is.
    layout.max_outline_radius = wished_outline.min(layout.room(ego) * 0.6);
    layout.dot_radius = wished_dot.min(layout.max_outline_radius * 0.5);
    layout.outline_radii = outline_radii(ego, layout.dot_radius * 1.4, layout.max_outline_radius);
    layout
}

impl Layout {
    /// The axes of the capsules that make up a hyperedge's outline.
    pub fn capsules(&self, ego: &Ego, hyperedge: usize) -> Vec<(Point, Point)> {
        let anchor = self.anchors[hyperedge];
        let members = ego.hyperedges[hyperedge].members.iter().map(|&member| self.members[member]);
        std::iter::once(self.centre).chain(members).map(|to| (anchor, to)).collect()
    }

    /// How far a point is outside of a hyperedge's outline; negative inside.
    pub fn distance_to_outline(&self, ego: &Ego, hyperedge: usize, point: Point) -> f32 {
        let axes = self.capsules(ego, hyperedge);
        let nearest = axes.iter().map(|&(a, b)| distance_to_segment(point, a, b)).fold(f32::INFINITY, f32::min);
        nearest - self.outline_radii[hyperedge]
    }

    /// The hyperedges from the widest to the narrowest outline: the order to draw them in.
    pub fn drawing_order(&self) -> Vec<usize> {
        let radii = &self.outline_radii;
        let order = sorted_indices(radii.len(), &|a, b| radii[b].total_cmp(&radii[a]));
        order.into_iter().map(|place| place as usize).collect()
    }

    /// On which side a member's label stands.
    pub fn side(&self, member: usize) -> Side {
        // On the axis itself both sides are free; rounding must not decide.
        if self.members[member].x < self.centre.x - 0.5 { Side::Left } else { Side::Right }
    }

    /// Where a member's label begins (or ends, on the left).
    pub fn label_at(&self, member: usize) -> Point {
        let Point { x, y } = self.members[member];
        let gap = self.max_outline_radius + LABEL_GAP;
        Point { x: if self.side(member) == Side::Left { x - gap } else { x + gap }, y }
    }

    /// How many letters fit between a member and the edge of the drawing.
    pub fn label_letters(&self, member: usize) -> usize {
        let x = self.label_at(member).x;
        let room = if self.side(member) == Side::Left { x } else { self.width - x };
        (room.max(0.0) / LETTER_WIDTH) as usize
    }

    /// The smallest distance of a dot's centre to the axis of a hyperedge that it is no member of.
    fn room(&self, ego: &Ego) -> f32 {
        let mut room = f32::INFINITY;
        for (idx, hyperedge) in ego.hyperedges.iter().enumerate() {
            let axes = self.capsules(ego, idx);
            for (member, &point) in self.members.iter().enumerate() {
                if hyperedge.members.binary_search(&member).is_err() {
                    room = axes.iter().map(|&(a, b)| distance_to_segment(point, a, b)).fold(room, f32::min);
                }
            }
        }
        room
    }
}

/// Radii from `most` for the hyperedge with the most shown members down to `least`, in even steps.
fn outline_radii(ego: &Ego, least: f32, most: f32) -> Vec<f32> {
    const WIDEST_STEP: f32 = 2.5;
    let n = ego.hyperedges.len();
    let size = |idx: usize| ego.hyperedges[idx].members.len();
    let by_size = sorted_indices(n, &|a, b| size(b).cmp(&size(a)));
    let step = ((most - least) / n.saturating_sub(1).max(1) as f32).min(WIDEST_STEP);
    let mut radii = vec![most; n];
    for (place, idx) in by_size.into_iter().enumerate() {
        radii[idx as usize] = most - step * place as f32;
    }
    radii
}

/// Distance of a point to a line segment.
fn distance_to_segment(point: Point, a: Point, b: Point) -> f32 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let length_squared = dx * dx + dy * dy;
    let along = if length_squared > 0.0 { ((point.x - a.x) * dx + (point.y - a.y) * dy) / length_squared } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    let (dx, dy) = (point.x - a.x - along * dx, point.y - a.y - along * dy);
    (dx * dx + dy * dy).sqrt()
}

/// Angles of anchors and members: both rings evenly filled, in an order that keeps members near their hyperedges.
fn arrange(ego: &Ego) -> (Vec<f32>, Vec<f32>) {
    let (n_anchors, n_members) = (ego.hyperedges.len(), ego.members.len());
    // Off the top by half a step (a quarter for odd numbers, which would else put one at the bottom), so that no label
    // stands above or below another.
    let slots = |n: usize| -> Vec<f32> {
        let offset = if n.is_multiple_of(2) { 0.5 } else { 0.25 };
        (0..n).map(|i| TAU * (i as f32 + offset) / n as f32 - FRAC_PI_2).collect()
    };
    let mut anchors = slots(n_anchors);
    let mut members = by_barycentre(ego, &anchors, &slots(n_members));
    // Exchange places as long as that brings members nearer to their anchors.
    for _ in 0..MAX_ROUNDS {
        let nearer_members = exchange(&mut members, |member, angle| {
            holders(ego, member).map(|hyperedge| cos(angle - anchors[hyperedge])).sum()
        });
        let nearer_anchors = exchange(&mut anchors, |hyperedge, angle| {
            ego.hyperedges[hyperedge].members.iter().map(|&member| cos(angle - members[member])).sum()
        });
        if !nearer_members && !nearer_anchors {
            break;
        }
    }
    // Then turn the inner ring as a whole to where it fits best.
    let (mut x, mut y) = (0.0, 0.0);
    for (hyperedge, anchor) in ego.hyperedges.iter().zip(&anchors) {
        for &member in &hyperedge.members {
            y += sin(members[member] - anchor);
            x += cos(members[member] - anchor);
        }
    }
    if x != 0.0 || y != 0.0 {
        let turn = atan2(y, x);
        anchors.iter_mut().for_each(|angle| *angle += turn);
    }
    (anchors, members)
}

/// The hyperedges of a member.
fn holders(ego: &Ego, member: usize) -> impl Iterator<Item = usize> + '_ {
    (0..ego.hyperedges.len()).filter(move |&idx| ego.hyperedges[idx].members.binary_search(&member).is_ok())
}

/// Members sorted around the ring by the mean direction of their anchors.
fn by_barycentre(ego: &Ego, anchors: &[f32], slots: &[f32]) -> Vec<f32> {
    let direction = |member: usize| {
        let (x, y) = holders(ego, member)
            .fold((0.0, 0.0), |(x, y), hyperedge| (x + cos(anchors[hyperedge]), y + sin(anchors[hyperedge])));
        // From the top on, clockwise, as the slots go.
        (atan2(y, x) + FRAC_PI_2).rem_euclid(TAU)
    };
    let directions: Vec<f32> = (0..slots.len()).map(direction).collect();
    let order = sorted_indices(slots.len(), &|a, b| directions[a].total_cmp(&directions[b]));
    let mut angles = vec![0.0; slots.len()];
    for (member, &slot) in order.into_iter().zip(slots) {
        angles[member as usize] = slot;
    }
    angles
}

/// Swaps any two places where `fit` of both together grows; true if something was swapped.
fn exchange(angles: &mut [f32], fit: impl Fn(usize, f32) -> f32) -> bool {
    const WORTH_IT: f32 = 1e-4;
    let mut swapped = false;
    for a in 0..angles.len() {
        for b in a + 1..angles.len() {
            let now = fit(a, angles[a]) + fit(b, angles[b]);
            if fit(a, angles[b]) + fit(b, angles[a]) > now + WORTH_IT {
                angles.swap(a, b);
                swapped = true;
            }
        }
    }
    swapped
}

#[cfg(not(target_arch = "wasm32"))]
use native::{atan2, cos, sin};
#[cfg(target_arch = "wasm32")]
use wasm::{atan2, cos, sin};

#[cfg(not(target_arch = "wasm32"))]
mod native {
    pub(super) fn sin(angle: f32) -> f32 {
        angle.sin()
    }
    pub(super) fn cos(angle: f32) -> f32 {
        angle.cos()
    }
    pub(super) fn atan2(y: f32, x: f32) -> f32 {
        y.atan2(x)
    }
}

/// Those of the browser, which need not be shipped.
#[cfg(target_arch = "wasm32")]
mod wasm {
    use js_sys::Math;

    pub(super) fn sin(angle: f32) -> f32 {
        Math::sin(angle.into()) as f32
    }
    pub(super) fn cos(angle: f32) -> f32 {
        Math::cos(angle.into()) as f32
    }
    pub(super) fn atan2(y: f32, x: f32) -> f32 {
        Math::atan2(y.into(), x.into()) as f32
    }
}
