//! What the baselines with embeddings share: BPR over mini-batches of likes, L2 on the embeddings of the batch, and
//! dot products for logits. They differ in the [`Encoder`] alone.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::Incidence;

use crate::evaluation::{DotLogits, HeldOut, Scorer, evaluate};
use crate::fit::{Fit, FitSettings};
use crate::losses::bpr;
use crate::models::Model;
use crate::ops::{RowIndex, rows};
use crate::params::{Init, Params};
use crate::rng;
use crate::sampling::{PairSampler, Pairs};

/// Settings that all of them have; they stand beside those of the encoder.
// `deny_unknown_fields` and `flatten` exclude each other in serde; `Settings::set` refuses unknown names by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CollaborativeSettings {
    /// d.
    pub emb_dim: usize,
    /// Standard deviation of the embeddings at the start.
    pub init_std: f32,
    /// Weight of half the squared ego embeddings of a batch's users and items, divided by the pairs of the batch: the
    /// `decay` of LightGCN's code.
    pub l2: f64,
    /// The loop.
    pub fit: FitSettings,
}

impl CollaborativeSettings {
    /// What was chosen on validation for one model; width, start and stopping are the same for all.
    pub(super) fn chosen(l2: f64, epochs: usize, learning_rate: f64, batch_size: usize) -> Self {
        let fit =
            FitSettings { epochs, learning_rate, decay_to: 1.0, batch_size, eval_every: 5, patience: 6, min_epochs: 0 };
        Self { emb_dim: 64, init_std: 0.1, l2, fit }
    }
}

/// What a model is trained on.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    /// Seed of every draw.
    pub seed: u64,
    /// Training likes.
    pub train: Arc<Incidence>,
    /// Validation likes.
    pub valid: &'a Incidence,
    /// Where it is trained.
    pub device: Device,
}

/// Embeddings of users and items.
#[derive(Debug, Clone)]
pub struct Embeddings {
    /// `[n_users, emb_dim]`.
    pub users: Tensor,
    /// `[n_items, emb_dim]`.
    pub items: Tensor,
}

impl Embeddings {
    /// The sum over layers.
    ///
    /// # Errors
    /// No layers, or layers of different shapes.
    pub fn sum(layers: &[Self]) -> Result<Self> {
        let Some((first, others)) = layers.split_first() else { candle_core::bail!("no layers to add up") };
        others.iter().try_fold(first.clone(), |sum, layer| {
            Ok(Self { users: (sum.users + &layer.users)?, items: (sum.items + &layer.items)? })
        })
    }

    /// Some rows of each side.
    ///
    /// # Errors
    /// A row that is not there.
    pub fn select(&self, users: &[u32], items: &[u32]) -> Result<Self> {
        Ok(Self { users: rows(&self.users, users)?, items: rows(&self.items, items)? })
    }

    /// The mean over layers.
    ///
    /// # Errors
    /// No layers, or layers of different shapes.
    pub fn mean(layers: &[Self]) -> Result<Self> {
        let (sum, n_layers) = (Self::sum(layers)?, layers.len() as f64);
        Ok(Self { users: (sum.users / n_layers)?, items: (sum.items / n_layers)? })
    }
}

/// From ego embeddings (the learned ones) to those whose dot products are the logits.
pub trait Encoder: Debug {
    /// The embeddings as they are served.
    ///
    /// # Errors
    /// What candle refuses.
    fn forward(&self, ego: &Embeddings) -> Result<Embeddings>;

    /// The embeddings of a batch in a training step, one row for each of `batch.users` and of `batch.items`, and what
    /// the loss has beside BPR and L2. `rng` belongs to this step.
    ///
    /// # Errors
    /// What candle refuses.
    fn train_step(
        &self,
        ego: &Embeddings,
        batch: &Batch,
        _rng: &mut ChaCha8Rng,
    ) -> Result<(Embeddings, Vec<(&'static str, Tensor)>)> {
        Ok((self.forward(ego)?.select(&batch.users, &batch.items)?, Vec::new()))
    }
}

/// The pairs of a step, and the nodes in them, each once: what is gathered and scattered in matrices of all nodes.
#[derive(Debug)]
pub struct Batch {
    /// Users, ascending.
    pub users: Vec<u32>,
    /// Liked and drawn items, ascending.
    pub items: Vec<u32>,
    /// Liked items, ascending.
    pub liked: Vec<u32>,
    /// Of each pair the places of user, liked item and drawn item in these lists.
    places: [RowIndex; 3],
}

impl Batch {
    fn new(pairs: &Pairs, ego: &Embeddings) -> Result<Self> {
        let users = distinct(pairs.users.iter());
        let items = distinct(pairs.positives.iter().chain(&pairs.negatives));
        let places = |of: &[u32], among: &[u32]| {
            let place = |node: &u32| among.binary_search(node).unwrap_or_default() as u32;
            RowIndex::new(of.iter().map(place).collect(), among.len(), &ego.users)
        };
        let places =
            [places(&pairs.users, &users)?, places(&pairs.positives, &items)?, places(&pairs.negatives, &items)?];
        Ok(Self { liked: distinct(pairs.positives.iter()), users, items, places })
    }

