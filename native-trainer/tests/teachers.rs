//! The teacher and the whole objective: every term is there, has the right gradient, and teaches.

use std::sync::Arc;

use crate::common::camps;
use candle_core::{Tensor, Var};
use indicatif::ProgressBar;
use native_trainer::checkpoint::Checkpointer;
use native_trainer::evaluation::{HeldOut, Scorer, evaluate};
use native_trainer::fit::{Fit, fit};
use native_trainer::presets::Preset;
use native_trainer::rng;
use native_trainer::settings::Settings;
use native_trainer::student::{CandleStudent, Distillation};
use native_trainer::teacher::{PreparedTeacher, Supervision, Teacher, TeacherSettings};
use native_trainer::text::TextFeatures;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::Head;

fn text() -> TextFeatures {
    let normals = |name: &str, n| rng::normals(&mut rng::stream(9, name), n, 0.3);
    TextFeatures { dim: 6, users: normals("users", 240), items: normals("items", 126) }
}

/// A small deep teacher with every term.
fn whole(supervision: Supervision, scorer: Head) -> TeacherSettings {
    let mut settings = Preset::Paper.settings().teacher;
    (settings.emb_dim, settings.n_layers, settings.hidden_dim) = (5, 2, 4);
    (settings.supervision, settings.scorer) = (supervision, scorer);
    settings.activation = native_trainer::teacher::Activation::Tanh;
    (settings.init_std, settings.fit.batch_size, settings.contrastive_batch) = (0.5, 16, 12);
    settings.dropout = 0.1;
    settings
}

