//! Links: what is read is what was written, films of any name; whatever else stands in an address is an error, not a panic.

use proptest::prelude::*;
use sharp_distill::catalogue::{Filter, PopularityBand};
use sharp_distill::explorer::{
    Centre, ComparisonState, Explore, Form, HypergraphState, Link, LinkError, MapColour, MapState, PropagationState,
    SavedEntry, SavedShelf, Tab, Taste, View,
};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        (0u64..200_000).prop_map(|id| id.to_string()),
        any::<u64>().prop_map(|id| id.to_string()),
        ".{0,12}",
        "0[0-9]{1,4}"
    ]
}

fn centre() -> impl Strategy<Value = Centre> {
    prop_oneof![Just(Centre::You), any::<u32>().prop_map(Centre::Person), name().prop_map(Centre::Item)]
}

fn explore() -> impl Strategy<Value = Explore> {
    let centres = || proptest::collection::vec(centre(), 0..5);
    let hypergraph =
        (0..3usize, centres(), centres(), any::<[bool; 3]>()).prop_map(|(form, expanded, pinned, switches)| {
            let [collapses_twins, is_dual, shows_more] = switches;
            HypergraphState { form: Form::ALL[form], expanded, pinned, collapses_twins, is_dual, shows_more }
        });
    let cell = proptest::option::of(any::<(u16, u16)>());
    let propagation = (proptest::option::of(centre()), any::<bool>(), any::<u16>(), cell)
        .prop_map(|(node, is_teacher, step, cell)| PropagationState { node, is_teacher, step, cell });
    let comparison = (proptest::option::of(any::<u32>()), 10..=100u8, 0..=100u8, 0..=100u8)
        .prop_map(|(person, temperature, gamma, alpha)| ComparisonState { person, temperature, gamma, alpha });
    let map = (0..3usize, 0..=MapState::MAX_ZOOM, any::<u16>(), any::<u16>())
        .prop_map(|(colour, zoom, x, y)| MapState { colour: MapColour::ALL[colour], zoom, x, y });
    let tour = proptest::option::of(0..20u8);
    (0..Tab::ALL.len(), tour, proptest::option::of(centre()), hypergraph, map, propagation, comparison).prop_map(
        |(tab, tour, why, hypergraph, map, propagation, comparison)| Explore {
            tab: Tab::ALL[tab],
            tour,
            why,
            hypergraph,
            map,
            propagation,
            comparison,
        },
    )
}

fn view() -> impl Strategy<Value = View> {
    let centre = proptest::option::of(centre());
    let genres = || proptest::collection::vec(".{0,10}", 0..4);
    let years = proptest::option::of((1u16..3000, 1u16..3000));
    let filter = (genres(), genres(), years, 0..3usize).prop_map(|(genres, not_genres, years, popularity)| Filter {
        genres,
        not_genres,
        years,
        popularity: PopularityBand::ALL[popularity],
    });
    (filter, 0..=100u8, 0..=100u8, 10..=100usize, centre)
        .prop_map(|(filter, novelty, diversity, n_shown, centre)| View { filter, novelty, diversity, n_shown, centre })
}

fn link() -> impl Strategy<Value = Link> {
    let entry = (name(), 0..3usize).prop_map(|(item, taste)| SavedEntry { item, taste: Taste::ALL[taste] });
    (proptest::collection::vec(entry, 0..40), view(), explore()).prop_map(|(entries, view, explore)| Link {
        shelf: SavedShelf { entries },
        view,
        explore,
    })
}

fn shelf_of(ids: impl IntoIterator<Item = u32>) -> Link {
    let entries = ids.into_iter().map(|id| SavedEntry { item: id.to_string(), taste: Taste::Liked });
    Link { shelf: SavedShelf { entries: entries.collect() }, ..Link::default() }
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(link in link()) {
        let text = link.to_text();
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'), "{}", text);
        prop_assert_eq!(Link::read(&text), Ok(link));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,80}") {
        let _ = Link::read(&text);
    }

    #[test]
    fn a_changed_or_lost_letter_is_noticed(link in link(), place in any::<prop::sample::Index>(), letter in "[A-Za-z0-9_-]") {
        let text = link.to_text();
        prop_assume!(!text.is_empty());
        let place = place.index(text.len());
        let changed = format!("{}{letter}{}", &text[..place], &text[place + 1..]);
        if changed != text {
            // A change in the version's two letters may say "newer"; nothing is ever taken for another shelf.
            prop_assert!(Link::read(&changed).is_err(), "{}", changed);
        }
        if place > 0 {
            prop_assert_eq!(Link::read(&text[..place]), Err(LinkError::Damaged));
        }
    }
}

#[test]
fn a_link_is_short() {
    // Ids of MovieLens films; 30 of them in a message of one line.
    let text = shelf_of([1, 260, 318, 2571, 164_979].into_iter().cycle().take(30)).to_text();
    assert!(text.len() <= 100, "{} letters: {text}", text.len());
    assert_eq!(Link::default().to_text(), "");
    assert_eq!(Link::read(""), Ok(Link::default()));
}

/// Held still: links that are out there must stay readable.
#[test]
fn the_format_stays_as_it_is() {
    let mut link = shelf_of([1, 2571]);
    link.shelf.entries[1].taste = Taste::Seen;
    link.view.filter.genres.push("Drama".to_owned());
    link.view.centre = Some(Centre::Item("260".to_owned()));
    let text = link.to_text();
    assert_eq!(text, "AQEDBsR4AhAKAAAAAAABBURyYW1hAJoMkIAc");
    assert_eq!(Link::read(&text), Ok(link));
}

#[test]
fn what_cannot_be_read_is_told_apart() {
    let long = "A".repeat(70_000);
    assert_eq!(Link::read(&long), Err(LinkError::TooLong { length: 70_000 }));
    assert_eq!(Link::read("hello world"), Err(LinkError::Damaged));
    // Version 2 and nothing else, with its checksum (FNV-1a of one byte).
    assert_eq!(Link::read("AkJgDA"), Err(LinkError::Newer { version: 2 }));
}
