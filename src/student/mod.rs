//! The student: CompactGCN with a light head (MODEL.md, "Student"), prepared once and answered from many times.

pub mod config;
pub mod cpu;
pub mod diversity;
pub mod graph;
mod lanes;
pub mod request;
mod rerank;
mod scan;
pub mod sketch;
pub mod stages;
pub mod visitor;
pub mod weights;
mod work;

pub use config::{Head, StudentConfig};
pub use cpu::Membership;
pub use diversity::{Diversified, Diversifier};
pub use graph::BipartiteGraph;
pub use request::{MAX_K, MAX_NOVELTY, PreparedRequest, Request, RequestError};
pub use sketch::Sketch;
pub use stages::{Stage, When};
pub use visitor::SketchedVisitor;
pub use weights::{HeadWeights, StudentWeights};
pub use work::Work;

use std::sync::OnceLock;

use bytemuck::{cast_slice, cast_slice_mut};

use lanes::Lanes;
use sketch::Row;

use crate::hypergraph::Incidence;
use crate::ranking::{Ranked, mask_words};

/// A student whose load stages have run: what every request reads and none changes.
///
/// Built from parts that [`crate::bundle`] has checked (or that training has made); shapes are asserted here once.
#[derive(Debug, Clone)]
pub struct Student {
    config: StudentConfig,
    graph: BipartiteGraph,
    head: HeadWeights,
    /// `XW`, `[n_nodes, emb_dim]`.
    xw: Vec<f32>,
    /// `Z`, `[n_nodes, emb_dim]`.
    zs: Vec<f32>,
    /// `p`, `[n_items]`, filled up with zeros to whole blocks.
    popularity: Vec<Row>,
    /// `C`, `[n_items, hidden_dim]`.
    item_hidden: Vec<f32>,
    /// The same in bytes, made when it is first asked for.
    sketch: OnceLock<Option<Sketch>>,
}

/// The memory one request works in; keep it and no request allocates.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    prepared: PreparedRequest,
    user_emb: Vec<f32>,
    user_hidden: Vec<f32>,
    logits: Vec<f32>,
    seen_mask: Vec<u32>,
    ranked: Vec<Ranked>,
    visitor: SketchedVisitor,
    n_rescored: usize,
}

impl Workspace {
    /// Logits of all items, masked ones included, where [`Student::logits`] was the last request; else none.
    pub fn logits(&self) -> &[f32] {
        &self.logits
    }

    /// `z_v` of the last request.
    pub fn user_emb(&self) -> &[f32] {
        &self.user_emb
    }

    /// How many items the last [`Student::recommend`] has computed the logits of; the others' bounds were below the list.
    pub fn n_rescored(&self) -> usize {
        self.n_rescored
    }
}

impl Student {
    /// Runs the load stages.
    ///
    /// # Panics
    /// When a shape contradicts `config`; a model file is checked before it comes here.
    pub fn new(config: StudentConfig, weights: &StudentWeights, incidence: &Incidence) -> Self {
        assert_eq!(incidence.n_nodes(), config.n_users, "users of the incidence");
        assert_eq!(incidence.n_hyperedges(), config.n_items, "items of the incidence");
        for (name, shape, values) in weights.tensors(&config) {
            // A `dot` head still carries its bias of one number.
            assert_eq!(values.len(), shape.iter().product::<usize>(), "values of {name}");
        }
        let graph = BipartiteGraph::from_incidence(incidence);
        let (n_nodes, d) = (config.n_nodes(), config.emb_dim);
        let mut xw = vec![0.0; n_nodes * d];
        cpu::feature_transform(&weights.features, &weights.weight, d, &mut xw);
        let mut zs = vec![0.0; n_nodes * d];
        cpu::graph_convolution(graph.offsets(), graph.neighbors(), graph.inv_sqrt_degree(), &xw, d, &mut zs);
        let mut item_hidden = vec![0.0; config.n_items * config.hidden_dim];
        let head = weights.head.clone();
        cpu::item_half(&zs[config.n_users * d..], &head.item_weight, &head.hidden_bias, d, &mut item_hidden);
        let mut popularity = vec![[Lanes::zero(); sketch::BLOCK / 4]; config.n_items.div_ceil(sketch::BLOCK)];
        cast_slice_mut(&mut popularity)[..config.n_items].copy_from_slice(&graph.item_popularity());
        Self { config, graph, head, xw, zs, item_hidden, popularity, sketch: OnceLock::new() }
    }

    /// Sizes and settings.
    pub fn config(&self) -> &StudentConfig {
        &self.config
    }

    /// The graph that was convolved over.
    pub fn graph(&self) -> &BipartiteGraph {
        &self.graph
    }

    /// `XW` of all nodes, users first, `[n_nodes, emb_dim]`.
    pub fn xw(&self) -> &[f32] {
        &self.xw
    }

    /// `X_i W` of all items, `[n_items, emb_dim]`.
    pub fn item_xw(&self) -> &[f32] {
        &self.xw[self.config.n_users * self.config.emb_dim..]
    }

