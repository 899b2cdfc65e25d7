//! A visitor's own history: films are found however their titles are written, the visitor decides on what is not sure,
//! and ratings become likes and dislikes.

use std::sync::LazyLock;

use proptest::prelude::*;
use sharp_distill::catalogue::{Catalogue, CatalogueItem};
use sharp_distill::history::{
    Counts, History, HistoryRow, ItemVerdict, Match, MatchReport, Matcher, Outcome, Policy, Source, TitleIndex,
    Verdict, read,
};

fn item(id: &str, title: &str, year: u16, aka: &[&str]) -> CatalogueItem {
    let aka = aka.iter().map(|title| (*title).to_owned()).collect();
    CatalogueItem { id: id.to_owned(), title: title.to_owned(), year: Some(year), genres: Vec::new(), aka }
}

/// A small catalogue; tests name its films by their place.
fn films() -> Catalogue {
    Catalogue::new(vec![
        item("1", "The Matrix", 1999, &[]),
        item("2", "Sabrina", 1954, &[]),
        item("3", "Sabrina", 1995, &[]),
        item("4", "Les Misérables", 1995, &[]),
        item("5", "L'Auberge espagnole", 2002, &["The Spanish Apartment", "Euro Pudding"]),
        item("6", "Star Wars: Episode V - The Empire Strikes Back", 1980, &[]),
        item("7", "Seven", 1995, &["Se7en"]),
        item("8", "Rocky II", 1979, &[]),
        item("9", "Rocky III", 1982, &[]),
        item("10", "Spider-Man", 2002, &[]),
        item("11", "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", 1964, &[]),
        item("12", "Willy Wonka & the Chocolate Factory", 1971, &[]),
        item("13", "Das Boot", 1981, &["The Boat"]),
        item("14", "Kill Bill: Vol. 1", 2003, &[]),
        item("15", "8½", 1963, &[]),
        item("16", "Eternal Sunshine of the Spotless Mind", 2004, &[]),
        item("17", "Dangerous Minds", 1995, &[]),
        item("18", "Зеркало", 1975, &["Mirror"]),
        item("19", "$", 1971, &[]),
        item("20", "American History X", 1998, &[]),
    ])
}

fn done(catalogue: &Catalogue, history: History) -> MatchReport {
    let index = TitleIndex::new(catalogue);
    let mut matcher = Matcher::new(history);
    while !matcher.step(&index, 3).is_done() {}
    matcher.finish()
}

fn row(title: &str, year: Option<u16>) -> HistoryRow {
    HistoryRow { title: Some(title.to_owned()), year, ..HistoryRow::default() }
}

fn table(rows: Vec<HistoryRow>) -> History {
    History { source: Source::Table, rows, notes: Vec::new() }
}

/// What becomes of one title in a file, with the ids of the small catalogue.
fn outcome(title: &str, year: u16) -> Outcome {
    let year = if year > 0 { year.to_string() } else { String::new() };
    let report = done(&films(), read(format!("title,year\n\"{title}\",{year}\n").as_bytes()).expect(title));
    match report.outcome(0).cloned().unwrap_or_default() {
        Outcome::Matched(item_idx) => Outcome::Matched(item_idx + 1),
        Outcome::Ambiguous(items) => Outcome::Ambiguous(items.iter().map(|item_idx| item_idx + 1).collect()),
        Outcome::Unmatched => Outcome::Unmatched,
    }
}

