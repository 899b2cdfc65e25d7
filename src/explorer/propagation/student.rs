//! One node's way through the student.

use super::{
    Degree, Matrix, Model, Name, Origin, Part, Question, Row, Source, Step, StepKind, TermName, Trace, arranged,
    gathered, rows, scaled,
};
use crate::explorer::ego::Vertex;
use crate::student::cpu;

impl Trace {
    /// Follows a node through the student; `None` where there is no such node or film.
    pub fn of_student(model: &Model<'_>, question: Question) -> Option<Self> {
        let Question { node, n_rows, .. } = question;
        let item_idx = if let Vertex::Item(item_idx) = node { item_idx } else { question.item_idx };
        if item_idx as usize >= model.student.config().n_items {
            return None;
        }
        let d = model.student.config().emb_dim;
        let (sources, degree) = neighbourhood(model, node)?;
        let (sources, n_own) = arranged(sources, Some(node), n_rows);
        let features = |source: &Source| {
            let node_idx = node_idx(model, source.vertex);
            &model.weights.features[node_idx * d..][..d]
        };
        let row = |source: &Source| Row::learned(source.name(), features(source));
        let part = |source: &Source| Part::new(TermName::Source(source.vertex), &[], features(source));
        let learned = rows(model, (&sources, n_own), &row, &part);
        let mut transformed = Vec::new();
        for row in &learned {
            let origin = Origin::Product(row.cells.clone(), Matrix::Weight, Vec::new());
            transformed.push(Row::new(model, row.name, d, origin));
        }
        let scaled = scaled(model, (&sources, n_own));
        let sum = gathered(model, Name::Sum, &scaled, &[]);
        let emb = gathered(model, Name::Emb(node), std::slice::from_ref(&sum), &[degree.factor]).with_degree(degree);
        let emb_cells = emb.cells.clone();
        let mut steps = vec![
            Step { kind: StepKind::Features, rows: learned },
            Step { kind: StepKind::Transform, rows: transformed },
            Step { kind: StepKind::Scale, rows: scaled },
            Step { kind: StepKind::Gather, rows: vec![sum] },
            Step { kind: StepKind::Normalise, rows: vec![emb] },
        ];
        score(model, node, item_idx, emb_cells, &mut steps);
        Some(Self { node, item_idx, hyperedge: None, steps })
    }
}

/// The steps after `z`: the node's half of the head, the hidden units, the logit, and what novelty takes off.
fn score(model: &Model<'_>, node: Vertex, item_idx: u32, emb: Vec<f32>, steps: &mut Vec<Step>) {
    let Model { student, visitor, .. } = *model;
    let (config, head) = (student.config(), student.head());
    let (d, hidden_dim, place) = (config.emb_dim, config.hidden_dim, item_idx as usize);
    let item_emb = student.item_emb()[place * d..][..d].to_vec();
    let user_emb = if node.is_item() { visitor_emb(model) } else { emb };
    let mut rows = Vec::new();
    let mut total = |products: Row, name: Name| {
        let total = Row::new(model, name, 1, Origin::Total(products.cells.clone()));
        rows.extend([products, total]);
    };
    if config.head.has_mlp() {
        let half = |name: Name, emb: &[f32], matrix: Matrix, rest: Vec<Part>| {
            Row::new(model, name, hidden_dim, Origin::Product(emb.to_vec(), matrix, rest))
        };
        let bias = Part::new(TermName::Row(Name::Bias), &[], &head.hidden_bias);
        let user = half(Name::UserHalf, &user_emb, Matrix::User, Vec::new());
        let item = half(Name::ItemHalf, &item_emb, Matrix::Item, vec![bias]);
        let own = if node.is_item() { item.clone() } else { user.clone() };
        let both = Origin::Positive(vec![user.part(&[]), item.part(&[])]);
        let units = Row::new(model, Name::Units, hidden_dim, both);
        let mut weighted = units.part(&[]);
        weighted.rows.insert(0, head.output_weight.clone());
        total(Row::new(model, Name::Weighted, hidden_dim, Origin::Sum(vec![weighted])), Name::WeightedSum);
        steps.push(Step { kind: StepKind::Half, rows: vec![own] });
        steps.push(Step { kind: StepKind::Hidden, rows: vec![user, item, units] });
    }
    if config.head.has_dot() {
        let products =
            Part { name: TermName::Row(Name::Products), factors: Vec::new(), rows: vec![user_emb.clone(), item_emb] };
        total(Row::new(model, Name::Products, d, Origin::Sum(vec![products])), Name::ProductsSum);
    }
    rows.push(Row::learned(Name::Bias, &[head.output_bias]));
    let parts = rows.iter().filter(|row| row.cells.len() == 1).map(|row| row.part(&[])).collect();
    // The very number of the list, whose sum has rounded in another order.
    let exact = if node == Vertex::You || node.is_item() { visitor_emb(model) } else { user_emb };
    let logit =
        Row { cells: vec![student.logit_of(&exact, item_idx)], ..Row::new(model, Name::Logit, 0, Origin::Sum(parts)) };
    let before = logit.part(&[]);
    rows.push(logit);
    steps.push(Step { kind: StepKind::Score, rows });
    if visitor.novelty > 0.0 && !matches!(node, Vertex::Person(_)) {
        let known = Part::new(TermName::Row(Name::Novel), &[-visitor.novelty], &[student.popularity()[place]]);
        let novel = Row::new(model, Name::Novel, 1, Origin::Sum(vec![before, known]));
        steps.push(Step { kind: StepKind::Novelty, rows: vec![novel] });
    }
}

