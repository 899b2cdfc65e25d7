//! The one definition of the student: its stages, in order.
//!
//! The CPU twin ([`super::cpu`]), the shaders (`shaders/<name>.wgsl`), the trainer's student, the tests and the
//! explorer all follow this list by name.

/// When a stage runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Once, when a model is loaded.
    Load,
    /// For every request.
    Request,
}

/// One stage of the student's forward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// `XW`: every node's features times the weight.
    FeatureTransform,
    /// `Z = A (XW)`, exact over the whole bipartite graph.
    GraphConvolution,
    /// `W_i z_i + b1`: the item half of the head.
    ItemHalf,
    /// `z_v = sum_j A_vj (X_j W)`: the visitor's row of the convolution.
    FoldIn,
    /// `W_u z_v`: the user half of the head.
    UserHalf,
    /// Logits of all items for the visitor.
    Score,
    /// Takes off each logit what its item is too well known for; only in requests with novelty.
    Novelty,
    /// Marks the items that must not be recommended.
    Mask,
    /// The best k of the rest.
    TopK,
}

impl Stage {
    /// All stages in the order in which they run.
    pub const ALL: [Self; 9] = [
        Self::FeatureTransform,
        Self::GraphConvolution,
        Self::ItemHalf,
        Self::FoldIn,
        Self::UserHalf,
        Self::Score,
        Self::Novelty,
        Self::Mask,
        Self::TopK,
    ];

    /// The name of the CPU function and of the shader file.
    pub fn name(self) -> &'static str {
        match self {
            Self::FeatureTransform => "feature_transform",
            Self::GraphConvolution => "graph_convolution",
            Self::ItemHalf => "item_half",
            Self::FoldIn => "fold_in",
            Self::UserHalf => "user_half",
            Self::Score => "score",
            Self::Novelty => "novelty",
            Self::Mask => "mask",
            Self::TopK => "top_k",
        }
    }

    /// When it runs.
    pub fn when(self) -> When {
        match self {
            Self::FeatureTransform | Self::GraphConvolution | Self::ItemHalf => When::Load,
            _ => When::Request,
        }
    }

    /// What it computes, in the notation of MODEL.md.
    pub fn equation(self) -> &'static str {
        match self {
            Self::FeatureTransform => "XW",
            Self::GraphConvolution => "Z = D^-1/2 (A_bip + I) D^-1/2 (XW)",
            Self::ItemHalf => "C_i = W_i z_i + b1",
            Self::FoldIn => "z_v = d_v^-1/2 sum_j w_j d_j^-1/2 (XW)_j",
            Self::UserHalf => "a_v = W_u z_v",
            Self::Score => "s_i = w2 . relu(a_v + C_i) + b2 [+ z_v . z_i]",
            Self::Novelty => "s_i = s_i - novelty p_i",
            Self::Mask => "seen_i = 1",
            Self::TopK => "the k largest s_i with seen_i = 0",
        }
    }
}