#[test]
fn a_title_is_found_however_it_is_written() {
    for (title, year, id) in [
        ("The Matrix", 1999, 1),
        ("Matrix, The (1999)", 0, 1),
        ("MATRIX", 0, 1),
        ("The Matrix", 1998, 1),
        ("Sabrina", 1954, 2),
        ("Sabrina (1995)", 0, 3),
        ("Misérables, Les (1995)", 1995, 4),
        ("Miserables", 1995, 4),
        ("L’auberge espagnole", 2002, 5),
        ("Auberge espagnole, L' (2002)", 0, 5),
        ("Euro Pudding", 0, 5),
        ("Spanish Apartment, The (L'auberge espagnole)", 2002, 5),
        ("The Empire Strikes Back", 1980, 6),
        ("Star Wars Episode 5: Empire Strikes Back, The", 1980, 6),
        ("Seven (a.k.a. Se7en) (1995)", 0, 7),
        ("7", 1995, 7),
        ("Rocky 2", 0, 8),
        ("Rocky III", 1982, 9),
        ("Spiderman", 2002, 10),
        ("Doctor (Dr. Strangelove)", 1964, 11),
        ("Dr. Strangelove", 1964, 11),
        ("Willy Wonka and the Chocolate Factory", 1971, 12),
        ("Boot, Das", 1981, 13),
        ("Kill Bill: Volume One", 2003, 14),
        ("Kill Bill - Vol. I", 2003, 14),
        ("8 1/2", 1963, 15),
        ("ЗЕРКАЛО", 1975, 18),
        ("$", 1971, 19),
        ("American History X", 1998, 20),
    ] {
        assert_eq!(outcome(title, year), Outcome::Matched(id), "{title} {year}");
    }
}

#[test]
fn slips_are_forgiven_where_the_year_is_the_same() {
    assert_eq!(outcome("Eternal Sunshine of the Spotles Mind", 2004), Outcome::Matched(16));
    assert_eq!(outcome("Eternal Sunshien of the Spottles Mind", 2004), Outcome::Matched(16));
    // Asked about: no year, another year by one, a slip in a short title.
    assert_eq!(outcome("Eternal Sunshine of the Spotles Mind", 0), Outcome::Ambiguous(vec![16]));
    assert_eq!(outcome("Eternal Sunshine of the Spotles Mind", 2005), Outcome::Ambiguous(vec![16]));
    assert_eq!(outcome("The Matrx", 1999), Outcome::Ambiguous(vec![1]));
    assert_eq!(outcome("Rocki II", 1979), Outcome::Ambiguous(vec![8]));
}

#[test]
fn what_is_not_sure_is_asked_and_what_differs_is_not_found() {
    // Two films of one title, and no year.
    assert_eq!(outcome("Sabrina", 0), Outcome::Ambiguous(vec![2, 3]));
    // A part of a title, and no year.
    assert_eq!(outcome("The Empire Strikes Back", 0), Outcome::Ambiguous(vec![6]));
    // The very title, and a year that is further off than places differ by.
    assert_eq!(outcome("Seven", 1997), Outcome::Ambiguous(vec![7]));
    // The article that differs is one of another language.
    assert_eq!(outcome("Boot", 0), Outcome::Ambiguous(vec![13]));
    for (title, year) in [
        ("The Matrix", 2021),
        ("Rocky IV", 0),
        ("Rocky IV", 1982),
        ("Dangerous Liaisons", 1995),
        ("Star Wars: A Droid Story", 1980),
        ("Star Wars: The Clone Wars", 0),
        ("Matrix Reloaded", 2003),
        ("?", 0),
        ("()", 0),
        ("(1999)", 0),
    ] {
        assert_eq!(outcome(title, year), Outcome::Unmatched, "{title} {year}");
    }
}

#[test]
fn an_original_title_is_found_too() {
    let other_title = Some("L'auberge espagnole".to_owned());
    let report = done(&films(), table(vec![HistoryRow { other_title, ..row("Pot Luck", Some(2002)) }]));
    assert_eq!(report.outcome(0), Some(&Outcome::Matched(4)));
}

#[test]
fn movielens_ids_are_taken_unless_the_year_speaks_against_them() {
    let history = read(b"userId,movieId,rating,timestamp\n1,9,5,0\n1,10,1,0\n1,999,3,0\n").expect("MovieLens");
    let report = done(&films(), history);
    assert_eq!(report.matched(), [Match { row_idx: 0, item_idx: 8 }, Match { row_idx: 1, item_idx: 9 }]);
    assert_eq!(report.unmatched(), [2]);
    let history = read(b"movie_id,imdb_id,tmdb_id,rating,average_rating,title\n9,0,0,4,4,\"Matrix, The (1999)\"\n");
    assert_eq!(done(&films(), history.expect("the site's")).outcome(0), Some(&Outcome::Matched(0)));
}

