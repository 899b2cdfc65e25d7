//! One node's way through the first layer of a teacher's deep channel (eq. 3): `node_to_edge`, `edge_to_node`, Theta. A film
//! is a node of the item channel, whose hyperedges are people; the visitor and people are nodes of the user channel, whose
//! hyperedges are films. The visitor is one more node, so that the degrees of the liked films grow by one.

use super::{
    Degree, Matrix, Model, Name, Origin, Part, Question, Row, Source, Step, StepKind, TermName, Trace, arranged,
    gathered, rows, scaled,
};
use crate::explorer::ego::Vertex;
use crate::hypergraph::Incidence;
use crate::student::PreparedRequest;
use crate::teacher::{Activation, DeepWeights, TeacherConfig, TeacherWeights};

/// What a teacher's numbers are computed from.
#[derive(Debug, Clone, Copy)]
pub struct TeacherModel<'a> {
    /// Its sizes and settings.
    pub config: &'a TeacherConfig,
    /// Its parameters.
    pub weights: &'a TeacherWeights,
    /// The hypergraph of the user channel.
    pub incidence: &'a Incidence,
}

/// A hyperedge with fewer members than this shows little.
const ENOUGH: usize = 3;

impl Trace {
    /// Follows a node through the first layer of a teacher's deep channel: `propagate`, then Theta (where a tanh follows,
    /// which no sum is, without it). `None` where there is no such node, the teacher has no deep channels, or the node is in
    /// no hyperedge.
    pub fn of_teacher(model: &Model<'_>, question: Question) -> Option<Self> {
        let Question { node, item_idx, n_rows } = question;
        let TeacherModel { config, weights, incidence } = model.teacher?;
        let d = config.emb_dim;
        let is_film = node.is_item();
        let incidence = if is_film { incidence.transposed() } else { with_visitor(incidence, model.visitor) };
        let node_idx = match node {
            Vertex::You => config.n_users,
            Vertex::Person(place) | Vertex::Item(place) => place as usize,
        };
        // The visitor is nobody of the data.
        let n_nodes = if is_film { config.n_items } else { config.n_users };
        if node_idx >= n_nodes && node != Vertex::You {
            return None;
        }
        let deep = weights.deep.as_ref()?;
        let mut channel = Channel { model, config, deep, incidence: &incidence, is_film, inputs: Vec::new() };
        channel.inputs = (0..incidence.n_nodes() as u32).map(|node| channel.input(node).cells).collect();

        // What every hyperedge of the node has gathered: a row as any other.
        let edge = |&edge: &u32| {
            let degree = incidence.hyperedge_degree(edge as usize) as f32;
            let row = channel.edge(edge);
            Source { vertex: channel.hyperedge(edge), degree: Degree { degree, factor: 1.0 / degree }, xs: row.cells }
        };
        let (edges, n_own_edges) = arranged(incidence.hyperedges_of(node_idx).iter().map(edge).collect(), None, n_rows);
        let is_enough = |edge: &&Source| edge.degree.degree >= ENOUGH as f32;
        let followed = edges.iter().find(is_enough).or(edges.first())?;
        let (hyperedge, edge_degree) = (followed.vertex, followed.degree);
        let members = incidence.members_of(place_of(hyperedge)).iter().map(|&node| channel.source(node)).collect();
        let (members, n_own) = arranged(members, None, n_rows);

        let input = rows(model, (&members, n_own), &|source| channel.input(channel.place(source.vertex)), &|source| {
            source.part(&[])
        });
        let scaled = scaled(model, (&members, n_own));
        let to_edge = gathered(model, Name::Edge(hyperedge), &scaled, &[edge_degree.factor]).with_degree(edge_degree);
        let edge_row = |edge: &Source| channel.edge(place_of(edge.vertex) as u32);
        let all_edges = rows(model, (&edges, n_own_edges), &edge_row, &|edge| edge.part(&[]));
        let degree = channel.degree(node_idx);
        let propagated = gathered(model, Name::Propagated(node), &all_edges, &[degree.factor]).with_degree(degree);
        let product = propagated.cells.clone();
        let mut steps = vec![
            Step { kind: StepKind::Members, rows: input },
            Step { kind: StepKind::MemberDegrees, rows: scaled },
            Step { kind: StepKind::ToEdge, rows: vec![to_edge] },
            Step { kind: StepKind::Edges, rows: all_edges },
            Step { kind: StepKind::ToNode, rows: vec![propagated] },
        ];
        if config.activation != Activation::Tanh {
            let theta = Origin::Product(product, Matrix::Theta { is_film }, Vec::new());
            let mut row = Row::new(model, Name::Layer(node), d, theta);
            if config.activation == Activation::Relu {
                row = Row::new(model, Name::Layer(node), d, Origin::Positive(vec![row.part(&[])]));
            }
            steps.push(Step { kind: StepKind::Layer, rows: vec![row] });
        }
        Some(Self { node, item_idx, hyperedge: Some(hyperedge), steps })
    }
}

