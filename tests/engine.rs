//! The whole engine on a (software) GPU: its answers are the CPU twin's, its faults end on the CPU with the reason.
//! Needs a Vulkan adapter (`.make/run.sh vulkan cargo test`), and fails without one.

use std::sync::OnceLock;

use crate::common::{Seeded, Sizes, bundle, random_request, small_bundle};
use pollster::block_on;
use proptest::prelude::*;
use sharp_distill::bundle::Bundle;
use sharp_distill::gpu::{Engine, Gpu, GpuError, Storage, check_answer};
use sharp_distill::ranking::{ItemMask, Ranked};
use sharp_distill::recommender::{EngineChoice, EngineKind, EngineTimings, Recommender};
use sharp_distill::student::{Head, PreparedRequest, Request, RequestError, Student, Workspace};

/// One device for all tests that leave it whole.
fn gpu() -> Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(own_gpu).clone()
}

fn own_gpu() -> Gpu {
    block_on(Gpu::request()).expect("these tests need a Vulkan adapter: .make/run.sh vulkan cargo test")
}

/// A model on both engines.
struct Both {
    student: Student,
    engine: Engine,
    workspace: Workspace,
}

impl Both {
    fn new(bundle: &Bundle) -> Self {
        Self::stored(bundle, gpu(), Storage::F32)
    }

    fn stored(bundle: &Bundle, gpu: Gpu, storage: Storage) -> Self {
        let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
        let engine = block_on(Engine::with_storage(gpu, &student, &bundle.weights, storage)).expect("an engine");
        Self { student, engine, workspace: Workspace::default() }
    }

    fn prepared(&self, request: &Request) -> PreparedRequest {
        let mut prepared = PreparedRequest::default();
        prepared.refill(self.student.config(), request).expect("a valid request");
        prepared
    }

    /// The GPU's answer, after comparing it with the CPU's.
    fn answer(&mut self, request: &Request) -> Vec<Ranked> {
        let prepared = self.prepared(request);
        let answered = block_on(self.engine.recommend(&self.student, &prepared)).expect("an answer");
        self.compare(request, &answered);
        answered
    }

    /// The same where tables are rounded: all but a few of the places, and those that are right have exact scores.
    fn answer_but_for(&mut self, request: &Request, share: f64) {
        let prepared = self.prepared(request);
        let answered = block_on(self.engine.recommend(&self.student, &prepared)).expect("an answer");
        let expected = self.student.recommend(request, &mut self.workspace).expect("a valid request");
        assert_eq!(answered.len(), expected.len(), "how many of {request:?}");
        let n_missed = expected.iter().filter(|place| !answered.contains(place)).count();
        assert!(n_missed as f64 <= share * expected.len() as f64, "{n_missed} of {} are missing", expected.len());
    }

    #[allow(clippy::neg_cmp_op_on_partial_ord, reason = "negated so that NaN fails")]
    fn compare(&mut self, request: &Request, answered: &[Ranked]) {
        let expected = self.student.recommend(request, &mut self.workspace).expect("a valid request").to_vec();
        assert_eq!(answered.len(), expected.len(), "how many of {request:?}");
        let logits = self.student.logits(request, &mut self.workspace).expect("a valid request");
        for (place, (got, want)) in answered.iter().zip(&expected).enumerate() {
            let tolerance = 1e-4 + 1e-4 * want.score.abs();
            // Items may swap where their scores agree, so each is held against its own logit.
            let lost = request.novelty * self.student.popularity()[got.item_idx as usize];
            let own = logits[got.item_idx as usize] - lost;
            if !((got.score - want.score).abs() <= tolerance) || !((got.score - own).abs() <= tolerance) {
                panic!("place {place}: {got:?} on the GPU, {want:?} on the CPU, where its logit is {own}; {request:?}");
            }
            let named = [&request.liked, &request.disliked, &request.hidden];
            let is_allowed = request.only.as_ref().is_none_or(|only| only.allows(got.item_idx));
            assert!(is_allowed, "{got:?} is left out by the filter");
            assert!(!named.into_iter().flatten().any(|item_idx| *item_idx == got.item_idx), "{got:?} is masked");
            assert!(!answered[..place].iter().any(|other| other.item_idx == got.item_idx), "{got:?} stands twice");
            assert!(place == 0 || answered[place - 1].order(got).is_lt(), "{got:?} is out of order");
        }
    }
}

