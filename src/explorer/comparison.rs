//! Teacher and students beside each other for one person, from their logits and embeddings: what each puts first, where
//! each finds the held-out films, what soft labels say, and what gamma (eq. 13) and alpha (eq. 18) change.

use crate::metrics::ndcg_at_k;
use crate::ranking::{Ranked, is_masked, items_of, mark, mask_words, top_k};
use crate::student::cpu::dot;
use crate::teacher::similarity;

/// How many films of each model are compared, as the metrics of the model file's table do.
pub const N_COMPARED: usize = 10;

/// What one model answers to one person, measured as MODEL.md measures: all films ranked but those that are masked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The first [`N_COMPARED`], best first.
    pub top: Vec<Ranked>,
    /// The place of each held-out film, from 1, in the order of the held-out films.
    pub places: Vec<u32>,
    /// NDCG@10 of this person; 0 where nothing is held out.
    pub ndcg: f64,
}

impl Answer {
    /// From the logits of all films, `[n_items]`. `masked` are the person's training and validation films, `held_out` the
    /// test films, ascending.
    pub fn new(logits: &[f32], masked: &[&[u32]], held_out: &[u32]) -> Self {
        let mut mask = vec![0; mask_words(logits.len())];
        masked.iter().for_each(|items| mark(&mut mask, items));
        let mut top = Vec::new();
        top_k(logits, &mask, N_COMPARED, &mut top);
        let ndcg = ndcg_at_k(&items_of(&top), held_out, N_COMPARED);
        let places = held_out.iter().map(|&item_idx| place(logits, &mask, item_idx)).collect();
        Self { top, places, ndcg }
    }

    /// How many films both have among their first.
    pub fn overlap(&self, other: &Self) -> usize {
        let has = |place: &&Ranked| other.top.iter().any(|theirs| theirs.item_idx == place.item_idx);
        self.top.iter().filter(has).count()
    }
}

/// The place of an item among those that are not masked, from 1, by the order of [`crate::ranking`].
fn place(logits: &[f32], mask: &[u32], item_idx: u32) -> u32 {
    let own = Ranked { item_idx, score: logits[item_idx as usize] };
    let stands_before = |&(other, &score): &(usize, &f32)| {
        !is_masked(mask, other) && Ranked { item_idx: other as u32, score }.order(&own).is_lt()
    };
    1 + logits.iter().enumerate().filter(stands_before).count() as u32
}

/// Where a place stands on an axis of logarithms, 0 for the first and 1 for the last of `n_places`.
pub fn on_log_axis(place: u32, n_places: usize) -> f32 {
    let last = (n_places.max(2) as f32).ln();
    ((place.max(1) as f32).ln() / last).min(1.0)
}

/// Two distributions over all films (eq. 11): the first films of one of them, and the rest in one bar.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SoftLabelBars {
    /// The first films of the teacher.
    pub shown: Vec<SoftLabel>,
    /// How many others there are.
    pub n_others: usize,
    /// What teacher and student give to all of them together.
    pub others: [f32; 2],
    /// `exp(H)` of each: among how many films it would be spread if each had the same.
    pub n_effective: [f64; 2],
}

/// What teacher and student give to one film.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SoftLabel {
    /// The film.
    pub item_idx: u32,
    /// Its probabilities, the teacher's first.
    pub labels: [f32; 2],
}

impl SoftLabelBars {
    /// The `n_shown` films that the teacher gives most to. Both distributions are `[n_items]`.
    pub fn new(teacher: &[f32], student: &[f32], n_shown: usize) -> Self {
        let mut first = Vec::new();
        top_k(teacher, &vec![0; mask_words(teacher.len())], n_shown, &mut first);
        let of = |item_idx: u32| [teacher, student].map(|labels| labels[item_idx as usize]);
        let shown: Vec<_> =
            items_of(&first).into_iter().map(|item_idx| SoftLabel { item_idx, labels: of(item_idx) }).collect();
        let rest = |side: usize, all: &[f32]| {
            let all: f64 = all.iter().map(|&label| f64::from(label)).sum();
            let shown: f64 = shown.iter().map(|label| f64::from(label.labels[side])).sum();
            (all - shown).max(0.0) as f32
        };
        Self {
            n_others: teacher.len() - shown.len(),
            others: [rest(0, teacher), rest(1, student)],
            n_effective: [n_effective(teacher), n_effective(student)],
            shown,
        }
    }

