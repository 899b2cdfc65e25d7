//! The model that is committed: it is read, it belongs to its catalogue, it answers as the trainer's student did, and
//! the README's table of results is the one in the file.

use std::path::Path;

use sharp_distill::bundle::Bundle;
use sharp_distill::catalogue::{Catalogue, Search};
use sharp_distill::student::{Request, Student, Workspace, recommend_exact};

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shipped() -> (Bundle, Catalogue) {
    let bundle = Bundle::read(&file("assets/model.safetensors")).unwrap();
    let catalogue = Catalogue::read(&file("assets/catalogue.json")).unwrap();
    (bundle, catalogue)
}

#[test]
fn model_and_catalogue_belong_together() {
    let (bundle, catalogue) = shipped();
    catalogue.check_against(&bundle.item_ids).unwrap();
    assert!(catalogue.items().iter().all(|item| !item.title.trim().is_empty()));
    assert_eq!(bundle.to_bytes().unwrap(), file("assets/model.safetensors"), "reading and writing changes nothing");
}

#[test]
fn the_cpu_twin_gives_the_golden_answers() {
    let (bundle, _) = shipped();
    assert!(bundle.golden.len() >= 8, "{} golden cases", bundle.golden.len());
    let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
    let mut workspace = Workspace::default();
    for (case_idx, case) in bundle.golden.iter().enumerate() {
        let ranked = student.recommend(&case.request(), &mut workspace).unwrap();
        assert_eq!(ranked.len(), case.items.len());
        for (place, (found, score)) in ranked.iter().zip(&case.scores).enumerate() {
            let difference = (found.score - score).abs();
            assert!(difference <= 1e-4 + 1e-4 * score.abs(), "case {case_idx}, place {place}: {found:?}, not {score}");
        }
    }
}

#[test]
fn fold_in_and_the_exact_answer_mostly_agree() {
    let (bundle, _) = shipped();
    let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
    let mut workspace = Workspace::default();
    let (mut common, mut n) = (0, 0);
    for user_idx in (0..bundle.config.n_users).step_by(40) {
        let liked = bundle.incidence.hyperedges_of(user_idx).to_vec();
        let request = Request { liked, k: 10, ..Request::default() };
        let fold_in = student.recommend(&request, &mut workspace).unwrap();
        let exact = recommend_exact(&bundle.config, &bundle.weights, &bundle.incidence, &request).unwrap();
        common += fold_in.iter().filter(|a| exact.iter().any(|b| a.item_idx == b.item_idx)).count();
        n += exact.len();
    }
    assert!(common * 10 >= n * 9, "only {common} of {n} places agree");
}

#[test]
fn a_well_known_film_is_found_and_has_company() {
    let (bundle, catalogue) = shipped();
    let hits = Search::new(&catalogue, &bundle.incidence.hyperedge_degrees()).find("star wars", 3);
    let titles: Vec<&str> = hits.iter().map(|hit| catalogue.item(hit.item_idx).unwrap().title.as_str()).collect();
    assert!(titles[0].starts_with("Star Wars"), "{titles:?}");
    let student = Student::new(bundle.config.clone(), &bundle.weights, &bundle.incidence);
    let request = Request { liked: vec![hits[0].item_idx], k: 10, ..Request::default() };
    let mut workspace = Workspace::default();
    let ranked = student.recommend(&request, &mut workspace).unwrap();
    let recommended: Vec<&str> =
        ranked.iter().map(|ranked| catalogue.item(ranked.item_idx).unwrap().title.as_str()).collect();
    assert!(recommended.iter().any(|title| title.starts_with("Star Wars")), "{recommended:?}");
}

/// README.md names the command that trains the shipped model; its rows must be those of the file.
#[test]
fn the_readme_shows_the_results_of_the_shipped_model() {
    let (bundle, _) = shipped();
    let readme = String::from_utf8(file("README.md")).unwrap();
    assert!(!bundle.provenance.results.is_empty());
    for row in &bundle.provenance.results {
        let at_10 = row.at_10;
        let expected = format!(
            "| {} | {:.4} | {:.4} | {:.4} | {:.4} |",
            row.model, at_10.ndcg, at_10.recall, at_10.precision, at_10.hit
        );
        assert!(readme.contains(&expected), "README.md lacks this row of the model file:\n{expected}");
    }
    assert!(readme.contains(&bundle.provenance.command), "README.md lacks the command {}", bundle.provenance.command);
}
