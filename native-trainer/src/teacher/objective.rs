//! What the teacher minimises: `L_sup + lambda (L_con_R + L_con_I) + reg` (eq. 10), and the wide channel's soft labels.

use candle_core::{Result, Tensor};

use super::channel::ChannelOutput;
use super::settings::Supervision;
use super::{PreparedTeacher, Teacher};
use crate::evaluation::{HeldOut, evaluate};
use crate::fit::Fit;
use crate::losses::{bpr, hard_loss, info_nce, mse, soft_loss};
use crate::ops::rows;
use crate::params::Params;
use crate::rng;
use crate::sampling::{Pairs, sample};
use crate::sparse::SparseMatrix;

type Terms = Vec<(&'static str, Tensor)>;

impl Fit for Teacher<'_> {
    fn name(&self) -> (&'static str, &'static str) {
        ("teacher", "teacher")
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn n_steps(&self) -> usize {
        let n_rows = if self.settings.is_sampled() { self.pairs.n_likes() } else { self.train.n_nodes() };
        self.settings.fit.n_steps(n_rows)
    }

    fn learns(&self) -> bool {
        self.settings.is_deep() || self.linear.is_some()
    }

    fn loss_terms(&mut self, epoch: usize, step: usize) -> Result<Terms> {
        let mut terms = match &self.linear {
            // Its steps are whole: one an epoch.
            Some(linear) if step == 0 => linear.loss_terms(self.seed, epoch)?,
            _ => Vec::new(),
        };
        if !self.settings.is_deep() {
            return Ok(terms);
        }
        let normalised = self.with_hidden_memberships(epoch, step);
        let outputs = self.channels(&normalised)?;
        terms.extend(if self.settings.is_sampled() {
            self.sampled(&outputs, epoch, step)?
        } else {
            self.full(&outputs, epoch, step)?
        });
        self.contrast(&outputs, epoch, step, &mut terms)?;
        Ok(terms)
    }

    fn has_validation(&self) -> bool {
        self.valid.n_memberships() > 0
    }

    fn validate(&self) -> Result<f64> {
        let on = HeldOut { held_out: self.valid, seen: &[&self.train] };
        Ok(evaluate(&PreparedTeacher::new(self)?, on)?.at_10.ndcg)
    }
}

impl Teacher<'_> {
    fn with_hidden_memberships(&self, epoch: usize, step: usize) -> SparseMatrix {
        let keep = 1.0 - self.settings.dropout;
        // The first step of an epoch bears the epoch's name alone.
        let step = if step == 0 { String::new() } else { format!(".{step}") };
        let mut rng = rng::stream(self.seed, &format!("teacher.dropout.{epoch}{step}"));
        let kept = self.normalised.iter().map(|value| if rng::uniform(&mut rng) < keep { value / keep } else { 0.0 });
        SparseMatrix::new(self.pattern.clone(), kept.collect())
    }

    /// Losses over all items of a batch of users.
    fn full(&mut self, [users, items]: &[ChannelOutput; 2], epoch: usize, step: usize) -> Result<Terms> {
        let settings = &self.settings;
        let batch = self.users.of(&settings.fit, epoch, step).to_vec();
        let is_all = settings.fit.batch_size == 0;
        let user_emb = if is_all { users.emb.clone() } else { rows(&users.emb, &batch)? };
        let logits = self.scorer.score(&user_emb, &items.emb)?;
        let mut terms = Vec::new();
        if let Some(wide) = self.wide.as_ref().filter(|_| settings.wide_loss_weight > 0.0) {
            let labels = wide.labels(&batch, is_all)?;
            terms.push(("soft", (soft_loss(&logits, &labels)? * settings.wide_loss_weight)?));
        }
        if settings.supervision_weight > 0.0 && settings.supervision == Supervision::Softmax {
            terms.push(("softmax", (hard_loss(&logits, &self.train, &batch)? * settings.supervision_weight)?));
        }
        if settings.l2 > 0.0 {
            let inputs = [Some(&self.item_input), Some(&self.user_input), self.gathered_input.as_ref()];
            let squares = inputs.into_iter().flatten().map(|input| input.sqr()?.sum_all());
            if let Some(squares) = squares.reduce(|a, b| a? + b?).transpose()? {
                terms.push(("l2", (squares * (settings.l2 / self.train.n_nodes() as f64))?));
            }
        }
        Ok(terms)
    }

    /// Losses over sampled pairs.
    fn sampled(&mut self, [users, items]: &[ChannelOutput; 2], epoch: usize, step: usize) -> Result<Terms> {
        let settings = &self.settings;
        let n_negatives = settings.n_negatives.max(1);
        let Pairs { users: user_idx, positives, negatives } = self.pairs.of(&settings.fit, epoch, step, n_negatives);
        if user_idx.is_empty() {
            return Ok(Vec::new());
        }
        let n_pairs = user_idx.len();
        let repeated: Vec<u32> = user_idx.iter().flat_map(|&user| std::iter::repeat_n(user, n_negatives)).collect();
        let score = |users_of: &[u32], items_of: &[u32]| {
            self.scorer.score_pairs(&rows(&users.emb, users_of)?, &rows(&items.emb, items_of)?)
        };
        let (positive, negative) = (score(&user_idx, &positives)?, score(&repeated, &negatives)?);
        let (name, loss) = if settings.supervision == Supervision::Mse {
            let (ones, zeros) = (positive.ones_like()?, negative.zeros_like()?);
            ("mse", mse(&Tensor::cat(&[positive, negative], 0)?, &Tensor::cat(&[ones, zeros], 0)?)?)
        } else {
            let positive = positive.unsqueeze(1)?.broadcast_as((n_pairs, n_negatives))?;
            ("bpr", bpr(&positive, &negative.reshape((n_pairs, n_negatives))?)?)
        };
        let mut terms = vec![(name, (loss * settings.supervision_weight)?)];
        if settings.l2 > 0.0 {
            let squares = |input: &Tensor, of: &[u32]| rows(input, of)?.sqr()?.sum_all();
            let sum = (squares(&self.user_input, &user_idx)? + squares(&self.item_input, &positives)?)?;
            let sum = (sum + squares(&self.item_input, &negatives)?)?;
            terms.push(("l2", (sum * (settings.l2 / n_pairs as f64))?));
        }
        Ok(terms)
    }

    /// L_con_R (eq. 4) and L_con_I (eq. 5), for a sample of the nodes of each side.
    fn contrast(&self, outputs: &[ChannelOutput; 2], epoch: usize, step: usize, terms: &mut Terms) -> Result<()> {
        let settings = &self.settings;
        let tau = settings.contrastive_temperature;
        let sides = ["users", "items"];
        let nodes = |side: usize| -> Result<Vec<u32>> {
            let n = outputs[side].emb.dim(0)?;
            let purpose = format!("teacher.contrast.{}.{epoch}.{step}", sides[side]);
            Ok(sample(self.seed, &purpose, n, settings.contrastive_batch))
        };
        if settings.cross_modal_weight > 0.0 {
            for (side, output) in outputs.iter().enumerate() {
                let Some(text_emb) = &output.text_emb else { continue };
                let nodes = nodes(side)?;
                let loss = info_nce(&rows(&output.hypergraph_emb, &nodes)?, &rows(text_emb, &nodes)?, &nodes, tau)?;
                terms.push(("cross-modal", (loss * settings.cross_modal_weight)?));
            }
        }
        if settings.intra_domain_weight > 0.0 {
            let [a, b] = [0, 1].map(|view| self.view(outputs, epoch, step, view));
            let (a, b) = (a?, b?);
            for side in 0..2 {
                let nodes = nodes(side)?;
                let loss = info_nce(&rows(&a[side], &nodes)?, &rows(&b[side], &nodes)?, &nodes, tau)?;
                terms.push(("intra-domain", (loss * settings.intra_domain_weight)?));
            }
        }
        Ok(())
    }

    /// The layers over a hypergraph from which whole hyperedges are hidden: users over some of the items, items over
    /// some of the users.
    fn view(&self, [users, items]: &[ChannelOutput; 2], epoch: usize, step: usize, view: usize) -> Result<[Tensor; 2]> {
        let kept = |side: &str, n: usize| -> Vec<f32> {
            let mut rng = rng::stream(self.seed, &format!("teacher.view.{side}.{epoch}.{step}.{view}"));
            (0..n).map(|_| rng::dropout(&mut rng, self.settings.view_dropout)).collect()
        };
        let of_items = kept("items", self.train.n_hyperedges());
        let of_users = kept("users", self.train.n_nodes());
        let hidden = |factor: &dyn Fn(usize, usize) -> f32| {
            let values = self.pattern.places().zip(&self.normalised).map(|((u, i), value)| value * factor(u, i));
            SparseMatrix::new(self.pattern.clone(), values.collect())
        };
        let over_items = hidden(&|_, item| of_items[item]);
        let over_users = hidden(&|user, _| of_users[user]).t();
        let user_xs = users.with_text(self.user_xs(&over_items)?)?;
        let item_xs = items.with_text(self.item_input.clone())?;
        Ok([
            self.user_channel.layers(&over_items, user_xs, &self.settings)?,
            self.item_channel.layers(&over_users, item_xs, &self.settings)?,
        ])
    }
}
