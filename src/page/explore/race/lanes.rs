//! The tracks of the race, their replay, and the table of times.

use std::rc::Rc;

use super::super::comparison::{column, frame, part};
use super::run::{Lane, Race};
use crate::explorer::{PUBLISHED_MS, lengths, ratio};
use crate::page::dom::{El, button, el};
use crate::page::text::race as text;
use crate::ranking::fixed;

pub(super) fn lanes(race: &Rc<Race>) -> El {
    let shown = Rc::clone(race);
    let lanes = move || {
        let board = shown.board();
        let no_gpu = board.no_gpu.as_ref().map(|reason| el("p", "note").text(&text::no_gpu(reason)));
        board.lanes.iter().map(|lane| self::lane(lane, board.replay)).chain(no_gpu).collect()
    };
    el("div", "race-lanes").testid("race-lanes").live_children(lanes)
}

fn lane(lane: &Lane, replayed: Option<u32>) -> El {
    let ms = lane.p50().unwrap_or_default();
    let parts = lengths(ms);
    let replay = Race::replay_of(lane);
    let track = |who: usize, name: &str| {
        let lasts = replay.map_or(0.0, |replay| replay.ms[who] * replay.factor);
        // Two names for one animation: a changed name makes it start again.
        let motion = match replayed {
            Some(number) if number % 2 == 0 => " replay-a",
            Some(_) => " replay-b",
            None => "",
        };
        let fill =
            el("span", &format!("track-fill track-{who}{motion}")).style("--lasts", &format!("{}ms", fixed(lasts, 0)));
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
pub(super) fn replay_button(race: &Rc<Race>) -> El {
    let shown = Rc::clone(race);
    let can_replay = move || {
        let board = shown.board();
        !board.phase.is_running() && board.lanes.iter().any(|lane| lane.p50().is_some())
    };
    let race = Rc::clone(race);
    let press =
        move || race.change(|board| board.replay = Some(board.replay.map_or(0, |number| number.wrapping_add(1))));
    button("preset race-replay", press).testid("race-replay").flag("hidden", move || !can_replay()).text(text::REPLAY)
}

pub(super) fn times(race: &Rc<Race>) -> El {
    let head = text::TIMES_COLUMNS.map(|name| column("", name));
    let shown = Rc::clone(race);
    let rows = move || shown.board().lanes.iter().map(row).chain([published()]).collect();
    let table = el("table", "table")
        .testid("race-times")
        .child(el("caption", "").text(text::TIMES_CAPTION))
        .child(el("thead", "").child(el("tr", "").children(head)))
        .child(el("tbody", "").live_children(rows));
    let race = Rc::clone(race);
    let method = move || {
        let board = race.board();
        let of = |lane: &Lane| {
            [("teacher", lane.engine, lane.times[0].n_answers), ("student", lane.engine, lane.times[1].n_answers)]
        };
        let together: Vec<_> = board.lanes.iter().flat_map(of).collect();
        (!together.is_empty()).then(|| text::method(board.step_ms, &together))
    };
    part("race-timing", text::TIMES)
        .child(frame(text::TIMES_CAPTION, table))
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
