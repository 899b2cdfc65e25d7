//! The student in candle, stage by stage as in [`sharp_distill::student::Stage`] and by the same names.
//!
//! It is trained on all users at once. During training memberships are hidden at random from the users' rows
//! (`dropout`), and the self-loop of a user, on which the embedding of its own stands, is hidden at random too
//! (`ego_dropout`): that is what makes the student answer visitors, who have no embedding, as well as users.

mod distillation;
mod sampled;
mod settings;
mod training;

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};
use sharp_distill::bundle::round_to_f16;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::{BipartiteGraph, StudentConfig, StudentWeights};

use crate::analysis::Embedded;
use crate::evaluation::Scorer;
use crate::head::ScoringHead;
use crate::ops::to_vec;
use crate::params::{Init, Params};
use crate::sampling::Batches;
use crate::sparse::{Pattern, SparseMatrix};
pub use distillation::Distillation;
pub use settings::{DistilSettings, Select, StudentSettings, StudentTraining};

/// A student in training or trained.
#[derive(Debug)]
pub struct CandleStudent<'a> {
    name: &'static str,
    section: &'static str,
    config: StudentConfig,
    training: StudentTraining,
    seed: u64,
    train: Arc<Incidence>,
    valid: &'a Incidence,
    distillation: Option<Distillation<'a>>,
    params: Params,
    scaled_features: Tensor,
    weight: Tensor,
    head: ScoringHead,
    /// `D^precondition`, `[n_nodes, 1]`.
    feature_scale: Tensor,
    /// `A_bip + I` as a pattern, and `A` by entry.
    pattern: Arc<Pattern>,
    convolution: Vec<f32>,
    inv_sqrt_degree: Vec<f32>,
    users: Batches,
}

/// What is hidden from one pass.
struct Hidden {
    /// Factor on each membership in the users' rows, in order; 1 keeps it as it is.
    memberships: Vec<f32>,
    /// Factor on each user's self-loop.
    self_loops: Vec<f32>,
}

impl<'a> CandleStudent<'a> {
    /// [`on`](Self::on) the CPU.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn new(
        name: (&'static str, &'static str),
        settings: &StudentSettings,
        training: StudentTraining,
        seed: u64,
        of: (Arc<Incidence>, &'a Incidence),
        distillation: Option<Distillation<'a>>,
    ) -> Result<Self> {
        Self::on(&Device::Cpu, name, settings, training, seed, of, distillation)
    }

    /// A student with its initial parameters, which live on the device; with a distillation it learns from a teacher too.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn on(
        device: &Device,
        (name, section): (&'static str, &'static str),
        settings: &StudentSettings,
        training: StudentTraining,
        seed: u64,
        (train, valid): (Arc<Incidence>, &'a Incidence),
        distillation: Option<Distillation<'a>>,
    ) -> Result<Self> {
        let head = settings.head;
        let config = StudentConfig {
            n_users: train.n_nodes(),
            n_items: train.n_hyperedges(),
            emb_dim: settings.emb_dim,
            hidden_dim: if head.has_mlp() { settings.hidden_dim } else { 0 },
            head,
            dislike_weight: 0.0,
        };
        let (d, h) = (config.emb_dim, config.hidden_dim);
        let mut params = Params::new(seed, device);
        let scaled_features =
            params.add("student.scaled_features", (config.n_nodes(), d), Init::Normal(training.init_std))?;
        let weight = params.add("student.weight", (d, d), Init::Identity)?;
        let head = ScoringHead::new(&mut params, "head", head, (d, h), training.head_init_std)?;
        let graph = BipartiteGraph::from_incidence(&train);
        let pattern = Arc::new(with_self_loops(&graph));
        let scale = graph.inv_sqrt_degree();
        let convolution = pattern.places().map(|(row, column)| scale[row] * scale[column]).collect();
        // D = (D^-1/2)^-2.
        let feature_scale = scale.iter().map(|scale| scale.powf(-2.0 * training.precondition)).collect();
        let feature_scale = Tensor::from_vec(feature_scale, (config.n_nodes(), 1), device)?;
        let users = Batches::new(seed, "student.users", config.n_users);
        Ok(Self {
            name,
            section,
            config,
            training,
            seed,
            train,
            valid,
            distillation: distillation.map(|distillation| distillation.on(device)).transpose()?,
            params,
            scaled_features,
            weight,
            head,
            feature_scale,
            pattern,
            convolution,
            inv_sqrt_degree: scale.to_vec(),
            users,
        })
    }

    /// Sizes and head.
    pub fn config(&self) -> &StudentConfig {
        &self.config
    }

    fn features(&self) -> Result<Tensor> {
        self.scaled_features.broadcast_mul(&self.feature_scale)
    }

    /// `A` with some entries of the users' rows hidden; nothing hidden without `hidden`.
    fn adjacency(&self, hidden: Option<&Hidden>) -> SparseMatrix {
        let mut values = self.convolution.clone();
        if let Some(hidden) = hidden {
            let mut memberships = hidden.memberships.iter();
            for ((row, column), value) in self.pattern.places().zip(&mut values) {
                if row >= self.config.n_users {
                    break;
                }
                let factor = if row == column { hidden.self_loops.get(row) } else { memberships.next() };
                *value *= factor.copied().unwrap_or(1.0);
            }
        }
        SparseMatrix::new(self.pattern.clone(), values)
    }

    /// Stage `feature_transform`: `XW`, `[n_nodes, emb_dim]`.
    fn feature_transform(&self, features: &Tensor) -> Result<Tensor> {
        features.matmul(&self.weight)
    }

