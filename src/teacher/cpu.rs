//! The CPU twin of the teacher's forward: one function a stage, named as in [`TeacherStage`](super::TeacherStage),
//! arguments in the order of the shader's bindings. Rows are in compressed form: row `i` of `offsets` and `columns` holds
//! `columns[offsets[i]..offsets[i + 1]]`.

use super::config::Activation;
use super::soft_labels::standardize;
use super::weights::{ChannelWeights, LinearWeights};
use crate::student::cpu::{ScoreTables, add_scaled, dot, feature_transform, item_half, score, user_half};
use crate::student::{Head, HeadWeights};

/// `out[row] = row_scale(degree of row) (out[row] + sum over columns of column_scale[column] xs[column])`; no scale is 1.
fn gather(
    (offsets, columns): (&[u32], &[u32]),
    column_scale: Option<&[f32]>,
    row_scale: &dyn Fn(usize, f32) -> f32,
    xs: &[f32],
    out: &mut [f32],
) {
    let n_rows = offsets.len() - 1;
    let emb_dim = out.len() / n_rows.max(1);
    for (row, out) in out.chunks_exact_mut(emb_dim.max(1)).enumerate() {
        let columns = &columns[offsets[row] as usize..offsets[row + 1] as usize];
        for &column in columns {
            let column = column as usize;
            add_scaled(out, column_scale.map_or(1.0, |scale| scale[column]), &xs[column * emb_dim..][..emb_dim]);
        }
        let scale = row_scale(row, columns.len() as f32);
        out.iter_mut().for_each(|x| *x *= scale);
    }
}

/// `1 / degree`, and 0 for degree 0 (MODEL.md: "the inverse of a zero degree is 0").
fn inverse(degree: f32) -> f32 {
    if degree > 0.0 { degree.recip() } else { 0.0 }
}

/// `x_u = d_u^-1/2 (sum_i d_i^-1/2 g_i + e_u) [+ t_u]`: what users start from where there is a gathered input.
///
/// # Shapes
/// `offsets` is `[n_users + 1]` into `items`, `inv_sqrt_item_degree` is `[n_items]`, `gathered` is `[n_items, emb_dim]`,
/// `text_emb` and `xs` are `[n_users, emb_dim]`; `text_emb` is empty where no text is read, `xs` holds `e_u` before.
pub fn gather_input(
    offsets: &[u32],
    items: &[u32],
    inv_sqrt_item_degree: &[f32],
    gathered: &[f32],
    text_emb: &[f32],
    xs: &mut [f32],
) {
    gather((offsets, items), Some(inv_sqrt_item_degree), &|_, degree| inverse(degree).sqrt(), gathered, xs);
    if !text_emb.is_empty() {
        add_scaled(xs, 1.0, text_emb);
    }
}

/// `E = D_e^-1 H^T D_v^-1/2 X`: what every hyperedge gathers from its members; its degree is their number.
///
/// # Shapes
/// `offsets` is `[n_hyperedges + 1]` into `members`, `inv_sqrt_node_degree` is `[n_nodes]`, `xs` is `[n_nodes, emb_dim]`,
/// `edges` is `[n_hyperedges, emb_dim]`.
pub fn node_to_edge(offsets: &[u32], members: &[u32], inv_sqrt_node_degree: &[f32], xs: &[f32], edges: &mut [f32]) {
    edges.fill(0.0);
    gather((offsets, members), Some(inv_sqrt_node_degree), &|_, degree| inverse(degree), xs, edges);
}

/// `P X = D_v^-1/2 H E`: what every node gathers back from its hyperedges. `W` of eq. 3 is the identity.
///
/// # Shapes
/// `offsets` is `[n_nodes + 1]` into `hyperedges`, `inv_sqrt_node_degree` is `[n_nodes]`, `edges` is
/// `[n_hyperedges, emb_dim]`, `propagated` is `[n_nodes, emb_dim]`.
pub fn edge_to_node(
    offsets: &[u32],
    hyperedges: &[u32],
    inv_sqrt_node_degree: &[f32],
    edges: &[f32],
    propagated: &mut [f32],
) {
    propagated.fill(0.0);
    gather((offsets, hyperedges), None, &|node_idx, _| inv_sqrt_node_degree[node_idx], edges, propagated);
}

