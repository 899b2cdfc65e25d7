//! The hypergraph around a film, a person or the visitor: heading, drawing, legend, and the same as a list.

use leptos::html;
use leptos::prelude::*;

use super::drawing::Drawing;
use super::session::Session;
use super::{icons, text};
use crate::explorer::{Canvas, Ego, EgoHyperedge, Layout, Lens, Limits, Role, Taste, Vertex, ego, layout};

const FEW: Limits = Limits { hyperedges: 5, members: 14 };
const MORE: Limits = Limits { hyperedges: 9, members: 20 };
/// Before the page knows how wide it is.
const FIRST_WIDTH: f32 = 600.0;

/// Width of the element that tells the size of letters, at 16 pixels.
const PROBE_WIDTH: f32 = 1600.0;

/// A selection with its drawing and the names in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scene {
    pub(crate) ego: Ego,
    pub(crate) layout: Layout,
    /// Names of the members, as in the selection.
    pub(crate) members: Vec<String>,
    /// The same without years, for beside the dots.
    pub(crate) labels: Vec<String>,
    /// Names of the hyperedges, as in the selection.
    pub(crate) hyperedges: Vec<String>,
    pub(crate) centre: String,
}

/// The letter on a shape and in the legend.
pub(crate) fn letter(place: usize) -> char {
    char::from(b'A' + (place % 26) as u8)
}

fn scene(session: Session, limits: Limits, width: f32) -> Scene {
    let core = session.core();
    let recommended: Vec<u32> = session.rows.with(|rows| rows.iter().map(|row| row.ranked.item_idx).collect());
    let ego = session.shelf.with(|shelf| {
        let lens = Lens { incidence: core.recommender.incidence(), shelf, recommended: &recommended };
        ego(&lens, session.focus(), limits)
    });
    Scene {
        layout: layout(&ego, Canvas { width }),
        members: ego.members.iter().map(|member| core.full_name(member.vertex)).collect(),
        labels: ego.members.iter().map(|member| core.name(member.vertex)).collect(),
        hyperedges: ego.hyperedges.iter().map(|hyperedge| core.full_name(hyperedge.vertex)).collect(),
        centre: core.full_name(ego.centre),
        ego,
    }
}

#[component]
pub(crate) fn Hypergraph(session: Session) -> impl IntoView {
    let width = RwSignal::new(FIRST_WIDTH);
    let shows_more = RwSignal::new(false);
    let place = NodeRef::<html::Div>::new();
    let rem = NodeRef::<html::Div>::new();
    let measure = move || {
        if let Some(place) = place.get_untracked() {
            // The drawing is made for letters of 16 pixels and scaled with the page's.
            let scale = rem.get_untracked().map_or(1.0, |rem| rem.offset_width() as f32 / PROBE_WIDTH);
            let measured = place.offset_width() as f32 / scale.max(0.5);
            if measured > 0.0 && (measured - width.get_untracked()).abs() >= 1.0 {
                width.set(measured);
            }
        }
    };
    Effect::new(move |_| {
        place.track();
        measure();
    });
    let listener = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || listener.remove());

    let scene = Memo::new(move |_| scene(session, if shows_more.get() { MORE } else { FEW }, width.get()));
    let centre = Memo::new(move |_| scene.with(|scene| scene.ego.centre));
    let best = Memo::new(move |_| session.rows.with(|rows| rows.first().map(|row| Vertex::Item(row.ranked.item_idx))));
    let has_more = Memo::new(move |_| {
        scene.with(|scene| scene.ego.n_hyperedges > FEW.hyperedges || scene.ego.n_members > FEW.members)
    });
    let tab = move |label: &'static str, target: Signal<Option<Vertex>>| {
        view! {
            <button
                class="tab"
                aria-pressed=move || (target.get() == Some(centre.get())).to_string()
                disabled=move || target.get().is_none()
                on:click=move |_| {
                    if let Some(target) = target.get_untracked() {
                        session.look_at(target);
                    }
                }
            >
                {label}
            </button>
        }
    };
    view! {
        <section class="hypergraph" data-testid="hypergraph" aria-labelledby="hypergraph-title">
            <div class="section-head">
                <h2 id="hypergraph-title">{text::HYPERGRAPH}</h2>
                <div class="tabs">
                    <button
                        class="tab tab-back"
                        disabled=move || !session.trail.with(|trail| trail.can_go_back())
                        on:click=move |_| {
                            session.lit.set(None);
                            session.trail.update(|trail| trail.back());
                        }
                    >
                        {icons::back()}
                        {text::BACK}
                    </button>
                    {tab(text::TOP_FILM, best.into())}
                    {tab(text::YOU, Signal::derive(|| Some(Vertex::You)))}
                </div>
            </div>
            <p class="note">{move || text::what_a_shape_is(centre.get())}</p>
            <figure class="figure">
                <figcaption class="in-the-centre" aria-live="polite">
                    <strong>{move || scene.with(|scene| scene.centre.clone())}</strong>
                    <span>
                        {move || scene.with(|scene| {
                            text::shown(scene.ego.centre, scene.ego.hyperedges.len(), scene.ego.n_hyperedges)
                        })}
                    </span>
                    <button class="quiet" hidden=move || !has_more.get() on:click=move |_| shows_more.update(|more| *more = !*more)>
                        {move || if shows_more.get() { text::SHOW_LESS } else { text::SHOW_MORE }}
                    </button>
                </figcaption>
                <div class="canvas" node_ref=place>
                    <div class="rem-probe" node_ref=rem></div>
                    <Drawing session scene />
                </div>
                <Key centre />
            </figure>
            <p class="note" hidden=move || scene.with(|scene| !scene.ego.hyperedges.is_empty())>
                {move || text::nothing_around(centre.get())}
            </p>
            <ul class="legend">
                {move || {
                    let Scene { ego, hyperedges, .. } = scene.get();
                    let entries = ego.hyperedges.into_iter().zip(hyperedges).enumerate();
                    entries.map(|(place, (hyperedge, name))| legend_entry(session, place, hyperedge, name)).collect_view()
                }}
            </ul>
            <ol class="numbers" hidden=move || scene.with(|scene| scene.layout.has_labels)>
                {move || {
                    let Scene { ego, members, layout, .. } = scene.get();
                    let entries = ego.members.into_iter().zip(members).filter(|_| !layout.has_labels);
                    entries.map(|(member, name)| vertex_entry(session, member.vertex, name)).collect_view()
                }}
            </ol>
            <details class="as-list">
                <summary>{text::AS_LIST}</summary>
                <ul>
                    {move || {
                        let Scene { ego, members, hyperedges, .. } = scene.get();
                        let entries = ego.hyperedges.into_iter().zip(hyperedges);
                        entries
                            .map(|(hyperedge, name)| {
                                let inside = hyperedge.members.iter().map(|&member| {
                                    vertex_entry(session, ego.members[member].vertex, members[member].clone())
                                });
                                view! {
                                    <li>
                                        <span class="list-name">{name}</span>
                                        <ul>{inside.collect_view()}</ul>
                                    </li>
                                }
                            })
                            .collect_view()
                    }}
                </ul>
            </details>
        </section>
    }
}

