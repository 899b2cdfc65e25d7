//! The sparse products: against dense ones, their gradients by finite differences, and the promise of the same bytes.

use std::sync::Arc;

use candle_core::{DType, Device, Result, Tensor, Var};
use native_trainer::rng;
use native_trainer::sparse::{Pattern, SparseMatrix};
use proptest::prelude::*;
use sharp_distill::hypergraph::Incidence;

fn random(name: &str, shape: (usize, usize)) -> Var {
    let values = rng::normals(&mut rng::stream(7, name), shape.0 * shape.1, 1.0);
    Var::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// A sparse matrix and the same one dense.
#[derive(Debug)]
struct Pair {
    sparse: SparseMatrix,
    dense: Tensor,
}

impl Pair {
    /// From the entries that a dense matrix would have.
    fn new(n_rows: usize, n_columns: usize, has: impl Fn(usize, usize) -> bool) -> Self {
        let (mut offsets, mut columns) = (vec![0], Vec::new());
        for row in 0..n_rows {
            columns.extend((0..n_columns).filter(|&column| has(row, column)).map(|column| column as u32));
            offsets.push(columns.len() as u32);
        }
        let values = rng::normals(&mut rng::stream(7, "entries"), columns.len(), 1.0);
        let pattern = Arc::new(Pattern::new(n_columns, offsets, columns));
        let mut dense = vec![0.0; n_rows * n_columns];
        for ((row, column), value) in pattern.places().zip(&values) {
            dense[row * n_columns + column] = *value;
        }
        let dense = Tensor::from_vec(dense, (n_rows, n_columns), &Device::Cpu).unwrap();
        Self { sparse: SparseMatrix::new(pattern, values), dense }
    }

    fn t(&self) -> Self {
        Self { sparse: self.sparse.t(), dense: self.dense.t().unwrap().contiguous().unwrap() }
    }

    /// `c_0 + c_1 A + ...`, dense and in 64 bits.
    fn dense_polynomial(&self, coefficients: &[f32]) -> Result<Tensor> {
        let dense = self.dense.to_dtype(DType::F64)?;
        let mut power = Tensor::eye(self.dense.dim(0)?, DType::F64, &Device::Cpu)?;
        let mut sum = power.zeros_like()?;
        for &coefficient in coefficients {
            sum = (sum + (&power * f64::from(coefficient))?)?;
            power = power.matmul(&dense)?;
        }
        Ok(sum)
    }
}

/// Compares with a dense reference in 64 bits, number by number; NaN fails.
fn check_close(what: &str, found: &Tensor, expected: &Tensor) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let expected: Vec<f64> = expected.flatten_all().unwrap().to_vec1().unwrap();
    for (at, (found, expected)) in flat(found).iter().zip(&expected).enumerate() {
        let diff = (f64::from(*found) - expected).abs();
        assert!(diff <= 1e-4 + 1e-4 * expected.abs(), "{what} at {at}: {found}, not {expected}");
    }
}

fn in_64_bits(tensor: &Tensor) -> Tensor {
    tensor.to_dtype(DType::F64).unwrap()
}

type Product<'a> = dyn Fn(&Tensor) -> Result<Tensor> + 'a;

/// A product of ours and the dense matrix that it stands for: values, and the gradient of `sum(weights * product)`.
fn check_product(what: &str, stands_for: &Tensor, xs: &Var, product: &Product<'_>) {
    let found = product(xs).unwrap();
    check_close(what, &found, &stands_for.matmul(&in_64_bits(xs)).unwrap());
    let weights = random("weights", found.dims2().unwrap());
    let gradients = (found * weights.as_tensor()).unwrap().sum_all().unwrap().backward().unwrap();
    let expected = stands_for.t().unwrap().matmul(&in_64_bits(&weights)).unwrap();
    check_close(&format!("gradient of {what}"), gradients.get(xs).unwrap(), &expected);
}

fn rows_of(dense: &Tensor, rows: &[u32]) -> Tensor {
    dense.index_select(&Tensor::new(rows, &Device::Cpu).unwrap(), 0).unwrap()
}