    /// The largest share of one film, so that the longest bar fills its room.
    pub fn largest(&self) -> f32 {
        self.shown.iter().flat_map(|label| label.labels).fold(f32::MIN_POSITIVE, f32::max)
    }
}

/// `exp(H)`, H the entropy: 1 where one film has everything, n where n films share it evenly.
pub fn n_effective(labels: &[f32]) -> f64 {
    let entropy = |&label: &f32| if label > 0.0 { -f64::from(label) * f64::from(label).ln() } else { 0.0 };
    labels.iter().map(entropy).sum::<f64>().exp()
}

/// `gamma Z + (1 - gamma) Z_t` (eq. 13), Z the student's.
pub fn interpolated(student: &[f32], teacher: &[f32], gamma: f32) -> Vec<f32> {
    student.iter().zip(teacher).map(|(own, of_teacher)| gamma * own + (1.0 - gamma) * of_teacher).collect()
}

/// The logits of the mixed embeddings, by their inner products alone: `z_u . z_i` of all items, `[n_items]`.
///
/// # Shapes
/// `user` is the student's and the teacher's embedding of one user, `[emb_dim]` each; `items` those of all items,
/// `[n_items, emb_dim]` each.
pub fn interpolated_logits(user: [&[f32]; 2], items: [&[f32]; 2], gamma: f32) -> Vec<f32> {
    let dim = user[0].len().max(1);
    let user_emb = interpolated(user[0], user[1], gamma);
    let rows = items[0].chunks_exact(dim).zip(items[1].chunks_exact(dim));
    rows.map(|(own, of_teacher)| dot(&user_emb, &interpolated(own, of_teacher, gamma))).collect()
}

/// The cosine of one embedding with each row; 0 where either has no length.
///
/// # Shapes
/// `query` is `[dim]`, `rows` is `[n, dim]`, the result `[n]`.
pub fn cosines(query: &[f32], rows: &[f32]) -> Vec<f32> {
    let length = dot(query, query).sqrt();
    let cosine = |row: &[f32]| {
        let lengths = length * dot(row, row).sqrt();
        if lengths > 0.0 { dot(query, row) / lengths } else { 0.0 }
    };
    rows.chunks_exact(query.len().max(1)).map(cosine).collect()
}

/// Whom `S(u, v) = alpha cos(z_t_u, z_s_v) + (1 - alpha) cos(P_u, P_v)` (eq. 18) brings nearest to u, u left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similar {
    /// v.
    pub user_idx: u32,
    /// S.
    pub similarity: f32,
    /// The two cosines: of the embeddings, of the positions.
    pub cosines: [f32; 2],
}

/// The first `k` by S; `cosines` are those of u with everyone, `[n_users]` each.
pub fn most_similar(user_idx: u32, cosines: [&[f32]; 2], alpha: f32, k: usize) -> Vec<Similar> {
    let [of_embeddings, of_positions] = cosines;
    let both = of_embeddings.iter().zip(of_positions);
    let similarities: Vec<f32> = both.map(|(&emb, &position)| similarity(alpha, emb, position)).collect();
    let mut mask = vec![0; mask_words(similarities.len())];
    mark(&mut mask, &[user_idx]);
    let mut first = Vec::new();
    top_k(&similarities, &mask, k, &mut first);
    let similar = |place: Ranked| Similar {
        user_idx: place.item_idx,
        similarity: place.score,
        cosines: cosines.map(|side| side[place.item_idx as usize]),
    };
    first.into_iter().map(similar).collect()
}

/// The row whose cosine with `query` is largest, of those that are allowed; the first of equal ones, none where there is no
/// row.
pub fn nearest(query: &[f32], rows: &[f32], is_allowed: &dyn Fn(u32) -> bool) -> Option<u32> {
    let cosines = cosines(query, rows);
    let is_left_out: Vec<u32> = (0..cosines.len() as u32).filter(|&row| !is_allowed(row)).collect();
    let mut mask = vec![0; mask_words(cosines.len())];
    mark(&mut mask, &is_left_out);
    let mut first = Vec::new();
    top_k(&cosines, &mask, 1, &mut first);
    first.first().map(|place| place.item_idx)
}
