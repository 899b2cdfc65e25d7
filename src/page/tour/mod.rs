//! The guided tour: a card at the edge of the window that points at a live part of the page, says what there is to see,
//! and lets the reader act there. The step is part of the address.

mod steps;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, Event, EventInit, HtmlElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent};

use super::dom::{El, Place, button, el, on_window};
use super::later::{Later, behind, gates};
use super::session::Session;
use super::text::tour as text;
use crate::clock;
use steps::{STEPS, Step};

/// What the part that is pointed at carries; the styles draw a frame around it.
const POINTED_AT: &str = "data-toured";
/// How often a step's example is looked for: some seconds in all.
const N_LOOKS: u32 = 100;

/// The button that begins the tour.
pub(crate) fn start_tour(session: Session) -> El {
    button("tour-start", move || session.explore(|explore| explore.tour = Some(0)))
        .testid("tour-start")
        .flag("hidden", move || session.explore.with(|explore| explore.tour.is_some()))
        .text(text::START_TOUR)
}

/// The place of the card. Who begins the tour before the card can be had is told so.
pub(crate) fn tour(session: Session) -> El {
    let is_on = Memo::new(move |_| session.explore.with(|explore| explore.tour.is_some()));
    el("div", "").live_children(move || {
        if session.later.with(|later| matches!(later, Later::Here)) {
            return behind(session, gates::tour);
        }
        let leave = || button("quiet", move || leave(session)).testid("tour-leave").text(text::LEAVE);
        let card = || el("aside", "tour").testid("tour").children(behind(session, gates::tour)).child(leave());
        is_on.get().then(card).into_iter().collect()
    })
}

/// The card; nothing is seen of it while there is no tour.
pub(super) fn card(session: Session) -> El {
    let at = Memo::new(move |_| {
        let step = session.explore.with(|explore| explore.tour);
        step.map(|step| usize::from(step).min(STEPS.len() - 1))
    });
    let is_done = RwSignal::new(false);
    let place = Place::new();
    Effect::new(move |_| {
        let step = at.get();
        is_done.set(false);
        point_at(None);
        if let Some(step) = step {
            open(session, &STEPS[step], place);
        }
    });
    for event in ["click", "input"] {
        on_window(event, move |event| {
            let step = at.get_untracked().map(|step| &STEPS[step]);
            if step.is_some_and(|step| is_inside(&event, step.act)) {
                is_done.set(true);
            }
        });
    }
    on_window("keydown", move |event| {
        let event: KeyboardEvent = event.unchecked_into();
        let is_taken = event.default_prevented() || session.is_importing.get_untracked();
        if event.key() == "Escape" && !is_taken && at.get_untracked().is_some() && !is_inside(&event, "input, select") {
            leave(session);
        }
    });
    let say = move |words: fn(&Step) -> &'static str| move || at.get().map(|step| words(&STEPS[step]).to_owned());
    let go = move |by: i8| {
        let step = at.get_untracked().map(|step| step as i8 + by);
        match step {
            Some(step) if (step as usize) < STEPS.len() => session.explore(|explore| explore.tour = Some(step as u8)),
            _ => {
                leave(session);
                session.say(text::ENDED.to_owned());
            }
        }
    };
    let is_last = move || at.get() == Some(STEPS.len() - 1);
    let show = move |show: fn(Element)| {
        spawn_local(async move {
            // A view may still be on its way.
            for _ in 0..N_LOOKS {
                let Some(step) = at.get_untracked() else { return };
                if let Ok(Some(example)) = document().query_selector(STEPS[step].example) {
                    return show(example);
                }
                clock::moment().await;
            }
        });
    };
    let counted = move || at.get().map(|step| text::step_of(step, STEPS.len()));
    let head = el("div", "tour-head")
        .child(el("p", "tour-count").live_text(counted))
        .child(button("quiet", move || leave(session)).testid("tour-leave").text(text::LEAVE));
    let task = el("p", "tour-task").live_class("done", move || is_done.get()).live_text(say(|step| step.task));
    let buttons = el("div", "tour-buttons")
        .child(
            button("quiet", move || go(-1))
                .testid("tour-back")
                .flag("disabled", move || at.get() == Some(0))
                .text(text::PREVIOUS),
        )
        .child(button("quiet", move || show(focus)).testid("tour-there").text(text::GO_THERE))
        .child(button("quiet", move || show(perform)).testid("tour-do").text(text::DO_IT))
        .child(
            button("button", move || go(1))
                .testid("tour-next")
                .live_text(move || Some(if is_last() { text::FINISH } else { text::NEXT }.to_owned())),
        );
    el("div", "tour")
        .testid("tour")
        .at(place)
        .attr("role", "dialog")
        .attr("aria-label", text::TOUR)
        .attr("tabindex", "-1")
        .flag("hidden", move || at.get().is_none())
        .child(head)
        .child(el("h2", "").live_text(say(|step| step.title)))
        .child(el("p", "").live_text(say(|step| step.words)))
        .child(task)
        .child(
            el("p", "tour-done").attr("role", "status").live_text(move || is_done.get().then(|| text::DONE.to_owned())),
        )
        .child(buttons)
}

