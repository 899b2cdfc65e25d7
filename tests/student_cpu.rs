//! The student on the CPU: a model small enough to compute by hand, and laws that hold for any model.

use crate::common::{Seeded, Sizes, bundle};
use proptest::prelude::*;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::ranking::{ItemMask, Ranked, is_masked, mask_words};
use sharp_distill::student::{
    Head, HeadWeights, MAX_K, Membership, PreparedRequest, Request, RequestError, Student, StudentConfig,
    StudentWeights, Workspace, cpu, recommend_exact,
};

fn request(liked: &[u32], disliked: &[u32], hidden: &[u32], k: usize) -> Request {
    Request { liked: liked.to_vec(), disliked: disliked.to_vec(), hidden: hidden.to_vec(), k, ..Request::default() }
}

/// One user who likes item 0 of two items; d = 2, one hidden unit.
///
/// Degrees with the self-loop: user 2, item 0: 2, item 1: 1. So D^-1/2 = 1/sqrt(2), 1/sqrt(2), 1.
///
/// X = (1, 0), (0, 1), (2, 2) and W = ((1, 2), (3, 4)) give
/// XW = (1, 2), (3, 4), (2 + 6, 4 + 8) = (8, 12).
///
/// z_0 (item 0) = 1/sqrt(2) (1/sqrt(2) (3, 4) + 1/sqrt(2) (1, 2)) = (2, 3), the user's is the same sum, and
/// z_1 (item 1, isolated) = (8, 12).
///
/// With W_i = (0.5, 0.25), b1 = 0.25: C_0 = 0.25 + 1 + 0.75 = 2, C_1 = 0.25 + 4 + 3 = 7.25.
fn by_hand() -> (StudentConfig, StudentWeights, Incidence) {
    let config =
        StudentConfig { n_users: 1, n_items: 2, emb_dim: 2, hidden_dim: 1, head: Head::Hybrid, dislike_weight: 0.25 };
    let weights = StudentWeights {
        features: vec![1.0, 0.0, 0.0, 1.0, 2.0, 2.0],
        weight: vec![1.0, 2.0, 3.0, 4.0],
        head: HeadWeights {
            user_weight: vec![1.0, -1.0],
            item_weight: vec![0.5, 0.25],
            hidden_bias: vec![0.25],
            output_weight: vec![2.0],
            output_bias: -1.0,
        },
    };
    (config, weights, Incidence::from_memberships(1, 2, [(0, 0)]).expect("a valid incidence"))
}

#[track_caller]
fn assert_close(actual: &[f32], expected: &[f32]) {
    assert_eq!(actual.len(), expected.len());
    for (actual, expected) in actual.iter().zip(expected) {
        assert!((actual - expected).abs() <= 1e-5 * (1.0 + expected.abs()), "{actual}, expected {expected}");
    }
}

#[test]
fn load_stages_by_hand() {
    let (config, weights, incidence) = by_hand();
    let student = Student::new(config, &weights, &incidence);
    assert_close(student.item_xw(), &[3.0, 4.0, 8.0, 12.0]);
    assert_close(student.item_emb(), &[2.0, 3.0, 8.0, 12.0]);
    assert_close(student.user_emb(0), &[2.0, 3.0]);
    assert_close(student.item_hidden(), &[2.0, 7.25]);
}

