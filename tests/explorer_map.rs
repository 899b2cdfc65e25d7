//! What the map of films promises: everything is where the projection says, a pointer finds what is under it, and moving
//! about keeps what is under the pointer.

use proptest::prelude::*;
use sharp_distill::bundle::{Bundle, ExplorerBundle, Projection};
use sharp_distill::catalogue::{Catalogue, CatalogueItem};
use sharp_distill::explorer::{
    FilmMap, MAP_SIZE, MapClass, MapColour, MapFrame, MapState, Point, Shelf, labels, map_classes,
};
use sharp_distill::student::{Student, Workspace};

/// A projection that shows the first two of three numbers as they are.
fn plain() -> Projection {
    Projection { mean: vec![0.0; 3], axes: vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0], explained: [0.5, 0.25] }
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/assets/{name}", env!("CARGO_MANIFEST_DIR"))).expect("committed under assets/")
}

fn shipped() -> (Student, Bundle, Projection) {
    let bundle = Bundle::read(&file("model.safetensors")).unwrap();
    let explorer = ExplorerBundle::read(&file("explorer.safetensors"), &bundle).unwrap();
    let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
    (student, bundle, explorer.projection.expect("the shipped file holds a projection"))
}

#[test]
fn films_stand_where_the_projection_says() {
    // Of length 1 they are (1, 0), (0, 1), (-1, 0) and (0.6, 0.8): the map is 2 wide, which is its longer side, and 1 high.
    let embeddings = [2.0, 0.0, 0.0, 0.0, 5.0, 0.0, -1.0, 0.0, 0.0, 3.0, 4.0, 0.0];
    let map = FilmMap::new(&plain(), &embeddings);
    let at = |x: f32, y: f32| Point { x, y };
    assert_eq!(map.points(), [at(10_000.0, 0.0), at(5_000.0, 5_000.0), at(0.0, 0.0), at(8_000.0, 4_000.0)]);
    assert_eq!(map.corner(), at(10_000.0, 5_000.0));
    assert_eq!(map.place(&plain(), &[0.8, 0.6, 0.0]), at(9_000.0, 3_000.0));
    assert_eq!(map.place(&plain(), &[0.0, -1.0, 0.0]), at(5_000.0, 0.0), "not beyond the edge");
    assert_eq!(map.nearest(at(8_100.0, 4_100.0), 500.0), Some(3));
    assert_eq!(map.nearest(at(8_100.0, 4_100.0), 100.0), None);
    assert_eq!(map.by_distance(at(9_900.0, 0.0)), [0, 3, 1, 2]);
}

