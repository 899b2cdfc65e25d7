//! What a GPU computes with, run on the CPU beside what the CPU computes with: values and gradients of every operation,
//! and whole small trainings. Tolerances are of sums in 32 bits: the two ways add the same numbers in other orders.

use std::sync::Arc;

use crate::common::camps;
use crate::common::paths::{FULL, flat, learned_models, losses_of, random, teachers, text};
use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Tensor, Var};
use native_trainer::baselines::edge_softmax::{Gather, edge_softmax_matmul};
use native_trainer::checkpoint::Checkpointer;
use native_trainer::evaluation::Scorer;
use native_trainer::fit::{FitError, fit};
use native_trainer::head::relu_score;
use native_trainer::logits::{standardize_rows, standardized};
use native_trainer::losses::{PositionalFeatures, SoftLabels, hard_loss, info_nce, soft_loss};
use native_trainer::paths::{composed, is_composed};
use native_trainer::rng;
use native_trainer::sparse::{Pattern, SparseMatrix};
use native_trainer::teacher::{PreparedTeacher, Teacher};
use sharp_distill::hypergraph::Incidence;

/// Of one operation, of what is as large as the largest number.
const TOLERANCE: f32 = 2e-6;

fn close(what: &str, found: &Tensor, expected: &Tensor) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let (found, expected) = (flat(found), flat(expected));
    let scale = expected.iter().fold(1e-3f32, |scale, x| scale.max(x.abs()));
    for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert!((found - expected).abs() <= TOLERANCE * scale, "{what} at {at}: {found}, not {expected} (of {scale})");
    }
}

/// The value and the gradients of `sum(weights * value)`, both ways.
fn check(what: &str, of: &[&Var], op: &dyn Fn() -> Result<Tensor>) {
    let both = || -> (Tensor, GradStore) {
        let value = op().unwrap();
        let weights = random("weights", (1, value.elem_count())).reshape(value.shape()).unwrap();
        let gradients = (&value * weights).unwrap().sum_all().unwrap().backward().unwrap();
        (value, gradients)
    };
    let ((expected, expected_gradients), (found, gradients)) = (both(), composed(both));
    close(what, &found, &expected);
    for (at, var) in of.iter().enumerate() {
        let gradient = gradients.get(var).unwrap_or_else(|| panic!("{what}: no gradient {at}"));
        close(&format!("{what}, gradient {at}"), gradient, expected_gradients.get(var).unwrap());
    }
}

/// Users 0 to 8 over items 0 to 6; user 4 and item 5 have nobody.
fn likes() -> Arc<Incidence> {
    let pairs = (0..9u32).flat_map(|user| (0..7u32).map(move |item| (user, item)));
    let kept = pairs.filter(|&(user, item)| user != 4 && item != 5 && (user * 5 + item * 3) % 4 != 1);
    Arc::new(Incidence::from_memberships(9, 7, kept).unwrap())
}

#[test]
fn the_light_head() {
    for (n_users, n_items, hidden_dim) in [(1, 1, 1), (9, 7, 11), (20, 33, 8)] {
        let (a, c) = (random("a", (n_users, hidden_dim)), random("c", (n_items, hidden_dim)));
        let w2 = random("w2", (hidden_dim, 1));
        check("relu-score", &[&a, &c, &w2], &|| relu_score(&a, &c, &w2));
    }
    let tensor = |value: f32| Tensor::new(&[[value]], &Device::Cpu).unwrap();
    let of_nan = composed(|| relu_score(&tensor(f32::NAN), &tensor(1.0), &tensor(1.0)).unwrap());
    assert!(flat(&of_nan)[0].is_nan(), "a training that has broken down must not hide");
}

#[test]
fn the_losses_over_all_items() {
    let (seen, users) = (likes(), [8u32, 4, 0, 3]);
    let logits = random("logits", (4, 7));
    check("hard loss", &[&logits], &|| hard_loss(&logits, &seen, &users));
    let teacher = random("teacher", (4, 7));
    for temperature in [0.5, 1.0, 6.0] {
        check("soft loss", &[&logits], &|| {
            let labels = match is_composed() {
                true => SoftLabels::of_tensor(&teacher, temperature)?,
                false => SoftLabels::new(&flat(&teacher), 7, temperature)?,
            };
            soft_loss(&logits, &labels.of_users(&[3, 1, 1, 0])?.into())
        });
    }
    // No power overflows, and what is no number stays none.
    composed(|| {
        let of = |row: [f32; 2]| {
            let seen = Arc::new(Incidence::from_memberships(1, 2, [(0, 1)]).unwrap());
            hard_loss(&Tensor::new(&[row], &Device::Cpu).unwrap(), &seen, &[0]).unwrap().to_scalar::<f32>().unwrap()
        };
        assert_eq!(of([300.0, -300.0]), 600.0);
        assert!(of([f32::NAN, 0.0]).is_nan());
        assert!(hard_loss(&logits, &seen, &[0, 1]).is_err(), "4 rows of 2 users");
        assert!(hard_loss(&logits, &seen, &[0, 1, 2, 9]).is_err(), "there is no user 9");
        assert!(SoftLabels::of_tensor(&teacher, 0.0).is_err());
    });
}

