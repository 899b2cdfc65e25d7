//! The one definition of the teacher's forward: its stages, in order.
//!
//! The CPU twin ([`super::cpu`]), the shaders (`shaders/<name>.wgsl`), the tests and the explorer follow this list by name.

/// One stage of the teacher's forward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TeacherStage {
    /// What users start from: their own embedding and what the hyperedge of their items gathers.
    GatherInput,
    /// What every hyperedge gathers from its members.
    NodeToEdge,
    /// What every node gathers back from its hyperedges: after `node_to_edge`, the two are `propagate`.
    EdgeToNode,
    /// What is propagated times Theta, the activation, and the sum over the layers.
    LayerTransform,
    /// The embedding of the hypergraph and that of the text, made one.
    Fusion,
    /// Deep logits of all items for a user.
    TeacherScore,
    /// Logits of the wide channel: ridge regression of every item on all others, in closed form.
    Wide,
    /// Logits of the linear channel: one step over the hypergraph, without layers.
    Linear,
    /// The channels' logits, standardised, weighed and added.
    Mix,
}

impl TeacherStage {
    /// All stages in the order in which they run; the three in the middle once a layer and channel.
    pub const ALL: [Self; 9] = [
        Self::GatherInput,
        Self::NodeToEdge,
        Self::EdgeToNode,
        Self::LayerTransform,
        Self::Fusion,
        Self::TeacherScore,
        Self::Wide,
        Self::Linear,
        Self::Mix,
    ];

    /// The name of the CPU function and, where there is one, of the shader file.
    pub fn name(self) -> &'static str {
        match self {
            Self::GatherInput => "gather_input",
            Self::NodeToEdge => "node_to_edge",
            Self::EdgeToNode => "edge_to_node",
            Self::LayerTransform => "layer_transform",
            Self::Fusion => "fusion",
            Self::TeacherScore => "teacher_score",
            Self::Wide => "wide",
            Self::Linear => "linear",
            Self::Mix => "mix",
        }
    }

    /// What it computes, in the notation of MODEL.md.
    pub fn equation(self) -> &'static str {
        match self {
            Self::GatherInput => "x_u = d_u^-1/2 (sum_i d_i^-1/2 g_i + e_u) [+ t_u]",
            Self::NodeToEdge => "E = D_e^-1 H^T D_v^-1/2 X",
            Self::EdgeToNode => "P X = D_v^-1/2 H E",
            Self::LayerTransform => "X' = act(P X Theta)",
            Self::Fusion => "z = [x +] relu(x F_x [+ t F_t] + b) F_out",
            Self::TeacherScore => "y_i = [w2 . relu(W_u z_u + W_i z_i + b1)] [+ z_u . z_i]",
            Self::Wide => "y = x - x P diag(P)^-1, P = (H^T H + lambda I)^-1",
            Self::Linear => "y_j = (d_u^-1/2 sum_i z_i) . z_j + b_j",
            Self::Mix => "Y_t = std(sum_c w_c std(y_c))",
        }
    }
}
