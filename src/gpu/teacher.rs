//! The teacher's deep channels on the GPU: uploaded once; an answer goes over the whole hypergraph in one submit and reads
//! back the logits of one user. What the student is raced against.

use std::cell::RefCell;

use super::backend::{BindGroup, Buffer, CommandEncoder, Usage, encoder, pass};
use super::device::{AdapterSummary, Gpu};
use super::engine::mapped;
use super::error::GpuError;
use super::layout::{MAX_WIDTH, TeacherDims, blocks, pad_matrix};
use super::pipelines::Pipeline;
use super::tables::Maker;
use super::teacher_pipelines::TEACHER_SHADERS;
use crate::hypergraph::Incidence;
use crate::ranking::decimal;
use crate::student::HeadWeights;
use crate::teacher::{ChannelWeights, DeepWeights, Teacher, TeacherConfig, with_text};

/// Two correct sums of the same products differ by rounding alone, far less than this, as a part of the logits' size.
const TOLERANCE: f32 = 1e-3;

/// Who asks the teacher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked<'a> {
    /// A user of the training data.
    User(usize),
    /// A visitor who likes these items: one more node of the hypergraph.
    Visitor(&'a [u32]),
}

/// A pipeline of the table, bound, and over how much it runs.
#[derive(Debug)]
struct Step {
    /// Its place in [`TEACHER_SHADERS`].
    shader: usize,
    bind_group: BindGroup,
    n_threads: u64,
}

/// A channel's buffers that the stages go through.
#[derive(Debug)]
struct ChannelBuffers {
    /// The learned input, with the text in it where it is not added by `gather_input`.
    input: Buffer,
    layer: Buffer,
    sum: Buffer,
    emb: Buffer,
}

/// The hypergraph with room for a visitor, by users and by items.
#[derive(Debug)]
struct Hypergraph {
    /// Users of the training data.
    n_users: usize,
    /// Offsets, indices and `degree^-1/2`.
    users: [Buffer; 3],
    items: [Buffer; 3],
    /// The visitor that is in it, if any.
    visitor: RefCell<Option<Vec<u32>>>,
}

/// A teacher on the GPU.
#[derive(Debug)]
pub struct TeacherEngine {
    gpu: Gpu,
    n_users: usize,
    n_items: usize,
    row_bytes: u64,
    pipelines: Vec<Pipeline>,
    hypergraph: Hypergraph,
    users: ChannelBuffers,
    items: ChannelBuffers,
    user_emb: Buffer,
    logits: Buffer,
    /// What users start from, if they gather anything.
    gather: Option<Step>,
    /// Layers and fusions of both channels.
    channels: Vec<Step>,
    score: Step,
}

impl TeacherEngine {
    /// Uploads the deep channels and the hypergraph, and compiles and binds all stages.
    ///
    /// # Errors
    /// The teacher has no deep channels, a table does not fit, the device refuses a shader or is lost.
    pub async fn new(gpu: Gpu, teacher: &Teacher) -> Result<Self, GpuError> {
        let Some(deep) = &teacher.weights().deep else {
            return Err(GpuError::Validation { message: "this teacher has no deep channels".to_owned() });
        };
        let device = gpu.clone();
        device.validated(|| Self::make(gpu, teacher, deep)).await
    }

    /// What it runs on.
    pub fn adapter(&self) -> &AdapterSummary {
        self.gpu.adapter()
    }

    /// The deep channels' logits, `[n_items]`: gathering, propagation over the whole hypergraph, fusion and scoring, with
    /// nothing kept from an earlier answer. `teacher` is the one that was uploaded.
    ///
    /// # Errors
    /// There is no such user or item, or the device fails.
    pub async fn deep_logits(&self, teacher: &Teacher, asked: Asked<'_>) -> Result<Vec<f32>, GpuError> {
        self.gpu.check()?;
        let row = self.enter(teacher, asked)?;
        let n_bytes = 4 * self.n_items.next_multiple_of(2) as u64;
        let maker = Maker::new(&self.gpu);
        let readback = maker.empty("readback", Usage::MAP_READ | Usage::COPY_DST, n_bytes);
        let mut encoder = encoder(&self.gpu.device);
        self.encode(&mut encoder, row);
        encoder.copy_buffer_to_buffer(&self.logits, 0, &readback, 0, n_bytes);
        self.gpu.queue.submit([encoder.finish()]);
        let pairs = mapped(&self.gpu, &readback, n_bytes).await?;
        let mut logits: Vec<f32> = pairs.iter().flatten().map(|&bits| f32::from_bits(bits)).collect();
        logits.truncate(self.n_items);
        Ok(logits)
    }

