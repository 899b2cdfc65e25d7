//! One node's way through the student.

use super::{Arithmetic, Degree, Model, Name, Question, Row, Step, StepKind, Term, TermName, product};
use crate::explorer::ego::Vertex;
use crate::ranking::sorted_indices;
use crate::student::cpu::{self, Membership};

/// What the arithmetic of a student's trace is written out from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Way {
    pub(super) node: Vertex,
    pub(super) item_idx: u32,
    /// Every source of the node as a node of the bipartite graph: those with rows of their own, then the others.
    sources: Vec<Membership>,
    n_own: usize,
}

/// What a node gathers from, in the order of the CPU twin, and its own degree.
struct Neighbourhood {
    sources: Vec<Membership>,
    degree: Degree,
}

impl Way {
    /// Follows a node; `None` where there is no such node or film.
    pub(super) fn new(model: &Model<'_>, question: Question) -> Option<(Self, Vec<Step>)> {
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
        Some((Self { node, item_idx, sources, n_own }, steps))
    }

    /// How the number in `column` of `row` of `step` came about; `None` where there is no such number.
    pub(super) fn arithmetic(
        &self,
        model: &Model<'_>,
        steps: &[Step],
        (step, row, column): (usize, usize, usize),
    ) -> Option<Arithmetic> {
        let Model { student, weights, visitor, .. } = *model;
        let config = student.config();
        let (d, n_users) = (config.emb_dim, config.n_users);
        let Step { kind, rows } = steps.get(step)?;
        let Row { name, cells, degree } = rows.get(row)?;
        let &cell = cells.get(column)?;
        let before = |place: usize| step.checked_sub(1).and_then(|step| steps.get(step)?.rows.get(place));
        let head = student.head();
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
                steps[step - 1].rows.iter().map(|row| row_term(row, &[row.cells[column]])).collect()
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
                let units = steps[step - 1].rows.last()?;
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
                let logit = before(steps[step - 1].rows.len() - 1)?;
                let popularity = student.popularity()[self.item_idx as usize];
                vec![
                    row_term(logit, &logit.cells),
                    Term::new(TermName::Row(Name::Novel), &[-visitor.novelty, popularity]),
                ]
            }
            _ => return None,
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
