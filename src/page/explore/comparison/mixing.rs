//! gamma and alpha, moved on this person's own embeddings.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::parts::{Slider, column, film, frame, part};
use super::{View, of_state};
use crate::clock;
use crate::explorer::{Answer, Compared, Positions, Vertex, most_similar};
use crate::page::dom::{El, button, el};
use crate::page::session::Session;
use crate::page::text::{self as page_text, comparison as text};
use crate::ranking::fixed;

/// People of [`alpha`].
const N_SIMILAR: usize = 10;

/// How long positions are made before the page may breathe: less than a frame.
const SLICE_MS: f64 = 10.0;
/// Rows of positions between two looks at the clock.
const N_ROWS: usize = 4;

pub(super) fn gamma(view: &Rc<View>) -> El {
    let session = view.session;
    let part = part("comparison-gamma", text::GAMMA).child(el("p", "prose-line").text(text::GAMMA_LEAD));
    if view.ask(|compare| compare.can_mix()) != Some(true) {
        return part.child(el("p", "note").text(text::CANNOT_MIX));
    }
    let percent = of_state(session, |state| state.gamma.into());
    let asked = Rc::clone(view);
    let list = move || {
        let (person, gamma) = (asked.person(), percent.get() as u8);
        let [teacher, student, mixed] = [0, 100, gamma].map(|percent| mixture(&asked, &person, percent));
        mixed_list(session, &[teacher, student, mixed], gamma)
    };
    let slider = Slider {
        name: "gamma",
        label: "γ",
        ends: text::GAMMA_ENDS,
        range: [0, 100],
        part: |state| &mut state.gamma,
        said: text::share,
    };
    part.child(el("div", "comparison-controls").child(slider.build(session, || ())))
        .child(el("div", "mixing").live_children(list))
        .child(el("p", "note").text(&text::gamma_used(&view.file.distil)))
}

/// The first ten by the mixture at so many percent.
fn mixture(view: &View, person: &Compared, percent: u8) -> Answer {
    let logits = view.ask(|compare| compare.interpolated(person.user_idx, f32::from(percent) / 100.0));
    Answer::new(&logits.flatten().unwrap_or_default(), &[&person.liked, &person.valid], &[])
}

fn mixed_list(session: Session, [teacher, student, mixed]: &[Answer; 3], gamma: u8) -> Vec<El> {
    let has = |answer: &Answer, item_idx: u32| answer.top.iter().any(|place| place.item_idx == item_idx);
    let row = |place: &crate::ranking::Ranked| {
        let (in_teacher, in_student) = (has(teacher, place.item_idx), has(student, place.item_idx));
        let class = match (in_teacher, in_student) {
            (true, false) => "origin origin-0",
            (false, true) => "origin origin-1",
            _ => "origin",
        };
        film(session, "li", "compared", place.item_idx)
            .child(el("span", class).text(text::also_in(in_teacher, in_student)))
    };
    let first = mixed.top.first().map(|place| session.core().title(place.item_idx).to_owned()).unwrap_or_default();
    vec![
        el("ol", "mixed-list")
            .testid("comparison-mixed")
            .attr("aria-label", text::GAMMA_TABLE)
            .children(mixed.top.iter().map(row)),
        el("p", "labels-said").attr("aria-live", "polite").text(&text::mixed_first(
            &first,
            mixed.overlap(teacher),
            mixed.overlap(student),
            gamma,
        )),
    ]
}

pub(super) fn alpha(view: &Rc<View>) -> El {
    let session = view.session;
    let part = part("comparison-alpha", text::ALPHA).child(el("p", "prose-line").text(text::ALPHA_LEAD));
    if view.ask(|compare| compare.can_mix()) != Some(true) {
        return part.child(el("p", "note").text(text::CANNOT_MIX));
    }
    let percent = of_state(session, |state| state.alpha.into());
    let positions = Rc::new(RefCell::new(Vec::new()));
    let are_placed = RwSignal::new(false);
    place_everyone(Rc::clone(view), Rc::clone(&positions), are_placed);
    let asked = Rc::clone(view);
    let list = move || {
        if are_placed.get() {
            alike(session, &asked, &positions.borrow(), percent.get() as u8)
        } else {
            vec![el("p", "note").attr("role", "status").text(text::PLACING)]
        }
    };
    let slider = Slider {
        name: "alpha",
        label: "α",
        ends: text::ALPHA_ENDS,
        range: [0, 100],
        part: |state| &mut state.alpha,
        said: text::share,
    };
    part.child(el("div", "comparison-controls").child(slider.build(session, || ())))
        .child(el("div", "mixing").live_children(list))
        .child(el("p", "note").text(&text::alpha_used(&view.file.distil)))
}

/// `P` of everyone, a slice of time after the other, as long as the view is open.
fn place_everyone(view: Rc<View>, placed: Rc<RefCell<Vec<f32>>>, are_placed: RwSignal<bool>) {
    spawn_local(async move {
        let Some(teacher) = view.models.teacher.as_ref() else { return };
        let mut positions = Positions::new(teacher, &view.file.distil);
        let mut began = clock::now_ms();
        while positions.make(N_ROWS) {
            if clock::now_ms() - began < SLICE_MS {
                continue;
            }
            clock::breathe().await;
            if are_placed.is_disposed() {
                return;
            }
            began = clock::now_ms();
        }
        placed.replace(positions.into_rows());
        are_placed.try_set(true);
    });
}

fn alike(session: Session, view: &View, positions: &[f32], percent: u8) -> Vec<El> {
    let core = session.core();
    let incidence = core.recommender.incidence();
    let user_idx = view.user_idx.get() as u32;
    let of_embeddings = view.ask(|compare| compare.embedding_cosines(user_idx)).flatten().unwrap_or_default();
    let own = positions.get(user_idx as usize * incidence.n_nodes()..).unwrap_or_default();
    let of_positions = crate::explorer::cosines(own.get(..incidence.n_nodes()).unwrap_or_default(), positions);
    let similar = most_similar(user_idx, [&of_embeddings, &of_positions], f32::from(percent) / 100.0, N_SIMILAR);
    let row = |similar: &crate::explorer::Similar| {
        let other = similar.user_idx;
        let go = move || session.explore(|explore| explore.comparison.person = Some(other));
        let name = button("link", go).lights(session, Vertex::Person(other)).text(&page_text::person(other));
        let theirs = incidence.hyperedges_of(other as usize);
        let n_shared = theirs.iter().filter(|item_idx| incidence.contains(user_idx, **item_idx)).count();
        let [emb, position] = similar.cosines;
        let numbers = [similar.similarity, emb, position].map(|value| fixed(f64::from(value), 3));
        el("tr", "")
            .attr("data-person", &(other + 1).to_string())
            .child(el("th", "").attr("scope", "row").child(name))
            .children(numbers.iter().chain([&n_shared.to_string()]).map(|text| el("td", "").text(text)))
    };
    let head = [text::PERSON].into_iter().chain(text::ALPHA_COLUMNS).map(|name| column("", name));
    let table = el("table", "table alike-table")
        .testid("comparison-alike")
        .child(el("caption", "").text(text::ALPHA_TABLE))
        .child(el("thead", "").child(el("tr", "").children(head)))
        .child(el("tbody", "").children(similar.iter().map(row)));
    let said = text::most_alike(similar.first(), percent);
    vec![frame(text::ALPHA_TABLE, table), el("p", "labels-said").attr("aria-live", "polite").text(&said)]
}
