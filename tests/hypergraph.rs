//! The promises of `Incidence`: its invariants hold after any construction and edit, and its products are eq. 3.

use proptest::prelude::*;
use sharp_distill::hypergraph::{HypergraphError, Incidence};

/// Nodes 0, 1, 2 and an isolated 3; hyperedge 0 = {0, 1}, hyperedge 1 = {1, 2}, hyperedge 2 is empty.
fn by_hand() -> Incidence {
    Incidence::from_memberships(4, 3, [(0, 0), (1, 0), (1, 1), (2, 1)]).unwrap()
}

/// D_v = (1, 2, 1, 0), D_e = (2, 2, 0). With xs = (1, 2, 4, 8):
/// node_to_edge: e0 = (1/1 + 2/sqrt 2) / 2 = (1 + 1.4142136) / 2 = 1.2071068
///               e1 = (2/sqrt 2 + 4/1) / 2 = (1.4142136 + 4) / 2 = 2.7071068, e2 = 0
/// edge_to_node: n0 = e0 = 1.2071068, n1 = (e0 + e1) / sqrt 2 = 3.9142136 / 1.4142136 = 2.7677670, n2 = e1, n3 = 0
#[test]
fn propagation_agrees_with_arithmetic_by_hand() {
    let incidence = by_hand();
    let edges = incidence.node_to_edge(&[1.0, 2.0, 4.0, 8.0], 1);
    let nodes = incidence.propagate(&[1.0, 2.0, 4.0, 8.0], 1, &[1.0, 1.0, 1.0]);
    for (found, expected) in edges.iter().chain(&nodes).zip([1.207_106_8, 2.707_106_8, 0.0].iter().chain(&[
        1.207_106_8,
        2.767_767,
        2.707_106_8,
        0.0,
    ])) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }
}

#[test]
fn hyperedge_weights_scale_what_comes_back() {
    let incidence = by_hand();
    let nodes = incidence.propagate(&[1.0, 2.0, 4.0, 8.0], 1, &[3.0, 0.0, 1.0]);
    assert!((nodes[0] - 3.0 * 1.207_106_8).abs() < 1e-5);
    assert_eq!(nodes[2], 0.0);
}

#[test]
fn bad_input_names_the_place() {
    assert_eq!(
        Incidence::from_memberships(2, 2, [(0, 0), (5, 1)]),
        Err(HypergraphError::NodeOutOfRange { node_idx: 5, n_nodes: 2 })
    );
    assert_eq!(
        Incidence::from_memberships(2, 2, [(0, 9)]),
        Err(HypergraphError::HyperedgeOutOfRange { hyperedge_idx: 9, n_hyperedges: 2 })
    );
    let repeated = Incidence::from_csr(3, vec![0, 2, 3], vec![1, 1, 0]);
    assert_eq!(repeated, Err(HypergraphError::DuplicateOrUnsorted { node_idx: 0, hyperedge_idx: 1 }));
    for (offsets, row) in [(vec![], 0), (vec![1, 2], 0), (vec![0, 2, 1, 3], 1), (vec![0, 9], 1)] {
        match Incidence::from_csr(3, offsets, vec![0, 1, 2]) {
            Err(HypergraphError::BrokenOffsets { row: found, .. }) => assert_eq!(found, row),
            other => panic!("expected broken offsets, got {other:?}"),
        }
    }
    assert!(by_hand().insert(4, 0).is_err());
    assert!(by_hand().remove(0, 3).is_err());
}

#[test]
fn nothing_at_all_is_a_hypergraph() {
    let nothing = Incidence::from_memberships(0, 0, []).unwrap();
    assert_eq!((nothing.n_nodes(), nothing.n_hyperedges(), nothing.n_memberships()), (0, 0, 0));
    assert_eq!(nothing.transposed(), nothing);
    assert!(nothing.propagate(&[], 4, &[]).is_empty());
}

fn memberships() -> impl Strategy<Value = (usize, usize, Vec<(u32, u32)>)> {
    (1usize..20, 1usize..20).prop_flat_map(|(n_nodes, n_hyperedges)| {
        let pair = (0..n_nodes as u32, 0..n_hyperedges as u32);
        (Just(n_nodes), Just(n_hyperedges), prop::collection::vec(pair, 0..80))
    })
}

