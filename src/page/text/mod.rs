//! Every English sentence of the page.

pub(crate) mod comparison;
pub(crate) mod explore;
pub(crate) mod hypergraph;
mod import;
pub(crate) mod later;
pub(crate) mod map;
pub(crate) mod propagation;
pub(crate) mod race;
mod recommendations;
mod shelf;
pub(crate) mod tour;
pub(crate) mod why;

pub(crate) use import::*;
pub(crate) use recommendations::*;
pub(crate) use shelf::*;

use crate::ranking;

pub(crate) const YOU: &str = "You";
pub(crate) const NAME: &str = "sharp-distill";
pub(crate) const HEADLINE: &str = "Pick films you like. Your own device finds the next ones.";
pub(crate) const TAGLINE: &str = "A small neural network answers in milliseconds, here in this page. It was distilled from a \
    larger one that learned from who likes what, drawn below as a hypergraph.";

pub(crate) const RESULTS: &str = "How it came to be";
pub(crate) const FAILURE: &str = "The page could not start";
pub(crate) const RETRY: &str = "Try again";
pub(crate) const PRIVACY: &str = "Nothing leaves this page: your shelf, the model and every answer stay on your device. \
    After loading, no request is made but for the page’s own files, to store them. ";
pub(crate) const WORKS_OFFLINE: &str = "They are stored: the page opens without a network, too.";
pub(crate) const NEW_VERSION: &str = "A newer version of it is stored: load the page again to see it.";
const CREDIT_MOVIELENS: &str = "Likes come from the MovieLens latest-small data set of GroupLens, University of Minnesota: \
    F. Maxwell Harper and Joseph A. Konstan, “The MovieLens Datasets: History and Context”, ACM Transactions on \
    Interactive Intelligent Systems 5(4), 2015. GroupLens does not endorse this page; the data may not be used for \
    revenue without their permission.";

/// Where the likes come from; `data` is what the model file calls its data set.
pub(crate) fn credit(data: &str) -> String {
    if data.starts_with("MovieLens") { CREDIT_MOVIELENS.to_owned() } else { format!("Likes come from {data}.") }
}

/// A number with so many places behind the point.
pub(crate) fn fixed(value: impl Into<f64>, n_places: u8) -> String {
    ranking::fixed(value.into(), n_places)
}

/// `1 film`, `2 films`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// `54,096`.
pub(crate) fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// With so few letters of a second part it says less than the first.
const FEW_LETTERS: usize = 18;

