//! What the student minimises: `L_hard + lambda1 L_soft + lambda2 L_con_U + lambda3 L_con_I` (eq. 15-21).

use std::sync::Arc;

use candle_core::{Result, Tensor};

use super::sampled::SampledItems;
use super::{CandleStudent, Hidden, Select};
use crate::evaluation::{HeldOut, evaluate};
use crate::fit::Fit;
use crate::losses::{hard_loss, soft_loss};
use crate::ops::rows;
use crate::params::Params;
use crate::rng;
use crate::sampling::sample;
use crate::sparse::{Pattern, SparseMatrix};

impl Fit for CandleStudent<'_> {
    fn name(&self) -> (&'static str, &'static str) {
        (self.name, self.section)
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn n_steps(&self) -> usize {
        self.training.fit.n_steps(self.config.n_users)
    }

    fn loss_terms(&mut self, epoch: usize, step: usize) -> Result<Vec<(&'static str, Tensor)>> {
        let is_all = self.training.fit.batch_size == 0;
        let batch = self.users.of(&self.training.fit, epoch, step).to_vec();
        let hidden = self.hide(epoch, step);
        let [item_xw, all_user_emb, all_item_emb] = self.embed(Some(&hidden))?;
        let mut user_emb = if is_all { all_user_emb.clone() } else { rows(&all_user_emb, &batch)? };
        let n_sampled = self.training.n_sampled_items;
        let sampled = SampledItems::draw(self.seed, (epoch, step), &self.train, n_sampled);
        let items = sampled.as_ref().map(|sampled| sampled.items.as_slice());
        let of_step = |xs: &Tensor| items.map_or_else(|| Ok(xs.clone()), |items| rows(xs, items));
        let mut item_emb = of_step(&all_item_emb)?;
        let mut gamma = 1.0;
        if let Some(distillation) = &self.distillation {
            gamma = distillation.settings().gamma_at(epoch);
            user_emb = distillation.interpolate(epoch, 0, (!is_all).then_some(&batch), &user_emb)?;
            item_emb = distillation.interpolate(epoch, 1, items, &item_emb)?;
        }
        let mut logits = self.score(&user_emb, &item_emb)?;
        if self.training.leave_one_out {
            // Interpolated, the item reaches its own logit by way of gamma z_u.
            let own = self.own_share(&batch, &hidden, (&of_step(&item_xw)?, &item_emb), sampled.as_ref())?;
            logits = (logits - (own * gamma)?)?;
        }
        let mut terms = Vec::new();
        if self.training.hard_loss_weight > 0.0 {
            let hard = match &sampled {
                None => hard_loss(&logits, &self.train, &batch)?,
                Some(sampled) => {
                    let rows: Vec<u32> = (0..batch.len() as u32).collect();
                    hard_loss(&logits, &sampled.likes(&self.train, &batch)?, &rows)?
                }
            };
            terms.push(("hard", (hard * self.training.hard_loss_weight)?));
        }
        self.distil(&logits, [&all_user_emb, &all_item_emb], (epoch, step), (&batch, items), &mut terms)?;
        if self.training.l2 > 0.0 {
            let squares = self.scaled_features.sqr()?.sum_all()?;
            terms.push(("l2", (squares * (self.training.l2 / self.config.n_users as f64))?));
        }
        Ok(terms)
    }

    fn has_validation(&self) -> bool {
        self.valid.n_memberships() > 0
    }

    fn validate(&self) -> Result<f64> {
        let on = HeldOut { held_out: self.valid, seen: &[&self.train] };
        let ndcg = |visitors| Ok::<_, candle_core::Error>(evaluate(&self.prepare(visitors)?, on)?.at_10.ndcg);
        match self.training.select {
            Select::Users => ndcg(false),
            Select::Visitors => ndcg(true),
            Select::Both => Ok((ndcg(false)? + ndcg(true)?) / 2.0),
        }
    }
}

