//! What a study of variants says: how each differs from the full method, and how sure that is.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::study::{Results, Trained};
use super::variants::Component;
use super::{FULL, Fate, Plan, Planned};
use crate::bootstrap::{Interval, paired_bootstrap};
use crate::data::Dataset;
use crate::export::ExportError;
use crate::models::Model;
use crate::ops::plain_numbers;
use crate::pipeline::Row;
use crate::report::{self, Build, DataSummary, Machine, MeanStd, MetricsSummary, ModelSummary, SeedSummary};
use crate::tuning::as_config;

/// Everything that a report says.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Which kind of study.
    pub study: &'static str,
    /// Whether all of it is trained.
    pub complete: bool,
    /// What was trained and tested on.
    pub data: DataSummary,
    /// The preset that the full method starts from.
    pub preset: &'static str,
    /// One training of each variant for every seed.
    pub seeds: Vec<u64>,
    /// What the differences are of.
    pub metric: &'static str,
    /// The full method, then its variants.
    pub variants: Vec<VariantReport>,
    /// What was typed.
    pub command: String,
    /// What ran.
    pub versions: Build,
    /// What it ran on.
    pub machine: Machine,
}

/// One variant.
#[derive(Debug, Clone, Serialize)]
pub struct VariantReport {
    /// `component/what`, or a name of one's own.
    pub name: String,
    /// Which part.
    pub component: Component,
    /// What is different, in words.
    pub shows: String,
    /// What is set, as a file that `--config` accepts holds it.
    pub set: Value,
    /// The variant that is the same training; this one was not trained then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// Why it cannot be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_applicable: Option<String>,
    /// The variant whose teacher this one's student learns from too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teacher_of: Option<String>,
    /// The settings it depends on, whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hyper: Option<Value>,
    /// Its teacher; none where it is that of the full method, or there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teacher: Option<Outcome>,
    /// Its student.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub student: Option<Outcome>,
}

/// What a model of a variant reached.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Learned numbers.
    pub params: usize,
    /// On test, over the seeds.
    pub metrics: MetricsSummary<MeanStd>,
    /// On validation.
    pub validation: MetricsSummary<MeanStd>,
    /// Training, evaluation not included.
    pub train_seconds: MeanStd,
    /// What the means are of.
    pub per_seed: Vec<SeedSummary>,
    /// This minus the full method's, NDCG@10 on test, users paired and averaged over the seeds that both have. None of the
    /// full method itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Interval>,
}

impl Outcome {
    fn of(rows: &[(u64, Row)], model: Model, difference: Option<Interval>) -> Option<Self> {
        rows.first()?;
        let ModelSummary { params, metrics, validation, train_seconds, per_seed, .. } =
            ModelSummary::of(model, rows, Value::Null, 0.0);
        Some(Self { params, metrics, validation, train_seconds, per_seed, difference })
    }

    /// What the interval says, in words.
    pub fn verdict(&self) -> &'static str {
        match self.difference {
            None => "–",
            Some(interval) if !interval.is_clear() => "no clear difference",
            Some(interval) if interval.difference > 0.0 => "better",
            Some(_) => "worse",
        }
    }
}

/// What is compared with the full method's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Teacher,
    Student,
}

fn rows_of(trained: &[Trained], who: Who) -> Vec<(u64, Row)> {
    let row = |of: &Trained| match who {
        Who::Teacher => of.teacher.clone(),
        Who::Student => Some(of.student.clone()),
    };
    trained.iter().filter_map(|of| Some((of.seed, row(of)?))).collect()
}

/// Every user's difference in NDCG@10 on test, `a` minus `b`, averaged over the seeds that both have.
fn differences(a: &[(u64, Row)], b: &[(u64, Row)]) -> Option<Vec<f64>> {
    let of_users =
        |row: &Row| -> Vec<f64> { row.test.of_users.iter().flatten().map(|(at_10, _)| at_10.ndcg).collect() };
    let pairs = a.iter().filter_map(|(seed, a)| Some((a, &b.iter().find(|(other, _)| other == seed)?.1)));
    let each: Vec<Vec<f64>> =
        pairs.map(|(a, b)| of_users(a).iter().zip(of_users(b)).map(|(a, b)| a - b).collect()).collect();
    let mut sums = each.first()?.clone();
    each[1..].iter().for_each(|of_seed| sums.iter_mut().zip(of_seed).for_each(|(sum, difference)| *sum += difference));
    Some(sums.into_iter().map(|sum| sum / each.len() as f64).collect())
}

