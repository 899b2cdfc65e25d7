//! What the explorer promises: outlines hold exactly their members, the same input gives the same drawing, a shelf
//! survives storing, every preset has films.

// Helpers of tests, where a panic is a failed test.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sharp_distill::catalogue::{Catalogue, CatalogueItem};
use sharp_distill::explorer::{
    Canvas, Connections, Ego, Lens, Limits, PRESETS, Role, Shelf, Taste, Trail, Undo, Vertex, Why, connections, ego,
    layout,
};
use sharp_distill::hypergraph::Incidence;

const LIMITS: Limits = Limits { hyperedges: 6, members: 14 };

/// A random hypergraph with a shelf, recommendations, a focus and limits.
fn worlds() -> impl Strategy<Value = (Incidence, Shelf, Vec<u32>, Vertex, Limits)> {
    (1usize..40, 1usize..60).prop_flat_map(|(n_users, n_items)| {
        let membership = (0..n_users as u32, 0..n_items as u32);
        let item = 0..n_items as u32;
        let focus = prop_oneof![
            Just(Vertex::You),
            (0..n_users as u32).prop_map(Vertex::Person),
            item.clone().prop_map(Vertex::Item)
        ];
        (
            proptest::collection::vec(membership, 0..600),
            proptest::collection::vec((item.clone(), any::<bool>()), 0..8),
            proptest::collection::vec(item, 0..10),
            focus,
            (1usize..10, 1usize..24),
        )
            .prop_map(move |(memberships, shelf, recommended, focus, (hyperedges, members))| {
                let incidence = Incidence::from_memberships(n_users, n_items, memberships).unwrap();
                let mut on_shelf = Shelf::default();
                for (item_idx, liked) in shelf {
                    on_shelf.set(item_idx, if liked { Taste::Liked } else { Taste::Disliked });
                }
                (incidence, on_shelf, recommended, focus, Limits { hyperedges, members })
            })
    })
}

