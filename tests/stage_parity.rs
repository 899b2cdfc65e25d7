//! Every stage alone: the shader's numbers are the CPU twin's. Needs a Vulkan adapter; a software one will do
//! (`.make/run.sh vulkan cargo test`), and without one these tests fail.

use crate::common::Seeded;
use crate::shader_runs::{Bench, Work, assert_close, bytes, gpu, numbers, padded, run, run_row, unpadded, unwritten};
use proptest::collection::vec;
use proptest::prelude::*;
use sharp_distill::gpu::{
    BLOCK_ITEMS, Chunk, Dims, ItemBlocks, MAX_PLACES, N_SLOTS, RequestDims, Storage, item_blocks, ranked_of, score_row,
    workgroups,
};
use sharp_distill::hypergraph::Incidence;
use sharp_distill::ranking::{ItemMask, Ranked, mask_words};
use sharp_distill::student::{BipartiteGraph, Head, Membership, cpu};

const WG_SIZE: usize = 64;
const SIZES: [usize; 6] = [0, 1, WG_SIZE - 1, WG_SIZE, WG_SIZE + 1, 1000];
/// Rows of one, of some and of many `vec4`s, whole and not.
const DIMS: [usize; 4] = [1, 5, 8, 64];

fn dims(n_nodes: usize, n_items: usize, emb_dim: usize, hidden_dim: usize) -> Dims {
    Dims {
        n_nodes: n_nodes as u32,
        n_items: n_items as u32,
        emb_blocks: emb_dim.div_ceil(4) as u32,
        hidden_blocks: hidden_dim.div_ceil(4) as u32,
        has_dot: 0,
        output_bias: 0.0,
    }
}

#[test]
fn feature_transform() {
    let (bench, mut seeded) = (gpu(), Seeded(1));
    for d in DIMS {
        for n in SIZES {
            let (features, weight) = (seeded.vector(n * d), seeded.vector(d * d));
            let mut xw = vec![0.0; n * d];
            cpu::feature_transform(&features, &weight, d, &mut xw);
            let blocks = d.div_ceil(4);
            let buffers =
                [bytes(&[dims(n, 0, d, 0)]), padded(&features, d, n), padded(&weight, d, 4 * blocks), unwritten(d, n)];
            let result = run(&bench, "feature_transform", &buffers, Work::Threads(n * blocks));
            let result = unpadded("feature_transform", &result, d);
            assert_close("feature_transform", &format!("{n} nodes, d = {d}"), &result, &xw);
        }
    }
}

#[test]
fn graph_convolution() {
    let (bench, mut seeded) = (gpu(), Seeded(2));
    for d in DIMS {
        for n in SIZES {
            // Users and items half and half; the first of each is isolated.
            let (n_users, n_items) = (n / 2, n - n / 2);
            let memberships = (1..n_users.max(1)).flat_map(|user_idx| {
                let n_liked = if n_items > 1 { 1 + user_idx % 8 } else { 0 };
                (0..n_liked).map(move |at| (user_idx as u32, (1 + (user_idx * 31 + at * 17) % (n_items - 1)) as u32))
            });
            let incidence = Incidence::from_memberships(n_users, n_items, memberships).expect("a valid incidence");
            let graph = BipartiteGraph::from_incidence(&incidence);
            assert!(n < 4 || graph.offsets()[0] == graph.offsets()[1], "user 0 is isolated");
            let xw = seeded.vector(n * d);
            let mut zs = vec![0.0; n * d];
            cpu::graph_convolution(graph.offsets(), graph.neighbors(), graph.inv_sqrt_degree(), &xw, d, &mut zs);
            let buffers = [
                bytes(&[dims(n, 0, d, 0)]),
                bytes(graph.offsets()),
                bytes(graph.neighbors()),
                bytes(graph.inv_sqrt_degree()),
                padded(&xw, d, n),
                unwritten(d, n),
            ];
            let result = run(&bench, "graph_convolution", &buffers, Work::Threads(n * d.div_ceil(4)));
            let result = unpadded("graph_convolution", &result, d);
            assert_close("graph_convolution", &format!("{n} nodes, d = {d}"), &result, &zs);
        }
    }
}