    /// `z_i` of all items, `[n_items, emb_dim]`.
    pub fn item_emb(&self) -> &[f32] {
        &self.zs[self.config.n_users * self.config.emb_dim..]
    }

    /// `z_u` of a user of the training data, self-loop included, `[emb_dim]`.
    pub fn user_emb(&self, user_idx: usize) -> &[f32] {
        &self.zs[user_idx * self.config.emb_dim..][..self.config.emb_dim]
    }

    /// `C_i` of all items, `[n_items, hidden_dim]`.
    pub fn item_hidden(&self) -> &[f32] {
        &self.item_hidden
    }

    /// `p_i` of all items, `[n_items]`: `ln(1 + degree_i) / ln(1 + largest degree)`, from 0 (nobody's) to 1 (the best known).
    pub fn popularity(&self) -> &[f32] {
        &cast_slice(&self.popularity)[..self.config.n_items]
    }

    /// `z_u` of all users of the training data, `[n_users, emb_dim]`.
    pub fn all_user_emb(&self) -> &[f32] {
        &self.zs[..self.config.n_users * self.config.emb_dim]
    }

    /// The head's parameters.
    pub fn head(&self) -> &HeadWeights {
        &self.head
    }

    /// The items' side in bytes, made by the first call, so that no visitor waits for it where the page has called this;
    /// `None` where it cannot be made ([`Sketch::new`]).
    pub fn sketch(&self) -> Option<&Sketch> {
        let make = || Sketch::new(&self.tables(), self.config.n_items, self.config.emb_dim);
        self.sketch.get_or_init(make).as_ref()
    }

