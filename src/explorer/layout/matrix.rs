//! The incidence matrix: a row a node, a column a hyperedge, a filled cell a membership.

use super::{
    ANCHOR_RADIUS, Band, Canvas, LABELS_FROM_WIDTH, Label, Layout, MARGIN, Point, STACK_RADIUS, Side, Spot,
    by_hyperedges, letters,
};
use crate::explorer::ego::{Ego, Shown};
use crate::explorer::explore::Form;

const ROW: f32 = 25.0;
const WIDEST_COLUMN: f32 = 32.0;
const DOT_RADIUS: f32 = 5.5;
/// A cell keeps so much from its neighbours on each side.
const BETWEEN_CELLS: f32 = 1.5;
/// The part of the width that the rows' names take, by what they are.
const ROOM_FOR_PEOPLE: f32 = 0.34;
const ROOM_FOR_FILMS: f32 = 0.46;
const MOST_ROOM_FOR_PEOPLE: f32 = 130.0;
const MOST_ROOM_FOR_FILMS: f32 = 240.0;
/// Above the columns, for letters, and for titles where there is room.
const HEAD: f32 = 26.0;
const HEAD_WITH_TITLES: f32 = 118.0;
/// The last column's title ends here to the right of it.
const OVERHANG: f32 = 84.0;
const LETTERS_OF_TITLE: usize = 16;

pub(super) fn matrix(ego: &Ego, canvas: Canvas) -> Layout {
    let columns_are_films = ego.centre().is_item() == ego.is_dual;
    let has_titles = columns_are_films && canvas.width >= LABELS_FROM_WIDTH;
    let (part, most) =
        if columns_are_films { (ROOM_FOR_PEOPLE, MOST_ROOM_FOR_PEOPLE) } else { (ROOM_FOR_FILMS, MOST_ROOM_FOR_FILMS) };
    let names = (part * canvas.width).min(most);
    let (head, overhang) = if has_titles { (HEAD_WITH_TITLES, OVERHANG) } else { (HEAD, MARGIN) };
    let (n_columns, n_rows) = (ego.hyperedges.len(), ego.nodes.len());
    let column = ((canvas.width - names - overhang) / n_columns.max(1) as f32).min(WIDEST_COLUMN);
    let total = names + column * n_columns as f32 + overhang;
    // In the middle of the canvas where it does not fill it.
    let begin = names + ((canvas.width - total) / 2.0).max(0.0);
    let top = MARGIN + head;
    let height = top + n_rows as f32 * ROW + MARGIN;
    let x = |column_idx: usize| begin + column * (column_idx as f32 + 0.5);
    let y = |row: usize| top + ROW * (row as f32 + 0.5);

    let heading = |column_idx: usize| {
        let at = Point { x: x(column_idx), y: top - ANCHOR_RADIUS - 5.0 };
        let label = Label {
            at: Point { x: at.x + 2.0, y: at.y - ANCHOR_RADIUS - 5.0 },
            side: Side::Rising,
            letters: LETTERS_OF_TITLE,
        };
        Spot { at, radius: ANCHOR_RADIUS.min(0.45 * column), label: has_titles.then_some(label) }
    };
    let at_row = |row: usize| {
        let at = Point { x: begin - STACK_RADIUS - MARGIN / 2.0, y: y(row) };
        let end = at.x - STACK_RADIUS - MARGIN / 2.0;
        let label = Label { at: Point { x: end, y: at.y }, side: Side::Left, letters: letters(end - MARGIN) };
        Spot { at, radius: DOT_RADIUS, label: Some(label) }
    };
    let mut rows = vec![0; n_rows];
    for (row, node) in by_hyperedges(ego).into_iter().enumerate() {
        rows[node as usize] = row;
    }
    let (half_width, half_height) = ((column / 2.0 - BETWEEN_CELLS).max(1.0), ROW / 2.0 - BETWEEN_CELLS);
    let hyperedges: Vec<Spot> = (0..n_columns).map(heading).collect();
    let node = |(&row, shown): (&usize, &Shown)| Spot { radius: shown.dot_radius(DOT_RADIUS), ..at_row(row) };
    let nodes: Vec<Spot> = rows.iter().zip(&ego.nodes).map(node).collect();
    let band = |hyperedge: usize| {
        let cell = |&node: &usize| {
            let (x, y) = (x(hyperedge), nodes[node].at.y);
            [Point { x: x - half_width, y }, Point { x, y }, Point { x: x + half_width, y }]
        };
        let mut strokes: Vec<_> = ego.members[hyperedge].iter().map(cell).collect();
        if strokes.is_empty() {
            strokes.push([hyperedges[hyperedge].at; 3]);
        }
        Band { strokes, radius: half_height }
    };
    let bands = (0..n_columns).map(band).collect();
    let end = begin + column * n_columns as f32;
    let across = (0..=n_rows).map(|row| top + ROW * row as f32);
    let down = (0..=n_columns).map(|column_idx| begin + column * column_idx as f32);
    let mut rules: Vec<_> = across.map(|y| (Point { x: begin, y }, Point { x: end, y })).collect();
    rules.extend(down.map(|x| (Point { x, y: top }, Point { x, y: height - MARGIN })));
    Layout { form: Form::Matrix, width: canvas.width, height, hyperedges, nodes, bands, rules }
}