/// `X' = act(P X Theta)`, and the sum over the layers: `sum + residual X'`, or `X'` alone where `residual` is 0.
///
/// # Shapes
/// `propagated`, `layer` and `sum` are `[n_nodes, emb_dim]`, `theta` is `[emb_dim (in), emb_dim (out)]`. `layer` becomes
/// the input of the next layer; `sum` is that of the first layer before it.
pub fn layer_transform(
    propagated: &[f32],
    theta: &[f32],
    activation: Activation,
    residual: f32,
    emb_dim: usize,
    layer: &mut [f32],
    sum: &mut [f32],
) {
    feature_transform(propagated, theta, emb_dim, layer);
    if activation != Activation::Identity {
        layer.iter_mut().for_each(|x| *x = activation.of(*x));
    }
    if residual > 0.0 {
        add_scaled(sum, residual, layer);
    } else {
        sum.copy_from_slice(layer);
    }
}

/// `z = [x +] relu(x F_x [+ t F_t] + b) F_out`: `MLP([z_hgnn || z_text])`, whose first product is a sum of two.
///
/// # Shapes
/// `hypergraph_emb` and `emb` are `[n_nodes, emb_dim]`, `text_emb` too, or empty where no text is read.
pub fn fusion(
    hypergraph_emb: &[f32],
    text_emb: &[f32],
    channel: &ChannelWeights,
    is_residual: bool,
    emb_dim: usize,
    emb: &mut [f32],
) {
    let mut hidden = vec![0.0; hypergraph_emb.len()];
    feature_transform(hypergraph_emb, &channel.fusion_in, emb_dim, &mut hidden);
    if !text_emb.is_empty() {
        feature_transform(text_emb, &channel.fusion_text, emb_dim, emb);
        add_scaled(&mut hidden, 1.0, emb);
    }
    for hidden in hidden.chunks_exact_mut(emb_dim) {
        add_scaled(hidden, 1.0, &channel.fusion_bias);
        hidden.iter_mut().for_each(|x| *x = Activation::Relu.of(*x));
    }
    feature_transform(&hidden, &channel.fusion_out, emb_dim, emb);
    if is_residual {
        add_scaled(emb, 1.0, hypergraph_emb);
    }
}

/// `y_i = [w2 . relu(W_u z_u + W_i z_i + b1)] [+ z_u . z_i]` for every item.
///
/// # Shapes
/// `user_emb` is `[emb_dim]`, `item_emb` is `[n_items, emb_dim]`, `logits` is `[n_items]`.
pub fn teacher_score(user_emb: &[f32], item_emb: &[f32], head: Head, scorer: &HeadWeights, logits: &mut [f32]) {
    let (emb_dim, hidden_dim) = (user_emb.len(), scorer.hidden_bias.len());
    let mut item_hidden = vec![0.0; logits.len() * hidden_dim];
    item_half(item_emb, &scorer.item_weight, &scorer.hidden_bias, emb_dim, &mut item_hidden);
    let mut user_hidden = vec![0.0; hidden_dim];
    user_half(user_emb, &scorer.user_weight, &mut user_hidden);
    let tables = ScoreTables {
        item_hidden: &item_hidden,
        item_emb,
        output_weight: &scorer.output_weight,
        output_bias: 0.0,
        has_dot: head.has_dot(),
    };
    score(user_emb, &user_hidden, tables, logits);
}

/// `y_j = x_u . z_j + b_j` with `x_u = d_u^-1/2 sum_i z_i` over the user's items.
///
/// # Shapes
/// `user_emb` is `[emb_dim]` and becomes `x_u`, `logits` is `[n_items]`.
pub fn linear(items: &[u32], weights: &LinearWeights, user_emb: &mut [f32], logits: &mut [f32]) {
    let emb_dim = user_emb.len();
    user_emb.fill(0.0);
    let rows = ([0, items.len() as u32], items);
    gather((&rows.0, rows.1), None, &|_, degree| inverse(degree).sqrt(), &weights.item_emb, user_emb);
    for ((z, bias), logit) in weights.item_emb.chunks_exact(emb_dim).zip(&weights.bias).zip(logits) {
        *logit = dot(user_emb, z) + bias;
    }
}

/// `Y_t = std(sum_c w_c std(y_c))`: every channel's logits with mean 0 and deviation 1, weighed, added, and so again.
///
/// # Shapes
/// Every channel's logits are `[n_items]`, and so is the result.
pub fn mix(n_items: usize, channels: Vec<(f32, Vec<f32>)>) -> Vec<f32> {
    let mut sum = vec![0.0; n_items];
    for (weight, mut logits) in channels {
        standardize(&mut logits);
        add_scaled(&mut sum, weight, &logits);
    }
    standardize(&mut sum);
    sum
}
