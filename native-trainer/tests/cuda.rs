//! An NVIDIA GPU beside the CPU: every learned model, step by step and whole, and the command line.
//!
//! Only with the feature `cuda`, and then never skipped: where no device answers, these tests fail. `make cuda-check` runs
//! them where there is one. Operations by themselves: `sparse.rs` here, and `device_paths.rs`, whose composed ways are what
//! a GPU runs.

#![cfg(feature = "cuda")]
use std::process::Command;
use std::sync::Arc;

use crate::common::camps;
use crate::common::paths::{FULL, flat, learned_models, losses_of, random, teachers, text};
use candle_core::{Device, Result, Tensor, Var};
use native_trainer::baselines::edge_softmax::{Gather, edge_softmax_matmul};
use native_trainer::device::DeviceChoice;
use native_trainer::evaluation::Scorer;
use native_trainer::head::relu_score;
use native_trainer::losses::{PositionalFeatures, SoftLabels, hard_loss, info_nce, soft_loss};
use native_trainer::teacher::{PreparedTeacher, Teacher};
use native_trainer::text::{EncoderFiles, Precision, TextEncoder, TransformerEncoder, TransformerOptions};
use sharp_distill::hypergraph::Incidence;

/// Of one operation, of what is as large as the largest number.
const TOLERANCE: f32 = 1e-5;

fn gpu() -> Device {
    DeviceChoice::Cuda(0).choose().expect("the feature cuda was asked for, so there must be a device").device
}

fn close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-3f32, |scale, x| scale.max(x.abs()));
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= tolerance * scale, "{what} at {at}: {found}, not {expected} (of {scale})");
    }
}

/// Value and gradients of `sum(weights * value)` on both devices, and the same bytes when the GPU computes it again.
fn check(what: &str, of: &[&Var], op: &dyn Fn(&[Tensor]) -> Result<Tensor>) {
    let on = |device: &Device| -> Vec<Vec<f32>> {
        let vars: Vec<Var> = of.iter().map(|var| Var::from_tensor(&var.to_device(device).unwrap()).unwrap()).collect();
        let tensors: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
        let value = op(&tensors).unwrap();
        let weights = random("weights", (1, value.elem_count())).reshape(value.shape()).unwrap();
        let weights = weights.to_device(device).unwrap();
        let gradients = (&value * weights).unwrap().sum_all().unwrap().backward().unwrap();
        let of_vars = vars.iter().map(|var| flat(gradients.get(var).unwrap()));
        std::iter::once(flat(&value)).chain(of_vars).collect()
    };
    let (expected, found, again) = (on(&Device::Cpu), on(&gpu()), on(&gpu()));
    for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
        close(&format!("{what}, {at}"), found, expected, TOLERANCE);
    }
    assert!(found == again, "{what}: not the same bytes twice");
}

fn likes() -> Arc<Incidence> {
    camps().0
}

#[test]
fn every_operation_gives_what_the_cpu_gives_and_twice_the_same_bytes() {
    let seen = likes();
    let (a, c, w2) = (random("a", (40, 11)), random("c", (21, 11)), random("w2", (11, 1)));
    check("relu-score", &[&a, &c, &w2], &|of| relu_score(&of[0], &of[1], &of[2]));
    let users: Vec<u32> = (0..40).rev().collect();
    let logits = random("logits", (40, 21));
    check("hard loss", &[&logits], &|of| hard_loss(&of[0], &seen, &users));
    let teacher = random("teacher", (40, 21));
    check("soft loss", &[&logits], &|of| {
        let labels = match of[0].device().is_cpu() {
            true => SoftLabels::new(&flat(&teacher), 21, 2.5)?,
            false => SoftLabels::of_tensor(&teacher.to_device(of[0].device())?, 2.5)?,
        };
        soft_loss(&of[0], &labels.of_users(&users)?.into())
    });
    let (nodes, hyperedges, xs) = (random("nodes", (40, 1)), random("hyperedges", (21, 1)), random("xs", (21, 33)));
    check("attention", &[&nodes, &hyperedges, &xs], &|of| {
        edge_softmax_matmul(&seen, Gather::HyperedgesOfNodes, 0.2, (&of[0], &of[1]), &of[2])
    });
    let (query, positive) = (random("query", (6, 4)), random("positive", (6, 4)));
    check("info-nce", &[&query, &positive], &|of| info_nce(&of[0], &of[1], &[3, 1, 3, 0, 5, 1], 0.2));
    let features = |device: &Device| PositionalFeatures::new(&seen, 3, 0.5).on(device).of(&[39, 0, 7]).unwrap();
    close("positional features", &flat(&features(&gpu())), &flat(&features(&Device::Cpu)), TOLERANCE);
}

