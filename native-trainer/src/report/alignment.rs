//! How alike teacher and students see users and items: CKA over seeds.

use serde::Serialize;

use super::page::table;
use super::{MeanStd, Summary};
use crate::analysis::{Alignment, Cka};
use crate::models::Model;

/// CKA of a student's embeddings with its teacher's.
#[derive(Debug, Clone, Serialize)]
pub struct AlignmentSummary {
    /// Whose embeddings are compared with the teacher's.
    #[serde(serialize_with = "super::json::name")]
    pub student: Model,
    /// Of the users.
    pub users: CkaSummary,
    /// Of the items.
    pub items: CkaSummary,
}

/// Over seeds; none where it is not defined.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CkaSummary {
    /// Linear, biased towards 1 where nodes are few.
    pub linear: Option<MeanStd>,
    /// Linear with the unbiased estimator.
    pub unbiased: Option<MeanStd>,
}

impl CkaSummary {
    fn of(seeds: &[Cka]) -> Self {
        let over = |value: fn(&Cka) -> Option<f64>| {
            let values: Vec<f64> = seeds.iter().filter_map(value).collect();
            (!values.is_empty()).then(|| MeanStd::of(values.into_iter()))
        };
        Self { linear: over(|cka| cka.linear), unbiased: over(|cka| cka.unbiased) }
    }
}

impl AlignmentSummary {
    pub(super) fn of(student: Model, seeds: &[Alignment]) -> Self {
        let over = |part: fn(&Alignment) -> Cka| CkaSummary::of(&seeds.iter().map(part).collect::<Vec<_>>());
        Self { student, users: over(|alignment| alignment.users), items: over(|alignment| alignment.items) }
    }

    /// Users and items, linear and unbiased.
    fn values(&self) -> [Option<MeanStd>; 4] {
        [self.users.linear, self.users.unbiased, self.items.linear, self.items.unbiased]
    }
}

fn cell(value: Option<MeanStd>, several: bool) -> String {
    match value {
        Some(value) if several => format!("{:.3} ± {:.3}", value.mean, value.std),
        Some(value) => format!("{:.3}", value.mean),
        None => "–".to_owned(),
    }
}

impl Summary {
    pub(super) fn cka_text(&self) -> String {
        if self.cka.is_empty() {
            return String::new();
        }
        let several = self.seeds.len() > 1;
        let mut text = format!(
            "\nCKA with the teacher    {:>15} {:>15} {:>15} {:>15}\n",
            "users, linear", "unbiased", "items, linear", "unbiased"
        );
        for row in &self.cka {
            let cells = row.values().map(|value| format!(" {:>15}", cell(value, several))).concat();
            text += &format!("{:<23}{cells}\n", row.student.name());
        }
        text
    }

    pub(super) fn alignment(&self) -> String {
        if self.cka.is_empty() {
            return String::new();
        }
        let several = self.seeds.len() > 1;
        let row = |row: &AlignmentSummary| {
            let cells = row.values().map(|value| format!("<td>{}</td>", cell(value, several))).concat();
            let class = if row.student == Model::Student { " class=\"student\"" } else { "" };
            format!("<tr{class}><th scope=\"row\">{}</th>{cells}</tr>\n", row.student.name())
        };
        let titles = ["student", "users, linear", "users, unbiased", "items, linear", "items, unbiased"];
        let caption = "Centred kernel alignment of each student’s embeddings with the teacher’s: 1 where one is the other but \
                       for a rotation and a scale, about 0 where they have nothing to do with each other. The linear one is \
                       biased towards 1 where nodes are few, the unbiased one is not. The student from scratch has never seen \
                       the teacher: what it shares with it comes from the likes alone. The teacher’s embeddings are those \
                       of its deep channels, or of the linear one where there are no deep ones; its wide channel has none, so \
                       what a student learns from that does not show here.";
        let rows = self.cka.iter().map(row).collect::<String>();
        format!("<h2>Do they see alike?</h2>\n{}", table("Centred kernel alignment", caption, &titles, &rows))
    }
}
