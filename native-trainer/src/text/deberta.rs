//! DeBERTa in any float type, which candle's cannot: its attention holds constants in f32. Embeddings and feed-forward layers
//! are candle's, attention and relative positions are ours. What depends on the weights alone is computed once: the keys
//! and queries of relative positions. Softmax is computed in f32 whatever the type.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::ops::softmax_last_dim;
use candle_nn::{Linear, Module, VarBuilder, embedding, layer_norm, linear};
use candle_transformers::models::debertav2::{
    Config, DebertaV2Embeddings, DebertaV2Intermediate, DebertaV2Output, DebertaV2SelfOutput,
};

/// Added in f32 to the score of what is padding.
const PADDING: f64 = 1e9;

/// The model.
pub(super) struct Deberta {
    embeddings: DebertaV2Embeddings,
    layers: Vec<Layer>,
    /// Of relative positions, where attention knows them.
    positions: Option<Positions>,
    n_heads: usize,
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    /// `[1, n_heads, 2 span, head_dim]`: of the term c2p, scaled.
    position_keys: Option<Tensor>,
    /// The same of the term p2c.
    position_queries: Option<Tensor>,
    /// `1 / sqrt(head_dim * terms)`.
    scale: f64,
    attention_output: DebertaV2SelfOutput,
    intermediate: DebertaV2Intermediate,
    output: DebertaV2Output,
}

/// How a distance becomes a row of the table of relative positions.
#[derive(Debug, Clone, Copy)]
struct Positions {
    /// Half the rows of the table.
    span: i64,
    /// Distances are put into this many buckets, growing with the logarithm; 0 for none.
    n_buckets: i64,
    max_distance: i64,
}

impl Deberta {
    /// In the type of the variables.
    pub(super) fn load(vb: &VarBuilder<'_>, config: &Config) -> Result<Self> {
        let positions = config.relative_attention.then(|| Positions::of(config));
        let encoder = vb.pp("encoder");
        let table = match positions {
            Some(Positions { span, .. }) => {
                let (n_rows, d) = (2 * span as usize, config.hidden_size);
                let table = embedding(n_rows, d, encoder.pp("rel_embeddings"))?.embeddings().clone();
                let is_normed = config.norm_rel_ebd.as_ref().is_some_and(|norm| norm.trim() == "layer_norm");
                Some(match is_normed {
                    true => layer_norm(d, config.layer_norm_eps, encoder.pp("LayerNorm"))?.forward(&table)?,
                    false => table,
                })
            }
            None => None,
        };
        let layer = |at: usize| Layer::load(&encoder.pp("layer").pp(at), config, table.as_ref());
        Ok(Self {
            embeddings: DebertaV2Embeddings::load(vb.pp("embeddings"), config)?,
            layers: (0..config.num_hidden_layers).map(layer).collect::<Result<_>>()?,
            positions,
            n_heads: config.num_attention_heads,
        })
    }

    /// The last hidden states; shapes as [`Transformer::forward`](super::transformer::Transformer::forward) has them.
    pub(super) fn forward(&self, ids: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let mut xs = self.embeddings.forward(Some(ids), None, None, Some(mask), None)?;
        let (_, length) = ids.dims2()?;
        // 0 for a token, and far below every score for padding.
        let padding = mask.to_dtype(DType::F32)?.affine(PADDING, -PADDING)?.unsqueeze(1)?.unsqueeze(1)?;
        let places = match self.positions {
            Some(positions) => Some(positions.places(length, ids.device())?),
            None => None,
        };
        for layer in &self.layers {
            xs = layer.forward(&xs, &padding, places.as_ref(), self.n_heads)?;
        }
        Ok(xs)
    }
}

impl Layer {
    fn load(vb: &VarBuilder<'_>, config: &Config, table: Option<&Tensor>) -> Result<Self> {
        let (d, n_heads) = (config.hidden_size, config.num_attention_heads);
        let head_dim = config.attention_head_size.unwrap_or(d / n_heads);
        let attention = vb.pp("attention.self");
        let projection = |name: &str| linear(d, n_heads * head_dim, attention.pp(name));
        let (query, key, value) = (projection("query_proj")?, projection("key_proj")?, projection("value_proj")?);
        let has = |term: &str| config.pos_att_type.iter().any(|of| of == term);
        let scale = ((head_dim * (1 + usize::from(has("c2p")) + usize::from(has("p2c")))) as f64).sqrt().recip();
        let is_shared = config.share_att_key.unwrap_or(false);
        let of_positions = |term: &str, shared: &Linear, own: &str| -> Result<Option<Tensor>> {
            let Some(table) = table.filter(|_| has(term)) else { return Ok(None) };
            let rows = if is_shared { shared.forward(table)? } else { projection(own)?.forward(table)? };
            Ok(Some((by_head(&rows.unsqueeze(0)?, n_heads)? * scale)?))
        };
        Ok(Self {
            position_keys: of_positions("c2p", &key, "pos_key_proj")?,
            position_queries: of_positions("p2c", &query, "pos_query_proj")?,
            query,
            key,
            value,
            scale,
            attention_output: DebertaV2SelfOutput::load(vb.pp("attention.output"), config)?,
            intermediate: DebertaV2Intermediate::load(vb.clone(), config)?,
            output: DebertaV2Output::load(vb.clone(), config)?,
        })
    }

