//! What the drawings of the hypergraph promise: a selection is true to the data, its dual's dual is itself, outlines hold
//! exactly their members, and every form shows exactly the memberships.

use proptest::prelude::*;
use sharp_distill::bundle::Bundle;
use sharp_distill::explorer::{
    Band, Canvas, Ego, Form, Layout, Lens, Limits, Point, Role, Shelf, Shown, Side, Taste, Vertex, Wish, ego, layout,
};
use sharp_distill::hypergraph::Incidence;

const LIMITS: Limits = Limits { hyperedges: 6, members: 14 };

/// A random hypergraph, and what is looked at in it.
#[derive(Debug, Clone)]
struct World {
    incidence: Incidence,
    shelf: Shelf,
    recommended: Vec<u32>,
    centre: Vertex,
    expanded: Vec<Vertex>,
    pinned: Vec<Vertex>,
    collapses_twins: bool,
    limits: Limits,
}

impl World {
    fn lens(&self) -> Lens<'_> {
        Lens { incidence: &self.incidence, shelf: &self.shelf, recommended: &self.recommended }
    }

    fn wish(&self) -> Wish<'_> {
        let Self { centre, expanded, pinned, collapses_twins, limits, .. } = self;
        Wish { centre: *centre, expanded, pinned, collapses_twins: *collapses_twins, limits: *limits }
    }

    fn ego(&self) -> Ego {
        ego(&self.lens(), &self.wish())
    }
}

fn worlds() -> impl Strategy<Value = World> {
    (1usize..40, 1usize..60).prop_flat_map(|(n_users, n_items)| {
        let membership = (0..n_users as u32, 0..n_items as u32);
        let item = 0..n_items as u32;
        // Past the end, too: links of other models name what is not here.
        let vertex = prop_oneof![
            Just(Vertex::You),
            (0..n_users as u32 + 3).prop_map(Vertex::Person),
            (0..n_items as u32 + 3).prop_map(Vertex::Item)
        ];
        (
            proptest::collection::vec(membership, 0..600),
            proptest::collection::vec((item.clone(), any::<bool>()), 0..8),
            proptest::collection::vec(item, 0..10),
            vertex.clone(),
            proptest::collection::vec(vertex.clone(), 0..5),
            proptest::collection::vec(vertex, 0..5),
            (any::<bool>(), 1usize..10, 1usize..24),
        )
            .prop_map(
                move |(memberships, shelf, recommended, centre, expanded, pinned, (collapses, hyperedges, members))| {
                    let incidence = Incidence::from_memberships(n_users, n_items, memberships).unwrap();
                    let mut on_shelf = Shelf::default();
                    for (item_idx, liked) in shelf {
                        on_shelf.set(item_idx, if liked { Taste::Liked } else { Taste::Disliked });
                    }
                    let limits = Limits { hyperedges, members };
                    World {
                        incidence,
                        shelf: on_shelf,
                        recommended,
                        centre,
                        expanded,
                        pinned,
                        collapses_twins: collapses,
                        limits,
                    }
                },
            )
    })
}

/// Whether the data (and the shelf, for the visitor) say that these two belong together.
fn belong_together(lens: &Lens<'_>, a: Vertex, b: Vertex) -> bool {
    match (a, b) {
        (Vertex::You, Vertex::Item(item_idx)) => lens.shelf.taste_of(item_idx) == Some(Taste::Liked),
        (Vertex::Person(user_idx), Vertex::Item(item_idx)) => lens.incidence.contains(user_idx, item_idx),
        (Vertex::Item(_), Vertex::You | Vertex::Person(_)) => belong_together(lens, b, a),
        _ => false,
    }
}

fn vertices(shown: &[Shown]) -> Vec<Vertex> {
    shown.iter().map(|shown| shown.vertex).collect()
}

