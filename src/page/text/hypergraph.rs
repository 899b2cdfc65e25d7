//! What the drawings of the hypergraph say: plain words first, the field's word second.

use super::{count, grouped};
use crate::explorer::{Form, Vertex};

pub(crate) const TITLE: &str = "The hypergraph around it";
pub(crate) const BACK: &str = "Back";
pub(crate) const TOP_FILM: &str = "Best match";
pub(crate) const SHOW_MORE: &str = "Show more";
pub(crate) const SHOW_LESS: &str = "Show less";
pub(crate) const AS_LIST: &str = "The same as a list";
pub(crate) const KEY_CENTRE: &str = "in the centre";
pub(crate) const KEY_LIKED: &str = "on your shelf";
pub(crate) const KEY_RECOMMENDED: &str = "recommended";
pub(crate) const KEY_OTHER_FILMS: &str = "another film";
pub(crate) const KEY_PEOPLE: &str = "a person of the data";
pub(crate) const KEY_YOU: &str = "you";
pub(crate) const KEY_OPENED: &str = "opened";
pub(crate) const KEY_PINNED: &str = "underlined: pinned";

pub(crate) const FORMS: &str = "How it is drawn";

/// What the tests call a form, and what a visitor does.
pub(crate) const FORM_NAMES: [(&str, &str); 3] =
    [("form-outlines", "Shapes"), ("form-bipartite", "Lines"), ("form-matrix", "Table")];

pub(crate) const TWINS: &str = "Merge twins";
pub(crate) const TWINS_HINT: &str = "Draw as one what belongs to exactly the same shapes; then nothing is left out";
pub(crate) const DUAL_HINT: &str = "The same likes the other way around: the dual hypergraph";

/// The button that exchanges the roles: around a film people are the groups, and in the dual films.
pub(crate) fn dual(centre_is_film: bool) -> &'static str {
    if centre_is_film { "Group by film" } else { "Group by person" }
}

pub(crate) const TO_CENTRE: &str = "Put in the centre";
pub(crate) const PIN: &str = "Pin";
pub(crate) const PINNED: &str = "Pinned";
pub(crate) const PIN_HINT: &str = "It stays on the drawing wherever the centre goes";
pub(crate) const CLOSE: &str = "Close";
pub(crate) const WHAT_TO_DO: &str = "What to do with it";

/// Opens a member into its own hyperedges, or closes it again.
pub(crate) fn open(is_film: bool, is_open: bool) -> &'static str {
    match (is_film, is_open) {
        (true, false) => "Open its people",
        (true, true) => "Close its people",
        (false, false) => "Open their films",
        (false, true) => "Close their films",
    }
}

/// What is drawn, in one or two sentences above it. `films_hold` tells which side the hyperedges are.
pub(crate) fn what_is_seen(form: Form, films_hold: bool, is_dual: bool) -> String {
    let (one, others, verb, member) = if films_hold {
        ("film", "the people who liked it", "holds the people who liked it", "person")
    } else {
        ("person", "the films that this person liked", "holds the films that this person liked", "film")
    };
    let dual = "The same likes the other way around (the dual): ";
    match (form, is_dual) {
        (Form::Outlines, false) => format!(
            "Each coloured shape is one {one} and {verb}. A shape that holds many things at once, not just two, is a \
             hyperedge."
        ),
        (Form::Outlines, true) => format!(
            "{dual}each coloured shape is now one {one} and {verb}. Point at one to see \
             it alone."
        ),
        (Form::Bipartite, false) => format!(
            "Each line is one like. All lines of one colour start at one {one} and lead to {others}: a hyperedge, \
             drawn as a bipartite graph."
        ),
        (Form::Bipartite, true) => {
            format!("{dual}all lines of one colour start at one {one} and lead to {others}.")
        }
        (Form::Matrix, false) => format!(
            "Each filled cell is one like: a column is one {one} (a hyperedge), a row one {member} (a node). It is part \
             of the incidence matrix that the model works with."
        ),
        (Form::Matrix, true) => {
            format!("{dual}the table is transposed, a column is now one {one} and a row one {member}.")
        }
    }
}

/// How much of what belongs to the centre is shown.
pub(crate) fn shown(centre: Vertex, n_shown: usize, n_all: usize) -> String {
    let noun = match (centre.is_item(), n_all == 1) {
        (true, true) => "person who liked it",
        (true, false) => "people who liked it",
        (false, true) => "film",
        (false, false) => "films",
    };
    format!("{} of {} {noun}", grouped(n_shown), grouped(n_all))
}

pub(crate) fn nothing_around(centre: Vertex) -> &'static str {
    match centre {
        Vertex::You => "You like nothing yet, so you belong to no hyperedge. Like a film and one appears.",
        Vertex::Person(_) => "This person liked no film of the training data.",
        Vertex::Item(_) => "Nobody of the training data liked this film.",
    }
}

/// What a legend entry says of a hyperedge.
pub(crate) fn size_of_shape(is_item: bool, n_shown: usize, n_all: usize) -> String {
    let all = if is_item { count(n_all, "person", "people") } else { count(n_all, "film", "films") };
    format!("{n_shown} shown of {all}")
}

/// A name that stands for its twins, too.
pub(crate) fn and_twins(name: String, n_twins: usize) -> String {
    if n_twins == 0 { name } else { format!("{name} and {}", count(n_twins, "other", "others")) }
}

/// In how many of the shown hyperedges a node is.
pub(crate) fn in_shapes(n_holders: usize, n_hyperedges: usize) -> String {
    format!("in {n_holders} of the {} shown", count(n_hyperedges, "group", "groups"))
}

/// What heads the list of twins.
pub(crate) fn twins(n_twins: usize) -> String {
    format!("{} in exactly the same groups:", count(n_twins, "other", "others"))
}

/// Behind a list that is cut.
pub(crate) fn and_more(n: usize) -> String {
    format!("and {} more", grouped(n))
}