    /// `softmax((Q_c K_c^T + Q_c K_r^T + (K_c Q_r^T)^T) scale) V`, then the feed-forward layer.
    fn forward(&self, xs: &Tensor, padding: &Tensor, places: Option<&Places>, n_heads: usize) -> Result<Tensor> {
        let [queries, keys, values] =
            [&self.query, &self.key, &self.value].map(|of| by_head(&of.forward(xs)?, n_heads));
        let (queries, keys, values) = (queries?, keys?, values?);
        let mut scores = queries.matmul(&(keys.t()? * self.scale)?)?;
        if let (Some(position_keys), Some(places)) = (&self.position_keys, places) {
            let all = queries.broadcast_matmul(&position_keys.t()?)?;
            scores = (scores + at_places(&all, &places.content_to_position)?)?;
        }
        if let (Some(position_queries), Some(places)) = (&self.position_queries, places) {
            let all = keys.broadcast_matmul(&position_queries.t()?)?;
            scores = (scores + at_places(&all, &places.position_to_content)?.t()?)?;
        }
        let weights = softmax_last_dim(&scores.to_dtype(DType::F32)?.broadcast_add(padding)?)?;
        let attended = weights.to_dtype(xs.dtype())?.matmul(&values)?.transpose(1, 2)?.contiguous()?.flatten_from(2)?;
        let attended = self.attention_output.forward(&attended, xs)?;
        self.output.forward(&self.intermediate.forward(&attended)?, &attended)
    }
}

/// `[b_sz, length, n_heads * head_dim]` as `[b_sz, n_heads, length, head_dim]`.
fn by_head(xs: &Tensor, n_heads: usize) -> Result<Tensor> {
    let (b_sz, length, _) = xs.dims3()?;
    xs.reshape((b_sz, length, n_heads, ()))?.transpose(1, 2)?.contiguous()
}

/// Of every row of `all`, `[b_sz, n_heads, length, 2 span]`, the numbers that `places`, `[length, length]`, names.
fn at_places(all: &Tensor, places: &Tensor) -> Result<Tensor> {
    let (b_sz, n_heads, length, _) = all.dims4()?;
    all.contiguous()?.gather(&places.broadcast_as((b_sz, n_heads, length, length))?.contiguous()?, 3)
}

/// Rows of the table of relative positions for every pair of tokens of a text, `[length, length]`.
struct Places {
    content_to_position: Tensor,
    position_to_content: Tensor,
}

impl Positions {
    fn of(config: &Config) -> Self {
        let max_distance = match config.max_relative_positions {
            given if given < 1 => config.max_position_embeddings as i64,
            given => given as i64,
        };
        let n_buckets = config.position_buckets.map_or(0, |n| n.max(0) as i64);
        Self { span: if n_buckets > 0 { n_buckets } else { max_distance }, n_buckets, max_distance }
    }

    /// The bucket of a distance: itself near 0, then in steps that grow with it.
    fn bucket(self, distance: i64) -> i64 {
        let middle = self.n_buckets / 2;
        if self.n_buckets == 0 || distance.abs() <= middle {
            return distance;
        }
        let log = |of: f32| (of / middle as f32).ln();
        let steps = log(distance.abs() as f32) / log((self.max_distance - 1) as f32) * (middle - 1) as f32;
        distance.signum() * (steps.ceil() as i64 + middle)
    }

    /// What is farther away than the table reaches has its last row.
    fn places(self, length: usize, device: &Device) -> Result<Places> {
        let n = length as i64;
        let table = |sign: i64| {
            let place = |at: i64| (sign * self.bucket(at / n - at % n) + self.span).clamp(0, 2 * self.span - 1) as u32;
            Tensor::from_vec((0..n * n).map(place).collect::<Vec<_>>(), (length, length), device)
        };
        Ok(Places { content_to_position: table(1)?, position_to_content: table(-1)? })
    }
}
