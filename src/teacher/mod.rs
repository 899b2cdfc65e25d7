//! The trained teacher on the CPU: what the page shows and races against the student (MODEL.md, "Teacher").
//!
//! | file | what it is |
//! |---|---|
//! | `config`, `weights` | sizes and settings; parameters under their path names |
//! | `stages`, [`cpu`] | the list of stages; one function a stage |
//! | [`wide`] | the wide channel, from the likes alone |
//! | `forward` | the deep channels over a whole hypergraph |
//! | `soft_labels`, `positional` | what the student is taught with: eq. 11-12 and eq. 17-20 |
//! | `work` | what an answer costs, counted |
//!
//! Up to three channels give logits: the deep ones (a dual hypergraph network, eq. 3), the wide one and the linear one. The
//! teacher's logits are those of the one that is asked, or all of them standardised, weighed and added.

mod config;
pub mod cpu;
mod forward;
mod positional;
mod soft_labels;
mod stages;
mod weights;
pub mod wide;
mod work;

pub use config::{Activation, TeacherConfig};
#[cfg(feature = "gpu")]
pub(crate) use forward::with_text;
pub use positional::{Positional, cosine, similarity};
pub use soft_labels::{DistilConfig, kl, soft_labels, standardize, temperature_at};
pub use stages::TeacherStage;
pub(crate) use weights::NAMES;
pub use weights::{ChannelWeights, DeepWeights, LinearWeights, TeacherWeights};
pub use wide::{MAX_WIDE_USERS, WideChannel, WideError};

use crate::hypergraph::{HypergraphError, Incidence};
use crate::student::Work;

/// A teacher that has gone over its whole hypergraph: any user of the data is answered from what it keeps.
///
/// Built from parts that [`crate::bundle`] has checked (or that training has made); shapes are asserted here once.
#[derive(Debug, Clone)]
pub struct Teacher {
    config: TeacherConfig,
    weights: TeacherWeights,
    incidence: Incidence,
    wide: Option<WideChannel>,
    user_emb: Vec<f32>,
    item_emb: Vec<f32>,
}

impl Teacher {
    /// Solves the wide channel, if it is asked, and runs the deep ones.
    ///
    /// # Errors
    /// The wide channel cannot be had.
    ///
    /// # Panics
    /// When a shape contradicts `config`; a file is checked before it comes here.
    pub fn new(config: TeacherConfig, weights: TeacherWeights, incidence: &Incidence) -> Result<Self, WideError> {
        let wide = if config.is_wide() { Some(WideChannel::new(incidence, config.wide_lambda)?) } else { None };
        Ok(Self::with_wide(config, weights, incidence, wide))
    }

    /// The same with a wide channel that is solved already, so that a page can breathe in between.
    ///
    /// # Panics
    /// When a shape contradicts `config`, or it asks for a wide channel and there is none.
    pub fn with_wide(
        config: TeacherConfig,
        mut weights: TeacherWeights,
        incidence: &Incidence,
        wide: Option<WideChannel>,
    ) -> Self {
        assert_eq!(incidence.n_nodes(), config.n_users, "users of the incidence");
        assert_eq!(incidence.n_hyperedges(), config.n_items, "items of the incidence");
        assert_eq!(weights.deep.is_some(), config.is_deep(), "deep channels");
        assert_eq!(weights.linear.is_some(), config.is_linear(), "a linear channel");
        assert_eq!(wide.is_some(), config.is_wide(), "a wide channel");
        for (name, shape, values) in weights.tensors_mut(&config) {
            assert_eq!(values.len(), shape.iter().product::<usize>(), "values of {name}");
        }
        let mut teacher =
            Self { config, weights, incidence: incidence.clone(), wide, user_emb: Vec::new(), item_emb: Vec::new() };
        [teacher.user_emb, teacher.item_emb] = teacher.embed(&teacher.incidence);
        teacher
    }

    /// Sizes and settings.
    pub fn config(&self) -> &TeacherConfig {
        &self.config
    }

    /// The parameters.
    pub fn weights(&self) -> &TeacherWeights {
        &self.weights
    }