#[test]
fn the_last_rating_of_a_film_counts_and_corrections_hold_for_equal_rows() {
    let text =
        b"Date,Name,Year,Letterboxd URI,Rating\n,Rocky II,1979,,1\n,Sabrina,,,4\n,Rocky 2,1979,,4\n,Nothing,2001,,5\n\
        ,Sabrina,,,4.5\n,Rocky II,1979,,\n,Seven,1995,,2\n,Nothing,2001,,5\n,Se7en,1995,,3\n";
    let mut report = done(&films(), read(text).expect("Letterboxd"));
    assert_eq!(report.counts(), Counts { matched: 2, merged: 3, ambiguous: 1, unmatched: 1 });
    assert_eq!(report.matched(), [Match { row_idx: 2, item_idx: 7 }, Match { row_idx: 8, item_idx: 6 }]);
    assert_eq!((report.ambiguous(), report.unmatched()), (vec![1], vec![3]));

    report.fix(1, Some(2));
    report.fix(7, Some(0));
    assert_eq!(report.counts(), Counts { matched: 4, merged: 5, ambiguous: 0, unmatched: 0 });
    let verdicts = report.tastes(Policy::default());
    let expected = [(7, Verdict::Liked), (2, Verdict::Liked), (0, Verdict::Liked), (6, Verdict::Seen)];
    assert_eq!(verdicts, expected.map(|(item_idx, verdict)| ItemVerdict { item_idx, verdict }));

    report.fix(0, None);
    assert_eq!(report.unmatched(), [0]);
    report.fix(1_000, Some(1));
    report.fix(0, Some(u32::MAX));
    assert_eq!(report.counts(), Counts { matched: 4, merged: 3, ambiguous: 0, unmatched: 1 });
}

#[test]
fn ratings_become_verdicts_and_watching_what_the_visitor_says() {
    let verdicts = |text: &str, policy: Policy| -> Vec<Verdict> {
        let report = done(&films(), read(text.as_bytes()).expect(text));
        report.tastes(policy).iter().map(|taste| taste.verdict).collect()
    };
    use Verdict::{Disliked, Liked, Seen};
    let imdb = "Const,Your Rating,Title,Year\na,7,The Matrix,1999\nb,6,Seven,1995\nc,5,Das Boot,1981\nd,4,8½,1963\n";
    assert_eq!(verdicts(imdb, Policy::default()), [Liked, Seen, Seen, Disliked]);
    let stars = "Name,Year,Letterboxd URI,Rating\nThe Matrix,1999,,3.5\nSeven,1995,,3\nDas Boot,1981,,2\n8½,1963,,\n";
    assert_eq!(verdicts(stars, Policy::default()), [Liked, Seen, Disliked, Seen]);
    let strict = Policy { liked_from: 0.8, disliked_to: 0.6, watched: Liked };
    assert_eq!(verdicts(stars, strict), [Seen, Disliked, Disliked, Seen]);
    let watched = "Name,Year,Letterboxd URI\nThe Matrix,1999,\nSeven,1995,\n";
    assert_eq!(verdicts(watched, Policy::default()), [Seen, Seen]);
    assert_eq!(verdicts(watched, Policy { watched: Liked, ..Policy::default() }), [Liked, Liked]);
    assert_eq!(verdicts("title,liked\nMatrix,yes\nSeven,no\n", Policy::default()), [Liked, Seen]);
}

#[test]
fn slices_do_not_change_what_is_found() {
    let catalogue = films();
    let index = TitleIndex::new(&catalogue);
    let rows: Vec<_> = catalogue.items().iter().map(|film| row(&film.title, film.year)).collect();
    let mut matcher = Matcher::new(table(rows));
    let progress = matcher.step(&index, 7);
    assert_eq!((progress.n_done, progress.n_rows, progress.is_done()), (7, 20, false));
    assert!(matcher.step(&index, usize::MAX).is_done());
    assert_eq!(matcher.finish().counts(), Counts { matched: 20, ..Counts::default() });
}

