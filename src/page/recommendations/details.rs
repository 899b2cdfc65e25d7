//! Why a film stands where it stands: the films of the shelf that pull it up or down, and the people between.

use leptos::prelude::*;

use crate::explorer::{Connections, Vertex, connections};
use crate::page::session::Session;
use crate::page::text;
use crate::ranking::sorted_indices;

/// Films with a bar of their own; the others share one.
const N_BARS: usize = 8;
const N_PEOPLE: usize = 6;

pub(super) fn details(session: Session, item_idx: u32) -> impl IntoView {
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
        bar(core.title(liked).to_owned(), by, scale, Some((session, Vertex::Item(liked))))
    });
    let rest = (!rest.is_empty()).then(|| bar(text::others(rest.len()), rest_sum, scale, None));
    let bars: Vec<_> = own.chain(rest).collect();
    let people =
        session.shelf.with_untracked(|shelf| connections(core.recommender.incidence(), shelf, item_idx, N_PEOPLE));
    view! {
        <h3>{text::PULLS}</h3>
        <p class="note">{text::PULLS_HINT}</p>
        <ul class="bars" data-testid="pulls">{bars}</ul>
        {(people.n_connected > 0).then(|| connecting(session, people))}
    }
}

/// A film and what it does to the score, to the right of the middle where it lifts.
fn bar(name: String, by: f32, scale: f32, of: Option<(Session, Vertex)>) -> AnyView {
    let light = move |on: bool| {
        if let Some((session, vertex)) = of {
            session.lit.set(on.then_some(vertex));
        }
    };
    view! {
        <li
            class=if by < 0.0 { "pull down" } else { "pull" }
            style=("--part", text::fixed(by.abs() / scale, 3))
            data-by=text::fixed(by, 4)
            on:pointerenter=move |_| light(true)
            on:pointerleave=move |_| light(false)
        >
            <span class="pull-name" dir="auto">{name}</span>
            <span class="pull-bar" aria-hidden="true"></span>
            <span class="pull-by">{text::signed(by)}</span>
        </li>
    }
    .into_any()
}

fn connecting(session: Session, people: Connections) -> impl IntoView {
    let person = |person: crate::explorer::Connection| {
        let vertex = Vertex::Person(person.user_idx);
        view! {
            <li>
                <button class="person" on:click=move |_| session.look_at(vertex)>
                    {text::person(person.user_idx) + ": "}
                    <span class="person-shared">{text::shared(person.n_shared)}</span>
                </button>
            </li>
        }
    };
    view! {
        <h3>{text::PEOPLE}</h3>
        <p class="note">{text::connected(people.n_connected, people.n_people)}</p>
        <ul class="people" data-testid="people">
            {people.closest.into_iter().map(person).collect_view()}
        </ul>
    }
}
