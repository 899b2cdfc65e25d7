//! What a teacher hands on: soft labels, embeddings to lean on, and similarities.

use std::borrow::Cow;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor, bail};
use sharp_distill::hypergraph::Incidence;

use super::settings::DistilSettings;
use crate::evaluation::Scorer;
use crate::logits::{standardize_rows, standardized};
use crate::losses::{PositionalFeatures, SoftLabels, cosine_similarities, info_nce_of, temperature_at};
use crate::ops::{rows, to_vec};
use crate::paths::is_fused;

/// Logits that are asked of a teacher at a time while all are computed to be kept: 256 MiB of them.
const BLOCK: usize = 1 << 26;

/// Added to the logit of an item that a softmax is not to see: finite, so that nothing times it is NaN.
const HIDDEN: f32 = -1e4;

/// A teacher's knowledge, ready to learn from.
pub struct Distillation<'t> {
    settings: DistilSettings,
    teacher: Box<dyn Scorer + 't>,
    /// Logits of all users, ready for a softmax; none if they are too many.
    kept: Option<Vec<f32>>,
    /// The same, where nothing is fused.
    kept_on_device: Option<Tensor>,
    device: Device,
    n_items: usize,
    labels: Option<Arc<SoftLabels>>,
    /// Z_t of users and of items.
    embeddings: Option<[Tensor; 2]>,
    /// Positional features of users and of items.
    positional: [PositionalFeatures; 2],
    /// Items that a user has, if the labels are over the others alone.
    seen: Option<Incidence>,
}

