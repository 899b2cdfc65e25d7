//! The figures of the project's texts, written from the committed reports.
//!
//! A table stands between two markers of its own, each alone in its line, and is written anew as a whole:
//!
//! ```text
//! <!-- figures: results movielens -->
//!
//! | model | NDCG@10 | ...
//!
//! <!-- /figures -->
//! ```
//!
//! A figure within a sentence stands between markers in its line: `<!-- figure: gain movielens -->1.25<!-- /figure -->`.
//! Both are invisible where markdown is shown. Text within code (a fence, backticks) is left alone.
//!
//! The first word says what kind of figure it is ([`KINDS`]), the rest is what that kind asks for. A new kind is one function and one
//! line in [`KINDS`]; often none is needed, because `table` and `value` show what lies anywhere in a JSON file.

mod encoder;
mod error;
mod evaluated;
mod format;
mod generic;
mod markers;
mod sources;
mod studied;
mod tuned;

use std::path::{Path, PathBuf};

pub use error::{Fault, FigureError};
use markers::{Marker, find};
pub use sources::{Json, Sources};

use crate::export::{ExportError, write_files};

/// The texts that are looked through, in the repository.
pub const DOCUMENTS: [&str; 4] =
    ["README.md", "native-trainer/NOTES.md", "native-trainer/encoder/README.md", "assets/README.md"];

/// Where a kind of figure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Lines of its own.
    Block,
    /// Within a sentence.
    Words,
}

impl Form {
    /// The word in its marker.
    pub fn word(self) -> &'static str {
        match self {
            Self::Block => "figures",
            Self::Words => "figure",
        }
    }
}

/// What a kind of figure is made from: the words after its name, and where data are.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The committed reports.
    pub sources: &'a Sources,
    /// The words of the marker, the kind left out.
    pub args: &'a [String],
}

/// A kind of figure.
#[derive(Debug)]
pub struct Kind {
    /// The first word of the marker.
    pub name: &'static str,
    /// What may follow it.
    pub usage: &'static str,
    /// Where it stands.
    pub form: Form,
    /// Its text: whole lines without the last line end, or words.
    make: fn(&Ask<'_>) -> Result<String, Fault>,
}

/// All kinds.
pub static KINDS: &[Kind] = &[
    Kind { name: "shipped", usage: "", form: Form::Block, make: evaluated::shipped },
    Kind { name: "results", usage: "REPORT [COLUMN...]", form: Form::Block, make: evaluated::results },
    Kind { name: "differences", usage: "REPORT [SLICE]", form: Form::Block, make: evaluated::differences },
    Kind { name: "columns", usage: "METRIC \"TITLE=REPORT\"...", form: Form::Block, make: evaluated::columns },
    Kind {
        name: "validation",
        usage: "REPORT SEED \"TITLE=MODEL\"...",
        form: Form::Block,
        make: evaluated::validation,
    },
    Kind { name: "cka", usage: "REPORT", form: Form::Block, make: evaluated::cka },
    Kind { name: "command", usage: "REPORT", form: Form::Block, make: evaluated::command },
    Kind { name: "tuned", usage: "NAME[!KEY=VALUE]...", form: Form::Block, make: tuned::tuned },
    Kind { name: "trials", usage: "NAME [MOST]", form: Form::Block, make: tuned::trials },
    Kind { name: "swept", usage: "NAME", form: Form::Block, make: studied::swept },
    Kind { name: "ablated", usage: "REPORT", form: Form::Block, make: studied::ablated },
    Kind {
        name: "table",
        usage: "REPORT POINTER \"TITLE=POINTER[:FORMAT]\"...",
        form: Form::Block,
        make: generic::table,
    },
    Kind { name: "encoder-files", usage: "", form: Form::Block, make: encoder::files },
    Kind { name: "encoder-measured", usage: "", form: Form::Block, make: encoder::measured },
    Kind { name: "retention", usage: "REPORT", form: Form::Words, make: evaluated::retention },
    Kind { name: "gain", usage: "REPORT", form: Form::Words, make: evaluated::gain },
    Kind { name: "speedup", usage: "REPORT", form: Form::Words, make: evaluated::speedup },
    Kind { name: "latency", usage: "REPORT MODEL [all_users]", form: Form::Words, make: evaluated::latency },
    Kind { name: "mean", usage: "REPORT MODEL METRIC", form: Form::Words, make: evaluated::mean },
    Kind { name: "difference", usage: "REPORT MODEL MODEL [SLICE]", form: Form::Words, make: evaluated::difference },
    Kind { name: "without", usage: "REPORT VARIANT", form: Form::Words, make: studied::without },
    Kind { name: "params", usage: "REPORT MODEL", form: Form::Words, make: evaluated::params },
    Kind { name: "best", usage: "NAME", form: Form::Words, make: tuned::best },
    Kind { name: "value", usage: "REPORT POINTER [FORMAT]", form: Form::Words, make: generic::value },
];

/// A figure that is not what the data say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The line of the text, from 1: the first that differs.
    pub line: usize,
    /// What the marker asks for.
    pub marker: String,
    /// What stands there.
    pub found: String,
    /// What the data give.
    pub wanted: String,
}