    /// The hypergraph of the user channel.
    pub fn incidence(&self) -> &Incidence {
        &self.incidence
    }

    /// `Z_t` of a user (eq. 3 and the fusion; of the linear channel where there are no deep ones), `[emb_dim]`. Empty where
    /// the wide channel alone is asked, which has no embeddings.
    pub fn user_emb(&self, user_idx: usize) -> &[f32] {
        let d = self.config.emb_dim;
        if self.user_emb.is_empty() { &[] } else { &self.user_emb[user_idx * d..][..d] }
    }

    /// `Z_t` of all items, `[n_items, emb_dim]`; empty as that of the users.
    pub fn item_emb(&self) -> &[f32] {
        &self.item_emb
    }

    /// The teacher's logits of all items for a user of the data, masked ones included, `[n_items]`: what the student was
    /// taught with.
    pub fn logits(&self, user_idx: usize) -> Vec<f32> {
        let (user_emb, items) = (self.user_emb(user_idx), self.incidence.hyperedges_of(user_idx));
        self.mixed(self.wide_logits(user_idx), user_emb, &self.item_emb, items)
    }

    /// The deep channels' logits alone, not standardised, `[n_items]`; `None` where they are not asked.
    pub fn deep_logits(&self, user_idx: usize) -> Option<Vec<f32>> {
        self.scored(self.user_emb(user_idx), &self.item_emb)
    }

    /// The wide channel's alone, not standardised, `[n_items]`; `None` where it is not asked.
    pub fn wide_logits(&self, user_idx: usize) -> Option<Vec<f32>> {
        self.wide.as_ref().map(|wide| wide.logits(&self.incidence, user_idx))
    }

    /// The linear channel's alone, not standardised, `[n_items]`; `None` where it is not asked.
    pub fn linear_logits(&self, user_idx: usize) -> Option<Vec<f32>> {
        self.linear(self.incidence.hyperedges_of(user_idx))
    }

    /// The teacher's logits for a visitor, `[n_items]`, at their full cost: the visitor becomes one more node of the
    /// hypergraph, without an embedding or a text of its own, and the deep channels go over all of it once more. (The wide
    /// channel takes the visitor's row up by a rank-one step, which is exact.)
    ///
    /// # Errors
    /// An item that does not exist; one that stands twice counts once.
    pub fn logits_of_visitor(&self, liked: &[u32]) -> Result<Vec<f32>, HypergraphError> {
        let (incidence, visitor) = self.with_visitor(liked)?;
        let liked = incidence.hyperedges_of(visitor);
        let wide = self.wide.as_ref().map(|wide| wide.logits_of_visitor(&self.incidence, liked));
        let [user_emb, item_emb] = self.embed(&incidence);
        let own = if user_emb.is_empty() { &[] } else { &user_emb[visitor * self.config.emb_dim..] };
        Ok(self.mixed(wide, own, &item_emb, liked))
    }

    /// The deep channels' logits for a visitor, not standardised, at their full cost; `None` where they are not asked.
    ///
    /// # Errors
    /// An item that does not exist.
    pub fn deep_logits_of_visitor(&self, liked: &[u32]) -> Result<Option<Vec<f32>>, HypergraphError> {
        let (incidence, visitor) = self.with_visitor(liked)?;
        let Some(deep) = &self.weights.deep else { return Ok(None) };
        let [user_emb, item_emb] = forward::embed(&self.config, deep, &incidence);
        Ok(self.scored(&user_emb[visitor * self.config.emb_dim..], &item_emb))
    }

    /// The teacher's logits for a user of the data, the deep channels' having been computed elsewhere (on a GPU).
    ///
    /// # Shapes
    /// `deep_logits` and the result are `[n_items]`.
    pub fn logits_with_deep(&self, user_idx: usize, deep_logits: Vec<f32>) -> Vec<f32> {
        let items = self.incidence.hyperedges_of(user_idx);
        self.mixed_with(self.wide_logits(user_idx), items, Some(deep_logits))
    }

