//! How sure a difference between two models is: the paired bootstrap over users.
//!
//! Both models answer the same users, so what is resampled is a user's difference: users who are hard for everybody
//! cancel out, and the interval is that of the difference rather than of two unrelated means.

use rand::Rng;
use rayon::prelude::*;
use serde::Serialize;

use crate::rng;

/// Resamples of the users.
pub const N_RESAMPLES: usize = 10_000;
/// Resamples that share a stream of random numbers: what one thread does at a time.
const CHUNK: usize = 100;
/// Of an interval of 95 %.
const TAIL: f64 = 0.025;

/// A mean difference and its percentile interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The mean difference over users.
    pub difference: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Fraction of the resamples whose mean difference is below 0.
    pub below_zero: f64,
}

impl Interval {
    /// Whether 0 lies outside: the difference is more than the choice of users explains.
    pub fn is_clear(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// An interval for each of several comparisons, given one difference a user; nothing without users.
///
/// All comparisons see the same resampled users. Every chunk of resamples has a stream of its own, so the result does
/// not depend on the number of threads.
///
/// # Panics
/// If two comparisons are of a different number of users.
pub fn paired_bootstrap(differences: &[Vec<f64>], seed: u64) -> Vec<Interval> {
    let Some(n_users) = differences.first().map(Vec::len).filter(|&n_users| n_users > 0) else { return Vec::new() };
    assert!(differences.iter().all(|of_users| of_users.len() == n_users), "every comparison is of the same users");
    let n = differences.len();
    // Sums are taken relative to the first user's difference, so that equal differences give exactly themselves. One
    // user's differences lie side by side: a draw reads one place of memory, not one a comparison.
    let origin: Vec<f64> = differences.iter().map(|of_users| of_users[0]).collect();
    let by_user: Vec<f64> =
        (0..n_users).flat_map(|user| (0..n).map(move |at| differences[at][user] - differences[at][0])).collect();
    let mean = |at: usize, sum: f64| origin[at] + sum / n_users as f64;
    let resampled: Vec<Vec<f64>> = (0..N_RESAMPLES / CHUNK)
        .into_par_iter()
        .flat_map_iter(|chunk| {
            let mut rng = rng::stream(seed, &format!("bootstrap {chunk}"));
            let by_user = &by_user;
            (0..CHUNK).map(move |_| {
                let mut sums = vec![0.0; n];
                for _ in 0..n_users {
                    let user = rng.random_range(0..n_users as u64) as usize;
                    sums.iter_mut().zip(&by_user[user * n..][..n]).for_each(|(sum, difference)| *sum += difference);
                }
                sums
            })
        })
        .collect();
    let interval = |at: usize| {
        let mut means: Vec<f64> = resampled.iter().map(|sums| mean(at, sums[at])).collect();
        means.sort_by(f64::total_cmp);
        Interval {
            difference: mean(at, (0..n_users).map(|user| by_user[user * n + at]).sum()),
            low: quantile(&means, TAIL),
            high: quantile(&means, 1.0 - TAIL),
            below_zero: means.partition_point(|&mean| mean < 0.0) as f64 / means.len() as f64,
        }
    };
    (0..n).into_par_iter().map(interval).collect()
}

/// Of sorted values, interpolated between neighbours as NumPy does it.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * share;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(seed: u64, n: usize, mean: f64, std: f32) -> Vec<f64> {
        let values = rng::normals(&mut rng::stream(seed, "test"), n, std);
        values.into_iter().map(|value| mean + f64::from(value)).collect()
    }

    #[test]
    fn a_model_does_not_differ_from_itself() {
        let interval = Interval { difference: 0.0, low: 0.0, high: 0.0, below_zero: 0.0 };
        assert_eq!(paired_bootstrap(&[vec![0.0; 50]], 42), [interval]);
        assert!(!interval.is_clear());
    }

    #[test]
    fn a_difference_that_all_users_share_has_no_uncertainty() {
        for constant in [0.1, -0.3, 1e-9] {
            let below_zero = if constant < 0.0 { 1.0 } else { 0.0 };
            let interval = Interval { difference: constant, low: constant, high: constant, below_zero };
            assert_eq!(paired_bootstrap(&[vec![constant; 67]], 42), [interval]);
        }
    }

    #[test]
    fn two_users_give_the_quarters_one_can_count() {
        // Means of two draws from {0, 1}: 0, 1/2, 1/2, 1.
        let interval = paired_bootstrap(&[vec![0.0, 1.0]], 1)[0];
        assert_eq!((interval.difference, interval.low, interval.high), (0.5, 0.0, 1.0));
        let negative = paired_bootstrap(&[vec![-1.0, 1.0]], 1)[0];
        assert!((negative.below_zero - 0.25).abs() < 0.02, "{negative:?}");
    }

    #[test]
    fn without_users_there_is_no_interval() {
        assert!(paired_bootstrap(&[], 1).is_empty());
        assert!(paired_bootstrap(&[Vec::new()], 1).is_empty());
    }

    #[test]
    fn seeds_decide_and_threads_do_not() {
        let differences = [normal(1, 300, 0.01, 0.2), normal(2, 300, 0.0, 0.1)];
        let with_threads = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| paired_bootstrap(&differences, 42))
        };
        assert_eq!(with_threads(1), with_threads(3));
        assert_ne!(with_threads(1), paired_bootstrap(&differences, 43));
        let alone = paired_bootstrap(&differences[1..], 42);
        assert_eq!(alone[0], with_threads(1)[1], "a comparison does not depend on its neighbours");
    }

    #[test]
    fn on_normal_data_it_is_the_interval_of_the_textbook() {
        let differences = normal(3, 2000, 0.02, 0.3);
        let n = differences.len() as f64;
        let mean = differences.iter().sum::<f64>() / n;
        let std = (differences.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        let half = 1.96 * std / n.sqrt();
        let interval = paired_bootstrap(&[differences], 42)[0];
        assert!((interval.difference - mean).abs() < 1e-12);
        assert!((interval.low - (mean - half)).abs() < 0.05 * half, "{interval:?}, {mean} +- {half}");
        assert!((interval.high - (mean + half)).abs() < 0.05 * half, "{interval:?}, {mean} +- {half}");
    }

    #[test]
    fn nineteen_of_twenty_intervals_hold_the_truth() {
        let truth = 0.1;
        let studies: Vec<Vec<f64>> = (0..300).map(|study| normal(100 + study, 60, truth, 0.3)).collect();
        let holds = |interval: &&Interval| interval.low <= truth && truth <= interval.high;
        let n_holding = paired_bootstrap(&studies, 42).iter().filter(holds).count();
        // 95 % of 300 is 285; three standard deviations of a binomial, and the known narrowness at 60 users, are 17.
        assert!((268..=297).contains(&n_holding), "{n_holding} of 300");
    }
}