impl std::fmt::Debug for Distillation<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Distillation").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl<'t> Distillation<'t> {
    /// From a trained teacher, of which all logits are computed now if no more than `max_kept_logits` are to be kept;
    /// `embeddings` are those of users and of items, if it has any.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn new(
        settings: DistilSettings,
        teacher: Box<dyn Scorer + 't>,
        embeddings: Option<[Tensor; 2]>,
        train: &Incidence,
    ) -> Result<Self> {
        if embeddings.is_none() && settings.needs_embeddings() {
            bail!("distil.gamma below 1, distil.lambda2 and distil.lambda3 need a teacher with embeddings");
        }
        let (n_users, n_items) = (train.n_nodes(), train.n_hyperedges());
        let positional = [
            PositionalFeatures::new(train, settings.n_hops, settings.beta),
            PositionalFeatures::new(&train.transposed(), settings.n_hops, settings.beta),
        ];
        let mut made = Self {
            seen: settings.unseen_only.then(|| train.clone()),
            settings,
            teacher,
            kept: None,
            kept_on_device: None,
            device: Device::Cpu,
            n_items,
            labels: None,
            embeddings,
            positional,
        };
        let n_logits = n_users.saturating_mul(n_items);
        if n_logits <= made.settings.max_kept_logits {
            let mut kept = Vec::with_capacity(n_logits);
            let n_at_a_time = (BLOCK / n_items.max(1)).max(1);
            for start in (0..n_users).step_by(n_at_a_time) {
                let mut logits = made.teacher.logits(start..(start + n_at_a_time).min(n_users))?;
                made.soften(&mut logits, n_items);
                kept.append(&mut logits);
            }
            made.kept = Some(kept);
        }
        Ok(made)
    }

    /// The same for a student that lives on a device.
    pub(super) fn on(self, device: &Device) -> Result<Self> {
        let embeddings = match &self.embeddings {
            Some([users, items]) => Some([users.to_device(device)?, items.to_device(device)?]),
            None => None,
        };
        let mut moved = Self {
            embeddings,
            positional: self.positional.map(|of_side| of_side.on(device)),
            device: device.clone(),
            ..self
        };
        if !is_fused(device)
            && let Some(kept) = moved.kept.take()
        {
            let n_users = kept.len() / moved.n_items.max(1);
            moved.kept_on_device = Some(Tensor::from_vec(kept, (n_users, moved.n_items), device)?);
        }
        Ok(moved)
    }

    /// The settings.
    pub fn settings(&self) -> &DistilSettings {
        &self.settings
    }

    /// What is added to the logits of some users, of teacher and student alike, before their softmax: much less than nothing at
    /// the items that a user has, if the labels are over the others alone.
    ///
    /// # Shapes
    /// The result is `[users.len(), n_columns]`; `items` are ascending, all of them if none are named.
    ///
    /// # Errors
    /// What candle refuses.
    pub(super) fn hidden(&self, users: &[u32], items: Option<&[u32]>) -> Result<Option<Tensor>> {
        let Some(added) = self.hidden_values(users, items) else { return Ok(None) };
        let shape = (users.len(), items.map_or(self.n_items, <[u32]>::len));
        Tensor::from_vec(added, shape, &self.device).map(Some)
    }

    fn hidden_values(&self, users: &[u32], items: Option<&[u32]>) -> Option<Vec<f32>> {
        let seen = self.seen.as_ref()?;
        let n_columns = items.map_or(self.n_items, <[u32]>::len);
        let mut added = vec![0.0; users.len() * n_columns];
        for (row, &user) in added.chunks_exact_mut(n_columns.max(1)).zip(users) {
            for item in seen.hyperedges_of(user as usize) {
                let place = items.map_or(Some(*item as usize), |items| items.binary_search(item).ok());
                if let Some(place) = place {
                    row[place] = HIDDEN;
                }
            }
        }
        Some(added)
    }

    /// Soft labels of logits on the host that are ready but for what is hidden.
    fn labels_from(
        &self,
        mut logits: Cow<'_, [f32]>,
        (users, items): (&[u32], Option<&[u32]>),
        temperature: f32,
    ) -> Result<Arc<SoftLabels>> {
        if let Some(added) = self.hidden_values(users, items) {
            logits.to_mut().iter_mut().zip(added).for_each(|(logit, added)| *logit += added);
        }
        SoftLabels::new(&logits, items.map_or(self.n_items, <[u32]>::len), temperature).map(Arc::new)
    }

    fn soften(&self, logits: &mut [f32], n_columns: usize) {
        if self.settings.standardize {
            standardize_rows(logits, n_columns);
        }
        logits.iter_mut().for_each(|logit| *logit *= self.settings.logit_scale);
    }

    /// The soft labels of some users in an epoch (eq. 11-12). Those of all users are kept while the temperature stays.
    ///
    /// # Errors
    /// A temperature that is not above 0.
    pub fn labels(&mut self, epoch: usize, users: &[u32], is_all: bool) -> Result<Arc<SoftLabels>> {
        let DistilSettings { temperature_max, temperature_min, annealing_epochs, .. } = self.settings;
        let temperature = temperature_at(epoch, temperature_max, temperature_min, annealing_epochs);
        if let Some(labels) = self.labels.as_ref().filter(|labels| is_all && labels.temperature() == temperature) {
            return Ok(labels.clone());
        }
        if !is_fused(&self.device) {
            let mut logits = self.logits_on_device(users, is_all)?;
            if let Some(added) = self.hidden(users, None)? {
                logits = (logits + added)?;
            }
            let labels = Arc::new(SoftLabels::of_tensor(&logits, temperature)?);
            self.labels = is_all.then(|| labels.clone());
            return Ok(labels);
        }
        let logits: Cow<'_, [f32]> = match &self.kept {
            Some(kept) if is_all => kept.into(),
            Some(kept) => {
                let row = |user: &u32| &kept[*user as usize * self.n_items..][..self.n_items];
                users.iter().flat_map(row).copied().collect()
            }
            None => {
                let mut logits = to_vec(&self.teacher.picked_logits(users, None)?)?;
                self.soften(&mut logits, self.n_items);
                logits.into()
            }
        };
        let labels = self.labels_from(logits, (users, None), temperature)?;
        if is_all {
            self.labels = Some(labels.clone());
        }
        Ok(labels)
    }

    /// The teacher's logits of some users, ready for a softmax. Through the host only where the teacher has no others.
    fn logits_on_device(&self, users: &[u32], is_all: bool) -> Result<Tensor> {
        if let Some(kept) = &self.kept_on_device {
            return if is_all { Ok(kept.clone()) } else { rows(kept, users) };
        }
        let mut logits = match self.teacher.logits_of(users)? {
            Some(logits) => logits.to_device(&self.device)?,
            None => {
                let mut logits = Vec::with_capacity(users.len() * self.n_items);
                for &user in users {
                    logits.extend(self.teacher.logits(user as usize..user as usize + 1)?);
                }
                Tensor::from_vec(logits, (users.len(), self.n_items), &self.device)?
            }
        };
        if self.settings.standardize {
            logits = standardized(&logits)?;
        }
        logits * f64::from(self.settings.logit_scale)
    }

    /// The soft labels of some users over some items alone: both softmaxes run over these, and so does the
    /// standardisation, whose mean and deviation are then those of the sample.
    ///
    /// # Errors
    /// A temperature that is not above 0.
    pub(super) fn labels_of(&self, epoch: usize, users: &[u32], items: &[u32]) -> Result<Arc<SoftLabels>> {
        let DistilSettings { temperature_max, temperature_min, annealing_epochs, .. } = self.settings;
        let temperature = temperature_at(epoch, temperature_max, temperature_min, annealing_epochs);
        let is_kept = self.kept.is_some() || self.kept_on_device.is_some();
        // Those that are kept are scaled already, which standardising them over the sample takes away.
        let is_ready = is_kept && !self.settings.standardize;
        if is_fused(&self.device) {
            let mut logits = match &self.kept {
                Some(kept) => {
                    let row = |user: &u32| &kept[*user as usize * self.n_items..][..self.n_items];
                    users.iter().map(row).flat_map(|row| items.iter().map(|&item| row[item as usize])).collect()
                }
                None => to_vec(&self.teacher.picked_logits(users, Some(items))?)?,
            };
            if !is_ready {
                self.soften(&mut logits, items.len());
            }
            return self.labels_from(logits.into(), (users, Some(items)), temperature);
        }
        let mut logits = match &self.kept_on_device {
            Some(kept) => rows(kept, users)?.index_select(&Tensor::new(items, &self.device)?, 1)?,
            None => self.teacher.picked_logits(users, Some(items))?.to_device(&self.device)?,
        };
        if self.settings.standardize {
            logits = standardized(&logits)?;
        }
        if !is_ready {
            logits = (logits * f64::from(self.settings.logit_scale))?;
        }
        if let Some(added) = self.hidden(users, Some(items))? {
            logits = (logits + added)?;
        }
        SoftLabels::of_tensor(&logits, temperature).map(Arc::new)
    }

    /// `gamma Z + (1 - gamma) Z_t` (eq. 13) for some rows of a side (0 users, 1 items).
    ///
    /// # Errors
    /// A teacher whose embeddings are of another width.
    pub fn interpolate(&self, epoch: usize, side: usize, node_idx: Option<&[u32]>, emb: &Tensor) -> Result<Tensor> {
        let gamma = self.settings.gamma_at(epoch);
        let Some(embeddings) = self.embeddings.as_ref().filter(|_| gamma < 1.0) else { return Ok(emb.clone()) };
        let of_teacher = match node_idx {
            Some(node_idx) => rows(&embeddings[side], node_idx)?,
            None => embeddings[side].clone(),
        };
        if of_teacher.dims() != emb.dims() {
            bail!(
                "distil.gamma below 1 mixes embeddings of teacher and student: {:?} and {:?} differ. Give teacher.emb_dim \
                 and student.emb_dim one value, or --set distil.gamma=1",
                of_teacher.dims(),
                emb.dims()
            );
        }
        (emb * gamma)? + (of_teacher * (1.0 - gamma))?
    }

    /// `L_con` of a side: InfoNCE over `S(u, v) = alpha cos(z_t_u, z_s_v) + (1 - alpha) cos(P_u, P_v)` (eq. 18-20).
    ///
    /// The positional part has no parameter of the student: it re-weights negatives, and gives no gradient of its own.
    ///
    /// # Shapes
    /// `emb` is `[node_idx.len(), emb_dim]`, the student's; the result is a scalar.
    ///
    /// # Errors
    /// A teacher whose embeddings are of another width.
    pub fn contrast(&self, side: usize, node_idx: &[u32], emb: &Tensor) -> Result<Tensor> {
        let DistilSettings { alpha, contrastive_temperature, .. } = self.settings;
        let Some(embeddings) = &self.embeddings else { bail!("a contrast needs the teacher's embeddings") };
        let mut similarities = (cosine_similarities(&rows(&embeddings[side], node_idx)?, emb)? * alpha)?;
        if alpha < 1.0 {
            let positional = self.positional[side].similarities(node_idx)?;
            similarities = (similarities + (positional * (1.0 - alpha))?)?;
        }
        info_nce_of(&similarities, node_idx, contrastive_temperature)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use crate::evaluation::DenseLogits;
    use crate::paths::composed;
    use crate::settings::Settings;

    /// A student that agrees with its teacher where nobody has seen anything has learned all there is to learn.
    #[test]
    fn labels_over_unseen_items_say_nothing_of_the_others() {
        let train = Incidence::from_memberships(2, 4, [(0, 1), (1, 0), (1, 3)]).unwrap();
        let teacher = [1.0, 9.0, 2.0, 0.5, 8.0, 1.0, 3.0, 7.0f32];
        let student = [1.0, -5.0, 2.0, 0.5, 2.0, 1.0, 3.0, 100.0f32];
        let losses = |unseen_only: bool| {
            let settings =
                DistilSettings { unseen_only, standardize: false, logit_scale: 1.0, ..Settings::default().distil };
            let teacher = Box::new(DenseLogits { logits: teacher.to_vec(), n_items: 4 });
            let made = Distillation::new(settings, teacher, None, &train).unwrap();
            let mut made = made.on(&Device::Cpu).unwrap();
            let student = Tensor::from_slice(&student, (2, 4), &Device::Cpu).unwrap();
            let mut loss = |users: &[u32], items: Option<&[u32]>, logits: Tensor| {
                let labels = match items {
                    None => made.labels(0, users, users.len() == 2).unwrap(),
                    Some(items) => made.labels_of(0, users, items).unwrap(),
                };
                let logits = match made.hidden(users, items).unwrap() {
                    Some(added) => (logits + added).unwrap(),
                    None => logits,
                };
                crate::losses::soft_loss(&logits, &labels).unwrap().to_scalar::<f32>().unwrap()
            };
            let second = student.narrow(0, 1, 1).unwrap();
            let picked = second.index_select(&Tensor::new(&[1u32, 2, 3], &Device::Cpu).unwrap(), 1).unwrap();
            [loss(&[0, 1], None, student), loss(&[1], None, second), loss(&[1], Some(&[1, 2, 3]), picked)]
        };
        for (unseen_only, found) in
            [false, true].into_iter().flat_map(|given| [(given, losses(given)), (given, composed(|| losses(given)))])
        {
            assert!(found.iter().all(|loss| (loss.abs() < 1e-5) == unseen_only), "{unseen_only}: {found:?}");
        }
    }
}
