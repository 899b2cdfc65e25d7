//! What the explorer writes out is what the student computes: every number of a trace is the CPU twin's, every written-out
//! sum adds up in the printed digits, and the paths to a score add up to the score. On the shipped model, for random shelves.

use std::path::Path;
use std::sync::LazyLock;

use crate::common::{Seeded, Sizes, bundle};
use proptest::prelude::*;
use sharp_distill::bundle::{Bundle, ExplorerBundle};
use sharp_distill::explorer::Vertex;
use sharp_distill::explorer::digits::Printed;
use sharp_distill::explorer::paths::{Channel, PathLimits, Paths, Source, paths};
use sharp_distill::explorer::propagation::{
    Arithmetic, Model, N_PLACES, Name, Question, StepKind, TeacherModel, Trace,
};
use sharp_distill::student::{Head, PreparedRequest, Request, Student, StudentConfig, Workspace};

use sharp_distill::teacher::{Activation, ChannelWeights, DeepWeights, TeacherConfig, TeacherWeights, cpu};

struct World {
    bundle: Bundle,
    student: Student,
}

impl World {
    fn new(bundle: Bundle) -> Self {
        let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
        Self { bundle, student }
    }
}

static SHIPPED: LazyLock<World> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/model.safetensors");
    World::new(Bundle::read(&std::fs::read(path).unwrap()).unwrap())
});

/// The shipped model, made to count dislikes.
static WEIGHING: LazyLock<World> = LazyLock::new(|| {
    let bundle = SHIPPED.bundle.clone();
    let config = StudentConfig { dislike_weight: 0.35, ..bundle.config.clone() };
    World::new(Bundle { config, ..bundle })
});

/// Models with every head, small enough to have isolated nodes.
fn small(seed: u64, head: Head) -> World {
    World::new(bundle(seed, Sizes { n_users: 7, n_items: 12, emb_dim: 6, hidden_dim: 5, head }))
}

/// A shelf of `n_liked` and `n_disliked` films.
fn request(seed: u64, n_items: usize, n_liked: usize, n_disliked: usize, novelty: f32) -> Request {
    let mut seeded = Seeded(seed);
    let mut films: Vec<u32> = (0..n_items as u32).collect();
    let mut take = |n: usize| -> Vec<u32> {
        (0..n.min(films.len())).map(|_| films.swap_remove(seeded.below(films.len()))).collect()
    };
    Request { liked: take(n_liked), disliked: take(n_disliked), k: 1, novelty, ..Request::default() }
}

fn prepared(world: &World, request: &Request) -> PreparedRequest {
    let mut prepared = PreparedRequest::default();
    prepared.refill(&world.bundle.config, request).unwrap();
    prepared
}

/// A printed number in units of its `n_places`-th place.
fn units(text: &str, n_places: u8) -> i128 {
    let (whole, part) = text.split_once('.').unwrap();
    assert!(part.len() <= usize::from(n_places), "{text}");
    format!("{whole}{part:0<width$}", width = usize::from(n_places)).parse().unwrap()
}

/// Whether what is printed adds up to what is printed, by whole numbers only.
fn assert_adds_up(sum: &Printed) {
    let all: i128 = sum.terms.iter().chain(&sum.remainder).map(|term| units(term, sum.n_places)).sum();
    let total = units(&sum.total, sum.n_places);
    let half = 10i128.pow(u32::from(sum.n_places - N_PLACES)) / 2;
    let allowed = if sum.remainder.is_some() { 0 } else { half };
    assert!((all - total).abs() <= allowed, "{sum:?}");
}

fn is_close(a: f32, b: f32, tolerance: f32) -> bool {
    (a - b).abs() <= tolerance + tolerance * b.abs()
}

/// Sums in another order: equal but for the rounding of `f32`.
fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    for (place, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 2e-6 + 4e-6 * scale, "{what}, {place}: {a}, not {b}");
    }
}

