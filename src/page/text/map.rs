//! What the map of films says.

use super::{count, fixed, grouped};
use crate::explorer::{MapClass, MapColour};

pub(crate) const WHAT_IT_IS: &str = "Each dot is a film. Films that the same people like stand near each other, and you stand \
    where your films pull you: like one, and see yourself move.";
pub(crate) const HOW_TO_MOVE: &str = "Map of all films. Arrow keys move it, plus and minus come nearer and go away, zero shows \
    all. The films nearest to you are listed below.";
pub(crate) const WHEEL: &str = "Wheel after a click, pinch or buttons: nearer. Drag: move.";
pub(crate) const COLOURED_BY: &str = "Coloured by";
pub(crate) const NEARER: &str = "Nearer";
pub(crate) const AWAY: &str = "Farther away";
pub(crate) const WHOLE: &str = "The whole map";
pub(crate) const TO_HYPERGRAPH: &str = "Show in the hypergraph";
pub(crate) const NEAREST: &str = "The films nearest to you, as a list";
pub(crate) const NOT_YET: &str = "You like nothing yet, so you stand nowhere. Like a film and you appear.";
pub(crate) const NO_PROJECTION: &str = "This model’s file holds no map.";
pub(crate) const KEY_FAINT: &str = "Press a colour to see it alone.";

/// What the tests call it, and what a visitor reads.
pub(crate) const COLOURS: [(&str, &str); 3] =
    [("colour-decade", "Decade"), ("colour-genre", "First genre"), ("colour-likes", "How many like it")];

/// The class that has the colours.
pub(crate) fn colour_class(colour: MapColour) -> &'static str {
    match colour {
        MapColour::Decade => "by-decade",
        MapColour::Genre => "by-genre",
        MapColour::Likes => "by-likes",
    }
}

/// How much of the differences two directions can show.
pub(crate) fn projection(n_numbers: usize, explained: f32) -> String {
    format!(
        "The student knows a film by {n_numbers} numbers, its embedding; the map keeps the two directions in which they \
         differ most (principal components, {} % of all differences), so that some neighbours here are none there.",
        fixed(100.0 * explained, 0)
    )
}

pub(crate) fn class(class: &MapClass) -> String {
    match class {
        MapClass::Before(year) => format!("before {year}"),
        MapClass::Decade(year) => format!("{year}s"),
        MapClass::NoYear => "year unknown".to_owned(),
        MapClass::Genre(genre) => genre.clone(),
        MapClass::OtherGenre => "other".to_owned(),
        MapClass::Likes(0, Some(most)) => format!("up to {most} people"),
        MapClass::Likes(least, Some(most)) => format!("{least} to {most}"),
        MapClass::Likes(least, None) => format!("{least} and more"),
    }
}

pub(crate) fn n_films(n: usize) -> String {
    count(n, "film", "films")
}

pub(crate) fn liked_by(n: usize) -> String {
    format!("liked by {} people", grouped(n))
}
