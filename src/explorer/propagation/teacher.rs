//! One node's way through the first layer of a teacher's deep channel (eq. 3): `node_to_edge`, `edge_to_node`, Theta. A film
//! is a node of the item channel, whose hyperedges are people; the visitor and people are nodes of the user channel, whose
//! hyperedges are films. The visitor is one more node, so that the degrees of the liked films grow by one.

use super::{Arithmetic, Degree, Name, Question, Row, Step, StepKind, Term, TermName, product};
use crate::explorer::ego::Vertex;
use crate::hypergraph::Incidence;
use crate::ranking::sorted_indices;
use crate::student::PreparedRequest;
use crate::teacher::{Activation, TeacherConfig, TeacherWeights, cpu};

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

/// What the arithmetic of a teacher's trace is written out from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Way {
    /// The hyperedge whose members are followed.
    pub(super) hyperedge: Vertex,
    /// Whether films are the nodes.
    is_film: bool,
    n_users: usize,
    /// Of the channel: what is gathered from what.
    incidence: Incidence,
    /// What every node starts from, `[n_nodes, emb_dim]`.
    xs: Vec<f32>,
    /// `D_v^-1/2` and `D_e^-1`.
    node_factor: Vec<f32>,
    edge_factor: Vec<f32>,
    /// Members of the hyperedge: those with rows of their own, then the others.
    members: Vec<u32>,
    n_own: usize,
    /// The node's hyperedges, likewise, and what each has gathered, `[n_hyperedges, emb_dim]`.
    edges: Vec<u32>,
    n_own_edges: usize,
    edge_xs: Vec<f32>,
}

/// A hyperedge with fewer members than this shows little.
const ENOUGH: usize = 3;

impl Way {
    pub(super) fn new(
        teacher: &TeacherModel<'_>,
        visitor: &PreparedRequest,
        question: Question,
    ) -> Option<(Self, Vec<Step>)> {
        let TeacherModel { config, weights, incidence } = *teacher;
        let deep = weights.deep.as_ref()?;
        let Question { node, n_rows, .. } = question;
        let (d, is_film) = (config.emb_dim, node.is_item());
        let (channel, incidence) = if is_film {
            (&deep.item_channel, incidence.transposed())
        } else {
            (&deep.user_channel, with_visitor(incidence, visitor))
        };
        let node_idx = match node {
            Vertex::You => config.n_users,
            Vertex::Person(user_idx) => Some(user_idx as usize).filter(|user_idx| *user_idx < config.n_users)?,
            Vertex::Item(item_idx) => Some(item_idx as usize).filter(|item_idx| *item_idx < config.n_items)?,
        };
        let n_nodes = incidence.n_nodes();
        let node_factor = incidence.inv_sqrt_node_degree();
        let edge_factor = incidence.inv_hyperedge_degree();
        let mut xs = channel.input.clone();
        xs.resize(n_nodes * d, 0.0);
        if config.gathered_input && !is_film {
            let item_factor = incidence.transposed().inv_sqrt_node_degree();
            let by_node = incidence.by_node();
            let (offsets, items) = (by_node.offsets(), by_node.indices());
            cpu::gather_input(offsets, items, &item_factor, &deep.gathered, &[], &mut xs);
        }
        // No text of the visitor.
        xs.iter_mut().zip(&channel.text_emb).for_each(|(x, text)| *x += text);

        // The twin's functions, for the node and its hyperedges alone.
        let (by_node, by_edge) = (incidence.by_node(), incidence.by_hyperedge());
        let mut edge_xs = vec![0.0; incidence.n_hyperedges() * d];
        for &edge in incidence.hyperedges_of(node_idx) {
            let edge = edge as usize;
            let offsets = &by_edge.offsets()[edge..edge + 2];
            cpu::node_to_edge(offsets, by_edge.indices(), &node_factor, &xs, &mut edge_xs[edge * d..][..d]);
        }
        let mut propagated = vec![0.0; d];
        let (offsets, factor) = (&by_node.offsets()[node_idx..node_idx + 2], &node_factor[node_idx..=node_idx]);
        cpu::edge_to_node(offsets, by_node.indices(), factor, &edge_xs, &mut propagated);
        let (mut layer, mut sum) = (vec![0.0; d], vec![0.0; d]);
        let theta = channel.thetas.get(..d * d)?;
        cpu::layer_transform(&propagated, theta, config.activation, 0.0, d, &mut layer, &mut sum);

        let size = |xs: &[f32], factor: f32| xs.iter().map(|x| x * factor).map(|x| x * x).sum::<f32>();
        let edges = by_size(incidence.hyperedges_of(node_idx), &|edge| size(&edge_xs[edge * d..][..d], 1.0));
        let is_enough = |edge: &&u32| incidence.hyperedge_degree(**edge as usize) >= ENOUGH;
        let &followed = edges.iter().find(is_enough).or(edges.first())?;
        let members =
            by_size(incidence.members_of(followed as usize), &|node| size(&xs[node * d..][..d], node_factor[node]));
        let n_own = |n: usize| if n > n_rows { n_rows.saturating_sub(1) } else { n };
        let way = Self {
            hyperedge: hyperedge(is_film, followed),
            is_film,
            n_users: config.n_users,
            n_own: n_own(members.len()),
            n_own_edges: n_own(edges.len()),
            incidence,
            xs,
            node_factor,
            edge_factor,
            members,
            edges,
            edge_xs,
        };
        let mut steps = way.steps(node, node_idx, followed as usize, [propagated, layer]);
        // What tanh makes of a sum is not written out as one.
        steps.retain(|step| step.kind != StepKind::Layer || config.activation != Activation::Tanh);
        Some((way, steps))
    }