/// Checks every number of a trace, and the arithmetic of every number.
fn check_trace(world: &World, request: &Request, node: Vertex, item_idx: u32, n_rows: usize) {
    let World { bundle, student } = world;
    let visitor = prepared(world, request);
    let model = Model { student, weights: &bundle.weights, visitor: &visitor, teacher: None };
    let trace = Trace::of_student(&model, Question { node, item_idx, n_rows }).unwrap();
    let d = bundle.config.emb_dim;
    let step = |kind: StepKind| trace.steps.iter().find(|step| step.kind == kind);

    let mut workspace = Workspace::default();
    let logits = student.logits(request, &mut workspace).unwrap().to_vec();
    let z_v = workspace.user_emb().to_vec();
    let emb = match node {
        Vertex::You => z_v.clone(),
        Vertex::Person(user_idx) => student.user_emb(user_idx as usize).to_vec(),
        Vertex::Item(item_idx) => student.item_emb()[item_idx as usize * d..][..d].to_vec(),
    };
    assert_close(&step(StepKind::Normalise).unwrap().rows[0].cells, &emb, "z");
    let logit = match node {
        Vertex::You => logits[item_idx as usize],
        Vertex::Item(item_idx) => logits[item_idx as usize],
        Vertex::Person(_) => student.logits_of(&emb)[item_idx as usize],
    };
    let score = step(StepKind::Score).unwrap();
    assert_eq!(score.rows.last().unwrap().cells, [logit], "the logit, to the last bit");
    if request.novelty > 0.0 && !matches!(node, Vertex::Person(_)) {
        let prepared = PreparedRequest { novelty: request.novelty, ..visitor.clone() };
        let expected = student.scores_at(&prepared, &[trace.item_idx])[0];
        assert_close(&step(StepKind::Novelty).unwrap().rows[0].cells, &[expected], "the score");
    }
    let transformed = step(StepKind::Transform).unwrap();
    for row in &transformed.rows {
        let own = match row.name {
            Name::Source(Vertex::Item(item_idx)) => bundle.config.n_users + item_idx as usize,
            Name::Source(Vertex::Person(user_idx)) => user_idx as usize,
            _ => continue,
        };
        assert_close(&row.cells, &student.xw()[own * d..][..d], "XW");
    }
    // The rows of a step add up to the row of the next.
    let (scaled, sum) = (step(StepKind::Scale).unwrap(), step(StepKind::Gather).unwrap());
    assert!(scaled.rows.len() <= n_rows);
    for column in 0..d {
        let of_rows: f32 = scaled.rows.iter().map(|row| row.cells[column]).sum();
        assert!(is_close(of_rows, sum.rows[0].cells[column], 1e-4));
    }

    check_arithmetic(&trace, &model);
}

/// Checks the arithmetic of every number.
fn check_arithmetic(trace: &Trace, model: &Model<'_>) {
    for (step_idx, step) in trace.steps.iter().enumerate() {
        for (row_idx, row) in step.rows.iter().enumerate() {
            assert!(!row.cells.is_empty());
            for (column, &cell) in row.cells.iter().enumerate() {
                let arithmetic = trace.arithmetic(model, step_idx, row_idx, column).unwrap();
                let printed = arithmetic.printed(cell);
                assert_adds_up(&printed);
                match &arithmetic {
                    Arithmetic::Learned => assert_eq!(units(&printed.total, 9), units(&format!("{cell:.4}"), 9)),
                    Arithmetic::Sum { terms, is_clipped } => {
                        let exact: f64 = terms.iter().map(|term| term.value()).sum();
                        let shown = if *is_clipped { exact.max(0.0) } else { exact };
                        assert!(
                            is_close(shown as f32, cell, 2e-5),
                            "{:?}, {:?}, column {column}: {shown}, not {cell}",
                            step.kind,
                            row.name
                        );
                        assert!(!is_clipped || exact <= 1e-6);
                        // Rounding may be said only where there is some.
                        if let Some(remainder) = &printed.remainder {
                            assert!(remainder.parse::<f64>().unwrap().abs() < 1.01e-4, "{printed:?}");
                        }
                    }
                }
            }
            assert!(trace.arithmetic(model, step_idx, row_idx, row.cells.len()).is_none());
        }
        assert!(trace.arithmetic(model, step_idx, step.rows.len(), 0).is_none());
    }
    assert!(trace.arithmetic(model, trace.steps.len(), 0, 0).is_none());
}

