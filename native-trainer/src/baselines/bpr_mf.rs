//! Matrix factorisation with Bayesian personalised ranking (Rendle et al., "BPR: Bayesian Personalized Ranking from
//! Implicit Feedback", UAI 2009): the dot product of the learned embeddings, without biases.

use candle_core::Result;
use serde::{Deserialize, Serialize};

use super::collaborative::{Collaborative, CollaborativeSettings, Embeddings, Encoder, Task};
use crate::models::Model;

/// Settings of BPR-MF. Learned numbers: `(n + m) d`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BprMfSettings {
    /// Embeddings and their training.
    #[serde(flatten)]
    pub common: CollaborativeSettings,
}

impl Default for BprMfSettings {
    fn default() -> Self {
        Self {
            common: CollaborativeSettings { init_std: 1e-2, ..CollaborativeSettings::chosen(3e-2, 200, 5e-3, 8192) },
        }
    }
}

/// Serves the embeddings as they were learned.
#[derive(Debug)]
pub struct Identity;

impl Encoder for Identity {
    fn forward(&self, ego: &Embeddings) -> Result<Embeddings> {
        Ok(ego.clone())
    }
}

/// BPR-MF with its initial parameters.
///
/// # Errors
/// What candle refuses.
pub fn bpr_mf<'a>(settings: &BprMfSettings, task: Task<'a>) -> Result<Collaborative<'a>> {
    Collaborative::new(Model::BprMf, settings.common.clone(), task, |_| Ok(Box::new(Identity)))
}
