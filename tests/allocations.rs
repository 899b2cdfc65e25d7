//! A request that has been answered before, or one of its size, allocates nothing. A binary of its own: the counter takes
//! the place of the allocator.

// Helpers of tests, where a panic is a failed test.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Sizes, bundle};
use sharp_distill::ranking::ItemMask;
use sharp_distill::student::{Head, Request, Student, Workspace};

#[test]
fn a_request_allocates_nothing() {
    for head in [Head::Mlp, Head::Dot, Head::Hybrid] {
        let bundle = bundle(5, Sizes { n_users: 30, n_items: 4_000, emb_dim: 33, hidden_dim: 21, head });
        let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
        let mut workspace = Workspace::default();
        let request = |first: u32| Request {
            liked: (first..first + 20).collect(),
            disliked: vec![first + 30],
            hidden: (first + 40..first + 90).collect(),
            k: 100,
            ..Request::default()
        };
        student.recommend(&request(0), &mut workspace).unwrap();
        let only = ItemMask::new(4_000, &|item_idx| item_idx % 3 > 0);
        let chosen = |first: u32| Request { only: Some(only.clone()), novelty: 0.5, ..request(first) };
        for request in [request(0), request(7), chosen(7), request(3_900), chosen(8)] {
            let counted = allocation_counter::measure(|| {
                assert_eq!(student.recommend(&request, &mut workspace).unwrap().len(), 100);
            });
            assert_eq!(counted.count_total, 0, "{head:?}: {counted:?}");
        }
    }
}
