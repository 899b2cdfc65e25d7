//! Exact scores for a list that was ranked by rounded ones.

use super::{PreparedRequest, Student, cpu};
use crate::ranking::Ranked;

impl Student {
    /// Gives the items of a list their exact logits, and the best `k` of the request in the order of
    /// [`Ranked::order`]: the last step where a GPU stores its tables in fewer bits and ranks a few items more.
    pub fn rerank(&self, prepared: &PreparedRequest, ranked: &mut Vec<Ranked>) {
        let mut user_emb = vec![0.0; self.config.emb_dim];
        let degrees = self.graph.item_inv_sqrt_degree();
        let scale = prepared.visitor_inv_sqrt_degree;
        cpu::fold_in(&prepared.memberships, degrees, self.item_xw(), scale, &mut user_emb);
        let mut user_hidden = vec![0.0; self.config.hidden_dim];
        cpu::user_half(&user_emb, &self.head.user_weight, &mut user_hidden);
        for place in ranked.iter_mut() {
            let mut logit = [0.0];
            cpu::score(&user_emb, &user_hidden, self.score_tables(place.item_idx as usize, 1), &mut logit);
            place.score = logit[0];
        }
        ranked.sort_by(Ranked::order);
        ranked.truncate(prepared.k);
    }
}