#[test]
fn request_stages_by_hand() {
    let (config, weights, incidence) = by_hand();
    let student = Student::new(config, &weights, &incidence);
    let mut workspace = Workspace::default();

    // Likes item 0: d_v = 2, z_v = 1/sqrt(2) 1/sqrt(2) (3, 4) = (1.5, 2); a_v = 1.5 - 2 = -0.5.
    // s_0 = 2 relu(2 - 0.5) - 1 + (3 + 6) = 11; s_1 = 2 relu(7.25 - 0.5) - 1 + (12 + 24) = 48.5.
    let ranked = student.recommend(&request(&[0], &[], &[], 5), &mut workspace).unwrap().to_vec();
    assert_eq!(ranked.iter().map(|ranked| ranked.item_idx).collect::<Vec<_>>(), [1], "the liked item is not offered");
    assert_close(&[ranked[0].score], &[48.5]);
    assert_close(workspace.user_emb(), &[1.5, 2.0]);
    assert_close(student.logits(&request(&[0], &[], &[], 5), &mut workspace).unwrap(), &[11.0, 48.5]);

    // Nothing named: z_v = 0, s_0 = 2 * 2 - 1 = 3, s_1 = 2 * 7.25 - 1 = 13.5.
    assert_close(student.logits(&request(&[], &[], &[], 5), &mut workspace).unwrap(), &[3.0, 13.5]);

    // So the like has lifted item 1 by 48.5 - 13.5.
    assert_close(&[student.contributions(&request(&[0], &[], &[], 5), 1).unwrap()[0].1], &[35.0]);

    // Dislikes item 0: d_v = 1.25, z_v = -0.25 / sqrt(1.25) / sqrt(2) (3, 4) = -0.1581139 (3, 4) = (-0.4743416, -0.6324555),
    // a_v = 0.1581139; s_1 = 2 (7.25 + 0.1581139) - 1 - 0.1581139 (24 + 48) = 13.8162278 - 11.3842 = 2.4320271.
    assert_close(&student.logits(&request(&[], &[0], &[], 5), &mut workspace).unwrap()[1..], &[2.432_027]);
}

#[test]
fn the_exact_answer_by_hand() {
    let (config, weights, incidence) = by_hand();
    // With the visitor in A item 0 has degree 3: z_v = 1/sqrt(2) 1/sqrt(3) (3, 4) = (3, 4) / sqrt(6), item 1 stays.
    // s_1 = 2 (7.25 - 1 / sqrt(6)) - 1 + 72 / sqrt(6) = 13.5 + 70 / sqrt(6) = 42.0773803.
    let ranked = recommend_exact(&config, &weights, &incidence, &request(&[0], &[], &[], 5)).unwrap();
    assert_close(&[ranked[0].score], &[42.077_38]);
}

#[test]
fn fold_in_comes_close_to_the_exact_answer_where_items_have_many_members() {
    // 400 users, each likes 24 of 30 items: one more member changes a degree by 1 in about 320.
    let mut bundle = bundle(5, Sizes { n_users: 400, n_items: 30, emb_dim: 8, hidden_dim: 8, head: Head::Hybrid });
    let memberships =
        (0..400u32).flat_map(|user| (0..30).filter(move |item| (user + item) % 5 != 0).map(move |item| (user, item)));
    bundle.incidence = Incidence::from_memberships(400, 30, memberships).unwrap();
    let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
    let request = request(&[3, 9, 12], &[], &[], 30);
    let exact = recommend_exact(&bundle.config, &bundle.weights, &bundle.incidence, &request).unwrap();
    let mut workspace = Workspace::default();
    let logits = student.logits(&request, &mut workspace).unwrap();
    let spread = exact[0].score - exact[exact.len() - 1].score;
    for place in &exact {
        let difference = (place.score - logits[place.item_idx as usize]).abs();
        assert!(difference <= 0.03 * spread, "{place:?} differs by {difference} where logits spread over {spread}");
    }
}

/// Three items with 0, 1 and 3 likes: p = ln(1) / ln(4), ln(2) / ln(4), ln(4) / ln(4) = 0, 0.5, 1.
fn liked_more_and_less() -> Student {
    let config =
        StudentConfig { n_users: 3, n_items: 3, emb_dim: 1, hidden_dim: 0, head: Head::Dot, dislike_weight: 0.0 };
    let head = HeadWeights {
        user_weight: vec![],
        item_weight: vec![],
        hidden_bias: vec![],
        output_weight: vec![],
        output_bias: 0.0,
    };
    let weights = StudentWeights { features: vec![1.0; 6], weight: vec![1.0], head };
    let incidence = Incidence::from_memberships(3, 3, [(0, 1), (0, 2), (1, 2), (2, 2)]).expect("valid");
    Student::new(config, &weights, &incidence)
}

