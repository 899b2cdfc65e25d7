//! The teacher: a dual-channel hypergraph network (MODEL.md, eq. 3, without text) beside a closed-form wide channel.
//!
//! **Deep channels.** `P = D_v^-1/2 H D_e^-1 H^T D_v^-1/2`, per channel `X_l = act(P X_{l-1} Theta_l)`, the output is
//! `X_0 + residual * sum_l X_l`. Users start as the hyperedge that gathers their items plus an embedding of their own,
//! items as an embedding. Fusion `z + MLP(z)`, logits `z_u . z_i`.
//!
//! **Wide channel.** With 54,000 likes the deep channels alone overfit whatever their size, so the teacher has a
//! second, full-rank view of the same hypergraph: item-to-item weights by ridge regression ([`ease`]). Its soft labels
//! regularise the deep channels, and the teacher's logits are `z(wide) + deep_weight z(deep)`, z standardising per user.
//! So the wide channel **is** the closed form of EASE^R, and most of the teacher's accuracy is its.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::Incidence;

use crate::baselines::ease::{EaseError, ease};
use crate::evaluation::{DenseLogits, HeldOut, Scorer, evaluate};
use crate::fit::{Fit, FitSettings};
use crate::logits::{add_scaled, standardize_rows};
use crate::losses::{SoftLabels, hard_loss, soft_loss};
use crate::ops::to_vec;
use crate::params::{Init, Params};
use crate::rng;
use crate::sparse::{Pattern, SparseMatrix};

/// What follows a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// Nothing.
    Identity,
    /// tanh.
    Tanh,
}

/// Settings of the teacher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherSettings {
    /// d.
    pub emb_dim: usize,
    /// L.
    pub n_layers: usize,
    /// act.
    pub activation: Activation,
    /// Weight of the layers' sum beside the input.
    pub residual: f64,
    /// Standard deviation of the embeddings at the start.
    pub init_std: f32,
    /// Standard deviation of the fusion MLP's last layer at the start.
    pub fusion_init_std: f32,
    /// Share of memberships hidden from the users' input in each epoch.
    pub dropout: f32,
    /// Weight of the squared embeddings, divided by the number of users.
    pub l2: f64,
    /// Ridge of the wide channel.
    pub wide_lambda: f64,
    /// Weight of the soft labels from the wide channel while the deep channels learn.
    pub wide_loss_weight: f64,
    /// Factor on the wide channel's standardised logits before they become those soft labels: lower is softer.
    pub wide_label_scale: f32,
    /// Weight of the cross-entropy with the training items.
    pub hard_loss_weight: f64,
    /// Weight of the deep channels' standardised logits beside the wide channel's; 0 leaves the wide channel alone.
    pub deep_weight: f32,
    /// The loop.
    pub fit: FitSettings,
}

/// A teacher in training or trained.
#[derive(Debug)]
pub struct Teacher<'a> {
    settings: TeacherSettings,
    seed: u64,
    train: Arc<Incidence>,
    valid: &'a Incidence,
    params: Params,
    channels: [Channel; 2],
    item_input: Tensor,
    user_input: Tensor,
    gathered_input: Tensor,
    pattern: Arc<Pattern>,
    /// `D_u^-1/2 H D_i^-1/2` by entry, and `D_u^-1/2`.
    normalised: Vec<f32>,
    inv_sqrt_user_degree: Tensor,
    /// Standardised logits of the wide channel.
    wide: Vec<f32>,
    wide_labels: Arc<SoftLabels>,
    users: Vec<u32>,
}

/// The layers and the fusion MLP of one channel.
#[derive(Debug)]
struct Channel {
    thetas: Vec<Tensor>,
    fusion_in: Tensor,
    fusion_bias: Tensor,
    fusion_out: Tensor,
}

