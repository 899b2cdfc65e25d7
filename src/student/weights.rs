//! The student's parameters, all row-major `f32`.

use super::config::StudentConfig;

/// Everything that training learns.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentWeights {
    /// `X`, `[n_users + n_items, emb_dim]`: users first.
    pub features: Vec<f32>,
    /// `W` of eq. 14, `[emb_dim (in), emb_dim (out)]`.
    pub weight: Vec<f32>,
    /// The light MLP; all empty when the head is `dot`.
    pub head: HeadWeights,
}

/// The light MLP `w2 . relu(W_u z_u + W_i z_i + b1) + b2`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeadWeights {
    /// `W_u`, `[hidden_dim, emb_dim]`.
    pub user_weight: Vec<f32>,
    /// `W_i`, `[hidden_dim, emb_dim]`.
    pub item_weight: Vec<f32>,
    /// `b1`, `[hidden_dim]`.
    pub hidden_bias: Vec<f32>,
    /// `w2`, `[hidden_dim]`.
    pub output_weight: Vec<f32>,
    /// `b2`; it moves every logit alike, so no ranking depends on it.
    pub output_bias: f32,
}

impl StudentWeights {
    /// The tensors with their path names in the model file and the shapes that `config` asks for.
    pub fn tensors(&self, config: &StudentConfig) -> [(&'static str, Vec<usize>, &[f32]); 7] {
        let (d, h) = (config.emb_dim, config.hidden_dim);
        [
            ("student.features", vec![config.n_nodes(), d], self.features.as_slice()),
            ("student.weight", vec![d, d], self.weight.as_slice()),
            ("head.user_weight", vec![h, d], self.head.user_weight.as_slice()),
            ("head.item_weight", vec![h, d], self.head.item_weight.as_slice()),
            ("head.hidden_bias", vec![h], self.head.hidden_bias.as_slice()),
            ("head.output_weight", vec![h], self.head.output_weight.as_slice()),
            ("head.output_bias", vec![1], std::slice::from_ref(&self.head.output_bias)),
        ]
    }

    /// Parameters in all, and without the embedding table `X`.
    pub fn n_parameters(&self) -> (usize, usize) {
        let head = &self.head;
        let without = self.weight.len()
            + head.user_weight.len()
            + head.item_weight.len()
            + head.hidden_bias.len()
            + head.output_weight.len()
            + usize::from(!head.output_weight.is_empty());
        (self.features.len() + without, without)
    }
}
