//! The teacher's CPU twin: worked by hand, against a dense solution, and against itself with one more user.

use crate::common::{Seeded, Sizes, bundle, small_bundle, teacher_weights, whole_teacher};
use proptest::prelude::*;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::{Head, HeadWeights, Stage, Student, Work};
use sharp_distill::teacher::{
    Activation, ChannelWeights, DeepWeights, DistilConfig, MAX_WIDE_USERS, Positional, Teacher, TeacherConfig,
    TeacherStage, TeacherWeights, WideChannel, WideError, cosine, cpu, kl, similarity, soft_labels, standardize,
    temperature_at,
};

fn close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found - expected).abs();
        assert!(difference <= tolerance + tolerance * expected.abs(), "at {at}: {found}, not {expected}");
    }
}

/// Two users, three items: 0 likes 0 and 1, 1 likes 1 and 2.
fn two_users() -> Incidence {
    Incidence::from_memberships(2, 3, [(0, 0), (0, 1), (1, 1), (1, 2)]).unwrap()
}

/// A deep teacher of width 1 with one layer, Theta = 2, whose fusion adds nothing.
fn narrow() -> (TeacherConfig, TeacherWeights) {
    let config = TeacherConfig {
        n_users: 2,
        n_items: 3,
        emb_dim: 1,
        n_layers: 1,
        residual: 0.5,
        fusion_residual: true,
        scorer: Head::Dot,
        ..TeacherConfig::default()
    };
    let channel = |input: &[f32]| ChannelWeights {
        input: input.to_vec(),
        thetas: vec![2.0],
        fusion_in: vec![1.0],
        fusion_bias: vec![0.0],
        fusion_out: vec![0.0],
        ..ChannelWeights::default()
    };
    let deep = DeepWeights {
        user_channel: channel(&[1.0, 2.0]),
        item_channel: channel(&[1.0, 0.0, -1.0]),
        ..DeepWeights::default()
    };
    (config, TeacherWeights { deep: Some(deep), linear: None })
}

/// Users over items: E = (1, 3/2, 2) / sqrt(2), P X = (1.25, 1.75), X' = 2 P X, z = x + X' / 2 = (2.25, 3.75).
/// Items over users: E = (1/2, -1/2), P X = (1/2, 0, -1/2) by d_i^-1/2 = (1, 1/sqrt(2), 1), z = (1.5, 0, -1.5).
#[test]
fn a_small_teacher_is_what_was_worked_by_hand() {
    let (config, weights) = narrow();
    let teacher = Teacher::new(config, weights, &two_users()).unwrap();
    close(&[teacher.user_emb(0)[0], teacher.user_emb(1)[0]], &[2.25, 3.75], 1e-6);
    close(teacher.item_emb(), &[1.5, 0.0, -1.5], 1e-6);
    close(&teacher.logits(1), &[5.625, 0.0, -5.625], 1e-6);
    assert_eq!(teacher.wide_logits(0), None);
    assert_eq!(teacher.deep_logits(1).unwrap(), teacher.logits(1));
}

#[test]
fn without_a_residual_the_last_layer_counts_alone() {
    let (config, weights) = narrow();
    let config = TeacherConfig { residual: 0.0, ..config };
    let teacher = Teacher::new(config, weights, &two_users()).unwrap();
    close(&[teacher.user_emb(0)[0], teacher.user_emb(1)[0]], &[2.5, 3.5], 1e-6);
}

