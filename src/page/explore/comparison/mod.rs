//! Teacher, student and the student without a teacher, side by side for any person of the data.

mod answers;
mod mixing;
mod parts;
mod person;
mod places;
mod soft_labels;

pub(super) use parts::frame;

use std::rc::Rc;
use std::sync::Arc;

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
#[derive(Clone)]
struct View {
    session: Session,
    file: Rc<ExplorerBundle>,
    models: Rc<Models>,
    /// Who is looked at where the link does not say.
    first: u32,
}

/// Who is compared, computed once a person.
type Person = Memo<Arc<Compared>>;

pub(super) fn comparison(session: Session) -> El {
    with_models(session, move |file, models| {
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
        view(View { session, file: Rc::clone(&file), models: Rc::clone(&models), first })
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
    /// Asks the models.
    fn ask<T>(&self, question: impl FnOnce(&Compare<'_>) -> T) -> Option<T> {
        let core = self.session.core();
        let teacher = self.models.teacher.as_ref()?;
        Some(question(&compare(&self.file, &self.models, teacher, core.recommender.student())))
    }

    fn state(&self) -> ComparisonState {
        self.session.explore.with(|explore| explore.comparison)
    }

    /// The person of the state, as far as there is one.
    fn user_idx(&self) -> u32 {
        let n_users = self.session.core().recommender.incidence().n_nodes() as u32;
        self.state().person.filter(|user_idx| *user_idx < n_users).unwrap_or(self.first)
    }
}

fn view(view: View) -> El {
    let view = StoredValue::new_local(view);
    let user_idx = Memo::new(move |_| view.with_value(View::user_idx));
    let person: Person = Memo::new(move |_| {
        let user_idx = user_idx.get();
        Arc::new(view.with_value(|view| view.ask(|compare| compare.person(user_idx))).unwrap_or_default())
    });
    let view = view.get_value();
    el("div", "comparison")
        .testid("comparison")
        .child(el("p", "note comparison-lead").text(text::LEAD))
        .child(person::person(&view, person))
        .child(answers::answers(&view, person))
        .child(places::places(&view, person))
        .child(soft_labels::soft_labels(&view, person))
        .child(mixing::gamma(&view, person))
        .child(mixing::alpha(&view, person))
}
