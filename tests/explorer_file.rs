//! The explorer's file: what is written is read, it belongs to one model, and nothing else is read. No bytes make the
//! reader panic.

use std::collections::{BTreeMap, HashMap};

use crate::common::{Seeded, Sizes, bundle, explorer, small_bundle};
use proptest::prelude::*;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use sharp_distill::bundle::{BundleError, ExplorerBundle, LeftOut, METADATA_KEY};
use sharp_distill::student::{Head, Student};
use sharp_distill::teacher::Teacher;

type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn written() -> Vec<u8> {
    let model = small_bundle();
    explorer(&model).to_bytes(&model).unwrap()
}

fn parts(bytes: &[u8]) -> (Tensors, String) {
    let tensors = SafeTensors::deserialize(bytes).unwrap();
    let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
    let document = header.metadata().as_ref().unwrap()[METADATA_KEY].clone();
    let owned =
        |(name, view): (String, TensorView<'_>)| (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()));
    (tensors.tensors().into_iter().map(owned).collect(), document)
}

/// Reads the file with one tensor or its document changed, and gives the message.
fn message_after(change: impl FnOnce(&mut Tensors, &mut String)) -> String {
    let (mut tensors, mut document) = parts(&written());
    change(&mut tensors, &mut document);
    let views = tensors
        .iter()
        .map(|(name, (dtype, shape, data))| (name.clone(), TensorView::new(*dtype, shape.clone(), data).unwrap()));
    let bytes = safetensors::serialize(views, Some(HashMap::from([(METADATA_KEY.to_owned(), document)]))).unwrap();
    ExplorerBundle::read(&bytes, &small_bundle()).unwrap_err().to_string()
}

#[test]
fn what_is_written_is_read() {
    for head in [Head::Mlp, Head::Dot, Head::Hybrid] {
        let model = bundle(3, Sizes { n_users: 6, n_items: 20, emb_dim: 4, hidden_dim: 5, head });
        let made = explorer(&model);
        let bytes = made.to_bytes(&model).unwrap();
        assert_eq!(ExplorerBundle::read(&bytes, &model).unwrap(), made);
        assert_eq!(made.to_bytes(&model).unwrap(), bytes);
    }
}

#[test]
fn parts_may_be_left_out_with_a_reason() {
    let model = small_bundle();
    let left_out = |part: &str| LeftOut { part: part.to_owned(), reason: format!("no {part} today") };
    let parts = ["teacher", "scratch", "projection", "held_out"];
    for part in parts {
        let mut made = explorer(&model);
        match part {
            "teacher" => (made.teacher, made.golden) = (None, Vec::new()),
            "scratch" => made.scratch = None,
            "projection" => made.projection = None,
            _ => made.held_out = None,
        }
        made.left_out.push(left_out(part));
        let read = ExplorerBundle::read(&made.to_bytes(&model).unwrap(), &model).unwrap();
        assert_eq!(read, made);
        assert_eq!(read.reason(part), Some(format!("no {part} today").as_str()));
        assert_eq!(read.reason("weather"), None);
    }
    let nothing = ExplorerBundle { left_out: parts.map(left_out).to_vec(), ..ExplorerBundle::default() };
    assert_eq!(ExplorerBundle::read(&nothing.to_bytes(&model).unwrap(), &model).unwrap(), nothing);
}

#[test]
fn a_file_of_another_model_is_refused() {
    let (bytes, mut other) = (written(), small_bundle());
    other.weights.weight[0] += 1e-3;
    let error = ExplorerBundle::read(&bytes, &other).unwrap_err();
    let BundleError::Explorer { fault } = &error else { panic!("{error}") };
    assert!(matches!(**fault, BundleError::OtherModel { .. }));
    let said = error.to_string();
    let [ours, theirs] = [other.fingerprint(), small_bundle().fingerprint()];
    assert!(said.starts_with("explorer.safetensors: ") && said.contains(&ours) && said.contains(&theirs), "{said}");
    for change in 0..3 {
        let mut other = small_bundle();
        match change {
            0 => other.item_ids.swap(0, 1),
            1 => assert!(other.incidence.insert(0, 0).unwrap()),
            _ => other.weights.features[5] = 0.5,
        }
        assert_ne!(other.fingerprint(), small_bundle().fingerprint());
    }
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let (bytes, model) = (written(), small_bundle());
    for length in 0..bytes.len() {
        assert!(ExplorerBundle::read(&bytes[..length], &model).is_err(), "{length} bytes");
    }
}

#[test]
fn every_tensor_is_missed_by_name_and_has_its_shape_and_type_checked() {
    let (tensors, _) = parts(&written());
    assert!(tensors.len() > 30, "{}", tensors.len());
    for (name, (dtype, shape, data)) in &tensors {
        let missed = message_after(|tensors, _| {
            tensors.remove(name);
        });
        assert!(missed.contains(&format!("tensor `{name}` is missing")), "{missed}");
        let reshaped = message_after(|tensors, _| {
            let mut shape = shape.clone();
            shape.push(1);
            tensors.insert(name.clone(), (*dtype, shape, data.clone()));
        });
        assert!(reshaped.contains(name.as_str()) && reshaped.contains("shape"), "{reshaped}");
        let retyped = message_after(|tensors, _| {
            let zeros = vec![0; shape.iter().product::<usize>() * 8];
            tensors.insert(name.clone(), (Dtype::F64, shape.clone(), zeros));
        });
        assert!(retyped.contains(name.as_str()) && retyped.contains("is needed"), "{retyped}");
    }
}

#[test]
fn numbers_are_finite_and_indices_in_range() {
    for (name, (dtype, ..)) in &parts(&written()).0 {
        let (bytes, word) = match dtype {
            Dtype::F16 => (half::f16::NAN.to_le_bytes().to_vec(), "position 0"),
            Dtype::F32 => (f32::INFINITY.to_le_bytes().to_vec(), "position 0"),
            _ => (999u32.to_le_bytes().to_vec(), "held_out."),
        };
        let message = message_after(|tensors, _| {
            tensors.get_mut(name).unwrap().2[..bytes.len()].copy_from_slice(&bytes);
        });
        assert!(message.contains(word), "{name}: {message}");
    }
    let long = message_after(|tensors, _| {
        tensors.get_mut("projection.axes").unwrap().2[..4].copy_from_slice(&2f32.to_le_bytes());
    });
    assert!(long.contains("`projection.axes` has an axis of length 2"), "{long}");
}

#[test]
fn what_nobody_asked_for_is_refused() {
    let stranger = message_after(|tensors, _| {
        tensors.insert("stranger".to_owned(), (Dtype::U8, vec![1], vec![0]));
    });
    assert!(stranger.contains("tensor `stranger` does not belong"), "{stranger}");
    // Known names, but of parts that the document does not have.
    for (from, to, name) in [
        ("\"has_scratch\":true", "\"has_scratch\":false", "`scratch."),
        ("\"has_held_out\":true", "\"has_held_out\":false", "`held_out."),
        ("\"reads_text\":true", "\"reads_text\":false", "text"),
        ("\"gathered_input\":true", "\"gathered_input\":false", "`teacher.user_channel.gathered`"),
    ] {
        let message = message_after(|_, document| {
            assert!(document.contains(from));
            *document = document.replacen(from, to, 1);
        });
        assert!(message.contains(name) && message.contains("does not belong"), "{message}");
    }
}

#[test]
fn impossible_settings_are_refused_before_anything_is_sized_by_them() {
    for (from, to, field) in [
        ("\"n_users\":6", "\"n_users\":7", "teacher.n_users"),
        ("\"n_items\":9", "\"n_items\":999999999999", "teacher.n_items"),
        ("\"emb_dim\":3", "\"emb_dim\":0", "teacher.emb_dim"),
        ("\"emb_dim\":3", "\"emb_dim\":4", "teacher.user_channel.input"),
        ("\"n_layers\":2", "\"n_layers\":65", "teacher.n_layers"),
        ("\"n_layers\":2", "\"n_layers\":3", "teacher.user_channel.thetas"),
        ("\"hidden_dim\":5", "\"hidden_dim\":0", "hidden_dim"),
        ("\"wide_lambda\":2.0", "\"wide_lambda\":0.0", "teacher.wide_lambda"),
        ("\"residual\":0.5", "\"residual\":-0.5", "teacher.residual"),
        ("\"linear_weight\":0.5", "\"linear_weight\":1e30", "teacher.linear_weight"),
        ("\"activation\":\"tanh\"", "\"activation\":\"softplus\"", "softplus"),
        ("\"temperature_min\":1.0", "\"temperature_min\":0.0", "distil.temperature_min"),
        ("\"n_hops\":0", "\"n_hops\":99999", "distil.n_hops"),
        ("[0.5,0.25]", "[0.5,1.25]", "projection"),
        ("\"user_idx\":5", "\"user_idx\":6", "golden case 5"),
        ("\"format_version\":1", "\"format_version\":2", "format version 2"),
        ("\"has_scratch\":true", "\"has_scratch\":1", "`true` or `false`"),
    ] {
        let message = message_after(|_, document| {
            assert!(document.contains(from), "{document}");
            *document = document.replacen(from, to, 1);
        });
        assert!(message.starts_with("explorer.safetensors: ") && message.contains(field), "{to}: {message}");
    }
}

#[test]
fn what_would_not_be_read_is_not_written() {
    let model = small_bundle();
    let mut broken = explorer(&model);
    broken.scratch.as_mut().unwrap().weight[3] = f32::NAN;
    assert!(broken.to_bytes(&model).is_err());
    let mut broken = explorer(&model);
    broken.golden[0].scores.pop();
    assert!(broken.to_bytes(&model).is_err());
}

/// Scaled to length 1 first, so a longer embedding stands where a shorter one does; nothing stands on the mean's side.
#[test]
fn a_point_depends_on_the_direction_alone() {
    let projection = explorer(&small_bundle()).projection.unwrap();
    let near = |found: [f32; 2], expected: [f32; 2]| {
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6), "{found:?}");
    };
    near(projection.point(&[3.0, 4.0, 0.0, 0.0]), [0.5, 0.7]);
    near(projection.point(&[0.3, 0.4, 0.0, 0.0]), [0.5, 0.7]);
    near(projection.point(&[0.0; 4]), [-0.1, -0.1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Random damage: whatever comes back is either an error or parts that can compute.
    #[test]
    fn damage_never_panics(seed in any::<u64>(), n_changes in 1usize..20) {
        let (mut bytes, model) = (written(), small_bundle());
        let mut seeded = Seeded(seed);
        for _ in 0..n_changes {
            let place = seeded.below(bytes.len());
            bytes[place] = seeded.next_u64() as u8;
        }
        if let Ok(read) = ExplorerBundle::read(&bytes, &model) {
            if let Some((config, weights)) = read.teacher {
                let teacher = Teacher::new(config, weights, &model.incidence).unwrap();
                prop_assert_eq!(teacher.logits(0).len(), 9);
                prop_assert!(teacher.logits_of_visitor(&[0, 3]).is_ok());
            }
            if let Some(scratch) = read.scratch {
                Student::new(model.config.clone(), &scratch, &model.incidence);
            }
        }
    }

    #[test]
    fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        prop_assert!(ExplorerBundle::read(&bytes, &small_bundle()).is_err());
    }
}
