//! Shapes that hold their members: the centre in the middle, the hyperedges' anchors on an inner ring, the nodes evenly
//! on an outer ring.
//!
//! A hyperedge's outline is the union of thick capsules from its anchor to each of its members. The capsules' radii are
//! computed from the drawing itself, so that an outline holds exactly its members. What no radius can help (a capsule
//! across the middle of a hyperedge that does not hold what stands there) goes around.

use std::f32::consts::{FRAC_PI_2, TAU};

use super::trig::{atan2, cos, sin};
use super::{
    ANCHOR_RADIUS, Band, Canvas, LABELS_FROM_WIDTH, Label, Layout, MARGIN, Point, Side, Spot, distance_to,
    distance_to_segment, letters,
};
use crate::explorer::ego::Ego;
use crate::explorer::explore::Form;
use crate::ranking::sorted_indices;

const MAX_OUTER_RADIUS: f32 = 200.0;
const INNER_TO_OUTER: f32 = 0.42;
/// A label needs this much beside the ring to be worth having.
const LABEL_WIDTH: f32 = 135.0;
/// Between an outline and a label.
const LABEL_GAP: f32 = 6.0;
/// Labels of one side keep so far from each other.
const LABEL_HEIGHT: f32 = 15.5;
/// A stroke that must not touch the middle keeps this part of the inner ring's radius from it.
const AWAY_FROM_MIDDLE: f32 = 0.6;
const MAX_ROUNDS: usize = 40;

/// What stands on the rings: places in the selection, without what is in the middle.
struct Rings {
    anchors: Vec<usize>,
    nodes: Vec<usize>,
    /// Of each anchor its members, as places in `nodes`.
    members: Vec<Vec<usize>>,
}

pub(super) fn outlines(ego: &Ego, canvas: Canvas) -> Layout {
    let has_labels = canvas.width >= LABELS_FROM_WIDTH;
    let (wished_outline, wished_dot) = if has_labels { (21.0, 5.5) } else { (20.0, 9.5) };
    let beside = if has_labels { LABEL_WIDTH } else { MARGIN };
    let outer = (canvas.width / 2.0 - wished_outline - beside).clamp(40.0, MAX_OUTER_RADIUS);
    let height = 2.0 * (outer + wished_outline + MARGIN);
    let middle = Point { x: canvas.width / 2.0, y: height / 2.0 };
    let inner = outer * INNER_TO_OUTER;

    let rings = rings(ego);
    let (anchor_angles, node_angles) = arrange(&rings);
    let on_ring =
        |radius: f32, angle: f32| Point { x: middle.x + radius * cos(angle), y: middle.y + radius * sin(angle) };
    let spot = |at: Point, radius: f32| Spot { at, radius, label: None };
    // Letters that would touch are smaller.
    let anchor_radius = ANCHOR_RADIUS.min(0.45 * TAU * inner / rings.anchors.len().max(1) as f32);
    let mut hyperedges = vec![spot(middle, ANCHOR_RADIUS); ego.hyperedges.len()];
    let mut nodes = vec![spot(middle, ANCHOR_RADIUS); ego.nodes.len()];
    for (&place, &angle) in rings.anchors.iter().zip(&anchor_angles) {
        hyperedges[place] = spot(on_ring(inner, angle), anchor_radius);
    }
    for (&place, &angle) in rings.nodes.iter().zip(&node_angles) {
        nodes[place] = spot(on_ring(outer, angle), wished_dot);
    }

    let stroke = |hyperedge: usize, node: usize| {
        let (from, to) = (hyperedges[hyperedge].at, nodes[node].at);
        let passes_middle = !ego.is_dual && node != 0 && !ego.contains(hyperedge, 0);
        let straight = from.between(to, 0.5);
        if passes_middle && distance_to_segment(middle, from, to) < inner * AWAY_FROM_MIDDLE {
            let angle = |at: Point| atan2(at.y - middle.y, at.x - middle.x);
            let turn = (angle(to) - angle(from)).rem_euclid(TAU);
            let half = if turn > TAU / 2.0 { (turn - TAU) / 2.0 } else { turn / 2.0 };
            [from, on_ring(inner, angle(from) + half), to]
        } else {
            [from, straight, to]
        }
    };
    let strokes = |hyperedge: usize| {
        let strokes: Vec<_> = ego.members[hyperedge].iter().map(|&node| stroke(hyperedge, node)).collect();
        if strokes.is_empty() { vec![[hyperedges[hyperedge].at; 3]] } else { strokes }
    };
    let strokes: Vec<Vec<[Point; 3]>> = (0..ego.hyperedges.len()).map(strokes).collect();

    // Never a non-member inside: outline and dot share what room there is.
    let most = wished_outline.min(room(ego, &nodes, &strokes) * 0.6);
    let mut largest_dot = 0.0_f32;
    for (place, node) in nodes.iter_mut().enumerate() {
        let wished = if rings.nodes.contains(&place) { ego.nodes[place].dot_radius(wished_dot) } else { ANCHOR_RADIUS };
        node.radius = wished.min(most * 0.5);
        largest_dot = largest_dot.max(node.radius);
    }
    let radii = radii(ego, largest_dot * 1.4, most);
    let bands = strokes.into_iter().zip(radii).map(|(strokes, radius)| Band { strokes, radius }).collect();
    if has_labels {
        label(&mut nodes, &rings.nodes, most + LABEL_GAP, middle.x, canvas.width);
    }
    Layout { form: Form::Outlines, width: canvas.width, height, hyperedges, nodes, bands, rules: Vec::new() }
}

