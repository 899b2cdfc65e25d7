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
