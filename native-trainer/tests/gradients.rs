//! Every operation that we add to candle: its values by hand, its gradient by finite differences.

use std::sync::Arc;

use candle_core::{Device, Result, Tensor, Var};
use native_trainer::baselines::edge_softmax::{Gather, edge_softmax_matmul};
use native_trainer::head::relu_score;
use native_trainer::losses::{
    PositionalFeatures, SoftLabels, bpr, hard_loss, info_nce, info_nce_of, mse, soft_loss, temperature_at,
};
use native_trainer::rng;
use native_trainer::sparse::{Pattern, SparseMatrix};
use sharp_distill::hypergraph::Incidence;

fn random(name: &str, shape: (usize, usize)) -> Var {
    let values = rng::normals(&mut rng::stream(7, name), shape.0 * shape.1, 1.0);
    Var::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Compares the gradient of a scalar with central differences, number by number.
fn check_gradient(of: &Var, scalar: &dyn Fn() -> Result<Tensor>) {
    let gradient = flat(scalar().unwrap().backward().unwrap().get(of).unwrap());
    let (start, step) = (flat(of), 1e-2f32);
    let at = |values: Vec<f32>| {
        of.set(&Tensor::from_vec(values, of.shape(), &Device::Cpu).unwrap()).unwrap();
        scalar().unwrap().to_scalar::<f32>().unwrap()
    };
    for (place, gradient) in gradient.iter().enumerate() {
        let moved = |by: f32| {
            let mut values = start.clone();
            values[place] += by;
            at(values)
        };
        let expected = (moved(step) - moved(-step)) / (2.0 * step);
        assert!((gradient - expected).abs() <= 2e-3 + 2e-2 * expected.abs(), "at {place}: {gradient}, not {expected}");
    }
    at(start);
}

/// `[[2, 0, 3], [0, 0, 0]]`: the second row is empty.
fn sparse() -> SparseMatrix {
    SparseMatrix::new(Arc::new(Pattern::new(3, vec![0, 2, 2], vec![0, 2])), vec![2.0, 3.0])
}

#[test]
fn sparse_products_by_hand() {
    let xs = Tensor::new(&[[1f32, 10.0], [2.0, 20.0], [3.0, 30.0]], &Device::Cpu).unwrap();
    assert_eq!(flat(&sparse().matmul(&xs).unwrap()), [11.0, 110.0, 0.0, 0.0]);
    let ys = Tensor::new(&[[1f32], [5.0]], &Device::Cpu).unwrap();
    assert_eq!(flat(&sparse().t().matmul(&ys).unwrap()), [2.0, 0.0, 3.0]);
    let scale = Tensor::new(&[10f32, 20.0, 30.0], &Device::Cpu).unwrap();
    assert_eq!(flat(&sparse().scale_columns(&scale).unwrap()), [20.0, 0.0, 90.0, 0.0, 0.0, 0.0]);
    assert!(sparse().matmul(&ys).is_err(), "2 rows where 3 are needed");
}

#[test]
fn sparse_products_have_their_gradients() {
    let xs = random("xs", (3, 2));
    let weights = random("weights", (2, 2));
    check_gradient(&xs, &|| (sparse().matmul(&xs)? * weights.as_tensor())?.sum_all());
    let ys = random("ys", (2, 2));
    let weights = random("weights", (3, 2));
    check_gradient(&ys, &|| (sparse().t().matmul(&ys)? * weights.as_tensor())?.sum_all());
    let scale = random("scale", (3, 1));
    let weights = random("weights", (2, 3));
    check_gradient(&scale, &|| (sparse().scale_columns(&scale.flatten_all()?)? * weights.as_tensor())?.sum_all());
}

/// One user, two items, two hidden units: a = (1, -1), C = ((1, 0), (-3, 2)), w2 = (2, 10).
/// Item 0: 2 relu(2) + 10 relu(-1) = 4. Item 1: 2 relu(-2) + 10 relu(1) = 10.
#[test]
fn the_light_head_by_hand() {
    let a = Tensor::new(&[[1f32, -1.0]], &Device::Cpu).unwrap();
    let c = Tensor::new(&[[1f32, 0.0], [-3.0, 2.0]], &Device::Cpu).unwrap();
    let w2 = Tensor::new(&[[2f32], [10.0]], &Device::Cpu).unwrap();
    assert_eq!(flat(&relu_score(&a, &c, &w2).unwrap()), [4.0, 10.0]);
}

/// 11 hidden units: a block of eight lanes and a tail. Steps that cross a kink of relu are avoided by a coarse grid of
/// inputs: sums are odd multiples of 0.1, steps are 0.01.
#[test]
fn the_light_head_has_its_gradients() {
    let grid = |name: &str, shape: (usize, usize), offset: f32| {
        let values = rng::normals(&mut rng::stream(3, name), shape.0 * shape.1, 1.0);
        let values = values.iter().map(|value| (value * 5.0).round() * 0.2 + offset).collect();
        Var::from_vec(values, shape, &Device::Cpu).unwrap()
    };
    let (a, c, w2) = (grid("a", (3, 11), 0.1), grid("c", (4, 11), 0.0), random("w2", (11, 1)));
    let weights = random("weights", (3, 4));
    for of in [&a, &c, &w2] {
        check_gradient(of, &|| (relu_score(&a, &c, &w2)? * weights.as_tensor())?.sum_all());
    }
}

/// Two users, three items; user 0 has item 2, user 1 has none and adds nothing.
/// softmax(0, 0, ln 2) = (1/4, 1/4, 1/2), so the loss is ln 2 / 2 = 0.346574.
#[test]
fn the_hard_loss_by_hand() {
    let seen = Arc::new(Incidence::from_memberships(2, 3, [(0, 2)]).unwrap());
    let logits = Tensor::new(&[[0f32, 0.0, 2f32.ln()], [5.0, 6.0, 7.0]], &Device::Cpu).unwrap();
    let loss = hard_loss(&logits, &seen, &[0, 1]).unwrap().to_scalar::<f32>().unwrap();
    assert!((loss - 0.346_573_6).abs() < 1e-6, "{loss}");
}

/// Teacher (2 ln 3, 0) at T = 2 is softmax(ln 3, 0) = (3/4, 1/4); the student is uniform. KL = 3/4 ln(3/2) + 1/4 ln(1/2)
/// = 0.130812; times T^2 = 4: 0.523248. A student equal to its teacher costs nothing.
#[test]
fn the_soft_loss_by_hand() {
    let teacher = [2.0 * 3f32.ln(), 0.0];
    let labels = Arc::new(SoftLabels::new(&teacher, 2, 2.0).unwrap());
    let loss = |student: [f32; 2]| {
        let student = Tensor::new(&[student], &Device::Cpu).unwrap();
        soft_loss(&student, &labels).unwrap().to_scalar::<f32>().unwrap()
    };
    assert!((loss([1.0, 1.0]) - 0.523_248).abs() < 1e-5, "{}", loss([1.0, 1.0]));
    assert!(loss(teacher).abs() < 1e-6);
    assert!(loss([300.0, -300.0]).is_finite(), "log-sum-exp does not overflow");
    assert!(SoftLabels::new(&teacher, 2, 0.0).is_err());
    assert!(SoftLabels::new(&teacher, 2, f32::NAN).is_err());
}

#[test]
fn the_losses_have_their_gradients() {
    let logits = random("logits", (3, 5));
    let seen = Arc::new(Incidence::from_memberships(3, 5, [(0, 1), (0, 4), (2, 0)]).unwrap());
    check_gradient(&logits, &|| hard_loss(&logits, &seen, &[2, 0, 1]));
    let labels = Arc::new(SoftLabels::new(&flat(&random("teacher", (3, 5))), 5, 2.5).unwrap());
    check_gradient(&logits, &|| soft_loss(&logits, &labels));
}

#[test]
fn nan_is_not_hidden_by_a_loss() {
    let logits = Tensor::new(&[[f32::NAN, 0.0]], &Device::Cpu).unwrap();
    let seen = Arc::new(Incidence::from_memberships(1, 2, [(0, 1)]).unwrap());
    assert!(hard_loss(&logits, &seen, &[0]).unwrap().to_scalar::<f32>().unwrap().is_nan());
}

/// T_max = 10, T_min = 1, E = 200 (eq. 12): 10 at the start, 5.5 half way, 1 from epoch 200 on.
#[test]
fn the_temperature_falls_as_in_equation_12() {
    let found = [0, 100, 200, 500].map(|epoch| temperature_at(epoch, 10.0, 1.0, 200));
    assert_eq!(found, [10.0, 5.5, 1.0, 1.0]);
}

/// Differences 0 and ln 3: -ln(1/2) = 0.693147 and -ln(3/4) = 0.287682; their mean is 0.490415. A difference of -200
/// costs 200, one of 200 nothing: no power overflows.
#[test]
fn bpr_by_hand() {
    let of = |positive: &[f32], negative: &[f32]| {
        let tensor = |values: &[f32]| Tensor::new(values, &Device::Cpu).unwrap();
        bpr(&tensor(positive), &tensor(negative)).unwrap().to_scalar::<f32>().unwrap()
    };
    assert!((of(&[1.0, 3f32.ln()], &[1.0, 0.0]) - 0.490_415).abs() < 1e-6);
    assert_eq!(of(&[-100.0, 100.0], &[100.0, -100.0]), 100.0);
    assert!(of(&[f32::NAN], &[0.0]).is_nan());
}

/// (1 - 1)^2, (0.5 - 0)^2, (-1 - 1)^2: mean of 0, 0.25 and 4 is 1.416667.
#[test]
fn mse_by_hand() {
    let logits = Tensor::new(&[1f32, 0.5, -1.0], &Device::Cpu).unwrap();
    let labels = Tensor::new(&[1f32, 0.0, 1.0], &Device::Cpu).unwrap();
    assert!((mse(&logits, &labels).unwrap().to_scalar::<f32>().unwrap() - 1.416_667).abs() < 1e-6);
}

/// Queries (1, 0), (0, 2) and positives (3, 0), (1, 1): cosines ((1, s), (0, s)) with s = 1/sqrt 2 = 0.707107.
/// tau = 0.5: row 0 is ln(e^2 + e^1.414214) - 2 = ln(7.389056 + 4.113250) - 2 = 0.442546,
/// row 1 is ln(e^0 + e^1.414214) - 1.414214 = ln 5.113250 - 1.414214 = 0.217622; the mean is 0.330084.
/// If both rows are the same node, neither is the other's negative, and nothing is left to lose.
#[test]
fn info_nce_by_hand() {
    let query = Tensor::new(&[[1f32, 0.0], [0.0, 2.0]], &Device::Cpu).unwrap();
    let positive = Tensor::new(&[[3f32, 0.0], [1.0, 1.0]], &Device::Cpu).unwrap();
    let loss = |ids: &[u32]| info_nce(&query, &positive, ids, 0.5).unwrap().to_scalar::<f32>().unwrap();
    assert!((loss(&[4, 7]) - 0.330_084).abs() < 1e-5, "{}", loss(&[4, 7]));
    assert!(loss(&[4, 4]).abs() < 1e-6);
    assert!(info_nce(&query, &positive, &[1], 0.5).is_err());
}

#[test]
fn the_sampled_losses_have_their_gradients() {
    let (a, b) = (random("a", (4, 1)), random("b", (4, 1)));
    check_gradient(&a, &|| bpr(&a, &b));
    check_gradient(&b, &|| bpr(&a, &b));
    let labels = Tensor::new(&[[1f32], [0.0], [0.0], [1.0]], &Device::Cpu).unwrap();
    check_gradient(&a, &|| mse(&a, &labels));
    let (query, positive) = (random("query", (4, 3)), random("positive", (4, 3)));
    for of in [&query, &positive] {
        check_gradient(of, &|| info_nce(&query, &positive, &[0, 1, 2, 1], 0.5));
    }
    let similarities = random("similarities", (3, 3));
    check_gradient(&similarities, &|| info_nce_of(&similarities, &[5, 6, 7], 0.3));
}

/// Nodes a, b share hyperedge 0, node c is alone in hyperedge 1. M = D_v^-1/2 H D_e^-1 H^T D_v^-1/2 is
/// ((1/2, 1/2, 0), (1/2, 1/2, 0), (0, 0, 1)), and M^2 = M. With K = 2, beta = 0.5: P = (0.5 + 0.25) M.
#[test]
fn positional_features_by_hand() {
    let incidence = Incidence::from_memberships(3, 2, [(0, 0), (1, 0), (2, 1)]).unwrap();
    let features = PositionalFeatures::new(&incidence, 2, 0.5);
    let found = flat(&features.of(&[2, 0]).unwrap());
    for (found, expected) in found.iter().zip([0.0, 0.0, 0.75, 0.375, 0.375, 0.0]) {
        assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
    }
    let cosines = flat(&features.similarities(&[0, 1, 2]).unwrap());
    for (found, expected) in cosines.iter().zip([1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0]) {
        assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
    }
    assert!(features.of(&[3]).is_err());
}

/// `max(NaN, 0)` is 0 for IEEE and for candle; a head that did the same would hide a broken training.
#[test]
fn nan_is_not_hidden_by_the_light_head() {
    let tensor = |values: &[[f32; 1]; 1]| Tensor::new(values, &Device::Cpu).unwrap();
    let logits = relu_score(&tensor(&[[f32::NAN]]), &tensor(&[[1.0]]), &tensor(&[[1.0]])).unwrap();
    assert!(flat(&logits)[0].is_nan());
}

/// Nodes 0 and 1, hyperedges 0 and 1; node 0 is in both, node 1 in hyperedge 1, node 2 in none.
fn attended() -> Arc<Incidence> {
    Arc::new(Incidence::from_memberships(3, 2, [(0, 0), (0, 1), (1, 1)]).unwrap())
}

/// Node 0: sums of scores are ln 3 + 0 and ln 3 - 1 - ln 3 = -1, LeakyReLU with slope ln 3 makes the second -ln 3:
/// weights 3 : 1/3, so 9/10 and 1/10 of the rows (10, 0) and (0, 20). Node 1 has one hyperedge and takes it whole.
/// The other way: hyperedge 1 has scores -ln 3 of node 0 and (with node score 1 + 2 ln 3) ln 3 of node 1.
#[test]
fn attention_by_hand() {
    let ln3 = 3f32.ln();
    let column = |values: &[f32]| Tensor::from_slice(values, (values.len(), 1), &Device::Cpu).unwrap();
    let (nodes, hyperedges) = (column(&[ln3, 1.0 + 2.0 * ln3, 5.0]), column(&[0.0, -1.0 - ln3]));
    let xs = Tensor::new(&[[10f32, 0.0], [0.0, 20.0]], &Device::Cpu).unwrap();
    let close = |found: Tensor, expected: &[f32]| {
        let found = flat(&found);
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?}, not {expected:?}");
    };
    let of = |gather, scores, xs: &Tensor| edge_softmax_matmul(&attended(), gather, ln3, scores, xs);
    let to_nodes = of(Gather::HyperedgesOfNodes, (&nodes, &hyperedges), &xs).unwrap();
    close(to_nodes, &[9.0, 2.0, 0.0, 20.0, 0.0, 0.0]);
    let to_hyperedges = of(Gather::MembersOfHyperedges, (&hyperedges, &nodes), &column(&[1.0, 11.0, 7.0])).unwrap();
    close(to_hyperedges, &[1.0, 10.0]);
    assert!(of(Gather::MembersOfHyperedges, (&hyperedges, &nodes), &xs).is_err(), "2 rows where 3 are needed");
}

/// 11 dimensions: a block of eight lanes and a tail.
#[test]
fn attention_has_its_gradients() {
    let (nodes, hyperedges) = (random("nodes", (3, 1)), random("hyperedges", (2, 1)));
    let (of_nodes, of_hyperedges) = (random("of nodes", (3, 11)), random("of hyperedges", (2, 11)));
    let weigh = |xs: Result<Tensor>, weights: &Var| (xs? * weights.as_tensor())?.sum_all();
    for of in [&nodes, &hyperedges, &of_hyperedges] {
        let (gather, scores) = (Gather::HyperedgesOfNodes, (nodes.as_tensor(), hyperedges.as_tensor()));
        check_gradient(of, &|| weigh(edge_softmax_matmul(&attended(), gather, 0.2, scores, &of_hyperedges), &of_nodes));
    }
    for of in [&nodes, &hyperedges, &of_nodes] {
        let (gather, scores) = (Gather::MembersOfHyperedges, (hyperedges.as_tensor(), nodes.as_tensor()));
        check_gradient(of, &|| weigh(edge_softmax_matmul(&attended(), gather, 0.2, scores, &of_nodes), &of_hyperedges));
    }
}
