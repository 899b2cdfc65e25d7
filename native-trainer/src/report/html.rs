//! `report.html`: one file, no script, nothing fetched.

use super::differences::differences_table;
use super::page::{count, escape, figure, making, page, signed, table};
use super::plots::{Role, RowPlot, RowPoint, ScatterPoint, latency_svg};
use super::text::{few, milliseconds};
use super::{MeanStd, ModelSummary, Summary};
use crate::analysis::RULE;
use crate::bootstrap::N_RESAMPLES;
use crate::models::Model;

impl Summary {
    /// The page.
    pub fn to_html(&self) -> String {
        let name = escape(&self.data.name);
        let sections = [self.head(&name), self.sections(), self.making()].concat();
        page(&format!("Evaluation on {name}"), &sections)
    }

    /// What there is to say of the table, without where it comes from.
    pub(crate) fn sections(&self) -> String {
        [
            self.tiles(),
            self.results(),
            self.differences(),
            self.slices(),
            self.alignment(),
            self.costs(),
            self.validation(),
        ]
        .concat()
    }

    fn head(&self, name: &str) -> String {
        let data = &self.data;
        format!(
            "<h1>Evaluation on {name}</h1>\n<p>{} users, {} items. Models learn from {} likes, are chosen on {} others, and \
             are measured here on {} that none of them has seen. For each of the {} users with such a like every model \
             ranks all items that the user does not have yet.</p>\n",
            count(data.n_users),
            count(data.n_items),
            count(data.n_train),
            count(data.n_valid),
            count(data.n_test),
            count(data.n_test_users),
        )
    }

    fn tiles(&self) -> String {
        let tile = |title: &str, figure: String, note: &str| {
            format!("<div><dt>{title}</dt><dd class=\"figure\">{figure}</dd><dd class=\"note\">{note}</dd></div>\n")
        };
        let mut tiles = String::new();
        if let Some(retention) = self.retention {
            tiles += &tile(
                "Retention",
                format!("{:.1} %", retention * 100.0),
                "of the teacher’s NDCG@10 kept by the student",
            );
        }
        if let Some(gain) = self.distillation_gain {
            tiles += &tile(
                "Distillation gain",
                format!("× {gain:.2}"),
                "NDCG@10, against the same student without a teacher",
            );
        }
        if let Some(speedup) = self.speedup {
            let figure =
                if speedup < 10.0 { format!("× {speedup:.1}") } else { format!("× {}", count(speedup as usize)) };
            tiles += &tile("Speed", figure, "one answer of the student, against the teacher’s full forward pass");
        }
        if let Some(student) = self.row(Model::Student) {
            let note = format!("{} of them outside embeddings", count(student.params_without_embeddings));
            tiles += &tile("Student", count(student.params), &format!("learned numbers, {note}"));
        }
        if tiles.is_empty() { tiles } else { format!("<dl class=\"tiles\">\n{tiles}</dl>\n") }
    }

    fn results(&self) -> String {
        let several = self.seeds.len() > 1;
        let row = |row: &ModelSummary| {
            let on = &row.metrics;
            let test = [on.ndcg_10, on.recall_10, on.precision_10, on.hit_10];
            let at_20 = [on.ndcg_20, on.recall_20, on.precision_20, on.hit_20];
            let values = test
                .iter()
                .chain(&at_20)
                .map(|value| format!("<td>{}</td>", mean_std(value, several && !row.model.is_closed_form())));
            table_row(row, &values.collect::<String>())
        };
        let titles = [
            "model",
            "NDCG<wbr>@10",
            "Recall<wbr>@10",
            "Precision<wbr>@10",
            "Hit rate<wbr>@10",
            "NDCG<wbr>@20",
            "Recall<wbr>@20",
            "Precision<wbr>@20",
            "Hit rate<wbr>@20",
        ];
        let spread = if several {
            format!("Mean ± standard deviation over {} seeds.", self.seeds.len())
        } else {
            "One seed: the spread over seeds is unknown; --seeds 3 measures it.".to_owned()
        };
        let table = table(
            "Results on test",
            &format!("On test likes, mean over users. {spread} Higher is better everywhere."),
            &titles,
            &self.models.iter().map(row).collect::<String>(),
        );
        let points = self.models.iter().map(|row| RowPoint {
            label: row.model.name().to_owned(),
            role: role(row.model),
            at: row.metrics.ndcg_10.mean,
            bar: (row.metrics.ndcg_10.std > 0.0).then(|| bar(&row.metrics.ndcg_10)),
            hollow: None,
            note: format!("{:.4}", row.metrics.ndcg_10.mean),
        });
        let plot = RowPlot { rows: points.collect(), axis: "NDCG@10 on test".to_owned(), zero_line: false };
        let bars =
            if several { "Bars are one standard deviation over seeds; closed-form models have none. " } else { "" };
        let error = self.row(Model::Student).or(self.models.last()).map_or(0.0, |row| row.standard_error);
        let caption = format!(
            "NDCG@10 on test, one point a model: further right is better. {bars}The axis does not begin at 0. Another \
             sample of {} users would move every point by about {error:.3} (one standard error), mostly in the same \
             direction: to tell two models apart, read the differences below.",
            count(self.data.n_test_users)
        );
        format!("<h2>Results</h2>\n{}{table}", figure(&plot.svg(&spoken("NDCG@10 on test", &plot)), &caption))
    }

