//! One channel of the dual hypergraph network: layers over one hypergraph, then fusion with the text.

use candle_core::{Result, Tensor};
use sharp_distill::teacher::ChannelWeights;

use super::settings::{Activation, TeacherSettings};
use super::shipped::rounded;
use crate::ops::{project, relu, to_vec};
use crate::params::{Init, Params};
use crate::recompute::recomputed;
use crate::sparse::SparseMatrix;

/// The layers, the text projection and the fusion MLP of one channel.
#[derive(Debug)]
pub(super) struct Channel {
    thetas: Vec<Tensor>,
    text: Option<Text>,
    fusion_in: Tensor,
    fusion_bias: Tensor,
    fusion_out: Tensor,
}

/// The text of the channel's nodes and what is learned about it.
#[derive(Debug)]
struct Text {
    /// `[n_nodes, text_dim]`, fixed.
    features: Tensor,
    /// `[text_dim, emb_dim]`.
    projection: Tensor,
    /// The text's half of the fusion MLP's first layer, `[emb_dim, emb_dim]`.
    fusion_in: Tensor,
    /// The projected text as a file holds it, once the channel is [rounded](Channel::round).
    rounded: Option<Tensor>,
}

/// What a channel computes, each `[n_nodes, emb_dim]`.
#[derive(Debug)]
pub(super) struct ChannelOutput {
    /// After the layers.
    pub(super) hypergraph_emb: Tensor,
    /// The projected text.
    pub(super) text_emb: Option<Tensor>,
    /// After the fusion.
    pub(super) emb: Tensor,
}

impl ChannelOutput {
    /// What the layers start from: the learned input plus the projected text.
    pub(super) fn with_text(&self, xs: Tensor) -> Result<Tensor> {
        match &self.text_emb {
            Some(text_emb) => xs + text_emb,
            None => Ok(xs),
        }
    }
}

impl Channel {
    pub(super) fn new(
        params: &mut Params,
        name: &str,
        settings: &TeacherSettings,
        text_features: Option<Tensor>,
    ) -> Result<Self> {
        let d = settings.emb_dim;
        let path = |part: &str| format!("teacher.{name}.{part}");
        let std = (d as f32).sqrt().recip();
        let thetas = (0..settings.n_layers)
            .map(|layer| params.add(&path(&format!("theta{layer}")), (d, d), Init::Identity))
            .collect::<Result<_>>()?;
        let text = match text_features {
            None => None,
            Some(features) => {
                let text_dim = features.dim(1)?;
                // Rows of text have length 1: projected, they have the size of the embeddings.
                let projection =
                    params.add(&path("text_projection"), (text_dim, d), Init::Normal(settings.init_std))?;
                let fusion_in = params.add(&path("fusion_text"), (d, d), Init::Normal(std))?;
                Some(Text { features, projection, fusion_in, rounded: None })
            }
        };
        Ok(Self {
            thetas,
            text,
            fusion_in: params.add(&path("fusion_in"), (d, d), Init::Normal(std))?,
            fusion_bias: params.add(&path("fusion_bias"), (1, d), Init::Zeros)?,
            fusion_out: params.add(&path("fusion_out"), (d, d), Init::Normal(settings.fusion_init_std))?,
        })
    }

    /// The projected text of the nodes.
    fn text_emb(&self) -> Result<Option<Tensor>> {
        let Some(text) = &self.text else { return Ok(None) };
        match &text.rounded {
            Some(rounded) => Ok(Some(rounded.clone())),
            None => project(&text.features, &text.projection).map(Some),
        }
    }

    /// Projects the text once and for all, in numbers that f16 holds; the parameters have been rounded before.
    pub(super) fn round(&mut self) -> Result<()> {
        let text_emb = self.text_emb()?;
        if let (Some(text), Some(text_emb)) = (&mut self.text, text_emb) {
            text.rounded = Some(rounded(&text_emb)?);
        }
        Ok(())
    }

