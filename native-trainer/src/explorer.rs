//! The explorer's file: the teacher, the student without one, a plane to see embeddings on, and what was held out.
//!
//! What a page could not load or not compute with is left out, with the reason; the model file is whole without it.

use std::ops::Range;

use nalgebra::{DMatrix, SymmetricEigen};
use sharp_distill::bundle::{Bundle, ExplorerBundle, HeldOut, LeftOut, Projection, TeacherGolden};
use sharp_distill::hypergraph::Incidence;
use sharp_distill::ranking::{mark, mask_words, top_k};
use sharp_distill::student::Student;
use sharp_distill::teacher::{MAX_WIDE_USERS, Teacher as Twin, TeacherConfig, TeacherWeights, WideError};

use crate::data::Dataset;
use crate::evaluation::Scorer;
use crate::export::{ExportError, agrees};
use crate::rng;
use crate::student::{CandleStudent, DistilSettings};
use crate::teacher::{PreparedTeacher, Teacher};

/// The most numbers of a part: 8 MiB as f16.
const MAX_NUMBERS: usize = 1 << 22;
/// Users whose answers are kept and checked.
const N_GOLDEN: usize = 8;
/// Places of such an answer.
const GOLDEN_K: usize = 10;

/// What is shown of a training.
#[derive(Debug)]
pub struct Explained<'a, 'e> {
    /// The teacher, once nobody learns from it any more: it is rounded here.
    pub teacher: Option<Teacher<'a>>,
    /// The student without a teacher.
    pub scratch: Option<&'e CandleStudent<'a>>,
    /// How the student was taught.
    pub distil: &'e DistilSettings,
}

impl Explained<'_, '_> {
    /// Rounds the teacher, answers for some users with it, checks its twin against that, and puts the parts together.
    ///
    /// # Errors
    /// The twin disagrees, or what candle refuses.
    pub fn explorer(self, data: &Dataset, model: &Bundle) -> Result<ExplorerBundle, ExportError> {
        let mut explorer = ExplorerBundle { distil: self.distil.shown(), ..ExplorerBundle::default() };
        let mut left_out =
            |part: &str, reason: String| explorer.left_out.push(LeftOut { part: part.to_owned(), reason });
        match self.teacher.map(shown).transpose()? {
            Some(Ok(shown)) => {
                explorer.golden = golden_cases(&shown.teacher, data, model.provenance.seed)?;
                check_teacher(&explorer.golden, &shown.twin(&data.train)?)?;
                explorer.teacher = Some((shown.config, shown.weights));
            }
            Some(Err(reason)) => left_out("teacher", reason),
            None => left_out("teacher", "no teacher was trained".to_owned()),
        }
        match self.scratch {
            Some(_) if model.weights.features.len() > MAX_NUMBERS => {
                left_out("scratch", too_large("the student without a teacher", model.weights.features.len()));
            }
            Some(scratch) => explorer.scratch = Some(scratch.weights()?),
            None => left_out("scratch", "no student was trained without a teacher".to_owned()),
        }
        match projection(&Student::new(model.config.clone(), &model.weights, &model.incidence)) {
            Some(projection) => explorer.projection = Some(projection),
            None => left_out("projection", "the items' embeddings do not differ in two directions".to_owned()),
        }
        let n_held_out = data.valid.n_memberships() + data.test.n_memberships();
        if n_held_out > MAX_NUMBERS {
            left_out("held_out", too_large("what is held out", n_held_out));
        } else {
            explorer.held_out = Some(HeldOut { valid: data.valid.clone(), test: data.test.clone() });
        }
        // A teacher that a page would refuse, with numbers past those of f16 for example, must not cost the model.
        if let (Some(_), Err(error)) = (&explorer.teacher, explorer.to_bytes(model)) {
            (explorer.teacher, explorer.golden) = (None, Vec::new());
            explorer.left_out.push(LeftOut { part: "teacher".to_owned(), reason: error.to_string() });
        }
        Ok(explorer)
    }
}

fn too_large(what: &str, n_numbers: usize) -> String {
    format!("{what} has {n_numbers} numbers, and a page loads {MAX_NUMBERS} at most")
}

/// A teacher that a page can compute with.
struct Shown<'a> {
    teacher: Teacher<'a>,
    config: TeacherConfig,
    weights: TeacherWeights,
}

impl Shown<'_> {
    fn twin(&self, train: &Incidence) -> Result<Twin, ExportError> {
        Ok(Twin::new(self.config.clone(), self.weights.clone(), train)?)
    }
}

