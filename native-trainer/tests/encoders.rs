//! candle's DeBERTa and BERT against PyTorch transformers, and every way in which a folder can be no encoder.
//!
//! The expected numbers are in `fixtures/text/`, made by `fixtures/text/make.py` with random weights, with a text of
//! 40 tokens (beyond the position buckets, which reach 15), one of 9 and one of a single token in one padded batch.
//! candle agrees with transformers on every token of them; where the mask is 0 the two differ (candle puts the
//! attention of padding to zero, transformers spreads it evenly), and nothing reads what stands there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use native_trainer::text::{
    EncoderFiles, Precision, TextEncoder, TextError, TransformerEncoder, TransformerOptions, hidden_states,
};
use safetensors::tensor::TensorView;
use tempfile::TempDir;

const DEBERTA: [&str; 6] =
    ["deberta_c2c", "deberta_c2p", "deberta_p2c", "deberta_all", "deberta_shared", "deberta_no_buckets"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/text")
}

/// An encoder's folder as transformers would have written it.
fn folder(variant: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let weights = variant.split('_').next().unwrap();
    for (from, to) in [
        (format!("{variant}.json"), "config.json"),
        (format!("{weights}.safetensors"), "model.safetensors"),
        ("tokenizer.json".to_owned(), "tokenizer.json"),
    ] {
        std::fs::copy(fixtures().join(from), folder.path().join(to)).unwrap();
    }
    folder
}

fn options(max_tokens: usize) -> TransformerOptions {
    TransformerOptions { max_tokens, precision: Precision::F32, device: Device::Cpu }
}

fn load(folder: &Path) -> Result<TransformerEncoder, TextError> {
    TransformerEncoder::load(&EncoderFiles::of_folder(folder)?, &options(64))
}

fn expected() -> HashMap<String, Tensor> {
    candle_core::safetensors::load(fixtures().join("expected.safetensors"), &Device::Cpu).unwrap()
}

#[test]
fn hidden_states_are_those_of_transformers_term_by_term() {
    let expected = expected();
    let u32s = |name: &str| expected[name].to_dtype(DType::U32).unwrap();
    let (ids, mask) = (u32s("input_ids"), u32s("attention_mask"));
    let is_token: Vec<Vec<u32>> = mask.to_vec2().unwrap();
    for variant in DEBERTA.iter().chain(&["bert"]) {
        let folder = folder(variant);
        let found = hidden_states(&EncoderFiles::of_folder(folder.path()).unwrap(), &ids, &mask).unwrap();
        assert_eq!(found.dims(), expected[*variant].dims());
        let [found, expected]: [Vec<Vec<Vec<f32>>>; 2] = [&found, &expected[*variant]].map(|xs| xs.to_vec3().unwrap());
        for (text, tokens) in is_token.iter().enumerate() {
            for token in (0..tokens.len()).filter(|&token| tokens[token] == 1) {
                for (at, (found, expected)) in found[text][token].iter().zip(&expected[text][token]).enumerate() {
                    let close = (found - expected).abs() <= 2e-5 + 2e-5 * expected.abs();
                    assert!(close, "{variant}, text {text}, token {token}, [{at}]: {found}, not {expected}");
                }
            }
        }
    }
}

/// A mask that hides half the text in the middle of a batch changes nothing but through the mask.
#[test]
fn a_text_has_the_same_vector_alone_and_in_any_batch() {
    let texts: Vec<String> = ["good warm tone", "guitar", "a", "string string guitar tone abc def", "", "  "]
        .into_iter()
        .map(str::to_owned)
        .chain((0..200).map(|n| "good guitar xyz ".repeat(n % 23)))
        .collect();
    for variant in ["deberta_shared", "deberta_no_buckets", "bert"] {
        let encoder = load(folder(variant).path()).unwrap();
        let together = encoder.encode(&texts).unwrap();
        let mut reversed = texts.clone();
        reversed.reverse();
        let backwards = encoder.encode(&reversed).unwrap();
        let dim = encoder.dim();
        assert_eq!((dim, together.len()), (32, texts.len() * 32));
        for (at, text) in texts.iter().enumerate() {
            let alone = encoder.encode(std::slice::from_ref(text)).unwrap();
            let rows = [&together[at * dim..][..dim], &backwards[(texts.len() - 1 - at) * dim..][..dim]];
            for row in rows {
                let difference = alone.iter().zip(row).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(difference <= 1e-5, "{variant}, {text:?}: {difference}");
                let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
                let wanted = if text.trim().is_empty() { 0.0 } else { 1.0 };
                assert!((length - wanted).abs() < 1e-5, "{variant}, {text:?}: length {length}");
            }
        }
    }
}