#[test]
fn item_half() {
    let (bench, mut seeded) = (gpu(), Seeded(3));
    for (d, h) in [(1, 1), (5, 3), (8, 4), (64, 64), (5, 0)] {
        for n in SIZES {
            let (item_emb, item_weight, hidden_bias) = (seeded.vector(n * d), seeded.vector(h * d), seeded.vector(h));
            let mut item_hidden = vec![0.0; n * h];
            cpu::item_half(&item_emb, &item_weight, &hidden_bias, d, &mut item_hidden);
            let blocks = h.div_ceil(4);
            let buffers = [
                bytes(&[dims(n, n, d, h)]),
                padded(&item_emb, d, n),
                padded(&item_weight, d, 4 * blocks),
                padded(&hidden_bias, h, 1),
                unwritten(h, n),
            ];
            let result = run(&bench, "item_half", &buffers, Work::Threads(n * blocks));
            let result = unpadded("item_half", &result, h);
            assert_close("item_half", &format!("{n} items, d = {d}, hidden = {h}"), &result, &item_hidden);
        }
    }
}

#[test]
fn item_blocks_of_rows() {
    let (bench, mut seeded) = (gpu(), Seeded(10));
    for d in DIMS {
        for n in [1, 63, 256, 257, 1000] {
            let rows = seeded.vector(n * d);
            let expected = item_blocks(&rows, d, Storage::F32).bytes;
            let shape = Chunk { first_item: 0, n_items: n as u32 };
            let result = vec![0xff; expected.len()];
            let n_threads = expected.len() / 16;
            let buffers = [bytes(&[shape]), padded(&rows, d, n), result];
            assert!(run(&bench, "item_blocks", &buffers, Work::Threads(n_threads)) == expected, "{n} rows, d = {d}");
        }
    }
}

#[test]
fn fold_in() {
    let (bench, mut seeded) = (gpu(), Seeded(4));
    let n_items = 1000;
    for d in DIMS {
        let (item_xw, degrees) = (seeded.vector(n_items * d), seeded.vector(n_items));
        for n in SIZES {
            let memberships: Vec<_> =
                (0..n).map(|at| Membership { item_idx: (at * 7 % n_items) as u32, weight: seeded.signed() }).collect();
            let scale = 0.25;
            let mut user_emb = vec![0.0; d];
            cpu::fold_in(&memberships, &degrees, &item_xw, scale, &mut user_emb);
            let request = RequestDims { n_memberships: n as u32, visitor_inv_sqrt_degree: scale, ..Default::default() };
            // In one chunk, and in three of which each adds its part.
            for most in [n_items, 400] {
                let mut result = unwritten(d, 1);
                for first in (0..n_items).step_by(most) {
                    let n_chunk = most.min(n_items - first);
                    let chunk = Chunk { first_item: first as u32, n_items: n_chunk as u32 };
                    let buffers = [
                        bytes(&[dims(0, n_items, d, 0)]),
                        bytes(&[chunk]),
                        bytes(&[request]),
                        bytes(&memberships),
                        bytes(&degrees),
                        padded(&item_xw[first * d..][..n_chunk * d], d, n_chunk),
                        result,
                    ];
                    result = run(&bench, "fold_in", &buffers, Work::Groups(d.div_ceil(4)));
                }
                let result = unpadded("fold_in", &result, d);
                assert_close("fold_in", &format!("{n} memberships, chunks of {most}, d = {d}"), &result, &user_emb);
            }
        }
    }
}