/// Everything that a selection promises, against the data.
fn check_selection(lens: &Lens<'_>, wish: &Wish<'_>, ego: &Ego) {
    assert_eq!(ego.centre(), wish.centre);
    assert_eq!(ego.members.len(), ego.hyperedges.len());
    for (hyperedge, members) in ego.hyperedges.iter().zip(&ego.members) {
        assert!(members.windows(2).all(|pair| pair[0] < pair[1]), "places ascend: {members:?}");
        for (place, node) in ego.nodes.iter().enumerate() {
            for twin in std::iter::once(&node.vertex).chain(&node.twins) {
                let belong = belong_together(lens, hyperedge.vertex, *twin);
                assert_eq!(members.contains(&place), belong, "{:?} and {twin:?}", hyperedge.vertex);
            }
        }
    }
    for shown in ego.nodes.iter().chain(&ego.hyperedges) {
        assert_eq!(shown.degree, lens.neighbours(shown.vertex).len());
        assert_eq!(shown.role, lens.role(shown.vertex));
    }
    // Each thing is shown once, as a node, a hyperedge or a twin.
    let twins = ego.nodes.iter().flat_map(|node| &node.twins);
    let mut all: Vec<Vertex> =
        vertices(&ego.nodes).into_iter().chain(vertices(&ego.hyperedges)).chain(twins.copied()).collect();
    let n = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), n, "something is shown twice");
    if wish.expanded.is_empty() && wish.pinned.is_empty() {
        assert!(ego.hyperedges.len() <= wish.limits.hyperedges.min(ego.n_hyperedges));
        assert!(ego.nodes.len() - 1 <= wish.limits.members.min(ego.n_members));
        assert!((1..ego.nodes.len()).all(|node| ego.holders(node).count() > 0), "a member of nothing is shown");
    }
    assert!(ego.hyperedges.len() <= Wish::MOST_HYPEREDGES.max(wish.limits.hyperedges));
    assert!(ego.nodes.len() <= Wish::MOST_NODES.max(wish.limits.members) + 1);
}

/// An outline holds the dots of its members, whole, and touches no other's.
fn check_outlines(ego: &Ego, layout: &Layout) {
    for hyperedge in 0..ego.hyperedges.len() {
        for (node, spot) in layout.nodes.iter().enumerate() {
            assert!(spot.radius > 2.0, "a dot of {} cannot be seen", spot.radius);
            let distance = layout.distance_to_band(hyperedge, spot.at);
            if ego.contains(hyperedge, node) {
                assert!(distance < -spot.radius, "member {node} of {hyperedge} sticks out: {distance}");
            } else {
                assert!(distance > spot.radius, "non-member {node} is touched by {hyperedge}: {distance}");
            }
        }
    }
}

/// One stroke a membership, from the hyperedge's spot to the node's.
fn check_lines(ego: &Ego, layout: &Layout) {
    for (hyperedge, members) in ego.members.iter().enumerate() {
        let from = layout.hyperedges[hyperedge].at;
        let strokes = &layout.bands[hyperedge].strokes;
        assert_eq!(strokes.len(), members.len().max(1));
        for (stroke, &node) in strokes.iter().zip(members) {
            assert_eq!((stroke[0], stroke[2]), (from, layout.nodes[node].at));
        }
    }
    // Nothing lies on a line that is not its end: the columns are apart and no two spots are at the same place.
    for (a, spot) in layout.nodes.iter().enumerate() {
        assert!(layout.hyperedges.iter().all(|other| (other.at.x - spot.at.x).abs() > 40.0));
        assert!(layout.nodes[..a].iter().all(|other| (other.at.y - spot.at.y).abs() > 20.0));
    }
}

/// One cell a membership, in the row of the node and the column of the hyperedge, and none else.
fn check_cells(ego: &Ego, layout: &Layout) {
    for (hyperedge, heading) in layout.hyperedges.iter().enumerate() {
        for (node, row) in layout.nodes.iter().enumerate() {
            let is_filled = |band: &Band| {
                let covers = |stroke: &[Point; 3]| {
                    let (left, right) = (stroke[0].x, stroke[2].x);
                    heading.at.x > left && heading.at.x < right && (stroke[1].y - row.at.y).abs() < band.radius
                };
                band.strokes.iter().any(covers)
            };
            let filled: Vec<usize> =
                (0..ego.hyperedges.len()).filter(|&other| is_filled(&layout.bands[other])).collect();
            let expected: Vec<usize> = ego.contains(hyperedge, node).then_some(hyperedge).into_iter().collect();
            assert_eq!(filled, expected, "cell ({node}, {hyperedge})");
            assert!(row.at.x + row.radius < heading.at.x - heading.radius, "names and cells are apart");
        }
    }
}