#[test]
fn popularity_is_the_logarithm_of_the_likes_by_hand() {
    assert_close(liked_more_and_less().popularity(), &[0.0, 0.5, 1.0]);
    let alone = Incidence::from_memberships(3, 3, []).unwrap();
    let (config, weights) = (liked_more_and_less().config().clone(), vec![1.0; 6]);
    let weights = StudentWeights { features: weights, weight: vec![1.0], head: liked_more_and_less().head().clone() };
    assert_eq!(Student::new(config, &weights, &alone).popularity(), [0.0; 3], "nobody likes anything");
}

#[test]
fn novelty_takes_popularity_off_the_scores_by_hand() {
    let student = liked_more_and_less();
    let mut workspace = Workspace::default();
    let plain = student.recommend(&request(&[0], &[], &[], 3), &mut workspace).unwrap().to_vec();
    assert_eq!(plain.iter().map(|place| place.item_idx).collect::<Vec<_>>(), [2, 1], "what many like stands first");
    let novel = Request { novelty: 2.0, ..request(&[0], &[], &[], 3) };
    let ranked = student.recommend(&novel, &mut workspace).unwrap().to_vec();
    assert_eq!(ranked.iter().map(|place| place.item_idx).collect::<Vec<_>>(), [1, 2]);
    assert_close(&[ranked[0].score, ranked[1].score], &[plain[1].score - 1.0, plain[0].score - 2.0]);
    let explained = |request: &Request| student.contributions(request, 2).unwrap();
    assert_eq!(explained(&novel), explained(&request(&[0], &[], &[], 3)), "what lifts an item is the same");
}

#[test]
fn a_filter_is_what_the_list_is_made_of_and_may_leave_it_short() {
    let bundle = bundle(9, Sizes { n_users: 20, n_items: 70, emb_dim: 9, hidden_dim: 5, head: Head::Hybrid });
    let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
    let mut workspace = Workspace::default();
    let all = student.recommend(&request(&[1, 2], &[40], &[69], 70), &mut workspace).unwrap().to_vec();
    assert_eq!(all.len(), 66);
    let odd = ItemMask::new(70, &|item_idx| item_idx % 2 == 1);
    assert_eq!((odd.n_items(), odd.n_allowed(), odd.allows(3), odd.allows(4)), (70, 35, true, false));
    let filtered = Request { only: Some(odd), ..request(&[1, 2], &[40], &[69], 70) };
    let expected: Vec<Ranked> = all.iter().filter(|place| place.item_idx % 2 == 1).copied().collect();
    assert_eq!(student.recommend(&filtered, &mut workspace).unwrap(), expected);
    assert_eq!(expected.len(), 33, "shorter than k: 35 odd ones, two of them seen");
    let mut prepared = PreparedRequest::default();
    prepared.refill(student.config(), &filtered).unwrap();
    assert_eq!(prepared.n_left(70), 33);
    assert!(prepared.allows(3) && !prepared.allows(1) && !prepared.allows(4));
    let nothing = Request { only: Some(ItemMask::new(70, &|_| false)), ..filtered };
    assert_eq!(student.recommend(&nothing, &mut workspace).unwrap(), []);
    // The next request without a filter is not filtered.
    assert_eq!(student.recommend(&request(&[1, 2], &[40], &[69], 70), &mut workspace).unwrap(), all);
}

