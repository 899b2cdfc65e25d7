//! The bipartite form: hyperedges in one column, nodes in the other, a line a membership.

use super::{
    ANCHOR_RADIUS, Band, Canvas, Label, Layout, MARGIN, Point, STACK_RADIUS, Side, Spot, by_hyperedges, letters,
};
use crate::explorer::ego::Ego;
use crate::explorer::explore::Form;

/// Between two rows: a finger can tell them apart.
const ROW: f32 = 26.0;
const DOT_RADIUS: f32 = 5.5;
const LINE_RADIUS: f32 = 1.1;
/// Between a dot and its label.
const LABEL_GAP: f32 = 4.0;
/// People have short names, films long ones: the part of the width that the first column's labels take.
const ROOM_FOR_PEOPLE: f32 = 0.3;
const ROOM_FOR_FILMS: f32 = 0.42;
const MOST_ROOM_FOR_PEOPLE: f32 = 120.0;
const MOST_ROOM_FOR_FILMS: f32 = 230.0;

pub(super) fn columns(ego: &Ego, canvas: Canvas) -> Layout {
    let n_rows = ego.hyperedges.len().max(ego.nodes.len()).max(4);
    let height = n_rows as f32 * ROW + 2.0 * MARGIN;
    let room = |are_films: bool| {
        let (part, most) =
            if are_films { (ROOM_FOR_FILMS, MOST_ROOM_FOR_FILMS) } else { (ROOM_FOR_PEOPLE, MOST_ROOM_FOR_PEOPLE) };
        (part * canvas.width).min(most)
    };
    let are_films = ego.centre().is_item() == ego.is_dual;
    let (left, right) = (room(are_films), canvas.width - room(!are_films));
    // The columns are filled evenly from top to bottom.
    let column = |n: usize, x: f32, side: Side, radius: f32| {
        move |row: usize| {
            let y = MARGIN + (height - 2.0 * MARGIN) * (row as f32 + 0.5) / n as f32;
            let (x_of_label, room) = match side {
                Side::Left => (x - ANCHOR_RADIUS - LABEL_GAP, x - ANCHOR_RADIUS - LABEL_GAP - MARGIN),
                _ => (x + STACK_RADIUS + LABEL_GAP, canvas.width - x - STACK_RADIUS - LABEL_GAP - MARGIN),
            };
            let label = Label { at: Point { x: x_of_label, y }, side, letters: letters(room) };
            Spot { at: Point { x, y }, radius, label: Some(label) }
        }
    };
    let n_hyperedges = ego.hyperedges.len();
    let hyperedges: Vec<Spot> = (0..n_hyperedges).map(column(n_hyperedges, left, Side::Left, ANCHOR_RADIUS)).collect();
    let at_row = column(ego.nodes.len(), right, Side::Right, DOT_RADIUS);
    let mut nodes = vec![at_row(0); ego.nodes.len()];
    for (row, node) in by_hyperedges(ego).into_iter().enumerate() {
        let radius = ego.nodes[node as usize].dot_radius(DOT_RADIUS);
        nodes[node as usize] = Spot { radius, ..at_row(row) };
    }
    let band = |hyperedge: usize| {
        let from = hyperedges[hyperedge].at;
        let stroke = |&node: &usize| [from, from.between(nodes[node].at, 0.5), nodes[node].at];
        let mut strokes: Vec<_> = ego.members[hyperedge].iter().map(stroke).collect();
        if strokes.is_empty() {
            strokes.push([from; 3]);
        }
        Band { strokes, radius: LINE_RADIUS }
    };
    let bands = (0..n_hyperedges).map(band).collect();
    Layout { form: Form::Bipartite, width: canvas.width, height, hyperedges, nodes, bands, rules: Vec::new() }
}
