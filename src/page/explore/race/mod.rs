//! The race: the teacher's full forward against the student's answer, on the visitor's shelf and device.

mod gpu;
mod lanes;
mod run;
mod work;

use std::rc::Rc;

use leptos::prelude::*;

use super::Models;
use super::file::with_models;
use crate::page::dom::{El, button, el};
use crate::page::session::Session;
use crate::page::text::race as text;
use run::Race;

pub(super) fn race(session: Session) -> El {
    with_models(session, move |file, models| {
        if models.teacher.is_none() {
            let reason = file.reason("teacher").map(|reason| format!(" {reason}")).unwrap_or_default();
            return el("p", "note").attr("role", "status").text(&format!("{}{reason}", text::NO_TEACHER));
        }
        view(session, models)
    })
}

fn view(session: Session, models: Rc<Models>) -> El {
    let race = Race::new(session, Rc::clone(&models));
    // Nothing runs when the tab is not open.
    on_cleanup(move || race.leave());
    let is_running = move || race.phase.get().is_running();
    let press = move || if untrack(is_running) { race.stop() } else { race.start() };
    let label = move || {
        let label = match (is_running(), race.phase.get().is_fresh()) {
            (true, _) => text::STOP,
            (false, true) => text::START,
            (false, false) => text::AGAIN,
        };
        Some(label.to_owned())
    };
    let question = move || Some(text::question(session.shelf.with(|shelf| shelf.request(1).liked.len())));
    let progress = move || race.phase.get().run().map(text::run);
    let controls = el("div", "race-controls")
        .child(button("button", press).testid("race-start").live_text(label))
        .child(lanes::replay_button(race))
        .child(el("p", "note").live_text(question))
        .child(el("p", "race-progress").testid("race-progress").attr("aria-hidden", "true").live_text(progress));
    let said = el("p", "race-said").testid("race-said").attr("role", "status").live_text(move || Some(race.said()));
    el("div", "race")
        .testid("race")
        .child(el("p", "note comparison-lead").text(text::LEAD))
        .child(controls)
        .child(said)
        .child(lanes::lanes(race))
        .child(lanes::times(race))
        .child(work::work(session, models))
}
