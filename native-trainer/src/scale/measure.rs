//! One size, measured in a process of its own: what training and answers cost, in time and in memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::{HypergraphError, Incidence};
use sharp_distill::ranking::{mark, mask_words, top_k};
use sharp_distill::student::{Request, Student, Workspace};
use thiserror::Error;

use super::clock::{Clock, Cost};
use crate::data::Dataset;
use crate::evaluation::Scorer;
use crate::fit::{Fit, FitSettings};
use crate::memory::{self, Sizes};
use crate::optimizer::{Adam, sum};
use crate::settings::Settings;
use crate::student::{CandleStudent, Distillation};
use crate::synthetic::{Recipe, RecipeError};
use crate::teacher::{PreparedTeacher, Supervision, Teacher, TeacherError};

/// Steps of an epoch, whatever the size: with steps of a fixed size their number would grow with the data, and each goes
/// through the whole graph.
pub const N_STEPS: usize = 8;
/// Items that the student's losses run over in a step.
pub const N_SAMPLED_ITEMS: usize = 256;
/// Users that are ranked when all are asked for; of more the time is that of these, times as many.
pub const N_RANKED: usize = 512;
/// An epoch whose steps take longer is measured by fewer of them.
const EPOCH_BUDGET: Duration = Duration::from_secs(75);
/// Answers are measured up to 30 times, within this.
const ANSWER_BUDGET: Duration = Duration::from_secs(12);
const N_ANSWERS: usize = 30;
const K: usize = 10;

/// What one size costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Users and items.
    pub n_nodes: usize,
    /// Users.
    pub n_users: usize,
    /// Items.
    pub n_items: usize,
    /// Training likes: the edges of the bipartite graph.
    pub n_edges: usize,
    /// Generating the data.
    pub generated: Cost,
    /// Bytes of the process once the data are there.
    pub data_bytes: Option<u64>,
    /// The teacher's training.
    pub teacher: Training,
    /// The student's.
    pub student: Training,
    /// One user by the teacher: propagation over the whole graph, fusion, scores, ranking.
    pub teacher_one_user: Answer,
    /// All embeddings of the student: the feature transform and the convolution, in candle.
    pub student_convolution: Answer,
    /// Multiply-adds of that, counted: `(2 e + n + m) d + (n + m) d^2`.
    pub student_convolution_multiply_adds: u64,
    /// One visitor by the student's CPU twin: fold-in, scores of all items, ranking.
    pub student_one_user: Answer,
    /// All users by the teacher, embedded once.
    pub teacher_all_users: AllUsers,
    /// All users by the student, embedded once.
    pub student_all_users: AllUsers,
}

/// What training a model costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// An epoch: the mean of the steps that were measured, times [`N_STEPS`].
    pub epoch: Cost,
    /// How many steps were measured.
    pub n_steps_measured: usize,
    /// The most memory of the process meanwhile, the data included.
    pub peak_bytes: Option<u64>,
    /// What was estimated for it beforehand, the data included.
    pub estimated_bytes: Option<u64>,
    /// Whether the peak is of this training alone: the system let it be counted anew.
    pub peak_is_its_own: bool,
}

/// Medians of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Milliseconds.
    pub wall_ms: f64,
    /// Of the processor.
    pub cpu_ms: f64,
    /// Of how many.
    pub n: usize,
}

/// The ranking of all users.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AllUsers {
    /// Of those that were ranked, divided by their number.
    pub cpu_ms_a_user: f64,
    /// That times all users.
    pub cpu_seconds: f64,
    /// How many were ranked; if fewer than there are, the seconds are extrapolated.
    pub n_ranked: usize,
}

