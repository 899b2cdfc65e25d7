//! Every integration test of the trainer, a module a file, in one program: linking one for each file takes longer than running
//! them. One file alone: `cargo test --workspace --test all FILE::`.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod ablation;
mod attention;
mod bad_input;
mod baselines;
mod candidates;
mod command_line;
mod common;
mod cuda;
mod device_paths;
mod edge_cases;
mod encoders;
mod explained;
mod export;
mod figures;
mod formats;
mod gradients;
mod memory;
mod parquet;
mod reports;
mod reproduce;
mod resume;
mod reviews;
mod scale;
mod sparse;
mod splits;
mod streamed_reviews;
mod students;
mod synthetic;
mod teachers;
mod texts;
mod tuning;
mod yardstick;

/// A file that nobody names here would be compiled by nobody, and its tests would be skipped in silence.
#[test]
fn every_file_of_tests_is_in_this_program() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    for entry in std::fs::read_dir(folder).expect(folder) {
        let name = entry.expect(folder).file_name().to_string_lossy().into_owned();
        if let Some(module) = name.strip_suffix(".rs").filter(|_| !["all.rs"].contains(&name.as_str())) {
            assert!(
                include_str!("all.rs").contains(&format!("\nmod {module};\n")),
                "tests/{name} is not in tests/all.rs"
            );
        }
    }
}
