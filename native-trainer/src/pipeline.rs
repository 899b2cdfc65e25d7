//! From a data set to trained models and their rows of the table.

use std::path::PathBuf;
use std::sync::Arc;

use candle_core::Device;
use serde_json::json;
use sharp_distill::bundle::ResultRow;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::Student;
use thiserror::Error;

use crate::analysis::{Alignment, Embedded};
use crate::baselines::collaborative::Task;
use crate::baselines::ease::{EaseError, ease};
use crate::baselines::itemknn::ItemKnn;
use crate::baselines::learned;
use crate::baselines::popularity::Popularity;
use crate::checkpoint::{CheckpointError, Checkpointer, Checkpoints};
use crate::data::Dataset;
use crate::evaluation::{DenseLogits, Evaluation, HeldOut, Scorer, evaluate};
use crate::fit::{Fit, FitError, FitSettings, fit};
use crate::latency::{Latencies, latency_of, latency_of_visitor};
use crate::models::Model;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::student::{CandleStudent, Distillation};
use crate::teacher::{PreparedTeacher, Teacher, TeacherError};
use crate::text::{ReadText, TextError, TextFeatures};
use crate::visitors::{Told, evaluate_visitors};

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
    /// What an answer takes, where it was measured.
    pub latencies: Option<Latencies>,
    /// Seconds of training, evaluation not included.
    pub train_seconds: f64,
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
#[derive(Debug, Default)]
pub struct Outcome<'a> {
    /// The rows that were asked for.
    pub rows: Vec<Row>,
    /// The teacher, if one was trained.
    pub teacher: Option<Arc<Teacher<'a>>>,
    /// The distilled student with rounded features, if one was trained.
    pub student: Option<CandleStudent<'a>>,
    /// The student without a teacher, with rounded features, if one was trained.
    pub scratch: Option<CandleStudent<'a>>,
    /// What the teacher read, if it was trained here and read text.
    pub text: Option<TextFeatures>,
    /// How alike the teacher and each student are, where both were trained.
    pub alignments: Vec<Alignment>,
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
    /// A document that cannot be encoded.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Ctrl-C, between two models.
    #[error(
        "interrupted before the {next}; nothing that is trained is lost: the same command with --resume goes on from {}",
        folder.display()
    )]
    Interrupted {
        /// The model that would have come next.
        next: &'static str,
        /// Where the checkpoints are.
        folder: PathBuf,
    },
    /// Keeping checkpoints failed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Training broke down.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// What candle refuses.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

/// What every model is trained with.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a, 'r> {
    /// The data.
    pub data: &'a Dataset,
    /// All settings.
    pub settings: &'r Settings,
    /// Seed of every draw.
    pub seed: u64,
    /// What is shown.
    pub progress: &'r Progress,
    /// What is kept if training is interrupted.
    pub checkpoints: &'r Checkpoints,
    /// Whether answers are timed.
    pub timed: bool,
    /// Where the learned models are trained; those in closed form are computed by the CPU.
    pub device: &'r Device,
}