#[test]
fn the_two_halves_of_a_step_are_propagate() {
    let model = bundle(5, Sizes { n_users: 40, n_items: 30, emb_dim: 5, hidden_dim: 3, head: Head::Dot });
    let (incidence, d) = (&model.incidence, 5);
    let xs = Seeded(1).vector(40 * d);
    let (by_node, by_edge) = (incidence.by_node(), incidence.by_hyperedge());
    let scale = incidence.inv_sqrt_node_degree();
    let (mut edges, mut out) = (vec![7.0; 30 * d], vec![7.0; 40 * d]);
    cpu::node_to_edge(by_edge.offsets(), by_edge.indices(), &scale, &xs, &mut edges);
    cpu::edge_to_node(by_node.offsets(), by_node.indices(), &scale, &edges, &mut out);
    close(&edges, &incidence.node_to_edge(&xs, d), 1e-6);
    close(&out, &incidence.propagate(&xs, d, &[1.0; 30]), 1e-6);
}

/// x = 2, F_x = 3, t = 1, F_t = -4, b = 1: relu(6 - 4 + 1) = 3, times F_out = 0.5; with the residual 2 more.
#[test]
fn fusion_reads_both_halves() {
    let mut channel = ChannelWeights {
        fusion_in: vec![3.0],
        fusion_text: vec![-4.0],
        fusion_bias: vec![1.0],
        fusion_out: vec![0.5],
        ..ChannelWeights::default()
    };
    let mut emb = [0.0];
    cpu::fusion(&[2.0], &[1.0], &channel, false, 1, &mut emb);
    assert_eq!(emb, [1.5]);
    cpu::fusion(&[2.0], &[], &channel, true, 1, &mut emb);
    assert_eq!(emb, [2.0 + 3.5]);
    channel.fusion_bias = vec![-9.0];
    cpu::fusion(&[2.0], &[1.0], &channel, true, 1, &mut emb);
    assert_eq!(emb, [2.0], "below 0 nothing passes");
}

/// w2 . relu(W_u z_u + W_i z_i + b1), one hidden unit a sign: z_u = 1, z_i = 2.
#[test]
fn the_scorer_is_the_light_mlp_and_the_dot_product() {
    let scorer = HeadWeights {
        user_weight: vec![1.0, -1.0],
        item_weight: vec![1.0, 1.0],
        hidden_bias: vec![0.5, -2.0],
        output_weight: vec![2.0, 100.0],
        output_bias: 0.0,
    };
    for (head, expected) in [(Head::Mlp, 7.0), (Head::Hybrid, 9.0)] {
        let mut logits = [0.0];
        cpu::teacher_score(&[1.0], &[2.0], head, &scorer, &mut logits);
        assert_eq!(logits, [expected]);
    }
}

/// Every part, every activation and head: a visitor is answered as a user of the same likes who has no embedding and no
/// text of its own.
#[test]
fn a_visitor_is_one_more_node() {
    for (seed, head) in [(1, Head::Hybrid), (2, Head::Mlp), (3, Head::Dot)] {
        let model = bundle(seed, Sizes { n_users: 17, n_items: 23, emb_dim: 3, hidden_dim: 2, head: Head::Dot });
        for activation in [Activation::Identity, Activation::Tanh, Activation::Relu] {
            let mut config = whole_teacher(&model.config);
            (config.activation, config.scorer) = (activation, head);
            config.hidden_dim = if head.has_mlp() { 5 } else { 0 };
            let weights = teacher_weights(seed, &config);
            let teacher = Teacher::new(config.clone(), weights.clone(), &model.incidence).unwrap();
            let liked = [20, 3, 7, 3];
            let found = teacher.logits_of_visitor(&liked).unwrap();

            let (incidence, visitor) = teacher.with_visitor(&liked).unwrap();
            let mut more = weights;
            let deep = more.deep.as_mut().unwrap();
            deep.user_channel.input.extend([0.0; 3]);
            deep.user_channel.text_emb.extend([0.0; 3]);
            let config = TeacherConfig { n_users: 18, ..config };
            let expected = Teacher::new(config, more, &incidence).unwrap().logits(visitor);
            close(&found, &expected, 1e-4);
            assert!(found.iter().all(|logit| logit.is_finite()));
        }
    }
}