impl CandleStudent<'_> {
    /// Draws what a step does not see.
    fn hide(&self, epoch: usize, step: usize) -> Hidden {
        let training = &self.training;
        // The first step of an epoch bears the epoch's name alone.
        let step = if step == 0 { String::new() } else { format!(".{step}") };
        let mut rng = rng::stream(self.seed, &format!("student.dropout.{epoch}{step}"));
        let memberships = (0..self.train.n_memberships()).map(|_| rng::dropout(&mut rng, training.dropout)).collect();
        // Hidden or not, and not rescaled: a user's own embedding is there whole or, for a visitor, not at all.
        let is_kept = |rng: &mut _| f32::from(u8::from(rng::uniform(rng) < 1.0 - training.ego_dropout));
        let self_loops = (0..self.config.n_users).map(|_| is_kept(&mut rng)).collect();
        Hidden { memberships, self_loops }
    }

    /// The losses that come from the teacher.
    fn distil(
        &mut self,
        logits: &Tensor,
        embeddings: [&Tensor; 2],
        (epoch, step): (usize, usize),
        (batch, items): (&[u32], Option<&[u32]>),
        terms: &mut Vec<(&'static str, Tensor)>,
    ) -> Result<()> {
        let is_all = self.training.fit.batch_size == 0;
        let Some(distillation) = &mut self.distillation else { return Ok(()) };
        let settings = distillation.settings().clone();
        if settings.lambda1 > 0.0 {
            let labels = match items {
                None => distillation.labels(epoch, batch, is_all)?,
                Some(items) => distillation.labels_of(epoch, batch, items)?,
            };
            let soft = match distillation.hidden(batch, items)? {
                Some(added) => soft_loss(&(logits + added)?, &labels)?,
                None => soft_loss(logits, &labels)?,
            };
            terms.push(("soft", (soft * settings.lambda1)?));
        }
        let sides = [("contrast of users", settings.lambda2), ("contrast of items", settings.lambda3)];
        for (side, (name, lambda)) in sides.into_iter().enumerate() {
            if lambda > 0.0 {
                let purpose = format!("student.{name}.{epoch}.{step}");
                let nodes = sample(self.seed, &purpose, embeddings[side].dim(0)?, settings.contrastive_batch);
                let contrast = distillation.contrast(side, &nodes, &rows(embeddings[side], &nodes)?)?;
                terms.push((name, (contrast * lambda)?));
            }
        }
        Ok(())
    }

    /// What each training item of a batch of users adds to its own logit, by way of `A_ui (XW)_i . z_i`, as a dense
    /// matrix of the batch: over all items, or over those of a sample, whose rows `item_xw` and `item_emb` then are.
    fn own_share(
        &self,
        batch: &[u32],
        hidden: &Hidden,
        (item_xw, item_emb): (&Tensor, &Tensor),
        sampled: Option<&SampledItems>,
    ) -> Result<Tensor> {
        let by_item = (item_xw * item_emb)?.sum(1)?;
        let by_user = self.train.by_node();
        let (mut offsets, mut columns, mut values) = (vec![0u32], Vec::new(), Vec::new());
        for &user in batch {
            let start = by_user.offsets()[user as usize] as usize;
            for (at, &item) in by_user.row(user as usize).iter().enumerate() {
                let item_node = self.config.n_users + item as usize;
                let scale = self.inv_sqrt_degree[user as usize] * self.inv_sqrt_degree[item_node];
                let Some(column) = sampled.map_or(Some(item), |sampled| sampled.place_of(item)) else { continue };
                columns.push(column);
                values.push(scale * hidden.memberships[start + at]);
            }
            offsets.push(columns.len() as u32);
        }
        let n_columns = sampled.map_or(self.config.n_items, |sampled| sampled.items.len());
        let pattern = Arc::new(Pattern::new(n_columns, offsets, columns));
        SparseMatrix::new(pattern, values).scale_columns(&by_item)
    }
}
