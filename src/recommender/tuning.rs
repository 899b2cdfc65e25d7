//! What stands between a page's sliders and a request: novelty in the model's own unit, diversity over a longer list.

use std::cell::{OnceCell, RefCell};

use super::{Recommender, timing};
use crate::ranking::Ranked;
use crate::student::{Diversifier, MAX_NOVELTY, Request, RequestError, Workspace, diversity};

/// A list that was picked for difference, too, and what that has done to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Diverse {
    /// The picked items, in the order of picking, with their scores.
    pub ranked: Vec<Ranked>,
    /// Mean cosine of all pairs of items in the list that diversity 0 gives; 0 for fewer than two items.
    pub before: f32,
    /// The same of `ranked`: the more diverse, the lower.
    pub after: f32,
}

#[derive(Debug, Default)]
pub(super) struct Tuning {
    novelty_scale: OnceCell<f32>,
    diversifier: RefCell<Diversifier>,
}

impl Recommender {
    /// The novelty of a slider at its end, so that `novelty = slider * novelty_scale()` for a slider from 0 to 1: the
    /// standard deviation of the logits of all items in a usual request of this model.
    ///
    /// Computed by the first call: one request's logits.
    pub fn novelty_scale(&self) -> f32 {
        *self.tuning.novelty_scale.get_or_init(|| {
            let mut workspace = Workspace::default();
            // The model's own request is a valid one.
            let logits = self.student.logits(&timing::usual_request(&self.bundle), &mut workspace).unwrap_or_default();
            let n = logits.len().max(1) as f64;
            let mean = logits.iter().map(|&logit| f64::from(logit)).sum::<f64>() / n;
            let variance = logits.iter().map(|&logit| (f64::from(logit) - mean).powi(2)).sum::<f64>() / n;
            let scale = variance.sqrt() as f32;
            if scale.is_finite() { scale.min(MAX_NOVELTY) } else { 0.0 }
        })
    }

    /// [`Self::recommend`], then `request.k` of the best candidates picked for difference, too ([`Diversifier::pick`]).
    /// `diversity` is 0 (the list as it is) to 1.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn recommend_diverse(&self, request: &Request, diversity: f32) -> Result<Diverse, RequestError> {
        if !(0.0..=1.0).contains(&diversity) {
            return Err(RequestError::BadDiversity { diversity });
        }
        let k = if diversity > 0.0 { diversity::n_candidates(request.k).max(request.k) } else { request.k };
        let candidates = self.recommend(&Request { k, ..request.clone() }).await?;
        let (student, mut diversifier) = (&self.student, self.tuning.diversifier.borrow_mut());
        let emb_dim = student.config().emb_dim;
        let picked = diversifier.pick(&candidates, student.item_emb(), emb_dim, diversity, request.k);
        Ok(Diverse { ranked: picked.ranked.to_vec(), before: picked.before, after: picked.after })
    }
}