impl Channel {
    fn new(params: &mut Params, name: &str, settings: &TeacherSettings) -> Result<Self> {
        let d = settings.emb_dim;
        let thetas = (0..settings.n_layers)
            .map(|layer| params.add(&format!("teacher.{name}.theta{layer}"), (d, d), Init::Identity))
            .collect::<Result<_>>()?;
        let std = (d as f32).sqrt().recip();
        Ok(Self {
            thetas,
            fusion_in: params.add(&format!("teacher.{name}.fusion_in"), (d, d), Init::Normal(std))?,
            fusion_bias: params.add(&format!("teacher.{name}.fusion_bias"), (1, d), Init::Zeros)?,
            fusion_out: params.add(
                &format!("teacher.{name}.fusion_out"),
                (d, d),
                Init::Normal(settings.fusion_init_std),
            )?,
        })
    }

    /// eq. 3, layer after layer, then the fusion. `normalised` is `D_v^-1/2 H D_e^-1/2`, so `P` is it times its
    /// transpose.
    fn forward(&self, normalised: &SparseMatrix, xs: Tensor, settings: &TeacherSettings) -> Result<Tensor> {
        let mut out = xs.clone();
        let mut layer_input = xs;
        for theta in &self.thetas {
            let propagated = normalised.matmul(&normalised.t().matmul(&layer_input)?)?.matmul(theta)?;
            layer_input = match settings.activation {
                Activation::Identity => propagated,
                Activation::Tanh => propagated.tanh()?,
            };
            out = (out + (&layer_input * settings.residual)?)?;
        }
        let hidden = out.matmul(&self.fusion_in)?.broadcast_add(&self.fusion_bias)?.relu()?;
        out + hidden.matmul(&self.fusion_out)?
    }
}

