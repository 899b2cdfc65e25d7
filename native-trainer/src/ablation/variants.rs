//! What can be taken out of the method, or be made another way: a table, and what somebody adds to it.

use clap::ValueEnum;
use serde::Serialize;

use super::AblationError;

/// A part of the method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Component {
    /// What the teacher reads
    Text,
    /// The terms of DeBERTa's disentangled attention
    Attention,
    /// The contrastive terms of teacher and student
    Contrast,
    /// The positional features of the student's contrasts
    Positional,
    /// What reaches the student at all: soft labels alone, structure alone, no teacher
    Distillation,
    /// The student's head
    Head,
    /// The teacher's scorer
    Scorer,
    /// L_sup of the teacher, hard and soft labels of the student
    Loss,
    /// How much each term of the transfer weighs: gamma, temperature, lambda 1 to 3
    Transfer,
    /// The teacher's channels
    Channels,
    /// Of one's own
    #[value(skip)]
    Own,
}

impl Component {
    /// The name as it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Attention => "attention",
            Self::Contrast => "contrast",
            Self::Positional => "positional",
            Self::Distillation => "distillation",
            Self::Head => "head",
            Self::Scorer => "scorer",
            Self::Loss => "loss",
            Self::Transfer => "transfer",
            Self::Channels => "channels",
            Self::Own => "own",
        }
    }

    /// The part, in the words of a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Attention => "Terms of DeBERTa’s attention",
            Self::Contrast => "Contrastive terms",
            Self::Positional => "Positional features",
            Self::Distillation => "What reaches the student",
            Self::Head => "The student’s head",
            Self::Scorer => "The teacher’s scorer",
            Self::Loss => "Losses",
            Self::Transfer => "Weights of the transfer",
            Self::Channels => "The teacher’s channels",
            Self::Own => "Of one’s own",
        }
    }
}

/// One change of the method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variant {
    /// `component/what`, or a name of one's own.
    pub name: String,
    /// Which part.
    pub component: Component,
    /// What is different, in words.
    pub shows: String,
    /// What is set, as `--set` takes it.
    pub set: Vec<String>,
    /// Whether the student has no teacher at all.
    pub without_teacher: bool,
}

/// Without the student's teacher there is nothing to set: its training is that of `scratch`.
const NO_TEACHER: &str = "no-teacher";

/// Component, name, what is different, what is set.
const TABLE: &[(Component, &str, &str, &[&str])] = {
    use Component::*;
    &[
        (Text, "none", "the teacher reads nothing", &["text.encoder=none"]),
        (Attention, "content", "DeBERTa attends by content alone", &["text.attention=content"]),
        (Attention, "c2p", "DeBERTa attends by content, and from content to position", &["text.attention=c2p"]),
        (Attention, "p2c", "DeBERTa attends by content, and from position to content", &["text.attention=p2c"]),
        (Attention, "both", "DeBERTa attends by content and both terms of position", &["text.attention=all"]),
        (
            Contrast,
            "no-cross-modal",
            "the teacher does not contrast hypergraph and text (eq. 4)",
            &["teacher.cross_modal_weight=0"],
        ),
        (
            Contrast,
            "no-intra-domain",
            "the teacher does not contrast two views of a node (eq. 5)",
            &["teacher.intra_domain_weight=0"],
        ),
        (
            Contrast,
            "no-teacher-contrast",
            "the teacher contrasts nothing",
            &["teacher.cross_modal_weight=0", "teacher.intra_domain_weight=0"],
        ),
        (
            Contrast,
            "no-student-contrast",
            "the student contrasts neither users nor items with the teacher’s",
            &["distil.lambda2=0", "distil.lambda3=0"],
        ),
        (
            Contrast,
            "none",
            "neither teacher nor student contrasts anything",
            &["teacher.cross_modal_weight=0", "teacher.intra_domain_weight=0", "distil.lambda2=0", "distil.lambda3=0"],
        ),
        (Positional, "none", "the student’s contrasts compare embeddings alone (alpha 1)", &["distil.alpha=1"]),
        (
            Distillation,
            "soft-labels-only",
            "the teacher’s soft labels are the student’s only loss, and it is not interpolated",
            &[
                "distil.lambda1=1",
                "distil.lambda2=0",
                "distil.lambda3=0",
                "distil.gamma=1",
                "distilled.hard_loss_weight=0",
            ],
        ),
        (
            Distillation,
            "structure-only",
            "the hypergraph alone: the teacher reads nothing and contrasts nothing, and all that it hands on are soft labels",
            &[
                "text.encoder=none",
                "teacher.cross_modal_weight=0",
                "teacher.intra_domain_weight=0",
                "distil.lambda1=1",
                "distil.lambda2=0",
                "distil.lambda3=0",
                "distil.gamma=1",
                "distilled.hard_loss_weight=0",
            ],
        ),
        (
            Distillation,
            NO_TEACHER,
            "no teacher: the same student from the likes alone, with training settings of its own",
            &[],
        ),
        (Head, "dot", "the student scores by the dot product", &["student.head=dot"]),
        (
            Head,
            "mlp",
            "the student scores by the MLP alone, whose output starts with the published spread",
            &["student.head=mlp", "distilled.head_init_std=0.125"],
        ),
        (Head, "hybrid", "the student scores by the MLP plus the dot product", &["student.head=hybrid"]),
        (Scorer, "dot", "the teacher’s deep channels score by the dot product", &["teacher.scorer=dot"]),
        (
            Scorer,
            "mlp",
            "the teacher’s deep channels score by the MLP alone, whose output starts with the published spread",
            &["teacher.scorer=mlp", "teacher.scorer_init_std=0.125"],
        ),
        (Scorer, "hybrid", "the teacher’s deep channels score by both", &["teacher.scorer=hybrid"]),
        (
            Loss,
            "teacher-softmax",
            "the teacher’s L_sup is cross-entropy over all items",
            &["teacher.supervision=softmax"],
        ),
        (
            Loss,
            "teacher-bpr",
            "the teacher’s L_sup is BPR on sampled pairs; soft labels of a wide channel, which are over all items, then have no say",
            &["teacher.supervision=bpr"],
        ),
        (
            Loss,
            "teacher-mse",
            "the teacher’s L_sup is the squared error of sampled pairs, and what is said of BPR holds here too",
            &["teacher.supervision=mse"],
        ),
        (
            Loss,
            "student-hard",
            "the student learns from the likes and no soft labels",
            &["distil.lambda1=0", "distilled.hard_loss_weight=1"],
        ),
        (
            Loss,
            "student-soft",
            "the student learns from the soft labels and no likes",
            &["distil.lambda1=1", "distilled.hard_loss_weight=0"],
        ),
        (
            Loss,
            "student-both",
            "the student learns from likes and soft labels, with equal weights",
            &["distil.lambda1=1", "distilled.hard_loss_weight=1"],
        ),
        (
            Transfer,
            "gamma-1",
            "the student’s embeddings are not interpolated",
            &["distil.gamma=1", "distil.gamma_epochs=0"],
        ),
        (
            Transfer,
            "gamma-0.9",
            "a tenth of the teacher’s embeddings is mixed in",
            &["distil.gamma=0.9", "distil.gamma_epochs=0"],
        ),
        (
            Transfer,
            "gamma-0.5",
            "half of the teacher’s embeddings is mixed in",
            &["distil.gamma=0.5", "distil.gamma_epochs=0"],
        ),
        (
            Transfer,
            "temperature-1",
            "soft labels at temperature 1 from the first epoch on",
            &["distil.temperature_max=1", "distil.temperature_min=1"],
        ),
        (Transfer, "lambda1-0.1", "soft labels with weight 0.1", &["distil.lambda1=0.1"]),
        (Transfer, "lambda1-10", "soft labels with weight 10", &["distil.lambda1=10"]),
        (Transfer, "lambda2-0", "users are not contrasted", &["distil.lambda2=0"]),
        (Transfer, "lambda2-0.1", "users are contrasted with weight 0.1", &["distil.lambda2=0.1"]),
        (Transfer, "lambda2-1", "users are contrasted with weight 1", &["distil.lambda2=1"]),
        (Transfer, "lambda3-0", "items are not contrasted", &["distil.lambda3=0"]),
        (Transfer, "lambda3-0.1", "items are contrasted with weight 0.1", &["distil.lambda3=0.1"]),
        (Transfer, "lambda3-1", "items are contrasted with weight 1", &["distil.lambda3=1"]),
        (
            Channels,
            "no-wide",
            "no wide channel: neither its logits nor its soft labels",
            &["teacher.wide_weight=0", "teacher.wide_loss_weight=0"],
        ),
        (Channels, "no-deep", "no deep channels beside the others", &["teacher.deep_weight=0"]),
        (Channels, "no-linear", "no linear channel", &["teacher.linear.weight=0"]),
    ]
};

