//! One channel of the dual hypergraph network: layers over one hypergraph, then fusion with the text.

use candle_core::{Result, Tensor};

use super::settings::{Activation, TeacherSettings};
use crate::ops::{project, relu};
use crate::params::{Init, Params};
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
                Some(Text { features, projection, fusion_in })
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
        self.text.as_ref().map(|text| project(&text.features, &text.projection)).transpose()
    }

    /// eq. 3, layer after layer: `normalised` is `D_v^-1/2 H D_e^-1/2`, so that `P` is it times its transpose.
    pub(super) fn layers(&self, normalised: &SparseMatrix, xs: Tensor, settings: &TeacherSettings) -> Result<Tensor> {
        let mut out = xs.clone();
        let mut layer_input = xs;
        for theta in &self.thetas {
            let propagated = normalised.matmul(&normalised.t().matmul(&layer_input)?)?.matmul(theta)?;
            layer_input = match settings.activation {
                Activation::Identity => propagated,
                Activation::Tanh => propagated.tanh()?,
                Activation::Relu => relu(&propagated)?,
            };
            if settings.residual > 0.0 {
                out = (out + (&layer_input * settings.residual)?)?;
            }
        }
        if settings.residual > 0.0 { Ok(out) } else { Ok(layer_input) }
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
