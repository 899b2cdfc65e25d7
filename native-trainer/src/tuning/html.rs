//! `report.html` of a search: how sensitive the model is to each setting, and every configuration.

use super::{Choice, Report, Search, Tried};
use crate::models::Model;
use crate::ops::plain_numbers;
use crate::report::page::{escape, figure, making, page, table};
use crate::report::plots::Role;
use crate::report::{Build, Line, LinePlot, Machine, MeanStd};
use crate::settings::Settings;

/// A value of a setting, and what it gave.
struct Point {
    value: f64,
    spread: MeanStd,
}

impl Report<'_> {
    /// The page.
    pub(super) fn to_html(&self) -> String {
        let name = escape(&self.data.name);
        let sections = [self.head(&name), self.curves(), self.configurations(), self.how()].concat();
        page(&format!("Settings of {} on {name}", self.model.name()), &sections)
    }

    fn head(&self, name: &str) -> String {
        let partial = match self.tried.len() == self.n_trials {
            true => String::new(),
            false => format!(
                "<p><strong>This search is not finished: {} of {} configurations are trained.</strong></p>\n",
                self.tried.len(),
                self.n_trials
            ),
        };
        let how = match self.search {
            Search::Grid => "every combination of the values below",
            Search::Random => "combinations of the values below",
            Search::Sweep => "one setting at a time, the others as they are in the preset and the command",
        };
        let unsaid = match self.without_effect.is_empty() {
            true => String::new(),
            false => {
                let keys: Vec<String> =
                    self.without_effect.iter().map(|key| format!("<code>{}</code>", escape(key))).collect();
                format!(
                    "<p>No value of {} makes another training here: another setting, as it is, takes their effect. They were \
                     not tried alone.</p>\n",
                    keys.join(", ")
                )
            }
        };
        format!(
            "<h1>Settings of {} on {name}</h1>\n{partial}<p>{} configurations, {how}; each trained with {} seed(s). All figures \
             are NDCG@10 on <strong>validation</strong>: test is not looked at, and the best of many flatters itself. The \
             settings as they are give {}.</p>\n{unsaid}",
            self.model.name(),
            self.tried.len(),
            self.seeds.len(),
            self.tried.first().map_or("nothing yet".to_owned(), |base| shown(&base.spread())),
        )
    }

    fn curves(&self) -> String {
        let drawn: String = self.choices.iter().filter_map(|choice| self.curve(choice)).collect();
        match drawn.is_empty() {
            true => drawn,
            false => format!("<h2>How much each setting matters</h2>\n{drawn}"),
        }
    }

    /// The points of a setting in the order of its values: one setting at a time, or else the best of the configurations
    /// that have the value.
    fn points(&self, choice: &Choice) -> Vec<Point> {
        let value_of = |tried: &Tried| -> Option<f64> {
            let key = choice.keys().next()?.trim();
            let set = tried.trial.iter().filter_map(|set| set.split_once('=')).find(|(of, _)| *of == key);
            match set {
                Some((_, value)) => value.parse().ok(),
                None => setting(self.base.0, key),
            }
        };
        let counts = |tried: &&Tried| match self.search {
            Search::Sweep => {
                tried.trial.is_empty() || choice.values.iter().any(|value| choice.with(value) == tried.trial)
            }
            Search::Grid | Search::Random => true,
        };
        let mut points: Vec<Point> = Vec::new();
        for tried in self.tried.iter().filter(counts) {
            let Some(value) = value_of(tried).filter(|value| value.is_finite()) else { continue };
            let spread = tried.spread();
            match points.iter_mut().find(|point| point.value == value) {
                Some(point) if point.spread.mean >= spread.mean => {}
                Some(point) => point.spread = spread,
                None => points.push(Point { value, spread }),
            }
        }
        points.sort_by(|a, b| a.value.total_cmp(&b.value));
        points
    }

    fn curve(&self, choice: &Choice) -> Option<String> {
        let points = self.points(choice);
        let (first, last) = (points.first()?.value, points.last()?.value);
        if points.len() < 2 {
            return None;
        }
        let line = Line {
            label: String::new(),
            role: match self.model {
                Model::Teacher | Model::TeacherNoText => Role::Teacher,
                _ => Role::Student,
            },
            points: points.iter().map(|point| (point.value, point.spread.mean)).collect(),
            bars: points.iter().map(|Point { spread, .. }| bar(spread)).collect(),
            dashed: false,
        };
        let keys = choice.keys().map(str::trim).collect::<Vec<_>>().join(" and ");
        let plot = LinePlot {
            lines: vec![line],
            x_axis: keys.clone(),
            y_axis: "NDCG@10 on validation".to_owned(),
            // Values that are factors of each other are chosen by factors.
            logarithmic: (first > 0.0 && last / first >= 10.0, false),
        };
        let each: Vec<String> =
            points.iter().map(|point| format!("{} at {}", shown(&point.spread), point.value)).collect();
        let spread = match self.seeds.len() {
            1 => "one seed: the spread over seeds is unknown".to_owned(),
            n => format!("bars are one standard deviation over {n} seeds"),
        };
        let of = match self.search {
            Search::Sweep => "all other settings as they are",
            Search::Grid | Search::Random => "the best of the configurations with each value",
        };
        let caption = format!("<code>{}</code>: {of}; {spread}. The axis does not begin at 0.", escape(&keys));
        let label = format!("NDCG@10 on validation by {keys}: {}", each.join(", "));
        Some(figure(&plot.svg(&label), &caption))
    }

    fn configurations(&self) -> String {
        let row = |tried: &&Tried| {
            let ndcg = tried.spread();
            let std = if self.seeds.len() > 1 {
                format!("<span class=\"std\"> ± {:.4}</span>", ndcg.std)
            } else {
                String::new()
            };
            format!(
                "<tr><td class=\"words\">{}</td><td>{:.4}{std}</td><td>{:.0}</td></tr>\n",
                escape(&tried.describe()),
                ndcg.mean,
                tried.seconds
            )
        };
        let rows: String = self.ranked().iter().map(row).collect();
        let caption = "Best first. Seconds are those of all seeds; a teacher that is shared is trained by the first that needs it.";
        let titles = ["what is set", "NDCG@10 on validation", "training,\u{a0}s"];
        format!("<h2>Every configuration</h2>\n{}", table("Configurations", caption, &titles, &rows))
    }

    fn how(&self) -> String {
        let data = self.data;
        let facts = [
            ("Data", format!("{}, sha256 <code>{}</code>", escape(&data.name), escape(&data.sha256))),
            ("Split", escape(&data.split)),
            ("Preset", escape(self.base.1)),
            ("Search", self.search.name().to_owned()),
            ("Seeds", self.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
        ];
        let rest = "<p class=\"quiet\">Every number stands in tune.json as well. best.json is the best configuration: \
                    <code>train --config best.json</code>, with the preset and the other settings of the command, trains \
                    it.</p>\n";
        making(&self.command, &facts, (&Build::this(), &Machine::this())) + rest
    }
}

/// The present value of a setting, if it is a number.
fn setting(settings: &Settings, key: &str) -> Option<f64> {
    plain_numbers(settings.to_value()).pointer(&format!("/{}", key.replace('.', "/")))?.as_f64()
}

fn shown(value: &MeanStd) -> String {
    format!("{:.4} ± {:.4}", value.mean, value.std)
}

fn bar(value: &MeanStd) -> Option<(f64, f64)> {
    (value.std > 0.0).then_some((value.mean - value.std, value.mean + value.std))
}