/// Checks a way through a teacher's layer against the twin's functions over the whole hypergraph.
fn check_teacher(world: &World, teacher: TeacherModel<'_>, request: &Request, node: Vertex, n_rows: usize) {
    let visitor = prepared(world, request);
    let World { bundle, student } = world;
    let model = Model { student, weights: &bundle.weights, visitor: &visitor, teacher: Some(teacher) };
    let trace = Trace::of_teacher(&model, Question { node, item_idx: 0, n_rows });
    let TeacherModel { config, weights, incidence } = teacher;
    let (deep, d) = (weights.deep.as_ref().unwrap(), config.emb_dim);
    let mut users = incidence.clone();
    let you = users.push_node();
    request.liked.iter().for_each(|&item_idx| assert!(users.insert(you, item_idx).unwrap()));
    let (channel, channel_incidence, node_idx) = match node {
        Vertex::You => (&deep.user_channel, users, you as usize),
        Vertex::Person(user_idx) => (&deep.user_channel, users, user_idx as usize),
        Vertex::Item(item_idx) => (&deep.item_channel, users.transposed(), item_idx as usize),
    };
    // The visitor is no hyperedge of the item channel.
    let channel_incidence = if node.is_item() { incidence.transposed() } else { channel_incidence };
    let Some(trace) = trace else {
        assert_eq!(channel_incidence.node_degree(node_idx), 0, "{node:?} is in a hyperedge");
        return;
    };
    let node_degree = channel_incidence.inv_sqrt_node_degree();
    let mut xs = channel.input.clone();
    xs.resize(channel_incidence.n_nodes() * d, 0.0);
    if config.gathered_input && !node.is_item() {
        let rows = channel_incidence.by_node();
        let items = channel_incidence.transposed().inv_sqrt_node_degree();
        cpu::gather_input(rows.offsets(), rows.indices(), &items, &deep.gathered, &[], &mut xs);
    }
    xs.iter_mut().zip(&channel.text_emb).for_each(|(x, text)| *x += text);
    let mut edges = vec![0.0; channel_incidence.n_hyperedges() * d];
    let mut propagated = vec![0.0; xs.len()];
    let (by_edge, by_node) = (channel_incidence.by_hyperedge(), channel_incidence.by_node());
    cpu::node_to_edge(by_edge.offsets(), by_edge.indices(), &node_degree, &xs, &mut edges);
    cpu::edge_to_node(by_node.offsets(), by_node.indices(), &node_degree, &edges, &mut propagated);
    let step = |kind: StepKind| trace.steps.iter().find(|step| step.kind == kind).unwrap();
    assert_close(&step(StepKind::ToNode).rows[0].cells, &propagated[node_idx * d..][..d], "propagated");
    let Some(Vertex::Person(followed) | Vertex::Item(followed)) = trace.hyperedge else { panic!("no hyperedge") };
    assert_close(&step(StepKind::ToEdge).rows[0].cells, &edges[followed as usize * d..][..d], "a hyperedge");
    assert!(channel_incidence.contains(node_idx as u32, followed));
    check_arithmetic(&trace, &model);
}