/// What every form promises.
fn check_layout(ego: &Ego, form: Form, width: f32) {
    let drawn = layout(ego, form, Canvas { width });
    assert_eq!(drawn, layout(ego, form, Canvas { width }), "the same input, the same drawing");
    assert_eq!(drawn.form, form);
    assert_eq!((drawn.nodes.len(), drawn.hyperedges.len()), (ego.nodes.len(), ego.hyperedges.len()));
    assert_eq!(drawn.bands.len(), ego.hyperedges.len());
    for spot in drawn.nodes.iter().chain(&drawn.hyperedges) {
        let (at, radius) = (spot.at, spot.radius);
        assert!(at.x - radius >= 0.0 && at.x + radius <= width, "{at:?} on {width}");
        assert!(at.y - radius >= 0.0 && at.y + radius <= drawn.height, "{at:?} on {}", drawn.height);
        if let Some(label) = spot.label {
            assert!(label.letters >= 7, "{label:?}");
            assert!(label.at.y > 0.0 && label.at.y < drawn.height, "{label:?}");
        }
    }
    for (place, spot) in drawn.nodes.iter().enumerate() {
        let Some(label) = spot.label else { continue };
        for other in drawn.nodes[..place].iter().filter_map(|other| other.label) {
            let apart = (other.at.y - label.at.y).abs();
            assert!(other.side != label.side || apart > 12.0, "labels {apart} apart");
        }
        assert!(label.side != Side::Rising);
    }
    match form {
        Form::Outlines => check_outlines(ego, &drawn),
        Form::Bipartite => check_lines(ego, &drawn),
        Form::Matrix => check_cells(ego, &drawn),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_selection_is_true_to_the_data_and_within_its_limits(world in worlds()) {
        let (lens, wish, chosen) = (world.lens(), world.wish(), world.ego());
        prop_assert_eq!(&chosen, &ego(&lens, &wish));
        check_selection(&lens, &wish, &chosen);
        let all = Wish::around(world.centre, Limits { hyperedges: 1_000, members: 1_000 });
        let all = ego(&lens, &all);
        prop_assert_eq!(all.hyperedges.len(), all.n_hyperedges);
        prop_assert_eq!(all.nodes.len() - 1, all.n_members, "with room for all, all are shown");
    }

    #[test]
    fn the_duals_dual_is_the_selection(world in worlds()) {
        let chosen = world.ego();
        let dual = chosen.dual();
        prop_assert_eq!(&dual.dual(), &chosen);
        prop_assert_eq!(dual.centre(), chosen.centre());
        for hyperedge in 0..chosen.hyperedges.len() {
            for node in 0..chosen.nodes.len() {
                prop_assert_eq!(chosen.contains(hyperedge, node), dual.contains(node, hyperedge));
            }
        }
    }

    #[test]
    fn every_form_shows_exactly_the_memberships(world in worlds(), width in 280f32..1400.0, is_dual in any::<bool>()) {
        let chosen = world.ego();
        let chosen = if is_dual { chosen.dual() } else { chosen };
        for form in Form::ALL {
            check_layout(&chosen, form, width);
        }
    }

    #[test]
    fn opening_and_pinning_take_nothing_away(world in worlds()) {
        let wish = Wish { collapses_twins: false, ..world.wish() };
        let plain = ego(&world.lens(), &Wish { expanded: &[], pinned: &[], ..wish });
        let more = ego(&world.lens(), &wish);
        prop_assert!(vertices(&more.nodes).starts_with(&vertices(&plain.nodes)));
        prop_assert!(vertices(&more.hyperedges).starts_with(&vertices(&plain.hyperedges)));
    }

    #[test]
    fn with_twins_collapsed_no_two_members_are_of_the_same_hyperedges(world in worlds()) {
        let wish = Wish { expanded: &[], pinned: &[], collapses_twins: true, limits: Limits { members: 1_000, ..world.limits }, ..world.wish() };
        let chosen = ego(&world.lens(), &wish);
        let holders = |node: usize| chosen.holders(node).collect::<Vec<_>>();
        for node in 1..chosen.nodes.len() {
            prop_assert!((1..node).all(|other| holders(other) != holders(node)));
        }
        let n_all: usize = chosen.nodes[1..].iter().map(|node| 1 + node.twins.len()).sum();
        prop_assert_eq!(n_all, chosen.n_members, "every member is counted once");
    }
}

/// The shipped model: 1,000 random views, with random shelves, expansions and pins, in every form, at widths from a phone
/// to a large screen.
#[test]
fn outlines_hold_exactly_their_members_in_a_thousand_views_of_the_shipped_model() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/model.safetensors");
    let bundle = Bundle::read(&std::fs::read(path).expect("the demo model is committed under assets/")).unwrap();
    let incidence = bundle.incidence;
    let mut seeded = crate::common::Seeded(2_026);
    let (n_users, n_items) = (incidence.n_nodes(), incidence.n_hyperedges());
    let (mut n_members, mut n_outsiders, mut n_opened) = (0, 0, 0);
    for view in 0..1_000 {
        let shelf = Shelf::of_likes((0..seeded.below(9)).map(|_| seeded.below(n_items) as u32).collect::<Vec<_>>());
        let recommended: Vec<u32> = (0..10).map(|_| seeded.below(n_items) as u32).collect();
        let lens = Lens { incidence: &incidence, shelf: &shelf, recommended: &recommended };
        let centre = match view % 5 {
            0 => Vertex::You,
            1 | 2 => Vertex::Person(seeded.below(n_users) as u32),
            _ => Vertex::Item(seeded.below(n_items) as u32),
        };
        let limits =
            if view % 2 == 0 { Limits { hyperedges: 6, members: 10 } } else { Limits { hyperedges: 9, members: 20 } };
        // Steps as a visitor takes them: each opens or pins something that is on the drawing.
        let (mut expanded, mut pinned) = (Vec::new(), Vec::new());
        for _ in 0..seeded.below(4) {
            let wish = Wish { centre, expanded: &expanded, pinned: &pinned, collapses_twins: false, limits };
            let shown = ego(&lens, &wish);
            let node = shown.nodes[seeded.below(shown.nodes.len())].vertex;
            expanded.push(node);
            if !shown.hyperedges.is_empty() && seeded.below(2) == 0 {
                pinned.push(shown.hyperedges[seeded.below(shown.hyperedges.len())].vertex);
            }
            // Something pinned elsewhere, which may have nothing to do with this centre.
            if seeded.below(3) == 0 {
                pinned.push(Vertex::Item(seeded.below(n_items) as u32));
                pinned.push(Vertex::Person(seeded.below(n_users) as u32));
            }
        }
        let wish = Wish { centre, expanded: &expanded, pinned: &pinned, collapses_twins: view % 7 == 0, limits };
        let chosen = ego(&lens, &wish);
        check_selection(&lens, &wish, &chosen);
        n_opened += usize::from(chosen.hyperedges.len() > limits.hyperedges);
        n_members += chosen.members.iter().map(Vec::len).sum::<usize>();
        n_outsiders += (0..chosen.hyperedges.len()).filter(|&hyperedge| !chosen.contains(hyperedge, 0)).count();
        for width in [300.0, 350.0, 620.0, 280.0 + seeded.below(1_100) as f32] {
            for form in Form::ALL {
                check_layout(&chosen, form, width);
                check_layout(&chosen.dual(), form, width);
            }
        }
    }
    // The views are not empty, and the hard case (an outline that must keep away from the centre) is among them.
    assert!(n_members > 10_000 && n_outsiders > 300 && n_opened > 300, "{n_members}, {n_outsiders}, {n_opened}");
}

