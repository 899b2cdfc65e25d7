//! A DeBERTa with terms of its attention left out is the same encoder with these terms at 0, and another encoder to all
//! that keeps what it makes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use native_trainer::progress::Progress;
use native_trainer::settings::Settings;
use native_trainer::text::{Attention, CacheChoice, EncoderChoice, EncoderFiles, TextSettings, encoder, hidden_states};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/text")
}

/// An encoder's folder; `change` sees every tensor.
fn files(folder: &Path, config: &str, change: impl Fn(&str, Tensor) -> Tensor) -> EncoderFiles {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::copy(fixtures().join(format!("{config}.json")), folder.join("config.json")).unwrap();
    std::fs::copy(fixtures().join("tokenizer.json"), folder.join("tokenizer.json")).unwrap();
    let weights = fixtures().join(format!("{}.safetensors", config.split('_').next().unwrap()));
    let tensors = candle_core::safetensors::load(weights, &Device::Cpu).unwrap();
    let changed: HashMap<String, Tensor> =
        tensors.into_iter().map(|(name, tensor)| (name.clone(), change(&name, tensor))).collect();
    candle_core::safetensors::save(&changed, folder.join("model.safetensors")).unwrap();
    EncoderFiles::of_folder(folder).unwrap()
}

/// The hidden states of a text of 40 tokens, longer than the buckets of positions reach, and of a short one.
fn states(files: &EncoderFiles) -> Vec<f32> {
    let ids: Vec<u32> = (0..80).map(|at| 3 + (at * 7) % 50).collect();
    let mask: Vec<u32> = (0..80).map(|at| u32::from(at < 40 || at < 52)).collect();
    let of = |numbers: Vec<u32>| Tensor::from_vec(numbers, (2, 40), &Device::Cpu).unwrap();
    let states = hidden_states(files, &of(ids), &of(mask)).unwrap();
    states.narrow(1, 0, 12).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

fn furthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Where positions have projections of their own, a projection of zeros makes its term 0 and leaves the scale alone.
#[test]
fn a_term_that_is_left_out_is_a_term_of_zeros() {
    let folder = tempfile::tempdir().unwrap();
    let whole = files(&folder.path().join("whole"), "deberta_all", |_, tensor| tensor);
    for (attention, zeros) in [
        (Attention::C2p, vec!["pos_query_proj"]),
        (Attention::P2c, vec!["pos_key_proj"]),
        (Attention::Content, vec!["pos_query_proj", "pos_key_proj"]),
    ] {
        let zeroed = files(&folder.path().join(format!("{attention:?}")), "deberta_all", |name, tensor| {
            if zeros.iter().any(|part| name.contains(part)) { tensor.zeros_like().unwrap() } else { tensor }
        });
        let (expected, found) = (states(&zeroed), states(&whole.clone().with_attention(attention).unwrap()));
        assert!(furthest(&expected, &found) < 2e-5, "{attention:?}: {}", furthest(&expected, &found));
        assert!(furthest(&expected, &states(&whole)) > 1e-3, "{attention:?} is not felt at all");
    }
    let same = states(&whole.clone().with_attention(Attention::All).unwrap());
    assert_eq!(same, states(&whole));
}

/// Where content and positions share their projections, both are scaled as one.
#[test]
fn shared_projections_keep_the_scale_they_were_trained_with() {
    let folder = tempfile::tempdir().unwrap();
    let whole = files(&folder.path().join("whole"), "deberta_shared", |_, tensor| tensor);
    for (attention, kept, terms) in
        [(Attention::Content, 1.0f64, "[]"), (Attention::C2p, 2.0, "[\"c2p\"]"), (Attention::P2c, 2.0, "[\"p2c\"]")]
    {
        let by_hand = files(&folder.path().join(format!("{attention:?}")), "deberta_shared", |name, tensor| {
            // The fixture is in f16, whose rounding is none of the encoder's.
            let tensor = tensor.to_dtype(DType::F32).unwrap();
            if name.contains("query_proj") { (tensor * (kept / 3.0).sqrt()).unwrap() } else { tensor }
        });
        let config: serde_json::Value = serde_json::from_slice(&by_hand.config).unwrap();
        let mut config = config.as_object().unwrap().clone();
        config.insert("pos_att_type".to_owned(), serde_json::from_str(terms).unwrap());
        let by_hand = EncoderFiles { config: serde_json::to_vec(&config).unwrap().into(), ..by_hand };
        let found = states(&whole.clone().with_attention(attention).unwrap());
        assert!(furthest(&states(&by_hand), &found) < 2e-5, "{attention:?}");
        assert!(furthest(&states(&whole), &found) > 1e-3, "{attention:?} is not felt at all");
    }
}

#[test]
fn each_choice_of_terms_is_an_encoder_of_its_own_to_the_cache() {
    let vector_of = |attention: &str| {
        let mut settings = Settings::default();
        settings.text = TextSettings { encoder: EncoderChoice::Builtin, cache: CacheChoice::None, ..settings.text };
        settings.set(&format!("text.attention={attention}")).unwrap();
        let encoder = encoder(&settings.text, &Device::Cpu, Progress::quiet()).unwrap().unwrap();
        (encoder.identity().unwrap(), encoder.encode(&["A warm tone, and it stays in tune.".to_owned()]).unwrap())
    };
    let all = ["all", "content", "c2p", "p2c"].map(vector_of);
    for (at, (identity, vector)) in all.iter().enumerate() {
        assert!(vector.iter().all(|x| x.is_finite()));
        for (other, other_vector) in &all[..at] {
            assert!(identity != other && furthest(vector, other_vector) > 1e-4);
        }
    }
    let again = vector_of("c2p");
    assert!(again == all[2], "the same choice is the same encoder");
    let said = Settings::default().set("text.attention=both").unwrap_err().to_string();
    assert!(said.contains("content") && said.contains("c2p"), "{said}");
}

#[test]
fn an_encoder_without_the_term_is_refused_by_the_setting() {
    let folder = tempfile::tempdir().unwrap();
    for (config, attention, wanted) in [
        ("bert", Attention::Content, "only a DeBERTa"),
        ("deberta_c2p", Attention::P2c, "trained without the term p2c"),
        ("deberta_c2c", Attention::C2p, "trained without the term c2p"),
    ] {
        let files = files(&folder.path().join(config), config, |_, tensor| tensor.to_dtype(DType::F32).unwrap());
        let said = files.with_attention(attention).unwrap_err().to_string();
        assert!(said.contains(wanted) && said.contains("text.attention=all"), "{said}");
    }
}