/// Why a size has no measurement.
#[derive(Debug, Error)]
pub enum MeasureError {
    /// No data of this size.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// More memberships than an incidence holds.
    #[error(transparent)]
    Hypergraph(#[from] HypergraphError),
    /// No teacher.
    #[error(transparent)]
    Teacher(#[from] TeacherError),
    /// What candle refuses.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

/// The settings under which sizes are compared: the tuned preset without its closed form, all losses over samples.
pub fn settings(n_users: usize, n_edges: usize) -> Settings {
    let mut settings = Settings::default();
    let steps = |n_rows: usize| n_rows.div_ceil(N_STEPS).max(1);
    let teacher = &mut settings.teacher;
    (teacher.wide_weight, teacher.wide_loss_weight, teacher.deep_weight) = (0.0, 0.0, 1.0);
    (teacher.supervision, teacher.supervision_weight) = (Supervision::Bpr, 1.0);
    teacher.fit = FitSettings { batch_size: steps(n_edges), ..teacher.fit.clone() };
    let distilled = &mut settings.distilled;
    distilled.n_sampled_items = N_SAMPLED_ITEMS;
    distilled.fit = FitSettings { batch_size: steps(n_users), ..distilled.fit.clone() };
    // All of them are users times items; of a step only the sample's are computed.
    settings.distil.max_kept_logits = 0;
    settings
}

/// The sizes of generated data, before they are generated.
pub fn sizes(n_nodes: usize, seed: u64) -> Sizes {
    let Recipe { n_users, n_items, n_interactions, .. } = Recipe::of_nodes(n_nodes, seed);
    Sizes { n_users, n_items, n_likes: n_interactions / 10 * 8, text_dim: 0 }
}

/// Generates data of a size and measures.
///
/// # Errors
/// See [`MeasureError`].
pub fn measure(n_nodes: usize, seed: u64) -> Result<Measurement, MeasureError> {
    let clock = Clock::start();
    let data = Recipe::of_nodes(n_nodes, seed).generate()?.dataset()?;
    let generated = clock.cost();
    let data_bytes = memory::resident_bytes();
    let (n_users, n_items, n_edges) = (data.n_users(), data.n_items(), data.train.n_memberships());
    let settings = settings(n_users, n_edges);
    let sizes = Sizes { n_users, n_items, n_likes: n_edges, text_dim: 0 };
    let train = Arc::new(data.train.clone());

    let peak_is_its_own = memory::reset_peak();
    let beside_data = |estimate: u64| data_bytes.map(|bytes| bytes + estimate);
    let estimated_bytes = beside_data(memory::of_teacher(&sizes, &settings.teacher).of_steps());
    let mut teacher = Teacher::new(settings.teacher.clone(), seed, train.clone(), &data.valid, None)?;
    let (epoch, n_steps_measured) = epoch(&mut teacher, settings.teacher.fit.learning_rate)?;
    let peak_bytes = memory::peak_bytes();
    let of_teacher = Training { epoch, n_steps_measured, peak_bytes, estimated_bytes, peak_is_its_own };
    let teacher = Arc::new(teacher);
    let prepared = PreparedTeacher::new(teacher.clone())?;
    let mut user = 0;
    let teacher_one_user = answer(|| {
        user = (user + 1) % n_users;
        rank(&data, user, &prepared.full_forward(user..user + 1)?);
        Ok(())
    })?;
    let teacher_all_users = all_users(&data, &prepared)?;

    let peak_is_its_own = memory::reset_peak();
    let with_teacher = Some((&settings.teacher, &settings.distil));
    let estimate = memory::of_student(&sizes, &settings.student, &settings.distilled, with_teacher);
    let estimated_bytes = beside_data(estimate.of_steps());
    let embeddings = [prepared.user_emb.clone(), prepared.item_emb.clone()];
    let distillation = Distillation::new(settings.distil.clone(), Box::new(prepared), Some(embeddings), &train)?;
    let mut student = CandleStudent::new(
        ("student", "distilled"),
        &settings.student,
        settings.distilled.clone(),
        seed,
        (train, &data.valid),
        Some(distillation),
    )?;
    let (epoch, n_steps_measured) = self::epoch(&mut student, settings.distilled.fit.learning_rate)?;
    let peak_bytes = memory::peak_bytes();
    let of_student = Training { epoch, n_steps_measured, peak_bytes, estimated_bytes, peak_is_its_own };
    student.forget_teacher();
    drop(teacher);
    let student_convolution = answer(|| {
        std::hint::black_box(student.prepare(false)?);
        Ok(())
    })?;
    let student_all_users = all_users(&data, &student.prepare(false)?)?;
    let twin = Student::new(student.config().clone(), &student.weights()?, &data.train);
    let mut workspace = Workspace::default();
    let student_one_user = answer(|| {
        user = (user + 1) % n_users;
        let liked = data.train.hyperedges_of(user).to_vec();
        let request = Request { liked, k: K, ..Request::default() };
        // A request made of the data's own indices is not refused.
        let _ = std::hint::black_box(twin.recommend(&request, &mut workspace));
        Ok(())
    })?;
    let d = settings.student.emb_dim as u64;
    let n_graph = (n_users + n_items) as u64;
    Ok(Measurement {
        n_nodes,
        n_users,
        n_items,
        n_edges,
        generated,
        data_bytes,
        teacher: of_teacher,
        student: of_student,
        teacher_one_user,
        student_convolution,
        student_convolution_multiply_adds: (2 * n_edges as u64 + n_graph) * d + n_graph * d * d,
        student_one_user,
        teacher_all_users,
        student_all_users,
    })
}

/// The steps of one epoch, or as many as there is time for, each with gradients and the optimiser's step.
fn epoch(model: &mut dyn Fit, learning_rate: f64) -> candle_core::Result<(Cost, usize)> {
    let mut optimizer = Adam::new(model.params().vars(), learning_rate)?;
    let n_steps = model.n_steps();
    let (clock, began, mut n_measured) = (Clock::start(), Instant::now(), 0);
    for step in 0..n_steps {
        if n_measured > 0 && began.elapsed() > EPOCH_BUDGET {
            break;
        }
        let terms = model.loss_terms(0, step)?.into_iter().map(|(_, loss)| loss);
        if let Some(total) = sum(terms)? {
            optimizer.step(&total.backward()?)?;
        }
        n_measured += 1;
    }
    Ok((clock.cost().times(n_steps as f64 / n_measured.max(1) as f64), n_measured))
}

/// Medians; the first answer warms up.
fn answer(mut give: impl FnMut() -> candle_core::Result<()>) -> candle_core::Result<Answer> {
    let began = Instant::now();
    give()?;
    let mut costs = Vec::new();
    while costs.len() < N_ANSWERS && (costs.len() < 3 || began.elapsed() < ANSWER_BUDGET) {
        let clock = Clock::start();
        give()?;
        costs.push(clock.cost());
    }
    let median = |of: fn(&Cost) -> f64| {
        let mut values: Vec<f64> = costs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        1e3 * values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Ok(Answer { wall_ms: median(|cost| cost.wall_s), cpu_ms: median(|cost| cost.cpu_s), n: costs.len() })
}

/// Some of the users, a block at a time, from embeddings that are there.
fn all_users(data: &Dataset, model: &dyn Scorer) -> candle_core::Result<AllUsers> {
    let n_ranked = data.n_users().min(N_RANKED);
    // 64 MiB of logits at a time.
    let block = ((1 << 24) / data.n_items().max(1)).clamp(1, n_ranked.max(1));
    let clock = Clock::start();
    for start in (0..n_ranked).step_by(block) {
        let users = start..(start + block).min(n_ranked);
        let logits = model.logits(users.clone())?;
        users.zip(logits.chunks_exact(data.n_items())).for_each(|(user, logits)| rank(data, user, logits));
    }
    let cpu_seconds = clock.cost().cpu_s / n_ranked.max(1) as f64;
    let n_users = data.n_users() as f64;
    Ok(AllUsers { cpu_ms_a_user: 1e3 * cpu_seconds, cpu_seconds: cpu_seconds * n_users, n_ranked })
}

fn rank(data: &Dataset, user: usize, logits: &[f32]) {
    let mut seen_mask = vec![0u32; mask_words(data.n_items())];
    mark(&mut seen_mask, seen(&data.train, user));
    let mut ranked = Vec::new();
    top_k(logits, &seen_mask, K, &mut ranked);
    std::hint::black_box(ranked);
}

fn seen(train: &Incidence, user: usize) -> &[u32] {
    train.hyperedges_of(user)
}