    /// Whether its nodes have text.
    pub(super) fn reads_text(&self) -> bool {
        self.text.is_some()
    }

    /// The channel as a file holds it, around its learned input.
    pub(super) fn weights(&self, input: &Tensor) -> Result<ChannelWeights> {
        let text_emb = self.text_emb()?;
        let thetas: Vec<Vec<f32>> = self.thetas.iter().map(to_vec).collect::<Result<_>>()?;
        Ok(ChannelWeights {
            input: to_vec(input)?,
            text_emb: text_emb.as_ref().map(to_vec).transpose()?.unwrap_or_default(),
            thetas: thetas.concat(),
            fusion_in: to_vec(&self.fusion_in)?,
            fusion_text: self.text.as_ref().map(|text| to_vec(&text.fusion_in)).transpose()?.unwrap_or_default(),
            fusion_bias: to_vec(&self.fusion_bias)?,
            fusion_out: to_vec(&self.fusion_out)?,
        })
    }

    /// All layers. What lies between them is kept for the way back or, if `settings.recompute_layers`, computed again.
    pub(super) fn layers(&self, normalised: &SparseMatrix, xs: Tensor, settings: &TeacherSettings) -> Result<Tensor> {
        let (activation, residual) = (settings.activation, settings.residual);
        if !settings.recompute_layers || self.thetas.is_empty() {
            return layers(normalised, &xs, &self.thetas, (activation, residual));
        }
        let (normalised, d) = (normalised.clone(), settings.emb_dim);
        recomputed([&xs, &Tensor::cat(&self.thetas, 0)?], move |xs, thetas| {
            let n_layers = thetas.dim(0)? / d;
            let thetas = (0..n_layers).map(|layer| thetas.narrow(0, layer * d, d)).collect::<Result<Vec<_>>>()?;
            layers(&normalised, xs, &thetas, (activation, residual))
        })
    }

    /// The layers over learned embedding plus text, then `MLP([z_hgnn || z_text])`.
    pub(super) fn forward(
        &self,
        normalised: &SparseMatrix,
        xs: &Tensor,
        settings: &TeacherSettings,
    ) -> Result<ChannelOutput> {
        let text_emb = self.text_emb()?;
        let xs = match &text_emb {
            Some(text_emb) => (xs + text_emb)?,
            None => xs.clone(),
        };
        let hypergraph_emb = self.layers(normalised, xs, settings)?;
        let mut hidden = hypergraph_emb.matmul(&self.fusion_in)?;
        if let (Some(text), Some(text_emb)) = (&self.text, &text_emb) {
            // [z_hgnn || z_text] times a matrix is the sum of two products.
            hidden = (hidden + text_emb.matmul(&text.fusion_in)?)?;
        }
        let fused = relu(&hidden.broadcast_add(&self.fusion_bias)?)?.matmul(&self.fusion_out)?;
        let emb = if settings.fusion_residual { (&hypergraph_emb + fused)? } else { fused };
        Ok(ChannelOutput { hypergraph_emb, text_emb, emb })
    }
}

/// eq. 3, layer after layer: `normalised` is `D_v^-1/2 H D_e^-1/2`, so that `P` is it times its transpose.
fn layers(
    normalised: &SparseMatrix,
    xs: &Tensor,
    thetas: &[Tensor],
    (activation, residual): (Activation, f64),
) -> Result<Tensor> {
    let mut out = xs.clone();
    let mut layer_input = xs.clone();
    for theta in thetas {
        let propagated = normalised.matmul(&normalised.t().matmul(&layer_input)?)?.matmul(theta)?;
        layer_input = match activation {
            Activation::Identity => propagated,
            Activation::Tanh => propagated.tanh()?,
            Activation::Relu => relu(&propagated)?,
        };
        if residual > 0.0 {
            out = (out + (&layer_input * residual)?)?;
        }
    }
    if residual > 0.0 { Ok(out) } else { Ok(layer_input) }
}