    /// The teacher's logits, `[n_items]`: those of the deep channels from the GPU, the others' from the CPU.
    ///
    /// # Errors
    /// See [`Self::deep_logits`].
    pub async fn logits(&self, teacher: &Teacher, asked: Asked<'_>) -> Result<Vec<f32>, GpuError> {
        let deep = self.deep_logits(teacher, asked).await?;
        match asked {
            Asked::User(user_idx) => Ok(teacher.logits_with_deep(user_idx, deep)),
            Asked::Visitor(liked) => teacher.logits_of_visitor_with_deep(liked, deep).map_err(unfit),
        }
    }

    /// Answers a user and a visitor and compares the answers with those of the CPU twin.
    ///
    /// # Errors
    /// [`GpuError::WrongAnswer`] names the case and the item; or the device fails.
    pub async fn self_check(&self, teacher: &Teacher) -> Result<(), GpuError> {
        let likes = teacher.incidence().memberships().step_by(teacher.incidence().n_memberships().max(3) / 3);
        let liked: Vec<u32> = likes.map(|(_, item_idx)| item_idx).collect();
        let of_visitor = teacher.deep_logits_of_visitor(&liked).map_err(unfit)?;
        let mut cases = vec![(Asked::Visitor(&liked), of_visitor)];
        if self.n_users > 0 {
            cases.push((Asked::User(0), teacher.deep_logits(0)));
        }
        for (case, (asked, expected)) in cases.into_iter().enumerate() {
            let expected = expected.unwrap_or_default();
            let answered = self.deep_logits(teacher, asked).await?;
            let largest = expected.iter().fold(1.0f32, |largest, x| if x.abs() > largest { x.abs() } else { largest });
            let agrees = |(a, b): (&f32, &f32)| (a - b).abs() <= TOLERANCE * largest;
            if let Some(place) = answered.iter().zip(&expected).position(|pair| !agrees(pair)) {
                let [answered, expected] = [answered[place], expected[place]].map(decimal);
                return Err(GpuError::WrongAnswer { case, place, answered, expected });
            }
        }
        Ok(())
    }

    fn make(gpu: Gpu, teacher: &Teacher, deep: &DeepWeights) -> Result<Self, GpuError> {
        let (maker, config) = (Maker::new(&gpu), teacher.config());
        for (table, width) in [("emb", config.emb_dim), ("hidden", config.hidden_dim)] {
            maker.allow(table, 4 * width as u64, 4 * MAX_WIDTH as u64);
        }
        // A wider one fits no shader.
        maker.check()?;
        let pipelines: Vec<_> = TEACHER_SHADERS.iter().map(|row| Pipeline::new(&gpu.device, row)).collect();
        let builder = Builder { maker: &maker, pipelines: &pipelines, config };
        let (n_users, n_items, d) = (config.n_users, config.n_items, config.emb_dim);
        let (n_nodes, row_blocks) = (n_users + 1, blocks(d) as u64);
        let hypergraph = Hypergraph::new(&maker, config, teacher.incidence().n_memberships());
        let dims = |n_rows| maker.filled("dims", Usage::UNIFORM, &[TeacherDims::new(config, n_rows)]);
        let (user_dims, item_dims) = (dims(n_nodes), dims(n_items));
        let users = builder.channel(&deep.user_channel, n_nodes, !config.gathered_input);
        let items = builder.channel(&deep.item_channel, n_items, true);
        let user_text = builder.rows("text_emb", &deep.user_channel.text_emb, n_nodes);
        let item_text = builder.rows("text_emb", &deep.item_channel.text_emb, n_items);
        let [by_user, by_item] = [&hypergraph.users, &hypergraph.items];
        let gather = config.gathered_input.then(|| {
            let gathered = builder.rows("gathered", &deep.gathered, n_items);
            let buffers = [&user_dims, &by_user[0], &by_user[1], &by_item[2], &gathered, &user_text, &users.layer];
            builder.step("gather_input", &buffers, n_nodes as u64 * row_blocks)
        });
        let mut channels = Vec::new();
        for (of, weights, text, [nodes, edges], [node_dims, edge_dims], [n_nodes, n_edges]) in [
            (&users, &deep.user_channel, &user_text, [by_user, by_item], [&user_dims, &item_dims], [n_nodes, n_items]),
            (&items, &deep.item_channel, &item_text, [by_item, by_user], [&item_dims, &user_dims], [n_items, n_nodes]),
        ] {
            let [node_threads, edge_threads] = [n_nodes, n_edges].map(|n| n as u64 * row_blocks);
            let edge_emb = maker.empty("edges", Usage::STORAGE, 16 * edge_threads);
            let propagated = maker.empty("propagated", Usage::STORAGE, 16 * node_threads);
            let scale = &nodes[2];
            for theta in weights.thetas.chunks_exact(d * d) {
                let theta = maker.filled("theta", Usage::STORAGE, &pad_matrix(theta, d, 4 * blocks(d)));
                let buffers = [edge_dims, &edges[0], &edges[1], scale, &of.layer, &edge_emb];
                channels.push(builder.step("node_to_edge", &buffers, edge_threads));
                let buffers = [node_dims, &nodes[0], &nodes[1], scale, &edge_emb, &propagated];
                channels.push(builder.step("edge_to_node", &buffers, node_threads));
                let buffers = [node_dims, &propagated, &theta, &of.layer, &of.sum];
                channels.push(builder.step("layer_transform", &buffers, node_threads));
            }
            let packed = maker.filled("channel", Usage::STORAGE, &pack_channel(weights, d));
            let buffers = [node_dims, &of.sum, text, &packed, &of.emb];
            channels.push(builder.step("fusion", &buffers, n_nodes as u64 * FUSION_WG_SIZE));
        }
        let scorer = maker.filled("scorer", Usage::STORAGE, &pack_scorer(&deep.scorer, d, config.hidden_dim));
        let user_emb = maker.empty("user_emb", Usage::STORAGE, 16 * row_blocks);
        let logits = maker.empty("logits", Usage::STORAGE | Usage::COPY_SRC, 4 * n_items.next_multiple_of(2) as u64);
        let buffers = [&item_dims, &user_emb, &items.emb, &scorer, &logits];
        let score = builder.step("teacher_score", &buffers, n_items as u64);
        maker.check()?;
        hypergraph.write(&gpu, teacher.incidence());
        Ok(Self {
            n_users,
            n_items,
            row_bytes: 16 * row_blocks,
            hypergraph,
            users,
            items,
            user_emb,
            logits,
            gather,
            channels,
            score,
            pipelines,
            gpu,
        })
    }

