//! Every integration test of the library, a module a file, in one program: linking one for each file takes longer than running
//! them. One file alone: `cargo test --workspace --test all FILE::`.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod catalogue;
mod common;
mod comparison;
mod diversity;
mod engine;
#[path = "common/every_file.rs"]
mod every_file;
mod explorer;
mod explorer_file;
mod explorer_hypergraph;
mod explorer_map;
mod filter;
mod flow;
mod history;
mod history_matching;
mod hypergraph;
mod json;
mod link;
mod model_file;
mod race;
mod scan;
mod shader_runs;
mod shaders;
mod shipped_explorer;
mod shipped_model;
mod stage_parity;
mod student_cpu;
mod teacher;
mod teacher_parity;
mod tuning;

#[test]
fn every_file_of_tests_is_in_this_program() {
    every_file::is_in_this_program(
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests"),
        include_str!("all.rs"),
        &["allocations.rs"],
    );
}