/// The variants of some components, in the order of the table.
pub fn of_components(components: &[Component]) -> Vec<Variant> {
    let wanted = TABLE.iter().filter(|(component, ..)| components.contains(component));
    wanted
        .map(|&(component, what, shows, set)| Variant {
            name: format!("{}/{what}", component.name()),
            component,
            shows: shows.to_owned(),
            set: set.iter().map(|&given| given.to_owned()).collect(),
            without_teacher: what == NO_TEACHER,
        })
        .collect()
}

impl std::str::FromStr for Variant {
    type Err = AblationError;

    /// `NAME=key=value,key=value,...`.
    fn from_str(given: &str) -> Result<Self, AblationError> {
        let malformed = || AblationError::Malformed { given: given.to_owned() };
        let (name, changes) = given.split_once('=').ok_or_else(malformed)?;
        let name = name.trim();
        let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) || name == super::FULL {
            return Err(malformed());
        }
        let set: Vec<String> = changes.split(',').map(|change| change.trim().to_owned()).collect();
        if set.iter().any(|change| !change.contains('=')) {
            return Err(malformed());
        }
        Ok(Self { name: name.to_owned(), component: Component::Own, shows: set.join(" "), set, without_teacher: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::Preset;

    #[test]
    fn every_variant_of_the_table_can_be_made_from_every_preset_and_has_a_name_of_its_own() {
        let all = of_components(Component::value_variants());
        assert_eq!(all.len(), TABLE.len());
        let mut names: Vec<&str> = all.iter().map(|variant| variant.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len());
        for preset in Preset::value_variants() {
            for variant in &all {
                let mut settings = preset.settings();
                variant.set.iter().for_each(|given| settings.set(given).unwrap());
            }
        }
    }

    #[test]
    fn what_is_typed_is_a_variant_or_is_shown_the_form() {
        let own: Variant = "small=student.emb_dim=16, teacher.emb_dim=16".parse().unwrap();
        assert_eq!(own.set, ["student.emb_dim=16", "teacher.emb_dim=16"]);
        assert_eq!((own.name.as_str(), own.component), ("small", Component::Own));
        for bad in
            ["small", "small=", "=a=1", "a/b=ease.lambda=1", "full=ease.lambda=1", "x=ease.lambda", "x=a=1,b", ".x=a=1"]
        {
            let said = bad.parse::<Variant>().unwrap_err().to_string();
            assert!(said.contains(bad) && said.contains("NAME=key=value"), "{said}");
        }
    }
}
