//! What the JSON formats share: one object a line, of which only the wanted fields are ever taken in.

use serde::de::DeserializeOwned;

use super::python;
use crate::data::error::{DataError, Fault, Skipped};
use crate::data::source::{Source, read_lines};

/// Reads one `T` a line. `T` says which fields there are; all others, personal ones above all, are passed over without
/// being stored.
pub(in crate::data) fn read<T: DeserializeOwned>(
    source: Source<'_>,
    mut each: impl FnMut(T) -> Result<(), Fault>,
) -> Result<Option<Skipped>, DataError> {
    read_lines(source, |_, line| {
        let line = python::to_json(line);
        each(serde_json::from_str(&line).map_err(|error| explain::<T>(&line, &error))?)
    })
}

/// Reads a refused line again to say which field is at fault.
fn explain<T: DeserializeOwned>(line: &str, error: &serde_json::Error) -> Fault {
    let mut json = serde_json::Deserializer::from_str(line);
    let field = match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(error) if error.inner().is_data() && error.path().iter().len() > 0 => format!("field {}: ", error.path()),
        _ => String::new(),
    };
    let (said, place) = (error.to_string(), format!(" at line {} column {}", error.line(), error.column()));
    Fault::Json { at: error.column(), reason: field + said.strip_suffix(&place).unwrap_or(&said) }
}

/// An id that every line must have.
pub(in crate::data) fn id<'a>(value: Option<&'a str>, field: &'static str) -> Result<&'a str, Fault> {
    value.map(str::trim).filter(|id| !id.is_empty()).ok_or(Fault::Missing { field })
}
