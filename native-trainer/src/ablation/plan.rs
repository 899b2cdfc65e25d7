//! What has to be trained for a study: every different variant once, and every different teacher once.

use candle_core::Device;
use serde_json::Value;

use super::effective::effective;
use super::variants::{Component, Variant};
use super::{AblationError, FULL};
use crate::models::Model;
use crate::progress::Progress;
use crate::settings::{SettingError, Settings};
use crate::text::{EncoderChoice, TextError, encoder};

/// What becomes of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is trained.
    Trained,
    /// It is the same training as another of this name, [`FULL`] among them.
    SameAs(String),
    /// It cannot be made from the base; why.
    NotApplicable(String),
}

/// A variant and its settings.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What is different.
    pub variant: Variant,
    /// Without what has no say.
    pub settings: Settings,
    /// What becomes of it.
    pub fate: Fate,
}

impl Planned {
    /// The settings of its teacher: equal ones are one teacher. None without a teacher.
    pub fn teacher(&self) -> Option<Value> {
        (!self.variant.without_teacher).then(|| Model::Teacher.hyper(&self.settings))
    }

    /// Distilled, or from scratch.
    pub fn student(&self) -> Model {
        if self.variant.without_teacher { Model::StudentScratch } else { Model::Student }
    }

    /// The name as part of the name of a folder.
    pub fn folder(&self) -> String {
        self.variant.name.replace('/', "-")
    }
}

/// The full method first, then its variants in their order.
#[derive(Debug, Clone)]
pub struct Plan {
    /// At 0 the full method.
    pub planned: Vec<Planned>,
}

impl Plan {
    /// Of a base and variants of it.
    ///
    /// # Errors
    /// A variant whose settings do not exist or cannot have that value, or a name that is given twice.
    pub fn new(base: &Settings, variants: Vec<Variant>) -> Result<Self, AblationError> {
        let full = Variant {
            name: FULL.to_owned(),
            component: Component::Own,
            shows: "the method with all its parts, as the base has them".to_owned(),
            set: Vec::new(),
            without_teacher: false,
        };
        let base = effective(base, base, false);
        let mut planned: Vec<Planned> = vec![Planned { variant: full, settings: base.clone(), fate: Fate::Trained }];
        for variant in variants {
            if planned.iter().any(|other| other.folder() == variant.name.replace('/', "-")) {
                return Err(AblationError::Twice { name: variant.name });
            }
            let mut settings = base.clone();
            let cannot = |source: SettingError| AblationError::Setting { name: variant.name.clone(), source };
            variant.set.iter().try_for_each(|given| settings.set(given)).map_err(cannot)?;
            let settings = effective(&settings, &base, variant.without_teacher);
            let same = planned.iter().find(|other| {
                other.fate == Fate::Trained
                    && other.variant.without_teacher == variant.without_teacher
                    && other.settings == settings
            });
            let fate = same.map_or(Fate::Trained, |other| Fate::SameAs(other.variant.name.clone()));
            planned.push(Planned { variant, settings, fate });
        }
        Ok(Self { planned })
    }