#[test]
fn attention() {
    let incidence = likes();
    let (nodes, hyperedges) = (random("nodes", (9, 1)), random("hyperedges", (7, 1)));
    let (of_nodes, of_hyperedges) = (random("of nodes", (9, 5)), random("of hyperedges", (7, 5)));
    check("hyperedges of nodes", &[&nodes, &hyperedges, &of_hyperedges], &|| {
        edge_softmax_matmul(&incidence, Gather::HyperedgesOfNodes, 0.2, (&nodes, &hyperedges), &of_hyperedges)
    });
    check("members of hyperedges", &[&nodes, &hyperedges, &of_nodes], &|| {
        edge_softmax_matmul(&incidence, Gather::MembersOfHyperedges, 0.2, (&hyperedges, &nodes), &of_nodes)
    });
    // Scores far apart: what is small beside the row's largest must not become nothing over nothing.
    let far = |at: usize| if at == 0 { 400.0 } else { -400.0 * at as f32 };
    let scores = Var::from_vec((0..7).map(far).collect::<Vec<f32>>(), (7, 1), &Device::Cpu).unwrap();
    check("scores far apart", &[&of_hyperedges], &|| {
        edge_softmax_matmul(&incidence, Gather::HyperedgesOfNodes, 0.2, (&nodes, &scores), &of_hyperedges)
    });
}

#[test]
fn contrasts() {
    let (query, positive) = (random("query", (6, 4)), random("positive", (6, 4)));
    check("info-nce", &[&query, &positive], &|| info_nce(&query, &positive, &[3, 1, 3, 0, 5, 1], 0.2));
    let features = || PositionalFeatures::new(&likes(), 3, 0.5);
    let node_idx = [6u32, 0, 4];
    close("positional features", &composed(|| features().of(&node_idx).unwrap()), &features().of(&node_idx).unwrap());
    assert!(composed(|| features().of(&[9])).is_err(), "there is no node 9");
}

#[test]
fn sparse_products() {
    let square = SparseMatrix::bipartite(&likes());
    let xs = random("xs", (16, 5));
    for rows in [None, Some(&[15u32, 2, 7][..])] {
        for coefficients in [&[0.5f32][..], &[0.25, 0.0, 0.5, 0.25]] {
            check("polynomial", &[&xs], &|| square.polynomial(&xs, coefficients, rows));
        }
    }
    let scale = random("scale", (7, 1));
    let values = rng::normals(&mut rng::stream(7, "values"), likes().n_memberships(), 1.0);
    let matrix = SparseMatrix::new(Arc::new(Pattern::of_incidence(&likes())), values);
    check("scale-columns", &[&scale], &|| matrix.scale_columns(&scale.flatten_all()?));
}

#[test]
fn rows_are_standardised_alike() {
    let logits = (random("logits", (5, 40)).as_tensor() * 3.0).unwrap();
    let mut expected = flat(&logits);
    standardize_rows(&mut expected, 40);
    close("standardized", &standardized(&logits).unwrap(), &Tensor::from_vec(expected, (5, 40), &Device::Cpu).unwrap());
    let same = standardized(&Tensor::full(0.3f32, (2, 3), &Device::Cpu).unwrap()).unwrap();
    assert_eq!(flat(&same), [0.0; 6], "equal numbers have no spread to divide by");
}

/// A teacher's logits for a student on its device are those it is evaluated with.
#[test]
fn teachers_answer_students_where_they_live() {
    let data = camps();
    let users = [7u32, 0, 39];
    for (name, settings, reads) in teachers() {
        composed(|| {
            let text = reads.then(text);
            let teacher = Teacher::new(settings.clone(), 5, data.0.clone(), &data.1, text.as_ref()).unwrap();
            let prepared = PreparedTeacher::new(&teacher).unwrap();
            let all = prepared.logits(0..40).unwrap();
            let expected: Vec<f32> = users.iter().flat_map(|&user| all[user as usize * 21..][..21].to_vec()).collect();
            let found = flat(&prepared.logits_of(&users).unwrap().expect("nothing is fused"));
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() <= 2e-5 + 2e-5 * expected.abs(), "{name}: {found}, not {expected}");
            }
        });
        let teacher = Teacher::new(settings, 5, data.0.clone(), &data.1, reads.then(text).as_ref()).unwrap();
        assert!(PreparedTeacher::new(&teacher).unwrap().logits_of(&users).unwrap().is_none(), "{name}: fused");
    }
}

/// Every learned model: the losses of its first epochs. Later ones differ as two runs with another rounding do.
#[test]
fn whole_trainings_have_the_losses_of_the_cpu() {
    let data = camps();
    for (name, make) in learned_models() {
        let mut fused = make(&data, &Device::Cpu);
        let expected = losses_of(&mut *fused, 3);
        let found = composed(|| losses_of(&mut *make(&data, &Device::Cpu), 3));
        assert_eq!(expected.len(), found.len(), "{name}");
        assert!(!expected.is_empty(), "{name}");
        for ((term, expected), (other, found)) in expected.iter().zip(&found) {
            assert_eq!(term, other, "{name}");
            let diff = (expected - found).abs();
            assert!(diff <= FULL + FULL * expected.abs(), "{name}, {term}: {found}, not {expected}");
        }
    }
}

/// Numbers are read once an epoch there, and what broke down is still told with its term.
#[test]
fn a_training_that_breaks_down_is_told_at_the_end_of_the_epoch() {
    let data = camps();
    let (name, make) = learned_models().swap_remove(0);
    let message = composed(|| {
        let mut model = make(&data, &Device::Cpu);
        let var = model.params().vars().remove(0);
        var.set(&(var.as_tensor() * f64::NAN).unwrap()).unwrap();
        let settings = native_trainer::settings::Settings::default().bpr_mf.common.fit;
        let bar = indicatif::ProgressBar::hidden();
        match fit(&mut *model, &settings, &mut Checkpointer::none(), &bar) {
            Err(FitError::NotFinite { epoch, term, .. }) => format!("{epoch} {term}"),
            other => panic!("{name}: {other:?}"),
        }
    });
    assert_eq!(message, "1 bpr");
}
