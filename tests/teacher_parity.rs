//! Every stage of the teacher alone, then its whole forward: the shaders' numbers are the CPU twin's. Needs a Vulkan
//! adapter, as tests/stage_parity.rs does.

use crate::common::{Seeded, Sizes, bundle, teacher_weights, whole_teacher};
use crate::shader_runs::{Bench, Work, assert_close, bytes, gpu, numbers, padded, run_row, unpadded, unwritten};
use pollster::block_on;
use sharp_distill::bundle::{Bundle, ExplorerBundle};
use sharp_distill::gpu::{
    Asked, Gpu, GpuError, ShaderRow, TEACHER_SHADERS, TeacherDims, TeacherEngine, pack_channel, pack_scorer,
};
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::{Head, HeadWeights};
use sharp_distill::teacher::{Activation, ChannelWeights, Teacher, TeacherConfig, TeacherStage, cpu};

const SIZES: [usize; 5] = [1, 63, 64, 65, 1000];
/// Rows of one, of some and of many `vec4`s, whole and not.
const DIMS: [usize; 4] = [1, 5, 8, 64];

fn row(name: &str) -> ShaderRow<TeacherStage> {
    TEACHER_SHADERS.into_iter().find(|row| row.name == name).unwrap()
}

fn run(bench: &Bench, name: &'static str, contents: &[Vec<u8>], work: Work) -> Vec<u8> {
    run_row(bench, name, row(name), contents, work)
}

fn config(emb_dim: usize) -> TeacherConfig {
    TeacherConfig { emb_dim, ..TeacherConfig::default() }
}

fn dims(config: &TeacherConfig, n_rows: usize) -> Vec<u8> {
    bytes(&[TeacherDims::new(config, n_rows)])
}

/// Nodes with up to eight hyperedges; the first node and the first hyperedge are isolated where there are more.
fn incidence(n_nodes: usize, n_hyperedges: usize) -> Incidence {
    let memberships = (1..n_nodes).flat_map(|node| {
        let n_of = if n_hyperedges > 1 { 1 + node % 8 } else { 0 };
        (0..n_of).map(move |at| (node as u32, (1 + (node * 31 + at * 17) % (n_hyperedges - 1)) as u32))
    });
    Incidence::from_memberships(n_nodes, n_hyperedges, memberships).unwrap()
}

#[test]
fn gather_input() {
    let (bench, mut seeded) = (gpu(), Seeded(1));
    for d in DIMS {
        for n in SIZES {
            let incidence = incidence(n, 40);
            let degrees = incidence.transposed().inv_sqrt_node_degree();
            let (gathered, input, text) = (seeded.vector(40 * d), seeded.vector(n * d), seeded.vector(n * d));
            let rows = incidence.by_node();
            for reads_text in [false, true] {
                let text_emb: &[f32] = if reads_text { &text } else { &[] };
                let mut xs = input.clone();
                cpu::gather_input(rows.offsets(), rows.indices(), &degrees, &gathered, text_emb, &mut xs);
                let buffers = [
                    dims(&TeacherConfig { reads_text, ..config(d) }, n),
                    bytes(rows.offsets()),
                    bytes(rows.indices()),
                    bytes(&degrees),
                    padded(&gathered, d, 40),
                    padded(text_emb, d, n),
                    padded(&input, d, n),
                ];
                let result = run(&bench, "gather_input", &buffers, Work::Threads(n * d.div_ceil(4)));
                let result = unpadded("gather_input", &result, d);
                assert_close("gather_input", &format!("{n} users, d = {d}, text {reads_text}"), &result, &xs);
            }
        }
    }
}

