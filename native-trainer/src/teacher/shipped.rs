//! The teacher as the explorer's file holds it: every number one that f16 holds.

use candle_core::{Result, Tensor};
use sharp_distill::bundle::round_to_f16;
use sharp_distill::teacher::{DeepWeights, TeacherConfig, TeacherWeights};

use super::Teacher;
use super::linear::LinearChannel;
use crate::ops::to_vec;

/// The same numbers as far as f16 holds them.
pub(super) fn rounded(xs: &Tensor) -> Result<Tensor> {
    let mut values = to_vec(xs)?;
    round_to_f16(&mut values);
    Tensor::from_vec(values, xs.shape(), xs.device())
}

impl Teacher<'_> {
    /// Rounds all that its answers depend on to f16, as the file stores it: from here on this teacher is the shown one. No
    /// student learns from it any more.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn round(&mut self) -> Result<()> {
        let values: Vec<Tensor> = self.params.snapshot()?.iter().map(rounded).collect::<Result<_>>()?;
        self.params.restore(&values)?;
        self.user_channel.round()?;
        self.item_channel.round()?;
        self.linear.as_mut().map_or(Ok(()), LinearChannel::round)
    }

    /// Sizes and settings as the CPU twin has them.
    pub fn config(&self) -> TeacherConfig {
        let settings = &self.settings;
        TeacherConfig {
            n_users: self.train.n_nodes(),
            n_items: self.train.n_hyperedges(),
            emb_dim: settings.emb_dim,
            n_layers: settings.n_layers,
            activation: settings.activation,
            residual: settings.residual as f32,
            gathered_input: settings.gathered_input,
            reads_text: self.user_channel.reads_text(),
            fusion_residual: settings.fusion_residual,
            scorer: settings.scorer,
            hidden_dim: if settings.scorer.has_mlp() { settings.hidden_dim } else { 0 },
            wide_lambda: settings.wide_lambda,
            wide_weight: settings.wide_weight,
            linear_weight: settings.linear.weight,
            deep_weight: settings.deep_weight,
        }
    }

    /// The parameters of the channels that are asked, with all text projected.
    ///
    /// # Errors
    /// What candle refuses.
    pub fn weights(&self) -> Result<TeacherWeights> {
        let deep = self.settings.is_deep().then(|| self.deep_weights()).transpose()?;
        Ok(TeacherWeights { deep, linear: self.linear.as_ref().map(LinearChannel::weights).transpose()? })
    }

    fn deep_weights(&self) -> Result<DeepWeights> {
        let scorer = self.scorer.weights()?;
        Ok(DeepWeights {
            user_channel: self.user_channel.weights(&self.user_input)?,
            item_channel: self.item_channel.weights(&self.item_input)?,
            gathered: self.gathered_input.as_ref().map(to_vec).transpose()?.unwrap_or_default(),
            scorer,
        })
    }
}