/// One channel of a teacher, with the visitor in it where people are its nodes.
struct Channel<'a> {
    model: &'a Model<'a>,
    config: &'a TeacherConfig,
    deep: &'a DeepWeights,
    incidence: &'a Incidence,
    is_film: bool,
    /// What every node starts from.
    inputs: Vec<Vec<f32>>,
}

impl Channel<'_> {
    fn node(&self, node: u32) -> Vertex {
        match self.is_film {
            true => Vertex::Item(node),
            false if node as usize == self.config.n_users => Vertex::You,
            false => Vertex::Person(node),
        }
    }

    fn hyperedge(&self, edge: u32) -> Vertex {
        if self.is_film { Vertex::Person(edge) } else { Vertex::Item(edge) }
    }

    fn degree(&self, node: usize) -> Degree {
        let degree = self.incidence.node_degree(node) as f32;
        Degree { degree, factor: 1.0 / degree.sqrt() }
    }

    fn source(&self, node: u32) -> Source {
        let place = node as usize;
        Source { vertex: self.node(node), degree: self.degree(place), xs: self.inputs[place].clone() }
    }

    /// The place of a node.
    fn place(&self, vertex: Vertex) -> u32 {
        if vertex == Vertex::You { self.config.n_users as u32 } else { place_of(vertex) as u32 }
    }

    /// What a hyperedge gathers from its members.
    fn edge(&self, edge: u32) -> Row {
        let members = self.incidence.members_of(edge as usize);
        let factor = 1.0 / members.len() as f32;
        let mut parts = Vec::new();
        for &node in members {
            let source = self.source(node);
            parts.push(source.part(&[factor, source.degree.factor]));
        }
        Row::new(self.model, Name::Source(self.hyperedge(edge)), self.config.emb_dim, Origin::Sum(parts))
    }

    /// What a node starts from: learned, or gathered from what was learned of its films, beside what was learned of it.
    fn input(&self, node: u32) -> Row {
        let (d, name, place) = (self.config.emb_dim, Name::Source(self.node(node)), node as usize);
        let channel = if self.is_film { &self.deep.item_channel } else { &self.deep.user_channel };
        // The visitor has no row of its own.
        let row_of = |of: &[f32], place: usize| of.get(place * d..(place + 1) * d).map(<[f32]>::to_vec);
        let (own, text) = (row_of(&channel.input, place), row_of(&channel.text_emb, place));
        let is_gathered = self.config.gathered_input && !self.is_film;
        if let (Some(own), None, false) = (&own, &text, is_gathered) {
            return Row::learned(name, own);
        }
        let node_factor = self.degree(place).factor;
        let factor = if is_gathered { vec![node_factor] } else { Vec::new() };
        let mut parts = Vec::new();
        if is_gathered {
            for &item in self.incidence.hyperedges_of(place) {
                let item_factor = 1.0 / (self.incidence.hyperedge_degree(item as usize) as f32).sqrt();
                if let Some(row) = row_of(&self.deep.gathered, item as usize) {
                    let factors = [node_factor, item_factor];
                    parts.push(Part::new(TermName::Source(Vertex::Item(item)), &factors, &row));
                }
            }
        }
        parts.extend(own.map(|own| Part::new(TermName::Row(Name::Own), &factor, &own)));
        parts.extend(text.map(|text| Part::new(TermName::Row(Name::Text), &[], &text)));
        Row::new(self.model, name, d, Origin::Sum(parts))
    }
}

/// The index of a film or a person.
fn place_of(vertex: Vertex) -> usize {
    match vertex {
        Vertex::You => 0,
        Vertex::Person(place) | Vertex::Item(place) => place as usize,
    }
}

/// The hypergraph of the user channel with the visitor as its last node.
fn with_visitor(incidence: &Incidence, visitor: &PreparedRequest) -> Incidence {
    let mut incidence = incidence.clone();
    let node = incidence.push_node();
    for membership in visitor.memberships.iter().filter(|membership| membership.weight > 0.0) {
        // A prepared request names films of the catalogue only.
        let _ = incidence.insert(node, membership.item_idx);
    }
    incidence
}