#[test]
fn user_half() {
    let (bench, mut seeded) = (gpu(), Seeded(5));
    for d in DIMS {
        for h in SIZES {
            let (user_emb, user_weight) = (seeded.vector(d), seeded.vector(h * d));
            let mut user_hidden = vec![0.0; h];
            cpu::user_half(&user_emb, &user_weight, &mut user_hidden);
            let blocks = h.div_ceil(4);
            let buffers = [
                bytes(&[dims(0, 0, d, h)]),
                padded(&user_emb, d, 1),
                padded(&user_weight, d, 4 * blocks),
                unwritten(h, 1),
            ];
            let result = unpadded("user_half", &run(&bench, "user_half", &buffers, Work::Threads(blocks)), h);
            assert_close("user_half", &format!("hidden = {h}, d = {d}"), &result, &user_hidden);
        }
    }
}

#[test]
fn score() {
    let (bench, mut seeded) = (gpu(), Seeded(6));
    for head in [Head::Mlp, Head::Dot, Head::Hybrid] {
        for (d, h) in [(1, 1), (5, 3), (64, 64)] {
            let h = if head.has_mlp() { h } else { 0 };
            for n in SIZES {
                let (user_emb, user_hidden) = (seeded.vector(d), seeded.vector(h));
                let (item_hidden, item_emb) = (seeded.vector(n * h), seeded.vector(n * d));
                let (output_weight, output_bias) = (seeded.vector(h), seeded.signed());
                let tables = cpu::ScoreTables {
                    item_hidden: &item_hidden,
                    item_emb: &item_emb,
                    output_weight: &output_weight,
                    output_bias,
                    has_dot: head.has_dot(),
                };
                let mut logits = vec![0.0; n];
                cpu::score(&user_emb, &user_hidden, tables, &mut logits);
                let dims = Dims { has_dot: u32::from(head.has_dot()), output_bias, ..dims(0, n, d, h) };
                let visitor =
                    Visitor { dims, user_emb: &user_emb, user_hidden: &user_hidden, output_weight: &output_weight };
                let result = gpu_score(&bench, &visitor, [(&item_hidden, h), (&item_emb, d)], n, Storage::F32);
                assert_close("score", &format!("{head:?}, {n} items, d = {d}, hidden = {h}"), &result, &logits);
            }
        }
    }
}

/// What `score` needs beside the items.
struct Visitor<'a> {
    dims: Dims,
    user_emb: &'a [f32],
    user_hidden: &'a [f32],
    output_weight: &'a [f32],
}

/// The logits of all items, which must be all that is written but for the last vec4.
fn gpu_score(
    bench: &Bench,
    visitor: &Visitor<'_>,
    tables: [(&[f32], usize); 2],
    n: usize,
    storage: Storage,
) -> Vec<f32> {
    let [hidden, emb] = tables.map(|(rows, dim)| item_blocks(rows, dim, storage));
    let scale = |blocks: &ItemBlocks, at: usize| blocks.scales.get(at).copied().unwrap_or_default();
    let scales = (0..n.next_multiple_of(BLOCK_ITEMS)).step_by(4).flat_map(|four| {
        let of = |blocks| (four..four + 4).map(move |at| scale(blocks, at));
        of(&hidden).chain(of(&emb)).collect::<Vec<_>>()
    });
    let buffers = [
        bytes(&[visitor.dims]),
        bytes(&[Chunk { first_item: 0, n_items: n as u32 }]),
        padded(visitor.user_emb, visitor.user_emb.len(), 1),
        padded(visitor.user_hidden, visitor.user_hidden.len(), 1),
        hidden.bytes.clone(),
        emb.bytes.clone(),
        bytes(&scales.collect::<Vec<f32>>()),
        padded(visitor.output_weight, visitor.output_weight.len(), 1),
        bytes(&vec![f32::NAN; n.next_multiple_of(4)]),
    ];
    let row = *score_row(storage);
    let key = format!("score {storage}").leak();
    let mut logits: Vec<f32> = numbers(&run_row(bench, key, row, &buffers, Work::Groups(n.div_ceil(BLOCK_ITEMS))));
    logits.truncate(n);
    logits
}

