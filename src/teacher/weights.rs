//! The teacher's parameters, all row-major `f32`: what its forward needs and nothing that only training does.

use super::config::TeacherConfig;
use crate::bundle::round_to_f16;
use crate::student::HeadWeights;

/// Everything that the forward reads, the wide channel aside, which follows from the likes alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TeacherWeights {
    /// Both deep channels; there exactly where they are asked ([`TeacherConfig::is_deep`]).
    pub deep: Option<DeepWeights>,
    /// The linear channel; there exactly where it is asked ([`TeacherConfig::is_linear`]).
    pub linear: Option<LinearWeights>,
}

/// The dual hypergraph network (eq. 3), its fusion and its scorer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeepWeights {
    /// Users over items.
    pub user_channel: ChannelWeights,
    /// Items over users.
    pub item_channel: ChannelWeights,
    /// `G`, what a user's hyperedge gathers of each item, `[n_items, emb_dim]`; empty without a gathered input.
    pub gathered: Vec<f32>,
    /// The scorer over `[z_u || z_i]`; all empty where it is `dot`. Its `output_bias` is 0.
    pub scorer: HeadWeights,
}

/// One channel.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChannelWeights {
    /// The learned input, `[n_nodes, emb_dim]`.
    pub input: Vec<f32>,
    /// The projected text, `[n_nodes, emb_dim]`: no encoder is needed any more. Empty where no text is read.
    pub text_emb: Vec<f32>,
    /// `Theta` of every layer, `[n_layers, emb_dim (in), emb_dim (out)]`.
    pub thetas: Vec<f32>,
    /// The hypergraph's half of the fusion's first layer, `[emb_dim (in), emb_dim (out)]`.
    pub fusion_in: Vec<f32>,
    /// The text's half, `[emb_dim (in), emb_dim (out)]`; empty where no text is read.
    pub fusion_text: Vec<f32>,
    /// `[emb_dim]`.
    pub fusion_bias: Vec<f32>,
    /// The fusion's second layer, `[emb_dim (in), emb_dim (out)]`.
    pub fusion_out: Vec<f32>,
}

/// The linear channel, its items' embeddings computed from their text where it reads text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LinearWeights {
    /// `z_j`, `[n_items, emb_dim]`.
    pub item_emb: Vec<f32>,
    /// `b_j`, `[n_items]`.
    pub bias: Vec<f32>,
}

/// A tensor's path name, its shape, and where its values stand.
type Entry<'a> = (&'static str, Vec<usize>, &'a mut Vec<f32>);

impl TeacherWeights {
    /// As `config` asks for, with nothing in the tensors yet.
    pub fn empty(config: &TeacherConfig) -> Self {
        Self {
            deep: config.is_deep().then(DeepWeights::default),
            linear: config.is_linear().then(LinearWeights::default),
        }
    }

    /// The tensors that `config` asks for, with their path names in the file and their shapes.
    pub fn tensors_mut(&mut self, config: &TeacherConfig) -> Vec<Entry<'_>> {
        let (d, h, n_items) = (config.emb_dim, config.hidden_dim, config.n_items);
        let mut tensors: Vec<Entry<'_>> = Vec::new();
        if let Some(DeepWeights { user_channel, item_channel, gathered, scorer }) = &mut self.deep {
            for (channel, n_nodes, names) in
                [(user_channel, config.n_users, &USER_CHANNEL), (item_channel, n_items, &ITEM_CHANNEL)]
            {
                tensors.push((names[0], vec![n_nodes, d], &mut channel.input));
                tensors.push((names[1], vec![config.n_layers, d, d], &mut channel.thetas));
                tensors.push((names[2], vec![d, d], &mut channel.fusion_in));
                tensors.push((names[3], vec![d], &mut channel.fusion_bias));
                tensors.push((names[4], vec![d, d], &mut channel.fusion_out));
                if config.reads_text {
                    tensors.push((names[5], vec![n_nodes, d], &mut channel.text_emb));
                    tensors.push((names[6], vec![d, d], &mut channel.fusion_text));
                }
            }
            if config.gathered_input {
                tensors.push((OTHERS[0], vec![n_items, d], gathered));
            }
            if config.scorer.has_mlp() {
                tensors.push((OTHERS[1], vec![h, d], &mut scorer.user_weight));
                tensors.push((OTHERS[2], vec![h, d], &mut scorer.item_weight));
                tensors.push((OTHERS[3], vec![h], &mut scorer.hidden_bias));
                tensors.push((OTHERS[4], vec![h], &mut scorer.output_weight));
            }
        }
        if let Some(LinearWeights { item_emb, bias }) = &mut self.linear {
            tensors.push((OTHERS[5], vec![n_items, d], item_emb));
            tensors.push((OTHERS[6], vec![n_items], bias));
        }
        tensors
    }

    /// Rounds everything to what f16 holds: what storing and loading does to it.
    pub fn round(&mut self, config: &TeacherConfig) {
        self.tensors_mut(config).into_iter().for_each(|(_, _, values)| round_to_f16(values));
    }

    /// How many numbers they are.
    pub fn n_values(&mut self, config: &TeacherConfig) -> usize {
        self.tensors_mut(config).into_iter().map(|(_, _, values)| values.len()).sum()
    }
}

const USER_CHANNEL: [&str; 7] = [
    "teacher.user_channel.input",
    "teacher.user_channel.thetas",
    "teacher.user_channel.fusion_in",
    "teacher.user_channel.fusion_bias",
    "teacher.user_channel.fusion_out",
    "teacher.user_channel.text_emb",
    "teacher.user_channel.fusion_text",
];

const ITEM_CHANNEL: [&str; 7] = [
    "teacher.item_channel.input",
    "teacher.item_channel.thetas",
    "teacher.item_channel.fusion_in",
    "teacher.item_channel.fusion_bias",
    "teacher.item_channel.fusion_out",
    "teacher.item_channel.text_emb",
    "teacher.item_channel.fusion_text",
];

const OTHERS: [&str; 7] = [
    "teacher.user_channel.gathered",
    "teacher.scorer.user_weight",
    "teacher.scorer.item_weight",
    "teacher.scorer.hidden_bias",
    "teacher.scorer.output_weight",
    "teacher.linear_channel.item_emb",
    "teacher.linear_channel.bias",
];

/// Every name that a teacher's tensor may have.
pub(crate) const NAMES: [&[&str]; 3] = [&USER_CHANNEL, &ITEM_CHANNEL, &OTHERS];