fn rings(ego: &Ego) -> Rings {
    let (first_anchor, first_node) = if ego.is_dual { (1, 0) } else { (0, 1) };
    let anchors: Vec<usize> = (first_anchor..ego.hyperedges.len()).collect();
    let members = |&hyperedge: &usize| {
        ego.members[hyperedge].iter().filter(|&&node| node >= first_node).map(|&node| node - first_node).collect()
    };
    Rings { members: anchors.iter().map(members).collect(), anchors, nodes: (first_node..ego.nodes.len()).collect() }
}

/// The smallest distance of a node to the axis of a hyperedge that it is no member of.
fn room(ego: &Ego, nodes: &[Spot], strokes: &[Vec<[Point; 3]>]) -> f32 {
    let mut room = f32::INFINITY;
    for (hyperedge, strokes) in strokes.iter().enumerate() {
        for (node, spot) in nodes.iter().enumerate() {
            if !ego.contains(hyperedge, node) {
                room = room.min(distance_to(strokes, spot.at));
            }
        }
    }
    room
}

/// Radii from `most` for the hyperedge with the most shown members down to `least`, in even steps: the larger hyperedge
/// wider, so that around a shared member one sees ring in ring who shares it.
fn radii(ego: &Ego, least: f32, most: f32) -> Vec<f32> {
    const WIDEST_STEP: f32 = 2.5;
    let n = ego.hyperedges.len();
    let by_size = sorted_indices(n, &|a, b| ego.members[b].len().cmp(&ego.members[a].len()));
    let step = ((most - least) / n.saturating_sub(1).max(1) as f32).clamp(0.0, WIDEST_STEP);
    let mut radii = vec![most; n];
    for (place, idx) in by_size.into_iter().enumerate() {
        radii[idx as usize] = most - step * place as f32;
    }
    radii
}