/// Whether the data (and the shelf, for the visitor) say that these two belong together.
fn belong_together(lens: &Lens<'_>, a: Vertex, b: Vertex) -> bool {
    match (a, b) {
        (Vertex::You, Vertex::Item(item_idx)) => lens.shelf.taste_of(item_idx) == Some(Taste::Liked),
        (Vertex::Person(user_idx), Vertex::Item(item_idx)) => lens.incidence.contains(user_idx, item_idx),
        (Vertex::Item(_), _) => belong_together(lens, b, a),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn an_outline_holds_exactly_its_members(
        (incidence, shelf, recommended, focus, limits) in worlds(),
        width in 280f32..1400.0,
    ) {
        let lens = Lens { incidence: &incidence, shelf: &shelf, recommended: &recommended };
        let ego = ego(&lens, focus, limits);
        let layout = layout(&ego, Canvas { width });
        prop_assert!(layout.dot_radius > 2.0, "a dot of {} cannot be seen", layout.dot_radius);
        for hyperedge in 0..ego.hyperedges.len() {
            let reach = |point| layout.distance_to_outline(&ego, hyperedge, point);
            prop_assert!(reach(layout.centre) < -layout.dot_radius, "the centre is in every hyperedge");
            for (member, shown) in ego.members.iter().enumerate() {
                let distance = reach(layout.members[member]);
                if belong_together(&lens, ego.hyperedges[hyperedge].vertex, shown.vertex) {
                    prop_assert!(distance < -layout.dot_radius, "member {member} sticks out: {distance}");
                } else {
                    prop_assert!(distance > layout.dot_radius, "non-member {member} is touched: {distance}");
                }
            }
        }
    }

    #[test]
    fn a_selection_is_true_to_the_data_and_within_its_limits(
        (incidence, shelf, recommended, focus, limits) in worlds(),
    ) {
        let lens = Lens { incidence: &incidence, shelf: &shelf, recommended: &recommended };
        let chosen = ego(&lens, focus, limits);
        prop_assert_eq!(&chosen, &ego(&lens, focus, limits));
        prop_assert!(chosen.hyperedges.len() <= limits.hyperedges.min(chosen.n_hyperedges));
        prop_assert!(chosen.members.len() <= limits.members.min(chosen.n_members));
        for hyperedge in &chosen.hyperedges {
            prop_assert!(belong_together(&lens, focus, hyperedge.vertex));
        }
        for (place, member) in chosen.members.iter().enumerate() {
            prop_assert!(member.vertex != focus, "the focus stands in the centre only");
            prop_assert_eq!(chosen.members.iter().filter(|other| other.vertex == member.vertex).count(), 1);
            let holders = chosen.hyperedges.iter().filter(|hyperedge| hyperedge.members.contains(&place)).count();
            prop_assert_eq!(holders, member.n_hyperedges);
            prop_assert!(holders > 0, "a member of nothing is shown");
        }
        let all = ego(&lens, focus, Limits { hyperedges: 1_000, members: 1_000 });
        prop_assert_eq!(all.hyperedges.len(), all.n_hyperedges);
        prop_assert_eq!(all.members.len(), all.n_members, "with room for all, all are shown");
    }

    #[test]
    fn everything_lies_on_the_drawing_and_labels_keep_apart(
        (incidence, shelf, recommended, focus, _) in worlds(),
        width in 320f32..1400.0,
    ) {
        let lens = Lens { incidence: &incidence, shelf: &shelf, recommended: &recommended };
        let ego = ego(&lens, focus, LIMITS);
        let layout = layout(&ego, Canvas { width });
        for (member, point) in layout.members.iter().enumerate() {
            let reach = layout.max_outline_radius;
            prop_assert!(point.x >= reach && point.x <= width - reach, "{point:?}");
            prop_assert!(point.y >= reach && point.y <= layout.height - reach, "{point:?}");
            if layout.has_labels {
                prop_assert!(layout.label_letters(member) >= 18, "{}", layout.label_letters(member));
                for other in 0..member {
                    let apart = (layout.members[other].y - point.y).abs();
                    prop_assert!(layout.side(other) != layout.side(member) || apart > 15.0, "{apart}");
                }
            }
        }
    }

    #[test]
    fn a_shelf_survives_storing(edits in proptest::collection::vec((0u32..20, 0..3usize), 0..30)) {
        let ids: Vec<String> = (0..20).map(|id| format!("film-{id}")).collect();
        let mut shelf = Shelf::default();
        for (item_idx, taste) in edits {
            shelf.set(item_idx, Taste::ALL[taste]);
        }
        let stored = serde_json::to_string(&shelf.to_saved(&ids)).unwrap();
        let read = sharp_distill::json::read(stored.as_bytes()).unwrap();
        let place_of = |id: &str| ids.iter().position(|known| known == id).map(|place| place as u32);
        prop_assert_eq!(&Shelf::from_saved(&read, &place_of), &shelf);
        // A model that knows none of the films makes an empty shelf, not an error.
        prop_assert!(Shelf::from_saved(&read, &|_| None).is_empty());
    }
}

#[test]
fn a_shelf_holds_a_film_once_and_in_order() {
    let mut shelf = Shelf::of_likes([4, 2, 4, 7]);
    shelf.set(2, Taste::Disliked);
    shelf.toggle(7);
    shelf.toggle(99);
    let request = shelf.request(10);
    assert_eq!((request.liked, request.disliked, request.k), (vec![4], vec![2, 7], 10));
    shelf.remove(2);
    shelf.remove(2);
    shelf.toggle(7);
    assert_eq!((shelf.request(10).hidden, shelf.taste_of(2)), (vec![7], None));
    shelf.toggle(7);
    assert_eq!(shelf.with_taste(Taste::Liked).collect::<Vec<_>>(), [4, 7]);
}

#[test]
fn every_change_can_be_undone_down_to_the_first() {
    let mut undo = Undo::default();
    let mut shelf = Shelf::default();
    for item_idx in 0..3 {
        undo.remember(shelf.clone());
        shelf.set(item_idx, Taste::Liked);
    }
    assert_eq!(undo.take(), Some(Shelf::of_likes([0, 1])));
    assert_eq!(undo.take(), Some(Shelf::of_likes([0])));
    assert_eq!(undo.take(), Some(Shelf::default()));
    assert!(!undo.is_possible());
    assert_eq!(undo.take(), None);
}

#[test]
fn the_trail_follows_the_best_recommendation_until_somebody_leads() {
    let mut trail = Trail::default();
    assert_eq!(trail.focus(None), Vertex::You);
    assert_eq!(trail.focus(Some(3)), Vertex::Item(3));
    trail.go(Vertex::Person(1));
    trail.go(Vertex::Person(1));
    trail.go(Vertex::Item(5));
    assert_eq!(trail.focus(Some(3)), Vertex::Item(5));
    trail.back();
    assert_eq!(trail.focus(Some(3)), Vertex::Person(1));
    trail.back();
    assert!(!trail.can_go_back());
    assert_eq!(trail.focus(Some(4)), Vertex::Item(4));
}

#[test]
fn the_visitor_is_one_more_person() {
    // People 0 and 1 like film 0; person 1 also films 1 and 2; the visitor likes films 0 and 2.
    let incidence = Incidence::from_memberships(2, 3, [(0, 0), (1, 0), (1, 1), (1, 2)]).unwrap();
    let shelf = Shelf::of_likes([0, 2]);
    let lens = Lens { incidence: &incidence, shelf: &shelf, recommended: &[1] };

    let film = ego(&lens, Vertex::Item(0), LIMITS);
    assert_eq!(vertices(&film), [Vertex::You, Vertex::Person(1), Vertex::Person(0)]);
    let members: Vec<_> = film.members.iter().map(|member| (member.vertex, member.role)).collect();
    assert_eq!(members, [(Vertex::Item(2), Role::OnShelf(Taste::Liked)), (Vertex::Item(1), Role::Recommended(0))]);

    let you = ego(&lens, Vertex::You, LIMITS);
    assert_eq!(vertices(&you), [Vertex::Item(0), Vertex::Item(2)]);
    assert_eq!(you.members[0].vertex, Vertex::Person(1), "shares both films");

    let dual = ego(&lens, Vertex::Person(1), LIMITS);
    assert_eq!(dual.members[0].vertex, Vertex::You);
}

fn vertices(ego: &Ego) -> Vec<Vertex> {
    ego.hyperedges.iter().map(|hyperedge| hyperedge.vertex).collect()
}

#[test]
fn an_isolated_film_is_a_lone_dot() {
    let incidence = Incidence::from_memberships(1, 2, [(0, 0)]).unwrap();
    let shelf = Shelf::default();
    let lens = Lens { incidence: &incidence, shelf: &shelf, recommended: &[] };
    let ego = ego(&lens, Vertex::Item(1), LIMITS);
    let layout = layout(&ego, Canvas { width: 600.0 });
    assert!(ego.hyperedges.is_empty() && layout.members.is_empty());
    assert!(layout.centre.x.is_finite() && layout.height > 100.0);
}

#[test]
fn why_names_what_matters_and_says_what_holds_a_film_down() {
    let why = Why::of(&[(1, 0.2), (2, 1.0), (3, -0.6), (4, 0.9), (5, 0.8), (6, -0.01)]);
    assert_eq!(why.pulls, [(2, 1.0), (4, 0.9)]);
    assert_eq!(why.pushes, [(3, -0.6)]);
    assert_eq!(Why::of(&[(1, 0.0)]), Why::default());
    assert_eq!(Why::of(&[]), Why::default());
}

#[test]
fn presets_forgive_how_a_title_is_written() {
    let film = |title: &str, year| CatalogueItem { title: title.to_owned(), year: Some(year), ..Default::default() };
    let catalogue = Catalogue::new(vec![
        film("Matrix, The", 1999),
        film("The Matrix", 1899),
        film("Spirited Away (Sen to Chihiro no kamikakushi)", 2001),
    ]);
    assert_eq!(PRESETS[0].find(&catalogue), [0]);
    assert_eq!(PRESETS[1].find(&catalogue), [2]);
}

#[test]
fn every_preset_has_films_in_the_demo_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/catalogue.json");
    let bytes = std::fs::read(path).expect("the demo catalogue is committed under assets/");
    let catalogue = Catalogue::read(&bytes).unwrap();
    for preset in PRESETS {
        let found = preset.find(&catalogue);
        assert!(found.len() >= 3, "{} finds only {found:?}", preset.name);
    }
}

#[test]
fn people_connect_a_film_with_the_shelf_the_nearest_first() {
    // Person 0 likes films 0, 1, 2, 3; person 1 films 0 and 1; person 2 film 0 alone; person 3 films 1 and 2.
    let likes = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (2, 0), (3, 1), (3, 2)];
    let incidence = Incidence::from_memberships(4, 4, likes).unwrap();
    let mut shelf = Shelf::of_likes([1, 2]);
    shelf.set(3, Taste::Disliked);
    let found = connections(&incidence, &shelf, 0, 5);
    // Cosines: person 0 has 2 of 4 films (2 / sqrt 4 = 1), person 1 has 1 of 2 (0.71); person 2 shares nothing.
    let closest: Vec<_> =
        found.closest.iter().map(|person| (person.user_idx, person.n_shared, person.n_liked)).collect();
    assert_eq!(closest, [(0, 2, 4), (1, 1, 2)]);
    assert_eq!((found.n_connected, found.n_people), (2, 3));
    assert_eq!(connections(&incidence, &shelf, 0, 1).closest.len(), 1);
    assert_eq!(connections(&incidence, &Shelf::default(), 0, 5).n_connected, 0);
    assert_eq!(connections(&incidence, &shelf, 99, 5), Connections::default());
}
