//! Every shader is valid WGSL, does what its row in the table says, and sees the uniforms as Rust lays them out.

use std::collections::BTreeSet;
use std::mem::{offset_of, size_of};
use std::path::PathBuf;

use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, StorageAccess, TypeInner};
use sharp_distill::gpu::{
    Access, BLOCK_ITEMS, Chunk, Dims, MAX_PLACES, MAX_WIDTH, N_SLOTS, RequestDims, SHADERS, ShaderRow, Storage,
    TEACHER_SHADERS, TeacherDims, score_row,
};
use sharp_distill::student::{MAX_K, Membership, Stage, When};
use sharp_distill::teacher::TeacherStage;

/// Files that are put before others and are no stage.
const SHARED: [&str; 7] = ["dims", "keys", "linear_idx", "storage_f16", "storage_f32", "storage_int8", "teacher_dims"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("shaders")
}

fn parsed<S>(row: &ShaderRow<S>) -> naga::Module {
    let module = naga::front::wgsl::parse_str(row.source)
        .unwrap_or_else(|error| panic!("{}:\n{}", row.name, error.emit_to_string(row.source)));
    // No capability beyond the base: no f16, no subgroups. Unpacking half precision is base, but old OpenGL lacks it.
    Validator::new(ValidationFlags::all(), Capabilities::SHADER_FLOAT16_IN_FLOAT32)
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}:\n{}", row.name, error.emit_to_string(row.source)));
    module
}

/// A row whatever its stage.
fn plain<S>(row: ShaderRow<S>) -> ShaderRow<()> {
    let ShaderRow { name, source, wg_size, bindings, .. } = row;
    ShaderRow { stage: (), name, source, wg_size, bindings }
}

/// The rows of both tables, and `score` for each storage.
fn all_rows() -> Vec<ShaderRow<()>> {
    let scores = Storage::ALL.into_iter().map(|storage| plain(*score_row(storage)));
    let files = SHADERS.into_iter().map(plain).chain(TEACHER_SHADERS.into_iter().map(plain));
    files.chain(scores).collect()
}

/// A shader as it is shipped: without comments, indentation, empty lines and spaces between words and operators.
fn shipped(text: &str) -> String {
    let code = |line: &str| {
        let words = line.split("//").next().unwrap_or_default().split_whitespace();
        words.fold(String::new(), |line, word| {
            let is_of_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
            let parts_two = !line.is_empty() && is_of_word(line.chars().last()) == is_of_word(word.chars().next());
            line + if parts_two { " " } else { "" } + word
        })
    };
    text.lines().map(code).filter(|line| !line.is_empty()).map(|line| line + "\n").collect()
}

#[test]
fn every_stage_has_its_shader_and_every_file_a_row() {
    let stages: Vec<_> = SHADERS.iter().map(|row| row.stage).collect();
    let mut in_order = stages.clone();
    in_order.dedup();
    assert_eq!(in_order, Stage::ALL, "rows follow the order of the stages");
    for stage in Stage::ALL {
        assert!(SHADERS.iter().any(|row| row.name == stage.name()), "{} has a file of its name", stage.name());
    }
    // Of the teacher those that a GPU computes, in order.
    let stages: Vec<_> = TEACHER_SHADERS.iter().map(|row| row.stage).collect();
    assert!(TeacherStage::ALL.starts_with(&stages), "{stages:?}");
    assert!(TEACHER_SHADERS.iter().all(|row| row.name == row.stage.name()));
    let files: BTreeSet<_> = std::fs::read_dir(folder())
        .expect("shaders/ is there")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wgsl"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    let known: BTreeSet<_> = all_rows().iter().map(|row| row.name).chain(SHARED).map(str::to_owned).collect();
    assert_eq!(files, known);
}

#[test]
fn files_are_short_and_begin_with_what_they_do() {
    for name in all_rows().iter().map(|row| row.name).chain(SHARED) {
        let text = std::fs::read_to_string(folder().join(name).with_extension("wgsl")).expect("a readable file");
        let n_lines = text.lines().count();
        assert!(n_lines < 100, "{name}.wgsl has {n_lines} lines");
        assert!(text.starts_with("// "), "{name}.wgsl begins with a comment");
        if !SHARED.contains(&name) {
            assert!(text.starts_with(&format!("// {name}: ")), "{name}.wgsl names its stage");
            assert!(
                all_rows().iter().any(|row| row.name == name && row.source.contains(&shipped(&text))),
                "{name} is in its row"
            );
        }
    }
}

