//! Why a film stands where it stands: the films of the shelf that pull it up or down, and the people between.

use leptos::prelude::*;

use crate::explorer::{Connections, Tab, Vertex, connections};
use crate::page::dom::{El, button, el};
use crate::page::session::Session;
use crate::page::text;
use crate::ranking::sorted_indices;

/// Films with a bar of their own; the others share one.
const N_BARS: usize = 8;
const N_PEOPLE: usize = 6;

pub(super) fn details(session: Session, item_idx: u32) -> Vec<El> {
    let core = session.core();
    let request = session.shelf.with_untracked(|shelf| shelf.request(1));
    let parts = core.recommender.explain(&request, item_idx).unwrap_or_default();
    let order = sorted_indices(parts.len(), &|a, b| parts[b].1.abs().total_cmp(&parts[a].1.abs()));
    let largest = order.first().map_or(0.0, |&place| parts[place as usize].1.abs());
    let (own, rest) = order.split_at(order.len().min(N_BARS));
    let rest_sum: f32 = rest.iter().map(|&place| parts[place as usize].1).sum();
    let scale = largest.max(rest_sum.abs()).max(f32::MIN_POSITIVE);
    let own = own.iter().map(|&place| {
        let (liked, by) = parts[place as usize];
        bar(core.title(liked), by, scale).points_at(session, Vertex::Item(liked))
    });
    let rest = (!rest.is_empty()).then(|| bar(&text::others(rest.len()), rest_sum, scale));
    let bars = el("ul", "bars").testid("pulls").children(own.chain(rest));
    let people =
        session.shelf.with_untracked(|shelf| connections(core.recommender.incidence(), shelf, item_idx, N_PEOPLE));
    let mut all = vec![el("h3", "").text(text::PULLS), el("p", "note").text(text::PULLS_HINT), bars];
    if people.n_connected > 0 {
        all.extend(connecting(session, &people));
    }
    all.push(every_hop(session, item_idx));
    all
}

/// To the view that takes this score apart.
fn every_hop(session: Session, item_idx: u32) -> El {
    let show = move || {
        let why = session.core().centre(Vertex::Item(item_idx));
        session.explore(|explore| (explore.why, explore.tab) = (why, Tab::Why));
        if let Some(explorer) = document().get_element_by_id("explore-title") {
            explorer.scroll_into_view();
        }
    };
    button("quiet", show).testid("every-hop").text(text::why::EVERY_HOP)
}

/// A film and what it does to the score, to the right of the middle where it lifts.
fn bar(name: &str, by: f32, scale: f32) -> El {
    el("li", if by < 0.0 { "pull down" } else { "pull" })
        .style("--part", &text::fixed(by.abs() / scale, 3))
        .attr("data-by", &text::fixed(by, 4))
        .child(el("span", "pull-name").attr("dir", "auto").text(name))
        .child(el("span", "pull-bar").attr("aria-hidden", "true"))
        .child(el("span", "pull-by").text(&text::signed(by)))
}

fn connecting(session: Session, people: &Connections) -> [El; 3] {
    let person = |person: &crate::explorer::Connection| {
        let vertex = Vertex::Person(person.user_idx);
        let button = button("person", move || session.look_at(vertex))
            .text(&(text::person(person.user_idx) + ": "))
            .child(el("span", "person-shared").text(&text::shared(person.n_shared)));
        el("li", "").child(button)
    };
    [
        el("h3", "").text(text::PEOPLE),
        el("p", "note").text(&text::connected(people.n_connected, people.n_people)),
        el("ul", "people").testid("people").children(people.closest.iter().map(person)),
    ]
}