    /// Answers a visitor by fold-in: the items' side stays as trained.
    ///
    /// The places and scores are those of the stages, to the last bit, but most items are only looked at in bytes
    /// ([`sketch`]).
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn recommend<'w>(&self, request: &Request, workspace: &'w mut Workspace) -> Result<&'w [Ranked], RequestError> {
        self.enter(request, workspace)?;
        self.rank(self.sketch(), workspace);
        Ok(&workspace.ranked)
    }

    /// Logits of all items for a visitor, masked ones included and novelty not, `[n_items]`: the request stages from
    /// `fold_in` to `score`.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn logits<'w>(&self, request: &Request, workspace: &'w mut Workspace) -> Result<&'w [f32], RequestError> {
        self.enter(request, workspace)?;
        self.score(workspace);
        Ok(&workspace.logits)
    }

    fn enter(&self, request: &Request, workspace: &mut Workspace) -> Result<(), RequestError> {
        workspace.logits.clear();
        workspace.prepared.refill(&self.config, request)?;
        workspace.user_emb.resize(self.config.emb_dim, 0.0);
        let prepared = &workspace.prepared;
        cpu::fold_in(
            &prepared.memberships,
            self.graph.item_inv_sqrt_degree(),
            self.item_xw(),
            prepared.visitor_inv_sqrt_degree,
            &mut workspace.user_emb,
        );
        Ok(())
    }

    /// Logits of all items for any user embedding, `[n_items]`: the request stages from `user_half` to `score`.
    pub fn logits_of(&self, user_emb: &[f32]) -> Vec<f32> {
        let mut workspace = Workspace { user_emb: user_emb.to_vec(), ..Workspace::default() };
        self.score(&mut workspace);
        workspace.logits
    }

    /// The logit of one item for any user embedding: the number that stands in [`Student::logits_of`].
    ///
    /// # Panics
    /// There is no such item.
    pub fn logit_of(&self, user_emb: &[f32], item_idx: u32) -> f32 {
        let mut user_hidden = vec![0.0; self.config.hidden_dim];
        cpu::user_half(user_emb, &self.head.user_weight, &mut user_hidden);
        self.tables().logit(user_emb, &user_hidden, item_idx as usize)
    }

    /// The scores of some items for a prepared request, in the order of `items`: their logits, less what novelty takes off.
    pub fn scores_at(&self, prepared: &PreparedRequest, items: &[u32]) -> Vec<f32> {
        let PreparedRequest { memberships, visitor_inv_sqrt_degree, novelty, .. } = prepared;
        let mut scores = self.logits_of_memberships(memberships, *visitor_inv_sqrt_degree, items);
        for (score, &item_idx) in scores.iter_mut().zip(items) {
            *score = cpu::novel(*score, self.popularity()[item_idx as usize], *novelty);
        }
        scores
    }

    fn logits_of_memberships(
        &self,
        memberships: &[Membership],
        visitor_inv_sqrt_degree: f32,
        items: &[u32],
    ) -> Vec<f32> {
        let mut user_emb = vec![0.0; self.config.emb_dim];
        let mut user_hidden = vec![0.0; self.config.hidden_dim];
        let degrees = self.graph.item_inv_sqrt_degree();
        cpu::fold_in(memberships, degrees, self.item_xw(), visitor_inv_sqrt_degree, &mut user_emb);
        cpu::user_half(&user_emb, &self.head.user_weight, &mut user_hidden);
        let tables = self.tables();
        items.iter().map(|&item_idx| tables.logit(&user_emb, &user_hidden, item_idx as usize)).collect()
    }

    /// How far each item of `memberships` lifts `item_idx`: its logit minus the logit without that membership.
    ///
    /// Exact, by recomputation; negative where a membership pushes the item down.
    ///
    /// # Errors
    /// See [`RequestError`]; `item_idx` is checked too.
    pub fn contributions(&self, request: &Request, item_idx: u32) -> Result<Vec<(u32, f32)>, RequestError> {
        let n_items = self.config.n_items;
        if item_idx as usize >= n_items {
            return Err(RequestError::UnknownItem { item_idx, n_items });
        }
        let mut prepared = PreparedRequest::default();
        prepared.refill(&self.config, request)?;
        let whole = self.logit_of_memberships(&prepared.memberships, item_idx);
        let mut rest = Vec::with_capacity(prepared.memberships.len());
        Ok(prepared
            .memberships
            .iter()
            .map(|left_out| {
                rest.clear();
                rest.extend(prepared.memberships.iter().filter(|other| *other != left_out).copied());
                (left_out.item_idx, whole - self.logit_of_memberships(&rest, item_idx))
            })
            .collect())
    }

    /// The logit of one item for a visitor with these memberships.
    fn logit_of_memberships(&self, memberships: &[Membership], item_idx: u32) -> f32 {
        let degree = memberships.iter().map(|membership| membership.weight.abs()).sum();
        self.logits_of_memberships(memberships, graph::inv_sqrt_degree(degree), &[item_idx])[0]
    }

    fn rank(&self, sketch: Option<&Sketch>, workspace: &mut Workspace) {
        self.user_half(workspace);
        let Workspace { prepared, user_emb, user_hidden, seen_mask, ranked, visitor, .. } = workspace;
        seen_mask.resize(mask_words(self.config.n_items), 0);
        prepared.begin_mask(seen_mask);
        cpu::mask(&prepared.seen_items, seen_mask);
        let tables = self.tables();
        let sketch = sketch
            .filter(|sketch| sketch.quantise(&tables, user_emb, user_hidden, visitor::WIDE_LEVELS, visitor))
            .map(|sketch| {
                visitor.with_novelty(prepared.novelty);
                (sketch, &*visitor)
            });
        let pass = scan::Pass {
            tables,
            user_emb,
            user_hidden,
            popularity: &self.popularity,
            novelty: prepared.novelty,
            seen_mask,
            k: prepared.k,
            n_items: self.config.n_items,
        };
        workspace.n_rescored = pass.rank(sketch, ranked);
    }

    fn user_half(&self, workspace: &mut Workspace) {
        workspace.user_hidden.resize(self.config.hidden_dim, 0.0);
        cpu::user_half(&workspace.user_emb, &self.head.user_weight, &mut workspace.user_hidden);
    }

    fn score(&self, workspace: &mut Workspace) {
        self.user_half(workspace);
        workspace.logits.resize(self.config.n_items, 0.0);
        let tables = self.tables();
        cpu::score(&workspace.user_emb, &workspace.user_hidden, tables, &mut workspace.logits);
    }

    /// What the stage `score` reads of all items.
    pub fn tables(&self) -> cpu::ScoreTables<'_> {
        cpu::ScoreTables {
            item_hidden: &self.item_hidden,
            item_emb: self.item_emb(),
            output_weight: &self.head.output_weight,
            output_bias: self.head.output_bias,
            has_dot: self.config.head.has_dot(),
        }
    }
}

/// The exact answer to a visitor, for measuring what fold-in leaves out: `A` is recomputed with the visitor as one
/// more node, so the degrees of the liked items grow by one on both sides of the product.
///
/// Slow (a whole convolution); dislikes have no edge in `A` and are only masked.
///
/// # Errors
/// See [`RequestError`].
pub fn recommend_exact(
    config: &StudentConfig,
    weights: &StudentWeights,
    incidence: &Incidence,
    request: &Request,
) -> Result<Vec<Ranked>, RequestError> {
    let mut workspace = Workspace::default();
    workspace.prepared.refill(config, request)?;
    let mut with_visitor = incidence.clone();
    let visitor = with_visitor.push_node();
    for &item_idx in &request.liked {
        // In range: `refill` has checked every index.
        let _ = with_visitor.insert(visitor, item_idx);
    }
    let config = StudentConfig { n_users: config.n_users + 1, ..config.clone() };
    let mut weights = weights.clone();
    let visitor_row = visitor as usize * config.emb_dim;
    weights.features.splice(visitor_row..visitor_row, std::iter::repeat_n(0.0, config.emb_dim));
    let student = Student::new(config, &weights, &with_visitor);
    workspace.user_emb = student.user_emb(visitor as usize).to_vec();
    // One request: a table in bytes would be made for it alone.
    student.rank(None, &mut workspace);
    Ok(workspace.ranked)
}
