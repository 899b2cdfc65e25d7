//! The shelf, and what can be done with it as a whole.

use super::count;
use crate::explorer::Taste;

pub(crate) const SHELF: &str = "Your shelf";
pub(crate) const STARTING_TASTE: &str = "A starting taste: change it, or search for films you know.";
pub(crate) const SHELF_SAVED: &str = "Kept on this device only.";
pub(crate) const SHELF_EMPTY: &str = "Nothing here yet. Search for a film, or start from a taste:";
pub(crate) const START_FROM: &str = "Or start from:";
pub(crate) const RESET: &str = "Empty the shelf";
pub(crate) const UNDO: &str = "Undo";
pub(crate) const UNDONE: &str = "The last change is undone.";
pub(crate) const SEARCH: &str = "Find a film";
pub(crate) const SEARCH_PLACEHOLDER: &str = "Title, year or genre";
pub(crate) const SEARCH_HINT: &str = "Enter likes, Shift + Enter dislikes, Esc closes";
pub(crate) const SEARCH_RESULTS: &str = "Films found";

pub(crate) const YOUR_DATA: &str = "Your data";
pub(crate) const IMPORT: &str = "Bring your own history";
pub(crate) const COPY_LINK: &str = "Copy a link";
pub(crate) const SAVE_FILE: &str = "Save to a file";
pub(crate) const FORGET: &str = "Forget everything";
pub(crate) const FORGET_HINT: &str = "Removes the shelf, the address and what works offline from this device";
pub(crate) const FORGOTTEN: &str = "Everything is forgotten: nothing of you is left on this device.";

pub(crate) const SHARED: &str = "Somebody has shared this shelf with you.";
pub(crate) const SHARED_HINT: &str = "Yours stays as it is until you keep this one.";
pub(crate) const KEEP_SHARED: &str = "Keep it as mine";
pub(crate) const LEAVE_SHARED: &str = "Back to my shelf";
pub(crate) const KEPT: &str = "This is your shelf now, kept on this device.";

pub(crate) fn no_film(query: &str) -> String {
    format!("No film found for “{query}”. The catalogue may not have it; try another title, a year or a genre.")
}

pub(crate) fn remove(title: &str) -> String {
    format!("Remove {title} from your shelf")
}

/// What a press on a film of the shelf does.
pub(crate) fn toggle(title: &str, taste: Taste) -> String {
    match taste {
        Taste::Liked => format!("{title}: you like it. Press for “not for me”"),
        Taste::Disliked => format!("{title}: not for you. Press for “seen”"),
        Taste::Seen => format!("{title}: seen, no opinion. Press to like"),
    }
}

pub(crate) fn show_all(n: usize) -> String {
    format!("Show all {}", count(n, "film", "films"))
}

pub(crate) const SHOW_NEWEST: &str = "Show only the newest";

/// What there is on a long shelf.
pub(crate) fn tally(n_liked: usize, n_disliked: usize, n_seen: usize) -> String {
    let part = |n: usize, what: &str| (n > 0).then(|| format!("{} {what}", super::grouped(n)));
    let parts = [part(n_liked, "liked"), part(n_disliked, "not for you"), part(n_seen, "seen")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// How copying went.
pub(crate) fn link_copied(is_copied: bool, is_long: bool) -> &'static str {
    match (is_copied, is_long) {
        (true, false) => "Copied. Whoever opens the link sees this shelf; it is in the link itself, on no server.",
        (true, true) => "Copied. The link is long, and some programs cut long links: a file may be the better way.",
        (false, _) => "The browser does not let this page copy. The link stands in the address bar: copy it there.",
    }
}

/// `reason` is a clause about "it".
pub(crate) fn bad_link(reason: &str) -> String {
    format!("The link in the address cannot be used: {reason}.")
}

pub(crate) fn unknown_films(n: usize) -> String {
    format!("{} of the link are not in this catalogue and were left out.", count(n, "film", "films"))
}

pub(crate) fn file_saved(n: usize) -> String {
    format!("Saved {} to a file. “{IMPORT}” reads it again.", count(n, "film", "films"))
}
