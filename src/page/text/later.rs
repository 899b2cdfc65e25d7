//! The second part of the program, before it is there.

pub(crate) const LOADING: &str = "Loading this part of the page …";

/// The file is another build's, or damaged.
pub(crate) const FOREIGN: &str =
    "Its file is damaged or of another version of this page. Load the page again to get the newest.";

/// It could not be loaded.
pub(crate) fn failed(reason: &str) -> String {
    format!("This part of the page is not there. {reason} The list and the drawing work without it.")
}