#[test]
fn bindings_entry_points_and_workgroups_are_those_of_the_table() {
    for row in all_rows() {
        let module = parsed(&row);
        let [entry] = module.entry_points.as_slice() else { panic!("{} has one entry point", row.name) };
        assert_eq!((entry.name.as_str(), entry.workgroup_size), ("main", [row.wg_size, 1, 1]), "{}", row.name);
        let mut bindings: Vec<_> = module
            .global_variables
            .iter()
            .filter_map(|(_, global)| Some((global.binding?, global)))
            .map(|(binding, global)| {
                assert_eq!(binding.group, 0, "{}", row.name);
                (binding.binding, global.name.clone().unwrap_or_default(), access(&module, global))
            })
            .collect();
        bindings.sort_by_key(|(binding, ..)| *binding);
        // Blocks of items are read, too; how much must be bound is asserted below.
        let unblocked = |access| if access == Access::ReadBlocks { Access::Read } else { access };
        let expected: Vec<_> = (0..)
            .zip(row.bindings)
            .map(|(binding, (name, access))| (binding, (*name).to_owned(), unblocked(*access)))
            .collect();
        assert_eq!(bindings, expected, "{}", row.name);
    }
}

/// An adapter looks once, when a buffer is bound, whether the first element is there.
#[test]
fn every_element_fits_what_must_be_bound() {
    for row in all_rows() {
        let module = parsed(&row);
        for (_, global) in module.global_variables.iter() {
            let (Some(binding), TypeInner::Array { stride, .. }) = (&global.binding, &module.types[global.ty].inner)
            else {
                continue;
            };
            let (name, access) = row.bindings[binding.binding as usize];
            if access == Access::Visitor {
                let size = module.types[global.ty].inner.size(module.to_ctx());
                assert_eq!(size as usize, 4 * MAX_WIDTH, "{name} of {}", row.name);
                continue;
            }
            let least = if access == Access::ReadBlocks { 64 } else { 16 };
            assert!(*stride <= least, "{} of {}: elements of {stride} bytes", name, row.name);
        }
    }
}

fn access(module: &naga::Module, global: &naga::GlobalVariable) -> Access {
    match global.space {
        AddressSpace::Uniform if matches!(module.types[global.ty].inner, TypeInner::Array { .. }) => Access::Visitor,
        AddressSpace::Uniform => match module.types[global.ty].name.as_deref() {
            Some("Dims") => Access::Dims,
            Some("TeacherDims") => Access::TeacherDims,
            Some("RequestDims") => Access::Request,
            Some("Chunk") => Access::Chunk,
            other => panic!("an unknown uniform {other:?}"),
        },
        AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => Access::Write,
        AddressSpace::Storage { .. } => Access::Read,
        other => panic!("a binding in {other:?}"),
    }
}

/// Size, and name and offset of every member, as naga lays the struct out.
fn layout(module: &naga::Module, name: &str) -> Option<(u32, Vec<(String, u32)>)> {
    module.types.iter().find_map(|(_, ty)| match &ty.inner {
        TypeInner::Struct { members, span } if ty.name.as_deref() == Some(name) => {
            let members = members.iter().map(|member| (member.name.clone().unwrap_or_default(), member.offset));
            Some((*span, members.collect()))
        }
        _ => None,
    })
}

macro_rules! rust_layout {
    ($ty:ty, $($field:ident),+) => {
        (size_of::<$ty>() as u32, vec![$((stringify!($field).to_owned(), offset_of!($ty, $field) as u32)),+])
    };
}

#[test]
fn structs_lie_in_memory_as_in_rust() {
    let structs = [
        ("Dims", rust_layout!(Dims, n_nodes, n_items, emb_blocks, hidden_blocks, has_dot, output_bias)),
        (
            "TeacherDims",
            rust_layout!(
                TeacherDims,
                n_rows,
                emb_blocks,
                hidden_blocks,
                activation,
                residual,
                has_text,
                has_fusion_residual,
                has_dot
            ),
        ),
        ("Chunk", rust_layout!(Chunk, first_item, n_items)),
        ("RequestDims", rust_layout!(RequestDims, n_memberships, n_seen_items, k, visitor_inv_sqrt_degree, novelty)),
        ("Membership", rust_layout!(Membership, item_idx, weight)),
    ];
    for (name, expected) in structs {
        let rows = all_rows();
        let seen: Vec<_> = rows.iter().filter_map(|row| Some((row.name, layout(&parsed(row), name)?))).collect();
        assert!(!seen.is_empty(), "no shader has {name}");
        for (shader, actual) in seen {
            assert_eq!(actual, expected, "{name} in {shader}");
        }
    }
}