fn request(liked: &[u32], disliked: &[u32], hidden: &[u32], k: usize) -> Request {
    Request { liked: liked.to_vec(), disliked: disliked.to_vec(), hidden: hidden.to_vec(), k, ..Request::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_models_answer_as_on_the_cpu(
        seed in any::<u64>(),
        n_users in 1usize..40,
        n_items in 1usize..600,
        emb_dim in 1usize..40,
        hidden_dim in 1usize..40,
        head in prop_oneof![Just(Head::Mlp), Just(Head::Dot), Just(Head::Hybrid)],
    ) {
        let mut both = Both::new(&bundle(seed, Sizes { n_users, n_items, emb_dim, hidden_dim, head }));
        let mut seeded = Seeded(seed);
        for _ in 0..6 {
            both.answer(&random_request(&mut seeded, n_items));
        }
    }
}

#[test]
fn one_item_and_every_head() {
    for head in [Head::Mlp, Head::Dot, Head::Hybrid] {
        let mut both = Both::new(&bundle(3, Sizes { n_users: 1, n_items: 1, emb_dim: 3, hidden_dim: 2, head }));
        assert_eq!(both.answer(&request(&[], &[], &[], 100)).len(), 1);
        assert_eq!(both.answer(&request(&[0], &[], &[], 1)), []);
    }
}

#[test]
fn many_items_in_several_workgroups() {
    let sizes = Sizes { n_users: 50, n_items: 9_500, emb_dim: 16, hidden_dim: 8, head: Head::Hybrid };
    let mut both = Both::new(&bundle(11, sizes));
    let mut seeded = Seeded(12);
    for _ in 0..10 {
        both.answer(&random_request(&mut seeded, sizes.n_items));
    }
    // A shelf of thousands.
    let liked: Vec<u32> = (0..5000).collect();
    both.answer(&request(&liked, &[], &[], 10));
}

#[test]
fn tables_larger_than_a_binding_are_cut_into_chunks() {
    for head in [Head::Mlp, Head::Hybrid] {
        let sizes = Sizes { n_users: 40, n_items: 3_000, emb_dim: 12, hidden_dim: 20, head };
        let bundle = bundle(21, sizes);
        // 1,000 rows of 20 numbers: 768 items in whole blocks.
        let small = gpu().with_binding_limit(80_000);
        for storage in Storage::ALL {
            let mut both = Both::stored(&bundle, small.clone(), storage);
            assert_eq!(both.engine.n_chunks(), 4, "{storage}");
            let mut seeded = Seeded(22);
            for _ in 0..5 {
                let request = random_request(&mut seeded, sizes.n_items);
                if storage == Storage::F32 {
                    both.answer(&request);
                } else {
                    both.answer_but_for(&request, 0.05);
                }
            }
        }
    }
}

#[test]
fn a_model_that_cannot_be_bound_says_so() {
    let bundle = bundle(21, Sizes { n_users: 4, n_items: 9_000, emb_dim: 12, hidden_dim: 8, head: Head::Mlp });
    let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
    let refused = block_on(Engine::new(gpu().with_binding_limit(32_768), &student, &bundle.weights)).map(drop);
    let expected = GpuError::TooLarge { table: "item_inv_sqrt_degree", bytes: 36_000, limit: 32_768 };
    assert_eq!(refused, Err(expected));
}

#[test]
fn a_model_that_is_too_wide_says_so() {
    let bundle = bundle(21, Sizes { n_users: 2, n_items: 3, emb_dim: 1028, hidden_dim: 0, head: Head::Dot });
    let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
    let refused = block_on(Engine::new(gpu(), &student, &bundle.weights)).map(drop);
    assert_eq!(refused, Err(GpuError::TooLarge { table: "user_emb", bytes: 4112, limit: 4096 }));
}

/// What fewer bits do to the ten best of the shipped model: nothing, because the CPU twin puts a few more into order.
#[test]
fn fewer_bits_find_the_same_ten_films() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/model.safetensors");
    let bundle = Bundle::read(&std::fs::read(path).expect("the shipped model is there")).expect("and is a model");
    let n_items = bundle.config.n_items;
    for storage in [Storage::F16, Storage::Int8] {
        let mut both = Both::stored(&bundle, gpu(), storage);
        let mut seeded = Seeded(23);
        let (mut n_raw, mut n_same) = (0, 0);
        const N_REQUESTS: usize = 40;
        for _ in 0..N_REQUESTS {
            let liked: Vec<u32> =
                (0..8).map(|part| (part * (n_items / 8) + seeded.below(n_items / 8)) as u32).collect();
            let request = request(&liked, &[], &[], 10);
            let expected = items(both.student.recommend(&request, &mut both.workspace).expect("a valid request"));
            let prepared = both.prepared(&request);
            let raw = block_on(both.engine.submit(&prepared).expect("room for one").ranked()).expect("an answer");
            let settled = block_on(both.engine.recommend(&both.student, &prepared)).expect("an answer");
            n_raw += items(&raw[..10]).iter().filter(|item_idx| expected.contains(item_idx)).count();
            n_same += usize::from(items(&settled) == expected);
        }
        let overlap = n_raw as f64 / (10 * N_REQUESTS) as f64;
        println!(
            "{storage}: {overlap:.4} of the ten best as rounded, {n_same} of {N_REQUESTS} lists the same when settled"
        );
        assert!(overlap >= if storage == Storage::F16 { 0.995 } else { 0.95 }, "{storage}: {overlap}");
        assert_eq!(n_same, N_REQUESTS, "{storage}");
    }
}

