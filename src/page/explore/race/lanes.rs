//! The tracks of the race, their replay, and the table of times.

use leptos::prelude::*;

use super::run::{Lane, Race};
use crate::explorer::{PUBLISHED_MS, lengths, ratio};
use crate::page::dom::{El, button, el};
use crate::page::text::race as text;
use crate::ranking::fixed;

pub(super) fn lanes(race: Race) -> El {
    let lanes = move || race.lanes.with(|lanes| lanes.iter().map(|lane| self::lane(race, lane)).collect());
    let no_gpu = move || race.no_gpu.get().map(|reason| text::no_gpu(&reason));
    el("div", "race-lanes")
        .testid("race-lanes")
        .live_children(lanes)
        .child(el("p", "note").flag("hidden", move || race.no_gpu.with(Option::is_none)).live_text(no_gpu))
}

fn lane(race: Race, lane: &Lane) -> El {
    let ms = lane.p50().unwrap_or_default();
    let parts = lengths(ms);
    let replay = Race::replay_of(lane);
    let track = |who: usize, name: &str| {
        let lasts = replay.map_or(0.0, |replay| replay.ms[who] * replay.factor);
        let class = move || {
            // Two names for one animation: a changed name makes it start again.
            let motion = match race.replay.get() {
                Some(number) if number % 2 == 0 => " replay-a",
                Some(_) => " replay-b",
                None => "",
            };
            Some(format!("track-fill track-{who}{motion}"))
        };
        let fill = el("span", "").live_attr("class", class).style("--lasts", &format!("{}ms", fixed(lasts, 0)));
        el("div", "track")
            .child(el("span", "track-name").text(name))
            .child(el("div", "track-lane").style("--part", &fixed(parts[who], 5)).child(fill))
            .child(el("span", "track-ms").text(&text::ms(ms[who])))
    };
    let times = ratio(&lane.times[0], &lane.times[1]).map(text::times).unwrap_or_default();
    el("section", "race-lane")
        .testid("race-lane")
        .attr("data-engine", lane.engine)
        .attr("aria-label", lane.engine)
        .child(el("h3", "").text(lane.engine))
        .child(el("p", "note").text(&lane.device))
        .child(el("div", "tracks").child(track(0, text::TEACHER)).child(track(1, text::STUDENT)))
        .child(el("p", "race-ratio").testid("race-ratio").text(&times))
        .child(el("p", "note race-slowed").text(&replay.map(|replay| text::slowed(replay.factor)).unwrap_or_default()))
}

/// Draws one request of each, slower; not offered where nothing should move.
pub(super) fn replay_button(race: Race) -> El {
    let can_replay = move || {
        !race.phase.get().is_running() && race.lanes.with(|lanes| lanes.iter().any(|lane| lane.p50().is_some()))
    };
    let number = StoredValue::new(0u32);
    let press = move || {
        number.update_value(|number| *number = number.wrapping_add(1));
        race.replay.set(Some(number.get_value()));
    };
    button("preset race-replay", press).testid("race-replay").flag("hidden", move || !can_replay()).text(text::REPLAY)
}

pub(super) fn times(race: Race) -> El {
    let head = text::TIMES_COLUMNS.map(|name| el("th", "").attr("scope", "col").text(name));
    let rows = move || race.lanes.with(|lanes| lanes.iter().map(row).chain([published()]).collect());
    let table = el("table", "table")
        .testid("race-times")
        .child(el("caption", "").text(text::TIMES_CAPTION))
        .child(el("thead", "").child(el("tr", "").children(head)))
        .child(el("tbody", "").live_children(rows));
    let method = move || {
        race.lanes.with(|lanes| {
            let of = |lane: &Lane| {
                [("teacher", lane.engine, lane.times[0].n_answers), ("student", lane.engine, lane.times[1].n_answers)]
            };
            let together: Vec<_> = lanes.iter().flat_map(of).collect();
            (!together.is_empty()).then(|| text::method(race.step_ms.get(), &together))
        })
    };
    el("section", "comparison-part")
        .attr("aria-labelledby", "race-times-title")
        .child(el("h3", "").attr("id", "race-times-title").text(text::TIMES))
        .child(super::super::comparison::frame(text::TIMES_CAPTION, table))
        .child(el("p", "note").testid("race-method").live_text(method))
        .child(el("p", "prose-line").text(&text::published()))
}

fn row(lane: &Lane) -> El {
    let [teacher, student] = &lane.times;
    let time = |ms: Option<f64>| ms.map(text::ms).unwrap_or_default();
    let cells = [
        teacher.ms.len().min(student.ms.len()).to_string(),
        time(teacher.p50()),
        time(teacher.p95()),
        time(student.p50()),
        time(student.p95()),
        ratio(teacher, student).map(text::times).unwrap_or_default(),
    ];
    cells_of(lane.engine, &cells)
}

fn published() -> El {
    let [teacher, student] = PUBLISHED_MS;
    let time = |ms: f64| format!("{} ms", fixed(ms, 2));
    let none = || "–".to_owned();
    let cells = [none(), time(teacher), none(), time(student), none(), text::times(teacher / student)];
    cells_of(text::PUBLISHED, &cells)
}

fn cells_of(name: &str, cells: &[String]) -> El {
    el("tr", "")
        .child(el("th", "").attr("scope", "row").text(name))
        .children(cells.iter().map(|cell| el("td", "").text(cell)))
}
