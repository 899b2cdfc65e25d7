//! The training loop: Adam, early stopping on validation, and a clear word when numbers stop being numbers.

use candle_core::Tensor;
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::params::Params;

/// How long and how fast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitSettings {
    /// The most epochs; every epoch sees all users once.
    pub epochs: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Epochs between two looks at validation.
    pub eval_every: usize,
    /// Looks without improvement before training stops.
    pub patience: usize,
    /// Epochs before which no look counts.
    pub min_epochs: usize,
}

/// Why training stops early and in vain.
#[derive(Debug, Error)]
pub enum FitError {
    /// A loss is NaN or infinite.
    #[error(
        "training the {model} broke down in epoch {epoch}: its {term} loss is {value}. Lower {section}.fit.learning_rate \
         (it is {learning_rate}), for example --set {section}.fit.learning_rate={}", learning_rate / 3.0
    )]
    NotFinite {
        /// Name of the model.
        model: &'static str,
        /// Where its settings stand.
        section: &'static str,
        /// Epoch, counted from 1.
        epoch: usize,
        /// The loss term.
        term: &'static str,
        /// What it is.
        value: f32,
        /// The setting to change.
        learning_rate: f64,
    },
    /// What candle refuses.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

/// What a fit ends with; the parameters are those of the best look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// The epoch of the best look, counted from 1.
    pub epoch: usize,
    /// NDCG@10 on validation at that epoch.
    pub valid_ndcg: f64,
}

/// A model in training.
pub trait Fit {
    /// Name and the section of its settings.
    fn name(&self) -> (&'static str, &'static str);
    /// Its parameters.
    fn params(&self) -> &Params;
    /// The terms of the loss of one epoch, already weighted; their sum is minimised.
    ///
    /// # Errors
    /// What candle refuses.
    fn loss_terms(&mut self, epoch: usize) -> candle_core::Result<Vec<(&'static str, Tensor)>>;
    /// NDCG@10 on validation.
    ///
    /// # Errors
    /// What candle refuses.
    fn validate(&self) -> candle_core::Result<f64>;
}

/// Trains until validation stops improving; the best parameters are put back.
///
/// # Errors
/// A loss that is not finite, or what candle refuses.
pub fn fit(model: &mut dyn Fit, settings: &FitSettings, progress: &ProgressBar) -> Result<Fitted, FitError> {
    let adam = ParamsAdamW { lr: settings.learning_rate, weight_decay: 0.0, ..ParamsAdamW::default() };
    let mut optimizer = AdamW::new(model.params().vars(), adam)?;
    let mut best: Option<(Fitted, Vec<Tensor>)> = None;
    progress.set_length(settings.epochs as u64);
    for epoch in 0..settings.epochs {
        let terms = model.loss_terms(epoch)?;
        let mut total: Option<Tensor> = None;
        for (term, loss) in terms {
            let value = loss.to_scalar::<f32>()?;
            if !value.is_finite() {
                let (model, section) = model.name();
                let learning_rate = settings.learning_rate;
                return Err(FitError::NotFinite { model, section, epoch: epoch + 1, term, value, learning_rate });
            }
            total = Some(match total {
                Some(total) => (total + loss)?,
                None => loss,
            });
        }
        if let Some(total) = total {
            optimizer.step(&total.backward()?)?;
        }
        progress.inc(1);
        let n_epochs = epoch + 1;
        let looks = n_epochs % settings.eval_every.max(1) == 0 && n_epochs >= settings.min_epochs;
        if !looks && n_epochs < settings.epochs {
            continue;
        }
        let valid_ndcg = model.validate()?;
        progress.set_message(format!("validation NDCG@10 {valid_ndcg:.4}"));
        match &best {
            Some((fitted, _)) if valid_ndcg <= fitted.valid_ndcg => {
                if n_epochs - fitted.epoch >= settings.patience * settings.eval_every {
                    break;
                }
            }
            _ => best = Some((Fitted { epoch: n_epochs, valid_ndcg }, model.params().snapshot()?)),
        }
    }
    let Some((fitted, snapshot)) = best else {
        return Ok(Fitted { epoch: 0, valid_ndcg: model.validate()? });
    };
    model.params().restore(&snapshot)?;
    progress.finish_with_message(format!("validation NDCG@10 {:.4} after epoch {}", fitted.valid_ndcg, fitted.epoch));
    Ok(fitted)
}
