//! One node's way through the student, step by step, with every number of it and how each came about: what
//! [`super::Tab::Propagation`] shows. The numbers are those of the CPU twin, computed by its own functions; the arithmetic of
//! a number is written out from the numbers of the step before.

use super::digits::{Printed, number, printed};
use super::ego::Vertex;
use crate::ranking::sorted_indices;
use crate::student::cpu::{self, Membership};
use crate::student::{PreparedRequest, Stage, Student, StudentWeights};

/// What the student does in one step, the smallest that can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// What was learned of every source: its row of `X`.
    Features,
    /// Each row times `W`.
    Transform,
    /// Each row times its weight and `1 / sqrt(d)` of its node.
    Scale,
    /// All rows added up.
    Gather,
    /// The sum times `1 / sqrt(d)` of the node that gathers.
    Normalise,
    /// The node's half of the head's hidden layer.
    Half,
    /// The hidden units of a pair: both halves together, and nothing below zero.
    Hidden,
    /// The logit of a pair.
    Score,
    /// What novelty takes off the logit.
    Novelty,
}

impl StepKind {
    /// The stage of the student that it is, or is a part of.
    pub fn stage(self, node: Vertex) -> Stage {
        match (self, node) {
            (Self::Features | Self::Transform, _) => Stage::FeatureTransform,
            (Self::Scale | Self::Gather | Self::Normalise, Vertex::You) => Stage::FoldIn,
            (Self::Scale | Self::Gather | Self::Normalise, _) => Stage::GraphConvolution,
            (Self::Half, Vertex::Item(_)) => Stage::ItemHalf,
            (Self::Half, _) => Stage::UserHalf,
            (Self::Hidden | Self::Score, _) => Stage::Score,
            (Self::Novelty, _) => Stage::Novelty,
        }
    }
}

/// What a row of numbers is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// A source's own.
    Source(Vertex),
    /// The sum over so many sources that have no row of their own.
    Others(usize),
    /// The sum over all sources.
    Sum,
    /// `z` of a node.
    Emb(Vertex),
    /// `a = W_u z`, of the visitor or a person.
    UserHalf,
    /// `C_i = W_i z_i + b1`, of a film.
    ItemHalf,
    /// `relu(a + C_i)`.
    Units,
    /// `w2 * relu(a + C_i)`, unit by unit.
    Weighted,
    /// The sum of [`Name::Weighted`].
    WeightedSum,
    /// `z_v * z_i`, number by number.
    Products,
    /// The sum of [`Name::Products`].
    ProductsSum,
    /// `b2`.
    Bias,
    /// `s_i`.
    Logit,
    /// `s_i - novelty p_i`.
    Novel,
}

/// What a row is multiplied by, and the degree that this comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Degree {
    /// `d`: neighbours and the self-loop.
    pub degree: f32,
    /// The weight of the membership, 1 but for a dislike, times `1 / sqrt(d)`.
    pub factor: f32,
}

/// Some numbers with one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What they are.
    pub name: Name,
    /// The numbers.
    pub cells: Vec<f32>,
    /// What they were multiplied by in this step, where one number says it for the whole row.
    pub degree: Option<Degree>,
}

/// What there is to see after one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What was done.
    pub kind: StepKind,
    /// What came of it.
    pub rows: Vec<Row>,
}

/// What a term of a sum stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermName {
    /// The number in this column of a row of the step before.
    Column(usize),
    /// The number of this source.
    Source(Vertex),
    /// The number of this row.
    Row(Name),
}

/// One term: the product of its factors.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// What it stands for.
    pub name: TermName,
    /// Its factors, one to three.
    pub factors: Vec<f32>,
}

impl Term {
    fn new(name: TermName, factors: &[f32]) -> Self {
        Self { name, factors: factors.to_vec() }
    }

    /// The product.
    pub fn value(&self) -> f64 {
        self.factors.iter().map(|&factor| f64::from(factor)).product()
    }
}

/// How a number came about.
#[derive(Debug, Clone, PartialEq)]
pub enum Arithmetic {
    /// It was learned.
    Learned,
    /// A sum of products; `is_clipped` where it is below zero and 0 stands in its place.
    Sum {
        /// The terms.
        terms: Vec<Term>,
        /// Whether `relu` has made it 0.
        is_clipped: bool,
    },
}