fn value(terms: &[(&'static str, Tensor)]) -> f64 {
    terms.iter().map(|(_, loss)| f64::from(loss.to_scalar::<f32>().unwrap())).sum()
}

/// Compares the gradient of the whole objective of a step with central differences, at a few numbers of every parameter.
fn check_gradients(model: &mut dyn Fit, step: usize) {
    let terms = model.loss_terms(3, step).unwrap();
    let total = terms.iter().map(|(_, loss)| loss.clone()).reduce(|a, b| (a + b).unwrap()).unwrap();
    let gradients = total.backward().unwrap();
    let names = model.params().names();
    let vars: Vec<Var> = model.params().vars();
    for (name, var) in names.iter().zip(&vars) {
        let zeros = || var.zeros_like().unwrap();
        let gradient: Vec<f32> =
            gradients.get(var).cloned().unwrap_or_else(zeros).flatten_all().unwrap().to_vec1().unwrap();
        let before: Vec<f32> = var.flatten_all().unwrap().to_vec1().unwrap();
        for at in (0..before.len()).step_by(before.len().div_ceil(7)) {
            let mut moved = |by: f32| {
                let mut values = before.clone();
                values[at] += by;
                var.set(&Tensor::from_vec(values, var.shape(), var.device()).unwrap()).unwrap();
                value(&model.loss_terms(3, step).unwrap())
            };
            let h = 2e-2f32;
            let (far, near) =
                ((moved(h) - moved(-h)) / f64::from(2.0 * h), (moved(h / 2.0) - moved(-h / 2.0)) / f64::from(h));
            // Richardson: the error of central differences shrinks with the fourth power.
            let expected = (4.0 * near - far) / 3.0;
            let found = f64::from(gradient[at]);
            assert!((found - expected).abs() <= 2e-3 + 2e-2 * expected.abs(), "{name}[{at}]: {found}, not {expected}");
        }
        var.set(&Tensor::from_vec(before, var.shape(), var.device()).unwrap()).unwrap();
    }
}

#[test]
fn every_teacher_has_the_terms_it_should_and_their_gradients() {
    let (train, valid) = camps();
    let text = text();
    for (supervision, scorer, first) in [
        (Supervision::Bpr, Head::Hybrid, "bpr"),
        (Supervision::Mse, Head::Dot, "mse"),
        (Supervision::Softmax, Head::Dot, "softmax"),
    ] {
        let settings = whole(supervision, scorer);
        let mut teacher = Teacher::new(settings, 1, train.clone(), &valid, Some(&text)).unwrap();
        let names: Vec<_> = teacher.loss_terms(0, 1).unwrap().into_iter().map(|(name, _)| name).collect();
        let contrasts = ["cross-modal", "cross-modal", "intra-domain", "intra-domain"];
        assert_eq!(names, [&[first, "l2"][..], &contrasts].concat());
        // relu has kinks; the fusion MLP and the scorer's MLP are smooth enough at these inputs for the tolerance.
        check_gradients(&mut teacher, 1);
    }
}

/// Only the linear channel, whose items are maps of their text, or free without text.
fn linear() -> TeacherSettings {
    let mut settings = Preset::TunedReviews.settings().teacher;
    (settings.emb_dim, settings.wide_weight, settings.wide_loss_weight) = (5, 0.0, 0.0);
    (settings.linear.text.init_std, settings.linear.free.init_std) = (0.5, 0.5);
    settings
}

#[test]
fn the_linear_channel_has_its_gradients_and_teaches_the_camps_alone() {
    let (train, valid) = camps();
    // Text that knows the camp, but for noise.
    let mut known = text();
    known
        .items
        .chunks_exact_mut(6)
        .enumerate()
        .for_each(|(item, row)| row[0] += if item % 2 == 0 { 1.0 } else { -1.0 });
    for text in [None, Some(&known)] {
        let settings = linear();
        assert!(!settings.is_deep());
        let mut teacher = Teacher::new(settings.clone(), 1, train.clone(), &valid, text).unwrap();
        let names: Vec<_> = teacher.loss_terms(0, 0).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["linear softmax", "linear l2"]);
        check_gradients(&mut teacher, 0);
        fit(&mut teacher, &settings.fit, &mut Checkpointer::none(), &ProgressBar::hidden()).unwrap();
        let on = HeldOut { held_out: &valid, seen: &[&train] };
        let prepared = PreparedTeacher::new(&teacher).unwrap();
        let found = evaluate(&prepared, on).unwrap().at_10.ndcg;
        assert!(found > 0.95, "text {}: {found}", text.is_some());
        assert_eq!(prepared.item_emb.dims(), [21, 5], "what the student is compared with");
        // W is 6 x 5 or Z is 21 x 5, and 21 biases; the deep channels, which rest, are not counted.
        let counted = if text.is_some() { (51, 51) } else { (126, 21) };
        assert_eq!(teacher.n_parameters(), counted);
    }
}

/// Text is the only thing that an item nobody has liked can be known by: item 20 is of camp 0, and says so.
#[test]
fn an_item_without_likes_is_found_by_its_text() {
    let (train, valid) = camps();
    let mut items = vec![0.0; 21 * 2];
    items.chunks_exact_mut(2).enumerate().for_each(|(item, row)| row[item % 2] = 1.0);
    let known = TextFeatures { dim: 2, users: vec![0.0; 80], items };
    let settings = linear();
    let mut teacher = Teacher::new(settings.clone(), 1, train.clone(), &valid, Some(&known)).unwrap();
    fit(&mut teacher, &settings.fit, &mut Checkpointer::none(), &ProgressBar::hidden()).unwrap();
    let logits = PreparedTeacher::new(&teacher).unwrap().logits(0..40).unwrap();
    for user in 0..40 {
        let row = &logits[user * 21..][..21];
        // Popularity alone would put it last for everybody.
        let is_above = row[..20].iter().skip(1 - user % 2).step_by(2).all(|&other| row[20] > other);
        assert_eq!(is_above, user % 2 == 0, "user {user}: {row:?}");
    }
}

#[test]
fn every_supervision_teaches_the_camps_with_and_without_text() {
    let (train, valid) = camps();
    let text = text();
    for supervision in [Supervision::Softmax, Supervision::Bpr, Supervision::Mse] {
        for text in [None, Some(&text)] {
            let mut settings = whole(supervision, Head::Hybrid);
            (settings.fit.epochs, settings.fit.learning_rate, settings.fit.batch_size) = (40, 0.02, 64);
            let mut teacher = Teacher::new(settings.clone(), 2, train.clone(), &valid, text).unwrap();
            fit(&mut teacher, &settings.fit, &mut Checkpointer::none(), &ProgressBar::hidden()).unwrap();
            let on = HeldOut { held_out: &valid, seen: &[&train] };
            let found = evaluate(&PreparedTeacher::new(&teacher).unwrap(), on).unwrap().at_10.ndcg;
            assert!(found > 0.95, "{supervision:?}, text {}: {found}", text.is_some());
        }
    }
}

fn student<'a>(
    settings: &Settings,
    distillation: Distillation<'a>,
    of: (Arc<Incidence>, &'a Incidence),
) -> CandleStudent<'a> {
    let name = ("student", "distilled");
    CandleStudent::new(name, &settings.student, settings.distilled.clone(), 3, of, Some(distillation)).unwrap()
}

