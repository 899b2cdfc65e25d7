//! From a data set to trained models and their rows of the table.

use std::sync::Arc;

use serde_json::{Value, json};
use sharp_distill::bundle::ResultRow;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::Student;
use thiserror::Error;

use crate::baselines::ease::{EaseError, ease};
use crate::baselines::popularity::popularity;
use crate::data::Dataset;
use crate::evaluation::{Evaluation, HeldOut, evaluate};
use crate::fit::{FitError, fit};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::student::{CandleStudent, Distillation};
use crate::teacher::{Teacher, TeacherError};
use crate::visitors::{Told, evaluate_visitors};

/// The models of the table, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Model {
    /// By number of likes.
    Popularity,
    /// EASE^R.
    Ease,
    /// The teacher.
    Teacher,
    /// The distilled student.
    Student,
    /// The distilled student, every user a visitor: what the page does.
    StudentFoldIn,
    /// The same student without a teacher.
    StudentScratch,
}

impl Model {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 6] =
        [Self::Popularity, Self::Ease, Self::Teacher, Self::Student, Self::StudentFoldIn, Self::StudentScratch];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::Ease => "ease",
            Self::Teacher => "teacher",
            Self::Student => "student",
            Self::StudentFoldIn => "student-fold-in",
            Self::StudentScratch => "student-scratch",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which model.
    pub model: Model,
    /// Learned numbers, and how many of them are no embedding.
    pub n_parameters: (usize, usize),
    /// On validation, training items masked.
    pub valid: Evaluation,
    /// On test, training and validation items masked.
    pub test: Evaluation,
}

impl From<&Row> for ResultRow {
    fn from(row: &Row) -> Self {
        Self {
            model: row.model.name().to_owned(),
            n_parameters: row.n_parameters.0,
            at_10: row.test.at_10.rounded(),
            at_20: row.test.at_20.rounded(),
        }
    }
}

/// What training ends with.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// The rows that were asked for.
    pub rows: Vec<Row>,
    /// The teacher, if one was trained.
    pub teacher: Option<Teacher<'a>>,
    /// The distilled student with rounded features, if one was trained.
    pub student: Option<CandleStudent<'a>>,
}

/// Why there is no outcome.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// EASE^R has no solution.
    #[error(transparent)]
    Ease(#[from] EaseError),
    /// No teacher.
    #[error(transparent)]
    Teacher(#[from] TeacherError),
    /// Training broke down.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// What candle refuses.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

/// The settings that one model depends on.
pub fn hyper(model: Model, settings: &Settings) -> Value {
    let all = settings.to_value();
    match model {
        Model::Popularity => json!({}),
        Model::Ease => all["ease"].clone(),
        Model::Teacher => all["teacher"].clone(),
        Model::Student | Model::StudentFoldIn => {
            json!({"student": all["student"], "distilled": all["distilled"], "distil": all["distil"]})
        }
        Model::StudentScratch => json!({"student": all["student"], "scratch": all["scratch"]}),
    }
}

/// Trains what `models` needs and evaluates it.
///
/// # Errors
/// See [`PipelineError`].
pub fn run<'a>(
    data: &'a Dataset,
    settings: &Settings,
    seed: u64,
    models: &[Model],
    progress: &Progress,
) -> Result<Outcome<'a>, PipelineError> {
    let table = Table { data, train: Arc::new(data.train.clone()) };
    let mut outcome = Outcome { rows: Vec::new(), teacher: None, student: None };
    let wants = |model: Model| models.contains(&model);
    if wants(Model::Popularity) {
        outcome.rows.push(table.row(Model::Popularity, (0, 0), &popularity(&data.train)));
    }
    if wants(Model::Ease) {
        let bar = progress.spinner("ease");
        let n_weights = data.n_items() * (data.n_items() - 1);
        outcome.rows.push(table.row(Model::Ease, (n_weights, n_weights), &ease(&data.train, settings.ease.lambda)?));
        bar.finish();
    }
    let wants_student = wants(Model::Student) || wants(Model::StudentFoldIn);
    if wants(Model::Teacher) || wants_student {
        let bar = progress.bar("teacher");
        let mut teacher = Teacher::new(settings.teacher.clone(), seed, table.train.clone(), &data.valid)?;
        fit(&mut teacher, &settings.teacher.fit, &bar)?;
        let teacher_logits = teacher.logits()?;
        if wants(Model::Teacher) {
            outcome.rows.push(table.row(Model::Teacher, teacher.n_parameters(), &teacher_logits));
        }
        if wants_student {
            let bar = progress.bar("student");
            let distillation = Distillation::new(settings.distil.clone(), teacher_logits, data.n_items());
            let mut student = CandleStudent::new(
                ("student", "distilled"),
                &settings.student,
                settings.distilled.clone(),
                seed,
                (table.train.clone(), &data.valid),
                Some(distillation),
            )?;
            fit(&mut student, &settings.distilled.fit, &bar)?;
            student.round_features()?;
            let n_parameters = student.weights()?.n_parameters();
            if wants(Model::Student) {
                outcome.rows.push(table.row(Model::Student, n_parameters, &student.logits(false)?));
            }
            if wants(Model::StudentFoldIn) {
                let twin = Student::new(student.config().clone(), &student.weights()?, &data.train);
                outcome.rows.push(table.visitors(Model::StudentFoldIn, n_parameters, &twin));
            }
            outcome.student = Some(student);
        }
        outcome.teacher = Some(teacher);
    }
    if wants(Model::StudentScratch) {
        let bar = progress.bar("student-scratch");
        let mut student = CandleStudent::new(
            ("student from scratch", "scratch"),
            &settings.student,
            settings.scratch.clone(),
            seed,
            (table.train.clone(), &data.valid),
            None,
        )?;
        fit(&mut student, &settings.scratch.fit, &bar)?;
        student.round_features()?;
        let n_parameters = student.weights()?.n_parameters();
        outcome.rows.push(table.row(Model::StudentScratch, n_parameters, &student.logits(false)?));
    }
    Ok(outcome)
}

struct Table<'a> {
    data: &'a Dataset,
    train: Arc<Incidence>,
}

impl Table<'_> {
    fn row(&self, model: Model, n_parameters: (usize, usize), logits: &[f32]) -> Row {
        let (valid, test) = (&self.data.valid, &self.data.test);
        Row {
            model,
            n_parameters,
            valid: evaluate(logits, HeldOut { held_out: valid, seen: &[&self.train] }),
            test: evaluate(logits, HeldOut { held_out: test, seen: &[&self.train, valid] }),
        }
    }

    /// Every user answered as a visitor who likes what the user was trained on.
    fn visitors(&self, model: Model, n_parameters: (usize, usize), student: &Student) -> Row {
        let train = &self.data.train;
        let hides_valid = Told { disliked: None, hidden: Some(&self.data.valid) };
        Row {
            model,
            n_parameters,
            valid: evaluate_visitors(student, train, Told::default(), &self.data.valid),
            test: evaluate_visitors(student, train, hides_valid, &self.data.test),
        }
    }
}