#[test]
fn each_request_has_its_own_filter_and_novelty() {
    let sizes = Sizes { n_users: 50, n_items: 1_000, emb_dim: 16, hidden_dim: 8, head: Head::Hybrid };
    for storage in Storage::ALL {
        let mut both = Both::stored(&bundle(31, sizes), gpu(), storage);
        let third = |rest: u32| Some(ItemMask::new(sizes.n_items, &move |item_idx| item_idx % 3 == rest));
        let few = Some(ItemMask::new(sizes.n_items, &|item_idx| item_idx < 7));
        let plain = request(&[2, 8], &[5], &[11], 20);
        let with = |only: Option<ItemMask>, novelty: f32| Request { only, novelty, ..plain.clone() };
        // Four in flight, each with another filter; then one that is uploaded already, and none.
        let all = [
            [with(third(0), 0.0), with(third(1), 2.5), with(few.clone(), 0.0), plain.clone()],
            [plain.clone(), with(few, 0.5), with(None, 1e4), with(third(0), 1.0)],
        ];
        for requests in all {
            let prepared: Vec<_> = requests.iter().map(|request| both.prepared(request)).collect();
            let pending: Vec<_> = prepared.iter().map(|prepared| both.engine.submit(prepared)).collect();
            for ((request, prepared), pending) in requests.iter().zip(&prepared).zip(pending) {
                let mut answered = block_on(pending.expect("room for four").ranked()).expect("an answer");
                both.student.rerank(prepared, &mut answered);
                both.compare(request, &answered);
                assert_eq!(check_answer(&both.student, prepared, &answered), Ok(()));
                if request.only.as_ref().is_some_and(|only| only.n_allowed() == 7) {
                    assert_eq!(answered.len(), 5, "seven, of which two are on the shelf");
                }
            }
        }
    }
}

#[test]
fn the_gpus_clock_times_every_stage_of_a_request() {
    let both = Both::new(&small_bundle());
    for novelty in [0.0, 1.0] {
        let prepared = both.prepared(&Request { novelty, ..request(&[1, 2], &[3], &[4], 5) });
        let times = block_on(both.engine.stage_times(&prepared)).expect("the device is well");
        let Some(times) = times else {
            assert!(!both.engine.gpu().device().features().contains(wgpu::Features::TIMESTAMP_QUERY));
            return;
        };
        let mut names = vec!["fold_in", "user_half", "score", "mask", "top_k"];
        if novelty > 0.0 {
            names.insert(3, "novelty");
        }
        assert_eq!(times.iter().map(|time| time.stage.name()).collect::<Vec<_>>(), names);
        assert!(times.iter().all(|time| (0.0..1e4).contains(&time.milliseconds)), "{times:?}");
    }
}