/// The catalogue of the page, and the titles that another of its films shares within a year.
static SHIPPED: LazyLock<(Catalogue, TitleIndex)> = LazyLock::new(|| {
    let catalogue = Catalogue::read(include_bytes!("../assets/catalogue.json")).expect("the catalogue of the page");
    let index = TitleIndex::new(&catalogue);
    (catalogue, index)
});

/// "The Matrix" as MovieLens writes it: "Matrix, The (1999)".
fn as_movielens_writes(film: &CatalogueItem) -> String {
    let articles = ["The ", "A ", "An ", "Les ", "Le ", "La ", "Das ", "Der ", "El ", "Il "];
    let article = articles.iter().find(|article| film.title.starts_with(**article));
    let title = article
        .map_or(film.title.clone(), |article| format!("{}, {}", &film.title[article.len()..], article.trim_end()));
    match film.year {
        Some(year) => format!("{title} ({year})"),
        None => title,
    }
}

/// What becomes of each film of the page, written in some way: those that are asked about, and those not found.
fn strays(write: impl Fn(&CatalogueItem) -> HistoryRow) -> (Vec<String>, Vec<String>) {
    let (catalogue, index) = &*SHIPPED;
    let mut matcher = Matcher::new(table(catalogue.items().iter().map(write).collect()));
    matcher.step(index, usize::MAX);
    let report = matcher.finish();
    let (mut asked, mut wrong) = (Vec::new(), Vec::new());
    for (item_idx, film) in (0u32..).zip(catalogue.items()) {
        let name = format!("{} ({})", film.title, film.year.unwrap_or_default());
        match report.outcome(item_idx) {
            Some(Outcome::Matched(found)) if *found == item_idx => {}
            Some(Outcome::Ambiguous(candidates)) if candidates.contains(&item_idx) => asked.push(name),
            _ => wrong.push(name),
        }
    }
    (asked, wrong)
}

#[test]
fn every_film_of_the_page_is_found_by_its_own_title() {
    let with_year = |film: &CatalogueItem| row(&film.title, film.year);
    let as_movielens_writes = |film: &CatalogueItem| row(&as_movielens_writes(film), film.year);
    let by_another_title = |film: &CatalogueItem| row(film.aka.last().unwrap_or(&film.title), film.year);
    let subtitle = |film: &CatalogueItem| row(film.title.rsplit(": ").next().unwrap_or_default(), film.year);
    let nothing = (Vec::new(), Vec::new());
    assert_eq!(strays(with_year), nothing);
    assert_eq!(strays(as_movielens_writes), nothing);
    assert_eq!(strays(by_another_title), nothing);
    assert_eq!(strays(subtitle), nothing);

    // A year that is one off is asked about only where there is a film of the same title in between.
    let a_year_late = |film: &CatalogueItem| row(&film.title, film.year.map(|year| year + 1));
    assert_eq!(strays(a_year_late), (vec!["The Girl with the Dragon Tattoo (2009)".to_owned()], Vec::new()));
    // Without years, remakes are asked about: 39 pairs among 2,398 films.
    let (asked, wrong) = strays(|film| row(&film.title, None));
    assert_eq!((asked.len(), wrong), (78, Vec::new()));
}

#[test]
fn films_that_the_page_does_not_have_are_not_taken_for_others() {
    let films = SHIPPED.0.items();
    let half = |rest| films.iter().enumerate().filter(move |(at, _)| at % 2 == rest).map(|(_, film)| film);
    let index = TitleIndex::new(&Catalogue::new(half(0).cloned().collect()));
    let counts = |row_of: fn(&CatalogueItem) -> HistoryRow| {
        let mut matcher = Matcher::new(table(half(1).map(row_of).collect()));
        matcher.step(&index, usize::MAX);
        matcher.finish().counts()
    };
    // Asked about: The Hunger Games (2012), for its second part came in 2013.
    let with_year = counts(|film| row(&film.title, film.year));
    assert_eq!(with_year, Counts { matched: 0, merged: 0, ambiguous: 1, unmatched: 1198 });
    // Without years, what is taken for another film is a remake of it.
    let without = counts(|film| row(&film.title, None));
    assert_eq!((without.matched, without.ambiguous), (16, 19));
}