    /// Finds the variants whose encoder cannot be run as they want it, such as a BERT without terms to leave out, before
    /// anything is trained.
    ///
    /// # Errors
    /// An encoder that cannot be used at all.
    pub fn check_encoders(&mut self, progress: Progress) -> Result<(), TextError> {
        let full = self.planned[0].settings.text.clone();
        for at in 0..self.planned.len() {
            let Planned { variant, settings, fate } = &mut self.planned[at];
            let is_other = at == 0 || (settings.text != full && settings.text.encoder != EncoderChoice::None);
            if *fate != Fate::Trained || variant.without_teacher || !is_other {
                continue;
            }
            match encoder(&settings.text, &Device::Cpu, progress) {
                Ok(_) => {}
                Err(error @ TextError::Setting { .. }) if at > 0 => *fate = Fate::NotApplicable(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The places of what is trained, by teacher: those of one teacher stand together, so that no more than one has to be
    /// held; the full method's come first.
    pub fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<(Option<Value>, Vec<usize>)> = Vec::new();
        for (at, planned) in self.planned.iter().enumerate().filter(|(_, planned)| planned.fate == Fate::Trained) {
            let teacher = planned.teacher();
            match groups.iter_mut().find(|(of, _)| *of == teacher) {
                Some((_, group)) => group.push(at),
                None => groups.push((teacher, vec![at])),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// What will be trained and what not, in words.
    pub fn describe(&self, n_seeds: usize) -> String {
        let groups = self.groups();
        let n_students: usize = groups.iter().map(Vec::len).sum();
        let n_teachers = groups.iter().filter(|group| self.planned[group[0]].teacher().is_some()).count();
        let mut text =
            format!("{n_teachers} teachers and {n_students} students to train for each of {n_seeds} seed(s)");
        for Planned { variant, fate, .. } in &self.planned {
            match fate {
                Fate::Trained => {}
                Fate::SameAs(other) => text += &format!("\n{} is the same as {other}: not trained", variant.name),
                Fate::NotApplicable(reason) => text += &format!("\n{} cannot be made: {reason}", variant.name),
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::super::variants::of_components;
    use super::*;
    use crate::presets::Preset;

    fn plan(preset: Preset) -> Plan {
        Plan::new(&preset.settings(), of_components(Component::value_variants())).unwrap()
    }

    fn fate<'a>(plan: &'a Plan, name: &str) -> &'a Fate {
        &plan.planned.iter().find(|planned| planned.variant.name == name).unwrap().fate
    }

    #[test]
    fn what_a_base_lacks_is_the_full_method_and_what_is_the_same_is_trained_once() {
        let same = |name: &str| Fate::SameAs(name.to_owned());
        let tuned = plan(Preset::Tuned);
        for name in
            ["text/none", "attention/content", "contrast/none", "positional/none", "head/hybrid", "loss/student-soft"]
        {
            assert_eq!(fate(&tuned, name), &same(FULL), "{name}");
        }
        assert_eq!(fate(&tuned, "distillation/structure-only"), &same(FULL));
        let paper = plan(Preset::Paper);
        for name in
            ["text/none", "attention/c2p", "contrast/none", "positional/none", "distillation/no-teacher", "head/dot"]
        {
            assert_eq!(fate(&paper, name), &Fate::Trained, "{name}");
        }
        assert_eq!(fate(&paper, "attention/both"), &same(FULL));
        assert_eq!(fate(&paper, "loss/teacher-bpr"), &same(FULL));
        assert_eq!(fate(&paper, "channels/no-wide"), &same(FULL));
    }

    #[test]
    fn students_of_one_teacher_stand_together() {
        let paper = plan(Preset::Paper);
        let groups = paper.groups();
        let name = |at: &usize| paper.planned[*at].variant.name.as_str();
        let of = |wanted: &str| groups.iter().find(|group| group.iter().any(|at| name(at) == wanted)).unwrap();
        assert_eq!(name(&groups[0][0]), FULL);
        assert_eq!(of("head/dot"), &groups[0]);
        assert_eq!(of("text/none"), of("text/none"));
        assert_ne!(of("text/none"), &groups[0]);
        assert_eq!(of("distillation/no-teacher").len(), 1);
        let n_trained = paper.planned.iter().filter(|planned| planned.fate == Fate::Trained).count();
        assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), n_trained);
    }

    #[test]
    fn a_variant_that_cannot_be_made_is_named_with_what_is_wrong() {
        let plan = |given: &[&str]| {
            let variants = given.iter().map(|given| given.parse().unwrap()).collect();
            Plan::new(&Preset::Tuned.settings(), variants).unwrap_err().to_string()
        };
        let said = plan(&["mine=teacher.emb_din=8"]);
        assert!(said.contains("\"mine\"") && said.contains("teacher.emb_dim"), "{said}");
        assert!(plan(&["mine=teacher.emb_dim=8", "mine=ease.lambda=1"]).contains("\"mine\""));
    }
}
