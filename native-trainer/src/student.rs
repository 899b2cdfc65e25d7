//! The student in candle, stage by stage as in [`sharp_distill::student::Stage`] and by the same names.
//!
//! It is trained on all users at once. During training memberships are hidden at random from the users' rows
//! (`dropout`), and the self-loop of a user, on which the embedding of its own stands, is hidden at random too
//! (`ego_dropout`): that is what makes the student answer visitors, who have no embedding, as well as users.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};
use serde::{Deserialize, Serialize};
use sharp_distill::bundle::round_to_f16;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::{BipartiteGraph, Head, HeadWeights, StudentConfig, StudentWeights};

use crate::evaluation::{DenseLogits, HeldOut, Scorer, evaluate};
use crate::fit::{Fit, FitSettings};
use crate::head::relu_score;
use crate::losses::{SoftLabels, hard_loss, soft_loss, temperature_at};
use crate::ops::to_vec;
use crate::params::{Init, Params};
use crate::rng;
use crate::sparse::{Pattern, SparseMatrix};

/// Architecture of the student: the same with and without a teacher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentSettings {
    /// d.
    pub emb_dim: usize,
    /// Hidden units of the light MLP (not used by the head `dot`).
    pub hidden_dim: usize,
    /// mlp, dot or hybrid.
    pub head: Head,
}

/// How a student is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentTraining {
    /// Standard deviation of the features at the start.
    pub init_std: f32,
    /// Standard deviation of the head's output weight at the start: near 0, the head starts as the dot product.
    pub head_init_std: f32,
    /// Features are learned as `X = D^precondition X'`: 0.5 undoes the scale that `A` gives them.
    pub precondition: f32,
    /// Share of memberships hidden from the users' rows in each epoch.
    pub dropout: f32,
    /// Share of users whose self-loop is hidden in each epoch.
    pub ego_dropout: f32,
    /// Weight of L_hard.
    pub hard_loss_weight: f64,
    /// Whether a training item's own share is taken out of its logit, so that L_hard cannot be met by copying.
    pub leave_one_out: bool,
    /// Weight of the squared `X'`, divided by the number of users.
    pub l2: f64,
    /// Whose validation ranking decides: users with their own embedding, visitors without, or the mean.
    pub select: Select,
    /// The loop.
    pub fit: FitSettings,
}

/// Whose validation ranking decides when to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Select {
    /// Users of the training data, with their own embedding.
    Users,
    /// The same users as visitors: fold-in without an embedding.
    Visitors,
    /// The mean of both.
    Both,
}

/// How the teacher's logits become soft labels (eq. 11-12) and how much they weigh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistilSettings {
    /// lambda1 of eq. 15.
    pub lambda1: f64,
    /// Factor on the teacher's standardised logits.
    pub logit_scale: f32,
    /// T_max of eq. 12.
    pub temperature_max: f32,
    /// T_min of eq. 12.
    pub temperature_min: f32,
    /// E of eq. 12.
    pub annealing_epochs: usize,
}

/// A teacher's logits, ready to learn from.
#[derive(Debug)]
pub struct Distillation {
    settings: DistilSettings,
    /// Standardised logits times `logit_scale`, `[n_users, n_items]`.
    teacher_logits: Vec<f32>,
    n_items: usize,
    labels: Option<Arc<SoftLabels>>,
}

impl Distillation {
    /// `teacher_logits` are standardised per user.
    pub fn new(settings: DistilSettings, mut teacher_logits: Vec<f32>, n_items: usize) -> Self {
        teacher_logits.iter_mut().for_each(|logit| *logit *= settings.logit_scale);
        Self { settings, teacher_logits, n_items, labels: None }
    }

    /// The soft labels of an epoch; made anew only when the temperature moves.
    fn labels(&mut self, epoch: usize) -> Result<Arc<SoftLabels>> {
        let DistilSettings { temperature_max, temperature_min, annealing_epochs, .. } = self.settings;
        let temperature = temperature_at(epoch, temperature_max, temperature_min, annealing_epochs);
        if let Some(labels) = self.labels.as_ref().filter(|labels| labels.temperature() == temperature) {
            return Ok(labels.clone());
        }
        let labels = Arc::new(SoftLabels::new(&self.teacher_logits, self.n_items, temperature)?);
        self.labels = Some(labels.clone());
        Ok(labels)
    }
}

/// What the light MLP learns.
#[derive(Debug)]
struct Mlp {
    user_weight: Tensor,
    item_weight: Tensor,
    hidden_bias: Tensor,
    output_weight: Tensor,
}

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
    distillation: Option<Distillation>,
    params: Params,
    scaled_features: Tensor,
    weight: Tensor,
    mlp: Option<Mlp>,
    /// `D^precondition`, `[n_nodes, 1]`.
    feature_scale: Tensor,
    /// `A_bip + I` as a pattern, and `A` by entry.
    pattern: Arc<Pattern>,
    convolution: Vec<f32>,
    inv_sqrt_degree: Vec<f32>,
    memberships: Arc<Pattern>,
    users: Vec<u32>,
}