#[test]
fn whole_trainings_have_the_losses_of_the_cpu() {
    let (data, gpu) = (camps(), gpu());
    for (name, make) in learned_models() {
        let expected = losses_of(&mut *make(&data, &Device::Cpu), 3);
        let found = losses_of(&mut *make(&data, &gpu), 3);
        assert_eq!(expected.len(), found.len(), "{name}");
        for ((term, expected), (other, found)) in expected.iter().zip(&found) {
            assert_eq!(term, other, "{name}");
            let diff = (expected - found).abs();
            assert!(diff <= FULL + FULL * expected.abs(), "{name}, {term}: {found}, not {expected}");
        }
    }
}

#[test]
fn teachers_answer_alike() {
    let (data, gpu) = (camps(), gpu());
    for (name, settings, reads) in teachers() {
        let logits = |device: &Device| {
            let text = reads.then(text);
            let (train, valid) = (data.0.clone(), &data.1);
            let teacher = Teacher::on(device, settings.clone(), 5, train, valid, text.as_ref()).unwrap();
            let prepared = PreparedTeacher::new(&teacher).unwrap();
            (prepared.logits(0..40).unwrap(), prepared.logits_of(&[7, 0]).unwrap())
        };
        let ((expected, _), (found, of_users)) = (logits(&Device::Cpu), logits(&gpu));
        close(name, &found, &expected, 1e-4);
        let rows = [&found[7 * 21..8 * 21], &found[..21]].concat();
        close(name, &flat(&of_users.expect("where the model lives")), &rows, 1e-4);
    }
}

/// In f32 to 1e-3; in half precision a vector keeps its direction: cosine above 0.999 for f16, 0.99 for bf16.
#[test]
fn the_built_in_encoder_writes_the_vectors_of_the_cpu() {
    let texts = ["warm good guitar", "a string broke after two days", "fine"].map(str::to_owned);
    let encode = |device: Device, precision: Precision| {
        let options = TransformerOptions { max_tokens: 64, precision, device };
        let encoder = TransformerEncoder::load(&EncoderFiles::builtin(), &options).unwrap();
        (encoder.encode(&texts).unwrap(), encoder.dim())
    };
    let (expected, dim) = encode(Device::Cpu, Precision::F32);
    close("f32", &encode(gpu(), Precision::F32).0, &expected, 1e-3);
    for (precision, least) in [(Precision::F16, 0.999), (Precision::Bf16, 0.99), (Precision::Auto, 0.99)] {
        let (found, _) = encode(gpu(), precision);
        for (found, expected) in found.chunks(dim).zip(expected.chunks(dim)) {
            // Both have length 1.
            let cosine: f32 = found.iter().zip(expected).map(|(a, b)| a * b).sum();
            assert!(cosine >= least, "{precision:?}: {cosine}");
        }
    }
}

/// The whole path, twice: one seed gives one table on one GPU.
#[test]
fn a_training_from_the_command_line_says_its_device_and_repeats_itself() {
    let folder = tempfile::tempdir().unwrap();
    let data = crate::common::ratings(folder.path());
    let out = folder.path().join("model");
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_native-trainer"));
        command.args(["train", "--device", "cuda", "--json", "--data"]).arg(&data).arg("--out").arg(&out);
        let output = command.args(crate::common::SMALL).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        assert!(said.contains("computing on cuda:0 ("), "{said}");
        std::fs::read(out.join("model.safetensors")).unwrap()
    };
    let (first, second) = (run(), run());
    assert!(first == second, "not the same bytes twice");
}