#[test]
fn bad_requests_name_what_is_wrong() {
    let (config, weights, incidence) = by_hand();
    let student = Student::new(config, &weights, &incidence);
    let mut workspace = Workspace::default();
    for (bad, error, message) in [
        (
            request(&[2], &[], &[], 5),
            RequestError::UnknownItem { item_idx: 2, n_items: 2 },
            "item 2 does not exist: the catalogue has 2 items (0 to 1)",
        ),
        (
            request(&[], &[], &[u32::MAX], 5),
            RequestError::UnknownItem { item_idx: u32::MAX, n_items: 2 },
            "item 4294967295 does not exist: the catalogue has 2 items (0 to 1)",
        ),
        (
            request(&[1], &[], &[1], 5),
            RequestError::NamedTwice { item_idx: 1 },
            "item 1 is named twice in one request: an item is liked, disliked or hidden, once",
        ),
        (
            request(&[1, 1], &[], &[], 5),
            RequestError::NamedTwice { item_idx: 1 },
            "item 1 is named twice in one request: an item is liked, disliked or hidden, once",
        ),
        (
            request(&[], &[], &[], 0),
            RequestError::BadK { k: 0 },
            "k = 0 recommendations cannot be asked for: choose 1 to 100",
        ),
        (
            request(&[], &[], &[], MAX_K + 1),
            RequestError::BadK { k: 101 },
            "k = 101 recommendations cannot be asked for: choose 1 to 100",
        ),
        (
            Request { only: Some(ItemMask::new(3, &|_| true)), ..request(&[], &[], &[], 5) },
            RequestError::WrongMask { n_masked: 3, n_items: 2 },
            "the mask of items to choose from is of 3 items, where the catalogue has 2",
        ),
        (
            Request { novelty: -0.5, ..request(&[], &[], &[], 5) },
            RequestError::BadNovelty { novelty: -0.5 },
            "novelty = -0.5 cannot be asked for: choose 0 to 10000",
        ),
        (
            Request { novelty: f32::INFINITY, ..request(&[], &[], &[], 5) },
            RequestError::BadNovelty { novelty: f32::INFINITY },
            "novelty = inf cannot be asked for: choose 0 to 10000",
        ),
    ] {
        let refused = student.recommend(&bad, &mut workspace).unwrap_err();
        assert_eq!((refused.to_string().as_str(), refused), (message, error));
    }
    let no_number = Request { novelty: f32::NAN, ..request(&[], &[], &[], 5) };
    assert!(student.recommend(&no_number, &mut workspace).is_err());
    assert!(student.contributions(&request(&[0], &[], &[], 5), 2).is_err(), "an explained item must exist too");
    assert_eq!(student.recommend(&request(&[0], &[], &[1], 5), &mut workspace).unwrap(), [], "nothing is left");
}

#[test]
fn a_workspace_carries_nothing_from_one_request_to_the_next() {
    let bundle = bundle(9, Sizes { n_users: 20, n_items: 70, emb_dim: 9, hidden_dim: 5, head: Head::Hybrid });
    let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
    let wanted = request(&[1, 2], &[40], &[69], 10);
    let mut fresh = Workspace::default();
    let expected = student.recommend(&wanted, &mut fresh).unwrap().to_vec();
    let mut used = Workspace::default();
    student.recommend(&request(&[5, 6, 7], &[1], &[2, 3], 70), &mut used).unwrap();
    student.recommend(&request(&[99], &[], &[], 1), &mut used).unwrap_err();
    assert_eq!(student.recommend(&wanted, &mut used).unwrap(), expected);
}

