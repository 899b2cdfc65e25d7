//! `report.html` of a reproduction: one file, no script, nothing fetched.

use super::{Configuration, Difference, LeftOut, Reproduction, beside};
use crate::models::Model;
use crate::report::milliseconds;
use crate::report::page::{escape, figure, making, page, table};
use crate::report::plots::{Role, RowPlot, RowPoint};

impl Reproduction {
    /// The page.
    pub fn to_html(&self) -> String {
        let Some(first) = self.configurations.first() else { return page("Reproduction", "") };
        let name = escape(&first.summary.data.name);
        let mut sections = format!(
            "<h1>Reproduction on {name}</h1>\n<p>The full table, with each configuration on the same data, split and seeds: {}. What is \
             published stands beside it where it is of these data, and what differs is said below.</p>\n",
            self.configurations.iter().map(Configuration::title).collect::<Vec<_>>().join(", ")
        );
        sections += &self.side_by_side();
        sections += &self.published_section(first);
        sections += &self.what_differs();
        for configuration in &self.configurations {
            sections += &configuration.section();
        }
        let data = &first.summary.data;
        let seeds = first.summary.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let facts = [
            ("Data", format!("{name}, sha256 <code>{}</code>", escape(&data.sha256))),
            ("Split", escape(&data.split)),
            ("Seeds", seeds),
        ];
        sections += &making(&self.command, &facts, (&first.summary.versions, &first.summary.machine));
        page(&format!("Reproduction on {name}"), &sections)
    }

    /// Every model of every configuration on one axis.
    fn side_by_side(&self) -> String {
        let mut rows = Vec::new();
        for (at, configuration) in self.configurations.iter().enumerate() {
            for row in &configuration.summary.models {
                // Baselines are the same in each.
                if at > 0 && row.model.is_baseline() {
                    continue;
                }
                let value = &row.metrics.ndcg_10;
                let label = match row.model.is_baseline() {
                    true => row.model.name().to_owned(),
                    false => format!("{}, {}", row.model.name(), configuration.preset),
                };
                let role = match row.model {
                    Model::Student => Role::Student,
                    Model::Teacher => Role::Teacher,
                    _ => Role::Other,
                };
                rows.push(RowPoint {
                    label,
                    role,
                    at: value.mean,
                    bar: (value.std > 0.0).then_some((value.mean - value.std, value.mean + value.std)),
                    hollow: None,
                    note: format!("{:.4}", value.mean),
                });
            }
        }
        let spoken: Vec<String> = rows.iter().map(|row| format!("{} {:.4}", row.label, row.at)).collect();
        let plot = RowPlot { rows, axis: "NDCG@10 on test".to_owned(), zero_line: false };
        let caption = "NDCG@10 on test: further right is better. Bars are one standard deviation over seeds. The axis does not begin at 0.";
        figure(&plot.svg(&format!("NDCG@10 on test: {}", spoken.join(", "))), caption)
    }

    fn published_section(&self, configuration: &Configuration) -> String {
        let published = &self.published;
        let mut section = format!("<h2>What is published</h2>\n<p class=\"quiet\">{}.</p>\n", escape(published.source));
        if !published.accuracy.is_empty() {
            let points = published.accuracy.iter().filter_map(|row| {
                let [.., (theirs, ours), _] = beside(row, configuration);
                let role = if row.model == Model::Student { Role::Student } else { Role::Other };
                let (at, note) = (ours?, format!("{:+.2}", ours? - theirs));
                Some(RowPoint { label: row.name.to_owned(), role, at, bar: None, hollow: Some(theirs), note })
            });
            let plot = RowPlot { rows: points.collect(), axis: "NDCG@10 in %".to_owned(), zero_line: false };
            let caption =
                "NDCG@10 in percent: published (hollow) and measured here (filled); at the right, ours minus theirs.";
            if !plot.rows.is_empty() {
                section += &figure(&plot.svg("NDCG@10, published and measured here"), caption);
            }
            let row = |row: &super::Accuracy| {
                let cells = beside(row, configuration).map(|(theirs, ours)| {
                    let ours = ours.map_or("–".to_owned(), |ours| format!("{ours:.2}"));
                    format!("<td>{theirs:.2}</td><td>{ours}</td>")
                });
                format!("<tr><th scope=\"row\">{}</th>{}</tr>\n", row.name, cells.concat())
            };
            let titles = [
                "model",
                "Precision, published",
                "here",
                "Recall, published",
                "here",
                "NDCG, published",
                "here",
                "Hit rate, published",
                "here",
            ];
            let caption = format!("At 10, in percent; “here” is the configuration {}.", configuration.title());
            section += &table(
                "Published accuracy",
                &caption,
                &titles,
                &published.accuracy.iter().map(row).collect::<String>(),
            );
        }
        let ours = |model: Model| configuration.summary.models.iter().find(|row| row.model == model);
        let row = |row: &super::Inference| {
            let latency = ours(row.model).and_then(|row| row.latency_ms);
            let (latency, params) = (
                latency.map_or("–".to_owned(), |latency| milliseconds(latency.one_user.p50)),
                ours(row.model).map_or("–".to_owned(), |row| format!("{:.2}", row.params as f64 / 1e6)),
            );
            format!(
                "<tr><th scope=\"row\">{}</th><td>{:.2}</td><td>{latency}</td><td>{:.1}</td><td>{params}</td></tr>\n",
                row.name, row.milliseconds, row.million_params
            )
        };
        let titles = ["model", "ms, published", "one user, here", "M parameters, published", "here"];
        let caption = "Of which data set and machine these milliseconds are, and of how many answers, the publication does not say: \
                       only their ratios can be compared. Its teacher’s parameters are mostly its text encoder’s, which ours \
                       do not count: vectors of texts are computed once.";
        section +=
            &table("Published latency", caption, &titles, &published.inference.iter().map(row).collect::<String>());
        let kept =
            configuration.summary.retention.map(|kept| format!("; here {:.1} %", kept * 100.0)).unwrap_or_default();
        section
            + &format!(
                "<p>Retention, published as an average over five data sets: {:.1} %{kept}.</p>\n",
                published.retention * 100.0
            )
    }

    fn what_differs(&self) -> String {
        let of =
            |Difference { topic, text }: &Difference| format!("<p><strong>{topic}</strong>: {}.</p>\n", escape(text));
        let mut rows: String = self.differences.iter().map(of).collect();
        for LeftOut { what, reason } in &self.left_out {
            rows += &format!("<p><strong>left out</strong>: {}, because {}.</p>\n", escape(what), escape(reason));
        }
        format!("<h2>What differs from the publication</h2>\n{rows}")
    }
}

impl Configuration {
    fn title(&self) -> String {
        format!("<code>{}</code>", self.preset)
    }

    /// The sections of an evaluation, one level down.
    fn section(&self) -> String {
        let changed = match self.changed.is_empty() {
            true => "Every setting is that of its preset.".to_owned(),
            false => format!("Changed: {}.", escape(&self.changed.join("; "))),
        };
        let summary = self.summary.sections().replace("<h2>", "<h3>").replace("</h2>", "</h3>");
        format!("<h2>Configuration {}</h2>\n<p class=\"quiet\">{changed}</p>\n{summary}", self.title())
    }
}
