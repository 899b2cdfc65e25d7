//! The table of the teacher's shaders, as [`super::pipelines`] is that of the student's.

use super::pipelines::{Access, ShaderRow, read, wgsl, write};
use crate::teacher::TeacherStage;

const DIMS: (&str, Access) = ("dims", Access::TeacherDims);

/// All shaders of the teacher, in the order of [`TeacherStage::ALL`]. `wide` is solved in `f64`, which WGSL does not have:
/// it stays on the CPU, and with it `linear` and `mix`, which are small.
pub const TEACHER_SHADERS: [ShaderRow<TeacherStage>; 6] = [
    ShaderRow {
        stage: TeacherStage::GatherInput,
        name: "gather_input",
        source: wgsl!("teacher_dims", "linear_idx", "gather_input"),
        wg_size: 64,
        bindings: &[
            DIMS,
            read("offsets"),
            read("items"),
            read("inv_sqrt_item_degree"),
            read("gathered"),
            read("text_emb"),
            write("xs"),
        ],
    },
    ShaderRow {
        stage: TeacherStage::NodeToEdge,
        name: "node_to_edge",
        source: wgsl!("teacher_dims", "linear_idx", "node_to_edge"),
        wg_size: 64,
        bindings: &[DIMS, read("offsets"), read("members"), read("inv_sqrt_node_degree"), read("xs"), write("edges")],
    },
    ShaderRow {
        stage: TeacherStage::EdgeToNode,
        name: "edge_to_node",
        source: wgsl!("teacher_dims", "linear_idx", "edge_to_node"),
        wg_size: 64,
        bindings: &[
            DIMS,
            read("offsets"),
            read("hyperedges"),
            read("inv_sqrt_node_degree"),
            read("edges"),
            write("propagated"),
        ],
    },
    ShaderRow {
        stage: TeacherStage::LayerTransform,
        name: "layer_transform",
        source: wgsl!("teacher_dims", "linear_idx", "layer_transform"),
        wg_size: 64,
        bindings: &[DIMS, read("propagated"), read("theta"), write("layer"), write("sum")],
    },
    ShaderRow {
        stage: TeacherStage::Fusion,
        name: "fusion",
        source: wgsl!("teacher_dims", "linear_idx", "fusion"),
        wg_size: 16,
        bindings: &[DIMS, read("hypergraph_emb"), read("text_emb"), read("channel"), write("emb")],
    },
    ShaderRow {
        stage: TeacherStage::TeacherScore,
        name: "teacher_score",
        source: wgsl!("teacher_dims", "linear_idx", "teacher_score"),
        wg_size: 64,
        bindings: &[DIMS, read("user_emb"), read("item_emb"), read("scorer"), write("logits")],
    },
];
