//! Differences between models, as a table, for all users and for some of them.

use super::page::{count, signed, table};
use super::{Comparison, Slice, SliceModel, Summary};

/// Differences with their intervals.
pub(super) fn differences_table(caption: &str, comparisons: &[Comparison]) -> String {
    let row = |comparison: &Comparison| {
        let interval = &comparison.interval;
        format!(
            "<tr><th scope=\"row\">{} − {}</th><td>{}</td><td>{}</td><td>{}</td><td>{:.1} %</td><td>{}</td></tr>\n",
            comparison.a.name(),
            comparison.b.name(),
            signed(interval.difference),
            signed(interval.low),
            signed(interval.high),
            interval.below_zero * 100.0,
            comparison.verdict()
        )
    };
    let titles = ["comparison", "difference", "from", "to", "resamples below 0", "the first is"];
    table("Differences", caption, &titles, &comparisons.iter().map(row).collect::<String>())
}

impl Summary {
    /// The models on some of the users.
    pub(super) fn slices(&self) -> String {
        let of_slice = |slice: &Slice| {
            let row = |model: &SliceModel| {
                format!("<tr><th scope=\"row\">{}</th><td>{:.4}</td></tr>\n", model.name.name(), model.ndcg_10)
            };
            let rows = slice.models.iter().map(row).collect::<String>();
            let users = format!("{} {}", count(slice.n_test_users), slice.users);
            let models = table(slice.name, &format!("NDCG@10 on test of {users}."), &["model", "NDCG@10"], &rows);
            let differences = match slice.comparisons.is_empty() {
                true => String::new(),
                false => {
                    differences_table(&format!("NDCG@10 on test of {users}, intervals of 95 %."), &slice.comparisons)
                }
            };
            format!("<h2>Those who have said least: {}</h2>\n{models}{differences}", slice.users)
        };
        self.slices.iter().map(of_slice).collect()
    }
}
