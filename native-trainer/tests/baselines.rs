//! The baselines: what can be worked by hand, that each learns, and that nothing but the seed decides what.

use std::sync::Arc;

use candle_core::{Device, Tensor};
use indicatif::ProgressBar;
use native_trainer::baselines::collaborative::{Embeddings, Encoder, Task, Trained};
use native_trainer::baselines::itemknn::{ItemKnn, ItemKnnSettings};
use native_trainer::baselines::learned;
use native_trainer::baselines::lightgcn::LightGcn;
use native_trainer::checkpoint::Checkpointer;
use native_trainer::evaluation::{HeldOut, Scorer, evaluate};
use native_trainer::fit::{Fit, fit};
use native_trainer::models::Model;
use native_trainer::settings::Settings;
use sharp_distill::hypergraph::Incidence;

const LEARNED: [Model; 5] = [Model::BprMf, Model::LightGcn, Model::Hccf, Model::HgAtt, Model::Hgnn];

fn close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() < 1e-6, "at {at}: {found}, not {expected}");
    }
}

/// User 0 likes a, b, c; user 1 likes a, b; user 2 likes c, d. Degrees: a 2, b 2, c 2, d 1. With shrinkage 1:
/// sim(a, b) = 2 / (2 + 1) = 2/3, sim(a, c) = sim(b, c) = 1/3, sim(c, d) = 1 / (sqrt 2 + 1) = sqrt 2 - 1 = 0.414214.
fn knn(n_neighbours: usize) -> Vec<f32> {
    let likes = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 2), (2, 3)];
    let train = Arc::new(Incidence::from_memberships(3, 4, likes).unwrap());
    ItemKnn::new(&ItemKnnSettings { n_neighbours, shrinkage: 1.0 }, train).logits(0..3).unwrap()
}

#[test]
fn itemknn_by_hand() {
    let (two_thirds, third, cd) = (2.0 / 3.0, 1.0 / 3.0, std::f32::consts::SQRT_2 - 1.0);
    // All neighbours: the sums over what the user likes.
    let (a, c) = (two_thirds + third, third + third);
    close(&knn(10), &[a, a, c, cd, two_thirds, two_thirds, c, 0.0, third, third, cd, cd]);
    // One neighbour: a keeps b, b keeps a, c keeps d (0.414 > 1/3), d keeps c. It is the target's neighbours that count:
    // c gets nothing from a and b, though user 1 likes them.
    close(&knn(1), &[two_thirds, two_thirds, 0.0, cd, two_thirds, two_thirds, 0.0, 0.0, 0.0, 0.0, cd, cd]);
    // Two neighbours: a and b keep each other and c; c keeps d and, of a and b with equal similarity, the first.
    close(&knn(2), &[a, a, third, cd, two_thirds, two_thirds, third, 0.0, third, third, cd, cd]);
}

/// User 0 likes items 0 and 1, user 1 likes item 1. Degrees: users 2, 1; items 1, 2. A_00 = 1 / sqrt(2 * 1) = s with
/// s = 0.707107, A_01 = 1 / sqrt(2 * 2) = 1/2, A_11 = 1 / sqrt(1 * 2) = s. In one dimension with users (1, 2) and items
/// (4, 8): layer 1 is users (4 s + 4, 8 s), items (s, 1/2 + 2 s). Layer 2, users: s * s + (1/2 + 2 s) / 2 = 3/4 + s and
/// s (1/2 + 2 s) = s/2 + 1; items: s (4 s + 4) = 2 + 4 s and (4 s + 4) / 2 + s * 8 s = 6 + 2 s.
/// Means of layers 0..2: users (5.75 + 5 s) / 3, (3 + 8.5 s) / 3; items (6 + 5 s) / 3, (14.5 + 4 s) / 3.
#[test]
fn lightgcn_by_hand() {
    let s = std::f32::consts::FRAC_1_SQRT_2;
    let train = Incidence::from_memberships(2, 2, [(0, 0), (0, 1), (1, 1)]).unwrap();
    let tensor = |values: [f32; 2]| Tensor::from_slice(&values, (2, 1), &Device::Cpu).unwrap();
    let ego = Embeddings { users: tensor([1.0, 2.0]), items: tensor([4.0, 8.0]) };
    let Embeddings { users, items } = LightGcn::new(&train, 2).forward(&ego).unwrap();
    let flat = |xs: Tensor| xs.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    close(&flat(users), &[(5.75 + 5.0 * s) / 3.0, (3.0 + 8.5 * s) / 3.0]);
    close(&flat(items), &[(6.0 + 5.0 * s) / 3.0, (14.5 + 4.0 * s) / 3.0]);
    let ego = LightGcn::new(&train, 0).forward(&ego).unwrap();
    close(&flat(ego.users), &[1.0, 2.0]);
}