/// The value of a `u32` constant.
fn constant(module: &naga::Module, name: &str) -> Option<u32> {
    let (_, constant) = module.constants.iter().find(|(_, constant)| constant.name.as_deref() == Some(name))?;
    match module.global_expressions[constant.init] {
        naga::Expression::Literal(naga::Literal::U32(value)) => Some(value),
        _ => None,
    }
}

#[test]
fn the_candidate_list_has_room_whatever_the_scores_are() {
    let row = SHADERS.iter().find(|row| row.name == "top_k_merge").expect("top_k_merge is there");
    let module = parsed(row);
    let number = |name| constant(&module, name).unwrap_or_else(|| panic!("{name} is a number"));
    let (capacity, per_thread, places) = (number("CAPACITY"), number("PER_THREAD"), number("MAX_PLACES"));
    assert_eq!(number("SHARE"), row.wg_size * per_thread, "what is looked at in one go");
    assert_eq!(capacity, places * (1 + per_thread), "what is left, and the entries of those whose best may be ranked");
    assert_eq!(places, MAX_PLACES);
    assert!(places >= MAX_K as u32 && places <= row.wg_size, "the floor is the k-th best of the invocations'");
    assert!(capacity >= places + 512, "a share without a floor");
    // The list, the bests, the floor and the count; the least that any adapter has is 16,352 bytes.
    assert!(8 * (capacity + row.wg_size) + 12 <= 16_352);
}

#[test]
fn the_slots_are_those_that_the_engine_makes() {
    for row in SHADERS.iter().filter(|row| row.bindings.iter().any(|(name, _)| *name == "bests")) {
        assert_eq!(constant(&parsed(row), "N_SLOTS"), Some(N_SLOTS), "{}", row.name);
        assert!(row.name != "top_k_floor" || row.wg_size == N_SLOTS, "one invocation a slot");
    }
}

#[test]
fn a_workgroup_of_score_reads_one_block() {
    for storage in Storage::ALL {
        let row = *score_row(storage);
        assert_eq!(BLOCK_ITEMS, 4 * row.wg_size as usize, "{storage}");
    }
    let lanes = SHADERS.iter().find(|row| row.name == "item_blocks").map(|row| constant(&parsed(row), "LANES"));
    assert_eq!(lanes, Some(Some(BLOCK_ITEMS as u32 / 4)));
}

#[test]
fn the_readme_shows_the_table() {
    let readme = std::fs::read_to_string(folder().join("README.md")).expect("shaders/README.md is there");
    for row in &SHADERS {
        let when = match row.stage.when() {
            When::Load => "load",
            When::Request => "request",
        };
        let bindings: Vec<_> = row.bindings.iter().map(|(name, _)| format!("`{name}`")).collect();
        let line = format!(
            "| `{}` | [{1}.wgsl]({1}.wgsl) | `cpu::{0}` | {when} | {2} | `{3}` |",
            row.stage.name(),
            row.name,
            bindings.join(", "),
            row.stage.equation()
        );
        assert!(readme.contains(&line), "shaders/README.md lacks this line, or has it otherwise:\n{line}");
    }
    let n_rows = readme.lines().filter(|line| line.contains("`cpu::")).count();
    assert_eq!(n_rows, SHADERS.len(), "shaders/README.md has no other rows");
    for row in &TEACHER_SHADERS {
        let bindings: Vec<_> = row.bindings.iter().map(|(name, _)| format!("`{name}`")).collect();
        let line = format!(
            "| `{0}` | [{0}.wgsl]({0}.wgsl) | `teacher::cpu::{0}` | {1} | `{2}` |",
            row.name,
            bindings.join(", "),
            row.stage.equation()
        );
        assert!(readme.contains(&line), "shaders/README.md lacks this line, or has it otherwise:\n{line}");
    }
}

/// What a workgroup keeps has room for the widest layer that a file may have.
#[test]
fn workgroups_of_the_teacher_have_room_for_the_widest_layer() {
    for name in ["fusion", "teacher_score"] {
        let row = TEACHER_SHADERS.iter().find(|row| row.name == name).expect("a row of this name");
        assert_eq!(constant(&parsed(row), "MAX_BLOCKS"), Some(MAX_WIDTH as u32 / 4), "{name}");
    }
}