/// Fewer bits round each number by no more than their step; the logits differ by no more than what that adds up to.
#[test]
fn score_in_fewer_bits() {
    let (bench, mut seeded) = (gpu(), Seeded(11));
    let (n, d, h) = (1000, 24, 20);
    let (user_emb, user_hidden) = (seeded.vector(d), seeded.vector(h));
    let (item_hidden, item_emb) = (seeded.vector(n * h), seeded.vector(n * d));
    let output_weight = seeded.vector(h);
    let rounded = |rows: &[f32], dim: usize, storage: Storage| -> Vec<f32> {
        let round = |row: &[f32]| {
            let largest = row.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
            let of = |x: f32| match storage {
                Storage::F32 => x,
                Storage::F16 => half::f16::from_f32(x).to_f32(),
                Storage::Int8 => largest * ((x / largest * 127.0).round() / 127.0),
            };
            row.iter().map(|&x| of(x)).collect::<Vec<_>>()
        };
        rows.chunks_exact(dim).flat_map(round).collect()
    };
    for storage in Storage::ALL {
        let (hidden, emb) = (rounded(&item_hidden, h, storage), rounded(&item_emb, d, storage));
        let tables = cpu::ScoreTables {
            item_hidden: &hidden,
            item_emb: &emb,
            output_weight: &output_weight,
            output_bias: 0.5,
            has_dot: true,
        };
        let mut logits = vec![0.0; n];
        cpu::score(&user_emb, &user_hidden, tables, &mut logits);
        let dims = Dims { has_dot: 1, output_bias: 0.5, ..dims(0, n, d, h) };
        let visitor = Visitor { dims, user_emb: &user_emb, user_hidden: &user_hidden, output_weight: &output_weight };
        let result = gpu_score(&bench, &visitor, [(&item_hidden, h), (&item_emb, d)], n, storage);
        assert_close("score", storage.name(), &result, &logits);
    }
}

#[test]
fn novelty() {
    let (bench, mut seeded) = (gpu(), Seeded(12));
    for n in SIZES {
        let popularity: Vec<f32> = seeded.vector(n).iter().map(|p| p.abs()).collect();
        for amount in [0.5, 40.0] {
            let mut logits = seeded.vector(n);
            // What is no number, or not finite, stays so.
            if let [first, second, ..] = &mut logits[..] {
                (*first, *second) = (f32::NEG_INFINITY, 1e30);
            }
            let request = RequestDims { novelty: amount, ..Default::default() };
            let padding = vec![f32::NAN; n.next_multiple_of(4) - n];
            let row = [&logits[..], &padding].concat();
            let buffers = [bytes(&[dims(0, n, 1, 0)]), bytes(&[request]), padded(&popularity, n, 1), bytes(&row)];
            let mut result: Vec<f32> = numbers(&run(&bench, "novelty", &buffers, Work::Threads(n.div_ceil(4))));
            result.truncate(n);
            cpu::novelty(&popularity, amount, &mut logits);
            if n > 1 {
                assert_eq!(result[0], f32::NEG_INFINITY);
                (result[0], logits[0]) = (0.0, 0.0);
            }
            assert_close("novelty", &format!("{n} items, novelty {amount}"), &result, &logits);
        }
    }
}

#[test]
fn mask() {
    let bench = gpu();
    let n_items = 2001;
    for n in SIZES {
        let seen_items: Vec<u32> = (0..n as u32).map(|at| at * 2).collect();
        let request = RequestDims { n_seen_items: n as u32, ..Default::default() };
        let filter = ItemMask::new(n_items, &|item_idx| item_idx % 3 > 0);
        for mut seen_mask in [vec![0; mask_words(n_items)], filter.left_out().to_vec()] {
            let buffers = [bytes(&[request]), bytes(&seen_items), bytes(&seen_mask)];
            let result: Vec<u32> = numbers(&run(&bench, "mask", &buffers, Work::Threads(n)));
            cpu::mask(&seen_items, &mut seen_mask);
            assert_eq!(result, seen_mask, "mask, {n} items");
        }
    }
}

