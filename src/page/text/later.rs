//! The second part of the program, before it is there.

pub(crate) const LOADING: &str = "Loading this part of the page …";

/// A reason for [`failed`].
pub(crate) const FOREIGN: &str = "Its file is damaged or of another version of this page.";

/// It could not be loaded.
pub(crate) fn failed(reason: &str) -> String {
    format!("This part of the page is not there. {reason} Load the page again to have it; all else works without it.")
}
