//! A wide channel for catalogues whose item-to-item weights no memory holds: a graph filter in closed form.
//!
//! GF-CF (Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM 2021): with
//! `R = D_u^-1/2 H D_i^-1/2` a user's logits are `h R^T R + weight h D_i^-1/2 V V^T D_i^1/2`, h the user's row of `H`, V the
//! right singular vectors of `R` with the largest singular values. The first term is one step to the user's neighbours
//! and back, the second an ideal low-pass filter. Nothing is trained, and beside the likes only V is kept.
//!
//! How much less the likes of somebody with many of them count is a setting here: `R = D_u^(-a/2) H D_i^-1/2`, and with
//! the published a = 1 all the likes of a neighbour together weigh as much as the one like of another. Exponents of
//! degrees are what Fu et al., "Revisiting Neighborhood-based Link Prediction for Collaborative Filtering" (WWW Companion 2022) tune.
//!
//! V is found by subspace iteration from a seeded start (Halko, Martinsson and Tropp, SIAM Review 2011): the space is what
//! counts, so that vectors at its edge, whose singular values lie close together, need not be exact.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{DType, Device, Result, Tensor, bail};
use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;
use sharp_distill::hypergraph::Incidence;

use crate::ops::to_vec;
use crate::paths::is_fused;
use crate::rng;
use crate::sparse::{Pattern, SparseMatrix};

/// Directions that are sought beyond those that are wanted.
pub(crate) const FILTER_MORE: usize = 64;
/// How often they are multiplied.
const N_ITERATIONS: usize = 12;
/// Squared lengths below this, of the greatest, are rounding.
const SMALLEST: f64 = 1e-6;
/// Users of one product: enough to fill its registers, few enough for `[n_items, FILTER_BLOCK]` to be small.
pub(crate) const FILTER_BLOCK: usize = 256;

/// What the filter is made with.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilterSettings {
    /// Directions of the low-pass part.
    pub(super) rank: usize,
    /// Weight of that part.
    pub(super) weight: f64,
    /// a.
    pub(super) user_exponent: f64,
}

/// The filter of a training hypergraph.
#[derive(Debug)]
pub(super) struct GraphFilter {
    train: Arc<Incidence>,
    /// R.
    normalised: SparseMatrix,
    /// `D_i^-1/2 V` and `weight D_i^1/2 V`, `[n_items, rank]`, where logits are computed.
    low_pass: [Tensor; 2],
    /// `D_i^-1/2`.
    inv_sqrt_degree: Vec<f32>,
    /// `D_u^-a`.
    user_scale: Vec<f32>,
}

impl GraphFilter {
    /// Finds V, on the CPU; logits are computed on the device.
    ///
    /// # Errors
    /// A rank that the hypergraph does not have, or what candle refuses.
    pub(super) fn new(
        train: &Arc<Incidence>,
        FilterSettings { rank, weight, user_exponent }: FilterSettings,
        seed: u64,
        device: &Device,
    ) -> Result<Self> {
        let n_items = train.n_hyperedges();
        let transposed = train.transposed();
        let (user_degrees, item_degrees) = (transposed.hyperedge_degrees(), train.hyperedge_degrees());
        let inv_sqrt_degree = transposed.inv_sqrt_node_degree();
        let user_half = powers(&user_degrees, -user_exponent / 2.0);
        let values = train.memberships().map(|(user, item)| user_half[user as usize] * inv_sqrt_degree[item as usize]);
        let normalised = SparseMatrix::new(Arc::new(Pattern::of_incidence(train)), values.collect());
        let vectors = singular_vectors(&normalised, (train.n_nodes(), n_items), rank, seed)?;
        let column = |exponent| Tensor::from_vec(powers(&item_degrees, exponent), (n_items, 1), &Device::Cpu);
        let low_pass = [vectors.broadcast_mul(&column(-0.5)?)?, (vectors.broadcast_mul(&column(0.5)?)? * weight)?];
        let [reading, writing] = low_pass;
        let low_pass = [reading.to_device(device)?, writing.to_device(device)?];
        let user_scale = powers(&user_degrees, -user_exponent);
        Ok(Self { train: train.clone(), normalised, low_pass, inv_sqrt_degree, user_scale })
    }

    /// Numbers that are kept: V.
    pub(super) fn n_parameters(&self) -> usize {
        self.low_pass[0].elem_count()
    }

    /// Logits of some users, `[users.len(), n_items]`.
    pub(super) fn logits(&self, users: &[u32]) -> Result<Vec<f32>> {
        let n_items = self.train.n_hyperedges();
        let mut logits = Vec::with_capacity(users.len() * n_items);
        for block in users.chunks(FILTER_BLOCK) {
            if !is_fused(self.device()) {
                logits.extend(to_vec(&self.of_block(block)?)?);
                continue;
            }
            let start = logits.len();
            logits.extend(to_vec(&self.low_pass_of(&self.rows_of(block)?)?)?);
            let rows = logits[start..].par_chunks_exact_mut(n_items.max(1)).zip(block);
            rows.for_each_init(
                || vec![0.0; self.train.n_nodes()],
                |shares, (row, &user)| self.add_neighbours(user, shares, row),
            );
        }
        Ok(logits)
    }

