//! The training loop: Adam, early stopping on validation, checkpoints, and a clear word when numbers stop being numbers.

use std::path::PathBuf;

use candle_core::Tensor;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::checkpoint::{Checkpoint, CheckpointError, Checkpointer};
use crate::optimizer::{Adam, sum};
use crate::params::Params;
use crate::paths::is_fused;

/// How long and how fast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitSettings {
    /// The most epochs; every epoch sees all training likes once.
    pub epochs: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// What of the learning rate is left in the last epoch, to which it falls in a straight line; 1 keeps all of it.
    pub decay_to: f64,
    /// Rows of one step: users where the loss is over all items of a user, likes where it is over sampled pairs.
    /// 0 puts the whole epoch into one step.
    pub batch_size: usize,
    /// Epochs between two looks at validation.
    pub eval_every: usize,
    /// Looks without improvement before training stops.
    pub patience: usize,
    /// Epochs before which no look counts.
    pub min_epochs: usize,
}

impl FitSettings {
    /// How many steps an epoch over `n_rows` takes.
    pub fn n_steps(&self, n_rows: usize) -> usize {
        if self.batch_size == 0 { 1 } else { n_rows.div_ceil(self.batch_size).max(1) }
    }

    /// The learning rate of an epoch, counted from 0.
    pub fn learning_rate_at(&self, epoch: usize) -> f64 {
        let last = self.epochs.saturating_sub(1).max(1);
        self.learning_rate * (1.0 + (self.decay_to - 1.0) * epoch.min(last) as f64 / last as f64)
    }

    /// The rows of one step, of `order`, a permutation of all rows.
    pub fn batch<'a, T>(&self, order: &'a [T], step: usize) -> &'a [T] {
        if self.batch_size == 0 {
            return order;
        }
        let start = (step * self.batch_size).min(order.len());
        &order[start..(start + self.batch_size).min(order.len())]
    }
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
    /// Ctrl-C.
    #[error(
        "interrupted while training the {model}, after {n_epochs} epoch(s); nothing of it is lost: the same command \
         with --resume goes on from {}", path.display()
    )]
    Interrupted {
        /// Name of the model.
        model: &'static str,
        /// Epochs that are done.
        n_epochs: usize,
        /// Where the checkpoint is.
        path: PathBuf,
    },
    /// A checkpoint that cannot be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// What candle refuses.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

/// What a fit ends with; the parameters are those of the best look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The epoch of the best look, counted from 1; 0 of a closed form.
    pub epoch: usize,
    /// NDCG@10 on validation at that epoch; 0 where there is none.
    pub valid_ndcg: f64,
}

/// A model in training.
///
/// All that is random in it must follow from seed, epoch and step: that is what makes a resumed run the same run.
pub trait Fit {
    /// Name and the section of its settings.
    fn name(&self) -> (&'static str, &'static str);
    /// Its parameters.
    fn params(&self) -> &Params;
    /// Whether anything is learned in steps; a closed form is there before the first.
    fn learns(&self) -> bool {
        true
    }
    /// Steps of an epoch.
    fn n_steps(&self) -> usize {
        1
    }
    /// The terms of the loss of one step, already weighted; their sum is minimised. Epochs and steps count from 0.
    ///
    /// # Errors
    /// What candle refuses.
    fn loss_terms(&mut self, epoch: usize, step: usize) -> candle_core::Result<Vec<(&'static str, Tensor)>>;
    /// Whether there is anything to validate on. Without, every epoch is run and the last one's parameters stay.
    fn has_validation(&self) -> bool;
    /// NDCG@10 on validation.
    ///
    /// # Errors
    /// What candle refuses.
    fn validate(&self) -> candle_core::Result<f64>;
}

/// How far a fit has come, beside the numbers of the model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitState {
    /// Epochs that are done.
    pub n_epochs: usize,
    /// The best look so far.
    pub best: Option<Fitted>,
    /// Whether training has ended; the parameters are then those of the best look.
    pub finished: bool,
}