/// All steps of the stage.
fn gpu_top_k(bench: &Bench, logits: &[f32], seen_mask: &[u32], k: usize) -> Vec<Ranked> {
    let n_items = logits.len();
    let mut padded = logits.to_vec();
    // What lies past the last item must not matter.
    padded.resize(n_items.next_multiple_of(4), f32::INFINITY);
    let (dims, logits, seen_mask) = (bytes(&[dims(0, n_items, 1, 0)]), bytes(&padded), bytes(seen_mask));
    let request = bytes(&[RequestDims { k: k as u32, ..Default::default() }]);
    let (bests, n_threads) = (bytes(&[0; 1 + N_SLOTS as usize]), Work::Threads(n_items.div_ceil(4)));
    let bests = run(bench, "top_k_best", &[dims.clone(), logits.clone(), seen_mask.clone(), bests], n_threads);
    let bests = run(bench, "top_k_floor", &[request.clone(), bests], Work::Groups(1));
    let list = |n: usize| bytes(&[vec![0, 0], vec![0xdead_beef_u32; 2 * n]].concat());
    let n_threads = Work::Threads(n_items.div_ceil(4));
    let candidates = run(bench, "top_k", &[dims, logits, seen_mask, bests, list(n_items)], n_threads);
    let ranked = run(bench, "top_k_merge", &[request, candidates, list(k)], Work::Groups(1));
    ranked_of(&numbers::<[u32; 2]>(&ranked), n_items, k).expect("a ranked list")
}

fn assert_top_k(bench: &Bench, case: &str, logits: &[f32], seen_items: &[u32], k: usize) {
    let mut seen_mask = vec![0; mask_words(logits.len())];
    cpu::mask(seen_items, &mut seen_mask);
    let mut expected = Vec::new();
    cpu::top_k(logits, &seen_mask, k, &mut expected);
    let actual = gpu_top_k(bench, logits, &seen_mask, k);
    let differs = actual.iter().zip(&expected).position(|(actual, expected)| actual != expected);
    let place = differs.unwrap_or(actual.len().min(expected.len()));
    assert!(
        actual == expected,
        "top_k, {case}, {} items, k = {k}: place {place} is {:?} of {} on the GPU, {:?} of {} on the CPU",
        logits.len(),
        actual.get(place),
        actual.len(),
        expected.get(place),
        expected.len()
    );
}