/// What the dots mean.
#[component]
fn Key(centre: Memo<Vertex>) -> impl IntoView {
    let entry = |class: &'static str, meaning: &'static str| {
        view! {
            <span class="key-entry">
                <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
                    <circle class=format!("dot {class}") cx="7" cy="7" r="5" />
                </svg>
                {meaning}
            </span>
        }
    };
    view! {
        <p class="key">
            {move || {
                if centre.get().is_item() {
                    vec![
                        entry("dot-centre", text::KEY_CENTRE),
                        entry("dot-liked", text::KEY_LIKED),
                        entry("dot-recommended", text::KEY_RECOMMENDED),
                        entry("dot-other", text::KEY_OTHER_FILMS),
                    ]
                } else {
                    vec![
                        entry("dot-centre", text::KEY_CENTRE),
                        entry("dot-liked", text::KEY_YOU),
                        entry("dot-other", text::KEY_PEOPLE),
                    ]
                }
            }}
        </p>
    }
}

/// The class of a dot.
pub(crate) fn dot_class(vertex: Vertex, role: Role) -> &'static str {
    match (vertex, role) {
        (Vertex::You, _) | (_, Role::OnShelf(Taste::Liked)) => "dot-liked",
        (_, Role::OnShelf(Taste::Disliked | Taste::Seen)) => "dot-disliked",
        (_, Role::Recommended(_)) => "dot-recommended",
        (_, Role::Other) => "dot-other",
    }
}

fn legend_entry(session: Session, place: usize, hyperedge: EgoHyperedge, name: String) -> impl IntoView {
    let vertex = hyperedge.vertex;
    // The centre belongs to every shape too.
    let size = text::size_of_shape(vertex.is_item(), hyperedge.members.len() + 1, hyperedge.size);
    view! {
        <li class=format!("hue-{}", place % 9) class:lit=move || session.lit.get() == Some(vertex)>
            <button
                on:click=move |_| session.look_at(vertex)
                on:pointerenter=move |_| session.lit.set(Some(vertex))
                on:pointerleave=move |_| session.lit.set(None)
                on:focus=move |_| session.lit.set(Some(vertex))
                on:blur=move |_| session.lit.set(None)
            >
                <span class="letter">{letter(place)}</span>
                <span class="legend-name">{name}</span>
                <span class="legend-size">{size}</span>
            </button>
        </li>
    }
}

fn vertex_entry(session: Session, vertex: Vertex, name: String) -> impl IntoView {
    view! {
        <li class:lit=move || session.lit.get() == Some(vertex)>
            <button
                class="link"
                on:click=move |_| session.look_at(vertex)
                on:pointerenter=move |_| session.lit.set(Some(vertex))
                on:pointerleave=move |_| session.lit.set(None)
                on:focus=move |_| session.lit.set(Some(vertex))
                on:blur=move |_| session.lit.set(None)
            >
                {name}
            </button>
        </li>
    }
}
