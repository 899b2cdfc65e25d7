//! The report for people.

use super::series::{Along, SERIES, x_of};
use super::{Fitted, Measurement, N_RANKED, N_SAMPLED_ITEMS, N_STEPS, Study, Training};
use crate::memory::in_words;
use crate::report::page::{count, escape, figure, making, page, table};
use crate::report::plots::Role;
use crate::report::{Line, LinePlot};

impl Study {
    /// One file, self-contained.
    pub fn to_html(&self) -> String {
        let verdicts: String = self.verdicts.iter().map(|verdict| format!("<li>{}</li>\n", escape(verdict))).collect();
        let mut html = format!(
            "<h1>What growing data cost</h1>\n<p>Generated data with planted communities and degrees by a power law, 9.1 \
             interactions a node, from {} nodes (users and items) on. Every size ran in a process of its own, on {} \
             thread(s); times are those of the processor.</p>\n<ul>\n{verdicts}</ul>\n",
            count(self.sizes.first().map_or(0, |size| size.n_nodes)),
            self.threads
        );
        html += &self.left_out_section();
        html += "<h2>Training</h2>\n";
        html += &self.plot(
            "Processor seconds of an epoch",
            &[("teacher_epoch", Role::Teacher), ("student_epoch", Role::Student)],
            &format!(
                "Processor seconds of an epoch of {N_STEPS} steps, each over the whole graph; the losses run over sampled \
                 pairs (teacher) and {N_SAMPLED_ITEMS} sampled items (student). Dashed: the fitted law."
            ),
        );
        html += &self.plot(
            "Peak memory in training, bytes",
            &[("teacher_peak", Role::Teacher), ("student_peak", Role::Student)],
            "The most memory of the process while a model was trained, the data included; the student's with its teacher \
             beside it.",
        );
        html += "<h2>Answers</h2>\n";
        html += &self.plot(
            "Processor milliseconds of an answer",
            &[
                ("teacher_one_user", Role::Teacher),
                ("student_convolution", Role::Other),
                ("student_one_user", Role::Student),
            ],
            "One user by the teacher is a pass over the whole graph; all embeddings of the student are one convolution; \
             one user by the student is a sum over the user's likes and a pass over the catalogue.",
        );
        html += &self.plot(
            "Processor seconds to rank all items for all users",
            &[("teacher_all_users", Role::Teacher), ("student_all_users", Role::Student)],
            &format!(
                "From embeddings that are there, which is users times items for both. Measured on {N_RANKED} users, and \
                 multiplied where there are more."
            ),
        );
        html += "<h2>Laws</h2>\n";
        html += &self.law_table();
        html += "<h2>Sizes</h2>\n";
        html += &self.size_table();
        let facts = [("Seed", self.seed.to_string()), ("Threads", self.threads.to_string())];
        html += &making(&self.command, &facts, (&self.versions, &self.machine));
        page("What growing data cost", &html)
    }

    fn left_out_section(&self) -> String {
        if self.left_out.is_empty() {
            return String::new();
        }
        let items = self
            .left_out
            .iter()
            .map(|left_out| format!("<li>{} nodes: {}</li>\n", count(left_out.n_nodes), escape(&left_out.reason)));
        format!("<p>Asked for and left out:</p>\n<ul>\n{}</ul>\n", items.collect::<String>())
    }

    fn plot(&self, title: &str, names: &[(&str, Role)], caption: &str) -> String {
        let lines: Vec<Line> = names.iter().flat_map(|&(name, role)| self.lines(name, role)).collect();
        let plot = LinePlot {
            lines,
            x_axis: "training likes (edges)".to_owned(),
            y_axis: title.to_owned(),
            logarithmic: (true, true),
        };
        figure(&plot.svg(title), &escape(caption))
    }

    /// What was measured, and the law, drawn over the edges.
    fn lines(&self, name: &str, role: Role) -> Vec<Line> {
        let Some(&(_, what, _, along, _, value)) = SERIES.iter().find(|series| series.0 == name) else {
            return Vec::new();
        };
        let at = |size: &Measurement| size.n_edges as f64;
        let points: Vec<(f64, f64)> = self.sizes.iter().filter_map(|size| Some((at(size), value(size)?))).collect();
        let line = |label: String, points: Vec<(f64, f64)>, dashed| {
            let bars = vec![None; points.len()];
            Line { label, role, points, bars, dashed }
        };
        let mut lines = vec![line(what.to_owned(), points, false)];
        let fitted = self.laws.iter().find(|law| law.name == name);
        if let Some(Fitted { law: Some(law), from_nodes, along: of, .. }) = fitted {
            let sizes = self.sizes.iter().filter(|size| size.n_nodes >= *from_nodes);
            let law_points = sizes.map(|size| (at(size), law.at(x_of(along, size)))).collect();
            let x = match of {
                Along::Edges => "edges",
                Along::Items => "items",
            };
            lines.push(line(format!("{x}^{:.2}", law.exponent), law_points, true));
        }
        lines
    }

    fn law_table(&self) -> String {
        let row = |fitted: &Fitted| {
            let along = match fitted.along {
                Along::Edges => "edges",
                Along::Items => "items",
            };
            let law = fitted.law.as_ref().map_or_else(
                || "<td colspan=\"3\">too few sizes</td>".to_owned(),
                |law| {
                    format!(
                        "<td>{:.3}</td><td>{:.3}</td><td>[{:.3}, {:.3}]</td>",
                        law.exponent, law.standard_error, law.interval[0], law.interval[1]
                    )
                },
            );
            format!(
                "<tr><th scope=\"row\">{}</th><td>{along}</td>{law}<td>{}</td></tr>\n",
                fitted.what, fitted.expected
            )
        };
        let from = self.laws.first().map_or(0, |law| law.from_nodes);
        table(
            "Fitted laws",
            &format!(
                "Least squares on logarithms over the sizes from {} nodes on; smaller ones lie in the processor’s cache. \
                 The interval is of 95 %, by Student’s t.",
                count(from)
            ),
            &["what", "grows with", "exponent", "standard error", "interval", "by its formula"],
            &self.laws.iter().map(row).collect::<String>(),
        )
    }

    fn size_table(&self) -> String {
        let memory = |bytes: Option<u64>| bytes.map_or_else(|| "not known".to_owned(), in_words);
        let training = |training: &Training| {
            format!(
                "<td>{:.2} s</td><td>{}</td><td>{}</td><td>{}</td>",
                training.epoch.cpu_s,
                training.n_steps_measured,
                memory(training.peak_bytes),
                memory(training.estimated_bytes)
            )
        };
        let row = |size: &Measurement| {
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td>{}{}<td>{:.1} ms</td><td>{:.1} ms</td><td>{:.3} \
                 ms</td></tr>\n",
                count(size.n_nodes),
                count(size.n_users),
                count(size.n_items),
                count(size.n_edges),
                training(&size.teacher),
                training(&size.student),
                size.teacher_one_user.cpu_ms,
                size.student_convolution.cpu_ms,
                size.student_one_user.cpu_ms
            )
        };
        table(
            "Measured sizes",
            &format!(
                "Of {N_STEPS} steps an epoch; where fewer were measured, the epoch is their mean times {N_STEPS}."
            ),
            &[
                "nodes",
                "users",
                "items",
                "edges",
                "teacher, epoch",
                "steps",
                "peak",
                "estimated",
                "student, epoch",
                "steps",
                "peak",
                "estimated",
                "teacher, one user",
                "student, all embeddings",
                "student, one user",
            ],
            &self.sizes.iter().map(row).collect::<String>(),
        )
    }
}
