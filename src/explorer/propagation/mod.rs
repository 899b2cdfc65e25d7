//! One node's way through the student, or through a layer of the teacher, step by step, with every number of it and how each came about: what
//! [`super::Tab::Propagation`] shows. The numbers are those of the CPU twin, computed by its own functions; the arithmetic of
//! a number is written out from the numbers of the step before.

mod student;
mod teacher;

pub use teacher::TeacherModel;

use super::digits::{Printed, number, printed};
use super::ego::Vertex;
use crate::ranking::{reordered, sorted_indices};
use crate::student::{PreparedRequest, Stage, Student, StudentWeights};
use crate::teacher::TeacherStage;

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
    /// The teacher: what every member of one hyperedge starts from.
    Members,
    /// The teacher: each member's row times `1 / sqrt(d)` of its node.
    MemberDegrees,
    /// The teacher: the members' rows added up, divided by the hyperedge's degree.
    ToEdge,
    /// The teacher: what every hyperedge of the node has gathered.
    Edges,
    /// The teacher: these added up, times `1 / sqrt(d)` of the node.
    ToNode,
    /// The teacher: the sum times Theta.
    Layer,
}

impl StepKind {
    /// Name and equation of the stage that it is, or is a part of.
    pub fn stage(self, node: Vertex) -> (&'static str, &'static str) {
        let stage = match (self, node) {
            (Self::Features | Self::Transform, _) => Stage::FeatureTransform,
            (Self::Scale | Self::Gather | Self::Normalise, Vertex::You) => Stage::FoldIn,
            (Self::Scale | Self::Gather | Self::Normalise, _) => Stage::GraphConvolution,
            (Self::Half, Vertex::Item(_)) => Stage::ItemHalf,
            (Self::Half, _) => Stage::UserHalf,
            (Self::Hidden | Self::Score, _) => Stage::Score,
            (Self::Novelty, _) => Stage::Novelty,
            _ => return self.teacher_stage(node),
        };
        (stage.name(), stage.equation())
    }

    fn teacher_stage(self, node: Vertex) -> (&'static str, &'static str) {
        let stage = match (self, node) {
            (Self::Members, Vertex::You | Vertex::Person(_)) => TeacherStage::GatherInput,
            (Self::Members | Self::MemberDegrees | Self::ToEdge, _) => TeacherStage::NodeToEdge,
            (Self::Layer, _) => TeacherStage::LayerTransform,
            _ => TeacherStage::EdgeToNode,
        };
        (stage.name(), stage.equation())
    }

    /// Whether its rows are what a hyperedge holds.
    pub fn is_inside(self) -> bool {
        matches!(
            self,
            Self::Features | Self::Transform | Self::Scale | Self::Members | Self::MemberDegrees | Self::Edges
        )
    }

    /// The step whose rows this one has gathered.
    pub fn gathers(self) -> Option<Self> {
        match self {
            Self::Gather | Self::Normalise => Some(Self::Scale),
            Self::ToEdge => Some(Self::MemberDegrees),
            Self::ToNode => Some(Self::Edges),
            _ => None,
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
    /// The teacher: what was learned of a node itself.
    Own,
    /// The teacher: what people wrote, projected.
    Text,
    /// The teacher: what a hyperedge has gathered.
    Edge(Vertex),
    /// The teacher: what came back to the node.
    Propagated(Vertex),
    /// The teacher: the node after the layer.
    Layer(Vertex),
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
    /// How they came about.
    origin: Origin,
}

/// How the numbers of a row came about.
#[derive(Debug, Clone, PartialEq)]
enum Origin {
    Learned,
    /// Rows, weighed and added up.
    Sum(Vec<Part>),
    /// Likewise, and 0 where that is below zero.
    Positive(Vec<Part>),
    /// A row times a matrix, and what is added to that.
    Product(Vec<f32>, Matrix, Vec<Part>),
    /// All numbers of a row, added up.
    Total(Vec<f32>),
}

/// A row in a sum: its factors, the same for every column, and one or two rows that are multiplied number by number.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    name: TermName,
    factors: Vec<f32>,
    rows: Vec<Vec<f32>>,
}

/// A learned matrix of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matrix {
    /// `W`.
    Weight,
    /// `W_u` of the head.
    User,
    /// `W_i` of the head.
    Item,
    /// `Theta` of the teacher's first layer, of the channel whose nodes are films or people.
    Theta { is_film: bool },
}