/// At most `letters` letters. Of a title in two parts the second says more ("… The Two Towers").
pub(crate) fn shortened(name: &str, letters: usize) -> String {
    let n_letters = |text: &str| text.chars().count();
    if n_letters(name) <= letters {
        return name.to_owned();
    }
    let told_by_its_end = name.split_once(": ").map(|(_, second)| format!("… {second}"));
    let told_by_its_end = told_by_its_end.filter(|told| letters > FEW_LETTERS || n_letters(told) <= letters);
    let name = told_by_its_end.as_deref().unwrap_or(name);
    if n_letters(name) <= letters {
        return name.to_owned();
    }
    let kept: String = name.chars().take(letters.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// `A`, `A and B`, `A, B and C`.
pub(crate) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

pub(crate) fn person(user_idx: u32) -> String {
    format!("Person {}", user_idx + 1)
}

pub(crate) fn unreachable(what: &str, file: &str, reason: &str) -> String {
    format!(
        "The {what} ({file}) could not be loaded: {reason}. Check that the file lies beside the page and try again."
    )
}

/// A reason for `unreachable`.
pub(crate) const NO_ADDRESS: &str = "index.html has no link with its address";

/// Which engine answers and why; `reason` can stand after "because".
pub(crate) fn engine(name: &str, reason: &str, note: Option<&str>) -> String {
    let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
    format!("Engine: {name}, because {reason}{note}")
}

pub(crate) const TRY_GPU: &str = "Try the GPU again";
pub(crate) const TRYING_GPU: &str = "Trying the GPU …";

/// The GPU has failed; `reason` is a clause.
pub(crate) fn gpu_failed(reason: &str) -> String {
    format!("The CPU answers now, because {reason}.")
}

/// How another attempt with the GPU ended; `reason` is a clause.
pub(crate) fn gpu_tried(answers: bool, reason: &str) -> String {
    if answers {
        "The GPU answers again.".to_owned()
    } else {
        format!("The GPU still does not answer, because {reason}. The CPU goes on.")
    }
}

/// How long a frame is on most screens, in milliseconds.
const FRAME_MS: f64 = 1000.0 / 60.0;

/// How long the last answer took, and whether that was too long for the frame of the click.
pub(crate) fn latency(milliseconds: f64) -> String {
    if milliseconds < 0.1 {
        "Answered in under 0.1 ms".to_owned()
    } else if milliseconds < 10.0 {
        format!("Answered in {} ms", fixed(milliseconds, 1))
    } else {
        let beyond = if milliseconds > FRAME_MS { ", more than a frame" } else { "" };
        format!("Answered in {} ms{beyond}", fixed(milliseconds, 0))
    }
}

/// What the stages of a request took on the GPU, in their order, as `(name, milliseconds)`.
pub(crate) fn stage_times(stages: &[(&str, f64)]) -> String {
    let total = stages.iter().map(|(_, milliseconds)| milliseconds).sum::<f64>();
    let stage = |&(name, milliseconds): &(&str, f64)| format!("{name} {}", fixed(milliseconds, 2));
    let stages = stages.iter().map(stage).collect::<Vec<_>>().join(", ");
    format!(
        "Of an answer, the GPU itself works {} ms, by its own clock, as finely as the browser tells it ({stages}); the \
         rest is the way there and back.",
        fixed(total, 2)
    )
}

/// The name of a row of the table of results.
pub(crate) fn model_name(model: &str) -> &str {
    match model {
        "popularity" => "Most popular films",
        "itemknn" => "Item neighbours",
        "ease" => "EASE, a strong linear model",
        "bpr-mf" => "Matrix factorisation",
        "lightgcn" => "LightGCN",
        "hgnn" => "Hypergraph network without text",
        "teacher" => "Teacher, the large model",
        "student" => "Student, distilled",
        "student-fold-in" => "The same for a visitor: this page",
        "student-scratch" => "Student without a teacher",
        "student-soft-labels" => "Student, soft labels only",
        other => other,
    }
}

pub(crate) const RESULTS_TABLE: &str = "Ranking quality on held-out likes, means over people";
pub(crate) const COLUMN_MODEL: &str = "Model";
pub(crate) const NDCG_HINT: &str = "How far up a person's held-out films stand among ten; 1 is perfect";
pub(crate) const RECALL_HINT: &str = "The part of a person's held-out films that is among ten";
pub(crate) const HIT_HINT: &str = "People with at least one held-out film among ten";

/// What was learned from what.
pub(crate) fn story(n_likes: usize, n_people: usize, n_films: usize, n_parameters: usize) -> String {
    format!(
        "A teacher, hypergraph neural networks beside a linear model, read {} likes of {} people over {} films as a \
         hypergraph: every film ties all its people together at once, every person all their films. A student with a single layer and {} numbers then learned to \
         rank as the teacher does. Only the student is in this page. For you it adds one row to one matrix product, \
         which is why an answer takes milliseconds.",
        grouped(n_likes),
        grouped(n_people),
        grouped(n_films),
        grouped(n_parameters),
    )
}

/// How much of the teacher is left, and what the teacher was worth.
pub(crate) fn verdict(retention: f64, gain: Option<f64>) -> String {
    let kept = format!("By NDCG@10 the student reaches {} % of its teacher's quality", fixed(retention, 1));
    match gain {
        Some(gain) if gain >= 0.0 => {
            format!("{kept}; learning from the teacher made it {} % better than learning alone.", fixed(gain, 1))
        }
        Some(gain) => format!("{kept}; learning alone would have made it {} % better.", fixed(-gain, 1)),
        None => format!("{kept}."),
    }
}

/// How the model can be made again.
pub(crate) fn made_by(command: &str, split: &str, seed: u64) -> String {
    format!("Made by `{command}` with seed {seed}; split: {split}.")
}