/// Places behind the point of the numbers on screen.
pub const N_PLACES: u8 = 4;

impl Arithmetic {
    /// It as it is printed beside `cell`: terms, and what they add up to (before `relu`).
    pub fn printed(&self, cell: f32) -> Printed {
        let Self::Sum { terms, is_clipped } = self else { return printed(&[], f64::from(cell), N_PLACES) };
        let terms: Vec<f64> = terms.iter().map(Term::value).collect();
        let total = if *is_clipped { terms.iter().sum() } else { f64::from(cell) };
        printed(&terms, total, N_PLACES)
    }
}

/// A factor as it is printed in a line whose product has `n_places`.
pub fn factor(value: f32, n_places: u8) -> String {
    number(f64::from(value), n_places)
}

/// What the numbers are computed from.
#[derive(Debug, Clone, Copy)]
pub struct Model<'a> {
    /// The student.
    pub student: &'a Student,
    /// Its parameters.
    pub weights: &'a StudentWeights,
    /// The visitor.
    pub visitor: &'a PreparedRequest,
}

/// Whose way is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The node whose embedding is computed.
    pub node: Vertex,
    /// The film whose score for that node is computed; where the node is a film, its score for the visitor is.
    pub item_idx: u32,
    /// Sources with a row of their own, and the others' row, at most.
    pub n_rows: usize,
}

/// One node's way through the student.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Whose it is.
    pub node: Vertex,
    /// The film that is scored.
    pub item_idx: u32,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Every source of the node as a node of the bipartite graph: those with rows of their own, then the others.
    sources: Vec<Membership>,
    n_own: usize,
}

/// What a node gathers from, in the order of the CPU twin, and its own degree.
struct Neighbourhood {
    sources: Vec<Membership>,
    degree: Degree,
}

impl Trace {
    /// Follows a node; `None` where there is no such node or film.
    pub fn new(model: &Model<'_>, question: Question) -> Option<Self> {
        let Model { student, weights, .. } = *model;
        let config = student.config();
        let Question { node, n_rows, .. } = question;
        let item_idx = if let Vertex::Item(item_idx) = node { item_idx } else { question.item_idx };
        if item_idx as usize >= config.n_items {
            return None;
        }
        let d = config.emb_dim;
        let Neighbourhood { sources: all, degree } = row_of(model, node)?;
        let inv_sqrt_degree = student.graph().inv_sqrt_degree();
        // The twin's own function, over all nodes instead of the films: alone, a membership is one row of the sum.
        let gather = |memberships: &[Membership], factor: f32| {
            let mut sum = vec![0.0; d];
            cpu::fold_in(memberships, inv_sqrt_degree, student.xw(), factor, &mut sum);
            sum
        };
        let sum_of = |memberships: &[Membership], table: &[f32]| {
            let mut sum = vec![0.0; d];
            for membership in memberships {
                sum.iter_mut().zip(&table[membership.item_idx as usize * d..]).for_each(|(sum, x)| *sum += x);
            }
            sum
        };

        let (sources, n_own) = arranged(&all, config.n_users, node, n_rows, &|membership| {
            gather(std::slice::from_ref(membership), 1.0).iter().map(|x| x * x).sum()
        });
        let (own, others) = sources.split_at(n_own);
        let name = |membership: &Membership| Name::Source(vertex_of(config.n_users, membership.item_idx));
        let rows = |of: &dyn Fn(&[Membership]) -> Vec<f32>, degree: &dyn Fn(&Membership) -> Option<Degree>| {
            let mut rows: Vec<Row> = own
                .iter()
                .map(|source| Row {
                    name: name(source),
                    cells: of(std::slice::from_ref(source)),
                    degree: degree(source),
                })
                .collect();
            if !others.is_empty() {
                rows.push(Row { name: Name::Others(others.len()), cells: of(others), degree: None });
            }
            rows
        };
        let degree_of = |source: &Membership| {
            let node_idx = source.item_idx as usize;
            let offsets = student.graph().offsets();
            let degree = (offsets[node_idx + 1] - offsets[node_idx] + 1) as f32;
            Some(Degree { degree, factor: source.weight * inv_sqrt_degree[node_idx] })
        };

        let sum = gather(&all, 1.0);
        let emb = gather(&all, degree.factor);
        let one = |name: Name, cells: Vec<f32>| Row { name, cells, degree: None };
        let mut steps = vec![
            Step { kind: StepKind::Features, rows: rows(&|of| sum_of(of, &weights.features), &|_| None) },
            Step { kind: StepKind::Transform, rows: rows(&|of| sum_of(of, student.xw()), &|_| None) },
            Step { kind: StepKind::Scale, rows: rows(&|of| gather(of, 1.0), &degree_of) },
            Step { kind: StepKind::Gather, rows: vec![one(Name::Sum, sum)] },
            Step {
                kind: StepKind::Normalise,
                rows: vec![Row { degree: Some(degree), ..one(Name::Emb(node), emb.clone()) }],
            },
        ];
        score(model, node, item_idx, emb, &mut steps);
        Some(Self { node, item_idx, steps, sources, n_own })
    }