    /// Makes the hypergraph that of who asks, and says which row of the users is theirs.
    fn enter(&self, teacher: &Teacher, asked: Asked<'_>) -> Result<usize, GpuError> {
        let mut inside = self.hypergraph.visitor.borrow_mut();
        match asked {
            Asked::User(user_idx) if user_idx >= self.n_users => {
                Err(unfit(format_args!("there is no user {user_idx}")))
            }
            Asked::User(user_idx) => {
                if inside.take().is_some() {
                    self.hypergraph.write(&self.gpu, teacher.incidence());
                }
                Ok(user_idx)
            }
            Asked::Visitor(liked) => {
                if inside.as_deref() != Some(liked) {
                    let (incidence, _) = teacher.with_visitor(liked).map_err(unfit)?;
                    self.hypergraph.write(&self.gpu, &incidence);
                    inside.replace(liked.to_vec());
                }
                Ok(self.n_users)
            }
        }
    }

    /// Records the whole forward for a row of the users.
    fn encode(&self, encoder: &mut CommandEncoder, row: usize) {
        for of in [&self.users, &self.items] {
            encoder.copy_buffer_to_buffer(&of.input, 0, &of.layer, 0, of.layer.size());
        }
        if let Some(gather) = &self.gather {
            self.run(encoder, std::slice::from_ref(gather));
        }
        for of in [&self.users, &self.items] {
            encoder.copy_buffer_to_buffer(&of.layer, 0, &of.sum, 0, of.sum.size());
        }
        self.run(encoder, &self.channels);
        let begin = row as u64 * self.row_bytes;
        encoder.copy_buffer_to_buffer(&self.users.emb, begin, &self.user_emb, 0, self.row_bytes);
        self.run(encoder, std::slice::from_ref(&self.score));
    }

    fn run(&self, encoder: &mut CommandEncoder, steps: &[Step]) {
        let mut pass = pass(encoder);
        for step in steps {
            self.pipelines[step.shader].dispatch(&mut pass, &step.bind_group, step.n_threads);
        }
    }
}

/// A request that names what is not there.
fn unfit(error: impl std::fmt::Display) -> GpuError {
    GpuError::Validation { message: error.to_string() }
}

/// Invocations that share a node in `fusion`.
const FUSION_WG_SIZE: u64 = 16;

/// Makes buffers and steps.
struct Builder<'a> {
    maker: &'a Maker<'a>,
    pipelines: &'a [Pipeline],
    config: &'a TeacherConfig,
}

