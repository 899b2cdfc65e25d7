//! No model leaves the trainer whose two students disagree.

use native_trainer::export::check_twin;
use native_trainer::rng;
use sharp_distill::bundle::GoldenCase;
use sharp_distill::hypergraph::Incidence;
use sharp_distill::student::{Head, HeadWeights, Request, Student, StudentConfig, StudentWeights, Workspace};

fn twin() -> Student {
    let config =
        StudentConfig { n_users: 4, n_items: 6, emb_dim: 3, hidden_dim: 0, head: Head::Dot, dislike_weight: 0.25 };
    let normals = |name: &str, n| rng::normals(&mut rng::stream(5, name), n, 1.0);
    let weights = StudentWeights { features: normals("x", 30), weight: normals("w", 9), head: HeadWeights::default() };
    let memberships = [(0, 0), (0, 1), (1, 1), (1, 2), (2, 3), (2, 4), (3, 0)];
    Student::new(config, &weights, &Incidence::from_memberships(4, 6, memberships).unwrap())
}

fn golden(twin: &Student) -> GoldenCase {
    let request = Request { liked: vec![1, 3], disliked: vec![4], k: 3, ..Request::default() };
    let mut workspace = Workspace::default();
    let ranked = twin.recommend(&request, &mut workspace).unwrap();
    GoldenCase {
        liked: request.liked.clone(),
        disliked: request.disliked.clone(),
        items: ranked.iter().map(|ranked| ranked.item_idx).collect(),
        scores: ranked.iter().map(|ranked| ranked.score).collect(),
    }
}

#[test]
fn agreement_passes() {
    let twin = twin();
    check_twin(&[golden(&twin)], &twin).unwrap();
}

#[test]
fn a_wrong_score_a_nan_or_another_order_is_refused_by_case_and_item() {
    let twin = twin();
    let good = golden(&twin);
    let mut wrong_score = good.clone();
    wrong_score.scores[1] += 0.01;
    let message = check_twin(&[good.clone(), wrong_score], &twin).unwrap_err().to_string();
    let start = format!("not exported: in golden case 1, place 2, candle's student gives item {}", good.items[1]);
    assert!(message.starts_with(&start), "{message}");
    let mut nan = good.clone();
    nan.scores[0] = f32::NAN;
    assert!(check_twin(&[nan], &twin).is_err());
    let mut swapped = good.clone();
    swapped.items.swap(0, 1);
    assert!(check_twin(&[swapped], &twin).is_err());
    let mut unknown = good;
    unknown.liked = vec![17];
    assert!(check_twin(&[unknown], &twin).unwrap_err().to_string().contains("item 17 does not exist"));
}
