//! The CPU twin: one function a stage, named as in [`Stage`](super::Stage), arguments in the order of the
//! shader's bindings. It is the reference for the shaders and the fallback of real visitors, so the inner loops are
//! written in eight lanes of SIMD (WebAssembly's included). A request does not compute all logits, but has the same
//! answer: [`super::sketch`].

use bytemuck::must_cast;

use super::lanes::{F32_LANES, Lanes};
use crate::ranking::{Ranked, mark, top_k as rank_top_k};

/// Sums of an inner product: two vectors.
const LANES: usize = 2 * F32_LANES;

/// One membership of a visitor: an item and the weight with which it enters the visitor's row of `A`.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Membership {
    /// The item.
    pub item_idx: u32,
    /// 1 for a like, `-dislike_weight` for a dislike.
    pub weight: f32,
}

/// Eight numbers, wherever they lie.
#[inline(always)]
fn eight(xs: &[f32; LANES]) -> [Lanes; 2] {
    must_cast(*xs)
}

/// Eight partial sums and the rest, in this order on every machine.
#[inline(always)]
fn sum_up(low: Lanes, high: Lanes, tail: f32) -> f32 {
    let ([a, b, c, d], [e, f, g, h]) = (low.to_f32(), high.to_f32());
    a + b + c + d + e + f + g + h + tail
}

/// Inner product in eight independent sums, so that it vectorises without reordering promises.
#[inline]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_tail), (b, b_tail)) = (a.as_chunks(), b.as_chunks());
    let (mut low, mut high) = (Lanes::zero(), Lanes::zero());
    for (a, b) in a.iter().zip(b) {
        let ([a0, a1], [b0, b1]) = (eight(a), eight(b));
        low = low.add_f32(a0.mul_f32(b0));
        high = high.add_f32(a1.mul_f32(b1));
    }
    sum_up(low, high, a_tail.iter().zip(b_tail).map(|(x, y)| x * y).sum())
}

/// `w2 . relu(a + c)` in eight lanes.
#[inline]
fn relu_dot(user_hidden: &[f32], item_hidden: &[f32], output_weight: &[f32]) -> f32 {
    let ((a, a_tail), (c, c_tail), (w, w_tail)) =
        (user_hidden.as_chunks(), item_hidden.as_chunks(), output_weight.as_chunks());
    let (mut low, mut high) = (Lanes::zero(), Lanes::zero());
    for ((a, c), w) in a.iter().zip(c).zip(w) {
        let ([a0, a1], [c0, c1], [w0, w1]) = (eight(a), eight(c), eight(w));
        low = low.add_f32(w0.mul_f32(a0.add_f32(c0).relu_f32()));
        high = high.add_f32(w1.mul_f32(a1.add_f32(c1).relu_f32()));
    }
    // Not `f32::max`, which minds NaN and is a call of a function in WebAssembly: it made this 20 times as slow.
    let relu = |x: f32| if x > 0.0 { x } else { 0.0 };
    let tail = a_tail.iter().zip(c_tail).zip(w_tail).map(|((a, c), w)| w * relu(a + c)).sum();
    sum_up(low, high, tail)
}

/// `ys += scale * xs`.
#[inline]
pub(crate) fn add_scaled(ys: &mut [f32], scale: f32, xs: &[f32]) {
    let ((ys, y_tail), (xs, x_tail)) = (ys.as_chunks_mut::<F32_LANES>(), xs.as_chunks());
    let scales = Lanes::splat_f32(scale);
    for (y, x) in ys.iter_mut().zip(xs) {
        *y = Lanes::from_f32(*y).add_f32(scales.mul_f32(Lanes::from_f32(*x))).to_f32();
    }
    for (y, x) in y_tail.iter_mut().zip(x_tail) {
        *y += scale * x;
    }
}

/// `XW`.
///
/// # Shapes
/// `features` and `xw` are `[n_nodes, emb_dim]`, `weight` is `[emb_dim (in), emb_dim (out)]`.
pub fn feature_transform(features: &[f32], weight: &[f32], emb_dim: usize, xw: &mut [f32]) {
    for (x, out) in features.chunks_exact(emb_dim).zip(xw.chunks_exact_mut(emb_dim)) {
        out.fill(0.0);
        for (&x, row) in x.iter().zip(weight.chunks_exact(emb_dim)) {
            add_scaled(out, x, row);
        }
    }
}

/// `Z = D^-1/2 (A_bip + I) D^-1/2 (XW)` (eq. 14).
///
/// # Shapes
/// `offsets` is `[n_nodes + 1]`, `inv_sqrt_degree` is `[n_nodes]`, `xw` and `zs` are `[n_nodes, emb_dim]`.
pub fn graph_convolution(
    offsets: &[u32],
    neighbors: &[u32],
    inv_sqrt_degree: &[f32],
    xw: &[f32],
    emb_dim: usize,
    zs: &mut [f32],
) {
    for (node_idx, z) in zs.chunks_exact_mut(emb_dim).enumerate() {
        z.fill(0.0);
        add_scaled(z, inv_sqrt_degree[node_idx], &xw[node_idx * emb_dim..][..emb_dim]);
        for &neighbor in &neighbors[offsets[node_idx] as usize..offsets[node_idx + 1] as usize] {
            let neighbor = neighbor as usize;
            add_scaled(z, inv_sqrt_degree[neighbor], &xw[neighbor * emb_dim..][..emb_dim]);
        }
        z.iter_mut().for_each(|z| *z *= inv_sqrt_degree[node_idx]);
    }
}

