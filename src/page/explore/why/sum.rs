//! The score as a table that adds up: in its printed digits, to the right and down.

use super::{Scene, channel_vertex, source_vertex};
use crate::explorer::digits::printed;
use crate::explorer::paths::Source;
use crate::page::dom::{El, el};
use crate::page::session::Session;
use crate::page::text::why as text;

/// Places of the score in the list.
const N_PLACES: u8 = 2;

pub(super) fn sum(session: Session, scene: &Scene) -> [El; 3] {
    let paths = &scene.paths;
    let n_channels = paths.channels.len();
    let mut lines: Vec<f64> = (0..paths.sources.len()).map(|source| paths.of_source(source)).collect();
    if paths.novelty > 0.0 {
        lines.push(-f64::from(paths.novelty));
    }
    let total = printed(&lines, f64::from(paths.score()), N_PLACES);

    let number = |text: &str| el("td", "").text(text);
    let head = |name: &str| el("th", "").attr("scope", "row").attr("dir", "auto").text(name);
    let column = |name: &str| el("th", "").attr("scope", "col").text(name);
    let source = |(place, &source): (usize, &Source)| {
        let parts = &paths.parts[place * n_channels..][..n_channels];
        let line = printed(parts, lines[place], total.n_places);
        let weight = match source {
            Source::Film { weight, .. } => crate::page::text::fixed(weight, 4),
            _ => String::new(),
        };
        let cell =
            |(part, text): (&f64, &String)| number(&if *part == 0.0 { String::new() } else { text::with_sign(text) });
        let left_over =
            line.remainder.map(|left_over| format!(" ({})", text::with_sign(&left_over))).unwrap_or_default();
        let row = el("tr", "")
            .child(head(&scene.sources[place]))
            .child(number(&weight))
            .children(parts.iter().zip(&line.terms).map(cell))
            .child(el("td", "why-total").text(&(text::with_sign(&total.terms[place]) + &left_over)));
        match source_vertex(source) {
            Some(vertex) => row.lights(session, vertex),
            None => row,
        }
    };
    let last = |class: &str, name: &str, value: &str| {
        el("tr", class)
            .child(el("th", "").attr("scope", "row").attr("colspan", &(n_channels + 2).to_string()).text(name))
            .child(el("td", "why-total").text(value))
    };
    let mut rows: Vec<El> = paths.sources.iter().enumerate().map(source).collect();
    if paths.novelty > 0.0 {
        rows.extend(total.terms.last().map(|taken| last("", text::NOVELTY, &text::with_sign(taken))));
    }
    rows.extend(total.remainder.as_deref().map(|left_over| last("", text::ROUNDING, &text::with_sign(left_over))));
    rows.push(last("ours", text::SCORE, &text::plain(&total.total)).testid("why-score"));

    let channels = paths.channels.iter().zip(&scene.channels).map(|(&channel, name)| {
        let column = column(name);
        match channel_vertex(channel) {
            Some(vertex) => column.lights(session, vertex),
            None => column,
        }
    });
    let header = el("tr", "")
        .child(column(text::SOURCE))
        .child(column(text::WEIGHT))
        .children(channels)
        .child(column(text::SUM));
    let table = el("table", "table why-table")
        .testid("why-table")
        .child(el("thead", "").child(header))
        .child(el("tbody", "").children(rows));
    let frame = el("div", "table-frame")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", text::ADDS_UP)
        .child(table);
    [
        el("h3", "").text(text::ADDS_UP),
        el("p", "note").text(text::ADDS_UP_NOTE).child(crate::page::explore::propagation::equation(text::EQUATION)),
        frame,
    ]
}