    /// `h R^T R` of one user onto `row`: by way of those who share an item, who are few among all. `shares` has a number a
    /// user, all 0 before and after.
    fn add_neighbours(&self, user: u32, shares: &mut [f32], row: &mut [f32]) {
        let mut others = Vec::new();
        for &item in self.train.hyperedges_of(user as usize) {
            let scale = self.inv_sqrt_degree[item as usize];
            for &other in self.train.members_of(item as usize) {
                let share = &mut shares[other as usize];
                if *share == 0.0 {
                    others.push(other);
                }
                *share += scale;
            }
        }
        for other in others {
            let items = self.train.hyperedges_of(other as usize);
            let share = std::mem::take(&mut shares[other as usize]) * self.user_scale[other as usize];
            for &item in items {
                row[item as usize] += share * self.inv_sqrt_degree[item as usize];
            }
        }
    }

    /// `weight h D_i^-1/2 V V^T D_i^1/2`, `[users, n_items]`.
    fn low_pass_of(&self, rows: &SparseMatrix) -> Result<Tensor> {
        let [reading, writing] = &self.low_pass;
        Ok(rows.matmul(reading)?.matmul(&writing.t()?)?.detach())
    }

    /// The same where they are computed; `None` on the CPU, whose own way is [`logits`](Self::logits).
    pub(super) fn logits_on_device(&self, users: &[u32]) -> Result<Option<Tensor>> {
        if is_fused(self.device()) {
            return Ok(None);
        }
        let blocks = users.chunks(FILTER_BLOCK).map(|block| self.of_block(block)).collect::<Result<Vec<_>>>()?;
        Ok(Some(Tensor::cat(&blocks, 0)?))
    }

    fn device(&self) -> &Device {
        self.low_pass[0].device()
    }

    /// A block of users made of tensors, on any device.
    fn of_block(&self, users: &[u32]) -> Result<Tensor> {
        let rows = self.rows_of(users)?;
        // Rows of H as columns: the sparse product wants its dense factor row by row.
        let ones = Tensor::ones(self.train.n_hyperedges(), DType::F32, self.device())?;
        let members = rows.scale_columns(&ones)?.t()?.contiguous()?;
        let near = self.normalised.t().matmul(&self.normalised.matmul(&members)?)?;
        Ok((near.t()? + self.low_pass_of(&rows)?)?.detach())
    }

    /// The rows of `H` of some users.
    fn rows_of(&self, users: &[u32]) -> Result<SparseMatrix> {
        let (mut offsets, mut columns) = (vec![0u32], Vec::new());
        for &user in users {
            columns.extend_from_slice(self.train.hyperedges_of(user as usize));
            offsets.push(columns.len() as u32);
        }
        let ones = vec![1.0; columns.len()];
        Ok(SparseMatrix::new(Arc::new(Pattern::new(self.train.n_hyperedges(), offsets, columns)), ones))
    }
}

/// `D^exponent`, with 1 where nothing is.
fn powers(degrees: &[u32], exponent: f64) -> Vec<f32> {
    degrees.iter().map(|&degree| f64::from(degree.max(1)).powf(exponent) as f32).collect()
}

/// V of `matrix = U S V^T`, the largest singular values first, `[n_columns, rank]`.
fn singular_vectors(
    matrix: &SparseMatrix,
    (n_rows, n_columns): (usize, usize),
    rank: usize,
    seed: u64,
) -> Result<Tensor> {
    let most = n_rows.min(n_columns);
    if rank == 0 || rank > most {
        bail!("teacher.filter_rank is {rank}; a hypergraph of {n_rows} x {n_columns} has 1 to {most} directions");
    }
    let width = (rank + FILTER_MORE).min(n_columns);
    let start = rng::normals(&mut rng::stream(seed, "teacher.filter"), n_columns * width, 1.0);
    let mut basis = orthonormal(&Tensor::from_vec(start, (n_columns, width), &Device::Cpu)?)?;
    let product = |basis: &Tensor| matrix.t().matmul(&matrix.matmul(basis)?.detach());
    for _ in 0..N_ITERATIONS {
        // Twice: what the first pass leaves of rounding, the second takes away.
        basis = orthonormal(&orthonormal(&product(&basis)?.detach())?)?;
    }
    // Rayleigh and Ritz: within the space the directions follow from a small matrix.
    let small = dense(&basis.t()?.matmul(&product(&basis)?.detach())?)?;
    let eigen = SymmetricEigen::new((&small + small.transpose()) * 0.5);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let turn = (0..width).flat_map(|row| order[..rank].iter().map(move |&column| (row, column)));
    let turn: Vec<f32> = turn.map(|at| eigen.eigenvectors[at] as f32).collect();
    basis.matmul(&Tensor::from_vec(turn, (width, rank), &Device::Cpu)?)
}

