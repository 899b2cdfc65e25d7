//! The explorer's own file: loaded once the page has answered, so that nobody waits for it. What is computed from it, the
//! teacher's pass over the whole hypergraph above all, waits until a view asks.

use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::bundle::ExplorerBundle;
use crate::clock;
use crate::page::dom::{El, el};
use crate::page::load;
use crate::page::session::Session;
use crate::page::text::explore as text;
use crate::student::Student;
use crate::teacher::{Teacher, WideChannel};

/// Where the file stands.
#[derive(Clone)]
pub(crate) enum ExplorerFile {
    /// On its way.
    Waiting,
    /// Read and checked.
    Ready(Rc<ExplorerBundle>),
    /// Why it is not there.
    Failed(Rc<str>),
}

/// The models in it, ready for questions.
pub(crate) struct Models {
    pub(crate) teacher: Option<Teacher>,
    /// The student without a teacher.
    pub(crate) scratch: Option<Student>,
}

/// Loads the file.
pub(crate) fn begin(session: Session) {
    spawn_local(load_file(session));
}

/// Loads the file when the page has nothing better to do.
async fn load_file(session: Session) {
    clock::idle().await;
    let file = match load::fetch("explorer").await {
        Ok(bytes) => {
            clock::breathe().await;
            ExplorerBundle::read(&bytes, session.core().recommender.bundle()).map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    session.explorer.set(match file {
        Ok(bundle) => ExplorerFile::Ready(Rc::new(bundle)),
        Err(reason) => ExplorerFile::Failed(reason.into()),
    });
}

/// Computes the models, once, a part at a time so that the page stays awake.
pub(crate) fn want_models(session: Session) {
    let ExplorerFile::Ready(file) = session.explorer.get_untracked() else { return };
    if session.are_models_wanted.get_value() {
        return;
    }
    session.are_models_wanted.set_value(true);
    spawn_local(async move {
        let core = session.core();
        let incidence = core.recommender.incidence();
        let wide = match &file.teacher {
            Some((config, _)) if config.is_wide() => {
                clock::moment().await;
                WideChannel::new(incidence, config.wide_lambda).map(Some)
            }
            _ => Ok(None),
        };
        clock::moment().await;
        // Without its wide channel it would not be the teacher; the file leaves out a teacher too large for that.
        let teacher = file.teacher.clone().zip(wide.ok());
        let teacher = teacher.map(|((config, weights), wide)| Teacher::with_wide(config, weights, incidence, wide));
        clock::moment().await;
        let config = &core.recommender.bundle().config;
        let scratch = file.scratch.as_ref().map(|weights| Student::new(config.clone(), weights, incidence));
        session.models.set(Some(Rc::new(Models { teacher, scratch })));
    });
}

/// A view that needs the file: what it shows once the file is there, and until then what is waited for.
pub(super) fn with_file(session: Session, show: impl Fn(Rc<ExplorerBundle>) -> El + 'static) -> El {
    shown_with_file(session, Box::new(show))
}

/// Compiled once for all views.
fn shown_with_file(session: Session, show: Box<dyn Fn(Rc<ExplorerBundle>) -> El>) -> El {
    el("div", "").live_children(move || {
        vec![match session.explorer.get() {
            ExplorerFile::Ready(file) => show(file),
            ExplorerFile::Waiting => waiting(text::LOADING),
            ExplorerFile::Failed(reason) => el("p", "note").attr("role", "status").text(&text::no_file(&reason)),
        }]
    })
}

/// What a view shows of the file and its models.
type Show = fn(Session, Rc<ExplorerBundle>, Rc<Models>) -> El;

/// A view that needs the models, too.
pub(super) fn with_models(session: Session, show: Show) -> El {
    with_file(session, move |file| {
        want_models(session);
        el("div", "").live_children(move || {
            vec![match session.models.get() {
                Some(models) => show(session, Rc::clone(&file), models),
                None => waiting(text::COMPUTING),
            }]
        })
    })
}

fn waiting(what: &str) -> El {
    el("p", "note explore-waits").text(what)
}
