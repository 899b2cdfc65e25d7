//! What the explorer says, its views aside.

use crate::explorer::Tab;

pub(crate) const TITLE: &str = "Look inside";
pub(crate) const LEAD: &str =
    "Everything below runs on the same model as the list above, on this device. Touch anything.";

/// What a view is called.
pub(crate) fn tab(tab: Tab) -> &'static str {
    match tab {
        Tab::Map => "Map of films",
        Tab::Propagation => "One step, cell by cell",
        Tab::Why => "Why this film",
        Tab::Comparison => "Teacher and students",
        Tab::Race => "The race",
    }
}

/// What the tests call it.
pub(crate) fn tab_name(tab: Tab) -> &'static str {
    match tab {
        Tab::Map => "map",
        Tab::Propagation => "propagation",
        Tab::Why => "why",
        Tab::Comparison => "comparison",
        Tab::Race => "race",
    }
}

pub(crate) const LOADING: &str = "Loading the teacher, about a megabyte …";
pub(crate) const COMPUTING: &str = "The teacher reads the whole hypergraph …";

/// The explorer's file cannot be used.
pub(crate) fn no_file(reason: &str) -> String {
    format!("This view needs the teacher's file, and it is not there. {reason} The list above works without it.")
}
