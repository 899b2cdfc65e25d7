//! All settings, by path: `--set teacher.fit.learning_rate=0.001`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sharp_distill::student::Head;
use thiserror::Error;

use crate::baselines::bpr_mf::BprMfSettings;
use crate::baselines::hccf::HccfSettings;
use crate::baselines::hgatt::HgAttSettings;
use crate::baselines::hgnn::HgnnSettings;
use crate::baselines::itemknn::ItemKnnSettings;
use crate::baselines::lightgcn::LightGcnSettings;
use crate::fit::FitSettings;
use crate::student::{DistilSettings, Select, StudentSettings, StudentTraining};
use crate::teacher::{Activation, LinearSettings, Supervision, TeacherSettings, WideKind};
use crate::text::{EncoderChoice, TextSettings};

/// Every number that a run depends on, but for data and seed. The defaults were chosen on validation: NOTES.md.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The baseline ItemKNN.
    pub itemknn: ItemKnnSettings,
    /// The baseline EASE^R.
    pub ease: EaseSettings,
    /// The text that the teacher reads.
    pub text: TextSettings,
    /// The baseline BPR-MF.
    #[serde(rename = "bpr-mf")]
    pub bpr_mf: BprMfSettings,
    /// The baseline LightGCN.
    pub lightgcn: LightGcnSettings,
    /// The baseline HCCF.
    pub hccf: HccfSettings,
    /// The baseline HGAtt.
    pub hgatt: HgAttSettings,
    /// The baseline HGNN.
    pub hgnn: HgnnSettings,
    /// The teacher.
    pub teacher: TeacherSettings,
    /// The student's architecture.
    pub student: StudentSettings,
    /// How the teacher's logits become soft labels.
    pub distil: DistilSettings,
    /// How the distilled student is trained.
    pub distilled: StudentTraining,
    /// How the same student is trained without a teacher.
    pub scratch: StudentTraining,
}

/// Settings of EASE^R.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EaseSettings {
    /// The ridge.
    pub lambda: f64,
}

/// A `--set` that cannot be followed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SettingError {
    /// Not `key=value`.
    #[error("--set {given:?} is not of the form key=value, such as ease.lambda=100")]
    NoValue {
        /// What was given.
        given: String,
    },
    /// A file of settings that cannot be used.
    #[error("--config {} cannot be used: {reason}. It holds one JSON object, such as {{\"ease.lambda\": 200}}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// No such setting.
    #[error("there is no setting {key:?}. The nearest is {nearest:?}")]
    Unknown {
        /// What was given.
        key: String,
        /// The nearest name.
        nearest: String,
    },
    /// A value of another kind.
    #[error("the setting {key} cannot be {value:?}: {reason} (it is {current} now)")]
    BadValue {
        /// The setting.
        key: String,
        /// What was given.
        value: String,
        /// Why not.
        reason: String,
        /// The present value.
        current: String,
    },
}

/// Whole epochs, a look at validation every fifth.
fn fit(epochs: usize, learning_rate: f64, min_epochs: usize, patience: usize) -> FitSettings {
    FitSettings { epochs, learning_rate, decay_to: 1.0, batch_size: 0, eval_every: 5, patience, min_epochs }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            itemknn: ItemKnnSettings::default(),
            ease: EaseSettings { lambda: 100.0 },
            text: TextSettings::default(),
            bpr_mf: BprMfSettings::default(),
            lightgcn: LightGcnSettings::default(),
            hccf: HccfSettings::default(),
            hgatt: HgAttSettings::default(),
            hgnn: HgnnSettings::default(),
            teacher: TeacherSettings {
                emb_dim: 64,
                n_layers: 3,
                activation: Activation::Identity,
                residual: 0.5,
                recompute_layers: false,
                gathered_input: true,
                init_std: 0.1,
                fusion_init_std: 0.01,
                fusion_residual: true,
                scorer: Head::Dot,
                hidden_dim: 64,
                scorer_init_std: 0.01,
                dropout: 0.1,
                supervision: Supervision::Softmax,
                supervision_weight: 0.05,
                n_negatives: 1,
                l2: 0.0,
                cross_modal_weight: 0.0,
                intra_domain_weight: 0.0,
                view_dropout: 0.2,
                contrastive_temperature: 0.1,
                contrastive_batch: 256,
                wide_kind: WideKind::Ridge,
                wide_lambda: 100.0,
                filter_rank: 256,
                filter_weight: 0.3,
                filter_user_exponent: 1.0,
                wide_weight: 1.0,
                wide_loss_weight: 1.0,
                wide_label_scale: 0.35,
                deep_weight: 0.25,
                linear: LinearSettings::default(),
                fit: fit(200, 3e-3, 100, 8),
            },
            student: StudentSettings { emb_dim: 64, hidden_dim: 64, head: Head::Hybrid },
            distil: DistilSettings {
                lambda1: 1.0,
                lambda2: 0.0,
                lambda3: 0.0,
                logit_scale: 0.25,
                standardize: true,
                unseen_only: false,
                temperature_max: 2.0,
                temperature_min: 1.0,
                annealing_epochs: 100,
                gamma: 1.0,
                gamma_epochs: 0,
                alpha: 0.5,
                n_hops: 3,
                beta: 0.5,
                contrastive_temperature: 0.1,
                contrastive_batch: 256,
                max_kept_logits: 1 << 26,
            },
            distilled: StudentTraining {
                init_std: 0.1,
                head_init_std: 0.01,
                precondition: 0.5,
                dropout: 0.1,
                ego_dropout: 0.5,
                hard_loss_weight: 0.0,
                leave_one_out: false,
                l2: 0.0,
                n_sampled_items: 0,
                select: Select::Both,
                fit: fit(190, 3e-3, 120, 8),
            },
            scratch: StudentTraining {
                init_std: 0.1,
                head_init_std: 0.01,
                precondition: 0.5,
                dropout: 0.7,
                ego_dropout: 0.5,
                hard_loss_weight: 1.0,
                leave_one_out: true,
                l2: 0.1,
                n_sampled_items: 0,
                select: Select::Both,
                fit: fit(200, 3e-3, 0, 6),
            },
        }
    }
}