#[test]
fn a_visitor_who_likes_nothing_or_what_is_not_there() {
    let model = small_bundle();
    let config = whole_teacher(&model.config);
    let teacher = Teacher::new(config.clone(), teacher_weights(4, &config), &model.incidence).unwrap();
    assert!(teacher.logits_of_visitor(&[]).unwrap().iter().all(|logit| logit.is_finite()));
    assert!(teacher.logits_of_visitor(&[9]).is_err());
}

/// Which channels there are is the configuration's; mixed logits have mean 0 and deviation 1.
#[test]
fn channels_are_asked_by_their_weights() {
    let model = small_bundle();
    for (wide_weight, linear_weight, deep_weight) in
        [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 1.0, 0.0), (1.0, 0.0, 0.5), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)]
    {
        let config = TeacherConfig { wide_weight, linear_weight, deep_weight, ..whole_teacher(&model.config) };
        let teacher = Teacher::new(config.clone(), teacher_weights(4, &config), &model.incidence).unwrap();
        assert_eq!(teacher.wide_logits(1).is_some(), wide_weight > 0.0);
        assert_eq!(teacher.linear_logits(1).is_some(), linear_weight > 0.0);
        let is_deep = deep_weight > 0.0 || wide_weight + linear_weight == 0.0;
        assert_eq!(teacher.deep_logits(1).is_some(), is_deep);
        let has_embeddings = is_deep || linear_weight > 0.0;
        assert_eq!(teacher.user_emb(2).len(), if has_embeddings { 3 } else { 0 });
        assert_eq!(teacher.item_emb().len(), if has_embeddings { 27 } else { 0 });
        let logits = teacher.logits(1);
        if wide_weight + linear_weight == 0.0 {
            assert_eq!(logits, teacher.deep_logits(1).unwrap());
            continue;
        }
        let mut again = logits.clone();
        standardize(&mut again);
        close(&again, &logits, 1e-6);
        let mut sum = vec![0.0; 9];
        let channels = [
            (wide_weight, teacher.wide_logits(1)),
            (linear_weight, teacher.linear_logits(1)),
            (deep_weight, teacher.deep_logits(1)),
        ];
        for (weight, mut channel) in channels.into_iter().filter_map(|(weight, of)| Some((weight, of?))) {
            standardize(&mut channel);
            sum.iter_mut().zip(channel).for_each(|(sum, logit)| *sum += weight * logit);
        }
        standardize(&mut sum);
        close(&logits, &sum, 1e-6);
    }
}

/// EASE^R as its paper has it: the inverse of the items' Gram matrix, by Gauss-Jordan.
fn dense_ease(incidence: &Incidence, lambda: f64) -> Vec<f32> {
    let (n_users, n) = (incidence.n_nodes(), incidence.n_hyperedges());
    let likes = |user: usize, item: usize| f64::from(u8::from(incidence.contains(user as u32, item as u32)));
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|a| {
            let gram = |b: usize| (0..n_users).map(|user| likes(user, a) * likes(user, b)).sum::<f64>();
            let unit = |at: usize| f64::from(u8::from(at == a));
            (0..2 * n).map(|b| if b < n { gram(b) + lambda * unit(b) } else { unit(b - n) }).collect()
        })
        .collect();
    for pivot in 0..n {
        let scale = rows[pivot][pivot];
        rows[pivot].iter_mut().for_each(|x| *x /= scale);
        let row = rows[pivot].clone();
        for (at, other) in rows.iter_mut().enumerate().filter(|(at, _)| *at != pivot) {
            let factor = other[pivot];
            assert!(at != pivot);
            other.iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
        }
    }
    let p = |a: usize, b: usize| rows[a][n + b];
    let weight = |a: usize, b: usize| if a == b { 0.0 } else { -p(a, b) / p(b, b) };
    let logit = |user, b| (0..n).map(|a| likes(user, a) * weight(a, b)).sum::<f64>() as f32;
    (0..n_users).flat_map(|user| (0..n).map(move |b| logit(user, b))).collect()
}

