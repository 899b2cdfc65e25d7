//! Soft labels: the teacher's and the student's shares at a temperature that can be moved, or falls as it did in training.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::parts::{Slider, column, film, frame, mark, part};
use super::{View, of_state};
use crate::clock;
use crate::explorer::{Compared, ComparisonState, SoftLabelBars};
use crate::page::dom::{El, button, el};
use crate::page::session::Session;
use crate::page::text::comparison as text;
use crate::ranking::fixed;
use crate::teacher::temperature_at;

/// The paper's annealing (eq. 12): T_max, T_min and E.
const PUBLISHED: ([f32; 2], usize) = ([10.0, 1.0], 200);

/// How long an annealing is played, in milliseconds.
const PLAY_MS: f64 = 7000.0;

/// More epochs than a schedule has.
const MOST_EPOCHS: usize = 1 << 24;

/// What is played.
#[derive(Clone, Copy)]
struct Play {
    session: Session,
    /// What is played: [`Play::at`].
    played: RwSignal<Option<u32>>,
    /// Counts what was started, so that a later start ends an earlier one.
    turn: StoredValue<u32>,
}

pub(super) fn soft_labels(view: &Rc<View>) -> El {
    let session = view.session;
    let play = Play { session, played: RwSignal::new(None), turn: StoredValue::new(0) };
    // The tab is closed, or another one opened.
    on_cleanup(move || play.stop_quietly());
    let distil = &view.file.distil;
    let trained_at = view.ask(|compare| compare.trained_at()).unwrap_or(PUBLISHED.0);
    let own = (trained_at, distil.annealing_epochs);
    let fits = |temperature: f32| (1.0..=10.0).contains(&temperature);
    let schedules = [PUBLISHED, own].into_iter().take(if trained_at.into_iter().all(fits) { 2 } else { 1 });
    let buttons = schedules.enumerate().map(|(place, schedule)| play.button(place, schedule));
    let epoch = move || {
        let tenths = session.explore.with(|explore| explore.comparison.temperature);
        play.at().map(|(place, epoch)| {
            let n_epochs = [PUBLISHED, own][place].1;
            text::epoch(epoch, n_epochs, &text::temperature(tenths))
        })
    };
    let temperature = Slider {
        name: "temperature",
        label: text::TEMPERATURE,
        ends: text::TEMPERATURE_ENDS,
        range: [ComparisonState::COLDEST, ComparisonState::HOTTEST],
        part: |state| &mut state.temperature,
        said: text::temperature,
    };
    let temperature = temperature.build(session, move || play.stop());
    let tenths = of_state(session, |state| state.temperature.into());
    let asked = Rc::clone(view);
    let bars = move || {
        let (person, tenths) = (asked.person(), tenths.get() as u8);
        let (bars, kl) = person.soft_labels(f32::from(tenths) / 10.0);
        vec![table(session, &person, &bars), spread(play, tenths, &bars, kl)]
    };
    part("comparison-labels", text::SOFT_LABELS)
        .child(el("p", "prose-line").text(text::SOFT_LABELS_LEAD))
        .child(
            el("div", "comparison-controls")
                .child(temperature)
                .child(el("div", "choices").children(buttons))
                .child(el("p", "note epoch").testid("comparison-epoch").live_text(epoch)),
        )
        .child(el("p", "equation").text(text::SOFT_LABELS_EQUATION))
        .child(el("div", "labels").live_children(bars))
        .child(el("p", "note").text(&text::taught(distil, trained_at)))
}

