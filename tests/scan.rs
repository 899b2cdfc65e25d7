//! The 8-bit scan answers as the stages `score`, `mask` and `top_k` do, bit for bit, whatever the numbers are.

use crate::common::{Seeded, Sizes, bundle, random_request};
use proptest::prelude::*;
use sharp_distill::bundle::Bundle;
use sharp_distill::ranking::{Ranked, mask_words};
use sharp_distill::student::visitor::WIDE_LEVELS;
use sharp_distill::student::{Head, MAX_NOVELTY, Request, SketchedVisitor, Student, Workspace, cpu};

/// Score, novelty, mask and top-k, all logits in `f32`.
fn by_stages(student: &Student, request: &Request) -> Vec<Ranked> {
    let mut workspace = Workspace::default();
    let mut logits = student.logits(request, &mut workspace).unwrap().to_vec();
    if request.novelty > 0.0 {
        cpu::novelty(student.popularity(), request.novelty, &mut logits);
    }
    let mut seen_mask = vec![0; mask_words(logits.len())];
    if let Some(only) = &request.only {
        seen_mask.copy_from_slice(only.left_out());
    }
    let seen_items = [&request.liked[..], &request.disliked, &request.hidden].concat();
    cpu::mask(&seen_items, &mut seen_mask);
    let mut ranked = Vec::new();
    cpu::top_k(&logits, &seen_mask, request.k, &mut ranked);
    ranked
}

/// Places with the bits of their scores.
fn bits(ranked: &[Ranked]) -> Vec<(u32, u32)> {
    ranked.iter().map(|place| (place.item_idx, place.score.to_bits())).collect()
}

fn student_of(bundle: &Bundle) -> Student {
    Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence)
}

/// Compares both answers, for `i8` and `i16` factors every item's bound with its logit, and gives what was rescored.
#[track_caller]
fn check(student: &Student, request: &Request) -> usize {
    let mut workspace = Workspace::default();
    let ranked = bits(student.recommend(request, &mut workspace).unwrap());
    let (user_emb, n_rescored) = (workspace.user_emb().to_vec(), workspace.n_rescored());
    assert_eq!(ranked, bits(&by_stages(student, request)), "{request:?}");
    let Some(sketch) = student.sketch() else { return n_rescored };
    let logits = student.logits(request, &mut workspace).unwrap();
    let mut user_hidden = vec![0.0; student.config().hidden_dim];
    cpu::user_half(&user_emb, &student.head().user_weight, &mut user_hidden);
    for levels in [127, WIDE_LEVELS] {
        let mut visitor = SketchedVisitor::default();
        if sketch.quantise(&student.tables(), &user_emb, &user_hidden, levels, &mut visitor) {
            for (item_idx, &logit) in logits.iter().enumerate() {
                let bound = sketch.bound(&visitor, item_idx);
                assert!(bound >= f64::from(logit), "item {item_idx}: bound {bound} < logit {logit}, {levels} levels");
            }
        }
    }
    n_rescored
}

