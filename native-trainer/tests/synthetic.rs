//! Generated data are what was asked for: sizes, communities, tails of degrees, and the same bytes from the same seed.

use native_trainer::data::{DataChoice, SplitChoice, load};
use native_trainer::synthetic::{INTERACTIONS_FILE, ITEMS_FILE, PLANTED_FILE, Recipe, RecipeError, tail_exponent};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn recipe() -> impl Strategy<Value = Recipe> {
    (200usize..1200, 200usize..1200, 8usize..20, 2usize..6, 0.3f64..0.95, 2.1f64..3.5, 2.1f64..3.5, any::<u64>())
        .prop_map(|(n_users, n_items, degree, n_communities, in_community, user_exponent, item_exponent, seed)| {
            let n_interactions = degree * n_users.max(n_items);
            Recipe { n_users, n_items, n_interactions, n_communities, in_community, user_exponent, item_exponent, seed }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn sizes_degrees_and_communities_are_as_asked(recipe in recipe()) {
        prop_assume!(recipe.check().is_ok());
        let made = recipe.generate().unwrap();
        prop_assert!(made.pairs.windows(2).all(|two| two[0] < two[1]), "sorted, each once");
        let n = made.pairs.len() as f64;
        prop_assert!(n <= recipe.n_interactions as f64 && n >= 0.95 * recipe.n_interactions as f64, "{n}");
        prop_assert!((made.in_community() - recipe.in_community).abs() < 0.03, "{}", made.in_community());
        for (degrees, communities) in made.degrees().iter().zip([&made.user_community, &made.item_community]) {
            let least = *degrees.iter().min().unwrap();
            prop_assert!(least >= 1, "nobody is left alone");
            let mut sizes = vec![0usize; recipe.n_communities];
            communities.iter().for_each(|&community| sizes[usize::from(community)] += 1);
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
        }
        prop_assert_eq!(&recipe.generate().unwrap(), &made, "the same from the same seed");
        let other = Recipe { seed: recipe.seed.wrapping_add(1), ..recipe }.generate().unwrap();
        prop_assert_ne!(other.pairs, made.pairs);
    }
}

/// Large enough for a tail: of 40,000 items the largest 2 % give the exponent to about a tenth.
#[test]
fn tails_fall_as_asked_on_both_sides() {
    for (user_exponent, item_exponent) in [(2.5, 2.2), (3.0, 2.6)] {
        let usual = Recipe::new(40_000, 40_000, 600_000, 11);
        let made = Recipe { user_exponent, item_exponent, n_communities: 8, ..usual }.generate().unwrap();
        for (degrees, asked) in made.degrees().iter().zip([user_exponent, item_exponent]) {
            // Degrees are `least + scale (weight - 1)`: what is fitted is `degree - least + scale`.
            let mean = degrees.iter().sum::<u32>() as f64 / degrees.len() as f64;
            let scale = (mean - 5.0) * (asked - 2.0);
            let found = tail_exponent(degrees, 0.02, 5.0 - scale);
            assert!((found - asked).abs() < 0.25, "asked for {asked}, found {found}");
        }
    }
}

/// Whoever knows nothing but the interactions finds the communities again: a user's is that of most of its items, and
/// an item's that of most of its users.
#[test]
fn communities_can_be_found_again() {
    let made = Recipe::of_nodes(10_000, 5).generate().unwrap();
    let n = made.recipe.n_communities;
    let mut votes = vec![0u32; made.recipe.n_users * n];
    for &(user, item) in &made.pairs {
        votes[user as usize * n + usize::from(made.item_community[item as usize])] += 1;
    }
    let found = votes.chunks_exact(n).zip(&made.user_community).filter(|(votes, planted)| {
        let most = (0..n).max_by_key(|&community| votes[community]).unwrap();
        most == usize::from(**planted)
    });
    let share = found.count() as f64 / made.recipe.n_users as f64;
    assert!(share > 0.98, "{share}");
    assert!((made.in_community() - 0.8).abs() < 0.01);
}

#[test]
fn what_cannot_be_generated_is_refused_with_the_number() {
    let refused = |change: fn(&mut Recipe)| {
        let mut recipe = Recipe::new(1000, 1000, 20_000, 1);
        change(&mut recipe);
        recipe.generate().unwrap_err()
    };
    for (change, word) in [
        ((|recipe| recipe.in_community = 1.5) as fn(&mut Recipe), "1.5"),
        (|recipe| recipe.user_exponent = 2.0, "users' exponent is 2"),
        (|recipe| recipe.item_exponent = f64::NAN, "NaN"),
        (|recipe| recipe.n_communities = 501, "501"),
        (|recipe| recipe.n_interactions = 900, "900"),
    ] {
        let said = refused(change).to_string();
        assert!(said.contains(word), "{said}");
    }
    assert!(matches!(refused(|recipe| recipe.n_interactions = 900_000), RecipeError::TooDense { most: 41666, .. }));
}

/// The files are what the loader reads, with titles and reviews, and the same bytes every time.
#[test]
fn files_are_read_by_the_loader_and_are_the_same_every_time() {
    let made = Recipe { in_community: 0.9, ..Recipe::new(300, 200, 6000, 3) }.generate().unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut digests = folders.iter().map(|folder| {
        let written = made.write(folder.path(), true, || ()).unwrap();
        assert_eq!(written.n_interactions, made.pairs.len());
        [INTERACTIONS_FILE, ITEMS_FILE, PLANTED_FILE]
            .map(|file| Sha256::digest(std::fs::read(folder.path().join(file)).unwrap()))
    });
    assert_eq!(digests.next().unwrap(), digests.next().unwrap());
    let folder = folders[0].path();
    let choice = DataChoice {
        data: Some(folder.join(INTERACTIONS_FILE)),
        items: Some(folder.join(ITEMS_FILE)),
        split: Some(SplitChoice::Time),
        ..DataChoice::default()
    };
    let data = load(&choice).unwrap();
    assert!(data.n_users() >= 295 && data.n_items() >= 195, "{} users, {} items", data.n_users(), data.n_items());
    let n_likes = data.train.n_memberships() + data.valid.n_memberships() + data.test.n_memberships();
    assert!(n_likes as f64 > 0.97 * made.pairs.len() as f64, "{n_likes} of {}", made.pairs.len());
    assert_eq!(data.reviews.len(), data.train.n_memberships());
    assert!(data.items.iter().all(|item| item.title.starts_with("Generated item") && item.genres.len() == 1));
    // In memory: every user and item is there, whatever the k-core says.
    let in_memory = made.dataset().unwrap();
    assert_eq!((in_memory.n_users(), in_memory.n_items()), (300, 200));
    let likes =
        |data: &native_trainer::data::Dataset| [&data.train, &data.valid, &data.test].map(|part| part.n_memberships());
    assert!(likes(&in_memory).iter().sum::<usize>() <= made.pairs.len());
    assert!(likes(&in_memory)[0] > 6 * likes(&in_memory)[1]);
}