    fn steps(&self, node: Vertex, node_idx: usize, followed: usize, [propagated, layer]: [Vec<f32>; 2]) -> Vec<Step> {
        let d = propagated.len();
        let degree_of =
            |node: usize| Degree { degree: self.incidence.node_degree(node) as f32, factor: self.node_factor[node] };
        let members = |factor: &dyn Fn(usize) -> f32, degree: &dyn Fn(usize) -> Option<Degree>| {
            let cells = |of: &[u32]| summed(of, d, &|node| (factor(node), &self.xs[node * d..][..d]));
            rows(&self.members, self.n_own, &|node| self.node(node), &cells, degree)
        };
        let edges = |of: &[u32]| summed(of, d, &|edge| (1.0, &self.edge_xs[edge * d..][..d]));
        let edge_rows = rows(&self.edges, self.n_own_edges, &|edge| hyperedge(self.is_film, edge), &edges, &|_| None);
        let one = |name: Name, cells: Vec<f32>, degree: Option<Degree>| vec![Row { name, cells, degree }];
        let gathered = self.edge_xs[followed * d..][..d].to_vec();
        let edge_degree =
            Degree { degree: self.incidence.hyperedge_degree(followed) as f32, factor: self.edge_factor[followed] };
        let scaled = |node: usize| self.node_factor[node];
        vec![
            Step { kind: StepKind::Members, rows: members(&|_| 1.0, &|_| None) },
            Step { kind: StepKind::MemberDegrees, rows: members(&scaled, &|node| Some(degree_of(node))) },
            Step { kind: StepKind::ToEdge, rows: one(Name::Edge(self.hyperedge), gathered, Some(edge_degree)) },
            Step { kind: StepKind::Edges, rows: edge_rows },
            Step { kind: StepKind::ToNode, rows: one(Name::Propagated(node), propagated, Some(degree_of(node_idx))) },
            Step { kind: StepKind::Layer, rows: one(Name::Layer(node), layer, None) },
        ]
    }

    /// How the number in `column` of `row` of `step` came about; `None` where there is no such number.
    pub(super) fn arithmetic(
        &self,
        teacher: &TeacherModel<'_>,
        steps: &[Step],
        (step, row, column): (usize, usize, usize),
    ) -> Option<Arithmetic> {
        let d = teacher.config.emb_dim;
        let Step { kind, rows } = steps.get(step)?;
        let Row { name, cells, degree } = rows.get(row)?;
        let &cell = cells.get(column)?;
        let before = |place: usize| step.checked_sub(1).and_then(|step| steps.get(step)?.rows.get(place));
        let x = |node: u32| self.xs[node as usize * d + column];
        let factor = |node: u32| self.node_factor[node as usize];
        let of_members = |members: &[u32], factors: &dyn Fn(u32) -> Vec<f32>| -> Vec<Term> {
            members
                .iter()
                .map(|&node| Term { name: TermName::Source(self.node(node)), factors: factors(node) })
                .collect()
        };
        let of_rows = |factors: &[f32]| -> Vec<Term> {
            let of_row = |row: &Row| Term {
                name: TermName::Row(row.name),
                factors: factors.iter().copied().chain([row.cells[column]]).collect(),
            };
            steps[step - 1].rows.iter().map(of_row).collect()
        };
        let mut is_clipped = false;
        let terms = match (kind, name) {
            (StepKind::Members, Name::Others(_)) => of_members(&self.members[self.n_own..], &|node| vec![x(node)]),
            (StepKind::Members, _) => return Some(self.input(teacher, *self.members.get(row)?, column)),
            (StepKind::MemberDegrees, Name::Others(_)) => {
                of_members(&self.members[self.n_own..], &|node| vec![factor(node), x(node)])
            }
            (StepKind::MemberDegrees, _) => {
                let before = before(row)?;
                vec![Term::new(TermName::Row(before.name), &[degree.as_ref()?.factor, before.cells[column]])]
            }
            (StepKind::Edges, Name::Others(_)) => {
                let of = |&edge: &u32| Term {
                    name: TermName::Source(hyperedge(self.is_film, edge)),
                    factors: vec![self.edge_xs[edge as usize * d + column]],
                };
                self.edges[self.n_own_edges..].iter().map(of).collect()
            }
            (StepKind::Edges, _) => {
                let edge = *self.edges.get(row)? as usize;
                let edge_factor = self.edge_factor[edge];
                of_members(self.incidence.members_of(edge), &|node| vec![edge_factor, factor(node), x(node)])
            }
            (StepKind::ToEdge | StepKind::ToNode, _) => of_rows(&[degree.as_ref()?.factor]),
            (StepKind::Layer, _) => {
                let deep = teacher.weights.deep.as_ref()?;
                let channel = if self.is_film { &deep.item_channel } else { &deep.user_channel };
                is_clipped = teacher.config.activation == Activation::Relu && cell == 0.0;
                product(&before(0)?.cells, &|k| channel.thetas[k * d + column])
            }
            _ => return None,
        };
        Some(Arithmetic::Sum { terms, is_clipped })
    }

