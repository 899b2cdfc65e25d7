//! The explorer's file that is committed: it belongs to the committed model, its teacher answers as the trainer's did, and
//! both of its models reach the results that the model file reports of them.

use std::path::Path;

use sharp_distill::bundle::{Bundle, ExplorerBundle, HeldOut};
use sharp_distill::metrics::{Metrics, metrics_at_k};
use sharp_distill::ranking::{items_of, mark, mask_words, top_k};
use sharp_distill::student::Student;
use sharp_distill::teacher::{Teacher, WideChannel};

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shipped() -> (Bundle, ExplorerBundle) {
    let model = Bundle::read(&file("assets/model.safetensors")).unwrap();
    let explorer = ExplorerBundle::read(&file("assets/explorer.safetensors"), &model).unwrap();
    (model, explorer)
}

fn teacher(model: &Bundle, explorer: &ExplorerBundle) -> Teacher {
    let (config, weights) = explorer.teacher.clone().unwrap();
    Teacher::new(config, weights, &model.incidence).unwrap()
}

/// Over test as the trainer evaluates: all items ranked, those of training and validation masked.
fn on_test(model: &Bundle, held_out: &HeldOut, logits: &dyn Fn(usize) -> Vec<f32>) -> Metrics {
    Metrics::mean((0..model.config.n_users).filter(|&user| held_out.test.node_degree(user) > 0).map(|user| {
        let mut seen_mask = vec![0; mask_words(model.config.n_items)];
        mark(&mut seen_mask, model.incidence.hyperedges_of(user));
        mark(&mut seen_mask, held_out.valid.hyperedges_of(user));
        let mut ranked = Vec::new();
        top_k(&logits(user), &seen_mask, 10, &mut ranked);
        metrics_at_k(&items_of(&ranked), held_out.test.hyperedges_of(user), 10)
    }))
}

/// The row of the model file.
fn reported(model: &Bundle, name: &str) -> Metrics {
    model.provenance.results.iter().find(|row| row.model == name).unwrap().at_10
}

fn near(found: Metrics, reported: Metrics, tolerance: f64) {
    let pairs = [(found.ndcg, reported.ndcg), (found.recall, reported.recall), (found.precision, reported.precision)];
    for (found, reported) in pairs {
        assert!((found - reported).abs() <= tolerance, "{found}, {reported} is reported");
    }
}

#[test]
fn the_file_is_whole_and_no_larger_than_it_may_be() {
    let (model, explorer) = shipped();
    assert_eq!(explorer.left_out, []);
    assert!(explorer.teacher.is_some() && explorer.scratch.is_some() && explorer.projection.is_some());
    let bytes = file("assets/explorer.safetensors");
    assert_eq!(explorer.to_bytes(&model).unwrap(), bytes, "reading and writing changes nothing");
    assert!(bytes.len() < 1_300_000, "{} bytes", bytes.len());
}

#[test]
fn what_is_held_out_was_not_trained_on() {
    let (model, explorer) = shipped();
    let HeldOut { valid, test } = explorer.held_out.unwrap();
    assert_eq!((valid.n_memberships(), test.n_memberships()), (5418, 5418));
    assert!(
        valid.memberships().all(|(user, item)| !model.incidence.contains(user, item) && !test.contains(user, item))
    );
    assert!(test.memberships().all(|(user, item)| !model.incidence.contains(user, item)));
}

#[test]
fn the_teachers_twin_gives_the_golden_answers() {
    let (model, explorer) = shipped();
    let teacher = teacher(&model, &explorer);
    assert_eq!(explorer.golden.len(), 8);
    for case in &explorer.golden {
        let logits = teacher.logits(case.user_idx as usize);
        let mut seen_mask = vec![0; mask_words(logits.len())];
        mark(&mut seen_mask, model.incidence.hyperedges_of(case.user_idx as usize));
        let mut ranked = Vec::new();
        top_k(&logits, &seen_mask, case.items.len(), &mut ranked);
        assert_eq!(ranked.len(), case.items.len());
        for (place, (found, score)) in ranked.iter().zip(&case.scores).enumerate() {
            let difference = (found.score - score).abs();
            assert!(difference <= 1e-4 + 1e-4 * score.abs(), "{}, place {place}: {found:?}", case.user_idx);
        }
    }
}