    /// How the number in `column` of `row` of `step` came about; `None` where there is no such number.
    pub fn arithmetic(&self, model: &Model<'_>, step: usize, row: usize, column: usize) -> Option<Arithmetic> {
        let Model { student, weights, visitor } = *model;
        let config = student.config();
        let (d, n_users) = (config.emb_dim, config.n_users);
        let Step { kind, rows } = self.steps.get(step)?;
        let Row { name, cells, degree } = rows.get(row)?;
        let &cell = cells.get(column)?;
        let before = |place: usize| step.checked_sub(1).and_then(|step| self.steps.get(step)?.rows.get(place));
        let head = student.head();
        // A row times a matrix: `at` says where the number of the matrix stands.
        let product = |xs: &[f32], at: &dyn Fn(usize) -> f32| -> Vec<Term> {
            xs.iter().enumerate().map(|(k, &x)| Term::new(TermName::Column(k), &[x, at(k)])).collect()
        };
        let of_others = |factors: &dyn Fn(&Membership) -> Vec<f32>| -> Vec<Term> {
            let term = |source: &Membership| Term {
                name: TermName::Source(vertex_of(n_users, source.item_idx)),
                factors: factors(source),
            };
            self.sources[self.n_own..].iter().map(term).collect()
        };
        let row_term = |row: &Row, factors: &[f32]| Term::new(TermName::Row(row.name), factors);
        let mut is_clipped = false;
        let terms = match (kind, name) {
            (StepKind::Features, Name::Others(_)) => {
                of_others(&|source| vec![weights.features[source.item_idx as usize * d + column]])
            }
            (StepKind::Features, _) => return Some(Arithmetic::Learned),
            (StepKind::Transform, _) => product(&before(row)?.cells, &|k| weights.weight[k * d + column]),
            (StepKind::Scale, Name::Others(_)) => of_others(&|source| {
                let node_idx = source.item_idx as usize;
                let factor = source.weight * student.graph().inv_sqrt_degree()[node_idx];
                vec![factor, student.xw()[node_idx * d + column]]
            }),
            (StepKind::Scale | StepKind::Normalise, _) => {
                let before = before(row)?;
                vec![row_term(before, &[degree.as_ref()?.factor, before.cells[column]])]
            }
            (StepKind::Gather, _) => {
                self.steps[step - 1].rows.iter().map(|row| row_term(row, &[row.cells[column]])).collect()
            }
            (StepKind::Half | StepKind::Hidden, Name::UserHalf) => {
                product(&self.emb_of_user(model), &|k| head.user_weight[column * d + k])
            }
            (StepKind::Half | StepKind::Hidden, Name::ItemHalf) => {
                let place = self.item_idx as usize * d;
                let mut terms = product(&student.item_emb()[place..place + d], &|k| head.item_weight[column * d + k]);
                terms.push(Term::new(TermName::Row(Name::Bias), &[head.hidden_bias[column]]));
                terms
            }
            (StepKind::Hidden, _) => {
                let terms: Vec<Term> = rows[..row].iter().map(|row| row_term(row, &[row.cells[column]])).collect();
                is_clipped = cell == 0.0;
                terms
            }
            (StepKind::Score, Name::Weighted) => {
                let units = self.steps[step - 1].rows.last()?;
                vec![row_term(units, &[head.output_weight[column], units.cells[column]])]
            }
            (StepKind::Score, Name::Products) => {
                let item_emb = student.item_emb()[self.item_idx as usize * d + column];
                let user_emb = self.emb_of_user(model)[column];
                vec![Term::new(TermName::Column(column), &[user_emb, item_emb])]
            }
            (StepKind::Score, Name::WeightedSum | Name::ProductsSum) => {
                let summands = rows.get(row.checked_sub(1)?)?;
                summands.cells.iter().enumerate().map(|(k, &x)| Term::new(TermName::Column(k), &[x])).collect()
            }
            (StepKind::Score, Name::Bias) => return Some(Arithmetic::Learned),
            (StepKind::Score, _) => {
                let is_part = |row: &&Row| matches!(row.name, Name::WeightedSum | Name::ProductsSum | Name::Bias);
                rows.iter().filter(is_part).map(|row| row_term(row, &row.cells)).collect()
            }
            (StepKind::Novelty, _) => {
                let logit = before(self.steps[step - 1].rows.len() - 1)?;
                let popularity = student.popularity()[self.item_idx as usize];
                vec![
                    row_term(logit, &logit.cells),
                    Term::new(TermName::Row(Name::Novel), &[-visitor.novelty, popularity]),
                ]
            }
            (StepKind::Half, _) => return None,
        };
        Some(Arithmetic::Sum { terms, is_clipped })
    }