impl<'a> Run<'a, '_> {
    /// Trains what `models` needs and evaluates it.
    ///
    /// # Errors
    /// See [`PipelineError`].
    pub fn train(self, models: &[Model]) -> Result<Outcome<'a>, PipelineError> {
        self.train_with(models, None)
    }

    /// The same with a teacher that is trained already, by these settings and this seed.
    ///
    /// # Errors
    /// See [`PipelineError`].
    pub fn train_with(self, models: &[Model], teacher: Option<Arc<Teacher<'a>>>) -> Result<Outcome<'a>, PipelineError> {
        let train = Arc::new(self.data.train.clone());
        let mut outcome = Outcome::default();
        let mut taught: Option<Embedded> = None;
        let wants = |wanted: &[Model]| models.iter().any(|model| wanted.contains(model));
        let distilled = [Model::Student, Model::StudentFoldIn];
        let wants_teacher = wants(&distilled) || wants(&[Model::Teacher, Model::StudentSoftLabels]);
        // First, so that an encoder that cannot be used is heard of before anything is trained.
        let text = if wants_teacher && teacher.is_none() {
            TextFeatures::read(self.data, &self.settings.text, self.device, *self.progress)?
        } else {
            None
        };
        for &model in models.iter().filter(|model| model.is_baseline()) {
            self.stop_if_interrupted(model.name())?;
            outcome.rows.push(self.baseline(model, &train)?);
        }
        if wants_teacher {
            let clock = Clock::start();
            let (teacher, earlier) = match teacher {
                Some(teacher) => (teacher, 0.0),
                None => {
                    let (teacher, earlier) = self.teacher(Model::Teacher, &train, text.as_ref())?;
                    (Arc::new(teacher), earlier)
                }
            };
            let seconds = earlier + clock.seconds();
            let prepared = PreparedTeacher::new(teacher.clone())?;
            let embedded = Embedded::new(&prepared.user_emb, &prepared.item_emb);
            if wants(&[Model::Teacher]) {
                outcome.rows.push(self.row(Model::Teacher, teacher.n_parameters(), seconds, &prepared)?);
            }
            if wants(&distilled) {
                let Trained { student, seconds } = self.student(Model::Student, &train, Some(&prepared))?;
                let n_parameters = student.weights()?.n_parameters();
                outcome.alignments.push(embedded.with(Model::Student, &student.prepare(false)?.embedded())?);
                if wants(&[Model::Student]) {
                    let mut row = self.row(Model::Student, n_parameters, seconds, &student.prepare(false)?)?;
                    if let Some(latencies) = &mut row.latencies {
                        latencies.one_user = latency_of_visitor(&student, self.data)?;
                    }
                    outcome.rows.push(row);
                }
                if wants(&[Model::StudentFoldIn]) {
                    outcome.rows.push(self.visitors(n_parameters, seconds, &student)?);
                }
                outcome.student = Some(student);
            }
            if wants(&[Model::StudentSoftLabels]) {
                // Where the soft labels are the student's only loss anyway, it is the same student.
                let same =
                    outcome.rows.iter().find(|row| row.model == Model::Student && self.only_soft_labels()).cloned();
                outcome.rows.push(match same {
                    Some(row) => Row { model: Model::StudentSoftLabels, ..row },
                    None => self.student_row(Model::StudentSoftLabels, &train, Some(&prepared))?,
                });
            }
            taught = Some(embedded);
            outcome.teacher = Some(teacher);
            outcome.text = text.map(|text| text.features);
        }
        if wants(&[Model::TeacherNoText, Model::StudentNoText]) {
            let settings = self.settings.without_text();
            let without = Run { settings: &settings, ..self };
            let clock = Clock::start();
            let (teacher, earlier) = without.teacher(Model::TeacherNoText, &train, None)?;
            let (seconds, n_parameters) = (earlier + clock.seconds(), teacher.n_parameters());
            let prepared = PreparedTeacher::new(Arc::new(teacher))?;
            if wants(&[Model::TeacherNoText]) {
                outcome.rows.push(without.row(Model::TeacherNoText, n_parameters, seconds, &prepared)?);
            }
            if wants(&[Model::StudentNoText]) {
                outcome.rows.push(without.student_row(Model::StudentNoText, &train, Some(&prepared))?);
            }
        }
        if wants(&[Model::StudentScratch]) {
            let Trained { student, seconds } = self.student(Model::StudentScratch, &train, None)?;
            let n_parameters = student.weights()?.n_parameters();
            if let Some(taught) = &taught {
                outcome.alignments.push(taught.with(Model::StudentScratch, &student.prepare(false)?.embedded())?);
            }
            outcome.rows.push(self.row(Model::StudentScratch, n_parameters, seconds, &student.prepare(false)?)?);
            outcome.scratch = Some(student);
        }
        outcome.rows.sort_by_key(|row| row.model);
        Ok(outcome)
    }

    fn baseline(self, model: Model, train: &Arc<Incidence>) -> Result<Row, PipelineError> {
        let clock = Clock::start();
        let n_items = self.data.n_items();
        match model {
            Model::Popularity => self.row(model, (0, 0), clock.seconds(), &Popularity::new(train)),
            Model::ItemKnn => {
                let trained = ItemKnn::new(&self.settings.itemknn, train.clone());
                let n_weights = trained.n_similarities();
                self.row(model, (n_weights, n_weights), clock.seconds(), &trained)
            }
            Model::Ease => {
                let bar = self.progress.spinner("ease");
                let logits = ease(train, self.settings.ease.lambda)?;
                bar.finish();
                let n_weights = n_items * n_items.saturating_sub(1);
                self.row(model, (n_weights, n_weights), clock.seconds(), &DenseLogits { logits, n_items })
            }
            _ => {
                let (train, device) = (train.clone(), self.device.clone());
                let task = Task { seed: self.seed, train, valid: &self.data.valid, device };
                let mut trained = learned(model, self.settings, task)?;
                let fit_settings = trained.fit_settings().clone();
                let earlier = self.fit(model, &mut trained, &fit_settings, None)?;
                let n_parameters = trained.n_parameters();
                self.row(model, n_parameters, earlier + clock.seconds(), &trained.trained()?)
            }
        }
    }

    /// Fits a model, from its checkpoint if there is one to go on from; returns the seconds that had gone into that one.
    fn fit(
        self,
        model: Model,
        fitted: &mut dyn Fit,
        settings: &FitSettings,
        text: Option<&ReadText>,
    ) -> Result<f64, FitError> {
        let bar = self.progress.bar(model.name());
        let mut checkpointer = self.checkpointer(model, text);
        fit(fitted, settings, &mut checkpointer, &bar)?;
        Ok(checkpointer.earlier_seconds())
    }

    /// Within a model that is fitted, [`fit`] sees to it.
    fn stop_if_interrupted(self, next: &'static str) -> Result<(), PipelineError> {
        match self.checkpoints.stopped()? {
            Some(folder) => Err(PipelineError::Interrupted { next, folder }),
            None => Ok(()),
        }
    }

    fn checkpointer(self, model: Model, text: Option<&ReadText>) -> Checkpointer {
        let mut run = json!({
            "data": self.data.name,
            "data_sha256": self.data.sha256,
            "split": self.data.split,
            "seed": self.seed,
            "version": env!("CARGO_PKG_VERSION"),
            "settings": model.hyper(self.settings),
        });
        if !self.device.is_cpu() {
            // Rounded otherwise: gone on with elsewhere it would be another run.
            run["device"] = json!("cuda");
        }
        if let Some(text) = text {
            // The settings name the encoder; this says what is in it.
            run["text_encoder"] = json!(text.identity);
        }
        self.checkpoints.of(model.name(), self.seed, run)
    }

    /// Whether the distilled student has no other loss.
    fn only_soft_labels(self) -> bool {
        let Settings { distil, distilled, .. } = self.settings;
        distilled.hard_loss_weight == 0.0 && *distil == distil.soft_labels_only()
    }

    /// The teacher, and the seconds that went into its checkpoint.
    fn teacher(
        self,
        model: Model,
        train: &Arc<Incidence>,
        text: Option<&ReadText>,
    ) -> Result<(Teacher<'a>, f64), PipelineError> {
        let settings = &self.settings.teacher;
        let features = text.map(|text| &text.features);
        let mut teacher =
            Teacher::on(self.device, settings.clone(), self.seed, train.clone(), &self.data.valid, features)?;
        let earlier = self.fit(model, &mut teacher, &settings.fit, text)?;
        Ok((teacher, earlier))
    }

    /// Trains a student: distilled with a teacher, from scratch without one.
    fn student(
        self,
        model: Model,
        train: &Arc<Incidence>,
        teacher: Option<&PreparedTeacher<Arc<Teacher<'a>>>>,
    ) -> Result<Trained<'a>, PipelineError> {
        let clock = Clock::start();
        let settings = self.settings;
        let (name, section, training) = match teacher {
            Some(_) => ("student", "distilled", &settings.distilled),
            None => ("student from scratch", "scratch", &settings.scratch),
        };
        let distil = match model {
            Model::StudentSoftLabels => settings.distil.soft_labels_only(),
            _ => settings.distil.clone(),
        };
        let mut training = training.clone();
        if model == Model::StudentSoftLabels {
            training.hard_loss_weight = 0.0;
        }
        let distillation = match teacher {
            Some(teacher) => {
                let embeddings = [teacher.user_emb.clone(), teacher.item_emb.clone()];
                Some(Distillation::new(distil, Box::new(teacher.clone()), Some(embeddings), train)?)
            }
            None => None,
        };
        let mut student = CandleStudent::on(
            self.device,
            (name, section),
            &settings.student,
            training.clone(),
            self.seed,
            (train.clone(), &self.data.valid),
            distillation,
        )?;
        let earlier = self.fit(model, &mut student, &training.fit, None)?;
        student.forget_teacher();
        student.round_features()?;
        Ok(Trained { student, seconds: earlier + clock.seconds() })
    }

    fn student_row(
        self,
        model: Model,
        train: &Arc<Incidence>,
        teacher: Option<&PreparedTeacher<Arc<Teacher<'a>>>>,
    ) -> Result<Row, PipelineError> {
        let Trained { student, seconds } = self.student(model, train, teacher)?;
        self.row(model, student.weights()?.n_parameters(), seconds, &student.prepare(false)?)
    }

    fn row(
        self,
        model: Model,
        n_parameters: (usize, usize),
        train_seconds: f64,
        trained: &dyn Scorer,
    ) -> Result<Row, PipelineError> {
        self.stop_if_interrupted("evaluation")?;
        let Dataset { train, valid, test, .. } = self.data;
        let latencies = if self.timed { Some(latency_of(trained, self.data)?) } else { None };
        Ok(Row {
            model,
            n_parameters,
            valid: evaluate(trained, HeldOut { held_out: valid, seen: &[train] })?,
            test: evaluate(trained, HeldOut { held_out: test, seen: &[train, valid] })?,
            latencies,
            train_seconds,
        })
    }

    /// Every user answered as a visitor who likes what the user was trained on.
    fn visitors(
        self,
        n_parameters: (usize, usize),
        train_seconds: f64,
        student: &CandleStudent<'_>,
    ) -> Result<Row, PipelineError> {
        let Dataset { train, valid, test, .. } = self.data;
        let twin = Student::new(student.config().clone(), &student.weights()?, train);
        let hides_valid = Told { disliked: None, hidden: Some(valid) };
        Ok(Row {
            model: Model::StudentFoldIn,
            n_parameters,
            valid: evaluate_visitors(&twin, train, Told::default(), valid),
            test: evaluate_visitors(&twin, train, hides_valid, test),
            latencies: None,
            train_seconds,
        })
    }
}

struct Trained<'a> {
    student: CandleStudent<'a>,
    seconds: f64,
}

/// Seconds since it was started.
struct Clock(std::time::Instant);

impl Clock {
    fn start() -> Self {
        Self(std::time::Instant::now())
    }

    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