/// Users 0..40 in two camps over items 0..20; nobody likes item 20.
fn camps() -> (Arc<Incidence>, Incidence) {
    let (mut train, mut valid) = (Vec::new(), Vec::new());
    for user in 0..40u32 {
        for item in (user % 2..20).step_by(2) {
            let part = if (user + item / 2) % 5 == 0 { &mut valid } else { &mut train };
            part.push((user, item));
        }
    }
    let incidence = |pairs: Vec<(u32, u32)>| Incidence::from_memberships(40, 21, pairs).unwrap();
    (Arc::new(incidence(train)), incidence(valid))
}

fn settings(n_epochs: usize) -> Settings {
    let mut settings = Settings::default();
    for section in LEARNED.map(Model::name) {
        for (key, value) in [("emb_dim", "16"), ("fit.learning_rate", "0.02"), ("fit.batch_size", "100")] {
            settings.set(&format!("{section}.{key}={value}")).unwrap();
        }
    }
    settings.cap_epochs(n_epochs);
    settings
}

fn train(model: Model, settings: &Settings, data: &(Arc<Incidence>, Incidence)) -> Trained {
    let task = Task { seed: 3, train: data.0.clone(), valid: &data.1, device: Device::Cpu };
    let mut trained = learned(model, settings, task).unwrap();
    let fit_settings = trained.fit_settings().clone();
    fit(&mut trained, &fit_settings, &mut Checkpointer::none(), &ProgressBar::hidden()).unwrap();
    trained.trained().unwrap()
}

#[test]
fn every_model_learns_the_camps_and_serves_what_it_validated() {
    let data = camps();
    let on = HeldOut { held_out: &data.1, seen: &[&data.0] };
    for model in LEARNED {
        let trained = train(model, &settings(40), &data);
        let ndcg = evaluate(&trained, on).unwrap().at_10.ndcg;
        assert!(ndcg > 0.95, "{model:?}: {ndcg}");
        let all = trained.logits(0..40).unwrap();
        assert_eq!(trained.full_forward(0..40).unwrap(), all, "{model:?}");
        // A matrix product of two rows adds up in another order than one of forty.
        let some = trained.logits(7..9).unwrap();
        assert!(
            some.iter().zip(&all[7 * 21..9 * 21]).all(|(a, b)| (a - b).abs() <= 1e-4 + 1e-4 * b.abs()),
            "{model:?}"
        );
    }
}

#[test]
fn one_seed_gives_the_same_bytes_with_one_thread_and_with_three() {
    let data = camps();
    for model in LEARNED {
        let with = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| train(model, &settings(3), &data).logits(0..40).unwrap())
        };
        assert_eq!(with(1), with(3), "{model:?}");
    }
    let all = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| ItemKnn::new(&ItemKnnSettings::default(), data.0.clone()).logits(0..40).unwrap())
    };
    assert_eq!(all(1), all(3));
}

#[test]
fn the_draws_of_a_step_follow_from_seed_epoch_and_step() {
    let (data, settings) = (camps(), settings(1));
    let task = || Task { seed: 3, train: data.0.clone(), valid: &data.1, device: Device::Cpu };
    for model in LEARNED {
        let losses = |of: &[(usize, usize)]| {
            let mut model = learned(model, &settings, task()).unwrap();
            let losses = of.iter().map(|&(epoch, step)| model.loss_terms(epoch, step).unwrap());
            let losses: Vec<Vec<f32>> =
                losses.map(|terms| terms.iter().map(|term| term.1.to_scalar().unwrap()).collect()).collect();
            losses.into_iter().next_back().unwrap()
        };
        assert_eq!(losses(&[(0, 0), (0, 1), (1, 0), (1, 1)]), losses(&[(1, 1)]), "{model:?}");
        assert_ne!(losses(&[(0, 1)]), losses(&[(1, 1)]), "{model:?}");
    }
}

#[test]
fn a_model_without_embeddings_is_refused() {
    let data = camps();
    let task = Task { seed: 3, train: data.0.clone(), valid: &data.1, device: Device::Cpu };
    assert!(learned(Model::Ease, &Settings::default(), task).unwrap_err().to_string().contains("ease"));
}