/// A basis of the same space, by the eigenvectors of its Gram matrix; directions that are not there are columns of zeros.
fn orthonormal(xs: &Tensor) -> Result<Tensor> {
    let width = xs.dim(1)?;
    let eigen = SymmetricEigen::new(dense(&xs.t()?.matmul(xs)?)?);
    let least = eigen.eigenvalues.max() * SMALLEST;
    let scale = eigen.eigenvalues.map(|value| if value > least { value.sqrt().recip() } else { 0.0 });
    let turn: Vec<f32> = (0..width * width)
        .map(|at| (eigen.eigenvectors[(at / width, at % width)] * scale[at % width]) as f32)
        .collect();
    xs.matmul(&Tensor::from_vec(turn, (width, width), &Device::Cpu)?)
}

fn dense(xs: &Tensor) -> Result<DMatrix<f64>> {
    let (n_rows, n_columns) = xs.dims2()?;
    let values = to_vec(&xs.contiguous()?)?;
    Ok(DMatrix::from_row_iterator(n_rows, n_columns, values.into_iter().map(f64::from)))
}

/// The users of a range.
pub(super) fn listed(users: &Range<usize>) -> Vec<u32> {
    users.clone().map(|user| user as u32).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn train() -> Arc<Incidence> {
        let mut random = rng::stream(3, "filter.test");
        let pairs = (0..30u32).flat_map(|user| (0..20u32).map(move |item| (user, item)));
        let kept: Vec<(u32, u32)> = pairs.filter(|_| rng::uniform(&mut random) < 0.25).collect();
        Arc::new(Incidence::from_memberships(30, 20, kept).unwrap())
    }

    fn filter(train: &Arc<Incidence>, rank: usize, user_exponent: f64) -> Result<GraphFilter> {
        GraphFilter::new(train, FilterSettings { rank, weight: 0.3, user_exponent }, 1, &Device::Cpu)
    }

    /// The formula, with nalgebra's singular value decomposition of the dense matrix.
    #[test]
    fn logits_are_those_of_the_formula() {
        [1.0, 0.6, 0.0].into_iter().for_each(logits_are_those_of_the_formula_with);
    }

    fn logits_are_those_of_the_formula_with(user_exponent: f64) {
        let train = train();
        let (n_users, n_items, rank, weight) = (30, 20, 4, 0.3);
        let degree = |n: usize, exponent: f64| (n.max(1) as f64).powf(exponent / 2.0);
        let h = DMatrix::from_fn(n_users, n_items, |user, item| {
            f64::from(u8::from(train.contains(user as u32, item as u32)))
        });
        let r = DMatrix::from_fn(n_users, n_items, |user, item| {
            h[(user, item)] / degree(train.node_degree(user), user_exponent) / degree(train.members_of(item).len(), 1.0)
        });
        let svd = r.clone().svd(false, true);
        let mut order: Vec<usize> = (0..n_items).collect();
        order.sort_by(|&a, &b| svd.singular_values[b].total_cmp(&svd.singular_values[a]));
        let v_t = svd.v_t.unwrap();
        let v = DMatrix::from_fn(n_items, rank, |item, at| v_t[(order[at], item)]);
        let scale = |power: f64| {
            DMatrix::from_diagonal(&nalgebra::DVector::from_fn(n_items, |item, _| {
                (train.members_of(item).len().max(1) as f64).powf(power)
            }))
        };
        let expected = &h * r.transpose() * &r + &h * scale(-0.5) * &v * v.transpose() * scale(0.5) * weight;
        let filter = filter(&train, rank, user_exponent).unwrap();
        let users = [7u32, 0, 29];
        let logits = filter.logits(&users).unwrap();
        for (row, &user) in users.iter().enumerate() {
            for item in 0..n_items {
                let (ours, theirs) = (f64::from(logits[row * n_items + item]), expected[(user as usize, item)]);
                assert!((ours - theirs).abs() < 1e-4, "user {user}, item {item}: {ours}, not {theirs}");
            }
        }
    }

    #[test]
    fn a_rank_that_is_not_there_is_refused() {
        for rank in [0, 21] {
            let said = filter(&train(), rank, 1.0).unwrap_err().to_string();
            assert!(said.contains("teacher.filter_rank") && said.contains(&rank.to_string()), "{said}");
        }
    }

    /// Less likes than directions: the rest is noise, and nothing is NaN.
    #[test]
    fn a_hypergraph_of_few_likes_has_finite_logits() {
        let train = Arc::new(Incidence::from_memberships(5, 6, [(0, 0), (1, 0), (2, 3)]).unwrap());
        let filter = filter(&train, 4, 0.6).unwrap();
        let logits = filter.logits(&[0, 1, 2, 3, 4]).unwrap();
        assert!(logits.iter().all(|logit| logit.is_finite()));
    }
}