    /// How what a node starts from came about: learned, or gathered from what was learned of its films, and of it.
    fn input(&self, teacher: &TeacherModel<'_>, node: u32, column: usize) -> Arithmetic {
        let d = teacher.config.emb_dim;
        let Some(deep) = &teacher.weights.deep else { return Arithmetic::Learned };
        let channel = if self.is_film { &deep.item_channel } else { &deep.user_channel };
        let at = |of: &[f32]| of.get(node as usize * d + column).copied();
        let is_gathered = teacher.config.gathered_input && !self.is_film;
        let text = at(&channel.text_emb);
        if !is_gathered && text.is_none() {
            return Arithmetic::Learned;
        }
        let factor = is_gathered.then(|| self.node_factor[node as usize]);
        let term = |name: TermName, rest: &[f32]| Term {
            name,
            factors: factor.iter().copied().chain(rest.iter().copied()).collect(),
        };
        let mut terms = Vec::new();
        if is_gathered {
            for &item in self.incidence.hyperedges_of(node as usize) {
                let item_factor = (self.incidence.hyperedge_degree(item as usize) as f32).sqrt().recip();
                let gathered = deep.gathered[item as usize * d + column];
                terms.push(term(TermName::Source(Vertex::Item(item)), &[item_factor, gathered]));
            }
        }
        terms.extend(at(&channel.input).map(|own| term(TermName::Row(Name::Own), &[own])));
        terms.extend(text.map(|text| Term::new(TermName::Row(Name::Text), &[text])));
        Arithmetic::Sum { terms, is_clipped: false }
    }

    /// What a node of the channel is.
    fn node(&self, node: u32) -> Vertex {
        match self.is_film {
            true => Vertex::Item(node),
            false if node as usize == self.n_users => Vertex::You,
            false => Vertex::Person(node),
        }
    }
}

/// What a hyperedge of the channel is.
fn hyperedge(is_film: bool, edge: u32) -> Vertex {
    if is_film { Vertex::Person(edge) } else { Vertex::Item(edge) }
}

/// The hypergraph of the user channel with the visitor as its last node; films that do not exist are left out.
fn with_visitor(incidence: &Incidence, visitor: &PreparedRequest) -> Incidence {
    let mut incidence = incidence.clone();
    let node = incidence.push_node();
    for membership in visitor.memberships.iter().filter(|membership| membership.weight > 0.0) {
        // A prepared request names films of the catalogue only.
        let _ = incidence.insert(node, membership.item_idx);
    }
    incidence
}

/// The largest first.
fn by_size(of: &[u32], size: &dyn Fn(usize) -> f32) -> Vec<u32> {
    let sizes: Vec<f32> = of.iter().map(|&one| size(one as usize)).collect();
    let order = sorted_indices(of.len(), &|a, b| sizes[b].total_cmp(&sizes[a]));
    order.into_iter().map(|place| of[place as usize]).collect()
}

/// `sum of factor * xs`.
fn summed<'a>(of: &[u32], d: usize, term: &dyn Fn(usize) -> (f32, &'a [f32])) -> Vec<f32> {
    let mut sum = vec![0.0; d];
    for &one in of {
        let (factor, xs) = term(one as usize);
        sum.iter_mut().zip(xs).for_each(|(sum, x)| *sum += factor * x);
    }
    sum
}

/// A row for each of the first, and one for the others.
fn rows(
    all: &[u32],
    n_own: usize,
    vertex: &dyn Fn(u32) -> Vertex,
    cells: &dyn Fn(&[u32]) -> Vec<f32>,
    degree: &dyn Fn(usize) -> Option<Degree>,
) -> Vec<Row> {
    let (own, others) = all.split_at(n_own);
    let row = |one: &u32| Row {
        name: Name::Source(vertex(*one)),
        cells: cells(std::slice::from_ref(one)),
        degree: degree(*one as usize),
    };
    let mut rows: Vec<Row> = own.iter().map(row).collect();
    if !others.is_empty() {
        rows.push(Row { name: Name::Others(others.len()), cells: cells(others), degree: None });
    }
    rows
}