#[test]
fn the_wide_channel_is_ease_whichever_side_is_larger() {
    for (seed, n_users, n_items) in [(1, 30, 12), (2, 9, 31), (3, 1, 4), (4, 20, 20)] {
        let model = bundle(seed, Sizes { n_users, n_items, emb_dim: 2, hidden_dim: 2, head: Head::Dot });
        for lambda in [0.5, 100.0] {
            let wide = WideChannel::new(&model.incidence, lambda).unwrap();
            let found: Vec<f32> = (0..n_users).flat_map(|user| wide.logits(&model.incidence, user)).collect();
            close(&found, &dense_ease(&model.incidence, lambda), 1e-5);
        }
    }
}

/// A visitor's logits are the last row of the closed form that was solved with the visitor in it.
#[test]
fn the_wide_channel_takes_a_visitor_up_exactly() {
    let model = bundle(8, Sizes { n_users: 15, n_items: 20, emb_dim: 2, hidden_dim: 2, head: Head::Dot });
    let wide = WideChannel::new(&model.incidence, 3.0).unwrap();
    for liked in [vec![], vec![4], vec![1, 2, 3, 17], (0..20).collect()] {
        let mut incidence = model.incidence.clone();
        let visitor = incidence.push_node();
        liked.iter().for_each(|&item| assert!(incidence.insert(visitor, item).unwrap()));
        let expected = &dense_ease(&incidence, 3.0)[15 * 20..];
        close(&wide.logits_of_visitor(&model.incidence, &liked), expected, 1e-5);
    }
}

#[test]
fn no_wide_channel_without_a_ridge_or_for_too_many_users() {
    for lambda in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(WideChannel::new(&two_users(), lambda).unwrap_err(), WideError::Unsolvable);
    }
    let many = Incidence::from_memberships(MAX_WIDE_USERS + 1, 2, [(0, 0)]).unwrap();
    let error = WideChannel::new(&many, 1.0).unwrap_err();
    assert_eq!(error, WideError::TooManyUsers { n_users: 2001 });
    assert_eq!(error.to_string(), "the wide channel solves for 2001 users, and a page does so for 2000 at most");
}

/// M of the two users is [[3/4, 1/4], [1/4, 3/4]], its square [[5/8, 3/8], [3/8, 5/8]].
#[test]
fn positional_features_are_what_was_worked_by_hand() {
    let incidence = two_users();
    let positional = Positional::new(&incidence, 2, 0.5);
    close(&positional.features(0), &[0.53125, 0.21875], 1e-6);
    close(&positional.features(1), &[0.21875, 0.53125], 1e-6);
    close(&[positional.cosine(0, 1), positional.cosine(1, 1)], &[0.704_142, 1.0], 1e-5);
    assert_eq!(positional.features(2), [0.0, 0.0], "there is no third user");
    assert_eq!(Positional::new(&incidence, 0, 0.5).cosine(0, 1), 0.0);
    // Items 0 and 2 share no user, but have one between them.
    let items = incidence.transposed();
    assert_eq!(Positional::new(&items, 1, 0.5).features(0)[2], 0.0);
    assert!(Positional::new(&items, 2, 0.5).features(0)[2] > 0.0);
    close(&[similarity(0.25, 0.8, 0.4), cosine(&[3.0, 0.0], &[2.0, 2.0])], &[0.5, 0.5f32.sqrt()], 1e-6);
}