#[test]
fn the_visitor_is_one_more_person() {
    // People 0 and 1 like film 0; person 1 also films 1 and 2; the visitor likes films 0 and 2.
    let incidence = Incidence::from_memberships(2, 3, [(0, 0), (1, 0), (1, 1), (1, 2)]).unwrap();
    let shelf = Shelf::of_likes([0, 2]);
    let lens = Lens { incidence: &incidence, shelf: &shelf, recommended: &[1] };
    let around = |centre: Vertex| ego(&lens, &Wish::around(centre, LIMITS));

    let film = around(Vertex::Item(0));
    assert_eq!(vertices(&film.hyperedges), [Vertex::You, Vertex::Person(1), Vertex::Person(0)]);
    let members: Vec<_> = film.nodes.iter().map(|node| (node.vertex, node.role)).collect();
    let liked = Role::OnShelf(Taste::Liked);
    assert_eq!(members, [(Vertex::Item(0), liked), (Vertex::Item(2), liked), (Vertex::Item(1), Role::Recommended(0))]);
    assert_eq!(film.members, [vec![0, 1], vec![0, 1, 2], vec![0]]);

    // The same likes, taken the other way: the films are hyperedges now, and hold the people.
    let dual = film.dual();
    assert_eq!(vertices(&dual.hyperedges), [Vertex::Item(0), Vertex::Item(2), Vertex::Item(1)]);
    assert_eq!(vertices(&dual.nodes), [Vertex::You, Vertex::Person(1), Vertex::Person(0)]);
    assert_eq!(dual.members, [vec![0, 1, 2], vec![0, 1], vec![1]]);

    let you = around(Vertex::You);
    assert_eq!(vertices(&you.hyperedges), [Vertex::Item(0), Vertex::Item(2)]);
    assert_eq!(you.nodes[1].vertex, Vertex::Person(1), "shares both films");
    assert_eq!(around(Vertex::Person(1)).nodes[1].vertex, Vertex::You);
}

