//! Tests of a crate are one program, whose `all.rs` names each file as a module.

/// A file that nobody names would be compiled by nobody, and its tests would be skipped in silence.
///
/// `all` is the text of `all.rs` in `folder`; `programs` are the files beside it that are programs of their own.
pub(crate) fn is_in_this_program(folder: &str, all: &str, programs: &[&str]) {
    for entry in std::fs::read_dir(folder).expect(folder) {
        let name = entry.expect(folder).file_name().to_string_lossy().into_owned();
        let Some(module) = name.strip_suffix(".rs").filter(|_| name != "all.rs") else { continue };
        let is_there = programs.contains(&name.as_str()) || all.contains(&format!("\nmod {module};\n"));
        assert!(is_there, "{folder}/{name} is not in all.rs");
    }
}
