//! What every report for people is made of: one file, no script, nothing fetched.

use super::{Build, Machine};

const STYLE: &str = include_str!("style.css");

/// The whole page; `title` and `sections` are HTML already.
pub(crate) fn page(title: &str, sections: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{sections}</main>\n\
         </body>\n</html>\n"
    )
}

/// Text as HTML shows it, in elements and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let escaped = |char: char| match char {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        char => char.to_string(),
    };
    text.chars().map(escaped).collect()
}

/// A drawing and what stands under it.
pub(crate) fn figure(svg: &str, caption: &str) -> String {
    format!("<figure>\n{svg}<figcaption>{caption}</figcaption>\n</figure>\n")
}

/// In a box of its own that scrolls, by keyboard too.
pub(crate) fn table(label: &str, caption: &str, titles: &[&str], rows: &str) -> String {
    let titles: String = titles.iter().map(|title| format!("<th scope=\"col\">{title}</th>")).collect();
    format!(
        "<p class=\"quiet\">{caption}</p>\n<div class=\"scroll\" role=\"region\" aria-label=\"{label}\" tabindex=\"0\">\n<table>\n\
         <thead><tr>{titles}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )
}

/// The last section: the command, facts about what went in (name and HTML), what ran, and on what.
pub(crate) fn making(command: &str, facts: &[(&str, String)], (versions, machine): (&Build, &Machine)) -> String {
    let cpu = machine.cpu.as_deref().unwrap_or("an unnamed processor");
    let gpu = machine.gpu.as_deref().map(|gpu| format!("; trained on {}", escape(gpu))).unwrap_or_default();
    let made_with = [
        ("Program", format!("native-trainer {}, {} build", versions.program, versions.profile)),
        ("Machine", format!("{} ({}), {} threads{gpu}", escape(cpu), machine.arch, machine.n_threads)),
    ];
    let facts: String =
        facts.iter().chain(&made_with).map(|(name, value)| format!("<dt>{name}</dt><dd>{value}</dd>\n")).collect();
    format!("<h2>How it was made</h2>\n<pre>{}</pre>\n<dl class=\"facts\">\n{facts}</dl>\n", escape(command))
}

/// Four decimals and a sign.
pub(crate) fn signed(value: f64) -> String {
    format!("{value:+.4}").replace('-', "−")
}

/// With a thin space between thousands, where no line breaks.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let space = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    digits
        .char_indices()
        .map(|(at, digit)| if space(at) { format!("\u{202f}{digit}") } else { digit.to_string() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape("<script>\"a\" & 'b'"), "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(count(7), "7");
        assert_eq!(count(663), "663");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