/// A text whose figures have been made anew.
#[derive(Debug)]
pub struct Renewed {
    /// The text with them.
    pub text: String,
    /// What each marker asks for, in order.
    pub markers: Vec<String>,
    /// Those that were otherwise.
    pub differences: Vec<Difference>,
}

/// Makes every figure of a text anew; `file` is its name in errors.
///
/// # Errors
/// A marker that is not closed, not known or asks for data that are not there, with its line.
pub fn renew(file: &str, text: &str, sources: &Sources) -> Result<Renewed, FigureError> {
    let at = |line: usize, fault: Fault| FigureError::At { file: file.to_owned(), line, fault };
    let mut renewed = Renewed { text: String::new(), markers: Vec::new(), differences: Vec::new() };
    let mut from = 0;
    for marker in find(text).map_err(|(line, fault)| at(line, fault))? {
        let made = make(&marker, sources).map_err(|fault| at(marker.line, fault))?;
        let found = &text[marker.body.clone()];
        renewed.text += &text[from..marker.body.start];
        renewed.text += &made;
        from = marker.body.end;
        if found != made {
            renewed.differences.push(difference(&marker, found, &made));
        }
        renewed.markers.push(marker.asks);
    }
    renewed.text += &text[from..];
    Ok(renewed)
}

fn make(marker: &Marker, sources: &Sources) -> Result<String, Fault> {
    let words = format::words(&marker.asks)?;
    let (name, args) = words.split_first().ok_or(Fault::NoKind)?;
    let kind = KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| Fault::UnknownKind {
        kind: name.clone(),
        known: KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", "),
    })?;
    if kind.form != marker.form {
        return Err(Fault::OtherForm { kind: kind.name, word: kind.form.word() });
    }
    let made = (kind.make)(&Ask { sources, args })?;
    Ok(match kind.form {
        // Apart from the markers: some readers of markdown take a line after HTML for more of it.
        Form::Block => format!("\n{made}\n\n"),
        Form::Words => made,
    })
}

fn difference(marker: &Marker, found: &str, wanted: &str) -> Difference {
    let both = || found.lines().map(Some).chain(std::iter::repeat(None));
    let n_lines = found.lines().count().max(wanted.lines().count());
    let wanted_lines = wanted.lines().map(Some).chain(std::iter::repeat(None));
    let first = both().zip(wanted_lines).take(n_lines).enumerate().find(|(_, (found, wanted))| found != wanted);
    let (at, (found, wanted)) = first.unwrap_or((0, (Some(found), Some(wanted))));
    let said = |line: Option<&str>| line.unwrap_or("(no line)").to_owned();
    let begins = match marker.form {
        Form::Block => marker.line + 1,
        Form::Words => marker.line,
    };
    Difference { line: begins + at, marker: marker.asks.clone(), found: said(found), wanted: said(wanted) }
}

/// A text of the repository, and what its figures should be.
#[derive(Debug)]
pub struct Document {
    /// Its name in the repository.
    pub name: &'static str,
    /// The figures.
    pub renewed: Renewed,
}

/// Looks through all [`DOCUMENTS`] of a repository.
///
/// # Errors
/// A text that cannot be read, or what [`renew`] says of one.
pub fn documents(root: &Path) -> Result<Vec<Document>, FigureError> {
    let sources = Sources::new(root);
    let read = |name: &'static str| {
        let path = root.join(name);
        let text = std::fs::read_to_string(&path).map_err(|reason| FigureError::NoText { path, reason })?;
        Ok(Document { name, renewed: renew(name, &text, &sources)? })
    };
    DOCUMENTS.into_iter().map(read).collect()
}

/// Writes a text back, whole or not at all.
///
/// # Errors
/// The file cannot be written.
pub fn write(root: &Path, document: &Document) -> Result<PathBuf, ExportError> {
    let path = root.join(document.name);
    let (folder, name) = (path.parent().unwrap_or(root), path.file_name().unwrap_or_default().to_string_lossy());
    write_files(folder, "--root", &[(&name, document.renewed.text.as_bytes())])?;
    Ok(path)
}