    /// Stage `graph_convolution`: `Z = A (XW)` (eq. 14), `[n_nodes, emb_dim]`.
    fn graph_convolution(&self, adjacency: &SparseMatrix, xw: &Tensor) -> Result<Tensor> {
        adjacency.matmul(xw)
    }

    /// Stages `item_half`, `user_half` and `score`: logits of all items for all of `user_emb`, `[n_users, n_items]`.
    fn score(&self, user_emb: &Tensor, item_emb: &Tensor) -> Result<Tensor> {
        self.head.score(user_emb, item_emb)
    }

    /// `XW` of the items, and the embeddings of users and items.
    fn embed(&self, hidden: Option<&Hidden>) -> Result<[Tensor; 3]> {
        let xw = self.feature_transform(&self.features()?)?;
        let zs = self.graph_convolution(&self.adjacency(hidden), &xw)?;
        let StudentConfig { n_users, n_items, .. } = self.config;
        Ok([xw.narrow(0, n_users, n_items)?, zs.narrow(0, 0, n_users)?, zs.narrow(0, n_users, n_items)?])
    }

    /// Embeds once, for as many answers as are wanted: users with their own embedding or, as `visitors`, without.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn prepare(&self, visitors: bool) -> Result<PreparedStudent<'_>> {
        let hidden = visitors.then(|| Hidden {
            memberships: vec![1.0; self.train.n_memberships()],
            self_loops: vec![0.0; self.config.n_users],
        });
        let [_, user_emb, item_emb] = self.embed(hidden.as_ref())?.map(|xs| xs.detach());
        Ok(PreparedStudent { student: self, user_emb, item_emb })
    }

    /// Lets go of the teacher: training is over.
    pub fn forget_teacher(&mut self) {
        self.distillation = None;
    }

    /// Logits for visitors given as rows of memberships (stage `fold_in`, then `user_half` and `score`).
    ///
    /// # Shapes
    /// `rows[v]` lists `(item, weight)`, the result is `[n_visitors, n_items]`.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn visitor_logits(&self, rows: &[Vec<(u32, f32)>]) -> Result<Vec<f32>> {
        let item_scale = &self.inv_sqrt_degree[self.config.n_users..];
        let (mut offsets, mut columns, mut values) = (vec![0u32], Vec::new(), Vec::new());
        for row in rows {
            let degree: f32 = row.iter().map(|(_, weight)| weight.abs()).sum();
            let scale = sharp_distill::student::graph::inv_sqrt_degree(degree);
            for &(item, weight) in row {
                columns.push(item);
                values.push(scale * weight * item_scale[item as usize]);
            }
            offsets.push(columns.len() as u32);
        }
        let fold_in = SparseMatrix::new(Arc::new(Pattern::new(self.config.n_items, offsets, columns)), values);
        let [item_xw, _, item_emb] = self.embed(None)?;
        let user_emb = fold_in.matmul(&item_xw)?;
        to_vec(&self.score(&user_emb, &item_emb)?.detach())
    }

    /// Rounds the features to f16, as the model file stores them; from here on this student is the shipped one.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn round_features(&mut self) -> Result<()> {
        let mut features = to_vec(&self.features()?)?;
        round_to_f16(&mut features);
        let shape = (self.config.n_nodes(), self.config.emb_dim);
        let device = self.params.device();
        self.scaled_features = Tensor::from_vec(features, shape, device)?;
        self.feature_scale = Tensor::ones((shape.0, 1), candle_core::DType::F32, device)?;
        Ok(())
    }

    /// The parameters in the form of the model file.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn weights(&self) -> Result<StudentWeights> {
        let head = self.head.weights()?;
        Ok(StudentWeights { features: to_vec(&self.features()?)?, weight: to_vec(&self.weight)?, head })
    }
}

/// The bipartite graph with every node as its own neighbour, columns ascending.
fn with_self_loops(graph: &BipartiteGraph) -> Pattern {
    let (mut offsets, mut columns) = (vec![0u32], Vec::new());
    for node in 0..graph.n_nodes() {
        let row = &graph.neighbors()[graph.offsets()[node] as usize..graph.offsets()[node + 1] as usize];
        let place = row.partition_point(|&neighbor| (neighbor as usize) < node);
        columns.extend_from_slice(&row[..place]);
        columns.push(node as u32);
        columns.extend_from_slice(&row[place..]);
        offsets.push(columns.len() as u32);
    }
    Pattern::new(graph.n_nodes(), offsets, columns)
}

/// A student whose embeddings have been computed.
#[derive(Debug)]
pub struct PreparedStudent<'s> {
    student: &'s CandleStudent<'s>,
    user_emb: Tensor,
    item_emb: Tensor,
}

impl PreparedStudent<'_> {
    /// What is compared with a teacher's embeddings.
    pub(crate) fn embedded(&self) -> Embedded {
        Embedded::new(&self.user_emb, &self.item_emb)
    }
}

impl Scorer for PreparedStudent<'_> {
    fn logits(&self, users: Range<usize>) -> Result<Vec<f32>> {
        let user_emb = self.user_emb.narrow(0, users.start, users.len())?;
        to_vec(&self.student.score(&user_emb, &self.item_emb)?.detach())
    }

    fn refreshed(&self) -> Result<Option<Box<dyn Scorer + '_>>> {
        Ok(Some(Box::new(self.student.prepare(false)?)))
    }
}