/// A teacher and a student of one width, with every term of eq. 15-21.
#[test]
fn the_whole_objective_of_the_student_has_its_gradients() {
    let (train, valid) = camps();
    let teacher_settings = whole(Supervision::Bpr, Head::Mlp);
    let teacher = Arc::new(Teacher::new(teacher_settings, 1, train.clone(), &valid, None).unwrap());
    let prepared = PreparedTeacher::new(teacher).unwrap();
    let embeddings = [prepared.user_emb.clone(), prepared.item_emb.clone()];
    let mut settings: Settings = Preset::Paper.settings();
    (settings.student.emb_dim, settings.student.head) = (5, Head::Dot);
    (settings.distilled.init_std, settings.distilled.dropout, settings.distilled.ego_dropout) = (0.5, 0.2, 0.3);
    (settings.distilled.fit.batch_size, settings.distil.contrastive_batch) = (16, 12);
    settings.distilled.leave_one_out = true;
    let distillation =
        Distillation::new(settings.distil.clone(), Box::new(prepared), Some(embeddings), &train).unwrap();
    let mut student = student(&settings, distillation, (train.clone(), &valid));
    let names: Vec<_> = student.loss_terms(0, 2).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["hard", "soft", "contrast of users", "contrast of items", "l2"]);
    assert_eq!(student.n_steps(), 3);
    check_gradients(&mut student, 2);
}

/// Gradient checkpointing changes what is kept, and nothing that is computed.
#[test]
fn layers_that_are_computed_again_give_the_same_losses_and_gradients() {
    let (train, valid) = camps();
    let text = text();
    for residual in [0.0, 0.5] {
        let numbers = |recompute_layers| {
            let settings = TeacherSettings { residual, recompute_layers, ..whole(Supervision::Bpr, Head::Mlp) };
            let mut teacher = Teacher::new(settings, 1, train.clone(), &valid, Some(&text)).unwrap();
            let terms = teacher.loss_terms(3, 1).unwrap();
            let total = terms.iter().map(|(_, loss)| loss.clone()).reduce(|a, b| (a + b).unwrap()).unwrap();
            let gradients = total.backward().unwrap();
            let of = |var: &Var| gradients.get(var).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let all: Vec<_> = teacher
                .params()
                .names()
                .iter()
                .zip(teacher.params().vars())
                .map(|(name, var)| (name.to_string(), of(&var)))
                .collect();
            (value(&terms), all)
        };
        let (kept, again) = (numbers(false), numbers(true));
        assert_eq!(kept.0, again.0);
        for ((name, kept), (_, again)) in kept.1.iter().zip(&again.1) {
            let largest = kept.iter().fold(0.0f32, |most, x| most.max(x.abs()));
            assert!(largest > 0.0, "{name} has no gradient");
            for (a, b) in kept.iter().zip(again) {
                assert!((a - b).abs() <= 1e-6 * largest, "{name}: {a} kept, {b} computed again");
            }
        }
    }
}