/// The tokenizer of the fixture pads and cuts off at 7 tokens; a document of one token more has another vector.
#[test]
fn the_length_is_that_of_the_settings_and_the_model_and_not_that_of_the_tokenizer() {
    let folder = folder("deberta_shared");
    let files = EncoderFiles::of_folder(folder.path()).unwrap();
    let encode = |max_tokens: usize, n_words: usize| {
        let encoder = TransformerEncoder::load(&files, &options(max_tokens)).unwrap();
        encoder.encode(&["warm ".repeat(n_words) + "good"]).unwrap()
    };
    assert_ne!(encode(64, 20), encode(64, 21));
    assert_eq!(encode(10, 20), encode(10, 21));
    // The model has 64 positions.
    assert_eq!(encode(512, 200), encode(64, 200));
    let said = TransformerEncoder::load(&files, &options(2)).unwrap_err().to_string();
    assert!(said.contains("text.max_tokens=2") && said.contains("no room"), "{said}");
}

/// The mean over tokens, `[CLS]` and `[SEP]` included.
#[test]
fn a_document_is_the_mean_of_its_tokens() {
    let folder = folder("bert");
    let files = EncoderFiles::of_folder(folder.path()).unwrap();
    let encoder = load(folder.path()).unwrap();
    let found = encoder.encode(&["guitar".to_owned()]).unwrap();
    let tokenizer = tokenizers::Tokenizer::from_bytes(&files.tokenizer).unwrap();
    let guitar = tokenizer.token_to_id("guitar").unwrap();
    let ids = Tensor::new(&[[1u32, guitar, 2]], &Device::Cpu).unwrap();
    let hidden = hidden_states(&files, &ids, &ids.ones_like().unwrap()).unwrap();
    let sum: Vec<f32> = hidden.sum(1).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
    for (found, sum) in found.iter().zip(&sum) {
        assert!((found - sum / length).abs() <= 1e-5);
    }
}