    /// The same for a visitor.
    ///
    /// # Errors
    /// An item that does not exist.
    pub fn logits_of_visitor_with_deep(
        &self,
        liked: &[u32],
        deep_logits: Vec<f32>,
    ) -> Result<Vec<f32>, HypergraphError> {
        let (incidence, visitor) = self.with_visitor(liked)?;
        let liked = incidence.hyperedges_of(visitor);
        let wide = self.wide.as_ref().map(|wide| wide.logits_of_visitor(&self.incidence, liked));
        Ok(self.mixed_with(wide, liked, Some(deep_logits)))
    }

    /// The hypergraph with a visitor as its last node, and which that is.
    ///
    /// # Errors
    /// An item that does not exist.
    pub fn with_visitor(&self, liked: &[u32]) -> Result<(Incidence, usize), HypergraphError> {
        let mut incidence = self.incidence.clone();
        let visitor = incidence.push_node();
        for &item_idx in liked {
            incidence.insert(visitor, item_idx)?;
        }
        Ok((incidence, visitor as usize))
    }

    /// What the full forward for a user takes, stage by stage.
    pub fn work(&self, user_idx: usize) -> Vec<(TeacherStage, Work)> {
        work::full_forward(&self.config, &self.incidence, user_idx)
    }

    /// The same with a visitor in the hypergraph.
    ///
    /// # Errors
    /// An item that does not exist.
    pub fn work_of_visitor(&self, liked: &[u32]) -> Result<Vec<(TeacherStage, Work)>, HypergraphError> {
        let (incidence, visitor) = self.with_visitor(liked)?;
        Ok(work::full_forward(&self.config, &incidence, visitor))
    }

    /// `Z_t` of users and items over any hypergraph of these items whose first nodes are the data's users.
    fn embed(&self, incidence: &Incidence) -> [Vec<f32>; 2] {
        match (&self.weights.deep, &self.weights.linear) {
            (Some(deep), _) => forward::embed(&self.config, deep, incidence),
            (None, Some(linear)) => {
                let (d, n_users) = (self.config.emb_dim, incidence.n_nodes());
                let mut user_emb = vec![0.0; n_users * d];
                // As the nodes of a hypergraph gather from their hyperedges.
                let (rows, scale) = (incidence.by_node(), incidence.inv_sqrt_node_degree());
                cpu::edge_to_node(rows.offsets(), rows.indices(), &scale, &linear.item_emb, &mut user_emb);
                [user_emb, linear.item_emb.clone()]
            }
            (None, None) => [Vec::new(), Vec::new()],
        }
    }

    fn scored(&self, user_emb: &[f32], item_emb: &[f32]) -> Option<Vec<f32>> {
        let deep = self.weights.deep.as_ref()?;
        let mut logits = vec![0.0; self.config.n_items];
        cpu::teacher_score(user_emb, item_emb, self.config.scorer, &deep.scorer, &mut logits);
        Some(logits)
    }

    fn linear(&self, items: &[u32]) -> Option<Vec<f32>> {
        let linear = self.weights.linear.as_ref()?;
        let (mut user_emb, mut logits) = (vec![0.0; self.config.emb_dim], vec![0.0; self.config.n_items]);
        cpu::linear(items, linear, &mut user_emb, &mut logits);
        Some(logits)
    }

    fn mixed(&self, wide: Option<Vec<f32>>, user_emb: &[f32], item_emb: &[f32], items: &[u32]) -> Vec<f32> {
        self.mixed_with(wide, items, self.scored(user_emb, item_emb))
    }

    fn mixed_with(&self, wide: Option<Vec<f32>>, items: &[u32], deep: Option<Vec<f32>>) -> Vec<f32> {
        let TeacherConfig { wide_weight, linear_weight, deep_weight, n_items, .. } = self.config;
        let others = [(wide_weight, wide), (linear_weight, self.linear(items))];
        let mut channels: Vec<(f32, Vec<f32>)> =
            others.into_iter().filter_map(|(weight, logits)| Some((weight, logits?))).collect();
        match deep {
            Some(deep) if channels.is_empty() => deep,
            Some(deep) => {
                channels.push((deep_weight, deep));
                cpu::mix(n_items, channels)
            }
            None => cpu::mix(n_items, channels),
        }
    }
}