#[test]
fn a_film_of_the_page_is_found_or_asked_about_behind_a_slip() {
    // A slip in a number makes it a word, and the films of a series are told by their numbers.
    const NUMBERS: &str =
        "one two three four five six seven eight nine ten eleven twelve thirteen i ii iii iv v vi vii viii x volume";
    let mut n_tried = 0;
    for (item_idx, film) in (0u32..).zip(SHIPPED.0.items()) {
        let title = film.title.to_lowercase();
        let is_number = |word: &str| NUMBERS.split(' ').any(|number| number == word);
        let has_number = |title: &str| {
            title.contains(|letter: char| letter.is_numeric())
                || title.split(|letter: char| !letter.is_alphabetic()).any(is_number)
        };
        let letters: Vec<char> = title.chars().collect();
        for (at, slip) in (5..letters.len().saturating_sub(1)).flat_map(|at| (0..4).map(move |slip| (at, slip))) {
            if has_number(&title)
                || letters.len() < 14
                || !letters[at..at + 2].iter().all(|letter| letter.is_alphabetic())
            {
                continue;
            }
            let mut letters = letters.clone();
            match slip {
                0 => letters.swap(at, at + 1),
                1 => drop(letters.remove(at)),
                2 => letters[at] = 'q',
                _ => letters.insert(at, 'z'),
            }
            let written: String = letters.into_iter().collect();
            // "There" with a slip is "three".
            if has_number(&written) {
                continue;
            }
            let mut matcher = Matcher::new(table(vec![row(&written, film.year)]));
            matcher.step(&SHIPPED.1, 1);
            let report = matcher.finish();
            let is_found = match report.outcome(0) {
                Some(Outcome::Matched(found)) => *found == item_idx,
                Some(Outcome::Ambiguous(candidates)) => candidates.contains(&item_idx),
                _ => false,
            };
            assert!(is_found, "{written}: {:?}", report.outcome(0));
            n_tried += 1;
        }
    }
    assert!(n_tried > 10_000, "{n_tried}");
}

/// The ways in which people and places write a title, by number.
fn written(film: &CatalogueItem, way: usize) -> String {
    let title = &film.title;
    match way {
        0 => title.to_uppercase(),
        1 => title.to_lowercase().replace(['\'', '.', '!', '?'], ""),
        2 => title.replace(": ", " - "),
        3 => title.replace(": ", " "),
        4 => title.replace(" & ", " and "),
        5 => title.replace('-', " "),
        6 => {
            let words = title.split(' ').map(|word| match word {
                "and" => "&",
                "II" | "Two" => "2",
                "III" | "Three" => "3",
                word => word,
            });
            words.collect::<Vec<_>>().join(" ")
        }
        7 => format!("  {title} (something else)"),
        8 => title.strip_prefix("The ").unwrap_or(title).to_owned(),
        9 => format!("{title} [Director's Cut]"),
        _ => as_movielens_writes(film),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_film_of_the_page_is_found_in_any_way_of_writing(item_idx in 0..SHIPPED.0.items().len(), way in 0..11usize) {
        let film = &SHIPPED.0.items()[item_idx];
        let mut matcher = Matcher::new(table(vec![row(&written(film, way), film.year)]));
        matcher.step(&SHIPPED.1, 1);
        let report = matcher.finish();
        prop_assert_eq!(report.outcome(0), Some(&Outcome::Matched(item_idx as u32)), "{}", written(film, way));
    }

    #[test]
    fn any_title_can_be_looked_for(title in "\\PC{0,60}", year in prop::option::of(0..3000u16)) {
        let mut matcher = Matcher::new(table(vec![row(&title, year)]));
        prop_assert!(matcher.step(&SHIPPED.1, 1).is_done());
        let report = matcher.finish();
        report.tastes(Policy::default());
    }
}