    fn differences(&self) -> String {
        if self.comparisons.is_empty() {
            return String::new();
        }
        let of_student = self.comparisons.iter().filter(|comparison| comparison.a == Model::Student);
        let points = of_student.map(|comparison| RowPoint {
            label: comparison.b.name().to_owned(),
            role: role(comparison.b),
            at: comparison.interval.difference,
            bar: Some((comparison.interval.low, comparison.interval.high)),
            hollow: None,
            note: signed(comparison.interval.difference),
        });
        let plot = RowPlot { rows: points.collect(), axis: "student minus other, NDCG@10".to_owned(), zero_line: true };
        let caption = format!(
            "The student’s NDCG@10 minus that of each other model, with intervals of 95 % from {} paired resamples of the \
             users. Right of the line the student is better. An interval that crosses the line says that these users \
             cannot tell the two apart, not that they are equal. Users are resampled, trainings are not: values are \
             averaged over seeds first.",
            count(N_RESAMPLES)
        );
        let drawn = match plot.rows.is_empty() {
            true => String::new(),
            false => figure(&plot.svg(&spoken("Student minus other, NDCG@10", &plot)), &caption),
        };
        let table = differences_table("NDCG@10 on test, intervals of 95 %.", &self.comparisons);
        format!("<h2>Is the difference real?</h2>\n{drawn}{table}")
    }

    fn costs(&self) -> String {
        // Ablations of the student are the same network, and would be timed by another path than the page takes.
        let shown = |row: &&ModelSummary| row.model <= Model::Student;
        let points = self.models.iter().filter(shown).filter_map(|row| {
            let x = row.latency_ms?.one_user.p50;
            (x > 0.0).then(|| ScatterPoint {
                label: row.model.name(),
                role: role(row.model),
                x,
                y: row.metrics.ndcg_10.mean,
            })
        });
        let points: Vec<ScatterPoint> = points.collect();
        let drawn = if points.is_empty() {
            String::new()
        } else {
            let each =
                points.iter().map(|point| format!("{} {} ms at {:.4}", point.label, milliseconds(point.x), point.y));
            let label = format!("Latency of one answer and NDCG@10: {}", each.collect::<Vec<_>>().join(", "));
            let debug = match self.versions.profile {
                "debug" => " This was a debug build: a release build is faster.",
                _ => "",
            };
            let caption = format!(
                "From request to ten ranked ids for one user, warm, median of 30; up and to the left is better. The student \
                 answers as it does in the page: a visitor it has never seen, on one thread. Learned models answer a \
                 known user by a full forward pass on {} threads, as they have to once there are new likes; popularity, \
                 ItemKNN and EASE rank what they keep.{debug}",
                self.machine.n_threads
            );
            figure(&latency_svg(&points, &label), &caption)
        };
        let row = |row: &ModelSummary| {
            let latency = row.latency_ms.map(|all| [all.one_user, all.all_users]);
            let cell = |at: usize, p50: bool| match latency.map(|both| both[at]) {
                Some(latency) if p50 => milliseconds(latency.p50) + &few(latency),
                Some(latency) => milliseconds(latency.p95),
                None => "–".to_owned(),
            };
            let cells = [
                count(row.params),
                count(row.params_without_embeddings),
                format!("{:.1}", row.train_seconds.mean),
                cell(0, true),
                cell(0, false),
                cell(1, true),
                cell(1, false),
                row.held_bytes.map_or("–".to_owned(), |bytes| count(bytes as usize)),
                row.dci.map_or("–".to_owned(), |index| format!("{index:.3}")),
            ];
            table_row(row, &cells.map(|cell| format!("<td>{cell}</td>")).concat())
        };
        let titles = [
            "model",
            "parameters",
            "without embeddings",
            "training,\u{a0}s",
            "one user, p50 ms",
            "p95\u{a0}ms",
            "all users, p50 ms",
            "p95\u{a0}ms",
            "bytes held",
            "cost index",
        ];
        let rows = self.models.iter().map(row).collect::<String>();
        let caption = "Learned numbers, seconds of training (that of a student comes on top of its teacher’s), and milliseconds \
                       of an answer.";
        let table = table("Costs", caption, &titles, &rows);
        format!("<h2>What an answer costs</h2>\n{drawn}{table}<p class=\"quiet\">{RULE}.</p>\n")
    }

