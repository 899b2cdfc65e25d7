//! The student as the page uses it: everybody is a visitor, answered by fold-in.

use rayon::prelude::*;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::{Request, Student, StudentConfig, StudentWeights, Workspace, recommend_exact};

use crate::data::Dataset;
use crate::evaluation::{Evaluation, HeldOut, evaluate_with};

/// Weights of a dislike that are tried; 0 means that a dislike only hides its item.
pub const DISLIKE_WEIGHTS: [f32; 4] = [0.0, 0.1, 0.25, 0.5];

/// What a user tells as a visitor, beside the training likes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'a> {
    /// Items that are disliked.
    pub disliked: Option<&'a Incidence>,
    /// Items that are hidden.
    pub hidden: Option<&'a Incidence>,
}

/// Evaluates `Student::recommend` itself: every user is a visitor who likes what the user was trained on.
pub fn evaluate_visitors(student: &Student, train: &Incidence, told: Told<'_>, held_out: &Incidence) -> Evaluation {
    let row = |of: Option<&Incidence>, user: usize| of.map(|of| of.hyperedges_of(user).to_vec()).unwrap_or_default();
    // Masking is the request's own; the evaluation adds nothing to it.
    evaluate_with(HeldOut { held_out, seen: &[] }, |user, _, ranked| {
        let (liked, hidden) = (train.hyperedges_of(user).to_vec(), row(told.hidden, user));
        let mut disliked = row(told.disliked, user);
        disliked.retain(|item| liked.binary_search(item).is_err() && hidden.binary_search(item).is_err());
        ranked.clear();
        // The indices come from the data set, so no request is refused.
        let request = Request { liked, disliked, hidden, k: 20, ..Request::default() };
        if let Ok(answer) = student.recommend(&request, &mut Workspace::default()) {
            ranked.extend_from_slice(answer);
        }
    })
}

/// The weight of a dislike that is best on validation; 0 where none is better by more than `margin`.
///
/// Returns the weight and NDCG@10 of every weight that was tried.
pub fn choose_dislike_weight(
    data: &Dataset,
    config: &StudentConfig,
    weights: &StudentWeights,
    margin: f64,
) -> (f32, Vec<(f32, f64)>) {
    if data.dislikes.n_memberships() == 0 {
        return (0.0, Vec::new());
    }
    let told = Told { disliked: Some(&data.dislikes), hidden: None };
    let tried: Vec<(f32, f64)> = DISLIKE_WEIGHTS
        .iter()
        .map(|&dislike_weight| {
            let student = Student::new(StudentConfig { dislike_weight, ..config.clone() }, weights, &data.train);
            (dislike_weight, evaluate_visitors(&student, &data.train, told, &data.valid).at_10.ndcg)
        })
        .collect();
    let mut chosen = tried[0];
    for &(weight, ndcg) in &tried[1..] {
        let margin = if chosen.0 == 0.0 { margin } else { 0.0 };
        if ndcg > chosen.1 + margin {
            chosen = (weight, ndcg);
        }
    }
    (chosen.0, tried)
}

/// The mean share of the first ten places that fold-in and the exact answer have in common, over every
/// `n_users / sample`-th user.
pub fn overlap_with_exact(data: &Dataset, config: &StudentConfig, weights: &StudentWeights, sample: usize) -> f64 {
    let student = Student::new(config.clone(), weights, &data.train);
    let step = data.n_users().div_ceil(sample.max(1)).max(1);
    let users: Vec<usize> = (0..data.n_users()).step_by(step).collect();
    let shares: Vec<f64> = users
        .par_iter()
        .map(|&user| {
            let liked = data.train.hyperedges_of(user).to_vec();
            let request = Request { liked, k: 10, ..Request::default() };
            let mut workspace = Workspace::default();
            let fold_in = student.recommend(&request, &mut workspace);
            let exact = recommend_exact(config, weights, &data.train, &request);
            let (Ok(fold_in), Ok(exact)) = (fold_in, exact) else { return 0.0 };
            let common = fold_in.iter().filter(|a| exact.iter().any(|b| a.item_idx == b.item_idx)).count();
            common as f64 / exact.len().max(1) as f64
        })
        .collect();
    shares.iter().sum::<f64>() / shares.len().max(1) as f64
}
