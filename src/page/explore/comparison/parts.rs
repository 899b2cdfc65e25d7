//! What several parts of the comparison are made of.

use leptos::prelude::*;

use crate::explorer::{ComparisonState, Vertex};
use crate::page::dom::{El, el, value_of};
use crate::page::session::Session;

/// A part under its heading.
pub(in crate::page::explore) fn part(name: &str, title: &str) -> El {
    el("section", "comparison-part")
        .testid(name)
        .attr("aria-labelledby", &format!("{name}-title"))
        .child(el("h3", "").attr("id", &format!("{name}-title")).text(title))
}

/// A slider over a number of the state.
pub(super) struct Slider {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// What its two ends stand for.
    pub(super) ends: (&'static str, &'static str),
    pub(super) range: [u8; 2],
    /// The number.
    pub(super) part: fn(&mut ComparisonState) -> &mut u8,
    /// What the number says.
    pub(super) said: fn(u8) -> String,
}

impl Slider {
    /// `touched` is called when it is moved by hand.
    pub(super) fn build(self, session: Session, touched: impl Fn() + 'static) -> El {
        let Self { name, label, ends: (left, right), range: [min, max], part, said } = self;
        let value = move || *part(&mut session.explore.with(|explore| explore.comparison));
        let slide = move |event| {
            touched();
            let wanted = value_of(&event).parse().unwrap_or(min);
            session.explore(|explore| *part(&mut explore.comparison) = wanted);
        };
        let input = el("input", "")
            .attr("type", "range")
            .attr("min", &min.to_string())
            .attr("max", &max.to_string())
            .testid(name)
            .value(move || value().to_string())
            .live_attr("aria-valuetext", move || Some(said(value())))
            .on("input", slide);
        let ends = el("span", "ends").attr("aria-hidden", "true");
        let label = el("span", "control-label")
            .text(label)
            .child(el("output", "slider-value").live_text(move || Some(format!(" = {}", said(value())))));
        el("label", "control slider comparison-slider")
            .child(label)
            .child(input)
            .child(ends.child(el("span", "").text(left)).child(el("span", "").text(right)))
    }
}

/// A film's title with its year, lit with every view of it.
pub(super) fn film(session: Session, tag: &'static str, class: &str, item_idx: u32) -> El {
    let core = session.core();
    let vertex = Vertex::Item(item_idx);
    el(tag, class)
        .attr("data-item-id", core.recommender.item_id_of(item_idx).unwrap_or_default())
        .lights(session, vertex)
        .child(el("span", "compared-title").attr("dir", "auto").text(&core.full_name(vertex)))
}

/// A frame in which a wide or long table can be scrolled.
pub(in crate::page::explore) fn frame(label: &str, table: El) -> El {
    el("div", "table-frame compared-frame")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", label)
        .child(table)
}

/// The heading of a column.
pub(in crate::page::explore) fn column(class: &str, name: &str) -> El {
    el("th", class).attr("scope", "col").text(name)
}

/// The marks of the three models: a square, a disc, a ring.
pub(super) fn mark(model: usize) -> El {
    el("span", &format!("model-mark model-{model}")).attr("aria-hidden", "true")
}