/// The distributions in a few numbers.
fn spread(play: Play, tenths: u8, bars: &SoftLabelBars, kl: f64) -> El {
    let first = bars.others.map(|others| 1.0 - others);
    let who = |side: usize, value: String| {
        el("dd", "").child(mark(side)).child(el("span", "").text(&value)).attr("title", text::MODELS[side])
    };
    let said = el("p", "labels-said")
        .live_attr("aria-live", move || Some(if play.at().is_some() { "off" } else { "polite" }.to_owned()))
        .text(&text::spread(tenths, first[0], bars.n_effective[0]));
    let numbers = el("dl", "stats")
        .child(el("dt", "").text(text::EFFECTIVE))
        .children([0, 1].map(|side| who(side, text::films(bars.n_effective[side]))))
        .child(el("dt", "").text(text::FIRST))
        .children([0, 1].map(|side| who(side, format!("{} %", text::percent(first[side])))))
        .child(el("dt", "").attr("title", text::DIVERGENCE_HINT).text(text::DIVERGENCE))
        .child(el("dd", "").text(&fixed(kl, 3)));
    el("div", "spread")
        .testid("comparison-spread")
        .attr("data-effective", &fixed(bars.n_effective[0], 3))
        .attr("data-kl", &fixed(kl, 4))
        .child(numbers)
        .child(said)
}

fn table(session: Session, person: &Compared, bars: &SoftLabelBars) -> El {
    let largest = bars.largest();
    let cells = |labels: [f32; 2]| {
        [0, 1].map(|side| {
            let bar = el("span", &format!("label-bar label-bar-{side}"))
                .style("--part", &fixed(f64::from(labels[side] / largest), 4))
                .attr("aria-hidden", "true");
            el("td", "").child(bar).child(el("span", "").text(&text::percent(labels[side])))
        })
    };
    let own = bars.shown.iter().map(|label| {
        let is_test = person.test.binary_search(&label.item_idx).is_ok();
        let tag = is_test.then(|| el("span", "held-out").text(text::HELD_OUT));
        el("tr", "")
            .child(film(session, "th", "", label.item_idx).attr("scope", "row").children(tag))
            .children(cells(label.labels))
    });
    let others = el("tr", "others")
        .child(el("th", "").attr("scope", "row").text(&text::all_others(bars.n_others)))
        .children(bars.others.map(|share| el("td", "").child(el("span", "").text(&text::percent(share)))));
    let head = [text::FILM, text::MODELS[0], text::MODELS[1]].map(|name| column("", name));
    let table = el("table", "table labels-table")
        .testid("comparison-bars")
        .child(el("caption", "").text(text::LABELS_CAPTION))
        .child(el("thead", "").child(el("tr", "").children(head)))
        .child(el("tbody", "").children(own.chain([others])));
    frame(text::LABELS_CAPTION, table)
}

impl Play {
    /// The number of the schedule that is played, and its epoch.
    fn at(self) -> Option<(usize, usize)> {
        self.played.get().map(|played| (played as usize / MOST_EPOCHS, played as usize % MOST_EPOCHS))
    }

    fn button(self, place: usize, schedule: ([f32; 2], usize)) -> El {
        let is_on = move || self.at().is_some_and(|(other, _)| other == place);
        let [from, to] = schedule.0;
        let label = move || Some(if is_on() { text::STOP.to_owned() } else { text::play(from, to, place == 0) });
        button("preset", move || if untrack(is_on) { self.stop() } else { self.start(place, schedule) })
            .testid(if place == 0 { "anneal" } else { "anneal-own" })
            .live_text(label)
    }

    fn start(self, place: usize, ([from, to], n_epochs): ([f32; 2], usize)) {
        self.turn.update_value(|turn| *turn += 1);
        let turn = self.turn.get_value();
        let began = clock::now_ms();
        spawn_local(async move {
            loop {
                // Gone with its tab, or started again.
                if self.turn.try_get_value() != Some(turn) {
                    return;
                }
                let part = ((clock::now_ms() - began) / PLAY_MS).min(1.0);
                let epoch = (part * n_epochs as f64) as usize;
                let tenths = (10.0 * temperature_at(epoch, from, to, n_epochs) + 0.5) as u8;
                self.played.set(Some((place * MOST_EPOCHS + epoch.min(MOST_EPOCHS - 1)) as u32));
                self.session.explore(|explore| {
                    explore.comparison.temperature = tenths.clamp(ComparisonState::COLDEST, ComparisonState::HOTTEST);
                });
                if part >= 1.0 {
                    self.stop();
                    return;
                }
                clock::moment().await;
            }
        });
    }

    fn stop(self) {
        self.stop_quietly();
        self.played.set(None);
    }

    fn stop_quietly(self) {
        self.turn.try_update_value(|turn| *turn += 1);
    }
}