impl Builder<'_> {
    /// A matrix of the width of the embeddings, filled up with zero rows.
    fn rows(&self, table: &'static str, values: &[f32], n_rows: usize) -> Buffer {
        // What nobody reads takes no memory.
        let n_rows = if values.is_empty() { 0 } else { n_rows };
        self.maker.filled(table, Usage::STORAGE, &pad_matrix(values, self.config.emb_dim, n_rows))
    }

    fn channel(&self, weights: &ChannelWeights, n_nodes: usize, has_text: bool) -> ChannelBuffers {
        let text_emb: &[f32] = if has_text { &weights.text_emb } else { &[] };
        let input = with_text(weights.input.clone(), text_emb);
        let padded = pad_matrix(&input, self.config.emb_dim, n_nodes);
        let empty = |table| {
            let usage = Usage::STORAGE | Usage::COPY_SRC;
            self.maker.empty(table, usage, 4 * padded.len() as u64)
        };
        ChannelBuffers {
            input: self.maker.filled("input", Usage::COPY_SRC, &padded),
            layer: empty("layer"),
            sum: empty("sum"),
            emb: empty("emb"),
        }
    }

    fn step(&self, name: &str, buffers: &[&Buffer], n_threads: u64) -> Step {
        let shader = TEACHER_SHADERS.iter().position(|row| row.name == name).unwrap_or_default();
        let bind_group = self.pipelines[shader].bind(&self.maker.gpu.device, buffers);
        Step { shader, bind_group, n_threads }
    }
}

impl Hypergraph {
    /// With room for one more user, who may like every item.
    fn new(maker: &Maker<'_>, config: &TeacherConfig, n_memberships: usize) -> Self {
        let n_entries = (n_memberships + config.n_items) as u64;
        let side = |n_rows: usize| {
            [("offsets", n_rows as u64 + 1), ("indices", n_entries), ("degrees", n_rows as u64)]
                .map(|(table, n)| maker.empty(table, Usage::STORAGE, 4 * n))
        };
        let (n_users, visitor) = (config.n_users, RefCell::default());
        Self { n_users, users: side(n_users + 1), items: side(config.n_items), visitor }
    }

    /// Puts a hypergraph there; where no visitor is in it, the last user likes nothing.
    fn write(&self, gpu: &Gpu, incidence: &Incidence) {
        let mut offsets = incidence.by_node().offsets().to_vec();
        let mut user_degrees = incidence.inv_sqrt_node_degree();
        if incidence.n_nodes() == self.n_users {
            offsets.push(incidence.n_memberships() as u32);
            user_degrees.push(0.0);
        }
        let items = incidence.transposed();
        let sides = [
            (&self.users, &offsets[..], incidence.by_node().indices(), user_degrees),
            (&self.items, items.by_node().offsets(), items.by_node().indices(), items.inv_sqrt_node_degree()),
        ];
        for ([to_offsets, to_indices, to_degrees], offsets, indices, degrees) in sides {
            gpu.queue.write_buffer(to_offsets, 0, bytemuck::cast_slice(offsets));
            gpu.queue.write_buffer(to_indices, 0, bytemuck::cast_slice(indices));
            gpu.queue.write_buffer(to_degrees, 0, bytemuck::cast_slice(&degrees));
        }
    }
}

/// A channel's fusion as `shaders/fusion.wgsl` reads it: `F_x`, `F_t` (zeros without text), `b` and `F_out`, one behind the
/// other, rows padded.
pub fn pack_channel(weights: &ChannelWeights, emb_dim: usize) -> Vec<f32> {
    let matrix = |values: &[f32]| pad_matrix(values, emb_dim, 4 * blocks(emb_dim));
    let bias = pad_matrix(&weights.fusion_bias, emb_dim, 1);
    [matrix(&weights.fusion_in), matrix(&weights.fusion_text), bias, matrix(&weights.fusion_out)].concat()
}

/// The scorer as `shaders/teacher_score.wgsl` reads it: `W_u`, `W_i`, `b1` and `w2`, one behind the other, rows padded.
pub fn pack_scorer(scorer: &HeadWeights, emb_dim: usize, hidden_dim: usize) -> Vec<f32> {
    let matrix = |values: &[f32]| pad_matrix(values, emb_dim, 4 * blocks(hidden_dim));
    let row = |values: &[f32]| pad_matrix(values, hidden_dim, 1);
    let halves = [matrix(&scorer.user_weight), matrix(&scorer.item_weight)];
    [halves.concat(), row(&scorer.hidden_bias), row(&scorer.output_weight)].concat()
}
