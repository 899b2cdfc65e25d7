//! The race's statistics and its drawing, worked by hand.

use sharp_distill::explorer::{Replay, Times, clock_step, lengths, n_answers_a_run, ratio, wide_step_work, work_ratio};
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::Work;

fn times(ms: impl IntoIterator<Item = f64>) -> Times {
    Times { ms: ms.into_iter().collect(), n_answers: 1 }
}

/// Nearest rank: of 30 runs of 1 to 30 ms the 15th is the middle, and the 29th is what 95 % do not exceed.
#[test]
fn percentiles_are_times_that_were_measured() {
    let runs = times((1..=30).rev().map(f64::from));
    assert_eq!((runs.p50(), runs.p95()), (Some(15.0), Some(29.0)));
    assert_eq!(runs.percentile(100), Some(30.0));
    assert_eq!((times([7.0]).p50(), times([7.0]).p95()), (Some(7.0), Some(7.0)));
    assert_eq!(times([]).p50(), None);
}

/// Four answers in 10 ms are 2.5 ms each.
#[test]
fn answers_that_are_timed_together_share_the_time() {
    let mut runs = Times { n_answers: 4, ..Times::default() };
    runs.push(10.0);
    assert_eq!(runs.ms, [2.5]);
}

#[test]
fn the_ratio_is_of_the_medians() {
    assert_eq!(ratio(&times([60.0, 68.0, 500.0]), &times([1.0, 2.0, 0.5])), Some(68.0));
    assert_eq!(ratio(&times([60.0]), &times([])), None);
    assert_eq!(ratio(&times([60.0]), &times([0.0])), None, "a clock that did not move measures nothing");
}

/// A clock of 0.1 ms, as Chromium's: 20 steps are 2 ms. What takes 0.3 ms is timed seven at a time (2 / 0.3 = 6.7), what
/// takes no visible time as often as is allowed, what takes 5 ms alone.
#[test]
fn a_coarse_clock_sees_several_answers_at_once() {
    let step = 0.1;
    assert_eq!(n_answers_a_run(5.0, step), 1);
    assert_eq!(n_answers_a_run(2.0, step), 1);
    assert_eq!(n_answers_a_run(0.3, step), 7);
    assert_eq!(n_answers_a_run(0.0, step), 256);
    assert_eq!(n_answers_a_run(0.3, 0.0), 1, "a clock without steps sees everything");
    assert_eq!(n_answers_a_run(0.3, 1.0), 67, "Firefox may round to 1 ms");
}

#[test]
fn the_step_of_a_clock_is_its_smallest_move() {
    assert_eq!(clock_step(&[1.0, 1.0, 1.5, 1.5, 1.75, 3.0]), 0.25);
    assert_eq!(clock_step(&[1.0, 1.0]), 0.0);
    assert_eq!(clock_step(&[]), 0.0);
}

/// 13 ms drawn 200 times as slow last 2.6 s; 500 times would be 6.5 s. The student of 0.1 ms is there after 20 ms.
#[test]
fn a_replay_is_slowed_by_a_round_number() {
    let replay = Replay::new(13.0, 0.1).expect("both are positive");
    assert_eq!(replay.factor, 200.0);
    assert_eq!(replay.lasts_ms(), 2600.0);
    assert_eq!(replay.progress(1300.0), [0.5, 1.0]);
    assert_eq!(replay.progress(10.0), [10.0 / 2600.0, 0.5]);
    assert_eq!(replay.progress(9999.0), [1.0, 1.0]);
    assert_eq!((replay.clock_ms(1300.0), replay.clock_ms(9999.0)), (6.5, 13.0));
    assert_eq!(Replay::new(668.23, 9.77).map(|replay| replay.factor), Some(5.0));
    assert_eq!(Replay::new(9000.0, 9.0).map(|replay| replay.factor), Some(1.0), "never quicker than it was");
    assert_eq!(Replay::new(0.0, 1.0), None);
    assert_eq!(Replay::new(f64::NAN, 1.0), None);
    assert_eq!(Replay::new(f64::INFINITY, 1.0), None);
}

#[test]
fn the_longest_track_is_whole() {
    assert_eq!(lengths([2.0, 8.0, 0.0]), [0.25, 1.0, 0.0]);
    assert_eq!(lengths([0.0, 0.0]), [0.0, 0.0]);
}

#[test]
fn work_is_compared_in_both_counts() {
    let (teacher, student) = (Work { multiply_adds: 680, bytes: 90 }, Work { multiply_adds: 10, bytes: 30 });
    assert_eq!(work_ratio(teacher, student), [68.0, 3.0]);
    assert_eq!(work_ratio(teacher, Work::default()), [680.0, 90.0], "nothing counts as one");
}

/// Three people, two films: film 0 has people 0 and 1, film 1 has person 2. Who likes film 0 fetches two rows of three
/// numbers and two indices (2 * 28 bytes), every like one sum and its index (3 * 12), two numbers of the diagonal (16).
#[test]
fn the_wide_channels_step_is_counted_by_the_same_rule() {
    let incidence = Incidence::from_memberships(3, 2, [(0, 0), (1, 0), (2, 1)]).expect("all are in range");
    assert_eq!(wide_step_work(&incidence, &[0]), Work { multiply_adds: 10, bytes: 56 + 36 + 16 });
    assert_eq!(wide_step_work(&incidence, &[]), Work { multiply_adds: 10, bytes: 36 + 16 });
}
