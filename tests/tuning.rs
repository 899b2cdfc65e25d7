//! What a page's sliders do to the shipped model's lists: novelty makes them less well known, diversity less alike, both
//! steadily and without throwing the visitor's taste away. On the CPU; `--nocapture` shows the numbers.

use std::path::Path;

use crate::common::{Sizes, bundle};
use pollster::block_on;
use sharp_distill::bundle::Bundle;
use sharp_distill::ranking::Ranked;
use sharp_distill::recommender::{Diverse, Recommender};
use sharp_distill::student::{Head, MAX_NOVELTY, Request, RequestError, Workspace};

const SLIDER: [f32; 6] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];

fn shipped() -> Recommender {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/model.safetensors");
    Recommender::on_cpu(Bundle::read(&std::fs::read(path).unwrap()).unwrap())
}

/// Every fifth user of the training data with up to ten of the likes, here and there, as a visitor.
fn visitors(recommender: &Recommender) -> Vec<Request> {
    let incidence = recommender.incidence();
    let liked = |user_idx| {
        let likes = incidence.hyperedges_of(user_idx);
        likes.iter().copied().step_by((likes.len() / 10).max(1)).take(10).collect()
    };
    (0..incidence.n_nodes())
        .step_by(5)
        .map(|user| Request { liked: liked(user), k: 10, ..Request::default() })
        .collect()
}

fn mean(xs: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = xs.fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
    sum / n
}

fn shared(a: &[Ranked], b: &[Ranked]) -> f64 {
    a.iter().filter(|place| b.iter().any(|other| other.item_idx == place.item_idx)).count() as f64
}

#[test]
fn novelty_shows_less_known_items_step_by_step() {
    let recommender = shipped();
    let (student, visitors) = (recommender.student(), visitors(&recommender));
    let mut workspace = Workspace::default();
    let mut list = |request: &Request, slider: f32| {
        let request = Request { novelty: recommender.novelty_of(slider), ..request.clone() };
        (student.recommend(&request, &mut workspace).unwrap().to_vec(), workspace.n_rescored())
    };
    let plain: Vec<_> = visitors.iter().map(|request| list(request, 0.0).0).collect();
    let degrees = recommender.incidence().hyperedge_degrees();
    let (mut last, mut seen) = (f64::INFINITY, Vec::new());
    for slider in SLIDER {
        let lists: Vec<_> = visitors.iter().map(|request| list(request, slider)).collect();
        let items = || lists.iter().flat_map(|(list, _)| list.iter().map(|place| place.item_idx as usize));
        let popularity = mean(items().map(|item_idx| student.popularity()[item_idx].into()));
        let likes = mean(items().map(|item_idx| degrees[item_idx].into()));
        let same = mean(lists.iter().zip(&plain).map(|((list, _), plain)| shared(list, plain)));
        let n_rescored = mean(lists.iter().map(|(_, n_rescored)| *n_rescored as f64));
        let novelty = recommender.novelty_of(slider);
        println!(
            "slider {slider}: novelty {novelty:.3}, popularity {popularity:.3}, {likes:.0} likes, {same:.1} of 10 stay, \
             {n_rescored:.0} logits in f32"
        );
        assert!(popularity < last, "{popularity} after {last}");
        // Bounds know of novelty, too.
        assert!(n_rescored < student.config().n_items as f64 / 8.0, "{n_rescored}");
        last = popularity;
        seen.push((popularity, same));
    }
    let all = mean(student.popularity().iter().map(|&popularity| popularity.into()));
    println!("all items: popularity {all:.3}; scale {:.3}", recommender.novelty_scale());
    assert!(seen[5].0 < seen[0].0 - 0.1, "the end of the slider can be seen: {seen:?}");
    assert!(seen[5].0 > all, "and is not what nobody knows: {seen:?}");
    assert!(seen[1].1 > 7.0 && seen[1].1 < 9.9 && seen[5].1 > 2.0, "{seen:?}");
}

#[test]
fn a_slider_is_cut_off_at_its_ends() {
    let recommender = shipped();
    let scale = recommender.novelty_scale();
    assert!(scale > 0.0 && scale < MAX_NOVELTY);
    assert_eq!([-1.0, 0.0, f32::NAN].map(|slider| recommender.novelty_of(slider)), [0.0; 3]);
    assert_eq!([1.0, 2.0, f32::INFINITY].map(|slider| recommender.novelty_of(slider)), [scale; 3]);
    assert_eq!(recommender.novelty_of(0.25), 0.5 * scale);
    // A model that knows nothing of anybody.
    let sizes = Sizes { n_users: 1, n_items: 3, emb_dim: 2, hidden_dim: 0, head: Head::Dot };
    assert_eq!(Recommender::on_cpu(bundle(1, sizes)).novelty_scale(), 0.0);
}

#[test]
fn diversity_makes_lists_less_alike_step_by_step() {
    let recommender = shipped();
    let visitors = visitors(&recommender);
    let lists = |diversity: f32| -> Vec<Diverse> {
        visitors.iter().map(|request| block_on(recommender.recommend_diverse(request, diversity)).unwrap()).collect()
    };
    let plain = lists(0.0);
    for (request, diverse) in visitors.iter().zip(&plain) {
        assert_eq!(diverse.ranked, recommender.recommend_on_cpu(request).unwrap(), "0 is the plain list");
        assert_eq!(diverse.before, diverse.after);
    }
    let mut last = f64::INFINITY;
    for diversity in SLIDER {
        let diverse = lists(diversity);
        let same = mean(diverse.iter().zip(&plain).map(|(list, plain)| shared(&list.ranked, &plain.ranked)));
        let before = mean(diverse.iter().map(|list| list.before.into()));
        let after = mean(diverse.iter().map(|list| list.after.into()));
        println!("diversity {diversity}: mean cosine {before:.3} before, {after:.3} after, {same:.1} of 10 stay");
        assert!(after < last && after <= before, "{after} after {last}, {before}");
        last = after;
        for (list, plain) in diverse.iter().zip(&plain) {
            assert_eq!(list.ranked.len(), 10);
            assert_eq!(list.ranked[0], plain.ranked[0], "the best stays in front");
            assert!((list.before - plain.before).abs() < 1e-6);
        }
    }
}

#[test]
fn what_cannot_be_asked_for_is_said() {
    let recommender = shipped();
    let refused = |k: usize, diversity: f32| {
        let request = Request { k, ..Request::default() };
        block_on(recommender.recommend_diverse(&request, diversity)).map(drop)
    };
    assert_eq!(refused(10, 1.5), Err(RequestError::BadDiversity { diversity: 1.5 }));
    assert!(refused(10, f32::NAN).is_err() && refused(10, -0.1).is_err());
    assert_eq!(refused(101, 0.5), Err(RequestError::BadK { k: 101 }));
    assert_eq!(refused(0, 0.5), Err(RequestError::BadK { k: 0 }));
    assert_eq!(refused(100, 1.0), Ok(()));
}
