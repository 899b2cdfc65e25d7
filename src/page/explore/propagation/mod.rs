//! The propagation, step by step: what plays, steps and scrubs; the rows of numbers; what is said of a step and how a number
//! came about.

mod equation;
mod player;
mod stage;
mod table;
mod words;

pub(super) use equation::equation;

use std::sync::Arc;

use leptos::prelude::*;

use super::film::{choice, film, film_choice, option, read, visitor};
use crate::explorer::propagation::{Model, Name, Question, Step, TeacherModel, Trace};
use crate::explorer::{Taste, Vertex};
use crate::page::choices::{choices, toggle};
use crate::page::dom::{El, el, value_of};
use crate::page::explore::ExplorerFile;
use crate::page::session::{Core, Session};
use crate::page::text::propagation as text;
use crate::student::PreparedRequest;
use player::Player;

/// Sources with a row of their own, and the others' row.
const N_ROWS: usize = 6;
/// Films of the shelf that are offered as nodes.
const N_OFFERED: usize = 12;

/// What is followed: a question, and its answer.
struct Scene {
    question: Question,
    visitor: PreparedRequest,
    /// Whether it is the teacher.
    is_teacher: bool,
    trace: Trace,
}

impl PartialEq for Scene {
    /// The same question has the same answer.
    fn eq(&self, other: &Self) -> bool {
        self.question == other.question && self.is_teacher == other.is_teacher && self.visitor == other.visitor
    }
}

impl Scene {
    /// `before` where that is it.
    fn of(session: Session, before: Option<&Arc<Self>>) -> Option<Arc<Self>> {
        let (visitor, item_idx) = (visitor(session)?, film(session)?);
        let question = Question { node: node(session), item_idx, n_rows: N_ROWS };
        let is_teacher = is_teacher(session);
        let is_same = |scene: &&Arc<Self>| {
            scene.question == question && scene.is_teacher == is_teacher && scene.visitor == visitor
        };
        if let Some(before) = before.filter(is_same) {
            return Some(Arc::clone(before));
        }
        let trace = with_model(session, &visitor, |model| {
            if is_teacher { Trace::of_teacher(model, question) } else { Trace::of_student(model, question) }
        })?;
        Some(Arc::new(Self { question, visitor, is_teacher, trace }))
    }

    fn step(&self, place: usize) -> &Step {
        &self.trace.steps[place.min(self.trace.steps.len() - 1)]
    }

    /// What a row is called.
    fn row_name(&self, core: &Core, name: Name) -> String {
        let of = if let Name::Source(vertex) | Name::Edge(vertex) = name { vertex } else { self.trace.node };
        text::row(name, &core.name(of))
    }
}

/// Whether the teacher is followed.
fn is_teacher(session: Session) -> bool {
    session.explore.with(|explore| explore.propagation.is_teacher)
}

/// The models as they are now; the teacher comes with the explorer's file.
fn with_model<T>(session: Session, visitor: &PreparedRequest, ask: impl FnOnce(&Model<'_>) -> T) -> T {
    let core = session.core();
    let bundle = core.recommender.bundle();
    let file = is_teacher(session).then(|| session.explorer.get());
    let teacher = match &file {
        Some(ExplorerFile::Ready(file)) => file.teacher.as_ref(),
        _ => None,
    };
    let teacher =
        teacher.map(|(config, weights)| TeacherModel { config, weights, incidence: core.recommender.incidence() });
    ask(&Model { student: core.recommender.student(), weights: &bundle.weights, visitor, teacher })
}

/// Whose numbers are followed.
fn node(session: Session) -> Vertex {
    let chosen = session
        .explore
        .with(|explore| explore.propagation.node.as_ref().and_then(|centre| session.core().vertex(centre)));
    chosen.unwrap_or(Vertex::You)
}

pub(super) fn propagation(session: Session) -> El {
    let scene =
        Memo::new(move |before: Option<&Option<Arc<Scene>>>| Scene::of(session, before.and_then(Option::as_ref)));
    let player = Player::new(session, scene);
    let film = film_choice(session).flag("hidden", move || is_teacher(session));
    let bar = el("div", "flow-bar").child(model_choice(session)).child(node_choice(session)).child(film);
    let main = el("div", "flow-main").child(stage::stage(player)).child(stage::legend(player));
    el("div", "flow")
        .testid("flow")
        .child(bar)
        .child(player::controls(player))
        .child(el("div", "flow-columns").child(words::words(player)).child(main).child(words::arithmetic(player)))
        .child(table::table(player))
}

fn model_choice(session: Session) -> El {
    let model = |label: &str, name: &str, wanted: bool| {
        let press = move || {
            session.explore(|explore| {
                if explore.propagation.is_teacher != wanted {
                    explore.propagation.step = 0;
                }
                explore.propagation.is_teacher = wanted;
            });
        };
        toggle(label, move || is_teacher(session) == wanted, press).testid(name)
    };
    let both = [model(text::STUDENT, "flow-student", false), model(text::TEACHER, "flow-teacher", true)];
    choices(both).attr("role", "group").attr("aria-label", text::MODEL)
}

fn node_choice(session: Session) -> El {
    let options = move || {
        let chosen = node(session);
        let mut nodes = vec![Vertex::You, session.focus(), chosen];
        session.rows.with(|rows| nodes.extend(rows.iter().map(|row| Vertex::Item(row.ranked.item_idx))));
        session.shelf.with(|shelf| nodes.extend(shelf.with_taste(Taste::Liked).take(N_OFFERED).map(Vertex::Item)));
        let mut offered: Vec<Vertex> = Vec::new();
        for node in nodes {
            if !offered.contains(&node) {
                offered.push(node);
            }
        }
        offered.into_iter().map(|vertex| option(session, vertex, vertex == chosen)).collect()
    };
    let choose = move |event| {
        let vertex = read(&value_of(&event)).filter(|vertex| *vertex != Vertex::You);
        let node = vertex.and_then(|vertex| session.core().centre(vertex));
        session.explore(|explore| explore.propagation.node = node);
    };
    choice(text::NODE, "flow-node", options, choose)
}
