//! How many bytes a training takes at its peak, from sizes and settings, before anything is allocated.
//!
//! Counted is what `candle` keeps: every tensor of a step until its gradients are there, the gradients that are under
//! way, and what stays between steps. `n` are users, `m` items, `e` training likes, `d` the width, `b` the users (or
//! likes) of a step; a number has 4 bytes.
//!
//! | part | teacher | student |
//! |---|---|---|
//! | parameters: value, gradient, two moments, the best copy | `5 (n + m [+ m]) d` | `5 (n + m) d` |
//! | hypergraph: places by row and column, values, those of a step | `9 e` | `6 (2 e + n + m) + e`, and `10 e` for positions |
//! | activations of a step, and gradients on their way | `((4 L + 13) n + (L + 2) m) d` and the same of items | `16 (n + m) d` |
//! | the same with `recompute_layers` | `15 (n + m) d`, and once `((4 L + 1) n + L m) d` or the same of items | |
//! | losses over all items of `b` users | `b m` a few times | `b m` a few times, `b S` with a sample of S items |
//! | losses over `b` sampled pairs | `6 (1 + k) b d` | |
//! | wide channel, if there is one | ridge: `2 n m`, and `4 min(n, m)^2` of 8 bytes; filter of rank r: `2 m r + 9 e`, `4 (n + m) (r + 64)` | `4 b m` |
//! | validation | 5 blocks of at most 2^24 logits | the same |

use serde::Serialize;

use crate::student::{DistilSettings, StudentSettings, StudentTraining};
use crate::teacher::{FILTER_BLOCK, FILTER_MORE, TeacherSettings, WideKind};

const LAYERS: &str = "the layers of a step";
const LOSSES: &str = "the losses of a step";
const CONVOLUTION: &str = "the convolution of a step";
const LINEAR: &str = "the linear channel";
const VALIDATION: &str = "validation";

/// Bytes of a number.
const F32: u64 = 4;
/// Logits that are ranked at a time, and how many copies of them there are.
const BLOCK: u64 = 1 << 24;
const BLOCK_COPIES: u64 = 5;

/// What the data come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// n.
    pub n_users: usize,
    /// m.
    pub n_items: usize,
    /// e.
    pub n_likes: usize,
    /// Numbers of a text's vector; 0 where nothing is read.
    pub text_dim: usize,
}

/// One of the things that take memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Part {
    /// In words.
    pub what: &'static str,
    /// Bytes.
    pub bytes: u64,
    /// When they are taken.
    pub when: When,
}

/// When memory is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// From the first step to the last.
    Always,
    /// In a step, until its gradients are there.
    Step,
    /// While all users are ranked.
    Validation,
}

/// The bytes of a training at its peak, beside the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// What takes them.
    pub parts: Vec<Part>,
}

impl Estimate {
    /// At the peak: what stays, and the larger of a step and of a validation, which never meet.
    pub fn total(&self) -> u64 {
        self.sum(When::Always) + self.sum(When::Step).max(self.sum(When::Validation))
    }

    /// While steps are taken, without a validation.
    pub fn of_steps(&self) -> u64 {
        self.sum(When::Always) + self.sum(When::Step)
    }

    fn sum(&self, when: When) -> u64 {
        self.parts.iter().filter(|part| part.when == when).map(|part| part.bytes).sum()
    }

    /// The part that takes most.
    pub fn largest(&self) -> Option<Part> {
        self.parts.iter().copied().max_by_key(|part| part.bytes)
    }

