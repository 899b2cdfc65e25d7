//! `report.html` of a study of variants.

use super::report::{Outcome, Report, VariantReport};
use super::variants::Component;
use crate::bootstrap::N_RESAMPLES;
use crate::report::page::{count, escape, figure, making, page, signed, table};
use crate::report::plots::{Role, RowPlot, RowPoint};

impl Report {
    /// The page.
    pub(super) fn to_html(&self) -> String {
        let name = escape(&self.data.name);
        let sections = [self.head(&name), self.differences(), self.not_trained(), self.making()].concat();
        page(&format!("What each part is worth on {name}"), &sections)
    }

    fn head(&self, name: &str) -> String {
        let data = &self.data;
        let partial = match self.complete {
            true => "",
            false => {
                "<p><strong>This study is not finished: what stands here is what is trained so far.</strong></p>\n"
            }
        };
        let full = self.variants.first();
        let ndcg = |outcome: Option<&Outcome>| match outcome {
            Some(outcome) => {
                let ndcg = &outcome.metrics.ndcg_10;
                format!("{:.4} ± {:.4}", ndcg.mean, ndcg.std)
            }
            None => "not trained yet".to_owned(),
        };
        format!(
            "<h1>What each part is worth on {name}</h1>\n{partial}<p>The full method is the preset <code>{}</code>, as the command \
             below changes it. Every variant is that method with one part taken out or made another way, trained anew from \
             the same {} seed(s), and compared on {} test likes of {} users. NDCG@10 of the full method: teacher {}, \
             student {}. Nothing is chosen by these figures.</p>\n",
            escape(self.preset),
            self.seeds.len(),
            count(data.n_test),
            count(data.n_test_users),
            ndcg(full.and_then(|full| full.teacher.as_ref())),
            ndcg(full.and_then(|full| full.student.as_ref())),
        )
    }

    fn differences(&self) -> String {
        let compared = || self.variants.iter().skip(1);
        let mut points = Vec::new();
        let mut rows = String::new();
        let mut component: Option<Component> = None;
        for variant in compared() {
            for (who, role, outcome) in
                [("teacher", Role::Teacher, &variant.teacher), ("student", Role::Student, &variant.student)]
            {
                let Some(outcome) = outcome else { continue };
                if component != Some(variant.component) {
                    component = Some(variant.component);
                    rows +=
                        &format!("<tr><th scope=\"rowgroup\" colspan=\"8\">{}</th></tr>\n", variant.component.title());
                }
                rows += &row(variant, who, outcome);
                let Some(interval) = outcome.difference else { continue };
                points.push(RowPoint {
                    label: format!("{}, {who}", variant.name),
                    role,
                    at: interval.difference,
                    bar: Some((interval.low, interval.high)),
                    hollow: None,
                    note: signed(interval.difference),
                });
            }
        }
        if points.is_empty() {
            return "<p>No variant is trained.</p>\n".to_owned();
        }
        let each: Vec<String> = points.iter().map(|point| format!("{} {:+.4}", point.label, point.at)).collect();
        let label = format!("Variant minus full method, NDCG@10 on test: {}", each.join(", "));
        let plot = RowPlot { rows: points, axis: "variant minus full method, NDCG@10".to_owned(), zero_line: true };
        let caption = format!(
            "Left of the line a variant is worse than the full method: what was taken out of it helps. Bars are intervals of \
             95 % from {} paired resamples of the users; one that crosses the line says that these users cannot tell the two \
             apart, not that they are equal. Users are resampled, trainings are not: values are averaged over seeds first. A \
             teacher is shown where it is another than that of the full method. These are many comparisons: of twenty that \
             make no difference, one is to be expected to seem clear.",
            count(N_RESAMPLES)
        );
        let titles =
            ["variant", "", "what is different", "NDCG<wbr>@10", "minus full", "from", "to", "than the full method"];
        let several = if self.seeds.len() > 1 { ", mean ± standard deviation over seeds" } else { "; one seed" };
        let table = table(
            "Differences",
            &format!("NDCG@10 on test{several}, and its difference from the full method with an interval of 95 %."),
            &titles,
            &rows,
        );
        format!("<h2>With and without</h2>\n{}{table}", figure(&plot.svg(&label), &caption))
    }

    fn not_trained(&self) -> String {
        let row = |variant: &VariantReport| {
            let note = variant.note()?;
            Some(format!(
                "<tr><th scope=\"row\">{}</th><td class=\"words\">{}</td><td class=\"words\">{}</td></tr>\n",
                escape(&variant.name),
                escape(&variant.shows),
                escape(&note)
            ))
        };
        let rows: String = self.variants.iter().filter_map(row).collect();
        if rows.is_empty() {
            return rows;
        }
        let caption = "Settings that have no say where another is as it is are left out of account: a variant that differs in \
                       nothing else is the same training.";
        format!(
            "<h2>Not trained</h2>\n{}",
            table("Variants that were not trained", caption, &["variant", "what would be different", "why not"], &rows)
        )
    }

    fn making(&self) -> String {
        let data = &self.data;
        let seconds: f64 = self
            .variants
            .iter()
            .flat_map(|variant| [&variant.teacher, &variant.student])
            .flatten()
            .map(|outcome| outcome.train_seconds.mean)
            .sum();
        let facts = [
            ("Data", format!("{}, sha256 <code>{}</code>", escape(&data.name), escape(&data.sha256))),
            ("Split", escape(&data.split)),
            ("Seeds", self.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
            (
                "Training",
                format!("{} s a seed, teachers that are shared counted for each variant", count(seconds as usize)),
            ),
        ];
        let hyper = self.variants.first().and_then(|full| full.hyper.as_ref());
        let hyper = hyper.map(|hyper| serde_json::to_string_pretty(hyper).unwrap_or_default()).unwrap_or_default();
        let rest = format!(
            "<p class=\"quiet\">Every number stands in report.json as well, with those of each seed.</p>\n\
             <details><summary>Settings of the full method</summary><pre>{}</pre></details>\n",
            escape(&hyper)
        );
        making(&self.command, &facts, (&self.versions, &self.machine)) + &rest
    }
}

fn row(variant: &VariantReport, who: &str, outcome: &Outcome) -> String {
    let ndcg = &outcome.metrics.ndcg_10;
    let std = match outcome.per_seed.len() {
        0 | 1 => String::new(),
        _ => format!("<span class=\"std\"> ± {:.4}</span>", ndcg.std),
    };
    let [difference, low, high] = match &outcome.difference {
        Some(interval) => [interval.difference, interval.low, interval.high].map(signed),
        None => Default::default(),
    };
    let set = variant.set.as_object().into_iter().flatten().map(|(key, value)| format!("{key}={value}"));
    let set = set.collect::<Vec<_>>().join(" ").replace('"', "");
    format!(
        "<tr class=\"{who}\"><th scope=\"row\">{}</th><td>{who}</td><td class=\"words\" title=\"{}\">{}</td>\
         <td>{:.4}{std}</td><td>{difference}</td><td>{low}</td><td>{high}</td><td>{}</td></tr>\n",
        escape(&variant.name),
        escape(&set),
        escape(&variant.shows),
        ndcg.mean,
        outcome.verdict()
    )
}
