//! The catalogue's filter and what there is to filter by: by hand, and by its definition on random catalogues.

use proptest::prelude::*;
use sharp_distill::catalogue::{Catalogue, CatalogueItem, Facets, Filter, PopularityBand};
use sharp_distill::ranking::{ItemMask, mask_words};

fn item(year: Option<u16>, genres: &[&str]) -> CatalogueItem {
    let genres = genres.iter().map(|genre| (*genre).to_owned()).collect();
    CatalogueItem { id: "id".to_owned(), title: "title".to_owned(), year, genres, aka: vec![] }
}

fn items() -> Vec<CatalogueItem> {
    vec![
        item(Some(1972), &["Crime", "Drama"]),
        item(Some(1979), &["Drama", "War"]),
        item(Some(1980), &["Comedy"]),
        item(None, &["Comedy", "Drama"]),
        item(Some(2001), &[]),
        item(Some(1989), &["War", "Comedy", "War"]),
    ]
}

/// Likes, from most to fewest: items 2, 0, 3 and 5, 1, 4.
const DEGREES: [u32; 6] = [50, 2, 90, 7, 0, 7];

const NOTHING: [u32; 0] = [];

fn passing(filter: &Filter) -> Vec<u32> {
    let mask = filter.mask(&items(), &DEGREES);
    let allowed: Vec<u32> = (0..6).filter(|&item_idx| mask.allows(item_idx)).collect();
    assert_eq!((mask.n_items(), mask.n_allowed()), (6, allowed.len()));
    allowed
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn nothing_asked_for_lets_all_pass() {
    assert!(Filter::default().is_empty() && !Filter::default().needs_catalogue());
    assert_eq!(passing(&Filter::default()), [0, 1, 2, 3, 4, 5]);
    let mask = Filter::default().mask(&[], &[]);
    assert_eq!((mask.n_items(), mask.n_allowed(), mask.left_out()), (0, 0, &[][..]));
}

#[test]
fn any_of_the_genres_and_none_of_the_others() {
    let of = |genres: &[&str], not_genres: &[&str]| {
        let filter = Filter { genres: strings(genres), not_genres: strings(not_genres), ..Filter::default() };
        assert!(filter.needs_catalogue() && !filter.is_empty());
        passing(&filter)
    };
    assert_eq!(of(&["Drama"], &[]), [0, 1, 3]);
    assert_eq!(of(&["Crime", "Comedy"], &[]), [0, 2, 3, 5]);
    assert_eq!(of(&[], &["Drama"]), [2, 4, 5]);
    assert_eq!(of(&["Comedy"], &["Drama", "War"]), [2]);
    assert_eq!(of(&["Comedy"], &["Comedy"]), NOTHING);
    assert_eq!(of(&["comedy"], &[]), NOTHING, "as in the catalogue");
}

#[test]
fn years_include_both_ends_and_no_item_without_one() {
    let of = |first, last| passing(&Filter { years: Some((first, last)), ..Filter::default() });
    assert_eq!(of(1972, 1980), [0, 1, 2]);
    assert_eq!(of(1980, 1989), [2, 5]);
    assert_eq!(of(0, u16::MAX), [0, 1, 2, 4, 5]);
    assert_eq!(of(1990, 1980), NOTHING);
    // Items that a catalogue does not have are without year and genre.
    let years = Filter { years: Some((0, u16::MAX)), ..Filter::default() };
    assert_eq!(years.mask(&items()[..2], &DEGREES).n_allowed(), 2);
}

#[test]
fn bands_are_shares_of_the_ranking_by_likes() {
    let of = |popularity| passing(&Filter { popularity, ..Filter::default() });
    assert_eq!(of(PopularityBand::All), [0, 1, 2, 3, 4, 5]);
    // A quarter of six is two: items 2 and 0.
    assert_eq!(of(PopularityBand::WellKnown), [0, 2]);
    // Half of six is three, the last of them with 7 likes; the other with 7 likes is treated alike.
    assert_eq!(of(PopularityBand::LesserKnown), [1, 3, 4, 5]);
    for band in PopularityBand::ALL {
        assert_eq!(PopularityBand::named(band.name()), Some(band));
        let filter = Filter { popularity: band, ..Filter::default() };
        assert!(!filter.needs_catalogue());
        assert_eq!(filter.mask(&[], &[3; 40]).n_allowed(), 40, "all alike");
        assert_eq!(filter.mask(&[], &[3]).n_allowed(), 1);
    }
    assert_eq!(PopularityBand::named("unknown"), None);
    let both = Filter { genres: strings(&["Comedy"]), popularity: PopularityBand::LesserKnown, ..Filter::default() };
    assert_eq!(passing(&both), [3, 5]);
}

#[test]
fn facets_count_genres_and_decades() {
    let facets = Catalogue::new(items()).facets();
    let genres: Vec<(&str, usize)> = facets.genres.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    assert_eq!(genres, [("Comedy", 3), ("Drama", 3), ("War", 2), ("Crime", 1)]);
    assert_eq!(facets.decades, [(1970, 2), (1980, 2), (2000, 1)]);
    assert_eq!(facets.n_without_year, 1);
    assert_eq!(Catalogue::new(vec![]).facets(), Facets::default());
}

#[test]
fn a_mask_of_any_length_has_its_bits_and_no_others() {
    for n_items in [0, 1, 31, 32, 33, 64, 100] {
        let all = ItemMask::new(n_items, &|_| true);
        assert_eq!((all.n_allowed(), all.left_out()), (n_items, &vec![0; mask_words(n_items)][..]));
        let none = ItemMask::new(n_items, &|_| false);
        assert_eq!(none.left_out().iter().map(|word| word.count_ones() as usize).sum::<usize>(), n_items);
        assert_eq!(none.n_allowed(), 0);
        assert_eq!(none == all, n_items == 0);
        assert_eq!(ItemMask::new(n_items, &|_| false), none);
    }
}

fn any_genres() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop_oneof![Just("a"), Just("b"), Just("c"), Just("d")].prop_map(str::to_owned), 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_item_passes_when_it_is_what_is_asked_for(
        catalogue in prop::collection::vec((prop::option::of(1990u16..2020), any_genres(), 0u32..12), 0..80),
        genres in any_genres(),
        not_genres in any_genres(),
        years in prop::option::of((1990u16..2020, 1990u16..2020)),
        popularity in prop::sample::select(PopularityBand::ALL.to_vec()),
    ) {
        let (mut items, mut degrees) = (vec![], vec![]);
        for (year, genres, degree) in catalogue {
            items.push(CatalogueItem { genres, ..item(year, &[]) });
            degrees.push(degree);
        }
        let n = items.len();
        let filter = Filter { genres: genres.clone(), not_genres: not_genres.clone(), years, popularity };
        let mask = filter.mask(&items, &degrees);
        prop_assert_eq!(mask.n_items(), n);
        for (item_idx, (item, &degree)) in items.iter().zip(&degrees).enumerate() {
            let n_more = degrees.iter().filter(|&&other| other > degree).count();
            let n_fewer = degrees.iter().filter(|&&other| other < degree).count();
            let in_band = match popularity {
                PopularityBand::All => true,
                PopularityBand::WellKnown => n_more < n.div_ceil(4),
                PopularityBand::LesserKnown => n_fewer < n.div_ceil(2),
            };
            let in_years = years.is_none_or(|(first, last)| item.year.is_some_and(|y| (first..=last).contains(&y)));
            let wanted = genres.is_empty() || item.genres.iter().any(|genre| genres.contains(genre));
            let unwanted = item.genres.iter().any(|genre| not_genres.contains(genre));
            prop_assert_eq!(mask.allows(item_idx as u32), in_band && in_years && wanted && !unwanted, "item {}", item_idx);
        }
        let facets = Catalogue::new(items.clone()).facets();
        for (genre, n) in &facets.genres {
            let one = Filter { genres: vec![genre.clone()], ..Filter::default() };
            prop_assert_eq!(one.mask(&items, &degrees).n_allowed(), *n, "the count is what the filter lets pass");
        }
        for (decade, n) in &facets.decades {
            let one = Filter { years: Some((*decade, decade + 9)), ..Filter::default() };
            prop_assert_eq!(one.mask(&items, &degrees).n_allowed(), *n);
        }
        let n_dated: usize = facets.decades.iter().map(|(_, n)| n).sum();
        prop_assert_eq!(n_dated + facets.n_without_year, n);
    }
}