    /// One row a pair: users, liked items, drawn items.
    fn pairs_of(&self, embeddings: &Embeddings) -> Result<[Tensor; 3]> {
        let [users, positives, negatives] = &self.places;
        Ok([users.of(&embeddings.users)?, positives.of(&embeddings.items)?, negatives.of(&embeddings.items)?])
    }
}

fn distinct<'a>(nodes: impl Iterator<Item = &'a u32>) -> Vec<u32> {
    let mut nodes: Vec<u32> = nodes.copied().collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

/// A model in training.
#[derive(Debug)]
pub struct Collaborative<'a> {
    model: Model,
    settings: CollaborativeSettings,
    task: Task<'a>,
    params: Params,
    ego: Embeddings,
    encoder: Box<dyn Encoder>,
    sampler: PairSampler,
}

impl<'a> Collaborative<'a> {
    /// With its initial parameters; `encoder` adds those of the encoder, named after the model.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn new(
        model: Model,
        settings: CollaborativeSettings,
        task: Task<'a>,
        encoder: impl FnOnce(&mut Params) -> Result<Box<dyn Encoder>>,
    ) -> Result<Self> {
        let (n_users, n_items) = (task.train.n_nodes(), task.train.n_hyperedges());
        let mut params = Params::new(task.seed, &task.device);
        let init = Init::Normal(settings.init_std);
        let mut ego =
            |name: &str, n: usize| params.add(&format!("{}.{name}", model.name()), (n, settings.emb_dim), init);
        let ego = Embeddings { users: ego("user_emb", n_users)?, items: ego("item_emb", n_items)? };
        let encoder = encoder(&mut params)?;
        let sampler = PairSampler::new(task.seed, model.name(), task.train.clone());
        Ok(Self { model, settings, task, params, ego, encoder, sampler })
    }

    /// How it is fitted.
    pub fn fit_settings(&self) -> &FitSettings {
        &self.settings.fit
    }

    /// Learned numbers, and how many of them are no embedding.
    pub fn n_parameters(&self) -> (usize, usize) {
        let all = self.params.n_parameters();
        (all, all - self.ego.users.elem_count() - self.ego.items.elem_count())
    }

    /// The model after training.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn trained(self) -> Result<Trained> {
        let kept = dot_logits(&*self.encoder, &self.ego)?;
        Ok(Trained { ego: self.ego, encoder: self.encoder, kept })
    }
}

fn dot_logits(encoder: &dyn Encoder, ego: &Embeddings) -> Result<DotLogits> {
    let Embeddings { users, items } = encoder.forward(ego)?;
    Ok(DotLogits { user_emb: users.detach(), item_emb: items.detach() })
}

impl Fit for Collaborative<'_> {
    fn name(&self) -> (&'static str, &'static str) {
        (self.model.name(), self.model.name())
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn n_steps(&self) -> usize {
        self.settings.fit.n_steps(self.sampler.n_likes())
    }

    fn loss_terms(&mut self, epoch: usize, step: usize) -> Result<Vec<(&'static str, Tensor)>> {
        let pairs = self.sampler.of(&self.settings.fit, epoch, step, 1);
        let n_pairs = pairs.users.len();
        if n_pairs == 0 {
            return Ok(Vec::new());
        }
        let batch = Batch::new(&pairs, &self.ego)?;
        let mut rng = rng::stream(self.task.seed, &format!("{}.step.{epoch}.{step}", self.model.name()));
        let (embeddings, mut terms) = self.encoder.train_step(&self.ego, &batch, &mut rng)?;
        let [users, positives, negatives] = batch.pairs_of(&embeddings)?;
        let logits = |items: Tensor| (&users * items)?.sum(1);
        terms.push(("bpr", bpr(&logits(positives)?, &logits(negatives)?)?));
        if self.settings.l2 > 0.0 {
            let [users, positives, negatives] = batch.pairs_of(&self.ego.select(&batch.users, &batch.items)?)?;
            let squares = |xs: Tensor| xs.sqr()?.sum_all();
            let squares = ((squares(users)? + squares(positives)?)? + squares(negatives)?)?;
            terms.push(("l2", (squares * (self.settings.l2 / (2.0 * n_pairs as f64)))?));
        }
        Ok(terms)
    }

    fn has_validation(&self) -> bool {
        self.task.valid.n_memberships() > 0
    }

    fn validate(&self) -> Result<f64> {
        let on = HeldOut { held_out: self.task.valid, seen: &[&self.task.train] };
        Ok(evaluate(&dot_logits(&*self.encoder, &self.ego)?, on)?.at_10.ndcg)
    }
}

/// A trained model: the final embeddings are kept, the way to them is not forgotten.
#[derive(Debug)]
pub struct Trained {
    ego: Embeddings,
    encoder: Box<dyn Encoder>,
    kept: DotLogits,
}

impl Scorer for Trained {
    fn logits(&self, users: Range<usize>) -> Result<Vec<f32>> {
        self.kept.logits(users)
    }

    fn refreshed(&self) -> Result<Option<Box<dyn Scorer + '_>>> {
        Ok(Some(Box::new(dot_logits(&*self.encoder, &self.ego)?)))
    }
}