/// Every invariant of the type, read through its public face.
fn check_invariants(incidence: &Incidence) {
    for rows in [incidence.by_node(), incidence.by_hyperedge()] {
        assert_eq!(rows.offsets()[0], 0);
        assert_eq!(*rows.offsets().last().unwrap() as usize, rows.indices().len());
        for row in 0..rows.n_rows() {
            assert!(rows.row(row).windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
    for (node_idx, hyperedge_idx) in incidence.memberships() {
        assert!(incidence.members_of(hyperedge_idx as usize).contains(&node_idx));
    }
    assert_eq!(incidence.by_hyperedge().indices().len(), incidence.n_memberships());
}

proptest! {
    #[test]
    fn transposing_twice_is_identity((n, m, pairs) in memberships()) {
        let incidence = Incidence::from_memberships(n, m, pairs).unwrap();
        check_invariants(&incidence);
        prop_assert_eq!(incidence.transposed().transposed(), incidence);
    }

    #[test]
    fn sums_of_degrees_agree((n, m, pairs) in memberships()) {
        let incidence = Incidence::from_memberships(n, m, pairs).unwrap();
        let nodes: usize = (0..n).map(|node_idx| incidence.node_degree(node_idx)).sum();
        let hyperedges: usize = (0..m).map(|hyperedge_idx| incidence.hyperedge_degree(hyperedge_idx)).sum();
        prop_assert_eq!(nodes, hyperedges);
        prop_assert_eq!(nodes, incidence.n_memberships());
    }

    #[test]
    fn the_file_form_comes_back((n, m, pairs) in memberships()) {
        let incidence = Incidence::from_memberships(n, m, pairs).unwrap();
        let rows = incidence.by_node();
        let back = Incidence::from_csr(m, rows.offsets().to_vec(), rows.indices().to_vec());
        prop_assert_eq!(back, Ok(incidence));
    }

    #[test]
    fn any_offsets_and_indices_end_in_a_hypergraph_or_an_error(
        m in 0usize..6,
        offsets in prop::collection::vec(0u32..8, 0..8),
        indices in prop::collection::vec(0u32..8, 0..8),
    ) {
        if let Ok(incidence) = Incidence::from_csr(m, offsets, indices) {
            check_invariants(&incidence);
        }
    }

    #[test]
    fn an_isolated_node_stays_finite_and_zero((n, m, pairs) in memberships()) {
        let mut incidence = Incidence::from_memberships(n, m, pairs).unwrap();
        let isolated = incidence.push_node();
        let xs: Vec<f32> = (0..(n + 1) * 2).map(|i| i as f32 - 3.0).collect();
        let out = incidence.propagate(&xs, 2, &vec![1.0; m]);
        prop_assert!(out.iter().all(|x| x.is_finite()));
        prop_assert_eq!(&out[isolated as usize * 2..], &[0.0, 0.0]);
    }

    #[test]
    fn edits_equal_building_anew((n, m, pairs) in memberships(), edits in prop::collection::vec((any::<bool>(), 0u32..20, 0u32..20), 0..40)) {
        let mut edited = Incidence::from_memberships(n, m, pairs.clone()).unwrap();
        let mut wanted: std::collections::BTreeSet<(u32, u32)> = pairs.into_iter().collect();
        for (add, node_idx, hyperedge_idx) in edits {
            let (node_idx, hyperedge_idx) = (node_idx % n as u32, hyperedge_idx % m as u32);
            let pair = (node_idx, hyperedge_idx);
            let (changed, expected) = if add {
                (edited.insert(node_idx, hyperedge_idx).unwrap(), wanted.insert(pair))
            } else {
                (edited.remove(node_idx, hyperedge_idx).unwrap(), wanted.remove(&pair))
            };
            prop_assert_eq!(changed, expected);
        }
        check_invariants(&edited);
        prop_assert_eq!(edited, Incidence::from_memberships(n, m, wanted).unwrap());
    }

    /// `D_v^-1/2 H D_e^-1 H^T D_v^-1/2` is symmetric: <y, P x> = <P y, x>.
    #[test]
    fn propagation_is_symmetric((n, m, pairs) in memberships(), seed in any::<u32>()) {
        let incidence = Incidence::from_memberships(n, m, pairs).unwrap();
        let value = |i: usize, salt: u32| ((i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed ^ salt) >> 16) as f32 / 65536.0 - 0.5;
        let xs: Vec<f32> = (0..n).map(|i| value(i, 1)).collect();
        let ys: Vec<f32> = (0..n).map(|i| value(i, 2)).collect();
        let ones = vec![1.0; m];
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let (left, right) = (dot(&ys, &incidence.propagate(&xs, 1, &ones)), dot(&incidence.propagate(&ys, 1, &ones), &xs));
        prop_assert!((left - right).abs() <= 1e-5 * (1.0 + left.abs()));
    }
}
