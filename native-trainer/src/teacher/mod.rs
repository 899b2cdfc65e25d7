//! The teacher: a dual-channel hypergraph network with text (MODEL.md, "Teacher"), beside a closed-form wide channel.
//!
//! **Deep channels.** `P = D_v^-1/2 H D_e^-1 H^T D_v^-1/2`; per channel `X_l = act(P X_{l-1} Theta_l)` from a learned
//! embedding plus the projected text, then the fusion `MLP([z_hgnn || z_text])` and a scorer over `[z_u || z_i]`.
//! Losses: eq. 10 (`objective.rs`).
//!
//! **Wide channel.** With few likes the deep channels alone overfit whatever their size, so the tuned teacher has a
//! second, full-rank view of the same hypergraph: item-to-item weights by ridge regression ([`ease`]). Its soft labels
//! regularise the deep channels, and the teacher's logits are `z(wide) + deep_weight z(deep)`, z standardising per user.
//! So the wide channel **is** the closed form of EASE^R (or, where the catalogue is too large for that, a graph filter:
//! `filter.rs`). The preset `paper` has none.
//!
//! **Linear channel** (`linear.rs`). Where likes are few and reviews are there, items are a learned map of their text, one
//! step over the hypergraph and no layers. The preset `tuned-reviews` rests on it; the others have none.

mod channel;
mod filter;
mod linear;
mod objective;
mod settings;
mod shipped;
mod wide;

use std::ops::{Deref, Range};
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};
use sharp_distill::hypergraph::Incidence;

use crate::baselines::ease::EaseError;
use crate::evaluation::Scorer;
use crate::head::ScoringHead;
use crate::logits::{add_scaled, standardize_rows, standardized};
use crate::ops::{rows, to_vec};
use crate::params::{Init, Params};
use crate::paths::is_fused;
use crate::sampling::{Batches, PairSampler};
use crate::sparse::{Pattern, SparseMatrix, normalised_values};
use crate::text::TextFeatures;
use channel::{Channel, ChannelOutput};
pub(crate) use filter::{FILTER_BLOCK, FILTER_MORE};
use linear::LinearChannel;
pub use linear::{LinearSettings, LinearStart};
pub use settings::{Activation, Supervision, TeacherSettings};
use wide::Wide;
pub use wide::WideKind;