/// `C_i = W_i z_i + b1`: what the head needs of an item, whoever asks.
///
/// # Shapes
/// `item_emb` is `[n_items, emb_dim]`, `item_weight` is `[hidden_dim, emb_dim]`, `hidden_bias` is `[hidden_dim]`,
/// `item_hidden` is `[n_items, hidden_dim]`.
pub fn item_half(item_emb: &[f32], item_weight: &[f32], hidden_bias: &[f32], emb_dim: usize, item_hidden: &mut [f32]) {
    let hidden_dim = hidden_bias.len();
    if hidden_dim == 0 {
        return;
    }
    for (z, out) in item_emb.chunks_exact(emb_dim).zip(item_hidden.chunks_exact_mut(hidden_dim)) {
        for ((out, row), bias) in out.iter_mut().zip(item_weight.chunks_exact(emb_dim)).zip(hidden_bias) {
            *out = bias + dot(row, z);
        }
    }
}

/// `z_v = d_v^-1/2 sum_j w_j d_j^-1/2 (XW)_j` with the items' side as trained (MODEL.md, "New user").
/// `visitor_inv_sqrt_degree` is `d_v^-1/2`, `d_v = 1 + sum |w_j|`: the self-loop counts, though no feature stands on it.
///
/// # Shapes
/// `item_inv_sqrt_degree` is `[n_items]`, `item_xw` is `[n_items, emb_dim]`, `user_emb` is `[emb_dim]`.
pub fn fold_in(
    memberships: &[Membership],
    item_inv_sqrt_degree: &[f32],
    item_xw: &[f32],
    visitor_inv_sqrt_degree: f32,
    user_emb: &mut [f32],
) {
    let emb_dim = user_emb.len();
    user_emb.fill(0.0);
    for membership in memberships {
        let item_idx = membership.item_idx as usize;
        let scale = membership.weight * item_inv_sqrt_degree[item_idx];
        add_scaled(user_emb, scale, &item_xw[item_idx * emb_dim..][..emb_dim]);
    }
    user_emb.iter_mut().for_each(|z| *z *= visitor_inv_sqrt_degree);
}

/// `a_v = W_u z_v`.
///
/// # Shapes
/// `user_emb` is `[emb_dim]`, `user_weight` is `[hidden_dim, emb_dim]`, `user_hidden` is `[hidden_dim]`.
pub fn user_half(user_emb: &[f32], user_weight: &[f32], user_hidden: &mut [f32]) {
    for (out, row) in user_hidden.iter_mut().zip(user_weight.chunks_exact(user_emb.len())) {
        *out = dot(row, user_emb);
    }
}

/// What [`score`] needs of the items and the head, computed on load.
#[derive(Debug, Clone, Copy)]
pub struct ScoreTables<'a> {
    /// `C`, `[n_items, hidden_dim]`; empty without the MLP.
    pub item_hidden: &'a [f32],
    /// `z_i`, `[n_items, emb_dim]`.
    pub item_emb: &'a [f32],
    /// `w2`, `[hidden_dim]`; empty without the MLP.
    pub output_weight: &'a [f32],
    /// `b2`.
    pub output_bias: f32,
    /// Whether the head adds `z_v . z_i`.
    pub has_dot: bool,
}

impl ScoreTables<'_> {
    /// `s_i` of one item; every logit of the CPU twin is computed here.
    #[inline]
    pub(super) fn logit(&self, user_emb: &[f32], user_hidden: &[f32], item_idx: usize) -> f32 {
        let (emb_dim, hidden_dim) = (user_emb.len(), user_hidden.len());
        let mut logit = self.output_bias;
        if hidden_dim > 0 {
            let item_hidden = &self.item_hidden[item_idx * hidden_dim..][..hidden_dim];
            logit += relu_dot(user_hidden, item_hidden, self.output_weight);
        }
        if self.has_dot {
            logit += dot(user_emb, &self.item_emb[item_idx * emb_dim..][..emb_dim]);
        }
        logit
    }
}

/// `s_i = w2 . relu(a_v + C_i) + b2 [+ z_v . z_i]` for every item.
///
/// # Shapes
/// `user_emb` is `[emb_dim]`, `user_hidden` is `[hidden_dim]`, `logits` is `[n_items]`.
pub fn score(user_emb: &[f32], user_hidden: &[f32], tables: ScoreTables<'_>, logits: &mut [f32]) {
    for (item_idx, logit) in logits.iter_mut().enumerate() {
        *logit = tables.logit(user_emb, user_hidden, item_idx);
    }
}

/// `s_i - novelty p_i` of one item; every score with novelty is computed here.
#[inline]
pub(super) fn novel(logit: f32, popularity: f32, novelty: f32) -> f32 {
    logit - novelty * popularity
}

/// `s_i = s_i - novelty p_i`; 0 changes nothing.
///
/// # Shapes
/// `popularity` (0 to 1) and `logits` are `[n_items]`.
pub fn novelty(popularity: &[f32], novelty: f32, logits: &mut [f32]) {
    for (logit, &popularity) in logits.iter_mut().zip(popularity) {
        *logit = novel(*logit, popularity, novelty);
    }
}

/// Sets the bit of every item in `seen_items`; those of `seen_mask` that are set, by a request's filter, stay so.
///
/// # Shapes
/// `seen_mask` is `[mask_words(n_items)]`.
pub fn mask(seen_items: &[u32], seen_mask: &mut [u32]) {
    mark(seen_mask, seen_items);
}

/// The best `k` unmasked items: [`crate::ranking::top_k`].
pub fn top_k(logits: &[f32], seen_mask: &[u32], k: usize, ranked: &mut Vec<Ranked>) {
    rank_top_k(logits, seen_mask, k, ranked);
}