/// Trains until validation stops improving; the best parameters are put back.
///
/// # Errors
/// A loss that is not finite, Ctrl-C, or what candle refuses.
pub fn fit(
    model: &mut dyn Fit,
    settings: &FitSettings,
    checkpointer: &mut Checkpointer,
    progress: &ProgressBar,
) -> Result<Fitted, FitError> {
    if !model.learns() {
        let valid_ndcg = if model.has_validation() { model.validate()? } else { 0.0 };
        return Ok(Fitted { epoch: 0, valid_ndcg });
    }
    let mut optimizer = Adam::new(model.params().vars(), settings.learning_rate)?;
    let mut state = FitState::default();
    let mut best: Option<Vec<Tensor>> = None;
    if let Some(checkpoint) = checkpointer.read()? {
        model.params().restore(&checkpoint.parameters)?;
        optimizer.restore(checkpoint.moments, checkpoint.n_steps)?;
        (state, best) = (checkpoint.state, checkpoint.best);
    }
    progress.set_length(settings.epochs as u64);
    progress.set_position(state.n_epochs as u64);
    while !state.finished && state.n_epochs < settings.epochs {
        if checkpointer.interrupted() {
            let path = checkpointer.write(&Checkpoint::of(model.params(), &optimizer, &best, state)?)?;
            return Err(FitError::Interrupted { model: model.name().0, n_epochs: state.n_epochs, path });
        }
        optimizer.set_learning_rate(settings.learning_rate_at(state.n_epochs));
        epoch(model, settings, &mut optimizer, state.n_epochs)?;
        progress.inc(1);
        state.n_epochs += 1;
        let looks = state.n_epochs % settings.eval_every.max(1) == 0 && state.n_epochs >= settings.min_epochs;
        if !model.has_validation() {
            if looks && checkpointer.is_due() {
                checkpointer.write(&Checkpoint::of(model.params(), &optimizer, &best, state)?)?;
            }
            continue;
        }
        if !looks && state.n_epochs < settings.epochs {
            continue;
        }
        let valid_ndcg = model.validate()?;
        progress.set_message(format!("validation NDCG@10 {valid_ndcg:.4}"));
        match &state.best {
            Some(fitted) if valid_ndcg <= fitted.valid_ndcg => {
                state.finished = state.n_epochs - fitted.epoch >= settings.patience * settings.eval_every;
            }
            _ => {
                state.best = Some(Fitted { epoch: state.n_epochs, valid_ndcg });
                best = Some(model.params().snapshot()?);
            }
        }
        if checkpointer.is_due() {
            checkpointer.write(&Checkpoint::of(model.params(), &optimizer, &best, state)?)?;
        }
    }
    state.finished = true;
    if let Some(best) = &best {
        model.params().restore(best)?;
    }
    if checkpointer.is_kept() {
        checkpointer.write(&Checkpoint::of(model.params(), &optimizer, &best, state)?)?;
    }
    if !model.has_validation() {
        progress.finish_with_message(format!("all {} epochs, nothing to validate on", state.n_epochs));
        return Ok(Fitted { epoch: state.n_epochs, valid_ndcg: 0.0 });
    }
    let fitted = match state.best {
        Some(fitted) => fitted,
        None => Fitted { epoch: 0, valid_ndcg: model.validate()? },
    };
    progress.finish_with_message(format!("validation NDCG@10 {:.4} after epoch {}", fitted.valid_ndcg, fitted.epoch));
    Ok(fitted)
}

/// All steps of one epoch.
fn epoch(model: &mut dyn Fit, settings: &FitSettings, optimizer: &mut Adam, epoch: usize) -> Result<(), FitError> {
    let (name, section) = model.name();
    let learning_rate = settings.learning_rate;
    let not_finite =
        |term, value| FitError::NotFinite { model: name, section, epoch: epoch + 1, term, value, learning_rate };
    // Reading a number waits for a GPU and stops it, so there they are added up and read once an epoch: a sum with a NaN
    // or an infinity in it is one. The epoch is lost then, as the training is anyway.
    let reads_each = is_fused(model.params().device());
    let mut sums: Vec<(&'static str, Tensor)> = Vec::new();
    for step in 0..model.n_steps() {
        let mut terms = Vec::new();
        for (term, loss) in model.loss_terms(epoch, step)? {
            if reads_each {
                let value = loss.to_scalar::<f32>()?;
                if !value.is_finite() {
                    return Err(not_finite(term, value));
                }
            } else {
                match sums.iter_mut().find(|(of, _)| *of == term) {
                    Some((_, sum)) => *sum = (&*sum + loss.detach())?,
                    None => sums.push((term, loss.detach())),
                }
            }
            terms.push(loss);
        }
        if let Some(total) = sum(terms)? {
            optimizer.step(&total.backward()?)?;
        }
    }
    let (terms, sums): (Vec<_>, Vec<_>) = sums.into_iter().unzip();
    if terms.is_empty() {
        return Ok(());
    }
    let sums = Tensor::stack(&sums, 0)?.to_vec1::<f32>()?;
    match terms.into_iter().zip(sums).find(|(_, sum)| !sum.is_finite()) {
        Some((term, sum)) => Err(not_finite(term, sum)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_learning_rate_falls_in_a_straight_line_or_stays() {
        let of = |epochs, decay_to| {
            let fit = FitSettings {
                epochs,
                learning_rate: 0.01,
                decay_to,
                batch_size: 0,
                eval_every: 5,
                patience: 1,
                min_epochs: 0,
            };
            (0..epochs).map(|epoch| fit.learning_rate_at(epoch)).collect::<Vec<_>>()
        };
        assert_eq!(of(4, 1.0), [0.01; 4]);
        let expected = [0.01, 0.0055, 0.001];
        assert!(
            of(3, 0.1).iter().zip(expected).all(|(rate, expected)| (rate - expected).abs() < 1e-12),
            "{:?}",
            of(3, 0.1)
        );
        assert_eq!(of(1, 0.0), [0.01], "a single epoch learns");
    }
}