fn memberships(seeded: &mut Seeded, n: usize, n_items: usize) -> Vec<Membership> {
    (0..n).map(|_| Membership { item_idx: seeded.below(n_items) as u32, weight: seeded.signed() }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fold_in_is_linear(seed in any::<u64>(), n_a in 0usize..20, n_b in 0usize..20, emb_dim in 1usize..40, factor in -4.0f32..4.0) {
        let (mut seeded, n_items) = (Seeded(seed), 30);
        let (degrees, item_xw) = (seeded.vector(n_items), seeded.vector(n_items * emb_dim));
        let (a, b) = (memberships(&mut seeded, n_a, n_items), memberships(&mut seeded, n_b, n_items));
        let fold_in = |memberships: &[Membership], scale: f32| {
            let mut user_emb = vec![f32::NAN; emb_dim];
            cpu::fold_in(memberships, &degrees, &item_xw, scale, &mut user_emb);
            user_emb
        };
        let together = fold_in(&[a.clone(), b.clone()].concat(), 1.0);
        let apart: Vec<f32> = fold_in(&a, 1.0).iter().zip(fold_in(&b, 1.0)).map(|(a, b)| a + b).collect();
        assert_close(&together, &apart);
        let scaled: Vec<f32> = fold_in(&a, 1.0).iter().map(|z| factor * z).collect();
        assert_close(&fold_in(&a, factor), &scaled);
        let heavier: Vec<_> = a.iter().map(|one| Membership { weight: factor * one.weight, ..*one }).collect();
        assert_close(&fold_in(&heavier, 1.0), &scaled);
    }

    #[test]
    fn top_k_is_the_head_of_a_sort(
        // Few values, so that ties are many.
        logits in prop::collection::vec(
            prop_oneof![
                Just(0.0f32), Just(-0.0), Just(1.0), Just(-1.0), Just(f32::NAN), Just(f32::NEG_INFINITY), Just(f32::INFINITY), -2.0f32..2.0
            ],
            0..300,
        ),
        seed in any::<u64>(),
        k in 0usize..=MAX_K,
    ) {
        let mut seeded = Seeded(seed);
        let seen_items: Vec<u32> = (0..logits.len() as u32).filter(|_| seeded.below(3) == 0).collect();
        let mut seen_mask = vec![0; mask_words(logits.len())];
        cpu::mask(&seen_items, &mut seen_mask);
        for item_idx in 0..logits.len() {
            prop_assert_eq!(is_masked(&seen_mask, item_idx), seen_items.contains(&(item_idx as u32)));
        }
        let mut expected: Vec<Ranked> = logits
            .iter()
            .enumerate()
            .filter(|(item_idx, score)| !score.is_nan() && !is_masked(&seen_mask, *item_idx))
            .map(|(item_idx, &score)| Ranked { item_idx: item_idx as u32, score })
            .collect();
        // Stable, and only the score decides: equal scores stay in the order of their indices.
        expected.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap());
        expected.truncate(k);
        let mut ranked = vec![Ranked { item_idx: 0, score: 0.0 }];
        cpu::top_k(&logits, &seen_mask, k, &mut ranked);
        prop_assert_eq!(ranked, expected);
    }

    #[test]
    fn a_contribution_is_what_the_logit_loses_without_the_item(seed in any::<u64>(), n_liked in 0usize..6, n_disliked in 0usize..4) {
        let sizes = Sizes { n_users: 12, n_items: 25, emb_dim: 6, hidden_dim: 5, head: Head::Hybrid };
        let bundle = bundle(seed, sizes);
        let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
        let all: Vec<u32> = (0..(n_liked + n_disliked) as u32).map(|at| at * 2).collect();
        let (liked, disliked) = all.split_at(n_liked);
        let whole = request(liked, disliked, &[], 5);
        let explained = 24;
        let contributions = student.contributions(&whole, explained).unwrap();
        prop_assert_eq!(contributions.iter().map(|(item_idx, _)| *item_idx).collect::<Vec<_>>(), all.clone());
        let mut workspace = Workspace::default();
        let mut logit = |request: &Request| student.logits(request, &mut workspace).unwrap()[explained as usize];
        let with = logit(&whole);
        for (item_idx, contribution) in contributions {
            let keep = |items: &[u32]| items.iter().copied().filter(|other| *other != item_idx).collect::<Vec<_>>();
            let without = logit(&request(&keep(liked), &keep(disliked), &[], 5));
            assert_close(&[contribution], &[with - without]);
        }
    }

    #[test]
    fn answers_are_ordered_unmasked_and_as_many_as_asked(seed in any::<u64>(), n_items in 1usize..80, k in 1usize..=MAX_K) {
        let sizes = Sizes { n_users: 8, n_items, emb_dim: 5, hidden_dim: 3, head: Head::Mlp };
        let bundle = bundle(seed, sizes);
        let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
        let liked: Vec<u32> = (0..n_items as u32).step_by(3).collect();
        let mut workspace = Workspace::default();
        let ranked = student.recommend(&request(&liked, &[], &[], k), &mut workspace).unwrap();
        prop_assert_eq!(ranked.len(), k.min(n_items - liked.len()));
        prop_assert!(ranked.windows(2).all(|pair| pair[0].order(&pair[1]).is_lt()));
        prop_assert!(ranked.iter().all(|place| place.item_idx % 3 != 0 && place.score.is_finite()));
    }
}