/// Rounded to f16, a teacher ranks a few items in another order: by a thousandth its means may differ, no more.
#[test]
fn the_teacher_reaches_its_results() {
    let (model, explorer) = shipped();
    let teacher = teacher(&model, &explorer);
    let found = on_test(&model, explorer.held_out.as_ref().unwrap(), &|user| teacher.logits(user));
    near(found, reported(&model, "teacher"), 1e-3);
    assert!(found.ndcg > reported(&model, "ease").ndcg, "the deep channels add to the wide one");
}

/// The trainer evaluated it with rounded features, so only sums in another order differ.
#[test]
fn the_student_without_a_teacher_reaches_its_results_and_the_distilled_one_more() {
    let (model, explorer) = shipped();
    let held_out = explorer.held_out.as_ref().unwrap();
    let ndcg = [("student-scratch", explorer.scratch.as_ref().unwrap()), ("student", &model.weights)].map(
        |(name, weights)| {
            let student = Student::new(model.config.clone(), weights, &model.incidence);
            let found = on_test(&model, held_out, &|user| student.logits_of(student.user_emb(user)));
            near(found, reported(&model, name), 1e-4);
            found.ndcg
        },
    );
    assert!(ndcg[1] > 1.1 * ndcg[0], "{ndcg:?}");
}

/// A user asked as a visitor has no embedding, and otherwise is the same: mostly the same films.
#[test]
fn a_visitor_is_answered_much_like_a_user_of_the_same_likes() {
    let (model, explorer) = shipped();
    let teacher = teacher(&model, &explorer);
    let (mut common, mut n) = (0, 0);
    for user in (0..model.config.n_users).step_by(97) {
        let liked = model.incidence.hyperedges_of(user);
        let mut seen_mask = vec![0; mask_words(model.config.n_items)];
        mark(&mut seen_mask, liked);
        let [of_user, of_visitor] = [teacher.logits(user), teacher.logits_of_visitor(liked).unwrap()].map(|logits| {
            let mut ranked = Vec::new();
            top_k(&logits, &seen_mask, 10, &mut ranked);
            items_of(&ranked)
        });
        common += of_user.iter().filter(|item| of_visitor.contains(item)).count();
        n += of_user.len();
    }
    assert!(common * 10 >= n * 7, "only {common} of {n} places agree");
}

/// The wide channel in other words: no item helps to predict itself, and it ranks well by itself.
#[test]
fn the_wide_channel_alone_is_ease() {
    let (model, explorer) = shipped();
    let (config, _) = explorer.teacher.unwrap();
    let wide = WideChannel::new(&model.incidence, config.wide_lambda).unwrap();
    let found = on_test(&model, explorer.held_out.as_ref().unwrap(), &|user| wide.logits(&model.incidence, user));
    near(found, reported(&model, "ease"), 1e-5);
}

#[test]
fn the_plane_shows_some_of_the_spread_and_every_film() {
    let (model, explorer) = shipped();
    let projection = explorer.projection.unwrap();
    let [first, second] = projection.explained;
    assert!(first >= second && second > 0.02 && first + second < 1.0, "{:?}", projection.explained);
    let student = Student::new(model.config.clone(), &model.weights, &model.incidence);
    let points: Vec<[f32; 2]> =
        student.item_emb().chunks_exact(model.config.emb_dim).map(|emb| projection.point(emb)).collect();
    for axis in 0..2 {
        let mean = points.iter().map(|point| point[axis]).sum::<f32>() / points.len() as f32;
        assert!(mean.abs() < 1e-4, "centred");
        assert!(points.iter().all(|point| point[axis].abs() <= 2.0));
    }
}
