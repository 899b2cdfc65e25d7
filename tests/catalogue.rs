//! The catalogue: it belongs to its model, and its search forgives typing errors.

use sharp_distill::catalogue::{Catalogue, CatalogueError, CatalogueItem, Search};

fn item(id: &str, title: &str, year: u16, genres: &[&str], aka: &[&str]) -> CatalogueItem {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    CatalogueItem {
        id: id.to_owned(),
        title: title.to_owned(),
        year: Some(year),
        genres: owned(genres),
        aka: owned(aka),
    }
}

fn films() -> (Catalogue, Search) {
    let films = [
        (item("a", "The Godfather", 1972, &["Crime", "Drama"], &[]), 200),
        (item("b", "The Godfather: Part II", 1974, &["Crime"], &[]), 150),
        (item("c", "Amelie", 2001, &["Romance"], &["Le Fabuleux destin d'Amélie Poulain"]), 90),
        (item("d", "Star Wars: Episode IV - A New Hope", 1977, &["Sci-Fi"], &[]), 300),
        (item("e", "Star Trek", 2009, &["Sci-Fi"], &[]), 100),
        (item("f", "Alien³", 1992, &["Horror"], &["Alien 3"]), 40),
        (item("g", "Schindler's List", 1993, &["War"], &[]), 180),
        (item("h", "8 1/2", 1963, &["Fantasy"], &["8½"]), 10),
        (item("j", "Зеркало", 1975, &["Drama"], &["Mirror"]), 30),
        (item("i", "Breathless", 1960, &["Crime"], &["À bout de souffle"]), 5),
    ];
    let popularity: Vec<u32> = films.iter().map(|(_, likes)| *likes).collect();
    let catalogue = Catalogue::new(films.into_iter().map(|(item, _)| item).collect());
    let search = Search::new(&catalogue, &popularity);
    (catalogue, search)
}

fn found(query: &str) -> Vec<String> {
    let (catalogue, search) = films();
    let hits = search.find(query, 5);
    hits.iter().filter_map(|hit| catalogue.item(hit.item_idx)).map(|item| item.id.clone()).collect()
}

#[test]
fn a_beginning_finds_the_title_and_the_popular_one_first() {
    assert_eq!(found("star"), ["d", "e"]);
    assert_eq!(found("godf"), ["a", "b"]);
    assert_eq!(found("the godfather part"), ["b"]);
}

#[test]
fn slips_of_the_keyboard_are_forgiven() {
    assert_eq!(found("godfahter")[0], "a");
    assert_eq!(found("shindlers list"), ["g"]);
    assert_eq!(found("star wras")[0], "d");
    assert_eq!(found("amelei"), ["c"]);
}

#[test]
fn accents_case_and_punctuation_do_not_count() {
    assert_eq!(found("AMÉLIE"), ["c"]);
    assert_eq!(found("schindler’s"), ["g"]);
    assert_eq!(found("a bout de souffle"), ["i"]);
    assert_eq!(found("8½")[0], "h");
    assert_eq!(found("alien 3"), ["f"]);
}

#[test]
fn other_alphabets_are_searched_like_ours() {
    assert_eq!(found("ЗЕРК"), ["j"]);
    assert_eq!(found("зеркаол"), ["j"]);
    assert_eq!(found("mirror"), ["j"]);
}

#[test]
fn year_and_genre_narrow_the_search() {
    assert_eq!(found("star 2009"), ["e"]);
    assert_eq!(found("crime 1974"), ["b"]);
}

#[test]
fn what_does_not_exist_is_not_found() {
    assert!(found("zzyzx").is_empty());
    assert!(found("").is_empty());
    assert!(found("  .,- ").is_empty());
    assert!(found("godfather romance").is_empty());
}

#[test]
fn the_file_comes_back_and_a_foreign_one_does_not() {
    let (catalogue, _) = films();
    let bytes = catalogue.to_bytes().unwrap();
    assert_eq!(Catalogue::read(&bytes).unwrap(), catalogue);
    for length in 0..bytes.len() - 2 {
        assert!(Catalogue::read(&bytes[..length]).is_err(), "cut off after {length} bytes");
    }
    let other = String::from_utf8(bytes).unwrap().replacen("\"version\":1", "\"version\":7", 1);
    assert!(matches!(Catalogue::read(other.as_bytes()), Err(CatalogueError::Foreign { version: 7, .. })));
}

#[test]
fn a_catalogue_of_another_model_is_refused_at_the_first_difference() {
    let (catalogue, _) = films();
    let ids = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
    assert!(catalogue.check_against(&ids("abcdefghji")).is_ok());
    for (model, place) in [("abxdefghji", 2), ("abcdefgh", 8), ("abcdefghjik", 10), ("", 0)] {
        match catalogue.check_against(&ids(model)) {
            Err(CatalogueError::Mismatch { item_idx, .. }) => assert_eq!(item_idx, place),
            other => panic!("{model}: {other:?}"),
        }
    }
}