/// What is hidden from one pass.
struct Hidden {
    /// Factor on each membership in the users' rows, in order; 1 keeps it as it is.
    memberships: Vec<f32>,
    /// Factor on each user's self-loop.
    self_loops: Vec<f32>,
}

impl<'a> CandleStudent<'a> {
    /// A student with its initial parameters; with a distillation it learns from a teacher too.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn new(
        (name, section): (&'static str, &'static str),
        settings: &StudentSettings,
        training: StudentTraining,
        seed: u64,
        (train, valid): (Arc<Incidence>, &'a Incidence),
        distillation: Option<Distillation>,
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
        let mut params = Params::new(seed);
        let scaled_features =
            params.add("student.scaled_features", (config.n_nodes(), d), Init::Normal(training.init_std))?;
        let weight = params.add("student.weight", (d, d), Init::Identity)?;
        let mlp = if head.has_mlp() {
            let std = (d as f32).sqrt().recip();
            Some(Mlp {
                user_weight: params.add("head.user_weight", (h, d), Init::Normal(std))?,
                item_weight: params.add("head.item_weight", (h, d), Init::Normal(std))?,
                hidden_bias: params.add("head.hidden_bias", (1, h), Init::Zeros)?,
                output_weight: params.add("head.output_weight", (h, 1), Init::Normal(training.head_init_std))?,
            })
        } else {
            None
        };
        let graph = BipartiteGraph::from_incidence(&train);
        let pattern = Arc::new(with_self_loops(&graph));
        let scale = graph.inv_sqrt_degree();
        let convolution = pattern.places().map(|(row, column)| scale[row] * scale[column]).collect();
        // D = (D^-1/2)^-2.
        let feature_scale = scale.iter().map(|scale| scale.powf(-2.0 * training.precondition)).collect();
        let feature_scale = Tensor::from_vec(feature_scale, (config.n_nodes(), 1), &Device::Cpu)?;
        let memberships = Arc::new(Pattern::of_incidence(&train));
        let users = (0..config.n_users as u32).collect();
        Ok(Self {
            name,
            section,
            config,
            training,
            seed,
            train,
            valid,
            distillation,
            params,
            scaled_features,
            weight,
            mlp,
            feature_scale,
            pattern,
            convolution,
            inv_sqrt_degree: scale.to_vec(),
            memberships,
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

    /// Stage `item_half`: `C_i = W_i z_i + b1`, `[n_items, hidden_dim]`.
    fn item_half(mlp: &Mlp, item_emb: &Tensor) -> Result<Tensor> {
        item_emb.matmul(&mlp.item_weight.t()?)?.broadcast_add(&mlp.hidden_bias)
    }

    /// Stage `user_half`: `a_u = W_u z_u`, `[n_users, hidden_dim]`.
    fn user_half(mlp: &Mlp, user_emb: &Tensor) -> Result<Tensor> {
        user_emb.matmul(&mlp.user_weight.t()?)
    }

    /// Stage `score`: logits of all items for all of `user_emb`, `[n_users, n_items]`. `b2` moves every logit alike, so
    /// no loss here can learn it: it is 0.
    fn score(&self, user_emb: &Tensor, item_emb: &Tensor) -> Result<Tensor> {
        let dot = if self.config.head.has_dot() { Some(user_emb.matmul(&item_emb.t()?)?) } else { None };
        let Some(mlp) = &self.mlp else {
            return dot.map_or_else(|| candle_core::bail!("a head without MLP and dot product"), Ok);
        };
        let user_hidden = Self::user_half(mlp, user_emb)?;
        let scores = relu_score(&user_hidden, &Self::item_half(mlp, item_emb)?, &mlp.output_weight)?;
        dot.map_or_else(|| Ok(scores.clone()), |dot| &dot + &scores)
    }

    /// `XW` of the items, and the embeddings of users and items.
    fn embed(&self, hidden: Option<&Hidden>) -> Result<[Tensor; 3]> {
        let xw = self.feature_transform(&self.features()?)?;
        let zs = self.graph_convolution(&self.adjacency(hidden), &xw)?;
        let StudentConfig { n_users, n_items, .. } = self.config;
        Ok([xw.narrow(0, n_users, n_items)?, zs.narrow(0, 0, n_users)?, zs.narrow(0, n_users, n_items)?])
    }

    /// Logits of all users, with their own embedding or, as `visitors`, without.
    ///
    /// # Shapes
    /// The result is `[n_users, n_items]`.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn all_logits(&self, visitors: bool) -> Result<Vec<f32>> {
        let hidden = visitors.then(|| Hidden {
            memberships: vec![1.0; self.train.n_memberships()],
            self_loops: vec![0.0; self.config.n_users],
        });
        let [_, user_emb, item_emb] = self.embed(hidden.as_ref())?;
        to_vec(&self.score(&user_emb, &item_emb)?.detach())
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
        self.scaled_features = Tensor::from_vec(features, shape, &Device::Cpu)?;
        self.feature_scale = Tensor::ones((shape.0, 1), candle_core::DType::F32, &Device::Cpu)?;
        Ok(())
    }

    /// The parameters in the form of the model file.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn weights(&self) -> Result<StudentWeights> {
        let head = match &self.mlp {
            None => HeadWeights::default(),
            Some(mlp) => HeadWeights {
                user_weight: to_vec(&mlp.user_weight)?,
                item_weight: to_vec(&mlp.item_weight)?,
                hidden_bias: to_vec(&mlp.hidden_bias)?,
                output_weight: to_vec(&mlp.output_weight)?,
                output_bias: 0.0,
            },
        };
        Ok(StudentWeights { features: to_vec(&self.features()?)?, weight: to_vec(&self.weight)?, head })
    }

    /// What each training item adds to its own logit, by way of `A_ui (XW)_i . z_i`, as a dense matrix.
    fn own_share(&self, hidden: &Hidden, item_xw: &Tensor, item_emb: &Tensor) -> Result<Tensor> {
        let by_item = (item_xw * item_emb)?.sum(1)?;
        let n_users = self.config.n_users;
        let scale = |(user, item): (usize, usize)| self.inv_sqrt_degree[user] * self.inv_sqrt_degree[n_users + item];
        let values = self.memberships.places().map(scale).zip(&hidden.memberships).map(|(a, kept)| a * kept);
        SparseMatrix::new(self.memberships.clone(), values.collect()).scale_columns(&by_item)
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

impl Scorer for CandleStudent<'_> {
    fn logits(&self, users: Range<usize>) -> Result<Vec<f32>> {
        let n_items = self.config.n_items;
        Ok(self.all_logits(false)?[users.start * n_items..users.end * n_items].to_vec())
    }
}

impl Fit for CandleStudent<'_> {
    fn name(&self) -> (&'static str, &'static str) {
        (self.name, self.section)
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn loss_terms(&mut self, epoch: usize, _step: usize) -> Result<Vec<(&'static str, Tensor)>> {
        let training = &self.training;
        let mut rng = rng::stream(self.seed, &format!("student.dropout.{epoch}"));
        let keep = 1.0 - training.dropout;
        let mut draw = |keep: f32, kept: f32| if rng::uniform(&mut rng) < keep { kept } else { 0.0 };
        let memberships = (0..self.train.n_memberships()).map(|_| draw(keep, keep.recip())).collect();
        let self_loops = (0..self.config.n_users).map(|_| draw(1.0 - training.ego_dropout, 1.0)).collect();
        let hidden = Hidden { memberships, self_loops };
        let [item_xw, user_emb, item_emb] = self.embed(Some(&hidden))?;
        let mut logits = self.score(&user_emb, &item_emb)?;
        if training.leave_one_out {
            logits = (logits - self.own_share(&hidden, &item_xw, &item_emb)?)?;
        }
        let mut terms = Vec::new();
        if training.hard_loss_weight > 0.0 {
            let hard = hard_loss(&logits, &self.train, &self.users)?;
            terms.push(("hard", (hard * training.hard_loss_weight)?));
        }
        if let Some(distillation) = &mut self.distillation {
            let soft = soft_loss(&logits, &distillation.labels(epoch)?)?;
            terms.push(("soft", (soft * distillation.settings.lambda1)?));
        }
        if training.l2 > 0.0 {
            let squares = self.scaled_features.sqr()?.sum_all()?;
            terms.push(("l2", (squares * (training.l2 / self.config.n_users as f64))?));
        }
        Ok(terms)
    }

    fn validate(&self) -> Result<f64> {
        let on = HeldOut { held_out: self.valid, seen: &[&self.train] };
        let ndcg = |visitors| {
            let model = DenseLogits { logits: self.all_logits(visitors)?, n_items: self.config.n_items };
            Ok::<_, candle_core::Error>(evaluate(&model, on)?.at_10.ndcg)
        };
        match self.training.select {
            Select::Users => ndcg(false),
            Select::Visitors => ndcg(true),
            Select::Both => Ok((ndcg(false)? + ndcg(true)?) / 2.0),
        }
    }
}