fn leave(session: Session) {
    session.explore(|explore| explore.tour = None);
    spawn_local(async {
        // The button comes back first.
        clock::moment().await;
        if let Ok(Some(start)) = document().query_selector("[data-testid=tour-start]") {
            focus(start);
        }
    });
}

/// Opens what a step points at, once the page has drawn it, and hands the card the keyboard.
fn open(session: Session, step: &'static Step, card: Place) {
    if let Some(tab) = step.tab {
        session.explore(|explore| explore.tab = tab);
    }
    spawn_local(async move {
        clock::moment().await;
        let target = document().query_selector(step.target).ok().flatten();
        point_at(target.clone());
        if let Some(target) = target {
            target.scroll_into_view();
        }
        if let Some(card) = card.get::<HtmlElement>() {
            // Without focus the card is there all the same.
            let _ = card.focus();
        }
    });
}

/// Frames this part, and no other.
fn point_at(target: Option<Element>) {
    if let Ok(Some(before)) = document().query_selector(&format!("[{POINTED_AT}]")) {
        // It is there: it was just found by it.
        let _ = before.remove_attribute(POINTED_AT);
    }
    if let Some(target) = target {
        // A frame less is no harm.
        let _ = target.set_attribute(POINTED_AT, "");
    }
}

fn is_inside(event: &Event, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.closest(selector), Ok(Some(_))))
}

fn focus(element: Element) {
    if let Ok(element) = element.dyn_into::<HtmlElement>() {
        // What takes no focus is left alone.
        let _ = element.focus();
    }
}

/// Does what a reader would: a click, the middle of a slider, the next choice of a list.
fn perform(element: Element) {
    if let Some(list) = element.dyn_ref::<HtmlSelectElement>() {
        list.set_selected_index((list.selected_index() + 1) % (list.length() as i32).max(1));
        tell(list, "input");
        tell(list, "change");
        return;
    }
    if let Some(input) = element.dyn_ref::<HtmlInputElement>().filter(|input| input.type_() == "range") {
        let ends = [input.min(), input.max()].map(|end| end.parse::<i32>().unwrap_or(0));
        input.set_value(&((ends[0] + ends[1]) / 2).to_string());
        tell(input, "input");
        return;
    }
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        element.click();
    }
}

/// Says that something was changed, as the browser does when a reader changes it.
fn tell(element: &Element, event: &str) {
    let bubbles = EventInit::new();
    bubbles.set_bubbles(true);
    if let Ok(event) = Event::new_with_event_init_dict(event, &bubbles) {
        // Nobody can cancel it.
        let _ = element.dispatch_event(&event);
    }
}