/// Rewrites the weights of a folder with other names.
fn rename(folder: &Path, name: impl Fn(&str) -> String) {
    let path = folder.join("model.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let views: Vec<(String, TensorView<'_>)> =
        tensors.tensors().into_iter().map(|(old, view)| (name(&old), view)).collect();
    let renamed = safetensors::serialize(views, None).unwrap();
    std::fs::write(path, renamed).unwrap();
}

#[test]
fn a_prefix_and_old_names_of_norms_change_nothing() {
    let text = ["good guitar".to_owned()];
    for (variant, prefix) in [("deberta_shared", "deberta."), ("bert", "bert."), ("bert", "model.encoder.bert.")] {
        let folder = folder(variant);
        let plain = load(folder.path()).unwrap().encode(&text).unwrap();
        rename(folder.path(), |name| format!("{prefix}{name}"));
        assert_eq!(load(folder.path()).unwrap().encode(&text).unwrap(), plain);
        rename(folder.path(), |name| {
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        });
        assert_eq!(load(folder.path()).unwrap().encode(&text).unwrap(), plain);
    }
}

/// Loads a folder after a change to it, and gives the message.
fn message_after(variant: &str, change: impl FnOnce(&Path)) -> String {
    let folder = folder(variant);
    change(folder.path());
    let said = load(folder.path()).unwrap_err().to_string();
    assert!(said.contains(&folder.path().display().to_string()) && !said.contains('\n'), "{said}");
    said
}

fn set_config(folder: &Path, key: &str, value: serde_json::Value) {
    let path = folder.join("config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    config[key] = value;
    std::fs::write(path, config.to_string()).unwrap();
}

#[test]
fn a_missing_file_is_named_with_how_to_make_it() {
    for (file, words) in [
        ("config.json", ["no config.json", "save_pretrained"]),
        ("model.safetensors", ["no model.safetensors", "pytorch_model.bin"]),
        ("tokenizer.json", ["no tokenizer.json", "AutoTokenizer"]),
    ] {
        let said = message_after("bert", |folder| std::fs::remove_file(folder.join(file)).unwrap());
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
    let said = message_after("deberta_all", |folder| {
        std::fs::rename(folder.join("tokenizer.json"), folder.join("spm.model")).unwrap();
    });
    assert!(said.contains("spm.model alone cannot be read") && said.contains("AutoTokenizer"), "{said}");
}

#[test]
fn another_architecture_is_refused_with_those_that_can_be_read() {
    for found in [serde_json::json!("roberta"), serde_json::json!(null)] {
        let said = message_after("bert", |folder| set_config(folder, "model_type", found));
        for word in ["config.json", "deberta-v2", "bert"] {
            assert!(said.contains(word), "{said}");
        }
    }
}

#[test]
fn a_config_that_cannot_be_is_refused() {
    use serde_json::json;
    for (variant, key, value, word) in [
        ("deberta_all", "conv_kernel_size", json!(3), "convolution"),
        ("deberta_all", "num_attention_heads", json!(5), "no multiple of num_attention_heads 5"),
        ("deberta_all", "num_attention_heads", json!(0), "num_attention_heads is 0"),
        ("bert", "num_attention_heads", json!(0), "num_attention_heads is 0"),
        ("bert", "hidden_act", json!("swish"), "swish"),
        ("deberta_all", "hidden_size", json!("wide"), "config.json"),
        ("deberta_all", "vocab_size", json!(null), "config.json"),
        ("bert", "type_vocab_size", json!(0), "type_vocab_size is 0"),
        ("deberta_all", "position_buckets", json!(1), "position_buckets"),
    ] {
        let said = message_after(variant, |folder| set_config(folder, key, value));
        assert!(said.contains("config.json") && said.contains(word), "{said}");
    }
    let said = message_after("bert", |folder| std::fs::write(folder.join("config.json"), "{\"model_type\": ").unwrap());
    assert!(said.contains("config.json of the text encoder"), "{said}");
}

#[test]
fn weights_that_do_not_fit_the_config_are_refused_with_the_tensor() {
    use serde_json::json;
    for (variant, key, value, tensor) in [
        ("deberta_all", "num_hidden_layers", json!(3), "encoder.layer.2."),
        ("bert", "num_hidden_layers", json!(3), "encoder.layer.2."),
        ("deberta_all", "vocab_size", json!(65), "word_embeddings"),
        ("bert", "max_position_embeddings", json!(65), "position_embeddings"),
        ("deberta_all", "intermediate_size", json!(47), "intermediate"),
        ("deberta_all", "position_buckets", json!(9), "rel_embeddings"),
        ("deberta_no_buckets", "position_biased_input", json!(true), "position_embeddings"),
    ] {
        let said = message_after(variant, |folder| set_config(folder, key, value));
        assert!(said.contains("model.safetensors") && said.contains(tensor), "{said}");
    }
    let said = message_after("bert", |folder| rename(folder, |name| name.replace("word_embeddings", "words")));
    assert!(said.contains("no tensor embeddings.word_embeddings.weight"), "{said}");
}

#[test]
fn damaged_weights_are_refused_wherever_they_are_cut_off() {
    let bytes = std::fs::read(fixtures().join("bert.safetensors")).unwrap();
    for length in [0, 1, 7, 8, 9, 100, 4000, bytes.len() / 2, bytes.len() - 1] {
        let said = message_after("bert", |folder| {
            std::fs::write(folder.join("model.safetensors"), &bytes[..length]).unwrap();
        });
        assert!(said.contains("model.safetensors") && said.contains("again"), "{length}: {said}");
    }
    let said = message_after("bert", |folder| {
        std::fs::remove_file(folder.join("model.safetensors")).unwrap();
        std::fs::write(folder.join("pytorch_model.bin"), b"no zip").unwrap();
    });
    assert!(said.contains("pytorch_model.bin"), "{said}");
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let path = fixtures().join("tokenizer.json");
    let text = std::fs::read_to_string(path).unwrap();
    let said = message_after("bert", |folder| {
        std::fs::write(folder.join("tokenizer.json"), text.replace("\"tone\":60", "\"tone\":64")).unwrap();
    });
    assert!(said.contains("tokenizer.json") && said.contains("64") && said.contains("vocab_size"), "{said}");
    let said = message_after("bert", |folder| std::fs::write(folder.join("tokenizer.json"), "{}").unwrap());
    assert!(said.contains("tokenizer.json of the text encoder"), "{said}");
}

#[test]
fn numbers_that_are_not_finite_are_refused_with_the_document() {
    let folder = folder("bert");
    let path = folder.path().join("model.safetensors");
    let mut tensors = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
    let norm = tensors.get_mut("encoder.layer.1.output.LayerNorm.bias").unwrap();
    *norm = norm.affine(0.0, f64::NAN).unwrap();
    candle_core::safetensors::save(&tensors, &path).unwrap();
    let said = load(folder.path()).unwrap().encode(&["good".to_owned()]).unwrap_err().to_string();
    assert!(said.contains("document 0") && said.contains("not finite"), "{said}");
}

fn sentences() -> Vec<String> {
    std::fs::read_to_string(fixtures().join("sentences.txt")).unwrap().lines().map(str::to_owned).collect()
}

/// Compares with what `fixtures/text/sentences.py` wrote for the same encoder.
fn check_sentences(files: &EncoderFiles, expected: &str) {
    let encoder = TransformerEncoder::load(files, &options(128)).unwrap();
    let found = encoder.encode(&sentences()).unwrap();
    let expected = candle_core::safetensors::load(fixtures().join(expected), &Device::Cpu).unwrap();
    let expected: Vec<f32> = expected["vectors"].flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let (sentence, place) = (at / encoder.dim(), at % encoder.dim());
        let close = (found - expected).abs() <= 1e-5;
        assert!(
            close,
            "sentence {sentence}, [{place}]: {found}, not {expected}; run sentences.py if the encoder is new"
        );
    }
}

#[test]
fn sentences_of_the_built_in_deberta_have_the_vectors_of_transformers() {
    let files = EncoderFiles::builtin();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&files.config).unwrap()["model_type"], "deberta-v2");
    check_sentences(&files, "builtin.safetensors");
}
