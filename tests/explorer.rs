//! What the explorer promises, its drawings aside: a shelf survives storing, every change can be undone, every preset has
//! films, and a reason names what matters.

use proptest::prelude::*;
use sharp_distill::catalogue::{Catalogue, CatalogueItem};
use sharp_distill::explorer::{Connections, PRESETS, Shelf, Taste, Trail, Undo, Vertex, Why, connections};
use sharp_distill::hypergraph::Incidence;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

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
