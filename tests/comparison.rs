//! Teacher and students beside each other: the parts worked by hand, then on the shipped model.

use sharp_distill::explorer::{
    Answer, SoftLabel, SoftLabelBars, cosines, interpolated, interpolated_logits, most_similar, n_effective, nearest,
    on_log_axis,
};
use sharp_distill::ranking::items_of;

/// Films 0 to 5 with logits 9 8 7 7 1 0; films 0 and 4 are the person's own. The rest stands as 1, 2, 3, 5 (a tie goes
/// to the lower index). Held out are 3 and 5: places 3 and 4. NDCG@10: (1/log2(4) + 1/log2(5)) / (1 + 1/log2(3)) =
/// 0.930677 / 1.630930 = 0.570642.
#[test]
fn held_out_films_are_found_behind_what_is_not_masked() {
    let answer = Answer::new(&[9.0, 8.0, 7.0, 7.0, 1.0, 0.0], &[&[0], &[4]], &[3, 5]);
    assert_eq!(items_of(&answer.top), [1, 2, 3, 5]);
    assert_eq!(answer.places, [3, 4]);
    assert!((answer.ndcg - 0.570_642).abs() < 1e-6, "{}", answer.ndcg);
}

/// Twelve films in order: the eleventh and the twelfth are behind the ten that count.
#[test]
fn a_film_behind_the_tenth_place_has_a_place_and_no_gain() {
    let logits: Vec<f32> = (0..12).map(|item_idx| -(item_idx as f32)).collect();
    let answer = Answer::new(&logits, &[], &[11]);
    assert_eq!((answer.top.len(), answer.places.as_slice(), answer.ndcg), (10, [12].as_slice(), 0.0));
    let none = Answer::new(&logits, &[], &[]);
    assert_eq!((none.places.len(), none.ndcg), (0, 0.0));
}

#[test]
fn overlap_counts_films_that_both_have() {
    let of = |logits: &[f32]| Answer::new(logits, &[], &[]);
    let logits: Vec<f32> = (0..12).map(|item_idx| item_idx as f32).collect();
    let reversed: Vec<f32> = logits.iter().rev().copied().collect();
    // 11 to 2 and 0 to 9: eight of them in both.
    assert_eq!(of(&logits).overlap(&of(&reversed)), 8);
    assert_eq!(of(&logits).overlap(&of(&logits)), 10);
}

/// ln 1 = 0, ln 10 / ln 100 = 1/2.
#[test]
fn places_stand_on_an_axis_of_logarithms() {
    assert_eq!([1, 10, 100].map(|place| on_log_axis(place, 100)), [0.0, 0.5, 1.0]);
    assert_eq!(on_log_axis(1, 1), 0.0);
}

/// Eight films share 1/8 each: exp(H) = 8. Half, a quarter, a quarter: H = 1.5 ln 2, exp(H) = 2^1.5 = 2.828427.
#[test]
fn effective_films_are_those_of_an_even_spread() {
    assert!((n_effective(&[0.125; 8]) - 8.0).abs() < 1e-9);
    assert!((n_effective(&[0.5, 0.25, 0.25, 0.0]) - 2.828_427).abs() < 1e-6);
    assert_eq!(n_effective(&[1.0, 0.0]), 1.0);
}

#[test]
fn soft_labels_are_the_first_films_and_the_rest_in_one() {
    let bars = SoftLabelBars::new(&[0.125, 0.5, 0.25, 0.125], &[0.5, 0.25, 0.125, 0.125], 2);
    let shown = [SoftLabel { item_idx: 1, labels: [0.5, 0.25] }, SoftLabel { item_idx: 2, labels: [0.25, 0.125] }];
    assert_eq!(bars.shown, shown);
    assert_eq!((bars.n_others, bars.others, bars.largest()), (2, [0.25, 0.625], 0.5));
    // Teacher: H = 0.5 ln 2 + 0.25 ln 4 + 0.25 ln 8 = 1.75 ln 2; the student has the same four numbers.
    assert!(bars.n_effective.iter().all(|n| (n - 2.0f64.powf(1.75)).abs() < 1e-6), "{:?}", bars.n_effective);
}

/// User: student (1, 0), teacher (0, 1). Items: student (2, 0) and (0, 2), teacher (0, 1) and (3, 0).
/// gamma 1: 2, 0. gamma 0: 1, 0. gamma 1/2: user (1/2, 1/2); items (1, 1/2), (3/2, 1): 3/4, 5/4.
#[test]
fn a_mixture_moves_from_the_teacher_to_the_student() {
    let logits =
        |gamma| interpolated_logits([&[1.0, 0.0], &[0.0, 1.0]], [&[2.0, 0.0, 0.0, 2.0], &[0.0, 1.0, 3.0, 0.0]], gamma);
    assert_eq!(logits(1.0), [2.0, 0.0]);
    assert_eq!(logits(0.0), [1.0, 0.0]);
    assert_eq!(logits(0.5), [0.75, 1.25]);
    assert_eq!(interpolated(&[4.0], &[0.0], 0.75), [3.0]);
}

#[test]
fn cosines_know_no_length() {
    assert_eq!(cosines(&[3.0, 4.0], &[6.0, 8.0, -4.0, 3.0, 0.0, 0.0]), [1.0, 0.0, 0.0]);
    assert_eq!(cosines(&[0.0, 0.0], &[1.0, 0.0]), [0.0]);
    let rows = [1.0, 0.0, 2.0, 2.0, 1.0, 1.0];
    assert_eq!(nearest(&[1.0, 1.0], &rows, &|_| true), Some(1), "the first of equal ones");
    assert_eq!(nearest(&[1.0, 1.0], &rows, &|row| row != 1), Some(2));
    assert_eq!(nearest(&[1.0], &[], &|_| true), None);
}

/// Person 0 among 0 to 3. alpha 1: by embeddings 2 (0.75), 1 (0.5), 3 (0.25). alpha 0: by positions 3, 1, 2.
/// alpha 1/2: 3 and 1 are 0.5 and 0.5, and 2 is 0.375; equal ones by index.
#[test]
fn alpha_moves_from_positions_to_embeddings() {
    let cosines: [&[f32]; 2] = [&[1.0, 0.5, 0.75, 0.25], &[1.0, 0.5, 0.0, 0.75]];
    let order =
        |alpha| -> Vec<u32> { most_similar(0, cosines, alpha, 3).iter().map(|similar| similar.user_idx).collect() };
    assert_eq!(order(1.0), [2, 1, 3]);
    assert_eq!(order(0.0), [3, 1, 2]);
    assert_eq!(order(0.5), [1, 3, 2]);
    let first = most_similar(0, cosines, 0.5, 1);
    assert_eq!((first[0].similarity, first[0].cosines), (0.5, [0.5, 0.5]));
}