/// A dot head over isolated items of one dimension: the logit of an item is a positive multiple of its value.
fn line(values: &[f32]) -> Both {
    let sizes = Sizes { n_users: 1, n_items: values.len(), emb_dim: 1, hidden_dim: 0, head: Head::Dot };
    let mut bundle = bundle(1, sizes);
    bundle.weights.features[1..].copy_from_slice(values);
    bundle.weights.weight = vec![1.0];
    Both::new(&bundle)
}

fn items(ranked: &[Ranked]) -> Vec<u32> {
    ranked.iter().map(|ranked| ranked.item_idx).collect()
}

#[test]
fn ties_go_to_the_lower_index_whatever_the_order() {
    let n = 5000;
    let mut equal = line(&vec![1.0; n]);
    // Nothing liked: every logit is the bias.
    assert_eq!(items(&equal.answer(&request(&[], &[], &[], 3))), [0, 1, 2]);
    assert_eq!(items(&equal.answer(&request(&[1], &[], &[0], 3))), [2, 3, 4]);
    let mut descending = line(&(0..n).map(|at| (n - at) as f32).collect::<Vec<_>>());
    assert_eq!(items(&descending.answer(&request(&[0], &[], &[], 100))), (1..101).collect::<Vec<_>>());
    let mut ascending = line(&(0..n).map(|at| (1 + at) as f32).collect::<Vec<_>>());
    assert_eq!(items(&ascending.answer(&request(&[0], &[], &[], 2))), [4999, 4998]);
    let all_but: Vec<u32> = (1..n as u32).filter(|item_idx| item_idx % 2000 != 0).collect();
    assert_eq!(items(&ascending.answer(&request(&[0], &[], &all_but, 100))), [4000, 2000]);
}

#[test]
fn requests_overlap_and_a_dropped_one_frees_its_place() {
    let mut both = Both::new(&small_bundle());
    let requests: Vec<_> = (0..4).map(|item_idx| request(&[item_idx], &[8 - item_idx], &[], 5)).collect();
    let pending: Vec<_> = requests.iter().map(|request| both.engine.submit(&both.prepared(request))).collect();
    let one_more = both.prepared(&requests[0]);
    assert!(matches!(both.engine.submit(&one_more), Err(GpuError::Busy)));
    // The newest first.
    for (request, pending) in requests.iter().zip(pending).rev() {
        let answered = block_on(pending.expect("room for four").ranked()).expect("an answer");
        both.compare(request, &answered);
    }
    for _ in 0..20 {
        drop(both.engine.submit(&one_more).expect("the dropped one has made room"));
    }
    both.answer(&requests[2]);
    assert_eq!(both.engine.gpu().check(), Ok(()));
}

fn recommender(bundle: Bundle, choice: EngineChoice) -> Recommender {
    block_on(Recommender::new(bundle, choice))
}

#[test]
fn a_recommender_says_which_engine_answers_and_why() {
    let on_gpu = recommender(small_bundle(), EngineChoice::WebGpu);
    let status = on_gpu.engine_status();
    assert_eq!(status.kind, EngineKind::WebGpu, "{status}");
    assert!(status.reason.contains("same answers"), "{status}");
    assert!(status.reason.contains("measured here") && status.reason.contains("a request, the CPU"), "{status}");
    assert!(status.timings.webgpu_ms > Some(0.0) && status.timings.cpu_ms > Some(0.0), "{status:?}");
    let on_cpu = recommender(small_bundle(), EngineChoice::Cpu);
    assert_eq!((on_cpu.engine_status().kind, on_cpu.engine_status().fault), (EngineKind::Cpu, None));
    assert!(on_cpu.engine_status().reason.contains("?engine=cpu"));
    let request = request(&[1, 2], &[3], &[4], 5);
    let (gpu, cpu) = (block_on(on_gpu.recommend(&request)).unwrap(), block_on(on_cpu.recommend(&request)).unwrap());
    assert_eq!(items(&gpu), items(&cpu));
    for item_idx in 0..9 {
        assert_eq!(on_gpu.item_idx_of(&format!("item-{item_idx}")), Some(item_idx));
    }
    assert_eq!(on_gpu.item_idx_of("item-9"), None);

    let chosen = recommender(small_bundle(), EngineChoice::Auto);
    let status = chosen.engine_status();
    let adapter = status.adapter.clone().expect("an adapter");
    if adapter.is_software {
        assert_eq!(status.kind, EngineKind::Cpu);
        assert!(status.reason.contains("in software"), "{status}");
        assert_eq!(status.timings, EngineTimings::default(), "nothing that takes time before the first answer");
        assert!(!status.can_try_gpu, "nothing is wrong");
        let measured = block_on(chosen.measure_software());
        assert_eq!(measured.kind, EngineKind::Cpu);
        assert!(measured.reason.contains("in software; measured here"), "{measured}");
        assert!(measured.timings.webgpu_ms > Some(0.0) && measured.timings.cpu_ms > Some(0.0), "{measured:?}");
        assert_eq!(block_on(chosen.measure_software()), measured, "once is enough");
        assert_eq!(chosen.engine_status(), measured);
    } else {
        assert_eq!(status.kind, EngineKind::WebGpu);
    }
}

