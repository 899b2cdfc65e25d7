//! What is tried of a model where nothing else is said, and settings that have a name in the literature.

use clap::ValueEnum;

use super::{Choice, TuneError};
use crate::models::Model;

/// What is tried of a model where nothing else is said. Learned baselines have spaces of about the same size, and a
/// budget is a number of configurations: none is tuned with more care than another.
pub fn space(model: Model) -> Vec<Choice> {
    let of = |key: &str, values: &[&str]| Choice {
        key: format!("{}.{key}", model.name()),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    };
    let common = |rest: &[(&str, &[&str])]| {
        let l2 = of("l2", &["0.001", "0.003", "0.01", "0.03"]);
        let learning_rate = of("fit.learning_rate", &["0.002", "0.005", "0.01"]);
        let batch_size = of("fit.batch_size", &["2048", "8192"]);
        let rest = rest.iter().map(|(key, values)| of(key, values));
        [l2, learning_rate, batch_size].into_iter().chain(rest).collect()
    };
    let n_layers: (&str, &[&str]) = ("n_layers", &["1", "2", "3"]);
    let with = |key: &str, values: &[&str]| Choice {
        key: key.to_owned(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    };
    match model {
        Model::Popularity => Vec::new(),
        Model::ItemKnn => {
            vec![of("n_neighbours", &["20", "50", "100", "200"]), of("shrinkage", &["0", "10", "50", "100", "500"])]
        }
        Model::Ease => vec![of("lambda", &["20", "50", "100", "200", "500", "1000", "1500", "2000"])],
        Model::BprMf => common(&[("init_std", &["0.01", "0.1", "0.3"])]),
        Model::LightGcn => common(&[n_layers]),
        Model::Hccf => common(&[n_layers, ("membership_scale", &["0", "0.01", "0.1"]), ("dropout", &["0.1", "0.5"])]),
        Model::HgAtt | Model::Hgnn => common(&[n_layers, ("readout", &["mean", "last"])]),
        Model::Teacher | Model::TeacherNoText => vec![
            with("teacher.wide_lambda", &["50", "100", "200", "500", "1500"]),
            with("teacher.deep_weight", &["0", "0.1", "0.25", "0.5"]),
            with("teacher.dropout", &["0.1", "0.3"]),
        ],
        Model::Student | Model::StudentFoldIn | Model::StudentNoText | Model::StudentSoftLabels => vec![
            with("distil.logit_scale", &["0.2", "0.25", "0.35"]),
            with("distil.gamma", &["1", "0.9", "0.5"]),
            with("distil.lambda2", &["0", "0.01", "0.1"]),
            with("distil.lambda3", &["0", "0.01", "0.1"]),
            with("distilled.hard_loss_weight", &["0", "0.05", "0.3"]),
        ],
        Model::StudentScratch => vec![
            with("scratch.dropout", &["0.3", "0.5", "0.7"]),
            with("scratch.l2", &["0.03", "0.1", "0.3"]),
            with("scratch.fit.learning_rate", &["0.001", "0.003", "0.01"]),
        ],
    }
}

/// A setting of teacher or student by the name that papers give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Param {
    /// The highest temperature of the soft labels, T_max
    Temperature,
    /// The embeddings' share of a similarity, beside the positional features
    Alpha,
    /// The student's share of the embeddings while it learns
    Gamma,
    /// The weight of the soft labels
    Lambda1,
    /// The weight of the contrast of users
    Lambda2,
    /// The weight of the contrast of items
    Lambda3,
    /// The learning rate
    LearningRate,
    /// The width of the embeddings of teacher and student
    EmbDim,
    /// The layers of the teacher's hypergraph network
    Layers,
}

