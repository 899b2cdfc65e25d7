//! One node's way through the student, or through a layer of the teacher, step by step, with every number of it and how each came about: what
//! [`super::Tab::Propagation`] shows. The numbers are those of the CPU twin, computed by its own functions; the arithmetic of
//! a number is written out from the numbers of the step before.

mod student;
mod teacher;

pub use teacher::TeacherModel;

use super::digits::{Printed, number, printed};
use super::ego::Vertex;
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
    way: Way,
}

/// What the arithmetic is written out from.
#[derive(Debug, Clone, PartialEq)]
enum Way {
    Student(student::Way),
    Teacher(teacher::Way),
}

impl Trace {
    /// Follows a node through the student; `None` where there is no such node or film.
    pub fn of_student(model: &Model<'_>, question: Question) -> Option<Self> {
        let (way, steps) = student::Way::new(model, question)?;
        Some(Self { node: way.node, item_idx: way.item_idx, hyperedge: None, steps, way: Way::Student(way) })
    }

    /// Follows a node through the first layer of a teacher's deep channel: `propagate`, then Theta. `None` where there is no
    /// such node, the teacher has no deep channels, or the node is in no hyperedge.
    pub fn of_teacher(model: &Model<'_>, question: Question) -> Option<Self> {
        let (way, steps) = teacher::Way::new(&model.teacher?, model.visitor, question)?;
        let (node, hyperedge) = (question.node, Some(way.hyperedge));
        Some(Self { node, item_idx: question.item_idx, hyperedge, steps, way: Way::Teacher(way) })
    }

    /// How the number in `column` of `row` of `step` came about; `None` where there is no such number.
    pub fn arithmetic(&self, model: &Model<'_>, step: usize, row: usize, column: usize) -> Option<Arithmetic> {
        match &self.way {
            Way::Student(way) => way.arithmetic(model, &self.steps, (step, row, column)),
            Way::Teacher(way) => way.arithmetic(model.teacher.as_ref()?, &self.steps, (step, row, column)),
        }
    }
}

/// A row times a matrix: `at` says where the number of the matrix stands.
fn product(xs: &[f32], at: &dyn Fn(usize) -> f32) -> Vec<Term> {
    xs.iter().enumerate().map(|(k, &x)| Term::new(TermName::Column(k), &[x, at(k)])).collect()
}