#[test]
fn bad_requests_are_errors_on_both_engines() {
    for choice in [EngineChoice::WebGpu, EngineChoice::Cpu] {
        let recommender = recommender(small_bundle(), choice);
        let kind = recommender.engine_status().kind;
        for (bad, error) in [
            (request(&[9], &[], &[], 5), RequestError::UnknownItem { item_idx: 9, n_items: 9 }),
            (request(&[1], &[1], &[], 5), RequestError::NamedTwice { item_idx: 1 }),
            (request(&[1], &[], &[], 101), RequestError::BadK { k: 101 }),
            (
                Request { only: Some(ItemMask::new(8, &|_| true)), ..request(&[1], &[], &[], 5) },
                RequestError::WrongMask { n_masked: 8, n_items: 9 },
            ),
            (Request { novelty: -1.0, ..request(&[1], &[], &[], 5) }, RequestError::BadNovelty { novelty: -1.0 }),
        ] {
            assert_eq!(block_on(recommender.recommend(&bad)), Err(error));
        }
        assert_eq!(recommender.engine_status().kind, kind, "a bad request is no fault of the engine");
    }
}

#[test]
fn a_lost_device_is_told_and_the_cpu_goes_on() {
    let recommender = recommender(small_bundle(), EngineChoice::WebGpu);
    let request = request(&[1, 2], &[], &[], 5);
    let before = block_on(recommender.recommend(&request)).expect("an answer");
    let engine = recommender.engine().expect("the GPU answers");
    // In mid-request: submitted, then lost, then read.
    let mut prepared = PreparedRequest::default();
    prepared.refill(recommender.student().config(), &request).expect("a valid request");
    let pending = engine.submit(&prepared).expect("a request in flight");
    engine.gpu().device().destroy();
    // The answer may have been ready before the loss; it must not hang and not panic.
    let _ = block_on(pending.ranked());

    let after = block_on(recommender.recommend(&request)).expect("the same call is answered by the CPU");
    assert_eq!(items(&before), items(&after));
    let status = recommender.engine_status();
    assert_eq!(status.kind, EngineKind::Cpu, "{status}");
    assert!(status.reason.contains("the GPU was lost"), "{status}");
    assert!(status.adapter.is_some());
    assert!(status.can_try_gpu);
    for _ in 0..2 {
        assert!(matches!(engine.submit(&prepared).map(drop), Err(GpuError::DeviceLost { .. })));
    }
    // On demand the GPU is tried again, with a new device.
    let again = block_on(recommender.choose_engine(EngineChoice::WebGpu));
    assert_eq!(again.kind, EngineKind::WebGpu, "{again}");
    assert!(!again.can_try_gpu && again.fault.is_none());
    assert_eq!(items(&block_on(recommender.recommend(&request)).expect("an answer")), items(&before));
}