#[test]
fn node_to_edge_and_edge_to_node() {
    let (bench, mut seeded) = (gpu(), Seeded(2));
    for d in DIMS {
        for (n, m) in SIZES.into_iter().flat_map(|n| [(n, 50), (50, n)]) {
            let incidence = incidence(n, m);
            let (by_node, by_edge) = (incidence.by_node(), incidence.by_hyperedge());
            let scale = incidence.inv_sqrt_node_degree();
            let xs = seeded.vector(n * d);
            let (mut edges, mut propagated) = (vec![f32::NAN; m * d], vec![f32::NAN; n * d]);
            cpu::node_to_edge(by_edge.offsets(), by_edge.indices(), &scale, &xs, &mut edges);
            cpu::edge_to_node(by_node.offsets(), by_node.indices(), &scale, &edges, &mut propagated);
            let case = format!("{n} nodes, {m} hyperedges, d = {d}");
            let buffers = [
                dims(&config(d), m),
                bytes(by_edge.offsets()),
                bytes(by_edge.indices()),
                bytes(&scale),
                padded(&xs, d, n),
                unwritten(d, m),
            ];
            let result = run(&bench, "node_to_edge", &buffers, Work::Threads(m * d.div_ceil(4)));
            assert_close("node_to_edge", &case, &unpadded("node_to_edge", &result, d), &edges);
            let buffers = [
                dims(&config(d), n),
                bytes(by_node.offsets()),
                bytes(by_node.indices()),
                bytes(&scale),
                padded(&edges, d, m),
                unwritten(d, n),
            ];
            let result = run(&bench, "edge_to_node", &buffers, Work::Threads(n * d.div_ceil(4)));
            assert_close("edge_to_node", &case, &unpadded("edge_to_node", &result, d), &propagated);
        }
    }
}

/// The sum is read back, in which the layer is whole or by half.
#[test]
fn layer_transform() {
    let (bench, mut seeded) = (gpu(), Seeded(3));
    for activation in [Activation::Identity, Activation::Tanh, Activation::Relu] {
        for residual in [0.0, 0.5] {
            for d in DIMS {
                for n in SIZES {
                    let (propagated, theta, before) =
                        (seeded.vector(n * d), seeded.vector(d * d), seeded.vector(n * d));
                    let (mut layer, mut sum) = (vec![0.0; n * d], before.clone());
                    cpu::layer_transform(&propagated, &theta, activation, residual, d, &mut layer, &mut sum);
                    let blocks = d.div_ceil(4);
                    let buffers = [
                        dims(&TeacherConfig { activation, residual, ..config(d) }, n),
                        padded(&propagated, d, n),
                        padded(&theta, d, 4 * blocks),
                        unwritten(d, n),
                        padded(&before, d, n),
                    ];
                    let result = run(&bench, "layer_transform", &buffers, Work::Threads(n * blocks));
                    let result = unpadded("layer_transform", &result, d);
                    let case = format!("{n} nodes, d = {d}, {activation:?}, residual {residual}");
                    assert_close("layer_transform", &case, &result, &sum);
                }
            }
        }
    }
}

/// Far out tanh is 1, and no driver's overflow.
#[test]
fn layer_transform_of_large_numbers() {
    let bench = gpu();
    let buffers = [
        dims(&TeacherConfig { activation: Activation::Tanh, ..config(4) }, 1),
        padded(&[1e4, -1e4, 30.0, 0.0], 4, 1),
        padded(&[1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0], 4, 4),
        unwritten(4, 1),
        padded(&[0.0; 4], 4, 1),
    ];
    let result: Vec<f32> = numbers(&run(&bench, "layer_transform", &buffers, Work::Threads(1)));
    assert_close("layer_transform", "large numbers", &result, &[1.0, -1.0, 1.0, 0.0]);
}

