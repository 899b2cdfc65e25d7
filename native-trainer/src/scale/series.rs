//! What is fitted against what, and what is to be expected of it.

use serde::Serialize;

use super::law::Law;
use super::measure::Measurement;

/// Below so many nodes everything lies in the processor's cache and fixed costs count: drawn, but not fitted, where there
/// are enough larger sizes.
const FIT_FROM: usize = 10_000;
/// Enough: a line through fewer says little of its error.
const ENOUGH: usize = 4;

/// What grows with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Along {
    /// Training likes.
    Edges,
    /// The catalogue.
    Items,
}

/// One law.
#[derive(Debug, Clone, Serialize)]
pub struct Fitted {
    /// A name of its own.
    pub name: &'static str,
    /// In words.
    pub what: &'static str,
    /// Of y.
    pub unit: &'static str,
    /// x.
    pub along: Along,
    /// The exponent that the formulas have.
    pub expected: f64,
    /// Sizes from so many nodes on are fitted.
    pub from_nodes: usize,
    /// The law; none for fewer than three sizes.
    pub law: Option<Law>,
}

impl Fitted {
    /// In one line.
    pub fn in_words(&self) -> String {
        let along = match self.along {
            Along::Edges => "edges",
            Along::Items => "items",
        };
        match &self.law {
            Some(law) => format!(
                "{}: {along}^({}), 95 % interval, {} sizes from {} nodes on: {}",
                self.what,
                law.in_words(),
                law.n,
                self.from_nodes,
                self.verdict(law)
            ),
            None => format!("{}: too few sizes to fit a law to", self.what),
        }
    }

    fn verdict(&self, law: &Law) -> String {
        let named = if self.expected == 1.0 { "linear".to_owned() } else { format!("a power of {}", self.expected) };
        if law.allows(self.expected) {
            format!("{named}, within its error")
        } else if law.exponent > self.expected {
            format!("steeper than {named} by more than its error")
        } else {
            format!("flatter than {named} by more than its error")
        }
    }
}

pub(super) type Value = fn(&Measurement) -> Option<f64>;

/// Name, words, unit, x, expected exponent, y.
pub(super) const SERIES: [(&str, &str, &str, Along, f64, Value); 10] = [
    ("teacher_epoch", "teacher, an epoch", "s", Along::Edges, 1.0, |of| Some(of.teacher.epoch.cpu_s)),
    ("student_epoch", "student, an epoch", "s", Along::Edges, 1.0, |of| Some(of.student.epoch.cpu_s)),
    ("teacher_peak", "teacher, peak memory", "bytes", Along::Edges, 1.0, |of| bytes(of.teacher.peak_bytes)),
    ("student_peak", "student, peak memory", "bytes", Along::Edges, 1.0, |of| bytes(of.student.peak_bytes)),
    ("teacher_one_user", "teacher, one user", "ms", Along::Edges, 1.0, |of| Some(of.teacher_one_user.cpu_ms)),
    ("student_convolution", "student, all embeddings", "ms", Along::Edges, 1.0, |of| {
        Some(of.student_convolution.cpu_ms)
    }),
    ("student_convolution_counted", "student, all embeddings, counted", "multiply-adds", Along::Edges, 1.0, |of| {
        Some(of.student_convolution_multiply_adds as f64)
    }),
    ("student_one_user", "student, one user", "ms", Along::Items, 1.0, |of| Some(of.student_one_user.cpu_ms)),
    ("teacher_all_users", "teacher, all users ranked", "s", Along::Edges, 2.0, |of| {
        Some(of.teacher_all_users.cpu_seconds)
    }),
    ("student_all_users", "student, all users ranked", "s", Along::Edges, 2.0, |of| {
        Some(of.student_all_users.cpu_seconds)
    }),
];

fn bytes(of: Option<u64>) -> Option<f64> {
    of.map(|bytes| bytes as f64)
}

pub(super) fn x_of(along: Along, size: &Measurement) -> f64 {
    match along {
        Along::Edges => size.n_edges as f64,
        Along::Items => size.n_items as f64,
    }
}

/// All laws.
pub fn fitted(sizes: &[Measurement]) -> Vec<Fitted> {
    let large = sizes.iter().filter(|size| size.n_nodes >= FIT_FROM).count();
    let from = if large >= ENOUGH { FIT_FROM } else { 0 };
    let fitted: Vec<&Measurement> = sizes.iter().filter(|size| size.n_nodes >= from).collect();
    let from_nodes = fitted.iter().map(|size| size.n_nodes).min().unwrap_or(0);
    SERIES
        .iter()
        .map(|&(name, what, unit, along, expected, value)| {
            let points: Vec<(f64, f64)> =
                fitted.iter().filter_map(|size| Some((x_of(along, size), value(size)?))).collect();
            Fitted { name, what, unit, along, expected, from_nodes, law: Law::fit(&points) }
        })
        .collect()
}

/// What the laws say of the student, plainly.
pub(super) fn verdicts(laws: &[Fitted], sizes: &[Measurement]) -> Vec<String> {
    let law = |name: &str| laws.iter().find(|law| law.name == name).and_then(|fitted| fitted.law);
    let mut said = Vec::new();
    if let (Some(epoch), Some(convolution)) = (law("student_epoch"), law("student_convolution")) {
        let both = epoch.allows(1.0) && convolution.allows(1.0);
        said.push(if both {
            format!(
                "The student's cost grows linearly in edges: an epoch as edges^({}), all embeddings as edges^({}).",
                epoch.in_words(),
                convolution.in_words()
            )
        } else {
            format!(
                "Within its error the student's cost is not exactly linear in edges: an epoch grows as edges^({}), all \
                 embeddings as edges^({}). The multiply-adds are linear; what else changes is the time of each, as rows \
                 that lie in the cache of the processor become rows that do not.",
                epoch.in_words(),
                convolution.in_words()
            )
        });
    }
    if let [first, .., last] = sizes {
        let of = |size: &Measurement| size.student_convolution.cpu_ms * 1e6 / size.n_edges as f64;
        said.push(format!(
            "All embeddings of the student take {:.0} ns an edge at {} edges and {:.0} ns at {}.",
            of(first),
            first.n_edges,
            of(last),
            last.n_edges
        ));
    }
    if let Some(one_user) = law("student_one_user") {
        said.push(format!(
            "One user costs a sum over the user's likes and a pass over the catalogue, whatever the number of users and \
             edges: it grows as items^({}).",
            one_user.in_words()
        ));
    }
    if let (Some(teacher), Some(student)) = (law("teacher_all_users"), law("student_all_users")) {
        said.push(format!(
            "Ranking all items for all users is users times items for every model: teacher edges^({}), student edges^({}).",
            teacher.in_words(),
            student.in_words()
        ));
    }
    said
}