impl Report {
    /// Of what is trained so far.
    pub fn new(
        plan: &Plan,
        results: &Results,
        n_seeds: usize,
        data: &Dataset,
        preset: &'static str,
        command: &str,
    ) -> Self {
        let full = &plan.planned[0];
        let of_full = |who| rows_of(&results.trained[0], who);
        let has_own_teacher = |planned: &Planned| planned.teacher().is_some() && planned.teacher() != full.teacher();
        // All that is compared, in one go: every comparison sees the same resampled users.
        let mut compared: Vec<(usize, Who, Vec<f64>)> = Vec::new();
        for (at, planned) in plan.planned.iter().enumerate().skip(1) {
            for who in [Who::Teacher, Who::Student] {
                if who == Who::Teacher && !has_own_teacher(planned) {
                    continue;
                }
                let of_users = differences(&rows_of(&results.trained[at], who), &of_full(who));
                compared.extend(of_users.map(|of_users| (at, who, of_users)));
            }
        }
        let of_users: Vec<Vec<f64>> = compared.iter().map(|(_, _, of_users)| of_users.clone()).collect();
        let intervals = paired_bootstrap(&of_users, results.seeds.first().copied().unwrap_or_default());
        let interval = |at: usize, who: Who| {
            let place = compared.iter().position(|(of, whose, _)| (*of, *whose) == (at, who))?;
            intervals.get(place).copied()
        };
        let groups = plan.groups();
        let variant = |(at, planned): (usize, &Planned)| {
            let trained = &results.trained[at];
            let group = groups.iter().find(|group| group.contains(&at));
            let first = group.map(|group| &plan.planned[group[0]]).filter(|first| first.teacher().is_some());
            let teacher_of = first.filter(|first| first.variant.name != planned.variant.name);
            let is_shown = at == 0 || has_own_teacher(planned);
            let teacher = if is_shown { rows_of(trained, Who::Teacher) } else { Vec::new() };
            VariantReport {
                name: planned.variant.name.clone(),
                component: planned.variant.component,
                shows: planned.variant.shows.clone(),
                set: as_config(&planned.variant.set),
                same_as: match &planned.fate {
                    Fate::SameAs(other) => Some(other.clone()),
                    _ => None,
                },
                not_applicable: match &planned.fate {
                    Fate::NotApplicable(reason) => Some(reason.clone()),
                    _ => None,
                },
                teacher_of: teacher_of.map(|first| first.variant.name.clone()),
                // Of the others `set` says how they differ.
                hyper: (at == 0).then(|| plain_numbers(Model::Student.hyper(&planned.settings))),
                teacher: Outcome::of(&teacher, Model::Teacher, interval(at, Who::Teacher)),
                student: Outcome::of(&rows_of(trained, Who::Student), planned.student(), interval(at, Who::Student)),
            }
        };
        let is_done = |at: &usize| results.trained[*at].len() == n_seeds;
        let n_test_users = (0..data.n_users()).filter(|&user| !data.test.hyperedges_of(user).is_empty()).count();
        Self {
            study: "ablate",
            complete: groups.iter().flatten().all(is_done),
            data: DataSummary::of(data, n_test_users),
            preset,
            seeds: results.seeds.clone(),
            metric: "ndcg@10",
            variants: plan.planned.iter().enumerate().map(variant).collect(),
            command: command.to_owned(),
            versions: Build::this(),
            machine: Machine::this(),
        }
    }

    /// The schema, indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Writes `report.json` and `report.html` into a folder, whole or not at all.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn write(&self, folder: &Path) -> Result<[PathBuf; 2], ExportError> {
        report::write_both(folder, &self.to_json(), &self.to_html())
    }

    /// What a terminal shows.
    pub fn to_text(&self) -> String {
        let data = &self.data;
        let seeds = self.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let mut text = format!(
            "{}: NDCG@10 on test, mean over {} users ± standard deviation over seeds ({seeds}); variant minus full with its \
             95 % interval (paired bootstrap over users)\n\n{:<34} {:<8} {:>15} {:>9}  {:<18} verdict\n",
            data.name, data.n_test_users, "variant", "", "NDCG@10", "minus full", "interval"
        );
        for variant in &self.variants {
            for (who, outcome) in [("teacher", &variant.teacher), ("student", &variant.student)] {
                let Some(outcome) = outcome else { continue };
                let ndcg = &outcome.metrics.ndcg_10;
                let (difference, range) = match outcome.difference {
                    Some(Interval { difference, low, high, .. }) => {
                        (format!("{difference:+.4}"), format!("[{low:+.4}, {high:+.4}]"))
                    }
                    None => Default::default(),
                };
                text += &format!(
                    "{:<34} {who:<8} {:>15} {difference:>10}  {range:<18} {}\n",
                    variant.name,
                    format!("{:.4} ± {:.4}", ndcg.mean, ndcg.std),
                    outcome.verdict()
                );
            }
            if let Some(note) = variant.note() {
                text += &format!("{:<34} {note}\n", variant.name);
            }
        }
        text
    }
}

impl VariantReport {
    /// Why it was not trained, if it was not.
    pub fn note(&self) -> Option<String> {
        let same = self.same_as.as_ref().map(|other| match other.as_str() {
            FULL => "the same as the full method: not trained".to_owned(),
            other => format!("the same as {other}: not trained again"),
        });
        same.or_else(|| self.not_applicable.as_ref().map(|reason| format!("cannot be made: {reason}")))
    }
}
