//! The self-check: no answer is shown from a device that has not given known answers first.

use super::engine::Engine;
use super::error::GpuError;
use crate::bundle::GoldenCase;
use crate::ranking::{ItemMask, Ranked, decimal, items_of};
use crate::student::{PreparedRequest, Student, Workspace};

/// Two correct sums of the same products differ by rounding alone, far less than this.
const ABSOLUTE: f32 = 1e-4;
/// The same, as a part of the expected score.
const RELATIVE: f32 = 1e-4;

/// Places of the request that is made up where a model file has no golden case.
const DEFAULT_K: usize = 10;

impl Engine {
    /// Answers the golden cases, and one of them with novelty and a filter, and compares the answers with those of the model file and of the CPU twin.
    ///
    /// # Errors
    /// [`GpuError::WrongAnswer`] names the case and the place; or the device fails.
    pub async fn self_check(&self, student: &Student, golden: &[GoldenCase]) -> Result<(), GpuError> {
        let made_up = [made_up_case(student)];
        let cases = if golden.is_empty() { &made_up } else { golden };
        let mut workspace = Workspace::default();
        let mut prepared = PreparedRequest::default();
        // After them the longest once more, with novelty and a filter: golden cases have neither.
        let longest = cases.iter().max_by_key(|case| case.liked.len()).unwrap_or(&made_up[0]);
        for case in 0..=cases.len() {
            let golden_case = cases.get(case);
            let mut request = golden_case.unwrap_or(longest).request();
            if golden_case.is_none() {
                request.only = Some(ItemMask::new(student.config().n_items, &|item_idx| item_idx % 2 == 0));
                request.novelty = 1.0;
            }
            if request.k == 0 {
                request.k = DEFAULT_K;
            }
            let unfit = |error| GpuError::Validation { message: format!("golden case {case} is no request: {error}") };
            prepared.refill(student.config(), &request).map_err(unfit)?;
            let answered = self.recommend(student, &prepared).await?;
            let twin = student.recommend(&request, &mut workspace).map_err(unfit)?;
            compare(case, twin, &answered)?;
            if let Some(golden_case) = golden_case.filter(|golden_case| !golden_case.items.is_empty()) {
                compare(case, &stored(golden_case), &answered)?;
            }
        }
        Ok(())
    }
}

/// Whether each item of an answer may be recommended and has the twin's score for it: a matter of a few dot products,
/// whatever the size of the catalogue. That nothing better was left out is what [`Engine::self_check`] is for.
///
/// # Errors
/// [`GpuError::WrongLater`].
pub fn check_answer(student: &Student, prepared: &PreparedRequest, answered: &[Ranked]) -> Result<(), GpuError> {
    let wrong = |message: String| Err(GpuError::WrongLater { message });
    let scores = student.scores_at(prepared, &items_of(answered));
    for (place, (got, score)) in answered.iter().zip(scores).enumerate() {
        let item = got.item_idx;
        if !agrees(got.score, score) {
            let (got, score) = (decimal(got.score), decimal(score));
            return wrong(format!("item {item} with score {got}, where the CPU computes {score}"));
        }
        if !prepared.allows(item) {
            return wrong(format!("item {item}, which is known already or left out"));
        }
        // Strict, so that no item stands twice.
        if place > 0 && !answered[place - 1].order(got).is_lt() {
            return wrong(format!("item {item} out of order"));
        }
    }
    Ok(())
}

/// A visitor who likes the first item; there is no answer to compare with but the twin's.
fn made_up_case(student: &Student) -> GoldenCase {
    let liked = if student.config().n_items > 0 { vec![0] } else { Vec::new() };
    GoldenCase { liked, ..GoldenCase::default() }
}

fn stored(case: &GoldenCase) -> Vec<Ranked> {
    case.items.iter().zip(&case.scores).map(|(&item_idx, &score)| Ranked { item_idx, score }).collect()
}

/// Whether a score is the expected one; a NaN never is.
fn agrees(answered: f32, expected: f32) -> bool {
    answered == expected || (answered - expected).abs() <= ABSOLUTE + RELATIVE * expected.abs()
}

/// Scores must agree place by place; items may change places where their expected scores agree too.
fn compare(case: usize, expected: &[Ranked], answered: &[Ranked]) -> Result<(), GpuError> {
    let wrong = |place, answered: String, expected: String| GpuError::WrongAnswer { case, place, answered, expected };
    if answered.len() != expected.len() {
        let count = |ranked: &[Ranked]| format!("{} items", ranked.len());
        return Err(wrong(answered.len().min(expected.len()), count(answered), count(expected)));
    }
    for (place, (got, want)) in answered.iter().zip(expected).enumerate() {
        // An item that is not expected at all can only have pushed out the last of the list.
        let home = expected.iter().find(|other| other.item_idx == got.item_idx).or(expected.last());
        let is_at_home = home.is_some_and(|home| agrees(got.score, home.score));
        let is_repeated = answered[..place].iter().any(|other| other.item_idx == got.item_idx);
        if !agrees(got.score, want.score) || !is_at_home || is_repeated {
            let told = |ranked: &Ranked| format!("item {} with score {}", ranked.item_idx, decimal(ranked.score));
            return Err(wrong(place, told(got), told(want)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(places: &[(u32, f32)]) -> Vec<Ranked> {
        places.iter().map(|&(item_idx, score)| Ranked { item_idx, score }).collect()
    }

    #[test]
    fn equal_lists_and_swapped_ties_agree() {
        let expected = ranked(&[(3, 2.0), (7, 1.0), (9, 1.0)]);
        assert!(compare(0, &expected, &expected).is_ok());
        assert!(compare(0, &expected, &ranked(&[(3, 2.00005), (9, 1.0), (7, 1.00001)])).is_ok());
        assert!(compare(0, &expected, &ranked(&[(3, 2.0), (7, 1.0), (4, 1.0)])).is_ok(), "a tie at the edge");
        let infinite = ranked(&[(0, f32::NEG_INFINITY)]);
        assert!(compare(0, &infinite, &infinite).is_ok());
    }

    #[test]
    fn wrong_scores_items_counts_repeats_and_nan_do_not() {
        let expected = ranked(&[(3, 2.0), (7, 1.0), (9, 1.0)]);
        for answered in [
            ranked(&[(3, 2.1), (7, 1.0), (9, 1.0)]),
            ranked(&[(7, 2.0), (3, 1.0), (9, 1.0)]),
            ranked(&[(4, 2.0), (7, 1.0), (9, 1.0)]),
            ranked(&[(3, 2.0), (7, 1.0)]),
            ranked(&[(3, 2.0), (7, 1.0), (7, 1.0)]),
            ranked(&[(3, f32::NAN), (7, 1.0), (9, 1.0)]),
        ] {
            assert!(matches!(compare(5, &expected, &answered), Err(GpuError::WrongAnswer { case: 5, .. })));
        }
    }
}