#[test]
fn soft_labels_soften() {
    close(&soft_labels(&[1000.0, 1000.0 + 2f32.ln()], 1.0), &[1.0 / 3.0, 2.0 / 3.0], 1e-4);
    close(&soft_labels(&[0.0, 4f32.ln()], 2.0), &[1.0 / 3.0, 2.0 / 3.0], 1e-6);
    assert!((kl(&[0.5, 0.5], &[0.25, 0.75]) - 0.143_841_036).abs() < 1e-8);
    assert!((kl(&[1.0, 0.0], &[0.5, 0.5]) - 2f64.ln()).abs() < 1e-8);
    assert_eq!([0, 5, 10, 99].map(|epoch| temperature_at(epoch, 10.0, 1.0, 10)), [10.0, 5.5, 1.0, 1.0]);
    let distil = DistilConfig { logit_scale: 2.0, standardize: true, ..DistilConfig::default() };
    let mut logits = [1.0, 3.0];
    distil.soften(&mut logits);
    assert_eq!(logits, [-2.0, 2.0]);
    let mut constant = [4.0; 3];
    standardize(&mut constant);
    assert_eq!(constant, [0.0; 3]);
}

/// 2 users, 3 items, 4 likes, width 1, one layer, by `work.rs`'s own rule.
#[test]
fn the_teachers_work_is_what_was_counted_by_hand() {
    let (config, weights) = narrow();
    let work = Teacher::new(config, weights, &two_users()).unwrap().work(0);
    let of = |multiply_adds, bytes| Work { multiply_adds, bytes };
    let expected = [
        // 8 memberships in both channels and a scale for each of 5 rows; a row, an index and a degree a membership.
        (TeacherStage::NodeToEdge, of(13, 4 * (8 * 3 + 5))),
        (TeacherStage::EdgeToNode, of(13, 4 * (8 * 2 + 2 * 5))),
        // 5 rows times Theta, 5 times the residual.
        (TeacherStage::LayerTransform, of(10, 4 * (5 + 2 + 5))),
        (TeacherStage::Fusion, of(10, 4 * (5 + 2 * 3))),
        (TeacherStage::TeacherScore, of(3, 4 * 4)),
    ];
    assert_eq!(work, expected);
    let sum: Work = work.into_iter().map(|(_, work)| work).sum();
    assert_eq!(sum, of(49, 4 * (29 + 26 + 12 + 11 + 4)));
}

/// 9 items, widths 4 and 3, a hybrid head, two likes.
#[test]
fn the_students_work_is_what_was_counted_by_hand() {
    let model = small_bundle();
    let student = Student::new(model.config.clone(), &model.weights, &model.incidence);
    let of = |multiply_adds, bytes| Work { multiply_adds, bytes };
    let expected = [
        // Two rows of 4, their scales, and the visitor's scale; of a like its row, its degree, its index and weight.
        (Stage::FoldIn, of(2 * 5 + 4, 4 * 2 * 7)),
        (Stage::UserHalf, of(12, 4 * (12 + 4))),
        (Stage::Score, of(9 * 7, 4 * (9 * 7 + 7 + 3))),
    ];
    assert_eq!(student.work(2), expected);
}

/// With every part there, each stage is counted once, in order, and none is free.
#[test]
fn every_stage_that_runs_is_counted() {
    let model = small_bundle();
    let config = whole_teacher(&model.config);
    let teacher = Teacher::new(config.clone(), teacher_weights(4, &config), &model.incidence).unwrap();
    let work = teacher.work_of_visitor(&[1, 2]).unwrap();
    let stages: Vec<TeacherStage> = work.iter().map(|(stage, _)| *stage).collect();
    assert_eq!(stages, TeacherStage::ALL);
    assert!(work.iter().all(|(_, work)| work.multiply_adds > 0 && work.bytes > 0));
}

proptest! {
    /// A distribution, whatever the logits.
    #[test]
    fn soft_labels_are_a_distribution(logits in prop::collection::vec(-1e4f32..1e4, 1..50), temperature in 0.1f32..20.0) {
        let labels = soft_labels(&logits, temperature);
        let sum: f32 = labels.iter().sum();
        prop_assert!((sum - 1.0).abs() < 1e-4 && labels.iter().all(|label| (0.0..=1.0).contains(label)));
        prop_assert!(kl(&labels, &labels).abs() < 1e-9);
    }
}
