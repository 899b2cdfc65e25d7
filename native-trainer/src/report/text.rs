//! What a terminal shows.

use super::{Comparison, MeanStd, ModelSummary, Slice, SliceModel, Summary};
use crate::latency::{Latency, N_TIMED};

impl Summary {
    /// The table, what it is about, and what follows from it.
    pub fn to_text(&self) -> String {
        let data = &self.data;
        let seeds = self.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let several = self.seeds.len() > 1;
        let mut text = format!(
            "{}: {} users, {} items, {} training likes, {} held out for validation, {} for test; split {}\n\
             held-out test items, mean over {} users{}; seed{} {seeds}\n\n",
            data.name,
            data.n_users,
            data.n_items,
            data.n_train,
            data.n_valid,
            data.n_test,
            data.split,
            data.n_test_users,
            if several { " ± standard deviation over seeds" } else { "" },
            if several { "s" } else { "" },
        );
        text += &self.metrics_text(several);
        text += &self.costs_text();
        text += &self.comparisons_text();
        text += &self.slices_text();
        text += &self.cka_text();
        text += &self.ratios_text();
        text
    }

    fn metrics_text(&self, several: bool) -> String {
        let width = if several { 15 } else { 12 };
        let cell = |value: &MeanStd, varies: bool| match varies {
            true => format!("{:>width$}", format!("{:.4} ± {:.4}", value.mean, value.std)),
            false => format!("{:>width$}", format!("{:.4}", value.mean)),
        };
        let mut text = format!("{:<19}", "model");
        let titles = ["NDCG@10", "Recall@10", "Precision@10", "Hit@10", "NDCG@20", "Recall@20", "valid NDCG@10"];
        titles.into_iter().for_each(|title| text += &format!(" {title:>width$}"));
        for row in &self.models {
            text += &format!("\n{:<19}", row.model.name());
            let on = &row.metrics;
            let valid = &row.validation.ndcg_10;
            for value in [&on.ndcg_10, &on.recall_10, &on.precision_10, &on.hit_10, &on.ndcg_20, &on.recall_20, valid] {
                text += &format!(" {}", cell(value, several && !row.model.is_closed_form()));
            }
        }
        text + "\n"
    }

    fn costs_text(&self) -> String {
        let mut text = format!(
            "\n{:<19} {:>10} {:>14} {:>9} {:>22} {:>22} {:>11} {:>10}\n",
            "model",
            "parameters",
            "not embeddings",
            "trained",
            "one user, p50 / p95",
            "all users, p50 / p95",
            "bytes held",
            "cost index"
        );
        for row in &self.models {
            let [one_user, all_users] = latencies(row).unwrap_or_default();
            text += &format!(
                "{:<19} {:>10} {:>14} {:>7.1} s {one_user:>22} {all_users:>22} {:>11} {:>10}\n",
                row.model.name(),
                row.params,
                row.params_without_embeddings,
                row.train_seconds.mean,
                row.held_bytes.map_or("-".to_owned(), |bytes| bytes.to_string()),
                row.dci.map_or("-".to_owned(), |index| format!("{index:.3}")),
            );
        }
        text
    }

    fn comparisons_text(&self) -> String {
        let title = "\nNDCG@10, difference and 95 % interval (paired bootstrap over users)\n";
        lines_of(title, &self.comparisons)
    }

    fn slices_text(&self) -> String {
        let of_slice = |slice: &Slice| {
            let of_model = |model: &SliceModel| format!("{} {:.4}", model.name.name(), model.ndcg_10);
            let models = slice.models.iter().map(of_model).collect::<Vec<_>>().join(", ");
            let title = format!("\n{}: {} {}\n{models}\n", slice.name, slice.n_test_users, slice.users);
            if slice.comparisons.is_empty() { title } else { lines_of(&title, &slice.comparisons) }
        };
        self.slices.iter().map(of_slice).collect()
    }

    fn ratios_text(&self) -> String {
        let mut lines = Vec::new();
        if let Some(retention) = self.retention {
            lines.push(format!("retention {:.1} % of the teacher's NDCG@10", retention * 100.0));
        }
        if let Some(gain) = self.distillation_gain {
            lines.push(format!("distillation gain {gain:.3} times the NDCG@10 of the same student from scratch"));
        }
        if let Some(speedup) = self.speedup {
            lines.push(format!("speed-up {speedup:.0} times the teacher's median for one user"));
        }
        if lines.is_empty() { String::new() } else { format!("\n{}\n", lines.join("\n")) }
    }
}

fn lines_of(title: &str, comparisons: &[Comparison]) -> String {
    if comparisons.is_empty() {
        return String::new();
    }
    let mut text = title.to_owned();
    for comparison in comparisons {
        let interval = &comparison.interval;
        text += &format!(
            "{:<8} - {:<19} {:>+8.4}  [{:+.4}, {:+.4}]  {}\n",
            comparison.a.name(),
            comparison.b.name(),
            interval.difference,
            interval.low,
            interval.high,
            comparison.verdict()
        );
    }
    text
}

/// One user and all users, median and 95th percentile.
pub(super) fn latencies(row: &ModelSummary) -> Option<[String; 2]> {
    let latencies = row.latency_ms?;
    Some(
        [latencies.one_user, latencies.all_users]
            .map(|latency| format!("{} / {} ms{}", milliseconds(latency.p50), milliseconds(latency.p95), few(latency))),
    )
}

/// A word where there were fewer measurements than the protocol asks for.
pub(super) fn few(latency: Latency) -> String {
    if latency.n < N_TIMED { format!(" (n = {})", latency.n) } else { String::new() }
}

/// Three digits that count.
pub(crate) fn milliseconds(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 1.0 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    }
}