    fn validation(&self) -> String {
        let points = self.models.iter().map(|row| RowPoint {
            label: row.model.name().to_owned(),
            role: role(row.model),
            at: row.metrics.ndcg_10.mean,
            bar: None,
            hollow: Some(row.validation.ndcg_10.mean),
            note: signed(row.metrics.ndcg_10.mean - row.validation.ndcg_10.mean),
        });
        let plot = RowPlot { rows: points.collect(), axis: "NDCG@10".to_owned(), zero_line: false };
        let caption = "NDCG@10 on validation (hollow) and on test (filled); at the right, test minus validation. Settings and \
                       the epoch to stop at were chosen on validation. The two are measured on other likes, and test also \
                       leaves out the validation items, so either may be the higher one for all models alike; a model \
                       that loses ground to its neighbours from validation to test has been fitted to the validation \
                       likes.";
        let label = spoken("NDCG@10 on test; validation is drawn beside it", &plot);
        format!("<h2>Chosen on validation, reported on test</h2>\n{}", figure(&plot.svg(&label), caption))
    }

    fn making(&self) -> String {
        let data = &self.data;
        let seeds = self.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let facts = [
            ("Data", format!("{}, sha256 <code>{}</code>", escape(&data.name), escape(&data.sha256))),
            ("Split", escape(&data.split)),
            ("Seeds", seeds),
        ];
        let settings: String = self
            .models
            .iter()
            .map(|row| {
                let hyper = serde_json::to_string_pretty(&row.hyper).unwrap_or_default();
                format!(
                    "<details><summary>Settings of {}</summary><pre>{}</pre></details>\n",
                    row.model.name(),
                    escape(&hyper)
                )
            })
            .collect();
        let rest = format!(
            "<p class=\"quiet\">Every number stands in report.json as well, with those of each seed.</p>\n{settings}"
        );
        making(&self.command, &facts, (&self.versions, &self.machine)) + &rest
    }

    fn row(&self, model: Model) -> Option<&ModelSummary> {
        self.models.iter().find(|row| row.model == model)
    }
}

fn role(model: Model) -> Role {
    match model {
        Model::Student => Role::Student,
        Model::Teacher => Role::Teacher,
        _ => Role::Other,
    }
}

fn bar(value: &MeanStd) -> (f64, f64) {
    (value.mean - value.std, value.mean + value.std)
}

/// What a plot of rows shows, for those who do not see it.
fn spoken(title: &str, plot: &RowPlot) -> String {
    let each: Vec<String> = plot.rows.iter().map(|row| format!("{} {:.4}", row.label, row.at)).collect();
    format!("{title}: {}", each.join(", "))
}

fn table_row(row: &ModelSummary, cells: &str) -> String {
    let class = match role(row.model) {
        Role::Student => " class=\"student\"",
        Role::Teacher => " class=\"teacher\"",
        Role::Other => "",
    };
    format!("<tr{class}><th scope=\"row\">{}</th>{cells}</tr>\n", row.model.name())
}

fn mean_std(value: &MeanStd, varies: bool) -> String {
    let std = if varies { format!("<span class=\"std\"> ± {:.4}</span>", value.std) } else { String::new() };
    format!("{:.4}{std}", value.mean)
}
