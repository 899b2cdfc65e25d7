//! What every split keeps, whoever the users are.

use std::collections::BTreeSet;

use native_trainer::data::kcore::k_core;
use native_trainer::data::split::{Order, Parts, split};
use native_trainer::data::{self, DataChoice, SplitChoice};
use proptest::prelude::*;

fn likes() -> impl Strategy<Value = Vec<(u32, u32, f64)>> {
    proptest::collection::btree_set((0u32..12, 0u32..40), 0..200)
        .prop_map(|pairs| pairs.into_iter().map(|(user, item)| (user, item, f64::from(item * 7 % 13))).collect())
}

fn sets(parts: &Parts) -> [BTreeSet<(u32, u32)>; 3] {
    [&parts.train, &parts.valid, &parts.test].map(|part| part.iter().copied().collect())
}

proptest! {
    #[test]
    fn parts_are_disjoint_and_of_the_right_size(pairs in likes(), seed in any::<u64>()) {
        for order in [Order::Random(seed), Order::Time] {
            let parts = split(&pairs, order);
            let [train, valid, test] = sets(&parts);
            prop_assert!(train.is_disjoint(&valid) && train.is_disjoint(&test) && valid.is_disjoint(&test));
            let trained: BTreeSet<u32> = train.iter().map(|pair| pair.1).collect();
            prop_assert!(valid.iter().chain(&test).all(|pair| trained.contains(&pair.1)), "held out, never trained on");
            for user in 0..12 {
                let n_of = |part: &BTreeSet<(u32, u32)>| part.iter().filter(|pair| pair.0 == user).count();
                let n = pairs.iter().filter(|pair| pair.0 == user).count();
                let n_held_out = ((0.1 * n as f64).round_ties_even() as usize).max(1);
                prop_assert_eq!(n_of(&train), n.saturating_sub(2 * n_held_out));
                prop_assert!(n_of(&valid) <= n_held_out && n_of(&test) <= n_held_out);
            }
        }
    }

    #[test]
    fn a_seed_is_a_split_and_a_user_more_changes_no_other(pairs in likes(), seed in any::<u64>()) {
        let parts = split(&pairs, Order::Random(seed));
        prop_assert_eq!(&parts, &split(&pairs, Order::Random(seed)));
        let mut more = pairs.clone();
        more.extend((0..40).map(|item| (99, item, 0.0)));
        let [train, _, _] = sets(&split(&more, Order::Random(seed)));
        prop_assert!(parts.train.iter().all(|pair| train.contains(pair)));
    }

    #[test]
    fn by_time_nothing_held_out_is_older_than_what_is_trained_on(pairs in likes()) {
        let time = |pair: &(u32, u32)| f64::from(pair.1 * 7 % 13);
        let parts = split(&pairs, Order::Time);
        for user in 0..12 {
            let of = |part: &[(u32, u32)]| part.iter().filter(|pair| pair.0 == user).map(time).collect::<Vec<_>>();
            let newest = of(&parts.train).into_iter().fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(of(&parts.valid).iter().chain(&of(&parts.test)).all(|&held_out| held_out >= newest));
        }
    }

    #[test]
    fn a_k_core_is_a_k_core_and_the_largest(pairs in likes(), k in 1usize..5) {
        let pairs: Vec<(u32, u32)> = pairs.iter().map(|&(user, item, _)| (user, item)).collect();
        let core = k_core(pairs, k);
        for &(user, item) in &core {
            prop_assert!(core.iter().filter(|pair| pair.0 == user).count() >= k);
            prop_assert!(core.iter().filter(|pair| pair.1 == item).count() >= k);
        }
        prop_assert_eq!(k_core(core.clone(), k), core);
    }
}

/// The fixed split was drawn by another program from the same ratings: likes and core must agree with it.
#[test]
fn our_likes_and_core_are_those_of_the_fixed_split() {
    let fixed = data::load(&DataChoice::default()).unwrap();
    let random = data::load(&DataChoice { split: Some(SplitChoice::Random), ..DataChoice::default() }).unwrap();
    let n = |data: &data::Dataset| {
        [&data.train, &data.valid, &data.test].iter().map(|part| part.n_memberships()).sum::<usize>()
    };
    assert_eq!(random.user_ids, fixed.user_ids);
    assert_eq!(n(&fixed), 54_096);
    // Held-out items that nobody is trained on are dropped: a handful.
    assert!(n(&random) <= 54_096 && n(&random) > 54_000, "{}", n(&random));
    assert!(fixed.dislikes.n_memberships() > 5_000);
}

#[test]
fn without_validation_everything_but_the_test_items_is_trained_on() {
    let usual = data::load(&DataChoice::default()).unwrap();
    let whole = data::load(&DataChoice { no_validation: true, ..DataChoice::default() }).unwrap();
    assert_eq!(whole.valid.n_memberships(), 0);
    assert_eq!(whole.train.n_memberships(), usual.train.n_memberships() + usual.valid.n_memberships());
    assert_eq!(whole.test, usual.test);
    assert!(whole.split.ends_with("the validation items are trained on, and nothing is chosen"), "{}", whole.split);
    let random = DataChoice { no_validation: true, split: Some(SplitChoice::Random), ..DataChoice::default() };
    assert_eq!(data::load(&random).unwrap().valid.n_memberships(), 0);
}
