//! What a visitor's own history takes: 20,000 rows read and matched with the catalogue of the page.
//!
//! `cargo bench --bench history --no-default-features`. `slice` is what a frame of the page does, the rest a whole file.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use sharp_distill::catalogue::Catalogue;
use sharp_distill::history::{Matcher, Policy, TitleIndex, read};

const N_ROWS: usize = 20_000;
const SLICE: usize = 250;

/// A file in Letterboxd's layout; `title` says how a film of the catalogue stands in it, by row.
fn file(catalogue: &Catalogue, title: impl Fn(usize, &str) -> String) -> Vec<u8> {
    let mut file = "Date,Name,Year,Letterboxd URI,Rating\n".to_owned();
    for row_idx in 0..N_ROWS {
        let film = &catalogue.items()[row_idx % catalogue.items().len()];
        let title = title(row_idx, &film.title).replace('"', "\"\"");
        let year = film.year.unwrap_or_default();
        let _ = writeln!(file, "2024-01-01,\"{title}\",{year},https://boxd.it/aaaa,{}", 1 + row_idx % 5);
    }
    file.into_bytes()
}

/// No title of the catalogue, and as near to them in length and letters as titles are to each other.
fn other(row_idx: usize, title: &str) -> String {
    let mut letters: Vec<char> = title.chars().collect();
    letters.reverse();
    letters.iter().collect::<String>() + [" ua", " oe", " tri", " ens"][row_idx % 4]
}

fn history(criterion: &mut Criterion) {
    let catalogue = include_bytes!("../../assets/catalogue.json");
    let catalogue = Catalogue::read(catalogue).expect("the catalogue of the page");
    let index = TitleIndex::new(&catalogue);
    let mut group = criterion.benchmark_group("history");
    group.sample_size(10);
    group.bench_function("index", |bencher| bencher.iter(|| TitleIndex::new(black_box(&catalogue))));
    let without_years = |file: &[u8]| {
        let mut history = read(file).expect("a history");
        history.rows.iter_mut().for_each(|row| row.year = None);
        history
    };
    let matched = file(&catalogue, |_, title| title.to_owned());
    let unmatched = file(&catalogue, other);
    group
        .bench_function("read", |bencher| bencher.iter(|| read(black_box(&matched)).map(|history| history.rows.len())));
    for (name, history) in [
        ("all matched", read(&matched).expect("a history")),
        ("none matched", read(&unmatched).expect("a history")),
        ("none matched, no years", without_years(&unmatched)),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut matcher = Matcher::new(history.clone());
                while !matcher.step(&index, SLICE).is_done() {}
                matcher
            });
        });
        group.bench_function(format!("{name}: slice"), |bencher| {
            let mut short = history.clone();
            short.rows.truncate(SLICE);
            bencher.iter(|| Matcher::new(short.clone()).step(&index, SLICE));
        });
        let mut matcher = Matcher::new(history);
        matcher.step(&index, usize::MAX);
        group.bench_function(format!("{name}: report"), |bencher| bencher.iter(|| matcher.clone().finish()));
        let report = matcher.finish();
        println!("  {:?}", report.counts());
        group.bench_function(format!("{name}: tastes"), |bencher| bencher.iter(|| report.tastes(Policy::default())));
    }
    group.finish();
}

criterion_group!(benches, history);
criterion_main!(benches);
