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
#[path = "../../tests/common/every_file.rs"]
mod every_file;
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

#[test]
fn every_file_of_tests_is_in_this_program() {
    every_file::is_in_this_program(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"), include_str!("all.rs"), &[]);
}