#[test]
fn a_map_of_nothing_or_of_one_film_is_no_trouble() {
    for embeddings in [&[][..], &[0.5, 0.5, 0.5], &[0.0; 6]] {
        let map = FilmMap::new(&plain(), embeddings);
        assert!(map.corner().x == 0.0 && map.points().iter().all(|at| at.x.is_finite() && at.y.is_finite()));
        let frame = MapFrame::new(MapState::default(), map.corner(), Point { x: 300.0, y: 200.0 });
        assert!(frame.scale.is_finite() && frame.origin.x.is_finite());
        assert!(map.nearest(Point { x: 0.0, y: 0.0 }, 10.0).is_none_or(|item_idx| item_idx == 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_grid_finds_what_looking_at_all_finds(
        embeddings in proptest::collection::vec(-1f32..1.0, 3..300),
        (x, y, reach) in (-2_000f32..12_000.0, -2_000f32..12_000.0, 1f32..3_000.0),
    ) {
        let map = FilmMap::new(&plain(), &embeddings);
        let at = Point { x, y };
        let distance = |item_idx: u32| {
            let point = map.points()[item_idx as usize];
            (point.x - x).powi(2) + (point.y - y).powi(2)
        };
        let nearest = map.by_distance(at).into_iter().next().filter(|&item_idx| distance(item_idx) <= reach * reach);
        let found = map.nearest(at, reach);
        prop_assert_eq!(found.map(distance), nearest.map(distance));
        prop_assert!(map.points().iter().all(|point| point.x >= 0.0 && point.x <= MAP_SIZE && point.y <= MAP_SIZE));
    }

    #[test]
    fn coming_nearer_keeps_what_is_under_the_pointer(
        (zoom, x, y) in (4..=16u8, 10_000..55_000u16, 10_000..55_000u16),
        steps in 1..5i32,
        (pointer_x, pointer_y) in (0f32..900.0, 0f32..500.0),
    ) {
        let (corner, size) = (Point { x: 10_000.0, y: 8_000.0 }, Point { x: 900.0, y: 500.0 });
        let before = MapState { zoom, x, y, colour: MapColour::Genre };
        let pointer = Point { x: pointer_x, y: pointer_y };
        let under = MapFrame::new(before, corner, size).on_map(pointer);
        let mut after = before;
        after.zoom_by(steps, under, corner);
        let there = MapFrame::new(after, corner, size).on_drawing(under);
        // As far as whole numbers go, and unless the map ends there.
        if after.x > 0 && after.x < u16::MAX && after.y > 0 && after.y < u16::MAX {
            prop_assert!((there.x - pointer_x).abs() < 1.0 && (there.y - pointer_y).abs() < 1.0, "{there:?}");
        }
        let frame = MapFrame::new(after, corner, size);
        let back = frame.on_map(frame.on_drawing(under));
        prop_assert!((back.x - under.x).abs() < 2.0 && (back.y - under.y).abs() < 2.0);
        after.zoom_by(-i32::from(MapState::MAX_ZOOM), under, corner);
        prop_assert_eq!(after, MapState { colour: MapColour::Genre, ..MapState::default() }, "far away all is seen");
    }

    #[test]
    fn no_label_covers_another(
        candidates in proptest::collection::vec((0f32..600.0, 0f32..400.0, 1usize..30), 0..80),
        (n_needed, n_marks) in (0usize..3, 0usize..10),
    ) {
        let size = Point { x: 600.0, y: 400.0 };
        let candidates: Vec<(Point, usize)> = candidates.into_iter().map(|(x, y, n)| (Point { x, y }, n)).collect();
        let chosen = labels(&candidates, n_needed, n_marks, size, 20);
        prop_assert!(chosen.len() <= 20);
        let span = |label: &sharp_distill::explorer::MapLabel| {
            let (at, n) = candidates[label.place];
            let width = n as f32 * 6.4;
            (if label.is_left { at.x - 9.0 - width } else { at.x + 9.0 }, width, at.y)
        };
        let needed = chosen.iter().take_while(|label| label.place < n_needed).count();
        prop_assert_eq!(needed, n_needed.min(candidates.len()), "what is needed is there");
        for (place, label) in chosen.iter().enumerate().skip(n_needed) {
            let (x, width, y) = span(label);
            prop_assert!(x >= 0.0 && x + width <= size.x);
            for other in &chosen[..place] {
                let (other_x, other_width, other_y) = span(other);
                let apart = x >= other_x + other_width || other_x >= x + width || (y - other_y).abs() >= 15.0;
                prop_assert!(apart, "{label:?} {other:?}");
            }
        }
        // The first one always has room where the drawing has.
        if let Some(&(at, n)) = candidates.first().filter(|_| n_needed == 0 && n_marks <= 1) {
            let fits = at.x + 9.0 + n as f32 * 6.4 <= size.x && at.y >= 7.5 && at.y <= size.y - 7.5;
            prop_assert!(!fits || chosen.first().is_some_and(|label| label.place == 0 && !label.is_left));
        }
    }
}

#[test]
fn every_film_of_the_demo_has_one_colour() {
    let catalogue = Catalogue::read(&file("catalogue.json")).unwrap();
    let (_, bundle, _) = shipped();
    let degrees = bundle.incidence.hyperedge_degrees();
    for colour in MapColour::ALL {
        let classes = map_classes(catalogue.items(), &degrees, colour);
        let mut films: Vec<u32> = classes.iter().flat_map(|(_, films)| films.clone()).collect();
        films.sort_unstable();
        assert!(films.iter().copied().eq(0..catalogue.items().len() as u32), "{colour:?}");
        assert!(classes.len() >= 4 && classes.len() <= 9, "{colour:?} has {} colours", classes.len());
    }
}

#[test]
fn classes_are_what_they_say() {
    let film = |year: Option<u16>, genre: &str| {
        let genres = if genre.is_empty() { Vec::new() } else { vec![genre.to_owned()] };
        CatalogueItem { year, genres, ..Default::default() }
    };
    let items = [film(Some(1949), "War"), film(Some(1950), "Drama"), film(Some(2021), "Drama"), film(None, "")];
    let of = |colour| map_classes(&items, &[9, 10, 74, 75], colour);
    assert_eq!(
        of(MapColour::Decade),
        [
            (MapClass::Before(1950), vec![0]),
            (MapClass::Decade(1950), vec![1]),
            (MapClass::Decade(2010), vec![2]),
            (MapClass::NoYear, vec![3])
        ]
    );
    let genre = |name: &str| MapClass::Genre(name.to_owned());
    assert_eq!(
        of(MapColour::Genre),
        [(genre("Drama"), vec![1, 2]), (genre("War"), vec![0]), (MapClass::OtherGenre, vec![3])]
    );
    assert_eq!(
        of(MapColour::Likes),
        [
            (MapClass::Likes(0, Some(9)), vec![0]),
            (MapClass::Likes(10, Some(24)), vec![1]),
            (MapClass::Likes(25, Some(74)), vec![2]),
            (MapClass::Likes(75, None), vec![3])
        ]
    );
}

/// On the shipped model the map means something: films stand nearer to those that are like them than to others, and the
/// visitor moves towards what they like.
#[test]
fn the_shipped_map_puts_like_to_like_and_the_visitor_among_what_they_like() {
    let (student, bundle, projection) = shipped();
    let catalogue = Catalogue::read(&file("catalogue.json")).unwrap();
    let map = FilmMap::new(&projection, student.item_emb());
    println!("corner {:?}, explained {:?}", map.corner(), projection.explained);
    let d = bundle.config.emb_dim;
    let distance = |a: Point, b: Point| ((a.x - b.x).powi(2) + (a.y - b.y).powi(2)).sqrt();
    let emb = |item_idx: usize| &student.item_emb()[item_idx * d..][..d];
    let cosine = |a: &[f32], b: &[f32]| {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    };
    let (mut near, mut far) = (0.0, 0.0);
    for item_idx in (0..bundle.config.n_items).step_by(40) {
        let mut order: Vec<usize> = (0..bundle.config.n_items).filter(|&other| other != item_idx).collect();
        order.sort_by(|&a, &b| cosine(emb(item_idx), emb(b)).total_cmp(&cosine(emb(item_idx), emb(a))));
        near += distance(map.points()[item_idx], map.points()[order[0]]);
        far += distance(map.points()[item_idx], map.points()[order[order.len() / 2]]);
    }
    assert!(near < 0.5 * far, "the most alike are {near}, the middling {far} apart");

    let place_of = |liked: &[u32]| {
        let mut workspace = Workspace::default();
        student.logits(&Shelf::of_likes(liked.iter().copied()).request(1), &mut workspace).unwrap();
        map.place(&projection, workspace.user_emb())
    };
    // Each taste to start from, film after film: the visitor ends nearer to its films than to most others.
    for preset in sharp_distill::explorer::PRESETS {
        let films = preset.find(&catalogue);
        let at = place_of(&films);
        assert_ne!(at, place_of(&films[..1]), "{}: liking moves the visitor", preset.name);
        println!("{}: {at:?}", preset.name);
        let mean = |films: &mut dyn Iterator<Item = u32>| {
            let distances: Vec<f32> = films.map(|item_idx| distance(at, map.points()[item_idx as usize])).collect();
            distances.iter().sum::<f32>() / distances.len() as f32
        };
        let (to_liked, to_all) = (mean(&mut films.iter().copied()), mean(&mut (0..bundle.config.n_items as u32)));
        assert!(to_liked < to_all, "{}: {to_liked} from what is liked, {to_all} from all", preset.name);
    }
}