/// Every second row, the last first.
fn some_rows(n_rows: usize) -> Vec<u32> {
    (0..n_rows as u32).rev().step_by(2).collect()
}

fn check_all(pair: &Pair, dim: usize) {
    let (n_rows, n_columns) = pair.dense.dims2().unwrap();
    let dense = in_64_bits(&pair.dense);
    let xs = random("xs", (n_columns, dim));
    check_product("matmul", &dense, &xs, &|xs| pair.sparse.matmul(xs));
    let rows = some_rows(n_rows);
    check_product("matmul_rows", &rows_of(&dense, &rows), &xs, &|xs| pair.sparse.matmul_rows(xs, &rows));
    if n_rows == n_columns {
        for coefficients in [&[0.5][..], &[0.5, -0.25], &[0.25, 0.0, 0.125, 0.0625]] {
            let polynomial = pair.dense_polynomial(coefficients).unwrap();
            check_product("polynomial", &polynomial, &xs, &|xs| pair.sparse.polynomial(xs, coefficients, None));
            let some = rows_of(&polynomial, &rows);
            check_product("polynomial rows", &some, &xs, &|xs| pair.sparse.polynomial(xs, coefficients, Some(&rows)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Rows without entries, a column that holds every row, dimensions that fill blocks of 64, 16 and 4 and do not.
    #[test]
    fn products_and_gradients_are_those_of_dense_matrices(
        n_rows in 1usize..13,
        n_columns in 1usize..13,
        square in any::<bool>(),
        bits in proptest::collection::vec(0u8..4, 13 * 13),
        full_column in proptest::option::of(0usize..13),
        dim in prop_oneof![Just(1usize), Just(3), Just(16), Just(23), Just(64), Just(85), Just(128)],
    ) {
        let n_columns = if square { n_rows } else { n_columns };
        let pair = Pair::new(n_rows, n_columns, |row, column| {
            full_column == Some(column) || (row % 3 != 1 && bits[row * 13 + column] == 0)
        });
        check_all(&pair, dim);
        check_all(&pair.t(), dim);
    }
}

/// Central differences of a scalar, number by number: the products are linear, so these are exact but for rounding.
fn check_differences(what: &str, of: &Var, scalar: &dyn Fn() -> Result<Tensor>) {
    let gradient = flat(scalar().unwrap().backward().unwrap().get(of).unwrap());
    let start = flat(of);
    let at = |place: usize, by: f32| {
        let mut values = start.clone();
        values[place] += by;
        of.set(&Tensor::from_vec(values, of.shape(), &Device::Cpu).unwrap()).unwrap();
        scalar().unwrap().to_scalar::<f32>().unwrap()
    };
    for (place, gradient) in gradient.iter().enumerate() {
        let expected = (at(place, 0.5) - at(place, -0.5)) / 1.0;
        at(place, 0.0);
        let diff = (gradient - expected).abs();
        assert!(diff <= 1e-3 + 1e-3 * expected.abs(), "{what} at {place}: {gradient}, not {expected}");
    }
}

#[test]
fn rows_and_polynomials_have_the_gradients_of_finite_differences() {
    let pair = Pair::new(5, 5, |row, column| row != 2 && (row * 3 + column * 2) % 4 != 1);
    let (rows, coefficients) = ([4, 0, 2], [0.5, 0.25, -0.125]);
    for (name, matrix) in [("A", &pair.sparse), ("A^T", &pair.sparse.t())] {
        let xs = random("xs", (5, 3));
        let (few, all) = (random("few", (3, 3)), random("all", (5, 3)));
        check_differences(name, &xs, &|| (matrix.matmul(&xs)? * all.as_tensor())?.sum_all());
        check_differences(name, &xs, &|| (matrix.matmul_rows(&xs, &rows)? * few.as_tensor())?.sum_all());
        let polynomial = |rows| matrix.polynomial(&xs, &coefficients, rows);
        check_differences(name, &xs, &|| (polynomial(Some(&rows))? * few.as_tensor())?.sum_all());
        check_differences(name, &xs, &|| (polynomial(None)? * all.as_tensor())?.sum_all());
    }
}

/// `[[2, 0, 3], [0, 0, 0], [0, 5, 0]]`.
fn small() -> SparseMatrix {
    SparseMatrix::new(Arc::new(Pattern::new(3, vec![0, 2, 2, 3], vec![0, 2, 1])), vec![2.0, 3.0, 5.0])
}

#[test]
fn rows_and_polynomials_by_hand() {
    let xs = Tensor::new(&[[1f32, 10.0], [2.0, 20.0], [3.0, 30.0]], &Device::Cpu).unwrap();
    assert_eq!(flat(&small().matmul_rows(&xs, &[2, 0]).unwrap()), [10.0, 100.0, 11.0, 110.0]);
    assert_eq!(small().matmul_rows(&xs, &[]).unwrap().dims(), [0, 2]);
    // A xs = (11, 0, 10), A^2 xs = (52, 0, 0), by the first column; xs + 10 A xs + 100 A^2 xs = (5311, 2, 103).
    let polynomial = small().polynomial(&xs, &[1.0, 10.0, 100.0], Some(&[0, 1, 2])).unwrap();
    assert_eq!(flat(&polynomial), [5311.0, 53110.0, 2.0, 20.0, 103.0, 1030.0]);
}

#[test]
fn what_does_not_fit_is_an_error_that_names_it() {
    let xs = Tensor::zeros((3, 2), DType::F32, &Device::Cpu).unwrap();
    let message = |result: Result<Tensor>| result.unwrap_err().to_string();
    assert!(message(small().matmul_rows(&xs, &[1, 0, 1])).contains("row 1 of a sparse matrix is selected twice"));
    assert!(message(small().matmul_rows(&xs, &[3])).contains("row 3 of a sparse matrix with 3 rows"));
    assert!(message(small().polynomial(&xs, &[], None)).contains("0 coefficients"));
    let two = Tensor::zeros((2, 2), DType::F32, &Device::Cpu).unwrap();
    assert!(message(small().matmul_rows(&two, &[0])).contains("cannot be multiplied with 2 rows"));
    assert!(message(small().polynomial(&two, &[1.0, 1.0], None)).contains("cannot be multiplied with 2 rows"));
    let wide = SparseMatrix::new(Arc::new(Pattern::new(3, vec![0, 1], vec![2])), vec![1.0]);
    assert!(message(wide.polynomial(&xs, &[1.0], None)).contains("1 x 3"));
    let halves = xs.to_dtype(DType::F16).unwrap();
    assert!(message(small().matmul(&halves)).contains("contiguous f32"));
}

#[test]
fn a_matrix_without_columns_or_numbers_can_be_multiplied() {
    let nothing = SparseMatrix::new(Arc::new(Pattern::new(0, vec![0, 0], vec![])), vec![]);
    let xs = Tensor::zeros((0, 4), DType::F32, &Device::Cpu).unwrap();
    assert_eq!(flat(&nothing.matmul(&xs).unwrap()), [0.0; 4]);
    let xs = Tensor::zeros((3, 0), DType::F32, &Device::Cpu).unwrap();
    assert_eq!(small().matmul(&xs).unwrap().dims(), [3, 0]);
    assert_eq!(small().polynomial(&xs, &[1.0, 1.0], Some(&[1])).unwrap().dims(), [1, 0]);
}

/// Large enough for many parts, with hubs: node 0 is a neighbour of all.
fn large() -> SparseMatrix {
    let mut draws = rng::stream(7, "large");
    let kept: Vec<bool> = (0..400 * 400).map(|_| rng::uniform(&mut draws) < 0.2).collect();
    Pair::new(400, 400, |row, column| row == 0 || column == 0 || kept[row * 400 + column]).sparse
}

/// Users 0 and 1, items 0 to 2: user 0 likes items 0 and 2, user 1 likes item 2. Degrees 2, 1 and 1, 0, 2. A like weighs
/// 1 / sqrt(d_u d_i): 1 / sqrt 2 = 0.707107, 1 / sqrt 4 = 0.5, 1 / sqrt 2 = 0.707107; nobody likes item 1.
#[test]
fn the_bipartite_matrix_is_both_halves_in_one() {
    let likes = Incidence::from_memberships(2, 3, [(0, 0), (0, 2), (1, 2)]).unwrap();
    let eye = Tensor::eye(5, DType::F32, &Device::Cpu).unwrap();
    let dense = SparseMatrix::bipartite(&likes).matmul(&eye).unwrap();
    let (a, b, c) = (0.5f32.sqrt(), 0.5, 0.5f32.sqrt());
    #[rustfmt::skip]
    let expected = [
        0.0, 0.0, a, 0.0, b,
        0.0, 0.0, 0.0, 0.0, c,
        a, 0.0, 0.0, 0.0, 0.0,
        0.0, 0.0, 0.0, 0.0, 0.0,
        b, c, 0.0, 0.0, 0.0,
    ];
    let worst = flat(&dense).iter().zip(expected).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-6, "{worst}");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let (matrix, xs, rows) = (large(), random("xs", (400, 64)), some_rows(400));
    let bytes = [1, 2, 3].map(|n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let products = [
                matrix.matmul(&xs),
                matrix.t().matmul(&xs),
                matrix.matmul_rows(&xs, &rows),
                matrix.polynomial(&xs, &[0.5, 0.01, 0.001], Some(&rows)),
            ];
            let both = products.map(|product| {
                let product = product.unwrap();
                let gradients = product.sqr().unwrap().sum_all().unwrap().backward().unwrap();
                (flat(&product), flat(gradients.get(&xs).unwrap()))
            });
            both.map(|(product, gradient)| [product, gradient].concat().iter().map(|x| x.to_bits()).collect::<Vec<_>>())
        })
    });
    assert!(bytes[0] == bytes[1] && bytes[0] == bytes[2]);
}