impl Settings {
    /// Follows one `key=value`.
    ///
    /// # Errors
    /// See [`SettingError`]; `self` is then unchanged.
    pub fn set(&mut self, given: &str) -> Result<(), SettingError> {
        let Some((key, value)) = given.split_once('=') else {
            return Err(SettingError::NoValue { given: given.to_owned() });
        };
        let (key, value) = (key.trim(), value.trim());
        let bad = |reason: String, current: String| SettingError::BadValue {
            key: key.to_owned(),
            value: value.to_owned(),
            reason,
            current,
        };
        let mut all = self.to_value();
        let pointer = format!("/{}", key.replace('.', "/"));
        let Some(place) = all.pointer_mut(&pointer).filter(|place| !place.is_object()) else {
            let nearest = self.nearest(key);
            return Err(SettingError::Unknown { key: key.to_owned(), nearest });
        };
        let current = place.to_string();
        *place = match place {
            Value::String(_) => Value::String(value.to_owned()),
            Value::Bool(_) => {
                Value::Bool(value.parse().map_err(|_| bad("it is true or false".to_owned(), current.clone()))?)
            }
            _ => serde_json::from_str(value).map_err(|_| bad("it is not a number".to_owned(), current.clone()))?,
        };
        if place.as_f64().is_some_and(|number| number < 0.0) {
            return Err(bad("it must not be negative".to_owned(), current));
        }
        *self = serde_json::from_value(all).map_err(|error| bad(error.to_string(), current))?;
        Ok(())
    }

    /// Follows a file: one JSON object of paths and values.
    ///
    /// # Errors
    /// A file that is not there or no such object, or one of its settings.
    pub fn set_from(&mut self, path: &Path) -> Result<(), SettingError> {
        let unusable = |reason: String| SettingError::Config { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
        let pairs: serde_json::Map<String, Value> =
            serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        pairs.iter().try_for_each(|(key, value)| match value {
            Value::String(text) => self.set(&format!("{key}={text}")),
            other => self.set(&format!("{key}={other}")),
        })
    }

    /// The same with a teacher that reads nothing.
    pub fn without_text(&self) -> Self {
        let mut settings = self.clone();
        settings.text.encoder = EncoderChoice::None;
        settings
    }

    /// Trains no model longer than this.
    pub fn cap_epochs(&mut self, epochs: usize) {
        let of_baselines = [
            &mut self.bpr_mf.common,
            &mut self.lightgcn.common,
            &mut self.hccf.common,
            &mut self.hgatt.common,
            &mut self.hgnn.common,
        ];
        let fits = [&mut self.teacher.fit, &mut self.distilled.fit, &mut self.scratch.fit];
        for fit in fits.into_iter().chain(of_baselines.map(|common| &mut common.fit)) {
            fit.epochs = epochs;
        }
    }

    /// All settings as JSON.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// All names.
    pub fn keys(&self) -> Vec<String> {
        fn collect(value: &Value, path: &str, keys: &mut Vec<String>) {
            match value {
                Value::Object(fields) => {
                    for (name, value) in fields {
                        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                        collect(value, &path, keys);
                    }
                }
                _ => keys.push(path.to_owned()),
            }
        }
        let mut keys = Vec::new();
        collect(&self.to_value(), "", &mut keys);
        keys
    }

    fn nearest(&self, key: &str) -> String {
        let mut keys = self.keys();
        keys.sort_by(|a, b| strsim::jaro_winkler(b, key).total_cmp(&strsim::jaro_winkler(a, key)));
        keys.into_iter().next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_by_its_path() {
        let mut settings = Settings::default();
        settings.set("ease.lambda=200").unwrap();
        settings.set("student.head=dot").unwrap();
        settings.set("teacher.fit.epochs=7").unwrap();
        assert_eq!((settings.ease.lambda, settings.teacher.fit.epochs), (200.0, 7));
        assert_eq!(settings.student.head, Head::Dot);
    }

    #[test]
    fn what_cannot_be_set_is_refused_with_a_hint() {
        let mut settings = Settings::default();
        let before = settings.clone();
        let said = settings.set("teacher.fit.learning_rat=1").unwrap_err().to_string();
        assert_eq!(
            said,
            "there is no setting \"teacher.fit.learning_rat\". The nearest is \"teacher.fit.learning_rate\""
        );
        for bad in [
            "ease.lambda",
            "ease.lambda=much",
            "ease.lambda=-1",
            "student.head=deep",
            "teacher=1",
            "teacher.fit.epochs=1.5",
            "distil.unseen_only=maybe",
        ] {
            assert!(settings.set(bad).is_err(), "{bad}");
        }
        assert_eq!(settings, before);
        let said = settings.set("distil.unseen_only=1").unwrap_err().to_string();
        assert!(said.contains("\"1\": it is true or false (it is false now)"), "{said}");
    }
}