/// The soft labels of a batch are rows of the soft labels of all, and the same whether logits are kept or not.
#[test]
fn soft_labels_of_a_batch_are_those_of_all() {
    let (train, valid) = camps();
    let teacher = Teacher::new(whole(Supervision::Bpr, Head::Mlp), 1, train.clone(), &valid, None).unwrap();
    let prepared = PreparedTeacher::new(&teacher).unwrap();
    let logits = prepared.logits(0..40).unwrap();
    let single = prepared.logits(7..8).unwrap();
    assert!(logits[7 * 21..8 * 21].iter().zip(&single).all(|(a, b)| (a - b).abs() < 1e-5));
    let full = prepared.full_forward(0..40).unwrap();
    assert_eq!(logits, full);
}

#[test]
fn widths_that_do_not_fit_are_refused_with_the_setting_to_change() {
    let (train, valid) = camps();
    let teacher = Teacher::new(whole(Supervision::Bpr, Head::Mlp), 1, train.clone(), &valid, None).unwrap();
    let prepared = PreparedTeacher::new(&teacher).unwrap();
    let embeddings = [prepared.user_emb.clone(), prepared.item_emb.clone()];
    let settings = Preset::Paper.settings();
    let distillation =
        Distillation::new(settings.distil.clone(), Box::new(prepared), Some(embeddings), &train).unwrap();
    let mut student = student(&settings, distillation, (train.clone(), &valid));
    let said = student.loss_terms(0, 0).unwrap_err().to_string();
    assert!(said.contains("teacher.emb_dim") && said.contains("student.emb_dim"), "{said}");
}

/// With nothing to learn no epoch is run, however many are asked for; the look at validation is taken.
#[test]
fn a_closed_form_is_not_trained() {
    let (train, valid) = camps();
    let settings = TeacherSettings { deep_weight: 0.0, ..Settings::default().teacher };
    let epochs = settings.fit.clone();
    let mut teacher = Teacher::new(settings, 1, train, &valid, None).unwrap();
    assert!(!teacher.learns());
    let fitted = fit(&mut teacher, &epochs, &mut Checkpointer::none(), &ProgressBar::hidden()).unwrap();
    assert_eq!(fitted.epoch, 0);
    assert!(fitted.valid_ndcg > 0.5, "{fitted:?}");
}

/// The closed form for large catalogues: any users in any order, and a student learns from it in batches.
#[test]
fn a_student_learns_from_a_graph_filter() {
    let (train, valid) = camps();
    let settings = TeacherSettings {
        wide_kind: native_trainer::teacher::WideKind::Filter,
        filter_rank: 4,
        deep_weight: 0.0,
        ..Settings::default().teacher
    };
    let teacher = Teacher::new(settings, 1, train.clone(), &valid, None).unwrap();
    assert!(teacher.is_filter());
    assert_eq!(teacher.n_parameters(), (train.n_hyperedges() * 4, train.n_hyperedges() * 4), "nothing but V");
    let prepared = PreparedTeacher::new(&teacher).unwrap();
    let n_items = train.n_hyperedges();
    let (all, some) = (
        prepared.logits(0..train.n_nodes()).unwrap(),
        prepared.picked_logits(&[3, 0, 11], None).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap(),
    );
    for (place, user) in [3usize, 0, 11].into_iter().enumerate() {
        for (a, b) in some[place * n_items..][..n_items].iter().zip(&all[user * n_items..][..n_items]) {
            assert!((a - b).abs() < 1e-4, "user {user}");
        }
    }
    let on = HeldOut { held_out: &valid, seen: &[&train] };
    let of_teacher = evaluate(&prepared, on).unwrap().at_10.ndcg;
    let Settings { student, distil, mut distilled, .. } = Settings::default();
    (distilled.fit.epochs, distilled.fit.batch_size, distilled.fit.min_epochs) = (40, 16, 0);
    let distillation = Distillation::new(distil, Box::new(prepared), None, &train).unwrap();
    let mut trained = CandleStudent::new(
        ("student", "distilled"),
        &student,
        distilled.clone(),
        1,
        (train.clone(), &valid),
        Some(distillation),
    )
    .unwrap();
    let fitted = fit(&mut trained, &distilled.fit, &mut Checkpointer::none(), &ProgressBar::hidden()).unwrap();
    assert!(fitted.valid_ndcg > 0.9 * of_teacher, "{} of {of_teacher}", fitted.valid_ndcg);
}