#[test]
fn fusion() {
    let (bench, mut seeded) = (gpu(), Seeded(4));
    for (reads_text, fusion_residual) in [(false, true), (true, true), (true, false)] {
        for d in DIMS {
            for n in SIZES {
                let (hypergraph_emb, text) = (seeded.vector(n * d), seeded.vector(n * d));
                let channel = ChannelWeights {
                    fusion_in: seeded.vector(d * d),
                    fusion_text: if reads_text { seeded.vector(d * d) } else { Vec::new() },
                    fusion_bias: seeded.vector(d),
                    fusion_out: seeded.vector(d * d),
                    ..ChannelWeights::default()
                };
                let text_emb: &[f32] = if reads_text { &text } else { &[] };
                let mut emb = vec![0.0; n * d];
                cpu::fusion(&hypergraph_emb, text_emb, &channel, fusion_residual, d, &mut emb);
                let buffers = [
                    dims(&TeacherConfig { reads_text, fusion_residual, ..config(d) }, n),
                    padded(&hypergraph_emb, d, n),
                    padded(text_emb, d, n),
                    bytes(&pack_channel(&channel, d)),
                    unwritten(d, n),
                ];
                let result = unpadded("fusion", &run(&bench, "fusion", &buffers, Work::Groups(n)), d);
                let case = format!("{n} nodes, d = {d}, text {reads_text}, residual {fusion_residual}");
                assert_close("fusion", &case, &result, &emb);
            }
        }
    }
}

#[test]
fn teacher_score() {
    let (bench, mut seeded) = (gpu(), Seeded(5));
    for head in [Head::Mlp, Head::Dot, Head::Hybrid] {
        for (d, h) in [(1, 1), (5, 3), (8, 70), (64, 64)] {
            for n in SIZES {
                let h = if head.has_mlp() { h } else { 0 };
                let (user_emb, item_emb) = (seeded.vector(d), seeded.vector(n * d));
                let scorer = HeadWeights {
                    user_weight: seeded.vector(h * d),
                    item_weight: seeded.vector(h * d),
                    hidden_bias: seeded.vector(h),
                    output_weight: seeded.vector(h),
                    output_bias: 0.0,
                };
                let mut logits = vec![0.0; n];
                cpu::teacher_score(&user_emb, &item_emb, head, &scorer, &mut logits);
                let buffers = [
                    dims(&TeacherConfig { scorer: head, hidden_dim: h, ..config(d) }, n),
                    padded(&user_emb, d, 1),
                    padded(&item_emb, d, n),
                    bytes(&pack_scorer(&scorer, d, h)),
                    bytes(&vec![f32::NAN; n]),
                ];
                let result: Vec<f32> = numbers(&run(&bench, "teacher_score", &buffers, Work::Threads(n)));
                assert_close("teacher_score", &format!("{head:?}, {n} items, d = {d}, hidden = {h}"), &result, &logits);
            }
        }
    }
}

/// Sums over a whole hypergraph, by shares of the largest.
fn near(case: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{case}");
    let largest = expected.iter().fold(1.0f32, |largest, x| largest.max(x.abs()));
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        // Written so that NaN fails.
        assert!(
            (found - expected).abs() <= 1e-4 * largest,
            "{case}: {at} is {found} on the GPU, {expected} on the CPU"
        );
    }
}

/// Users and visitors in turn, so that a visitor comes and goes; with every part of a teacher and with few.
#[test]
fn the_whole_forward_is_the_twins() {
    let device = block_on(Gpu::request()).expect("these tests need a Vulkan adapter");
    for (seed, n_users, n_items) in [(1, 1, 7), (2, 70, 33), (3, 30, 130)] {
        let model = bundle(seed, Sizes { n_users, n_items, emb_dim: 2, hidden_dim: 2, head: Head::Dot });
        let whole = whole_teacher(&model.config);
        let plain = TeacherConfig {
            emb_dim: 8,
            n_layers: 3,
            activation: Activation::Relu,
            gathered_input: false,
            reads_text: false,
            scorer: Head::Dot,
            hidden_dim: 0,
            wide_weight: 0.0,
            linear_weight: 0.0,
            ..whole.clone()
        };
        let input_alone = TeacherConfig { n_layers: 0, gathered_input: false, ..whole.clone() };
        for config in [whole, plain, input_alone] {
            let teacher = Teacher::new(config.clone(), teacher_weights(seed, &config), &model.incidence).unwrap();
            let engine = block_on(TeacherEngine::new(device.clone(), &teacher)).unwrap();
            block_on(engine.self_check(&teacher)).unwrap();
            let last = n_users - 1;
            let asked: [Asked<'_>; 6] = [
                Asked::User(last),
                Asked::Visitor(&[1, 3]),
                Asked::Visitor(&[3, 1, 6, 6]),
                Asked::User(0),
                Asked::Visitor(&[]),
                Asked::User(last),
            ];
            for asked in asked {
                let case = format!("{n_users} users, {asked:?}, {config:?}");
                let (deep, mixed) = match asked {
                    Asked::User(user) => (teacher.deep_logits(user).unwrap(), teacher.logits(user)),
                    Asked::Visitor(liked) => (
                        teacher.deep_logits_of_visitor(liked).unwrap().unwrap(),
                        teacher.logits_of_visitor(liked).unwrap(),
                    ),
                };
                near(&case, &block_on(engine.deep_logits(&teacher, asked)).unwrap(), &deep);
                near(&case, &block_on(engine.logits(&teacher, asked)).unwrap(), &mixed);
            }
            assert!(matches!(
                block_on(engine.logits(&teacher, Asked::User(n_users))),
                Err(GpuError::Validation { .. })
            ));
            let nowhere = block_on(engine.logits(&teacher, Asked::Visitor(&[n_items as u32])));
            assert!(matches!(nowhere, Err(GpuError::Validation { .. })));
        }
    }
}

