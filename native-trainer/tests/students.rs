//! The candle student is the CPU twin, stage for stage, and distillation does what it is for.

use std::sync::Arc;

use crate::common::camps;
use indicatif::ProgressBar;
use native_trainer::checkpoint::Checkpointer;
use native_trainer::evaluation::{DenseLogits, HeldOut, Scorer, evaluate};
use native_trainer::fit::fit;
use native_trainer::settings::Settings;
use native_trainer::student::{CandleStudent, Distillation};
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::{Head, Student};

fn student<'a>(
    head: Head,
    distillation: Option<Distillation<'static>>,
    data: &'a (Arc<Incidence>, Incidence),
) -> CandleStudent<'a> {
    let mut settings = Settings::default();
    (settings.student.head, settings.student.emb_dim, settings.student.hidden_dim) = (head, 12, 10);
    settings.distilled.head_init_std = 1.0;
    let of = (data.0.clone(), &data.1);
    CandleStudent::new(("student", "distilled"), &settings.student, settings.distilled, 3, of, distillation).unwrap()
}

#[test]
fn candle_and_the_cpu_twin_compute_the_same_logits_with_every_head() {
    let data = camps();
    for head in [Head::Mlp, Head::Dot, Head::Hybrid] {
        let mut student = student(head, None, &data);
        student.round_features().unwrap();
        let twin = Student::new(student.config().clone(), &student.weights().unwrap(), &data.0);
        let logits = student.prepare(false).unwrap().logits(0..40).unwrap();
        for (user, logits) in logits.chunks(21).enumerate() {
            for (candle, twin) in logits.iter().zip(twin.logits_of(twin.user_emb(user))) {
                assert!(
                    (candle - twin).abs() <= 1e-4 + 1e-4 * twin.abs(),
                    "{head:?}, user {user}: {candle}, not {twin}"
                );
            }
        }
        // A user without the own embedding is a visitor with the same likes, and nobody is no likes at all.
        let rows: Vec<Vec<(u32, f32)>> =
            (0..40).map(|user| data.0.hyperedges_of(user).iter().map(|&item| (item, 1.0)).collect()).collect();
        let (folded, visitors) =
            (student.prepare(true).unwrap().logits(0..40).unwrap(), student.visitor_logits(&rows).unwrap());
        assert!(folded.iter().zip(&visitors).all(|(a, b)| (a - b).abs() <= 1e-4 + 1e-4 * b.abs()), "{head:?}");
        assert!(student.visitor_logits(&[vec![]]).unwrap().iter().all(|logit| logit.is_finite()));
    }
}

/// Learns from an oracle's labels alone; NDCG@10 on validation before and after.
fn taught(change: impl Fn(&mut Settings)) -> (f64, f64) {
    let data = camps();
    let oracle: Vec<f32> = (0..40)
        .flat_map(|user| (0..21).map(move |item| if item < 20 && user % 2 == item % 2 { 1.5 } else { -1.5 }))
        .collect();
    let mut settings = Settings::default();
    settings.distil.logit_scale = 1.0;
    (settings.distil.temperature_max, settings.distil.annealing_epochs) = (2.0, 10);
    settings.distilled.fit.learning_rate = 0.02;
    (settings.distilled.fit.epochs, settings.distilled.fit.min_epochs) = (60, 0);
    (settings.student.emb_dim, settings.student.hidden_dim) = (12, 10);
    settings.distilled.head_init_std = 1.0;
    change(&mut settings);
    let oracle = Box::new(DenseLogits { logits: oracle, n_items: 21 });
    let distillation = Some(Distillation::new(settings.distil, oracle, None, &data.0).unwrap());
    let training = settings.distilled.clone();
    let of = (data.0.clone(), &data.1);
    let mut student =
        CandleStudent::new(("student", "distilled"), &settings.student, training, 3, of, distillation).unwrap();
    let ndcg = |student: &CandleStudent<'_>| {
        let on = HeldOut { held_out: &data.1, seen: &[&data.0] };
        evaluate(&student.prepare(true).unwrap(), on).unwrap().at_10.ndcg
    };
    let before = ndcg(&student);
    fit(&mut student, &settings.distilled.fit, &mut Checkpointer::none(), &ProgressBar::hidden()).unwrap();
    (before, ndcg(&student))
}

#[test]
fn soft_labels_alone_teach_the_camps() {
    let (before, after) = taught(|_| ());
    assert!(before < 0.9 && after > 0.98, "{before} before, {after} after");
}

/// Six of 21 items a step, and batches: what is learned is the same.
#[test]
fn a_sample_of_the_items_teaches_them_too() {
    for (hard, max_kept_logits) in [(false, 0), (false, 1 << 10), (true, 0)] {
        let (before, after) = taught(|settings| {
            settings.distil.max_kept_logits = max_kept_logits;
            settings.distilled.n_sampled_items = 6;
            settings.distilled.fit.batch_size = 16;
            if hard {
                settings.distil.lambda1 = 0.0;
                settings.distilled.hard_loss_weight = 1.0;
                settings.distilled.leave_one_out = true;
            }
        });
        assert!(before < 0.9 && after > 0.95, "{before} before, {after} after, hard labels: {hard}");
    }
}