impl Part {
    fn new(name: TermName, factors: &[f32], row: &[f32]) -> Self {
        Self { name, factors: factors.to_vec(), rows: vec![row.to_vec()] }
    }

    fn term(&self, column: usize) -> Term {
        let mut factors = self.factors.clone();
        factors.extend(self.rows.iter().map(|row| row[column]));
        Term { name: self.name, factors }
    }
}

impl Row {
    /// Computes the numbers from how they come about: `n` of them.
    fn new(model: &Model<'_>, name: Name, n: usize, origin: Origin) -> Self {
        let mut sums = vec![0.0; n];
        let none = Vec::new();
        let parts = match &origin {
            Origin::Learned => &none,
            Origin::Sum(parts) | Origin::Positive(parts) => parts,
            Origin::Product(xs, matrix, parts) => {
                for (k, &x) in xs.iter().enumerate() {
                    for (column, sum) in sums.iter_mut().enumerate() {
                        *sum += f64::from(x) * f64::from(model.at(*matrix, k, column));
                    }
                }
                parts
            }
            Origin::Total(xs) => {
                sums.fill(xs.iter().map(|&x| f64::from(x)).sum());
                &none
            }
        };
        for part in parts {
            let factor: f64 = part.factors.iter().map(|&factor| f64::from(factor)).product();
            for (column, sum) in sums.iter_mut().enumerate() {
                *sum += part.rows.iter().fold(factor, |product, row| product * f64::from(row[column]));
            }
        }
        let is_positive = matches!(origin, Origin::Positive(_));
        let cell = |&sum: &f64| if is_positive && sum <= 0.0 { 0.0 } else { sum as f32 };
        Self { name, cells: sums.iter().map(cell).collect(), degree: None, origin }
    }

    fn learned(name: Name, cells: &[f32]) -> Self {
        Self { name, cells: cells.to_vec(), degree: None, origin: Origin::Learned }
    }

    fn with_degree(self, degree: Degree) -> Self {
        Self { degree: Some(degree), ..self }
    }

    /// It as a part of a sum.
    fn part(&self, factors: &[f32]) -> Part {
        Part::new(TermName::Row(self.name), factors, &self.cells)
    }

    fn terms(&self, model: &Model<'_>, column: usize) -> Vec<Term> {
        let mut terms = Vec::new();
        let parts = match &self.origin {
            Origin::Learned => return terms,
            Origin::Sum(parts) | Origin::Positive(parts) => parts,
            Origin::Product(xs, matrix, parts) => {
                for (k, &x) in xs.iter().enumerate() {
                    terms.push(Term::new(TermName::Column(k), &[x, model.at(*matrix, k, column)]));
                }
                parts
            }
            Origin::Total(xs) => {
                for (k, &x) in xs.iter().enumerate() {
                    terms.push(Term::new(TermName::Column(k), &[x]));
                }
                return terms;
            }
        };
        terms.extend(parts.iter().map(|part| part.term(column)));
        terms
    }
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
    /// The teacher, where it is followed.
    pub teacher: Option<TeacherModel<'a>>,
}

impl Model<'_> {
    /// The number of a matrix by which the `k`-th number of a row is multiplied for the one in `column`.
    fn at(&self, matrix: Matrix, k: usize, column: usize) -> f32 {
        let (d, head) = (self.student.config().emb_dim, self.student.head());
        match matrix {
            Matrix::Weight => self.weights.weight[k * d + column],
            Matrix::User => head.user_weight[column * d + k],
            Matrix::Item => head.item_weight[column * d + k],
            Matrix::Theta { is_film } => {
                let deep = self.teacher.and_then(|teacher| teacher.weights.deep.as_ref());
                let channel = deep.map(|deep| if is_film { &deep.item_channel } else { &deep.user_channel });
                channel.map_or(0.0, |channel| channel.thetas[k * d + column])
            }
        }
    }
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