#[test]
fn a_teacher_that_fits_nowhere_or_has_nothing_to_compute_is_refused() {
    let device = block_on(Gpu::request()).expect("these tests need a Vulkan adapter");
    let model = bundle(1, Sizes { n_users: 20, n_items: 30, emb_dim: 2, hidden_dim: 2, head: Head::Dot });
    let config = whole_teacher(&model.config);
    let teacher = Teacher::new(config.clone(), teacher_weights(1, &config), &model.incidence).unwrap();
    let small = device.clone().with_binding_limit(256);
    assert!(matches!(block_on(TeacherEngine::new(small, &teacher)), Err(GpuError::TooLarge { .. })));
    let config = TeacherConfig { deep_weight: 0.0, ..config };
    let wide = Teacher::new(config.clone(), teacher_weights(1, &config), &model.incidence).unwrap();
    let error = block_on(TeacherEngine::new(device, &wide)).unwrap_err();
    assert!(error.to_string().contains("this teacher has no deep channels"), "{error}");
}

/// A device that computes another teacher fails the check.
#[test]
fn the_self_check_tells_teachers_apart() {
    let device = block_on(Gpu::request()).expect("these tests need a Vulkan adapter");
    let model = bundle(2, Sizes { n_users: 20, n_items: 30, emb_dim: 2, hidden_dim: 2, head: Head::Dot });
    let config = whole_teacher(&model.config);
    let [ours, other] =
        [1, 2].map(|seed| Teacher::new(config.clone(), teacher_weights(seed, &config), &model.incidence).unwrap());
    let engine = block_on(TeacherEngine::new(device, &ours)).unwrap();
    block_on(engine.self_check(&ours)).unwrap();
    assert!(matches!(block_on(engine.self_check(&other)), Err(GpuError::WrongAnswer { .. })));
}

/// The demo's teacher, as the page races it.
#[test]
fn the_shipped_teacher_answers_alike_on_the_gpu() {
    let file = |name: &str| std::fs::read(format!("{}/assets/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let model = Bundle::read(&file("model.safetensors")).unwrap();
    let (config, weights) = ExplorerBundle::read(&file("explorer.safetensors"), &model).unwrap().teacher.unwrap();
    let teacher = Teacher::new(config, weights, &model.incidence).unwrap();
    let device = block_on(Gpu::request()).expect("these tests need a Vulkan adapter");
    let engine = block_on(TeacherEngine::new(device, &teacher)).unwrap();
    block_on(engine.self_check(&teacher)).unwrap();
    let liked = model.incidence.hyperedges_of(5);
    near("user 5", &block_on(engine.logits(&teacher, Asked::User(5))).unwrap(), &teacher.logits(5));
    let visitor = block_on(engine.logits(&teacher, Asked::Visitor(liked))).unwrap();
    near("a visitor", &visitor, &teacher.logits_of_visitor(liked).unwrap());
}
