//! A selection with its drawing and the names in it.

use leptos::prelude::*;

use crate::explorer::{
    Canvas, Centre, Ego, HypergraphState, Layout, Lens, Limits, Role, Shown, Taste, Vertex, Wish, ego, layout,
};
use crate::page::session::Session;
use crate::page::text::hypergraph as text;

pub(super) const FEW: Limits = Limits { hyperedges: 6, members: 10 };
const MORE: Limits = Limits { hyperedges: 9, members: 20 };

/// What is on screen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    pub(super) ego: Ego,
    pub(super) layout: Layout,
    /// Names of the nodes, as in the selection.
    pub(super) nodes: Vec<Names>,
    /// Names of the hyperedges, as in the selection.
    pub(super) hyperedges: Vec<Names>,
    pub(super) centre: String,
    pub(super) pinned: Vec<Vertex>,
    pub(super) expanded: Vec<Vertex>,
}

/// What something is called.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Names {
    /// With year and twins.
    pub(super) full: String,
    /// For beside the dots.
    pub(super) short: String,
}

impl Scene {
    pub(super) fn new(session: Session, state: &HypergraphState, width: f32) -> Self {
        let core = session.core();
        let recommended: Vec<u32> = session.rows.with(|rows| rows.iter().map(|row| row.ranked.item_idx).collect());
        let known = |things: &[Centre]| things.iter().filter_map(|thing| core.vertex(thing)).collect::<Vec<_>>();
        let (expanded, pinned) = (known(&state.expanded), known(&state.pinned));
        let wish = Wish {
            centre: session.focus(),
            expanded: &expanded,
            pinned: &pinned,
            collapses_twins: state.collapses_twins,
            limits: if state.shows_more { MORE } else { FEW },
        };
        let chosen = session.shelf.with(|shelf| {
            let lens = Lens { incidence: core.recommender.incidence(), shelf, recommended: &recommended };
            ego(&lens, &wish)
        });
        let ego = if state.is_dual { chosen.dual() } else { chosen };
        let names = |shown: &Shown| Names {
            full: text::and_twins(core.full_name(shown.vertex), shown.twins.len()),
            short: core.name(shown.vertex),
        };
        Self {
            layout: layout(&ego, state.form, Canvas { width }),
            nodes: ego.nodes.iter().map(names).collect(),
            hyperedges: ego.hyperedges.iter().map(names).collect(),
            centre: core.full_name(ego.centre()),
            pinned,
            expanded,
            ego,
        }
    }

    /// Whether the hyperedges are films.
    pub(super) fn films_hold(&self) -> bool {
        self.ego.centre().is_item() == self.ego.is_dual
    }

    /// Whether a node is the centre.
    pub(super) fn is_centre(&self, node: usize) -> bool {
        node == 0 && !self.ego.is_dual
    }

    /// What stands on a node's dot where its name has no room beside it.
    pub(super) fn number(&self, node: usize) -> usize {
        node + usize::from(self.ego.is_dual)
    }
}

/// The letter on a hyperedge and in the legend.
pub(super) fn letter(place: usize) -> String {
    char::from(b'A' + (place % 26) as u8).to_string()
}

/// The class that colours a hyperedge.
pub(super) fn hue(place: usize) -> String {
    format!("hue-{}", place % 9)
}

/// The class of a dot.
pub(super) fn dot_class(vertex: Vertex, role: Role) -> &'static str {
    match (vertex, role) {
        (Vertex::You, _) | (_, Role::OnShelf(Taste::Liked)) => "dot-liked",
        (_, Role::OnShelf(Taste::Disliked | Taste::Seen)) => "dot-disliked",
        (_, Role::Recommended(_)) => "dot-recommended",
        (_, Role::Other) => "dot-other",
    }
}