/// Labels beside the ring, each at the height of its dot, or a little off where they would overlap.
fn label(nodes: &mut [Spot], ring: &[usize], gap: f32, middle: f32, width: f32) {
    for side in [Side::Left, Side::Right] {
        // On the axis itself both sides are free; rounding must not decide.
        let is_left = |place: usize| nodes[place].at.x < middle - 0.5;
        let mut column: Vec<usize> =
            ring.iter().copied().filter(|&place| is_left(place) == (side == Side::Left)).collect();
        let order = sorted_indices(column.len(), &|a, b| nodes[column[a]].at.y.total_cmp(&nodes[column[b]].at.y));
        column = order.iter().map(|&place| column[place as usize]).collect();
        let mut heights: Vec<f32> = column.iter().map(|&place| nodes[place].at.y).collect();
        // Half of what two overlap goes up, half down; a few rounds settle it.
        for _ in 0..MAX_ROUNDS {
            for place in 1..heights.len() {
                let missing = (LABEL_HEIGHT - (heights[place] - heights[place - 1])).max(0.0) / 2.0;
                heights[place] += missing;
                heights[place - 1] -= missing;
            }
        }
        for (place, y) in column.into_iter().zip(heights) {
            let x = nodes[place].at.x;
            let (x, room) = if side == Side::Left { (x - gap, x - gap) } else { (x + gap, width - x - gap) };
            nodes[place].label = Some(Label { at: Point { x, y }, side, letters: letters(room) });
        }
    }
}

/// Angles of anchors and nodes: both rings evenly filled, in an order that keeps nodes near their hyperedges.
fn arrange(rings: &Rings) -> (Vec<f32>, Vec<f32>) {
    // Off the top by half a step (a quarter for odd numbers, which would else put one at the bottom), so that no label
    // stands above or below another.
    let slots = |n: usize| -> Vec<f32> {
        let offset = if n.is_multiple_of(2) { 0.5 } else { 0.25 };
        (0..n).map(|i| TAU * (i as f32 + offset) / n as f32 - FRAC_PI_2).collect()
    };
    let mut holders = vec![Vec::new(); rings.nodes.len()];
    for (anchor, members) in rings.members.iter().enumerate() {
        members.iter().for_each(|&node| holders[node].push(anchor));
    }
    let mut anchors = slots(rings.anchors.len());
    let mut nodes = by_barycentre(&holders, &anchors, &slots(rings.nodes.len()));
    // Exchange places as long as that brings nodes nearer to their anchors.
    for _ in 0..MAX_ROUNDS {
        let nearer_nodes = exchange(&mut nodes, &holders, &anchors);
        let nearer_anchors = exchange(&mut anchors, &rings.members, &nodes);
        if !nearer_nodes && !nearer_anchors {
            break;
        }
    }
    // Then turn the inner ring as a whole to where it fits best.
    let (mut x, mut y) = (0.0, 0.0);
    for (members, anchor) in rings.members.iter().zip(&anchors) {
        for &node in members {
            y += sin(nodes[node] - anchor);
            x += cos(nodes[node] - anchor);
        }
    }
    if x != 0.0 || y != 0.0 {
        let turn = atan2(y, x);
        anchors.iter_mut().for_each(|angle| *angle += turn);
    }
    (anchors, nodes)
}

/// Nodes sorted around the ring by the mean direction of their anchors.
fn by_barycentre(holders: &[Vec<usize>], anchors: &[f32], slots: &[f32]) -> Vec<f32> {
    let direction = |holders: &Vec<usize>| {
        let add = |(x, y): (f32, f32), &anchor: &usize| (x + cos(anchors[anchor]), y + sin(anchors[anchor]));
        let (x, y) = holders.iter().fold((0.0, 0.0), add);
        // From the top on, clockwise, as the slots go.
        (atan2(y, x) + FRAC_PI_2).rem_euclid(TAU)
    };
    let directions: Vec<f32> = holders.iter().map(direction).collect();
    let order = sorted_indices(slots.len(), &|a, b| directions[a].total_cmp(&directions[b]));
    let mut angles = vec![0.0; slots.len()];
    for (node, &slot) in order.into_iter().zip(slots) {
        angles[node as usize] = slot;
    }
    angles
}

/// Swaps any two places where both together come nearer to what they are tied to on the other ring; true if something
/// was swapped.
fn exchange(angles: &mut [f32], ties: &[Vec<usize>], others: &[f32]) -> bool {
    const WORTH_IT: f32 = 1e-4;
    let fit = |place: usize, angle: f32| ties[place].iter().map(|&other| cos(angle - others[other])).sum::<f32>();
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
