//! What stands between a page's sliders and a request: novelty in the model's own unit, diversity over a longer list.

use std::cell::{OnceCell, RefCell};

use super::Recommender;
use crate::ranking::{Ranked, items_of};
use crate::student::{Diversifier, MAX_NOVELTY, PreparedRequest, Request, RequestError, Workspace, diversity};

/// How much of the lead of the usual recommendation a slider at its end takes. At 1 lists would be of what nobody knows.
const MOST_TAKEN: f32 = 0.55;
/// Users whose lists are looked at, with at most so many likes, each against so many items.
const N_USERS: usize = 16;
const N_LIKED: usize = 10;
const N_ITEMS: usize = 256;
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
        // NaN counts as 0. Nobody waits for the scale who does not ask for novelty.
        if slider > 0.0 { slider.min(1.0).sqrt() * self.novelty_scale() } else { 0.0 }
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
        let (n_users, n_items) = (incidence.n_nodes(), student.config().n_items);
        let usual: Vec<u32> = every(n_items, N_ITEMS).map(|item_idx| item_idx as u32).collect();
        let (mut workspace, mut prepared) = (Workspace::default(), PreparedRequest::default());
        let (mut lead, mut more_popular) = (0.0, 0.0);
        for user_idx in every(n_users, N_USERS) {
            let likes = incidence.hyperedges_of(user_idx);
            let liked = every(likes.len(), N_LIKED).take(N_LIKED).map(|at| likes[at]).collect();
            let request = Request { liked, k: K, ..Request::default() };
            // Likes of the training data are a valid request.
            let best = student.recommend(&request, &mut workspace).unwrap_or_default();
            let best = items_of(best);
            if !best.is_empty() && prepared.refill(student.config(), &request).is_ok() {
                let ([best_score, best_popularity], [score, popularity]) =
                    (self.means(&prepared, &best), self.means(&prepared, &usual));
                lead += best_score - score;
                more_popular += best_popularity - popularity;
            }
        }
        MOST_TAKEN * lead / more_popular
    }

    /// The mean score of some items in a request, and their mean popularity.
    #[inline(never)]
    fn means(&self, prepared: &PreparedRequest, items: &[u32]) -> [f32; 2] {
        let scores = self.student.scores_at(prepared, items);
        let popularity = self.student.popularity();
        let (mut of_scores, mut of_popularity) = (0.0, 0.0);
        for (score, &item_idx) in scores.iter().zip(items) {
            of_scores += score;
            of_popularity += popularity[item_idx as usize];
        }
        let n = items.len() as f32;
        [of_scores / n, of_popularity / n]
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
        let candidates = if diversity > 0.0 {
            let k = diversity::n_candidates(request.k).max(request.k);
            self.recommend(&Request { k, ..request.clone() }).await?
        } else {
            self.recommend(request).await?
        };
        let (student, mut diversifier) = (&self.student, self.tuning.diversifier.borrow_mut());
        let emb_dim = student.config().emb_dim;
        let picked = diversifier.pick(&candidates, student.item_emb(), emb_dim, diversity, request.k);
        Ok(Diverse { ranked: picked.ranked.to_vec(), before: picked.before, after: picked.after })
    }
}

/// About `n_wanted` of `0..n`, evenly spread.
fn every(n: usize, n_wanted: usize) -> std::iter::StepBy<std::ops::Range<usize>> {
    (0..n).step_by((n / n_wanted).max(1))
}
