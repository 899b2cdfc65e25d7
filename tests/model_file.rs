//! The model file: what is written is read, and nothing else is. No bytes make the reader panic.

use crate::common::{Seeded, Sizes, bundle, small_bundle};
use proptest::prelude::*;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use sharp_distill::bundle::{Bundle, BundleError, ItemText, MAX_ITEM_TEXT_DIM, METADATA_KEY, round_to_f16};
use sharp_distill::student::Head;
use std::collections::{BTreeMap, HashMap};

type Entry = (Dtype, Vec<usize>, Vec<u8>);
type Tensors = BTreeMap<String, Entry>;

/// A file taken apart, so that a test can damage one part and put it together again.
fn parts(bytes: &[u8]) -> (Tensors, String) {
    let tensors = SafeTensors::deserialize(bytes).unwrap();
    let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
    let document = header.metadata().as_ref().unwrap()[METADATA_KEY].clone();
    let tensors = tensors
        .tensors()
        .into_iter()
        .map(|(name, view)| (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec())))
        .collect();
    (tensors, document)
}

fn together(tensors: &Tensors, document: &str) -> Vec<u8> {
    let views = tensors
        .iter()
        .map(|(name, (dtype, shape, data))| (name.clone(), TensorView::new(*dtype, shape.clone(), data).unwrap()));
    safetensors::serialize(views, Some(HashMap::from([(METADATA_KEY.to_owned(), document.to_owned())]))).unwrap()
}

/// Reads the small model with one tensor or its document changed, and gives the message.
fn message_after(change: impl FnOnce(&mut Tensors, &mut String)) -> String {
    let (mut tensors, mut document) = parts(&small_bundle().to_bytes().unwrap());
    change(&mut tensors, &mut document);
    Bundle::read(&together(&tensors, &document)).unwrap_err().to_string()
}

#[test]
fn what_is_written_is_read() {
    for head in [Head::Mlp, Head::Dot, Head::Hybrid] {
        for (n_users, n_items) in [(0, 1), (1, 1), (6, 9), (40, 200)] {
            let made = bundle(3, Sizes { n_users, n_items, emb_dim: 4, hidden_dim: 5, head });
            let bytes = made.to_bytes().unwrap();
            assert_eq!(Bundle::read(&bytes).unwrap(), made);
        }
    }
}

#[test]
fn one_bundle_gives_one_sequence_of_bytes() {
    let made = small_bundle();
    let first = made.to_bytes().unwrap();
    for _ in 0..8 {
        assert_eq!(made.clone().to_bytes().unwrap(), first);
    }
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let bytes = small_bundle().to_bytes().unwrap();
    for length in 0..bytes.len() {
        let error = Bundle::read(&bytes[..length]).unwrap_err();
        assert!(matches!(error, BundleError::Container { .. }), "{length} bytes: {error}");
    }
}

#[test]
fn every_tensor_is_missed_by_name() {
    let (tensors, _) = parts(&small_bundle().to_bytes().unwrap());
    for name in tensors.keys() {
        let message = message_after(|tensors, _| {
            tensors.remove(name);
        });
        assert!(message.starts_with(&format!("tensor `{name}` is missing")), "{message}");
        assert!(message.contains("cargo run --release -p native-trainer"), "no remedy: {message}");
    }
}

#[test]
fn every_tensor_has_its_shape_and_type_checked() {
    let (tensors, _) = parts(&small_bundle().to_bytes().unwrap());
    for (name, (dtype, shape, data)) in &tensors {
        let size = data.len() / shape.iter().product::<usize>().max(1);
        let reshaped = message_after(|tensors, _| {
            let mut shape = shape.clone();
            shape.push(1);
            tensors.insert(name.clone(), (*dtype, shape, data.clone()));
        });
        assert!(reshaped.contains(name.as_str()) && reshaped.contains("shape"), "{reshaped}");
        // One letter less is still a list of names; `item_names_are_complete_and_different` is about those.
        if name != "items.ids" {
            let shorter = message_after(|tensors, _| {
                let mut shape = shape.clone();
                shape[0] -= 1;
                let row = data.len() / (shape[0] + 1);
                tensors.insert(name.clone(), (*dtype, shape, data[row..].to_vec()));
            });
            let family = name.split('.').next().unwrap();
            assert!(shorter.contains(family), "{name}: {shorter}");
        }
        let retyped = message_after(|tensors, _| {
            let dtype = if size == 8 { Dtype::I64 } else { Dtype::F64 };
            let zeros = vec![0; shape.iter().product::<usize>() * 8];
            tensors.insert(name.clone(), (dtype, shape.clone(), zeros));
        });
        assert!(retyped.contains(name.as_str()) && retyped.contains("is needed"), "{retyped}");
    }
}

