//! Teacher, student and the student without a teacher, side by side for any person of the data.

mod answers;
mod mixing;
mod parts;
mod person;
mod places;
mod soft_labels;

pub(super) use parts::{column, frame, part};

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;

use super::Models;
use super::file::with_models;
use crate::bundle::ExplorerBundle;
use crate::explorer::{Compare, Compared, ComparisonState};
use crate::page::dom::{El, el};
use crate::page::session::Session;
use crate::page::text::comparison as text;
use crate::student::Student;
use crate::teacher::Teacher;

/// What the parts of the view share.
struct View {
    session: Session,
    file: Rc<ExplorerBundle>,
    models: Rc<Models>,
    /// Who is compared.
    user_idx: Memo<usize>,
    /// What was computed of the one who is.
    last: RefCell<Option<Rc<Compared>>>,
}

pub(super) fn comparison(session: Session) -> El {
    with_models(session, |session, file, models| {
        let Some(teacher) = &models.teacher else {
            let why = if file.teacher.is_some() {
                text::NO_TEACHER_COMPUTED.to_owned()
            } else {
                text::no_teacher(file.reason("teacher"))
            };
            return el("p", "note").attr("role", "status").text(&why);
        };
        let core = session.core();
        let compare = compare(&file, &models, teacher, core.recommender.student());
        // Not read by way of the effect that builds the view: a changed shelf changes nobody's comparison.
        let first = untrack(|| person::nearest_to_you(session, &compare)).or_else(|| compare.nearest(&[])).unwrap_or(0);
        view(View::new(session, &file, &models, first))
    })
}

fn compare<'a>(
    file: &'a ExplorerBundle,
    models: &'a Models,
    teacher: &'a Teacher,
    student: &'a Student,
) -> Compare<'a> {
    Compare {
        teacher,
        student,
        scratch: models.scratch.as_ref(),
        held_out: file.held_out.as_ref(),
        distil: &file.distil,
    }
}

impl View {
    /// `first` is looked at where the link does not say who.
    fn new(session: Session, file: &Rc<ExplorerBundle>, models: &Rc<Models>, first: u32) -> Rc<Self> {
        let n_users = session.core().recommender.incidence().n_nodes();
        let user_idx = move |state: &mut ComparisonState| {
            let chosen = state.person.map(|user_idx| user_idx as usize).filter(|user_idx| *user_idx < n_users);
            chosen.unwrap_or(first as usize)
        };
        Rc::new(Self {
            session,
            file: Rc::clone(file),
            models: Rc::clone(models),
            user_idx: of_state(session, user_idx),
            last: RefCell::default(),
        })
    }

    /// Asks the models.
    fn ask<T>(&self, question: impl FnOnce(&Compare<'_>) -> T) -> Option<T> {
        let core = self.session.core();
        let teacher = self.models.teacher.as_ref()?;
        Some(question(&compare(&self.file, &self.models, teacher, core.recommender.student())))
    }

    /// Who is compared, computed once a person.
    fn person(&self) -> Rc<Compared> {
        let user_idx = self.user_idx.get() as u32;
        let last = self.last.borrow().clone();
        last.filter(|last| last.user_idx == user_idx).unwrap_or_else(|| {
            let person = Rc::new(self.ask(|compare| compare.person(user_idx)).unwrap_or_default());
            self.last.replace(Some(Rc::clone(&person)));
            person
        })
    }
}

/// A number of the state, for whatever changes with it alone.
fn of_state(session: Session, part: impl Fn(&mut ComparisonState) -> usize + Send + Sync + 'static) -> Memo<usize> {
    Memo::new(move |_| part(&mut session.explore.with(|explore| explore.comparison)))
}

fn view(view: Rc<View>) -> El {
    el("div", "comparison")
        .testid("comparison")
        .child(el("p", "note comparison-lead").text(text::LEAD))
        .child(person::person(&view))
        .child(answers::answers(&view))
        .child(places::places(&view))
        .child(soft_labels::soft_labels(&view))
        .child(mixing::gamma(&view))
        .child(mixing::alpha(&view))
}