    /// `z` of the visitor or person of the pair that is scored.
    fn emb_of_user(&self, model: &Model<'_>) -> Vec<f32> {
        emb_of(model, if self.node.is_item() { Vertex::You } else { self.node })
    }
}

/// The steps after `z`: the node's half of the head, the hidden units, the logit, and what novelty takes off.
fn score(model: &Model<'_>, node: Vertex, item_idx: u32, emb: Vec<f32>, steps: &mut Vec<Step>) {
    let Model { student, visitor, .. } = *model;
    let config = student.config();
    let (d, hidden_dim, place) = (config.emb_dim, config.hidden_dim, item_idx as usize);
    let head = student.head();
    let one = |name: Name, cells: Vec<f32>| Row { name, cells, degree: None };
    let user_emb = if node.is_item() { emb_of(model, Vertex::You) } else { emb };
    let item_emb = &student.item_emb()[place * d..][..d];
    let mut rows = Vec::new();
    if config.head.has_mlp() {
        let mut user_hidden = vec![0.0; hidden_dim];
        cpu::user_half(&user_emb, &head.user_weight, &mut user_hidden);
        let item_hidden = student.item_hidden()[place * hidden_dim..][..hidden_dim].to_vec();
        let sums = user_hidden.iter().zip(&item_hidden).map(|(a, c)| a + c);
        let units: Vec<f32> = sums.map(|sum| if sum > 0.0 { sum } else { 0.0 }).collect();
        let weighted: Vec<f32> = units.iter().zip(&head.output_weight).map(|(unit, w)| unit * w).collect();
        let (user, item) = (one(Name::UserHalf, user_hidden), one(Name::ItemHalf, item_hidden));
        let half = if node.is_item() { item.clone() } else { user.clone() };
        steps.push(Step { kind: StepKind::Half, rows: vec![half] });
        steps.push(Step { kind: StepKind::Hidden, rows: vec![user, item, one(Name::Units, units)] });
        let sum = sum(&weighted);
        rows.extend([one(Name::Weighted, weighted), one(Name::WeightedSum, vec![sum])]);
    }
    if config.head.has_dot() {
        let products: Vec<f32> = user_emb.iter().zip(item_emb).map(|(a, b)| a * b).collect();
        let sum = sum(&products);
        rows.extend([one(Name::Products, products), one(Name::ProductsSum, vec![sum])]);
    }
    let logit = student.logit_of(&user_emb, item_idx);
    rows.extend([one(Name::Bias, vec![head.output_bias]), one(Name::Logit, vec![logit])]);
    steps.push(Step { kind: StepKind::Score, rows });
    if visitor.novelty > 0.0 && !matches!(node, Vertex::Person(_)) {
        let novel = logit - visitor.novelty * student.popularity()[place];
        steps.push(Step { kind: StepKind::Novelty, rows: vec![one(Name::Novel, vec![novel])] });
    }
}