#[test]
fn nan_and_infinity_are_named_with_tensor_and_position() {
    for (name, bytes) in [
        ("student.weight", f32::NAN.to_le_bytes().to_vec()),
        ("head.output_bias", f32::INFINITY.to_le_bytes().to_vec()),
        ("head.user_weight", f32::NEG_INFINITY.to_le_bytes().to_vec()),
        ("student.features", half::f16::NAN.to_le_bytes().to_vec()),
        ("head.hidden_bias", 1e30f32.to_le_bytes().to_vec()),
    ] {
        let message = message_after(|tensors, _| {
            let data = &mut tensors.get_mut(name).unwrap().2;
            data[..bytes.len()].copy_from_slice(&bytes);
        });
        assert!(message.starts_with(&format!("tensor `{name}` holds ")), "{message}");
        assert!(message.contains("at position 0"), "{message}");
    }
}

#[test]
fn an_index_out_of_range_is_named() {
    let message = message_after(|tensors, _| {
        tensors.get_mut("incidence.indices").unwrap().2[..4].copy_from_slice(&77u32.to_le_bytes());
    });
    assert!(message.contains("`incidence.*`") && message.contains("hyperedge 77 is out of range"), "{message}");
    let message = message_after(|tensors, _| {
        tensors.get_mut("incidence.offsets").unwrap().2[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    });
    assert!(message.contains("`incidence.*`") && message.contains("offsets descend"), "{message}");
}

#[test]
fn item_names_are_complete_and_different() {
    for (names, word) in [("a\nb", "2 names for 9 items"), ("a\na\nb\nc\nd\ne\nf\ng\nh", "`a` names two items")] {
        let message = message_after(|tensors, _| {
            tensors.insert("items.ids".to_owned(), (Dtype::U8, vec![names.len()], names.as_bytes().to_vec()));
        });
        assert!(message.contains(word), "{message}");
    }
    let message = message_after(|tensors, _| {
        tensors.insert("items.ids".to_owned(), (Dtype::U8, vec![2], vec![0xff, 0xfe]));
    });
    assert!(message.contains("`items.*`") && message.contains("utf-8"), "{message}");
}

#[test]
fn foreign_and_future_files_say_so() {
    let message =
        message_after(|_, document| *document = document.replacen("\"format_version\":1", "\"format_version\":2", 1));
    assert!(message.contains("format version 2, this program reads version 1"), "{message}");
    let message = message_after(|_, document| *document = "{}".to_owned());
    assert!(message.contains("no format_version"), "{message}");
    let message = message_after(|_, document| *document = "not json".to_owned());
    assert!(message.contains("metadata"), "{message}");
    let message = message_after(|tensors, _| {
        tensors.insert("stranger".to_owned(), (Dtype::U8, vec![1], vec![0]));
    });
    assert!(message.contains("tensor `stranger` does not belong"), "{message}");
    let view = TensorView::new(Dtype::U8, vec![1], &[0]).unwrap();
    let foreign = safetensors::serialize([("x", view)], None).unwrap();
    assert!(matches!(Bundle::read(&foreign), Err(BundleError::Foreign)));
}

#[test]
fn impossible_configurations_are_refused_before_anything_is_sized_by_them() {
    for (from, to, field) in [
        ("\"n_items\":9", "\"n_items\":0", "n_items"),
        ("\"n_items\":9", "\"n_items\":999999999999", "n_items"),
        ("\"emb_dim\":4", "\"emb_dim\":0", "emb_dim"),
        ("\"hidden_dim\":3", "\"hidden_dim\":99999", "hidden_dim"),
        ("\"head\":\"hybrid\"", "\"head\":\"dot\"", "hidden_dim"),
        ("\"dislike_weight\":0.25", "\"dislike_weight\":-1.0", "dislike_weight"),
        ("\"n_users\":6", "\"n_users\":7", "student.features"),
        ("\"head\":\"hybrid\"", "\"head\":\"oracle\"", "oracle"),
        ("\"emb_dim\":4", "\"emb_dim\":4,\"extra\":1", "extra"),
    ] {
        let message = message_after(|_, document| {
            assert!(document.contains(from), "{document}");
            *document = document.replacen(from, to, 1);
        });
        assert!(message.contains(field), "{to}: {message}");
    }
}

#[test]
fn golden_cases_must_be_possible() {
    for (from, to) in [("\"liked\":[0]", "\"liked\":[9]"), ("\"liked\":[0]", "\"liked\":[0,0]")] {
        let message = message_after(|_, document| {
            assert!(document.contains(from));
            *document = document.replacen(from, to, 1);
        });
        assert!(message.contains("golden case 1"), "{message}");
    }
}

#[test]
fn a_bundle_that_would_not_be_read_is_not_written() {
    let mut broken = small_bundle();
    broken.weights.weight[3] = f32::NAN;
    assert!(matches!(broken.to_bytes(), Err(BundleError::NotFinite { .. })));
    let mut broken = small_bundle();
    broken.item_ids[2] = "line\nbreak".to_owned();
    assert!(matches!(broken.to_bytes(), Err(BundleError::ItemIds { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Random damage: whatever comes back is either an error or a model that can answer.
    #[test]
    fn damage_never_panics(seed in any::<u64>(), n_changes in 1usize..20) {
        let mut bytes = small_bundle().to_bytes().unwrap();
        let mut seeded = Seeded(seed);
        for _ in 0..n_changes {
            let place = seeded.below(bytes.len());
            bytes[place] = seeded.next_u64() as u8;
        }
        if let Ok(read) = Bundle::read(&bytes) {
            let student = sharp_distill::student::Student::new(read.config.clone(), &read.weights, &read.incidence);
            for case in &read.golden {
                let mut workspace = Default::default();
                student.recommend(&case.request(), &mut workspace).unwrap();
            }
        }
    }

    #[test]
    fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        prop_assert!(Bundle::read(&bytes).is_err());
    }
}

/// The small model with what people wrote: item 4 has no text.
fn with_text() -> Bundle {
    let mut rows: Vec<f32> =
        (0..9).flat_map(|item| [0.6 * f32::from(item != 4), 0.0, 0.8 * f32::from(item != 4)]).collect();
    rows[8 * 3..].copy_from_slice(&[0.0, -1.0, 0.0]);
    round_to_f16(&mut rows);
    Bundle { item_text: Some(ItemText { dim: 3, rows }), ..small_bundle() }
}

/// Of every width there can be; and without it, the bytes are those of a file that never knew of it.
#[test]
fn texts_of_items_are_read_as_they_were_written_and_may_be_absent() {
    let made = with_text();
    let read = Bundle::read(&made.to_bytes().unwrap()).unwrap();
    assert_eq!(read, made);
    let text = read.item_text.unwrap();
    assert!((text.cosine(0, 1) - 1.0).abs() < 1e-3 && text.cosine(0, 8) == 0.0 && text.cosine(4, 4) == 0.0);
    for dim in [1, MAX_ITEM_TEXT_DIM] {
        let rows = (0..9 * dim).map(|at| f32::from(at % dim == 0)).collect();
        let made = Bundle { item_text: Some(ItemText { dim, rows }), ..small_bundle() };
        assert_eq!(Bundle::read(&made.to_bytes().unwrap()).unwrap(), made);
    }
    let (tensors, _) = parts(&small_bundle().to_bytes().unwrap());
    assert!(!tensors.contains_key("teacher.item_text"));
    assert_eq!(Bundle::read(&small_bundle().to_bytes().unwrap()).unwrap().item_text, None);
}

#[test]
fn texts_of_items_have_their_shape_type_and_numbers_checked() {
    let (tensors, document) = parts(&with_text().to_bytes().unwrap());
    let message = |change: &dyn Fn(&mut Entry)| {
        let mut tensors = tensors.clone();
        change(tensors.get_mut("teacher.item_text").unwrap());
        let said = Bundle::read(&together(&tensors, &document)).unwrap_err().to_string();
        assert!(said.starts_with("tensor `teacher.item_text`"), "{said}");
        said
    };
    for shape in [vec![3, 9], vec![27], vec![27, 1], vec![9, 3, 1], vec![1, 27]] {
        assert!(message(&|tensor| tensor.1 = shape.clone()).contains("shape"));
    }
    let wide = message(&|tensor| *tensor = (Dtype::F16, vec![9, 65], vec![0; 9 * 65 * 2]));
    assert!(wide.contains("[9, 65]") && wide.contains("[9, 64]"), "{wide}");
    assert!(message(&|tensor| *tensor = (Dtype::F16, vec![9, 0], Vec::new())).contains("shape"));
    assert!(message(&|tensor| *tensor = (Dtype::F32, vec![9, 3], vec![0; 9 * 3 * 4])).contains("f16 is needed"));
    let at = |value: f32| half::f16::from_f32(value).to_le_bytes();
    assert!(message(&|tensor| tensor.2[6..8].copy_from_slice(&at(f32::NAN))).contains("NaN at position 3"));
    assert!(message(&|tensor| tensor.2[6..8].copy_from_slice(&at(0.9))).contains("for item 1"));
    // What would be refused is not written.
    for (dim, rows) in [(3, vec![0.5; 27]), (3, vec![0.0; 24]), (0, Vec::new()), (65, vec![0.0; 9 * 65])] {
        let bad = Bundle { item_text: Some(ItemText { dim, rows }), ..small_bundle() };
        assert!(bad.to_bytes().is_err());
    }
}
