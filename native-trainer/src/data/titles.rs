//! Titles as they are read aloud: "Godfather, The" is "The Godfather".

/// Articles that catalogues put last, as they are written first.
const ARTICLES: [&str; 24] = [
    "The", "A", "An", "La", "Le", "Les", "L'", "Un", "Une", "Il", "Lo", "I", "Gli", "El", "Los", "Las", "Una", "Das",
    "Der", "Die", "Den", "Det", "De", "Da",
];

/// The title to show, and the other titles that stand behind it in parentheses.
///
/// `"Name of the Rose, The (Name der Rose, Der)"` is `"The Name of the Rose"`, also `"Der Name der Rose"`.
pub fn display_title(title: &str) -> (String, Vec<String>) {
    let mut rest = title.trim();
    let mut aka = Vec::new();
    while let Some((before, inside)) = last_parenthesis(rest) {
        let inside = inside.strip_prefix("a.k.a. ").or_else(|| inside.strip_prefix("aka ")).unwrap_or(inside);
        aka.insert(0, article_first(inside));
        rest = before;
    }
    let title = article_first(rest);
    aka.retain(|other| !other.is_empty() && *other != title);
    (title, aka)
}

/// `"Before (inside)"` with something before the parenthesis.
fn last_parenthesis(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_suffix(')')?;
    let mut depth = 1;
    for (at, char) in inner.char_indices().rev() {
        match char {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let before = inner[..at].trim_end();
            return (!before.is_empty()).then_some((before, inner[at + 1..].trim()));
        }
    }
    None
}

fn article_first(text: &str) -> String {
    let text = text.trim();
    if let Some((rest, last)) = text.rsplit_once(',') {
        let last = last.trim();
        if let Some(article) = ARTICLES.iter().find(|article| article.eq_ignore_ascii_case(last)) {
            let space = if article.ends_with('\'') { "" } else { " " };
            return format!("{article}{space}{}", rest.trim());
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_come_first_and_other_titles_are_kept() {
        let cases: [(&str, &str, &[&str]); 10] = [
            ("Godfather, The", "The Godfather", &[]),
            ("Name of the Rose, The (Name der Rose, Der)", "The Name of the Rose", &["Der Name der Rose"]),
            ("Auberge espagnole, L'", "L'Auberge espagnole", &[]),
            ("Good, the Bad and the Ugly, The", "The Good, the Bad and the Ugly", &[]),
            (
                "Léon: The Professional (a.k.a. The Professional) (Léon)",
                "Léon: The Professional",
                &["The Professional", "Léon"],
            ),
            ("(500) Days of Summer", "(500) Days of Summer", &[]),
            ("Monsters, Inc.", "Monsters, Inc.", &[]),
            ("I, Robot", "I, Robot", &[]),
            ("Blind Side, The ", "The Blind Side", &[]),
            ("", "", &[]),
        ];
        for (title, shown, also) in cases {
            assert_eq!(display_title(title), (shown.to_owned(), also.iter().map(|&a| a.to_owned()).collect()));
        }
    }
}
