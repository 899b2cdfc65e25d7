//! The wide channel: logits in closed form, and the soft labels that regularise the deep channels.

use std::sync::Arc;

use candle_core::{Device, Result, Tensor};
use serde::{Deserialize, Serialize};
use sharp_distill::hypergraph::Incidence;

use super::filter::{FilterSettings, GraphFilter};
use super::{TeacherError, TeacherSettings};
use crate::baselines::ease::ease;
use crate::logits::{standardize_rows, standardized};
use crate::losses::SoftLabels;
use crate::ops::rows;
use crate::paths::is_fused;

/// Which closed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WideKind {
    /// Ridge regression of every item on all others: EASE^R.
    Ridge,
    /// A graph filter, for catalogues that are too large for the other: GF-CF.
    Filter,
}

/// The channel; its logits are standardised per user.
#[derive(Debug)]
pub(super) enum Wide {
    /// All logits, `[n_users, n_items]`, and what they are as labels.
    Ridge {
        logits: Vec<f32>,
        labels: Arc<SoftLabels>,
        n_items: usize,
        /// The same logits on a GPU, for students that learn there.
        on_device: Option<Tensor>,
    },
    /// Logits are computed when they are asked for.
    Filter { filter: GraphFilter, label_scale: f32, n_items: usize },
}

impl Wide {
    pub(super) fn new(
        settings: &TeacherSettings,
        train: &Arc<Incidence>,
        seed: u64,
        device: &Device,
    ) -> std::result::Result<Self, TeacherError> {
        let (n_items, label_scale) = (train.n_hyperedges(), settings.wide_label_scale);
        match settings.wide_kind {
            WideKind::Ridge => {
                let mut logits = ease(train, settings.wide_lambda)?;
                standardize_rows(&mut logits, n_items);
                if is_fused(device) {
                    let labels = labels(&logits, n_items, label_scale)?;
                    return Ok(Self::Ridge { logits, labels, n_items, on_device: None });
                }
                let on_device = Tensor::from_slice(&logits, (train.n_nodes(), n_items), device)?;
                let labels = SoftLabels::of_tensor(&(&on_device * f64::from(label_scale))?, 1.0)?;
                Ok(Self::Ridge { logits, labels: Arc::new(labels), n_items, on_device: Some(on_device) })
            }
            WideKind::Filter => {
                let of_filter = FilterSettings {
                    rank: settings.filter_rank,
                    weight: settings.filter_weight,
                    user_exponent: settings.filter_user_exponent,
                };
                let filter = GraphFilter::new(train, of_filter, seed, device)?;
                Ok(Self::Filter { filter, label_scale, n_items })
            }
        }
    }

    /// Logits of some users, `[users.len(), n_items]`.
    pub(super) fn logits(&self, users: &[u32]) -> Result<Vec<f32>> {
        match self {
            Self::Ridge { logits, n_items, .. } => {
                let row = |&user: &u32| &logits[user as usize * n_items..][..*n_items];
                Ok(users.iter().flat_map(row).copied().collect())
            }
            Self::Filter { filter, n_items, .. } => {
                let mut logits = filter.logits(users)?;
                standardize_rows(&mut logits, *n_items);
                Ok(logits)
            }
        }
    }

    /// The same where the model lives; `None` on the CPU.
    pub(super) fn logits_on_device(&self, users: &[u32]) -> Result<Option<Tensor>> {
        match self {
            Self::Ridge { on_device, .. } => on_device.as_ref().map(|logits| rows(logits, users)).transpose(),
            Self::Filter { filter, .. } => {
                filter.logits_on_device(users)?.map(|logits| standardized(&logits)).transpose()
            }
        }
    }

    /// The soft labels of some users; `is_all` says that these are all of them, in order.
    pub(super) fn labels(&self, users: &[u32], is_all: bool) -> Result<Arc<SoftLabels>> {
        match self {
            Self::Ridge { labels, .. } if is_all => Ok(labels.clone()),
            Self::Ridge { labels, .. } => Ok(labels.of_users(users)?.into()),
            Self::Filter { label_scale, n_items, .. } => match self.logits_on_device(users)? {
                Some(logits) => SoftLabels::of_tensor(&(logits * f64::from(*label_scale))?, 1.0).map(Arc::new),
                None => labels(&self.logits(users)?, *n_items, *label_scale),
            },
        }
    }

    /// Numbers that it keeps beside the likes.
    pub(super) fn n_parameters(&self) -> usize {
        match self {
            Self::Ridge { n_items, .. } => n_items * n_items.saturating_sub(1),
            Self::Filter { filter, .. } => filter.n_parameters(),
        }
    }
}

fn labels(logits: &[f32], n_items: usize, scale: f32) -> Result<Arc<SoftLabels>> {
    let scaled: Vec<f32> = logits.iter().map(|logit| logit * scale).collect();
    Ok(Arc::new(SoftLabels::new(&scaled, n_items, 1.0)?))
}