    fn of(parts: &[(&'static str, u64)]) -> Self {
        let when = |what: &str| match what {
            VALIDATION => When::Validation,
            LAYERS | LOSSES | CONVOLUTION | LINEAR => When::Step,
            _ => When::Always,
        };
        let parts = parts.iter().filter(|(_, bytes)| *bytes > 0);
        let parts = parts.map(|&(what, bytes)| Part { what, bytes, when: when(what) });
        Self { parts: parts.collect() }
    }
}

/// Rows of a step: all of them where the batch is 0.
fn rows_of_step(batch_size: usize, n_rows: u64) -> u64 {
    if batch_size == 0 { n_rows } else { (batch_size as u64).min(n_rows) }
}

fn validation(n: u64, m: u64) -> u64 {
    F32 * BLOCK_COPIES * BLOCK.max(m).min(n * m)
}

/// The wide channel: while it is solved, and once it is there.
fn wide_channel(sizes: &Sizes, settings: &TeacherSettings) -> [u64; 2] {
    let (n, m, e) = (sizes.n_users as u64, sizes.n_items as u64, sizes.n_likes as u64);
    if !settings.is_wide() {
        return [0, 0];
    }
    match settings.wide_kind {
        WideKind::Ridge => [2 * F32 * n * m + 4 * 8 * n.min(m).pow(2), 2 * F32 * n * m],
        WideKind::Filter => {
            let rank = settings.filter_rank as u64;
            let kept = F32 * (2 * m * rank + 9 * e + FILTER_BLOCK as u64 * (4 * m + 2 * n));
            [kept + F32 * 4 * (n + m) * (rank + FILTER_MORE as u64), kept]
        }
    }
}

/// The teacher's training.
pub fn of_teacher(sizes: &Sizes, settings: &TeacherSettings) -> Estimate {
    let (n, m, e) = (sizes.n_users as u64, sizes.n_items as u64, sizes.n_likes as u64);
    let (d, layers, text) = (settings.emb_dim as u64, settings.n_layers as u64, sizes.text_dim as u64);
    let is_deep = settings.is_deep();
    let if_deep = |bytes: u64| if is_deep { bytes } else { 0 };
    let gathered = if settings.gathered_input { m } else { 0 };
    // In the preset without deep channels their parameters exist, but have no gradient.
    let deep_parameters = (if is_deep { 5 } else { 4 }) * (n + m + gathered) * d;
    let linear = settings.linear.weight > 0.0;
    let linear_parameters = if linear && text == 0 { 5 * m * d } else { 0 };
    let residual = if settings.residual > 0.0 { 2 } else { 0 };
    let activation = match settings.activation {
        crate::teacher::Activation::Identity => 0,
        crate::teacher::Activation::Tanh => 1,
        crate::teacher::Activation::Relu => 3,
    };
    let of_layers = |nodes: u64, edges: u64| layers * (edges + (2 + residual + activation) * nodes);
    let channel = |nodes: u64, edges: u64, start: u64| {
        let kept = if settings.recompute_layers { nodes } else { of_layers(nodes, edges) };
        // Seven of the fusion, and gradients that are under way.
        (start * nodes + kept + 11 * nodes) * d
    };
    let views = if settings.intra_domain_weight > 0.0 { 3 } else { 1 };
    // Computed again, there are those of one channel at a time, and a copy of what they start from.
    let again = if settings.recompute_layers { (of_layers(n, m) + n).max(of_layers(m, n) + m) * d } else { 0 };
    let activations = views * (channel(n, m, 3) + channel(m, n, 1)) + again;
    let losses = if settings.is_sampled() {
        let pairs = rows_of_step(settings.fit.batch_size, e) * (1 + settings.n_negatives.max(1) as u64);
        let width = 6 * d + if settings.scorer.has_mlp() { 8 * settings.hidden_dim as u64 } else { 0 };
        // A gradient of rows is as large as what they were taken of.
        pairs * width + 2 * (n + m) * d
    } else {
        let mut copies = if settings.scorer.has_mlp() { 5 } else { 1 };
        copies += if settings.supervision_weight > 0.0 { 3 } else { 0 };
        copies += if settings.wide_loss_weight > 0.0 { 4 } else { 0 };
        rows_of_step(settings.fit.batch_size, n) * m * copies
    };
    let [making, kept] = wide_channel(sizes, settings);
    let wide = making.max(kept);
    let of_linear = if linear { 7 * n * m + 2 * (n + m) * d } else { 0 };
    Estimate::of(&[
        ("parameters and their moments", F32 * (deep_parameters + linear_parameters)),
        ("the hypergraph", F32 * (12 * e + 4 * (n + m))),
        (LAYERS, if_deep(F32 * activations)),
        (LOSSES, if_deep(F32 * losses)),
        ("the wide channel", wide),
        (LINEAR, F32 * of_linear),
        ("texts", F32 * 2 * (n + m) * text),
        (VALIDATION, validation(n, m)),
    ])
}

/// The student's training, beside a teacher that has been trained, or without one.
pub fn of_student(
    sizes: &Sizes,
    settings: &StudentSettings,
    training: &StudentTraining,
    teacher: Option<(&TeacherSettings, &DistilSettings)>,
) -> Estimate {
    let (n, m, e) = (sizes.n_users as u64, sizes.n_items as u64, sizes.n_likes as u64);
    let d = settings.emb_dim as u64;
    let b = rows_of_step(training.fit.batch_size, n);
    let samples = training.n_sampled_items > 0 && (training.n_sampled_items as u64) < m;
    let columns = if samples { training.n_sampled_items as u64 } else { m };
    let mut copies = if settings.head.has_mlp() { 5 } else { 1 };
    copies += if training.hard_loss_weight > 0.0 { 3 } else { 0 };
    copies += if training.leave_one_out { 4 } else { 0 };
    let (mut of_teacher, mut kept, mut positions, mut mixed) = (0, 0, 0, 0);
    if let Some((teacher, distil)) = teacher {
        let gathered = if teacher.gathered_input { m } else { 0 };
        let width = teacher.emb_dim as u64;
        // Parameters, embeddings, its hypergraph, its pairs.
        of_teacher = (n + m + gathered) * width + (n + m) * width + 9 * e + 2 * (n + m);
        of_teacher += wide_channel(sizes, teacher)[1] / F32;
        // Logits of several channels are mixed over all items, whatever is sampled of them afterwards.
        mixed = if teacher.wide_weight > 0.0 || teacher.linear.weight > 0.0 { 4 * b * m } else { 0 };
        of_teacher += sizes.text_dim as u64 * (n + m);
        positions = 10 * e;
        copies += if distil.lambda1 > 0.0 { 6 } else { 0 };
        // All logits, and a block of them while they are made; without samples, the labels of an epoch, too.
        let copies = if samples { 1 } else { 2 };
        let is_kept = n * m <= distil.max_kept_logits as u64;
        kept = if is_kept { copies * n * m + (n * m).min(4 * BLOCK) } else { 0 };
    }
    Estimate::of(&[
        ("parameters and their moments", F32 * 5 * (n + m) * d),
        ("the graph", F32 * (6 * (2 * e + n + m) + e + positions)),
        (CONVOLUTION, F32 * 16 * (n + m) * d),
        (LOSSES, F32 * (b * columns * copies + mixed)),
        ("the teacher", F32 * of_teacher),
        ("the teacher's logits", F32 * kept),
        (VALIDATION, validation(n, m)),
    ])
}

/// EASE^R: a Gram matrix of the smaller side, its factor and its inverse in 8 bytes, the other side's product, all logits.
pub fn of_ease(sizes: &Sizes) -> Estimate {
    let (n, m) = (sizes.n_users as u64, sizes.n_items as u64);
    let smaller = n.min(m);
    Estimate::of(&[
        ("square matrices of the smaller side", 3 * 8 * smaller * smaller),
        ("products and logits of all users", (8 + F32) * n * m),
    ])
}

/// A baseline of embeddings under so many layers, in so many views of the graph, trained on sampled pairs.
pub fn of_embeddings(
    sizes: &Sizes,
    emb_dim: usize,
    (n_layers, n_views): (usize, usize),
    batch_size: usize,
) -> Estimate {
    let (n, m, e) = (sizes.n_users as u64, sizes.n_items as u64, sizes.n_likes as u64);
    let d = emb_dim as u64;
    let activations = (4 * n_layers as u64 + 4) * n_views as u64 * (n + m) * d;
    Estimate::of(&[
        ("parameters and their moments", F32 * 5 * (n + m) * d),
        ("the hypergraph", F32 * (9 * e + 2 * (n + m)) * n_views as u64),
        (LAYERS, F32 * activations),
        (LOSSES, F32 * 18 * rows_of_step(batch_size, e) * d),
        (VALIDATION, validation(n, m)),
    ])
}