#[test]
fn a_device_that_is_lost_while_nobody_asks_is_noticed() {
    let recommender = recommender(small_bundle(), EngineChoice::WebGpu);
    let engine = recommender.engine().expect("the GPU answers");
    let failure = engine.gpu().failure();
    engine.gpu().device().destroy();
    // Natively the loss is reported at the next poll.
    let _ = engine.gpu().device().poll(wgpu::PollType::Poll);
    block_on(failure);
    let status = recommender.engine_status();
    assert_eq!(status.kind, EngineKind::Cpu, "{status}");
    assert!(matches!(status.fault, Some(GpuError::DeviceLost { .. })), "{status}");
    assert!(recommender.engine().is_none());
    block_on(engine.gpu().failure());
}

#[test]
fn an_answer_that_turns_wrong_after_the_self_check_is_found() {
    let mut both = Both::new(&small_bundle());
    let request = request(&[1, 2], &[3], &[4], 4);
    let prepared = both.prepared(&request);
    let right = both.answer(&request);
    let check = |answered: &[Ranked]| check_answer(&both.student, &prepared, answered);
    assert_eq!(check(&right), Ok(()));
    let changed = |change: &dyn Fn(&mut Vec<Ranked>)| {
        let mut answered = right.clone();
        change(&mut answered);
        answered
    };
    let only = ItemMask::new(9, &|item_idx| item_idx != right[1].item_idx);
    let filtered = both.prepared(&Request { only: Some(only), ..request.clone() });
    assert!(matches!(check_answer(&both.student, &filtered, &right), Err(GpuError::WrongLater { .. })), "left out");
    let novel = both.prepared(&Request { novelty: 0.5, ..request.clone() });
    assert!(matches!(check_answer(&both.student, &novel, &right), Err(GpuError::WrongLater { .. })), "without novelty");
    let masked = Ranked { item_idx: 4, score: both.student.scores_at(&prepared, &[4])[0] };
    for wrong in [
        changed(&|answered| answered[1].score += 0.01),
        changed(&|answered| answered[0].score = f32::NAN),
        changed(&|answered| answered[2].item_idx = answered[3].item_idx),
        changed(&|answered| answered.swap(0, 1)),
        changed(&|answered| answered[1] = answered[0]),
        vec![masked],
    ] {
        assert!(matches!(check(&wrong), Err(GpuError::WrongLater { .. })), "{wrong:?}");
    }
}

#[test]
fn a_wrong_answer_is_found_before_it_is_shown() {
    for (place, score) in [(0, 123.0), (1, f32::NAN)] {
        let mut bundle = small_bundle();
        bundle.golden[1].scores[place] = score;
        let recommender = recommender(bundle, EngineChoice::WebGpu);
        let status = recommender.engine_status();
        assert_eq!(status.kind, EngineKind::Cpu, "{status}");
        assert!(status.reason.contains("failed its self-check: in golden case 1"), "{status}");
        assert!(matches!(status.fault, Some(GpuError::WrongAnswer { case: 1, place: found, .. }) if found == place));
        assert!(block_on(recommender.recommend(&request(&[1], &[], &[], 3))).is_ok());
    }
    let mut bundle = small_bundle();
    bundle.golden[2].items.swap(0, 1);
    let status = recommender(bundle, EngineChoice::WebGpu).engine_status();
    assert!(matches!(status.fault, Some(GpuError::WrongAnswer { case: 2, place: 0, .. })), "{status}");
}

#[test]
fn a_model_without_golden_cases_is_checked_against_the_twin() {
    let mut bundle = small_bundle();
    bundle.golden.clear();
    assert_eq!(recommender(bundle, EngineChoice::WebGpu).engine_status().kind, EngineKind::WebGpu);
}

#[test]
fn a_refused_call_is_an_error_not_a_panic() {
    let gpu = own_gpu();
    let refused = block_on(gpu.validated(|| {
        let descriptor =
            wgpu::ShaderModuleDescriptor { label: None, source: wgpu::ShaderSource::Wgsl("no WGSL".into()) };
        Ok(gpu.device().create_shader_module(descriptor))
    }));
    assert!(matches!(refused.map(drop), Err(GpuError::Shader { .. })));
    // Outside of a scope it is kept, and every later request says so.
    let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::STORAGE;
    let descriptor = wgpu::BufferDescriptor { label: None, size: 16, usage, mapped_at_creation: false };
    drop(gpu.device().create_buffer(&descriptor));
    assert!(matches!(gpu.check(), Err(GpuError::Validation { .. })));
}