/// A teacher in training or trained.
#[derive(Debug)]
pub struct Teacher<'a> {
    settings: TeacherSettings,
    seed: u64,
    train: Arc<Incidence>,
    valid: &'a Incidence,
    params: Params,
    user_channel: Channel,
    item_channel: Channel,
    scorer: ScoringHead,
    item_input: Tensor,
    user_input: Tensor,
    gathered_input: Option<Tensor>,
    pattern: Arc<Pattern>,
    /// `D_u^-1/2 H D_i^-1/2` by entry, and `D_u^-1/2`.
    normalised: Vec<f32>,
    inv_sqrt_user_degree: Tensor,
    wide: Option<Wide>,
    linear: Option<LinearChannel>,
    users: Batches,
    pairs: PairSampler,
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
    /// [`on`](Self::on) the CPU.
    ///
    /// # Errors
    /// A ridge with which the wide channel has no solution.
    pub fn new(
        settings: TeacherSettings,
        seed: u64,
        train: Arc<Incidence>,
        valid: &'a Incidence,
        text: Option<&TextFeatures>,
    ) -> std::result::Result<Self, TeacherError> {
        Self::on(&Device::Cpu, settings, seed, train, valid, text)
    }

    /// A teacher with its initial parameters, which live on the device; its wide channel is solved here, by the CPU.
    ///
    /// # Errors
    /// A ridge with which the wide channel has no solution.
    pub fn on(
        device: &Device,
        settings: TeacherSettings,
        seed: u64,
        train: Arc<Incidence>,
        valid: &'a Incidence,
        text: Option<&TextFeatures>,
    ) -> std::result::Result<Self, TeacherError> {
        let (n_users, n_items, d) = (train.n_nodes(), train.n_hyperedges(), settings.emb_dim);
        let wide = if settings.is_wide() { Some(Wide::new(&settings, &train, seed, device)?) } else { None };
        let mut params = Params::new(seed, device);
        let text_of = |features: fn(&TextFeatures) -> &Vec<f32>, n_nodes: usize| {
            text.map(|text| Tensor::from_vec(features(text).clone(), (n_nodes, text.dim), device)).transpose()
        };
        let user_text = text_of(|text| &text.users, n_users)?;
        let item_text = text_of(|text| &text.items, n_items)?;
        let user_channel = Channel::new(&mut params, "user_channel", &settings, user_text)?;
        let item_channel = Channel::new(&mut params, "item_channel", &settings, item_text)?;
        let scorer = ScoringHead::new(
            &mut params,
            "teacher.scorer",
            settings.scorer,
            (d, settings.hidden_dim),
            settings.scorer_init_std,
        )?;
        let init = Init::Normal(settings.init_std);
        let item_input = params.add("teacher.item_channel.input", (n_items, d), init)?;
        let user_input = params.add("teacher.user_channel.input", (n_users, d), init)?;
        let gathered_input = if settings.gathered_input {
            Some(params.add("teacher.user_channel.gathered", (n_items, d), init)?)
        } else {
            None
        };
        let linear = if settings.linear.weight > 0.0 {
            Some(LinearChannel::new(&settings.linear, &mut params, &train, d, text)?)
        } else {
            None
        };
        let pattern = Arc::new(Pattern::of_incidence(&train));
        let normalised = normalised_values(&train);
        let inv_sqrt_user_degree = Tensor::from_vec(train.inv_sqrt_node_degree(), (n_users, 1), device)?;
        Ok(Self {
            users: Batches::new(seed, "teacher.users", n_users),
            pairs: PairSampler::new(seed, "teacher.pairs", train.clone()),
            settings,
            seed,
            train,
            valid,
            params,
            user_channel,
            item_channel,
            scorer,
            item_input,
            user_input,
            gathered_input,
            pattern,
            normalised,
            inv_sqrt_user_degree,
            wide,
            linear,
        })
    }

    /// Whether its wide channel is the graph filter.
    pub fn is_filter(&self) -> bool {
        matches!(self.wide, Some(Wide::Filter { .. }))
    }

    /// Width of the embeddings.
    pub fn emb_dim(&self) -> usize {
        self.settings.emb_dim
    }

    /// The whole incidence, normalised.
    fn propagation(&self) -> SparseMatrix {
        SparseMatrix::new(self.pattern.clone(), self.normalised.clone())
    }

    /// What users start from.
    fn user_xs(&self, normalised: &SparseMatrix) -> Result<Tensor> {
        match &self.gathered_input {
            // `normalised` scales a user's items by D_u^-1/2; the own embedding is scaled alike.
            Some(gathered) => {
                normalised.matmul(gathered)? + self.user_input.broadcast_mul(&self.inv_sqrt_user_degree)?
            }
            None => Ok(self.user_input.clone()),
        }
    }

    /// Both channels: users, items.
    fn channels(&self, normalised: &SparseMatrix) -> Result<[ChannelOutput; 2]> {
        let users = self.user_channel.forward(normalised, &self.user_xs(normalised)?, &self.settings)?;
        let items = self.item_channel.forward(&normalised.t(), &self.item_input, &self.settings)?;
        Ok([users, items])
    }

    /// Z_t of users and items: of the deep channels, or of the linear one where there are no deep ones.
    fn embed(&self, linear: Option<&[Tensor; 2]>) -> Result<[Tensor; 2]> {
        match linear {
            Some(linear) if !self.settings.is_deep() => Ok(linear.clone()),
            _ => Ok(self.channels(&self.propagation())?.map(|output| output.emb.detach())),
        }
    }

    /// Users and items of the linear channel.
    fn linear_emb(&self) -> Result<Option<[Tensor; 2]>> {
        let Some(linear) = &self.linear else { return Ok(None) };
        let item_emb = linear.item_emb()?.detach();
        Ok(Some([linear.user_emb(&item_emb)?.detach(), item_emb]))
    }

    /// Learned numbers of the channels that are asked, the wide channel's item-to-item weights included; and how many of
    /// them are no embedding.
    pub fn n_parameters(&self) -> (usize, usize) {
        let n_wide = self.wide.as_ref().map_or(0, Wide::n_parameters);
        let n_linear = self.params.n_parameters_of(linear::NAME);
        let in_linear = self.linear.as_ref().map_or(0, LinearChannel::n_embeddings);
        let (n_deep, in_deep) = if self.settings.is_deep() {
            let inputs = [Some(&self.item_input), Some(&self.user_input), self.gathered_input.as_ref()];
            let in_inputs = inputs.into_iter().flatten().map(Tensor::elem_count).sum();
            (self.params.n_parameters() - n_linear, in_inputs)
        } else {
            (0, 0)
        };
        let all = n_deep + n_linear + n_wide;
        (all, all - in_deep - in_linear)
    }
}

/// A teacher, owned or borrowed, whose embeddings have been computed.
#[derive(Debug, Clone)]
pub struct PreparedTeacher<T> {
    teacher: T,
    /// Z_t of the users, `[n_users, emb_dim]`.
    pub user_emb: Tensor,
    /// Z_t of the items, `[n_items, emb_dim]`.
    pub item_emb: Tensor,
    /// The linear channel's, users and items.
    linear_emb: Option<[Tensor; 2]>,
}

