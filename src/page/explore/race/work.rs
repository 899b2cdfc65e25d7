//! The work of both answers, stage by stage, counted from shapes.

use std::rc::Rc;

use leptos::prelude::*;

use super::super::Models;
use super::super::comparison::{column, frame, part};
use crate::explorer::{wide_step_work, work_ratio};
use crate::page::dom::{El, el};
use crate::page::session::Session;
use crate::page::text::race as text;
use crate::student::Work;
use crate::teacher::TeacherStage;

/// A stage: its name, its equation, its work.
type Row = (&'static str, &'static str, Work);

pub(super) fn work(session: Session, models: Rc<Models>) -> El {
    let rows = move || bodies(session, &models);
    let head = text::WORK_COLUMNS.map(|name| column("", name));
    let table = el("table", "table work-table")
        .testid("race-work")
        .child(el("caption", "").text(text::WORK_CAPTION))
        .child(el("thead", "").child(el("tr", "").children(head)))
        .live_children(rows);
    part("race-counted", text::WORK)
        .child(el("p", "note").text(text::WORK_HINT))
        .child(frame(text::WORK_CAPTION, table))
}

fn bodies(session: Session, models: &Models) -> Vec<El> {
    let core = session.core();
    let request = session.shelf.with(|shelf| shelf.request(1));
    let Some(teacher) = &models.teacher else { return Vec::new() };
    // A shelf's films are the model's.
    let stages = teacher.work_of_visitor(&request.liked).unwrap_or_default();
    let mut solved = 0;
    let teacher_row = |&(stage, work): &(TeacherStage, Work)| -> Row {
        if stage == TeacherStage::Wide {
            let step = wide_step_work(teacher.incidence(), &request.liked);
            (text::WIDE_STEP, text::WIDE_STEP_EQUATION, step)
        } else {
            (stage.name(), stage.equation(), work)
        }
    };
    let of_teacher: Vec<Row> = stages.iter().map(teacher_row).collect();
    if let Some((_, work)) = stages.iter().find(|(stage, _)| *stage == TeacherStage::Wide) {
        solved = work.multiply_adds;
    }
    let student_row = |(stage, work): (crate::student::Stage, Work)| -> Row { (stage.name(), stage.equation(), work) };
    let of_student: Vec<Row> =
        core.recommender.student().work(request.liked.len()).into_iter().map(student_row).collect();
    let sum = |rows: &[Row]| rows.iter().map(|row| row.2).sum::<Work>();
    let sums = [sum(&of_teacher), sum(&of_student)];
    let [multiply_adds, bytes] = work_ratio(sums[0], sums[1]);
    let ratio = el("tr", "ours")
        .testid("race-work-ratio")
        .attr("data-multiply-adds", &crate::ranking::fixed(multiply_adds, 3))
        .attr("data-bytes", &crate::ranking::fixed(bytes, 3))
        .child(el("th", "").attr("scope", "row").text(text::RATIO))
        .child(el("td", "").text(&text::times(multiply_adds)))
        .child(el("td", "").text(&text::times(bytes)));
    let solved = (solved > 0).then(|| {
        let cell = el("td", "work-note").attr("colspan", "3").text(&text::solved(solved));
        el("tbody", "").child(el("tr", "").child(cell))
    });
    let parts = [body(text::TEACHER, &of_teacher, sums[0]), body(text::STUDENT, &of_student, sums[1])];
    parts.into_iter().chain([el("tbody", "").child(ratio)]).chain(solved).collect()
}

fn body(name: &str, rows: &[Row], sum: Work) -> El {
    let numbers = |row: El, work: Work| {
        row.child(el("td", "").text(&text::big(work.multiply_adds))).child(el("td", "").text(&text::bytes(work.bytes)))
    };
    let row = |&(name, equation, work): &Row| {
        let stage = el("th", "").attr("scope", "row").child(el("code", "").text(name));
        numbers(el("tr", "").child(stage.child(el("span", "equation").text(equation))), work)
    };
    let head = el("th", "").attr("scope", "rowgroup").attr("colspan", "3").text(name);
    let total = numbers(el("tr", "work-total").child(el("th", "").attr("scope", "row").text(text::TOTAL)), sum);
    el("tbody", "").child(el("tr", "work-who").child(head)).children(rows.iter().map(row)).child(total)
}
