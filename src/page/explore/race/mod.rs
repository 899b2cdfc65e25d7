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
    with_models(session, |session, file, models| {
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
    on_cleanup(race.end());
    let shown = |what: fn(&Race) -> Option<String>| {
        let race = Rc::clone(&race);
        move || what(&race)
    };
    let label = |race: &Race| {
        let label = match race.board().phase {
            phase if phase.is_running() => text::STOP,
            phase if phase.is_fresh() => text::START,
            _ => text::AGAIN,
        };
        Some(label.to_owned())
    };
    let press = {
        let race = Rc::clone(&race);
        move || race.press()
    };
    let question = move || Some(text::question(session.shelf.with(|shelf| shelf.request(1).liked.len())));
    let progress = el("p", "race-progress").testid("race-progress").attr("aria-hidden", "true");
    let controls = el("div", "race-controls")
        .child(button("button", press).testid("race-start").live_text(shown(label)))
        .child(lanes::replay_button(&race))
        .child(el("p", "note").live_text(question))
        .child(progress.live_text(shown(|race| race.board().phase.run().map(text::run))));
    let said = el("p", "race-said").testid("race-said").attr("role", "status");
    el("div", "race")
        .testid("race")
        .child(el("p", "note comparison-lead").text(text::LEAD))
        .child(controls)
        .child(said.live_text(shown(|race| Some(race.said()))))
        .child(lanes::lanes(&race))
        .child(lanes::times(&race))
        .child(work::work(session, models))
}