impl<'a, T: Deref<Target = Teacher<'a>>> PreparedTeacher<T> {
    /// Propagates once, for as many answers as are wanted.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn new(teacher: T) -> Result<Self> {
        let linear_emb = teacher.linear_emb()?;
        let [user_emb, item_emb] = teacher.embed(linear_emb.as_ref())?;
        Ok(Self { teacher, user_emb, item_emb, linear_emb })
    }
}

impl<'a, T: Deref<Target = Teacher<'a>>> PreparedTeacher<T> {
    /// Deep logits, or with other channels `z(wide_weight z(wide) + linear_weight z(linear) + deep_weight z(deep))`; `pick`
    /// takes the rows of `users` out of all users'.
    fn mixed(&self, users: &[u32], pick: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Vec<f32>> {
        let Teacher { settings, scorer, wide, linear, train, .. } = &*self.teacher;
        let n_items = train.n_hyperedges();
        let deep = || to_vec(&scorer.score(&pick(&self.user_emb)?, &self.item_emb)?.detach());
        let mut channels = Vec::new();
        if let Some(wide) = wide.as_ref().filter(|_| settings.wide_weight > 0.0) {
            channels.push((settings.wide_weight, wide.logits(users)?));
        }
        if let (Some(linear), Some([user_emb, item_emb])) = (linear, &self.linear_emb) {
            let mut logits = to_vec(&linear.logits([&pick(user_emb)?, item_emb])?)?;
            standardize_rows(&mut logits, n_items);
            channels.push((settings.linear.weight, logits));
        }
        if channels.is_empty() {
            return deep();
        }
        if settings.is_deep() {
            let mut logits = deep()?;
            standardize_rows(&mut logits, n_items);
            channels.push((settings.deep_weight, logits));
        }
        let mut sum = vec![0.0; users.len() * n_items];
        channels.iter().for_each(|(weight, logits)| add_scaled(&mut sum, *weight, logits));
        standardize_rows(&mut sum, n_items);
        Ok(sum)
    }
}

impl<'a, T: Deref<Target = Teacher<'a>> + Clone> Scorer for PreparedTeacher<T> {
    fn logits(&self, users: Range<usize>) -> Result<Vec<f32>> {
        self.mixed(&filter::listed(&users), |emb| emb.narrow(0, users.start, users.len()))
    }

    /// Where nothing is fused: as [`logits`](Self::logits), channel by channel.
    fn logits_of(&self, users: &[u32]) -> Result<Option<Tensor>> {
        let Teacher { settings, scorer, wide, linear, params, .. } = &*self.teacher;
        if is_fused(params.device()) {
            return Ok(None);
        }
        let deep =
            || Ok::<_, candle_core::Error>(scorer.score(&rows(&self.user_emb, users)?, &self.item_emb)?.detach());
        let mut channels = Vec::new();
        if let Some(wide) = wide.as_ref().filter(|_| settings.wide_weight > 0.0) {
            let Some(logits) = wide.logits_on_device(users)? else { return Ok(None) };
            channels.push((settings.wide_weight, logits));
        }
        if let (Some(linear), Some([user_emb, item_emb])) = (linear, &self.linear_emb) {
            let logits = linear.logits([&rows(user_emb, users)?, item_emb])?;
            channels.push((settings.linear.weight, standardized(&logits)?));
        }
        if channels.is_empty() {
            return deep().map(Some);
        }
        if settings.is_deep() {
            channels.push((settings.deep_weight, standardized(&deep()?)?));
        }
        let weighted = channels.into_iter().map(|(weight, logits)| logits * f64::from(weight));
        let sum = weighted.reduce(|a, b| a? + b?).transpose()?;
        sum.map(|sum| standardized(&sum)).transpose()
    }

    /// Of the deep channels alone only what is asked for; the others are standardised over all items of a user.
    fn picked_logits(&self, users: &[u32], items: Option<&[u32]>) -> Result<Tensor> {
        let is_wide = self.teacher.wide.is_some() && self.teacher.settings.wide_weight > 0.0;
        if !is_wide && self.linear_emb.is_none() {
            let item_emb = items.map_or_else(|| Ok(self.item_emb.clone()), |items| rows(&self.item_emb, items))?;
            return Ok(self.teacher.scorer.score(&rows(&self.user_emb, users)?, &item_emb)?.detach());
        }
        // Together: the filter's products are made for many users at a time.
        let logits = match self.logits_of(users)? {
            Some(logits) => logits,
            None => {
                let shape = (users.len(), self.teacher.train.n_hyperedges());
                Tensor::from_vec(self.mixed(users, |emb| rows(emb, users))?, shape, &Device::Cpu)?
            }
        };
        match items {
            Some(items) => logits.index_select(&Tensor::new(items, logits.device())?, 1),
            None => Ok(logits),
        }
    }

    fn refreshed(&self) -> Result<Option<Box<dyn Scorer + '_>>> {
        Ok(Some(Box::new(PreparedTeacher::new(self.teacher.clone())?)))
    }
}