/// Where there is a GPU; where there is none, this fails: who asked for the feature wants to know.
#[cfg(feature = "cuda")]
#[test]
fn the_gpu_gives_what_the_cpu_gives_and_twice_the_same_bytes() {
    let gpu = Device::new_cuda(0).unwrap();
    let (matrix, rows) = (large(), some_rows(400));
    for dim in [1, 23, 64, 96, 130] {
        let xs = random("xs", (400, dim));
        let on_gpu = Var::from_tensor(&xs.to_device(&gpu).unwrap()).unwrap();
        let products: [&Product<'_>; 5] = [
            &|xs| matrix.matmul(xs),
            &|xs| matrix.t().matmul(xs),
            &|xs| matrix.matmul_rows(xs, &rows),
            &|xs| matrix.polynomial(xs, &[0.5, 0.01, 0.001], Some(&rows)),
            &|xs| matrix.scale_columns(&xs.narrow(1, 0, 1)?.flatten_all()?),
        ];
        for (at, product) in products.iter().enumerate() {
            let both = |xs: &Var| {
                let product = product(xs).unwrap();
                let gradients = product.sqr().unwrap().sum_all().unwrap().backward().unwrap();
                let host = |tensor: &Tensor| tensor.to_device(&Device::Cpu).unwrap();
                [host(&product), host(gradients.get(xs).unwrap())]
            };
            let (expected, found, again) = (both(&xs), both(&on_gpu), both(&on_gpu));
            for place in 0..2 {
                let what = format!("product {at}, dim {dim}, {}", ["value", "gradient"][place]);
                let scale = flat(&expected[place]).iter().fold(1.0f32, |scale, x| scale.max(x.abs()));
                let relative = |tensor: &Tensor| (tensor / f64::from(scale)).unwrap();
                check_close(&what, &relative(&found[place]), &in_64_bits(&relative(&expected[place])));
                assert_eq!(flat(&found[place]), flat(&again[place]), "{what}");
            }
        }
    }
}
