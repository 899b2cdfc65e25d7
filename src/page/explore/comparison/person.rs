//! Who is compared: chosen by number, by chance or by likeness, and what is known of them.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::web_sys::{self, wasm_bindgen::JsCast};

use super::View;
use crate::explorer::{Compare, Compared, Vertex};
use crate::page::dom::{El, button, el, value_of};
use crate::page::session::Session;
use crate::page::text::{self as page_text, comparison as text};
use crate::ranking::sort_indices;
use crate::student::Workspace;

/// How many films are named; the others are counted.
const N_NAMED: usize = 4;

/// Whose embedding is nearest to the visitor's; `None` for a visitor who likes nothing.
pub(super) fn nearest_to_you(session: Session, compare: &Compare<'_>) -> Option<u32> {
    let request = session.shelf.with(|shelf| shelf.request(1));
    if request.liked.is_empty() {
        return None;
    }
    let mut workspace = Workspace::default();
    // A shelf is never refused: its films are the model's, once each.
    compare.student.logits(&request, &mut workspace).ok()?;
    compare.nearest(workspace.user_emb())
}

pub(super) fn person(view: &Rc<View>) -> El {
    el("div", "comparison-who").child(picker(view)).child(known(view))
}

fn picker(view: &Rc<View>) -> El {
    let session = view.session;
    let n_users = session.core().recommender.incidence().n_nodes() as u32;
    let go = move |user_idx: u32| session.explore(|explore| explore.comparison.person = Some(user_idx));
    let user_idx = view.user_idx;
    let at = move || user_idx.get() as u32;
    let number = move |event: web_sys::Event| {
        let wanted = value_of(&event).trim().parse::<u32>().ok();
        match wanted.filter(|number| (1..=n_users).contains(number)) {
            Some(number) => go(number - 1),
            // What is no person's number leaves the one that is there, and the input says so again.
            None => {
                let input = event.target().map(JsCast::unchecked_into::<web_sys::HtmlInputElement>);
                input.iter().for_each(|input| input.set_value(&(untrack(at) + 1).to_string()));
            }
        }
    };
    let input = el("input", "person-number")
        .attr("type", "number")
        .attr("min", "1")
        .attr("max", &n_users.to_string())
        .testid("comparison-person")
        .value(move || (at() + 1).to_string())
        .on("change", number);
    let of = el("span", "note").text(&format!("of {}", page_text::grouped(n_users as usize)));
    let seed = StoredValue::new(SEED);
    let somebody = move || {
        seed.update_value(|seed| *seed = next_random(*seed));
        go((seed.get_value() >> 33) as u32 % n_users.max(1));
    };
    let nearest = {
        let view = Rc::clone(view);
        move || {
            let user_idx = untrack(|| view.ask(|compare| nearest_to_you(session, compare)).flatten());
            user_idx.into_iter().for_each(go);
        }
    };
    let centre = move || match session.focus() {
        Vertex::Person(user_idx) => Some(user_idx),
        _ => None,
    };
    let step = |name: &str, label: &str, by: u32| {
        button("preset", move || go((untrack(at) + by) % n_users.max(1))).testid(name).text(label)
    };
    el("div", "comparison-picker")
        .child(el("label", "comparison-number").child(el("span", "").text(text::PERSON)).child(input).child(of))
        .child(step("comparison-previous", text::PREVIOUS, n_users.saturating_sub(1)))
        .child(step("comparison-next", text::NEXT, 1))
        .child(button("preset", somebody).testid("comparison-random").text(text::RANDOM))
        .child(
            button("preset", nearest)
                .testid("comparison-nearest")
                .attr("title", text::NEAREST_HINT)
                .flag("disabled", move || session.shelf.with(|shelf| shelf.request(1).liked.is_empty()))
                .text(text::NEAREST),
        )
        .child(
            button("preset", move || untrack(centre).into_iter().for_each(go))
                .testid("comparison-centre")
                .flag("hidden", move || centre().is_none())
                .text(text::IN_CENTRE),
        )
}

/// Where the generator of [`text::RANDOM`] starts: the same people in the same order on every visit.
const SEED: u64 = 0x5EED;

/// Knuth's linear congruential generator (MMIX); its upper bits are those to use.
fn next_random(seed: u64) -> u64 {
    seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
}

/// Some of a person's films.
type Films = fn(&Compared) -> &Vec<u32>;

fn known(view: &Rc<View>) -> El {
    let say = |films: Films, words: fn(&[&str], usize) -> String| {
        let view = Rc::clone(view);
        move || {
            let person = view.person();
            let (core, items) = (view.session.core(), films(&person));
            let mut best_known = items.clone();
            let degree = |item_idx: u32| core.recommender.incidence().hyperedge_degree(item_idx as usize);
            sort_indices(&mut best_known, &|a, b| degree(b).cmp(&degree(a)));
            // One more is named rather than counted.
            let n_named = if items.len() == N_NAMED + 1 { items.len() } else { N_NAMED };
            let titles: Vec<&str> = best_known.iter().take(n_named).map(|&item_idx| core.title(item_idx)).collect();
            Some(words(&titles, items.len()))
        }
    };
    let has_valid = {
        let view = Rc::clone(view);
        move || !view.person().valid.is_empty()
    };
    el("div", "comparison-known")
        .attr("aria-live", "polite")
        .child(el("p", "").testid("comparison-liked").live_text(say(|person| &person.liked, text::liked)))
        .child(el("p", "").testid("comparison-test").live_text(say(|person| &person.test, text::test)))
        .child(el("p", "note").flag("hidden", move || !has_valid()).live_text(say(|person| &person.valid, text::valid)))
}
