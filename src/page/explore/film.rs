//! The film that a view is about, and what the visitor asks with: shared by the views that follow one score.

use leptos::prelude::*;

use crate::explorer::Vertex;
use crate::page::dom::{El, el, value_of};
use crate::page::session::Session;
use crate::page::text::why as text;
use crate::student::{PreparedRequest, Request};

/// The film: the one that was chosen, or the first of the list.
pub(super) fn film(session: Session) -> Option<u32> {
    let chosen = session.explore.with(|explore| explore.why.as_ref().and_then(|centre| session.core().vertex(centre)));
    match chosen {
        Some(Vertex::Item(item_idx)) => Some(item_idx),
        _ => session.rows.with(|rows| rows.first().map(|row| row.ranked.item_idx)),
    }
}

/// The visitor as the model sees them, with what "surprise" takes off.
pub(super) fn visitor(session: Session) -> Option<PreparedRequest> {
    let core = session.core();
    let novelty = core.recommender.novelty_of(session.view.with(|view| f32::from(view.novelty) / 100.0));
    let request = Request { novelty, ..session.shelf.with(|shelf| shelf.request(1)) };
    let mut visitor = PreparedRequest::default();
    visitor.refill(core.recommender.student().config(), &request).ok()?;
    Some(visitor)
}

/// A list of films to choose from: the list's, and the one that is chosen.
pub(super) fn film_choice(session: Session) -> El {
    let options = move || {
        let chosen = film(session);
        let mut films: Vec<u32> = session.rows.with(|rows| rows.iter().map(|row| row.ranked.item_idx).collect());
        if let Some(chosen) = chosen.filter(|chosen| !films.contains(chosen)) {
            films.insert(0, chosen);
        }
        films.into_iter().map(|item_idx| option(session, Vertex::Item(item_idx), chosen == Some(item_idx))).collect()
    };
    let choose = move |event| {
        let centre = read(&value_of(&event)).and_then(|vertex| session.core().centre(vertex));
        session.explore(|explore| explore.why = centre);
    };
    choice(text::FILM, "flow-film", options, choose)
}

/// A list of things to choose from under its label.
pub(super) fn choice(
    label: &str,
    name: &str,
    options: impl Fn() -> Vec<El> + 'static,
    choose: impl Fn(web_sys::Event) + 'static,
) -> El {
    let select = el("select", "").testid(name).on("change", choose).live_children(options);
    el("label", "flow-choice").child(el("span", "").text(label)).child(select)
}

/// Something to choose.
pub(super) fn option(session: Session, vertex: Vertex, is_chosen: bool) -> El {
    let value = match vertex {
        Vertex::You => "y".to_owned(),
        Vertex::Person(user_idx) => format!("p{user_idx}"),
        Vertex::Item(item_idx) => format!("i{item_idx}"),
    };
    el("option", "")
        .attr("value", &value)
        .attr_if("selected", is_chosen.then_some(""))
        .text(&session.core().full_name(vertex))
}

/// What the value of an [`option`] stands for.
pub(super) fn read(value: &str) -> Option<Vertex> {
    let index = || value.get(1..).and_then(|index| index.parse().ok());
    match value.as_bytes().first()? {
        b'y' => Some(Vertex::You),
        b'p' => index().map(Vertex::Person),
        b'i' => index().map(Vertex::Item),
        _ => None,
    }
}