/// `z_v`, as the CPU twin has it.
fn visitor_emb(model: &Model<'_>) -> Vec<f32> {
    let Model { student, visitor, .. } = *model;
    let mut emb = vec![0.0; student.config().emb_dim];
    let (memberships, factor) = (&visitor.memberships, visitor.visitor_inv_sqrt_degree);
    cpu::fold_in(memberships, student.graph().item_inv_sqrt_degree(), student.item_xw(), factor, &mut emb);
    emb
}

/// Its place in the bipartite graph.
fn node_idx(model: &Model<'_>, vertex: Vertex) -> usize {
    match vertex {
        Vertex::You => 0,
        Vertex::Person(user_idx) => user_idx as usize,
        Vertex::Item(item_idx) => model.student.config().n_users + item_idx as usize,
    }
}

/// What a node gathers from, its self-loop included where it has features, and its own degree.
fn neighbourhood(model: &Model<'_>, node: Vertex) -> Option<(Vec<Source>, Degree)> {
    let Model { student, visitor, .. } = *model;
    let (config, graph) = (student.config(), student.graph());
    let source = |vertex: Vertex, weight: f32| {
        let (node_idx, d) = (node_idx(model, vertex), config.emb_dim);
        let degree = (graph.offsets()[node_idx + 1] - graph.offsets()[node_idx] + 1) as f32;
        let factor = weight * graph.inv_sqrt_degree()[node_idx];
        Source { vertex, degree: Degree { degree, factor }, xs: student.xw()[node_idx * d..][..d].to_vec() }
    };
    let mut sources = Vec::new();
    if node == Vertex::You {
        let mut degree = 1.0;
        for membership in &visitor.memberships {
            sources.push(source(Vertex::Item(membership.item_idx), membership.weight));
            degree += membership.weight.abs();
        }
        return Some((sources, Degree { degree, factor: visitor.visitor_inv_sqrt_degree }));
    }
    let is_there = match node {
        Vertex::Person(user_idx) => (user_idx as usize) < config.n_users,
        _ => node_idx(model, node) < config.n_nodes(),
    };
    if !is_there {
        return None;
    }
    let own = source(node, 1.0);
    let degree = own.degree;
    sources.push(own);
    let place = node_idx(model, node);
    for &neighbor in &graph.neighbors()[graph.offsets()[place] as usize..graph.offsets()[place + 1] as usize] {
        let vertex = match neighbor.checked_sub(config.n_users as u32) {
            Some(item_idx) => Vertex::Item(item_idx),
            None => Vertex::Person(neighbor),
        };
        sources.push(source(vertex, 1.0));
    }
    Some((sources, degree))
}