#[test]
fn top_k_of_adversarial_logits() {
    let (bench, mut seeded) = (gpu(), Seeded(7));
    // Around the workgroup, one and several shares.
    for n in [0, 1, 2, 255, 256, 257, 512, 513, 1000, 1280, 1281, 6145, 20_000] {
        let random = seeded.vector(n);
        let coarse: Vec<f32> = random.iter().map(|x| (x * 3.0).round()).collect();
        let odd = |at: usize| match at % 7 {
            0 => f32::NAN,
            1 => f32::NEG_INFINITY,
            2 => -f32::NAN,
            3 => -0.0,
            4 => 0.0,
            5 => f32::MIN,
            _ => f32::MIN_POSITIVE,
        };
        // The best of the share all with a few invocations: the list is as full as it can be.
        let crowded = |at: usize| if at / 4 % 256 < 25 { 1.0 + (at * 7919 % 4093) as f32 } else { 0.0 };
        let cases: [(&str, Vec<f32>); 9] = [
            ("crowded", (0..n).map(crowded).collect()),
            ("random", random.clone()),
            ("many ties", coarse),
            ("all equal", vec![0.5; n]),
            ("descending", (0..n).map(|at| -(at as f32)).collect()),
            ("ascending", (0..n).map(|at| at as f32).collect()),
            ("zeros, infinities and NaN", (0..n).map(odd).collect()),
            ("NaN only", vec![f32::NAN; n]),
            ("minus infinity only", vec![f32::NEG_INFINITY; n]),
        ];
        for (case, logits) in &cases {
            for k in [1, 10, 100] {
                assert_top_k(&bench, case, logits, &[], k);
            }
        }
        let all_but_some: Vec<u32> = (0..n as u32).filter(|item_idx| item_idx % 401 != 3).collect();
        assert_top_k(&bench, "all masked but some", &random, &all_but_some, 100);
        let best_ones: Vec<u32> = (0..n as u32).filter(|&item_idx| random[item_idx as usize] > 0.5).collect();
        assert_top_k(&bench, "the best are masked", &random, &best_ones, 10);
        let all: Vec<u32> = (0..n as u32).collect();
        assert_top_k(&bench, "all masked", &random, &all, 10);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any bits at all, few or many different ones, sorted or not, with any part of them masked.
    #[test]
    fn top_k_of_any_bits(
        mut bits in prop_oneof![
            vec(any::<u32>(), 0..7000),
            vec(prop_oneof![Just(0u32), Just(0x8000_0000), Just(0x3f80_0000), Just(0xff80_0000), Just(0x7fc0_0000)], 0..7000),
        ],
        order in 0..3,
        masked_one_in in 1usize..9,
        k in 1usize..=100,
    ) {
        // Never dropped: a device cannot be, while its thread ends.
        thread_local!(static BENCH: &'static Bench = Box::leak(Box::new(gpu())));
        if order > 0 {
            bits.sort_by(|a, b| f32::from_bits(*a).total_cmp(&f32::from_bits(*b)));
        }
        if order > 1 {
            bits.reverse();
        }
        let logits: Vec<f32> = bits.iter().map(|&bits| f32::from_bits(bits)).collect();
        let seen_items: Vec<u32> = (0..bits.len() as u32).step_by(masked_one_in).skip(1).collect();
        BENCH.with(|bench| assert_top_k(bench, "any bits", &logits, &seen_items, k));
    }
}

#[test]
fn top_k_of_every_k() {
    let (bench, mut seeded) = (gpu(), Seeded(8));
    let logits = seeded.vector(9000);
    for k in 1..=MAX_PLACES as usize {
        assert_top_k(&bench, "random", &logits, &[1, 2, 3], k);
    }
}

#[test]
fn a_million_items_fit_the_limits_of_a_dispatch() {
    for n_threads in [0, 1, 64, 65_535 * 64, 65_535 * 64 + 1, 16_000_000, 64_000_000] {
        let (x, y) = workgroups(n_threads, 64);
        assert!(x <= 65_535 && y <= 65_535);
        assert!(u64::from(x) * u64::from(y) * 64 >= n_threads);
    }
    // More rows than one axis of workgroups can count: 16 x 300,000 invocations.
    let (bench, mut seeded) = (gpu(), Seeded(9));
    let (n, d) = (300_000, 64);
    let (features, weight) = (seeded.vector(n * d), seeded.vector(d * d));
    let mut xw = vec![0.0; n * d];
    cpu::feature_transform(&features, &weight, d, &mut xw);
    let buffers = [bytes(&[dims(n, 0, d, 0)]), bytes(&features), bytes(&weight), unwritten(d, n)];
    let result: Vec<f32> = numbers(&run(&bench, "feature_transform", &buffers, Work::Threads(n * d / 4)));
    assert_close("feature_transform", "300,000 nodes", &result, &xw);
    let logits = seeded.vector(1_000_000);
    assert_top_k(&bench, "a million", &logits, &[5], 100);
    assert_top_k(&bench, "a million equal ones", &vec![0.25; 1_000_000], &[5], 100);
}