impl Param {
    /// The name as it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Alpha => "alpha",
            Self::Gamma => "gamma",
            Self::Lambda1 => "lambda1",
            Self::Lambda2 => "lambda2",
            Self::Lambda3 => "lambda3",
            Self::LearningRate => "learning-rate",
            Self::EmbDim => "emb-dim",
            Self::Layers => "layers",
        }
    }

    /// Its values for a model.
    ///
    /// # Errors
    /// A model without it.
    pub fn choice(self, model: Model) -> Result<Choice, TuneError> {
        let is_teacher = matches!(model, Model::Teacher | Model::TeacherNoText);
        let is_distilled =
            matches!(model, Model::Student | Model::StudentFoldIn | Model::StudentNoText | Model::StudentSoftLabels);
        let is_learned = !model.is_closed_form();
        let baseline = |setting: &str| format!("{}.{setting}", model.name());
        let key = match self {
            Self::Temperature if is_distilled => "distil.temperature_max".to_owned(),
            Self::Alpha if is_distilled => "distil.alpha".to_owned(),
            Self::Gamma if is_distilled => "distil.gamma".to_owned(),
            Self::Lambda1 if is_distilled => "distil.lambda1".to_owned(),
            Self::Lambda2 if is_distilled => "distil.lambda2".to_owned(),
            Self::Lambda3 if is_distilled => "distil.lambda3".to_owned(),
            Self::LearningRate if is_distilled => "distilled.fit.learning_rate".to_owned(),
            Self::LearningRate if is_teacher => "teacher.fit.learning_rate".to_owned(),
            Self::LearningRate if model == Model::StudentScratch => "scratch.fit.learning_rate".to_owned(),
            Self::LearningRate if is_learned => baseline("fit.learning_rate"),
            // Embeddings of teacher and student are mixed and compared: they are of one width.
            Self::EmbDim if is_distilled => "student.emb_dim+teacher.emb_dim".to_owned(),
            Self::EmbDim if is_teacher => "teacher.emb_dim".to_owned(),
            Self::EmbDim if model == Model::StudentScratch => "student.emb_dim".to_owned(),
            Self::EmbDim if is_learned => baseline("emb_dim"),
            Self::Layers if is_distilled || is_teacher => "teacher.n_layers".to_owned(),
            Self::Layers if is_learned && !matches!(model, Model::BprMf | Model::StudentScratch) => {
                baseline("n_layers")
            }
            _ => return Err(TuneError::NoParam { param: self.name(), model: model.name() }),
        };
        let values: &[&str] = match self {
            Self::Temperature => &["1", "2", "4", "7", "10"],
            Self::Alpha => &["0", "0.25", "0.5", "0.75", "1"],
            Self::Gamma => &["0.25", "0.5", "0.75", "0.9", "1"],
            Self::Lambda1 => &["0.1", "0.3", "1", "3", "10"],
            Self::Lambda2 | Self::Lambda3 => &["0", "0.01", "0.1", "1"],
            Self::LearningRate => &["0.0003", "0.001", "0.003", "0.01"],
            Self::EmbDim => &["32", "64", "128", "256", "512"],
            Self::Layers => &["1", "2", "3", "4"],
        };
        Ok(Choice { key, values: values.iter().map(|&value| value.to_owned()).collect() })
    }

    /// All that a model has.
    pub fn all_of(model: Model) -> Vec<Choice> {
        Self::value_variants().iter().filter_map(|param| param.choice(model).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn every_named_setting_of_every_model_can_have_its_values() {
        for model in Model::ALL {
            let all = Param::all_of(model);
            assert_eq!(all.is_empty(), model.is_closed_form(), "{}", model.name());
            for choice in all.iter().chain(&space(model)) {
                for value in &choice.values {
                    for key in choice.keys() {
                        Settings::default().set(&format!("{key}={value}")).unwrap();
                    }
                }
            }
        }
        assert_eq!(Param::all_of(Model::Student).len(), 9);
        let said = Param::Gamma.choice(Model::Ease).unwrap_err().to_string();
        assert!(said.contains("gamma is no setting of ease"), "{said}");
    }
}