/// Of 64 numbers, to the precision of the sum that is shown.
fn sum(xs: &[f32]) -> f32 {
    xs.iter().map(|&x| f64::from(x)).sum::<f64>() as f32
}

/// `z` of any node, as the CPU twin has it.
fn emb_of(model: &Model<'_>, node: Vertex) -> Vec<f32> {
    let Model { student, visitor, .. } = *model;
    let d = student.config().emb_dim;
    let mut emb = vec![0.0; d];
    match node {
        Vertex::You => cpu::fold_in(
            &visitor.memberships,
            student.graph().item_inv_sqrt_degree(),
            student.item_xw(),
            visitor.visitor_inv_sqrt_degree,
            &mut emb,
        ),
        Vertex::Person(user_idx) => emb.copy_from_slice(student.user_emb(user_idx as usize)),
        Vertex::Item(item_idx) => emb.copy_from_slice(&student.item_emb()[item_idx as usize * d..][..d]),
    }
    emb
}

/// What a node gathers from: nodes of the bipartite graph with their weights, its self-loop first where it has features.
fn row_of(model: &Model<'_>, node: Vertex) -> Option<Neighbourhood> {
    let Model { student, visitor, .. } = *model;
    let config = student.config();
    let node_idx = match node {
        Vertex::You => {
            let of = |membership: &Membership| Membership {
                item_idx: membership.item_idx + config.n_users as u32,
                weight: membership.weight,
            };
            let sources: Vec<Membership> = visitor.memberships.iter().map(of).collect();
            let degree = 1.0 + sources.iter().map(|source| source.weight.abs()).sum::<f32>();
            return Some(Neighbourhood { sources, degree: Degree { degree, factor: visitor.visitor_inv_sqrt_degree } });
        }
        Vertex::Person(user_idx) => Some(user_idx as usize).filter(|user_idx| *user_idx < config.n_users)?,
        Vertex::Item(item_idx) => config.n_users + Some(item_idx as usize).filter(|item| *item < config.n_items)?,
    };
    let graph = student.graph();
    let neighbors = &graph.neighbors()[graph.offsets()[node_idx] as usize..graph.offsets()[node_idx + 1] as usize];
    let all = std::iter::once(node_idx as u32).chain(neighbors.iter().copied());
    let sources = all.map(|item_idx| Membership { item_idx, weight: 1.0 }).collect();
    let degree = Degree { degree: (neighbors.len() + 1) as f32, factor: graph.inv_sqrt_degree()[node_idx] };
    Some(Neighbourhood { sources, degree })
}

/// Sources with rows of their own first, the largest before the others but a self-loop before all; and how many these are.
fn arranged(
    all: &[Membership],
    n_users: usize,
    node: Vertex,
    n_rows: usize,
    size: &dyn Fn(&Membership) -> f32,
) -> (Vec<Membership>, usize) {
    let is_self = |source: &Membership| vertex_of(n_users, source.item_idx) == node;
    let sizes: Vec<f32> = all.iter().map(|source| if is_self(source) { f32::INFINITY } else { size(source) }).collect();
    let order = sorted_indices(all.len(), &|a, b| sizes[b].total_cmp(&sizes[a]));
    let sources = order.into_iter().map(|place| all[place as usize]).collect();
    (sources, if all.len() > n_rows { n_rows.saturating_sub(1) } else { all.len() })
}

/// What a node of the bipartite graph is.
fn vertex_of(n_users: usize, node_idx: u32) -> Vertex {
    match node_idx.checked_sub(n_users as u32) {
        Some(item_idx) => Vertex::Item(item_idx),
        None => Vertex::Person(node_idx),
    }
}