/// Checks that the paths to a score add up, and that every one is the product of its hops.
fn check_paths(world: &World, request: &Request, item_idx: u32, limits: PathLimits) -> Paths {
    let World { bundle, student } = world;
    let visitor = prepared(world, request);
    let found = paths(student, &bundle.incidence, &visitor, item_idx, limits).unwrap();
    let score = student.scores_at(&visitor, &[item_idx])[0];
    assert_eq!(found.score(), score, "the score by which the film is ranked, to the last bit");
    let (n_sources, n_channels) = (found.sources.len(), found.channels.len());
    assert_eq!(found.parts.len(), n_sources * n_channels);
    let by_source: f64 = (0..n_sources).map(|source| found.of_source(source)).sum();
    let by_channel: f64 = (0..n_channels).map(|channel| found.of_channel(channel)).sum();
    for sum in [by_source, by_channel] {
        assert!((sum - f64::from(found.logit)).abs() <= 1e-4, "{sum}, not {}: {found:?}", found.logit);
    }
    assert!(found.sources.len() <= limits.films + 1);
    for (source_idx, &source) in found.sources.iter().enumerate() {
        for (channel_idx, &channel) in found.channels.iter().enumerate() {
            let place = source_idx * n_channels + channel_idx;
            let (part, hop) = (found.parts[place], found.hops[place]);
            let Source::Film { item_idx: liked, weight } = source else { continue };
            match channel {
                Channel::Person { user_idx, weight: out, .. } => {
                    assert!((weight * hop * out - part).abs() < 1e-6 + 1e-5 * part.abs());
                    assert_eq!(found.is_shared[place], bundle.incidence.contains(user_idx, liked));
                    assert!(
                        bundle.incidence.contains(user_idx, item_idx),
                        "a path through somebody who likes the film"
                    );
                }
                Channel::SelfLoop { weight: out } => {
                    assert!((weight * hop * out - part).abs() < 1e-6 + 1e-5 * part.abs());
                }
                Channel::Others { .. } | Channel::Hidden { .. } => assert_eq!(hop, 0.0),
            }
        }
    }
    let n_people: usize = found
        .channels
        .iter()
        .map(|channel| match channel {
            Channel::Person { .. } => 1,
            Channel::Others { n_people, .. } => *n_people,
            _ => 0,
        })
        .sum();
    let n_members = bundle.incidence.hyperedge_degree(item_idx as usize);
    assert_eq!(n_people, if bundle.config.head.has_dot() { n_members } else { 0 });
    found
}

static EXPLORER: LazyLock<ExplorerBundle> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/explorer.safetensors");
    ExplorerBundle::read(&std::fs::read(path).unwrap(), &SHIPPED.bundle).unwrap()
});

/// A teacher of random numbers, with every setting of the layer that there is.
fn small_teacher(seed: u64, world: &World, activation: Activation) -> (TeacherConfig, TeacherWeights) {
    let StudentConfig { n_users, n_items, emb_dim, .. } = world.bundle.config;
    let mut seeded = Seeded(seed);
    let (gathered_input, reads_text) = (seed.is_multiple_of(2), seed.is_multiple_of(3));
    let config = TeacherConfig {
        n_users,
        n_items,
        emb_dim,
        n_layers: 1,
        activation,
        gathered_input,
        reads_text,
        deep_weight: 1.0,
        ..TeacherConfig::default()
    };
    let mut channel = |n: usize| ChannelWeights {
        input: seeded.vector(n * emb_dim),
        text_emb: if reads_text { seeded.vector(n * emb_dim) } else { Vec::new() },
        thetas: seeded.vector(emb_dim * emb_dim),
        ..ChannelWeights::default()
    };
    let (user_channel, item_channel) = (channel(n_users), channel(n_items));
    let gathered = if gathered_input { seeded.vector(n_items * emb_dim) } else { Vec::new() };
    let deep = DeepWeights { user_channel, item_channel, gathered, ..DeepWeights::default() };
    (config, TeacherWeights { deep: Some(deep), linear: None })
}

