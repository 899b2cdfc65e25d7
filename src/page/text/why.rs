//! Why one film is recommended, hop by hop.

use super::{count, fixed};
use crate::explorer::digits::number;
use crate::explorer::paths::Channel;

pub(crate) const FILM: &str = "Film";
pub(crate) const NOTHING: &str = "There is no film to explain: nothing fits the settings of the list.";
pub(crate) const EVERY_HOP: &str = "Every hop to this score";
pub(crate) const LEAD: &str = "The model is one matrix product and a light head, so its score is a plain sum. Every ribbon \
    is one term of that sum, as thick as the term is large; dashed ones take off. A person is a hyperedge: it holds \
    everything that this person liked, your film at one end and the recommended one at the other.";
pub(crate) const COLUMN_SHELF: &str = "Your films";
pub(crate) const COLUMN_PEOPLE: &str = "Hyperedges that hold it";
pub(crate) const COLUMN_FILM: &str = "The film";
pub(crate) const OWN: &str = "Whoever asks";
pub(crate) const OWN_NOTE: &str = "the film’s own part";
pub(crate) const SELF_LOOP: &str = "The film itself";
pub(crate) const HIDDEN: &str = "The light MLP";
pub(crate) const KEY_ADDS: &str = "adds";
pub(crate) const KEY_TAKES: &str = "takes off";
pub(crate) const KEY_BOTH: &str = "liked both films";

pub(crate) const STRONGEST: &str = "The strongest paths through one person";
pub(crate) const STRONGEST_NOTE: &str = "Three weights a path, multiplied: how much your film counts in you (A), how alike \
    your film and the person are to the model (an inner product), how much the person counts in the film (A again).";
pub(crate) const ADDS_UP: &str = "The same as a sum";
pub(crate) const ADDS_UP_NOTE: &str = "A line is one of your films, a column what it goes through. Each line adds up to the \
    right, and the right column to the score.";
pub(crate) const SOURCE: &str = "From";
pub(crate) const WEIGHT: &str = "Weight A";
pub(crate) const SUM: &str = "Sum";
pub(crate) const NOVELTY: &str = "Taken off for “surprise”";
pub(crate) const ROUNDING: &str = "Left over by rounding";
pub(crate) const SCORE: &str = "Score in the list";
pub(crate) const EQUATION: &str = "s_i = sum_j A_vj sum_u (XW)_j . (XW)_u A_ui , + w2 . relu(W_u z_v + C_i) + b2";

/// What the score is made of, in a sentence.
pub(crate) fn summary(title: &str, score: f32, own: f64, by_people: f64, rest: f64, n_people: usize) -> String {
    let people = count(n_people, "person who liked it", "people who liked it");
    format!(
        "{title} scores {} for you. {} of that is the film’s own, the same for anybody; {} comes from your films through \
         the {people}, and {} on other ways.",
        rounded(score.into()),
        rounded(own),
        rounded(by_people),
        rounded(rest),
    )
}

/// The line under a source's name.
pub(crate) fn weight_of_film(weight: f64) -> String {
    format!("A {}", fixed(weight, 4))
}

pub(crate) fn other_films(n: usize) -> String {
    count(n, "other film of yours", "other films of yours")
}

/// What a channel is called.
pub(crate) fn channel(channel: Channel) -> String {
    match channel {
        Channel::Person { user_idx, .. } => super::person(user_idx),
        Channel::Others { n_people, is_shared: true } => count(n_people, "who shares a film", "who share a film"),
        Channel::Others { n_people, is_shared: false } => count(n_people, "who shares none", "who share none"),
        Channel::SelfLoop { .. } => SELF_LOOP.to_owned(),
        Channel::Hidden { .. } => HIDDEN.to_owned(),
    }
}

/// The line under it.
pub(crate) fn about_channel(channel: Channel) -> String {
    match channel {
        Channel::Person { weight, n_shared: 0, .. } => format!("A {}", fixed(weight, 4)),
        Channel::Person { weight, n_shared, .. } => format!("A {}, liked {n_shared} of yours", fixed(weight, 4)),
        Channel::Others { is_shared: true, .. } => "they liked something of yours, too".to_owned(),
        Channel::Others { is_shared: false, .. } => "they liked none of yours".to_owned(),
        Channel::SelfLoop { weight } => format!("self-loop, A {}", fixed(weight, 4)),
        Channel::Hidden { n_on, n_units } => format!("{n_on} of {n_units} units on"),
    }
}

/// What a ribbon says to the pointer; `weights` are those of its three hops, where there are three.
pub(crate) fn ribbon(from: &str, to: &str, weights: Option<[f64; 3]>, part: f64) -> String {
    let product = weights.map(|[into, between, out]| {
        format!("{} × {} × {} = ", plain(&number(into, 4)), plain(&number(between, 2)), plain(&number(out, 4)))
    });
    format!("{from} → {to}: {}{}", product.unwrap_or_default(), signed(part, 4))
}

fn rounded(value: f64) -> String {
    plain(&number(value, 2))
}

/// A number with its sign.
pub(crate) fn signed(value: f64, n_places: u8) -> String {
    with_sign(&number(value, n_places))
}

/// A printed number with its sign.
pub(crate) fn with_sign(number: &str) -> String {
    match number.strip_prefix('-') {
        Some(magnitude) => format!("−{magnitude}"),
        None => format!("+{number}"),
    }
}

/// A printed number with a sign where it is below zero.
pub(crate) fn plain(number: &str) -> String {
    number.replace('-', "−")
}
