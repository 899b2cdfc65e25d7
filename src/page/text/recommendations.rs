//! The list, its settings and its explanations.

use super::{count, fixed, listed};
use crate::catalogue::PopularityBand;

pub(crate) const RECOMMENDATIONS: &str = "For you";
pub(crate) const RECOMMENDATIONS_EMPTY_SHELF: &str =
    "You like nothing yet: this is the order in which the model ranks films for somebody it knows nothing about.";
pub(crate) const DISLIKES_ONLY_HIDE: &str =
    "What is not for you is left out. This model has learned from likes alone, so it changes nothing else.";
pub(crate) const SCORE_HINT: &str = "The model's score (a logit). Only the order means something.";
pub(crate) const NOTHING_LIFTS: &str = "No film of your shelf lifts it: the model ranks it high for anybody.";
pub(crate) const MORE: &str = "Ten more";
pub(crate) const ALL_SHOWN: &str = "A hundred is all there is to see at once. Narrow the choice to see others.";
pub(crate) const NOTHING_FITS: &str = "No film is left that fits these settings.";

pub(crate) const TUNE: &str = "Filter and balance";
pub(crate) const UNTUNE: &str = "Reset";
pub(crate) const GENRES: &str = "Genres";
pub(crate) const YEARS: &str = "Years";
pub(crate) const YEARS_FROM: &str = "From";
pub(crate) const YEARS_TO: &str = "to";
pub(crate) const ANY_YEAR: &str = "any";
pub(crate) const POPULARITY: &str = "How well known";
pub(crate) const NOVELTY: &str = "Surprise";
pub(crate) const NOVELTY_ENDS: (&str, &str) = ("As ranked", "Little known");
pub(crate) const DIVERSITY: &str = "Variety";
pub(crate) const DIVERSITY_ENDS: (&str, &str) = ("Best matches", "Unlike each other");

pub(crate) const PULLS: &str = "What each film of your shelf does to its score";
pub(crate) const PULLS_HINT: &str = "The score minus the score without that film, computed anew for each. To the right it lifts, to the left it holds down.";
pub(crate) const PEOPLE: &str = "Who connects it to your shelf";

pub(crate) fn like(title: &str) -> String {
    format!("Like {title}")
}

pub(crate) fn dislike(title: &str) -> String {
    format!("Not for me: {title}")
}

pub(crate) fn seen(title: &str) -> String {
    format!("Seen, hide it: {title}")
}

pub(crate) fn details(title: &str) -> String {
    format!("Why exactly {title}?")
}

pub(crate) fn show_in_hypergraph(title: &str) -> String {
    format!("Show {title} in the hypergraph")
}

/// Why a film is recommended: titles of the liked and disliked films that lift it, and of the one that holds it down.
pub(crate) fn because(liked: &[&str], disliked: &[&str], held_down_by: Option<&str>) -> String {
    let mut text = match (liked, disliked) {
        ([], []) => NOTHING_LIFTS.to_owned(),
        (liked, []) => format!("Because you liked {}", listed(liked)),
        ([], disliked) => format!("Because you did not like {}", listed(disliked)),
        (liked, disliked) => format!("Because you liked {} and not {}", listed(liked), listed(disliked)),
    };
    if let Some(title) = held_down_by {
        text = format!("{}; {title} holds it back", text.trim_end_matches('.'));
    }
    text
}

pub(crate) fn announcement(titles: &[&str]) -> String {
    if titles.is_empty() {
        return NOTHING_FITS.to_owned();
    }
    let first = &titles[..titles.len().min(3)];
    format!("{} First: {}.", count(titles.len(), "new recommendation.", "new recommendations."), listed(first))
}

pub(crate) fn popularity(band: PopularityBand) -> &'static str {
    match band {
        PopularityBand::All => "All",
        PopularityBand::WellKnown => "Well known",
        PopularityBand::LesserKnown => "Lesser known",
    }
}

/// How alike the films of the list are, without diversity and with it: mean cosines of the model's embeddings.
pub(crate) fn likeness(before: f32, after: f32) -> String {
    format!(
        "How alike two films of the list are, on average: {} (without variety {}; 1 is the same, 0 unrelated).",
        fixed(after, 2),
        fixed(before, 2)
    )
}

/// A slider's value for screen readers.
pub(crate) fn percent(value: u8) -> String {
    format!("{value} %")
}

/// A contribution with its sign.
pub(crate) fn signed(value: f32) -> String {
    format!("{}{}", if value < 0.0 { "−" } else { "+" }, fixed(value.abs(), 2))
}

/// The films that have no bar of their own.
pub(crate) fn others(n: usize) -> String {
    count(n, "other film, in sum", "other films, in sum")
}

pub(crate) fn connected(n_connected: usize, n_people: usize) -> String {
    format!(
        "{} of the data liked it; {} of them liked something of your shelf, too. The closest:",
        count(n_people, "person", "people"),
        super::grouped(n_connected)
    )
}

pub(crate) fn shared(n_shared: usize) -> String {
    format!("{n_shared} of yours")
}

/// `1990s`.
pub(crate) fn decade(first_year: u16) -> String {
    format!("{first_year}s")
}
