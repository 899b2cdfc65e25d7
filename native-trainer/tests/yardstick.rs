//! Split, masking, metrics and the closed form, all at once: figures computed independently (issue 2) on the same
//! fixed split: train on train only, mask train and validation, 663 test users.

use native_trainer::baselines::itemknn::{ItemKnn, ItemKnnSettings};
use native_trainer::baselines::{ease::ease, popularity::Popularity};
use native_trainer::data::{self, DataChoice, Dataset};
use native_trainer::evaluation::{DenseLogits, Evaluation, HeldOut, Scorer, evaluate};

fn on_test(data: &Dataset, model: &dyn Scorer) -> Evaluation {
    evaluate(model, HeldOut { held_out: &data.test, seen: &[&data.train, &data.valid] }).unwrap()
}

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found}, not {expected}");
}

#[test]
fn the_embedded_data_are_the_fixed_split() {
    let data = data::load(&DataChoice::default()).unwrap();
    assert_eq!((data.n_users(), data.n_items()), (663, 2398));
    let sizes = [&data.train, &data.valid, &data.test].map(|part| part.n_memberships());
    assert_eq!(sizes, [43260, 5418, 5418]);
    assert_eq!(
        (data.item_ids[0].as_str(), data.items[0].title.as_str(), data.items[0].year),
        ("1", "Toy Story", Some(1995))
    );
}

#[test]
fn popularity_meets_the_yardstick() {
    let data = data::load(&DataChoice::default()).unwrap();
    let found = on_test(&data, &Popularity::new(&data.train));
    close(found.at_10.ndcg, 0.0927, 5e-5);
    close(found.at_10.recall, 0.0826, 5e-5);
    close(found.at_10.hit, 0.3529, 5e-5);
}

/// Which side's neighbours are kept decides: the neighbours of the liked items would give 0.1410.
#[test]
fn itemknn_meets_the_yardstick() {
    let data = data::load(&DataChoice::default()).unwrap();
    let settings = ItemKnnSettings { n_neighbours: 50, shrinkage: 10.0 };
    let model = ItemKnn::new(&settings, std::sync::Arc::new(data.train.clone()));
    let found = on_test(&data, &model);
    close(found.at_10.ndcg, 0.1691, 1e-4);
    close(found.at_10.recall, 0.1651, 1e-4);
    close(found.at_10.hit, 0.5535, 1e-4);
}

#[test]
fn ease_meets_the_yardstick() {
    let data = data::load(&DataChoice::default()).unwrap();
    let found = on_test(&data, &DenseLogits { logits: ease(&data.train, 100.0).unwrap(), n_items: data.n_items() });
    close(found.at_10.ndcg, 0.195262, 1e-6);
    close(found.at_10.recall, 0.1959, 5e-5);
    close(found.at_10.precision, 0.1207, 5e-5);
    close(found.at_10.hit, 0.6094, 5e-5);
    close(found.at_20.ndcg, 0.2098, 5e-5);
    close(found.at_20.recall, 0.273510, 1e-6);
}

/// Both sides of the push-through identity: more users than items, and fewer.
#[test]
fn ease_is_the_same_from_either_gram_matrix() {
    // The textbook form, by hand for two items: H = [[1,1],[1,0],[0,1]], lambda 1: G = [[3,1],[1,3]], P = G^-1 =
    // [[3,-1],[-1,3]]/8, B = [[0, 1/3], [1/3, 0]], H B = [[1/3,1/3],[0,1/3],[1/3,0]].
    let tall = sharp_distill::hypergraph::Incidence::from_memberships(3, 2, [(0, 0), (0, 1), (1, 0), (2, 1)]).unwrap();
    let third = 1.0 / 3.0;
    for (found, expected) in ease(&tall, 1.0).unwrap().iter().zip([third, third, 0.0, third, third, 0.0]) {
        assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
    }
    // Padded with empty items it becomes wide, and nothing else may change.
    let wide = sharp_distill::hypergraph::Incidence::from_memberships(3, 5, [(0, 0), (0, 1), (1, 0), (2, 1)]).unwrap();
    let wide = ease(&wide, 1.0).unwrap();
    for (user, expected) in [[third, third], [0.0, third], [third, 0.0]].iter().enumerate() {
        for item in 0..2 {
            assert!((wide[user * 5 + item] - expected[item]).abs() < 1e-6);
        }
    }
}

#[test]
fn a_ridge_that_has_no_solution_is_refused() {
    let data = sharp_distill::hypergraph::Incidence::from_memberships(2, 2, [(0, 0)]).unwrap();
    for lambda in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(ease(&data, lambda).unwrap_err().to_string().contains("ease.lambda"));
    }
}
