//! What the teacher's answer costs: [`crate::student::Work`] says how it is counted.

use super::config::TeacherConfig;
use super::stages::TeacherStage;
use crate::hypergraph::Incidence;
use crate::student::Work;

/// The full forward for one user, stage by stage: propagation over the whole hypergraph, fusion, scoring. Nothing is kept
/// from an earlier answer, `K^-1` of the wide channel included.
///
/// With `n` users, `m` items, `e` likes, `d` the width, `L` layers: `gather_input` is `e d + n d` multiply-adds;
/// `node_to_edge` and `edge_to_node` of a layer `e d` and one scale a row, in both channels; `layer_transform` `(n + m) d^2`
/// and `d` a row for the sum; `fusion` `2 (n + m) d^2`, three with text; `teacher_score` `m d`, with an MLP `(m + 1) h d + m h`
/// beside or in place of it; `wide` `n^3 / 2 + sum_i d_i^2 + e`; `linear` `d_u d + d + m d`; `mix` one a channel and item.
pub(super) fn full_forward(
    config: &TeacherConfig,
    incidence: &Incidence,
    user_idx: usize,
) -> Vec<(TeacherStage, Work)> {
    let (d, h, n_layers) = (config.emb_dim, config.hidden_dim, config.n_layers);
    let (n, m, e) = (incidence.n_nodes(), incidence.n_hyperedges(), incidence.n_memberships());
    let rows = n + m;
    let mut work = Vec::new();
    if config.is_deep() {
        if config.gathered_input {
            // Every like fetches a row, its index and a degree; every user an offset, its own row and that of its text.
            let own = if config.reads_text { 2 * d } else { d };
            work.push((TeacherStage::GatherInput, Work::of((e + n) * d, e * (d + 2) + n * (own + 1))));
        }
        // Both channels: users over items and items over users, so that either stage has every row once, with its offset;
        // a node's row comes with its degree, a hyperedge's degree is the number of its members.
        let layers = |of_one: Work| Work {
            multiply_adds: of_one.multiply_adds * n_layers as u64,
            bytes: of_one.bytes * n_layers as u64,
        };
        work.push((TeacherStage::NodeToEdge, layers(Work::of((2 * e + rows) * d, 2 * e * (d + 2) + rows))));
        work.push((TeacherStage::EdgeToNode, layers(Work::of((2 * e + rows) * d, 2 * e * (d + 1) + 2 * rows))));
        let sum = if config.residual > 0.0 { rows * d } else { 0 };
        work.push((TeacherStage::LayerTransform, layers(Work::of(rows * d * d + sum, rows * d + 2 * d * d + sum))));
        let n_products = 2 + usize::from(config.reads_text);
        let inputs = 1 + usize::from(config.reads_text);
        work.push((
            TeacherStage::Fusion,
            Work::of(n_products * rows * d * d, inputs * rows * d + 2 * (n_products * d * d + d)),
        ));
        let dot = if config.scorer.has_dot() { m * d } else { 0 };
        let of_mlp = if config.scorer.has_mlp() { (m + 1) * h * d + m * h } else { 0 };
        let weights = if config.scorer.has_mlp() { 2 * h * d + 2 * h } else { 0 };
        work.push((TeacherStage::TeacherScore, Work::of(dot + of_mlp, (m + 1) * d + weights)));
    }
    if config.is_wide() {
        let squares: usize = incidence.hyperedge_degrees().into_iter().map(|degree| (degree as usize).pow(2)).sum();
        let multiply_adds = (n * n * n / 2 + squares + e) as u64;
        // Each product on the way to the inverse reads a number of eight bytes, each sum over it another.
        work.push((TeacherStage::Wide, Work { multiply_adds, bytes: 8 * multiply_adds }));
    }
    if config.is_linear() {
        let n_liked = incidence.node_degree(user_idx);
        work.push((TeacherStage::Linear, Work::of(n_liked * d + d + m * d, n_liked * (d + 1) + m * (d + 1))));
    }
    let n_channels = [config.is_wide(), config.is_linear()].into_iter().filter(|asked| *asked).count();
    if n_channels > 0 {
        let n_channels = n_channels + usize::from(config.is_deep());
        work.push((TeacherStage::Mix, Work::of((2 * n_channels + 1) * m, n_channels * m)));
    }
    work
}
