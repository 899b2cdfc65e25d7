//! What stands between a page's sliders and a request: novelty in the model's own unit, diversity over a longer list.

use std::cell::{OnceCell, RefCell};

use super::Recommender;
use crate::ranking::Ranked;
use crate::student::{Diversifier, MAX_NOVELTY, PreparedRequest, Request, RequestError, Workspace, diversity};

/// How much of the lead of the usual recommendation a slider at its end takes. At 1 lists would be of what nobody knows.
const MOST_TAKEN: f32 = 0.55;
/// Users whose lists are looked at, with at most so many likes, each against so many items.
const N_USERS: usize = 16;
const N_LIKED: usize = 10;
const N_ITEMS: u32 = 256;
const K: usize = 10;

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
    /// The novelty of a slider from 0 to 1: [`Self::novelty_scale`] at its end, before that its square root, so that each step
    /// brings about as many new items into the list as the last one. Cut off at 0 and 1.
    pub fn novelty_of(&self, slider: f32) -> f32 {
        // NaN counts as 0.
        let slider = if slider > 0.0 { slider } else { 0.0 };
        if slider < 1.0 { slider.sqrt() * self.novelty_scale() } else { self.novelty_scale() }
    }

    /// The most novelty that is of use, in this model's logits: of what the usual recommendation is ahead of the usual item,
    /// popularity has then taken [`MOST_TAKEN`].
    ///
    /// Computed by the first call, from a few users of the training data: their ten best items against items here and there.
    pub fn novelty_scale(&self) -> f32 {
        *self.tuning.novelty_scale.get_or_init(|| {
            let scale = self.measured_novelty_scale();
            if scale.is_finite() { scale.clamp(0.0, MAX_NOVELTY) } else { 0.0 }
        })
    }

    fn measured_novelty_scale(&self) -> f32 {
        let (student, incidence) = (&self.student, &self.bundle.incidence);
        let n_items = student.config().n_items as u32;
        let some: Vec<u32> = (0..n_items).step_by((n_items / N_ITEMS).max(1) as usize).collect();
        let popularity = |items: &[u32]| mean(items.iter().map(|&item_idx| student.popularity()[item_idx as usize]));
        let (mut workspace, mut prepared) = (Workspace::default(), PreparedRequest::default());
        let (mut lead, mut more_popular) = (0.0, 0.0);
        for user_idx in (0..incidence.n_nodes()).step_by((incidence.n_nodes() / N_USERS).max(1)) {
            let likes = incidence.hyperedges_of(user_idx);
            let liked = likes.iter().copied().step_by((likes.len() / N_LIKED).max(1)).take(N_LIKED).collect();
            let request = Request { liked, k: K, ..Request::default() };
            // Likes of the training data are a valid request.
            let Ok(best) = student.recommend(&request, &mut workspace) else { continue };
            if best.is_empty() || prepared.refill(student.config(), &request).is_err() {
                continue;
            }
            let best_items: Vec<u32> = best.iter().map(|place| place.item_idx).collect();
            let usual = student.scores_at(&prepared, some.iter().copied());
            lead += mean(best.iter().map(|place| place.score)) - mean(usual.into_iter());
            more_popular += popularity(&best_items) - popularity(&some);
        }
        MOST_TAKEN * lead / more_popular
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

fn mean(xs: impl ExactSizeIterator<Item = f32>) -> f32 {
    let n = xs.len().max(1) as f32;
    xs.sum::<f32>() / n
}
