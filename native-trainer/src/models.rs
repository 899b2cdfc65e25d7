//! The models of the table: their names, their order, and which settings each depends on.

use serde_json::{Value, json};

use crate::settings::Settings;

/// The models of the table, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Model {
    /// By number of likes.
    Popularity,
    /// Item-based nearest neighbours.
    ItemKnn,
    /// EASE^R.
    Ease,
    /// Matrix factorisation with BPR.
    BprMf,
    /// LightGCN.
    LightGcn,
    /// Hypergraph contrastive collaborative filtering.
    Hccf,
    /// Hypergraph attention.
    HgAtt,
    /// The dual hypergraph network alone.
    Hgnn,
    /// The teacher.
    Teacher,
    /// The teacher that reads nothing.
    TeacherNoText,
    /// The distilled student.
    Student,
    /// The distilled student, every user a visitor: what the page does.
    StudentFoldIn,
    /// The student of the teacher that reads nothing.
    StudentNoText,
    /// The same student without a teacher.
    StudentScratch,
    /// The same student with the soft labels as its only loss.
    StudentSoftLabels,
}

impl Model {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 15] = [
        Self::Popularity,
        Self::ItemKnn,
        Self::Ease,
        Self::BprMf,
        Self::LightGcn,
        Self::Hccf,
        Self::HgAtt,
        Self::Hgnn,
        Self::Teacher,
        Self::TeacherNoText,
        Self::Student,
        Self::StudentFoldIn,
        Self::StudentNoText,
        Self::StudentScratch,
        Self::StudentSoftLabels,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::ItemKnn => "itemknn",
            Self::Ease => "ease",
            Self::BprMf => "bpr-mf",
            Self::LightGcn => "lightgcn",
            Self::Hccf => "hccf",
            Self::HgAtt => "hgatt",
            Self::Hgnn => "hgnn",
            Self::Teacher => "teacher",
            Self::TeacherNoText => "teacher-no-text",
            Self::Student => "student",
            Self::StudentFoldIn => "student-fold-in",
            Self::StudentNoText => "student-no-text",
            Self::StudentScratch => "student-scratch",
            Self::StudentSoftLabels => "student-soft-labels",
        }
    }

    /// Whether it is a baseline: neither teacher nor student.
    pub fn is_baseline(self) -> bool {
        self < Self::Teacher
    }

    /// Whether it shows what text is worth: where nothing is read, it is the same as the one that reads.
    pub fn is_without_text(self) -> bool {
        matches!(self, Self::TeacherNoText | Self::StudentNoText)
    }

    /// Whether nothing random is in it: the same for every seed.
    pub fn is_closed_form(self) -> bool {
        matches!(self, Self::Popularity | Self::ItemKnn | Self::Ease)
    }

    /// The settings that the model depends on.
    pub fn hyper(self, settings: &Settings) -> Value {
        let mut all = settings.to_value();
        if let Some(text) = all["text"].as_object_mut() {
            // Where vectors are kept changes none of them.
            text.remove("cache");
        }
        match self {
            Self::TeacherNoText => Self::Teacher.hyper(&settings.without_text()),
            Self::StudentNoText => Self::Student.hyper(&settings.without_text()),
            Self::Popularity => json!({}),
            Self::ItemKnn | Self::Ease | Self::BprMf | Self::LightGcn | Self::Hccf | Self::HgAtt | Self::Hgnn => {
                all[self.name()].clone()
            }
            Self::Teacher => json!({"teacher": all["teacher"], "text": all["text"]}),
            Self::Student | Self::StudentFoldIn | Self::StudentSoftLabels => {
                json!({"student": all["student"], "distilled": all["distilled"], "distil": all["distil"], "teacher": all["teacher"], "text": all["text"]})
            }
            Self::StudentScratch => json!({"student": all["student"], "scratch": all["scratch"]}),
        }
    }
}
