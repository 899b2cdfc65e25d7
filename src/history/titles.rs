//! Titles in the forms in which they are compared: of one film, two places rarely write the same.
//!
//! A form has no article, case, accent, punctuation or space, and its numbers are digits: "Matrix, The" and "The Matrix",
//! "Les Misérables" and "Miserables, Les", "Spider-Man" and "Spiderman", "Part Two" and "Part II" are one.

use super::rows::{split_last, split_year};
use crate::catalogue::words;

/// One way to write a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// What is compared.
    pub(super) key: String,
    /// The article that was taken off: 0 for none and for English ones, which are left out at will.
    pub(super) article: u8,
    /// How far it is from the title itself.
    pub(super) cost: u32,
    /// Whether it is only what stands before or behind a colon or a dash.
    pub(super) is_part: bool,
}

const ARTICLES: [&str; 23] = [
    "the", "a", "an", "le", "la", "les", "l", "un", "une", "der", "die", "das", "ein", "eine", "il", "lo", "gli", "i",
    "uno", "una", "el", "los", "las",
];
const N_ENGLISH_ARTICLES: usize = 3;

/// Numbers as digits and in words; Roman ones from II on, for I is a word of its own.
const NUMBERS: [&str; 14] = [
    "1 one",
    "2 two ii",
    "3 three iii",
    "4 four iv",
    "5 five v",
    "6 six vi",
    "7 seven vii",
    "8 eight viii",
    "9 nine ix",
    "10 ten x",
    "11 eleven xi",
    "12 twelve xii",
    "13 thirteen xiii",
    "vol volume",
];

/// What counts something: an I behind it is a number.
const COUNTED: [&str; 6] = ["part", "vol", "volume", "episode", "chapter", "book"];

/// A part that is shorter says too little.
const LEAST_PART: usize = 2;

/// Adds the forms of a title, that of the whole title first: "Seven (a.k.a. Se7en) (1995)" is `7`, and further off `7`
/// and `se7en`.
pub(super) fn add_forms(title: &str, cost: u32, forms: &mut Vec<Form>) {
    let title = split_year(title).0;
    add(title, cost, false, forms);
    // What stands in brackets is another title, or belongs to no title.
    let mut pieces = title.split(['(', ')', '[', ']']);
    let main = pieces.next().unwrap_or_default();
    add(main, cost, false, forms);
    for piece in pieces {
        let is_aka = |word: &str| matches!(word, "a.k.a." | "aka");
        let piece = piece.split_once(' ').filter(|(word, _)| is_aka(word)).map_or(piece, |(_, rest)| rest);
        add(piece, cost + 1, false, forms);
    }
    // A moved article belongs to the first part as much as to the last.
    let text = without_last_article(main).0;
    let mut separators = text.char_indices().filter(|&(at, letter)| is_separator(text, at, letter));
    if let Some(first) = separators.next() {
        let last = separators.next_back().unwrap_or(first);
        for (at, letter) in [first, last] {
            let (before, behind) = text.split_at(at);
            add(before, cost, true, forms);
            add(&behind[letter.len_utf8()..], cost, true, forms);
        }
    }
}

/// Whether a title ends here and a subtitle begins: at a colon, or at a dash behind a space.
fn is_separator(text: &str, at: usize, letter: char) -> bool {
    letter == ':' || matches!(letter, '-' | '–' | '—') && text[..at].ends_with(' ')
}

fn add(text: &str, cost: u32, is_part: bool, forms: &mut Vec<Form>) {
    let (text, moved) = without_last_article(text);
    let (text, elided) = match text.trim_ascii_start().split_once(['\'', '\u{2019}']) {
        Some(("l" | "L", rest)) => (rest, article("l")),
        _ => (text, None),
    };
    let mut words = words(&text.replace('&', " and "));
    let mut taken = moved.or(elided);
    if taken.is_none() && words.len() > 1 {
        taken = article(&words[0]);
        words.drain(..usize::from(taken.is_some()));
    }
    // "Dr. Strangelove or: How I Learned ..."
    if words.len() > 1 && words.last().is_some_and(|word| word == "or") {
        words.pop();
    }
    let mut key = String::new();
    for (at, word) in words.iter().enumerate() {
        let is_counter = at > 0 && word == "i" && COUNTED.contains(&words[at - 1].as_str());
        let word = if is_counter { "1" } else { word };
        // "X-Men" begins with a letter.
        let is_letter = at == 0 && word.len() == 1;
        let number = NUMBERS.iter().find(|names| !is_letter && names.split(' ').any(|name| name == word));
        key.push_str(number.and_then(|names| names.split(' ').next()).unwrap_or(word));
    }
    if key.is_empty() {
        // A title of nothing but punctuation.
        key.push_str(text.trim_ascii());
    }
    let article = taken.filter(|at| *at >= N_ENGLISH_ARTICLES).unwrap_or(0) as u8;
    let is_new = forms.iter().all(|form| form.key != key);
    if is_new && !key.is_empty() && (!is_part || key.len() >= LEAST_PART) {
        forms.push(Form { key, article, cost, is_part });
    }
}

/// "Matrix, The" without its article, and which one that was.
fn without_last_article(text: &str) -> (&str, Option<usize>) {
    if let Some((rest, last)) = split_last(text, b',') {
        // "Auberge, L'"
        let last = last.trim_ascii();
        let last = last.strip_suffix(['\'', '\u{2019}']).unwrap_or(last);
        if let Some(article) = article(&last.to_ascii_lowercase()) {
            return (rest, Some(article));
        }
    }
    (text, None)
}

fn article(word: &str) -> Option<usize> {
    ARTICLES.iter().position(|article| *article == word)
}