/// The rounded teacher, or why it is not shown.
fn shown(mut teacher: Teacher<'_>) -> Result<Result<Shown<'_>, String>, ExportError> {
    if teacher.is_filter() {
        return Ok(Err("its wide channel is a graph filter, which the page does not compute".to_owned()));
    }
    let config = teacher.config();
    if config.is_wide() && config.n_users > MAX_WIDE_USERS {
        return Ok(Err(WideError::TooManyUsers { n_users: config.n_users }.to_string()));
    }
    teacher.round()?;
    let mut weights = teacher.weights()?;
    let n_values = weights.n_values(&config);
    if n_values > MAX_NUMBERS {
        return Ok(Err(too_large("the teacher", n_values)));
    }
    Ok(Ok(Shown { teacher, config, weights }))
}

/// The answers of candle's teacher to some users, what they were trained on left out.
fn golden_cases(teacher: &Teacher<'_>, data: &Dataset, seed: u64) -> Result<Vec<TeacherGolden>, ExportError> {
    let prepared = PreparedTeacher::new(teacher)?;
    let mut users: Vec<u32> = (0..data.n_users() as u32).collect();
    rng::shuffle(&mut rng::stream(seed, "golden.teacher"), &mut users);
    // Nobody who likes everything: there would be nothing to rank.
    users.retain(|&user| data.train.node_degree(user as usize) < data.n_items());
    users.truncate(N_GOLDEN);
    let case = |user: u32| -> Result<TeacherGolden, ExportError> {
        let at = user as usize;
        let range: Range<usize> = at..at + 1;
        let (items, scores) = best(&prepared.logits(range)?, data.train.hyperedges_of(at));
        Ok(TeacherGolden { user_idx: user, items, scores })
    };
    users.into_iter().map(case).collect()
}

fn best(logits: &[f32], seen_items: &[u32]) -> (Vec<u32>, Vec<f32>) {
    let mut seen_mask = vec![0; mask_words(logits.len())];
    mark(&mut seen_mask, seen_items);
    let mut ranked = Vec::new();
    top_k(logits, &seen_mask, GOLDEN_K, &mut ranked);
    ranked.iter().map(|ranked| (ranked.item_idx, ranked.score)).unzip()
}

/// Refuses a twin of the teacher that answers golden users differently: scores within `1e-4 + 1e-4 |score|`, the same
/// items but where scores tie within that tolerance.
///
/// # Errors
/// The first place at which the two disagree.
pub fn check_teacher(golden: &[TeacherGolden], twin: &Twin) -> Result<(), ExportError> {
    for (case, golden) in golden.iter().enumerate() {
        let user = golden.user_idx as usize;
        let logits = twin.logits(user);
        let (items, scores) = best(&logits, twin.incidence().hyperedges_of(user));
        for (at, (&candle_item, &candle)) in golden.items.iter().zip(&golden.scores).enumerate() {
            let twin_item = items.get(at).copied().unwrap_or(u32::MAX);
            let twin = scores.get(at).copied().unwrap_or(f32::NAN);
            let of_same_item = logits.get(candle_item as usize).copied().unwrap_or(f32::NAN);
            if !(agrees(candle, twin) && agrees(candle, of_same_item)) {
                let (who, place) = ("teacher", at + 1);
                return Err(ExportError::Disagreement { who, case, place, candle_item, candle, twin_item, twin });
            }
        }
    }
    Ok(())
}

/// The two principal components of the student's item embeddings, each scaled to length 1 first. `None` where there are
/// not two directions in which they differ.
pub fn projection(student: &Student) -> Option<Projection> {
    let (n_items, d) = (student.config().n_items, student.config().emb_dim);
    let mut rows = DMatrix::<f64>::from_row_iterator(n_items, d, student.item_emb().iter().map(|&x| f64::from(x)));
    for mut row in rows.row_iter_mut() {
        let length = row.norm();
        if length > 0.0 {
            row /= length;
        }
    }
    let mean = rows.row_mean();
    rows.row_iter_mut().for_each(|mut row| row -= &mean);
    let eigen = SymmetricEigen::new(rows.tr_mul(&rows));
    let all: f64 = eigen.eigenvalues.sum();
    let mut order: Vec<usize> = (0..d).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let [first, second] = [*order.first()?, *order.get(1)?];
    let share = |at: usize| eigen.eigenvalues[at] / all;
    // What is smaller is noise of the arithmetic.
    if share(second).is_nan() || share(second) < 1e-9 {
        return None;
    }
    // The sign of an eigenvector is arbitrary: its largest number is made positive.
    let axis = |at: usize| -> Vec<f32> {
        let vector = eigen.eigenvectors.column(at);
        let sign = vector[vector.icamax()].signum();
        vector.iter().map(|x| (x * sign) as f32).collect()
    };
    Some(Projection {
        mean: mean.iter().map(|&x| x as f32).collect(),
        axes: [axis(first), axis(second)].concat(),
        explained: [share(first) as f32, share(second) as f32],
    })
}