/// Why there is no teacher.
#[derive(Debug, thiserror::Error)]
pub enum TeacherError {
    /// The wide channel.
    #[error("the teacher's wide channel: {0} (its setting is teacher.wide_lambda)")]
    Wide(#[from] EaseError),
    /// What candle refuses.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

impl<'a> Teacher<'a> {
    /// A teacher with its initial parameters; its wide channel is solved here.
    ///
    /// # Errors
    /// A ridge with which the wide channel has no solution.
    pub fn new(
        settings: TeacherSettings,
        seed: u64,
        train: Arc<Incidence>,
        valid: &'a Incidence,
    ) -> std::result::Result<Self, TeacherError> {
        let (n_users, n_items, d) = (train.n_nodes(), train.n_hyperedges(), settings.emb_dim);
        let mut wide = ease(&train, settings.wide_lambda)?;
        standardize_rows(&mut wide, n_items);
        let scaled: Vec<f32> = wide.iter().map(|logit| logit * settings.wide_label_scale).collect();
        let wide_labels = Arc::new(SoftLabels::new(&scaled, n_items, 1.0)?);
        let mut params = Params::new(seed);
        let channels = [
            Channel::new(&mut params, "user_channel", &settings)?,
            Channel::new(&mut params, "item_channel", &settings)?,
        ];
        let init = Init::Normal(settings.init_std);
        let item_input = params.add("teacher.item_channel.input", (n_items, d), init)?;
        let user_input = params.add("teacher.user_channel.input", (n_users, d), init)?;
        let gathered_input = params.add("teacher.user_channel.gathered", (n_items, d), init)?;
        let pattern = Arc::new(Pattern::of_incidence(&train));
        let (by_user, by_item) = (train.inv_sqrt_node_degree(), train.transposed().inv_sqrt_node_degree());
        let normalised = pattern.places().map(|(user, item)| by_user[user] * by_item[item]).collect();
        let inv_sqrt_user_degree = Tensor::from_vec(by_user, (n_users, 1), &candle_core::Device::Cpu)?;
        let users = (0..n_users as u32).collect();
        Ok(Self {
            settings,
            seed,
            train,
            valid,
            params,
            channels,
            item_input,
            user_input,
            gathered_input,
            pattern,
            normalised,
            inv_sqrt_user_degree,
            wide,
            wide_labels,
            users,
        })
    }

    /// Logits of the deep channels, `[n_users, n_items]`.
    fn deep(&self, normalised: &SparseMatrix) -> Result<Tensor> {
        let own = self.user_input.broadcast_mul(&self.inv_sqrt_user_degree)?;
        let user_xs = (normalised.matmul(&self.gathered_input)? + own)?;
        let [user_channel, item_channel] = &self.channels;
        let user_emb = user_channel.forward(normalised, user_xs, &self.settings)?;
        let item_emb = item_channel.forward(&normalised.t(), self.item_input.clone(), &self.settings)?;
        user_emb.matmul(&item_emb.t()?)
    }

    /// The teacher's logits: both channels, each standardised per user.
    fn all_logits(&self) -> Result<Vec<f32>> {
        let n_items = self.train.n_hyperedges();
        let mut logits =
            to_vec(&self.deep(&SparseMatrix::new(self.pattern.clone(), self.normalised.clone()))?.detach())?;
        standardize_rows(&mut logits, n_items);
        let mut both = self.wide.clone();
        add_scaled(&mut both, self.settings.deep_weight, &logits);
        standardize_rows(&mut both, n_items);
        Ok(both)
    }

    /// Learned numbers, the wide channel's item-to-item weights included; and how many of them are no embedding.
    pub fn n_parameters(&self) -> (usize, usize) {
        let n_items = self.train.n_hyperedges();
        let all = self.params.n_parameters() + n_items * n_items.saturating_sub(1);
        let embeddings = [&self.item_input, &self.user_input, &self.gathered_input].map(Tensor::elem_count);
        (all, all - embeddings.iter().sum::<usize>())
    }
}

impl Scorer for Teacher<'_> {
    fn logits(&self, users: Range<usize>) -> Result<Vec<f32>> {
        let n_items = self.train.n_hyperedges();
        Ok(self.all_logits()?[users.start * n_items..users.end * n_items].to_vec())
    }
}

impl Fit for Teacher<'_> {
    fn name(&self) -> (&'static str, &'static str) {
        ("teacher", "teacher")
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn loss_terms(&mut self, epoch: usize, _step: usize) -> Result<Vec<(&'static str, Tensor)>> {
        let keep = 1.0 - self.settings.dropout;
        let mut rng = rng::stream(self.seed, &format!("teacher.dropout.{epoch}"));
        let kept = self.normalised.iter().map(|value| if rng::uniform(&mut rng) < keep { value / keep } else { 0.0 });
        let logits = self.deep(&SparseMatrix::new(self.pattern.clone(), kept.collect()))?;
        let mut terms = Vec::new();
        let settings = &self.settings;
        if settings.wide_loss_weight > 0.0 {
            let soft = soft_loss(&logits, &self.wide_labels)?;
            terms.push(("soft", (soft * settings.wide_loss_weight)?));
        }
        if settings.hard_loss_weight > 0.0 {
            let hard = hard_loss(&logits, &self.train, &self.users)?;
            terms.push(("hard", (hard * settings.hard_loss_weight)?));
        }
        if settings.l2 > 0.0 {
            let squares = [&self.item_input, &self.user_input, &self.gathered_input]
                .into_iter()
                .map(|input| input.sqr()?.sum_all())
                .reduce(|a, b| a? + b?)
                .transpose()?;
            if let Some(squares) = squares {
                terms.push(("l2", (squares * (settings.l2 / self.train.n_nodes() as f64))?));
            }
        }
        Ok(terms)
    }

    fn validate(&self) -> Result<f64> {
        let on = HeldOut { held_out: self.valid, seen: &[&self.train] };
        let model = DenseLogits { logits: self.all_logits()?, n_items: self.train.n_hyperedges() };
        Ok(evaluate(&model, on)?.at_10.ndcg)
    }
}