const LIMITS: PathLimits = PathLimits { films: 6, people: 6 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_number_of_a_trace_is_the_twins_and_its_arithmetic_adds_up(
        seed in any::<u64>(),
        n_liked in 0usize..30,
        (item_idx, user_idx) in (0u32..2398, 0u32..663),
        which in 0..4,
    ) {
        let novelty = if seed % 2 == 0 { 0.0 } else { 1.25 };
        let request = request(seed, SHIPPED.bundle.config.n_items, n_liked, n_liked / 4, novelty);
        let node = match which {
            0 => Vertex::Person(user_idx),
            1 => Vertex::Item(item_idx),
            _ => Vertex::You,
        };
        check_trace(if which == 3 { &WEIGHING } else { &SHIPPED }, &request, node, item_idx, 6);
    }

    #[test]
    fn traces_and_paths_of_other_heads_add_up(seed in any::<u64>(), head in 0usize..3, n_liked in 0usize..9) {
        let world = small(seed, [Head::Mlp, Head::Dot, Head::Hybrid][head]);
        let request = request(seed, 12, n_liked, 2, 0.5);
        for node in [Vertex::You, Vertex::Person(0), Vertex::Person(3), Vertex::Item(0), Vertex::Item(5)] {
            check_trace(&world, &request, node, (seed % 12) as u32, 4);
        }
        for item_idx in 0..12 {
            check_paths(&world, &request, item_idx, PathLimits { films: 3, people: 2 });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_teachers_propagate_is_the_twins_and_adds_up(
        seed in any::<u64>(),
        n_liked in 0usize..20,
        (item_idx, user_idx) in (0u32..2398, 0u32..663),
        which in 0usize..3,
    ) {
        let (config, weights) = EXPLORER.teacher.as_ref().unwrap();
        let teacher = TeacherModel { config, weights, incidence: &SHIPPED.bundle.incidence };
        let request = request(seed, SHIPPED.bundle.config.n_items, n_liked, 2, 0.0);
        let node = [Vertex::You, Vertex::Person(user_idx), Vertex::Item(item_idx)][which];
        check_teacher(&SHIPPED, teacher, &request, node, 6);
    }

    #[test]
    fn so_is_that_of_other_teachers(seed in any::<u64>(), which in 0usize..3, n_liked in 0usize..6) {
        let world = small(seed, Head::Hybrid);
        let activation = [Activation::Identity, Activation::Relu, Activation::Tanh][which];
        let (config, weights) = small_teacher(seed, &world, activation);
        let teacher = TeacherModel { config: &config, weights: &weights, incidence: &world.bundle.incidence };
        let request = request(seed, 12, n_liked, 0, 0.0);
        for node in [Vertex::You, Vertex::Person(0), Vertex::Person(4), Vertex::Item(0), Vertex::Item(3)] {
            check_teacher(&world, teacher, &request, node, 3);
        }
    }
}

proptest! {
    #[test]
    fn the_paths_to_a_score_add_up_to_it(
        seed in any::<u64>(),
        n_liked in 0usize..40,
        n_disliked in 0usize..6,
        item_idx in 0u32..2398,
        novelty in prop_oneof![Just(0.0f32), 0.1f32..4.0],
    ) {
        let request = request(seed, SHIPPED.bundle.config.n_items, n_liked, n_disliked, novelty);
        for world in [&*SHIPPED, &*WEIGHING] {
            check_paths(world, &request, item_idx, LIMITS);
        }
    }
}

#[test]
fn the_best_recommendation_hangs_on_people_who_like_both() {
    let request = request(4, SHIPPED.bundle.config.n_items, 8, 0, 0.0);
    let mut workspace = Workspace::default();
    let best = SHIPPED.student.recommend(&request, &mut workspace).unwrap()[0].item_idx;
    let found = check_paths(&SHIPPED, &request, best, LIMITS);
    let shared = |channel: &&Channel| matches!(channel, Channel::Person { n_shared, .. } if *n_shared > 0);
    assert!(found.channels.iter().filter(shared).count() >= 3, "{:?}", found.channels);
}

#[test]
fn what_does_not_exist_has_no_trace_and_no_paths() {
    let visitor = prepared(&SHIPPED, &Request { k: 1, ..Request::default() });
    let World { bundle, student } = &*SHIPPED;
    let model = Model { student, weights: &bundle.weights, visitor: &visitor, teacher: None };
    for (node, item_idx) in [(Vertex::You, 2398), (Vertex::Person(663), 0), (Vertex::Item(2398), 0)] {
        assert!(Trace::of_student(&model, Question { node, item_idx, n_rows: 6 }).is_none());
    }
    assert!(paths(student, &bundle.incidence, &visitor, 2398, LIMITS).is_none());
}