#[test]
fn a_member_opens_into_its_own_hyperedges_and_their_members() {
    // Person 0 likes films 0 and 1; person 1 likes films 1 and 2; person 2 likes film 2 and 3.
    let incidence = Incidence::from_memberships(3, 4, [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3)]).unwrap();
    let lens = Lens { incidence: &incidence, shelf: &Shelf::default(), recommended: &[] };
    let around = Wish::around(Vertex::Item(0), LIMITS);
    let one = ego(&lens, &around);
    assert_eq!((vertices(&one.nodes), vertices(&one.hyperedges)), (items(&[0, 1]), people(&[0])));
    let two = ego(&lens, &Wish { expanded: &[Vertex::Item(1)], ..around });
    assert_eq!((vertices(&two.nodes), vertices(&two.hyperedges)), (items(&[0, 1, 2]), people(&[0, 1])));
    assert_eq!(two.members, [vec![0, 1], vec![1, 2]], "the centre is outside of what was opened");
    let three = ego(&lens, &Wish { expanded: &[Vertex::Item(1), Vertex::Item(2)], ..around });
    assert_eq!((vertices(&three.nodes), vertices(&three.hyperedges)), (items(&[0, 1, 2, 3]), people(&[0, 1, 2])));
    // Pinned things stay wherever the centre goes: a person is a hyperedge here, and a node around a person.
    let pinned = ego(&lens, &Wish { pinned: &[Vertex::Person(2), Vertex::Item(3)], ..around });
    assert_eq!((vertices(&pinned.nodes), vertices(&pinned.hyperedges)), (items(&[0, 1, 3, 2]), people(&[0, 2])));
    let elsewhere = ego(&lens, &Wish { centre: Vertex::Person(0), pinned: &[Vertex::Person(2)], ..around });
    assert_eq!(vertices(&elsewhere.nodes), people(&[0, 1, 2]));
}

fn items(items: &[u32]) -> Vec<Vertex> {
    items.iter().map(|&item_idx| Vertex::Item(item_idx)).collect()
}

fn people(people: &[u32]) -> Vec<Vertex> {
    people.iter().map(|&user_idx| Vertex::Person(user_idx)).collect()
}

#[test]
fn an_isolated_film_is_a_lone_dot_in_every_form() {
    let incidence = Incidence::from_memberships(1, 2, [(0, 0)]).unwrap();
    let lens = Lens { incidence: &incidence, shelf: &Shelf::default(), recommended: &[] };
    let lone = ego(&lens, &Wish::around(Vertex::Item(1), LIMITS));
    assert_eq!((lone.hyperedges.len(), lone.nodes.len(), lone.dual().nodes.len()), (0, 1, 0));
    for form in Form::ALL {
        for ego in [&lone, &lone.dual()] {
            check_layout(ego, form, 600.0);
        }
    }
}