/// One node's way through a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Whose it is.
    pub node: Vertex,
    /// The film that is scored, where the way leads to a score.
    pub item_idx: u32,
    /// The hyperedge whose members are followed, where it is not the node itself.
    pub hyperedge: Option<Vertex>,
    /// The steps in order.
    pub steps: Vec<Step>,
}

impl Trace {
    /// How the number in `column` of `row` of `step` came about; `None` where there is no such number. `model` is the one
    /// that was followed.
    pub fn arithmetic(&self, model: &Model<'_>, step: usize, row: usize, column: usize) -> Option<Arithmetic> {
        let row = self.steps.get(step)?.rows.get(row)?;
        let &cell = row.cells.get(column)?;
        if row.origin == Origin::Learned {
            return Some(Arithmetic::Learned);
        }
        let is_clipped = matches!(row.origin, Origin::Positive(_)) && cell == 0.0;
        Some(Arithmetic::Sum { terms: row.terms(model, column), is_clipped })
    }
}

/// A node that is gathered from.
struct Source {
    vertex: Vertex,
    degree: Degree,
    /// Its row, before any degree.
    xs: Vec<f32>,
}

impl Source {
    fn part(&self, factors: &[f32]) -> Part {
        Part::new(TermName::Source(self.vertex), factors, &self.xs)
    }

    fn name(&self) -> Name {
        Name::Source(self.vertex)
    }

    /// How large its part of the sum is, squared.
    fn size(&self) -> f32 {
        self.xs.iter().map(|x| (x * self.degree.factor) * (x * self.degree.factor)).sum()
    }
}

/// Sources with rows of their own first, the largest before the others but `first` before all; and how many these are.
fn arranged(sources: Vec<Source>, first: Option<Vertex>, n_rows: usize) -> (Vec<Source>, usize) {
    let size = |source: &Source| if Some(source.vertex) == first { f32::INFINITY } else { source.size() };
    let sizes: Vec<f32> = sources.iter().map(size).collect();
    let order = sorted_indices(sources.len(), &|a, b| sizes[b].total_cmp(&sizes[a]));
    let n_own = if sources.len() > n_rows { n_rows.saturating_sub(1) } else { sources.len() };
    (reordered(sources, &order), n_own)
}

/// A row for each of the first sources, as `row` has it, and the sum of the others, each as `part` has it.
fn rows(
    model: &Model<'_>,
    (sources, n_own): (&[Source], usize),
    row: &dyn Fn(&Source) -> Row,
    part: &dyn Fn(&Source) -> Part,
) -> Vec<Row> {
    let (own, others) = sources.split_at(n_own);
    let mut rows: Vec<Row> = own.iter().map(row).collect();
    if let Some(other) = others.first() {
        let origin = Origin::Sum(others.iter().map(part).collect());
        rows.push(Row::new(model, Name::Others(others.len()), other.xs.len(), origin));
    }
    rows
}

/// Each source times its factor: a step of both models.
fn scaled(model: &Model<'_>, sources: (&[Source], usize)) -> Vec<Row> {
    let part = |source: &Source| source.part(&[source.degree.factor]);
    let row = |source: &Source| {
        // Of the row of the step before.
        let mut part = part(source);
        part.name = TermName::Row(source.name());
        Row::new(model, source.name(), source.xs.len(), Origin::Sum(vec![part])).with_degree(source.degree)
    };
    rows(model, sources, &row, &part)
}

/// Rows, each times `factors`, added up.
fn gathered(model: &Model<'_>, name: Name, rows: &[Row], factors: &[f32]) -> Row {
    let n = model.student.config().emb_dim;
    Row::new(model, name, n, Origin::Sum(rows.iter().map(|row| row.part(factors)).collect()))
}