fn any_head() -> impl Strategy<Value = Head> {
    prop_oneof![Just(Head::Mlp), Just(Head::Dot), Just(Head::Hybrid)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_models_answer_as_by_stages(
        seed in any::<u64>(),
        n_items in prop_oneof![1usize..5, 20usize..70, 1usize..700],
        emb_dim in 1usize..40,
        hidden_dim in 1usize..40,
        head in any_head(),
    ) {
        let student = student_of(&bundle(seed, Sizes { n_users: 9, n_items, emb_dim, hidden_dim, head }));
        let mut seeded = Seeded(seed);
        for _ in 0..4 {
            check(&student, &random_request(&mut seeded, n_items));
        }
    }

    /// Each number of the head and the features at its own scale, from denormal to far beyond the others.
    #[test]
    fn any_scale_of_any_number(seed in any::<u64>(), head in any_head(), spread in 0i32..40, hidden_dim in 1usize..20) {
        let sizes = Sizes { n_users: 9, n_items: 300, emb_dim: 7, hidden_dim, head };
        let mut bundle = bundle(seed, sizes);
        let mut seeded = Seeded(seed);
        let weights = &mut bundle.weights;
        for values in [
            &mut weights.features, &mut weights.head.user_weight, &mut weights.head.item_weight,
            &mut weights.head.hidden_bias, &mut weights.head.output_weight,
        ] {
            for value in values {
                let power = if seeded.below(4) == 0 { seeded.below(2 * spread as usize + 1) as i32 - spread } else { 0 };
                *value *= 10f32.powi(power);
                if seeded.below(30) == 0 {
                    *value = 0.0;
                }
            }
        }
        let student = student_of(&bundle);
        for _ in 0..3 {
            let mut request = random_request(&mut seeded, 300);
            request.novelty *= 10f32.powi(seeded.below(8) as i32 - 4);
            check(&student, &Request { novelty: request.novelty.min(MAX_NOVELTY), ..request });
        }
    }
}

/// A model whose features and head `change` has changed.
fn changed(head: Head, n_items: usize, change: impl Fn(&mut Bundle)) -> Student {
    let mut bundle = bundle(17, Sizes { n_users: 12, n_items, emb_dim: 12, hidden_dim: 10, head });
    change(&mut bundle);
    student_of(&bundle)
}

type Change = fn(&mut Bundle);

#[test]
fn one_sign_zeros_denormals_outliers_and_constants() {
    let changes: [(&str, Change); 10] = [
        ("positive only", |b| b.weights.head.output_weight.iter_mut().for_each(|w| *w = w.abs())),
        ("negative only", |b| b.weights.head.output_weight.iter_mut().for_each(|w| *w = -w.abs())),
        ("no weight", |b| b.weights.head.output_weight.fill(0.0)),
        ("nothing of the user", |b| b.weights.head.user_weight.fill(0.0)),
        ("all items equal", |b| {
            b.weights.features.fill(0.0);
            b.weights.head.hidden_bias.fill(1.0);
        }),
        ("all numbers zero", |b| {
            b.weights.features.fill(0.0);
            b.weights.head.item_weight.fill(0.0);
        }),
        ("denormals", |b| b.weights.features.iter_mut().for_each(|x| *x *= 1e-38)),
        ("an outlier", |b| b.weights.features[200] = 60_000.0),
        ("overflow", |b| b.weights.features.iter_mut().for_each(|x| *x *= 1e37)),
        ("not a number", |b| b.weights.head.item_weight[0..1].fill(f32::NAN)),
    ];
    for (name, change) in changes {
        for head in [Head::Mlp, Head::Dot, Head::Hybrid] {
            let change = |bundle: &mut Bundle| {
                // A `dot` head has no weights to change.
                if head.has_mlp() || !name.contains("not a number") {
                    change(bundle);
                }
            };
            let student = changed(head, 500, change);
            let mut seeded = Seeded(4);
            for _ in 0..6 {
                let n_rescored = check(&student, &random_request(&mut seeded, 500));
                assert!(n_rescored <= 500, "{name}, {head:?}");
            }
        }
    }
}

/// One dimension, no memberships but the liked item's: the logits rise, or fall, with the index.
#[test]
fn ascending_and_descending_logits_cost_time_only() {
    for (sign, head) in [(1.0, Head::Dot), (-1.0, Head::Dot), (1.0, Head::Mlp), (-1.0, Head::Mlp)] {
        let (n_items, n_users) = (3_000, 1);
        let mut bundle = bundle(1, Sizes { n_users, n_items, emb_dim: 1, hidden_dim: 1, head });
        for (at, x) in bundle.weights.features.iter_mut().enumerate() {
            *x = sign * (at as f32 - 1_500.0);
        }
        bundle.weights.weight = vec![1.0];
        if head.has_mlp() {
            bundle.weights.head.user_weight = vec![1.0];
            bundle.weights.head.item_weight = vec![1.0];
            bundle.weights.head.output_weight = vec![1.0];
        }
        let student = student_of(&bundle);
        for liked in [vec![], vec![2_900], vec![100]] {
            for k in [1, 10, 100] {
                let n_rescored = check(&student, &Request { liked: liked.clone(), k, ..Request::default() });
                assert!(n_rescored <= n_items, "{n_rescored}");
            }
        }
    }
}

/// Every byte and every factor at its largest, at the widest that is sketched, and one beyond.
#[test]
fn the_widest_sums_do_not_overflow() {
    for (width, is_sketched) in [(512, true), (513, false)] {
        for head in [Head::Mlp, Head::Dot, Head::Hybrid] {
            let sizes = Sizes { n_users: 1, n_items: 70, emb_dim: width, hidden_dim: width, head };
            let mut bundle = bundle(2, sizes);
            for (node_idx, row) in bundle.weights.features.chunks_exact_mut(width).enumerate() {
                row.fill(if node_idx % 3 == 0 { -1.0 } else { 1.0 });
            }
            let identity: Vec<f32> = (0..width * width).map(|at| f32::from(at % (width + 1) == 0)).collect();
            bundle.weights.weight = identity.clone();
            if head.has_mlp() {
                (bundle.weights.head.user_weight, bundle.weights.head.item_weight) = (identity.clone(), identity);
            }
            for weight in [1.0, -1.0] {
                bundle.weights.head.output_weight.fill(weight);
                let student = student_of(&bundle);
                assert_eq!(student.sketch().is_some(), is_sketched);
                for liked in [1, 2] {
                    check(&student, &Request { liked: vec![liked], k: 5, ..Request::default() });
                }
            }
        }
    }
}

#[test]
fn an_empty_list_and_a_short_one() {
    let student = changed(Head::Hybrid, 40, |_| {});
    let all: Vec<u32> = (0..40).collect();
    let mut workspace = Workspace::default();
    let nothing = Request { hidden: all.clone(), k: 10, ..Request::default() };
    assert_eq!(student.recommend(&nothing, &mut workspace).unwrap(), []);
    assert_eq!(workspace.n_rescored(), 0);
    let three = Request { hidden: all[3..].to_vec(), k: 10, ..Request::default() };
    assert_eq!(student.recommend(&three, &mut workspace).unwrap().len(), 3);
    assert_eq!((workspace.n_rescored(), workspace.logits()), (3, &[][..]));
}

/// How good the bytes are by themselves, and how few logits it takes to make them exact.
#[test]
fn the_shipped_model_is_ranked_by_few_logits() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/model.safetensors");
    let bundle = Bundle::read(&std::fs::read(file).unwrap()).unwrap();
    let student = student_of(&bundle);
    let (sketch, n_items) = (student.sketch().unwrap(), bundle.config.n_items);
    let (mut common, mut n_places, mut n_rescored, mut n_requests) = (0, 0, 0, 0);
    let mut workspace = Workspace::default();
    for user_idx in (0..bundle.config.n_users).step_by(5) {
        let liked = bundle.incidence.hyperedges_of(user_idx).to_vec();
        let request = Request { liked, k: 10, ..Request::default() };
        n_rescored += check(&student, &request);
        n_requests += 1;
        let exact = student.recommend(&request, &mut workspace).unwrap().to_vec();
        let mut user_hidden = vec![0.0; bundle.config.hidden_dim];
        cpu::user_half(workspace.user_emb(), &student.head().user_weight, &mut user_hidden);
        let mut visitor = SketchedVisitor::default();
        assert!(sketch.quantise(&student.tables(), workspace.user_emb(), &user_hidden, 127, &mut visitor));
        let estimates: Vec<f32> = (0..n_items)
            .map(|item_idx| sketch.sums(&visitor, item_idx))
            .map(|(units, dims)| units as f32 * visitor.step + dims as f32 * visitor.dot_step)
            .collect();
        let mut seen_mask = vec![0; mask_words(n_items)];
        cpu::mask(&request.liked, &mut seen_mask);
        let mut ranked = Vec::new();
        cpu::top_k(&estimates, &seen_mask, 10, &mut ranked);
        common += exact.iter().filter(|a| ranked.iter().any(|b| a.item_idx == b.item_idx)).count();
        n_places += exact.len();
    }
    let mean = n_rescored as f64 / f64::from(n_requests);
    println!("bytes alone: {common} of {n_places} places; {mean:.0} of {n_items} logits a request");
    assert!(common * 100 >= n_places * 95, "only {common} of {n_places} places are right by bytes alone");
    assert!(mean < n_items as f64 / 8.0, "{mean} of {n_items} logits a request");
}
