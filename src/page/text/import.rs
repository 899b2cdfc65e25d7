//! The dialog for the visitor's own history.

use super::{count, fixed, grouped};
use crate::history::Counts;

pub(crate) const IMPORT_PRIVACY: &str = "Nothing leaves this page: your browser reads the file here, on your device.";
pub(crate) const DROP: &str = "Drop a file here";
pub(crate) const CHOOSE_FILE: &str = "or choose one";
/// Where files come from, and which file it is.
pub(crate) const SOURCES: [(&str, &str); 6] = [
    ("MovieLens", "ratings.csv, or the export of movielens.org"),
    ("IMDb", "ratings.csv, by “Export” on the page of your ratings"),
    ("Letterboxd", "ratings.csv or watched.csv, by “Export your data” in the settings"),
    ("Trakt", "the JSON of your ratings, history or watched films"),
    ("Anything else", "a CSV file with a column “title”, and perhaps “year” and “rating”"),
    ("This page", "a shelf that was saved to a file"),
];
pub(crate) const READING: &str = "Reading …";
pub(crate) const CLOSE: &str = "Close";
pub(crate) const ANOTHER_FILE: &str = "Another file";
pub(crate) const LIKED_FROM: &str = "Rated at least this, you like it";
pub(crate) const DISLIKED_TO: &str = "Rated at most this, it is not for you";
pub(crate) const WATCHED_MEANS: &str = "The films of this file";
pub(crate) const WATCHED_SEEN: &str = "I have seen; hide them";
pub(crate) const WATCHED_LIKED: &str = "I like";
pub(crate) const TO_DECIDE: &str = "Which film is meant?";
pub(crate) const NONE_OF_THESE: &str = "none of these";
pub(crate) const CHANGE: &str = "Change";
pub(crate) const FIND: &str = "Find it";
pub(crate) const NOT_HERE: &str = "Leave it out";
pub(crate) const LOOK_FOR: &str = "Look for the film";
pub(crate) const ADD: &str = "Add to my shelf";
pub(crate) const REPLACE: &str = "Replace my shelf";
pub(crate) const NOTHING_FOUND: &str = "None of its films is in this catalogue yet. You can look for them below.";

/// How far matching is.
pub(crate) fn rows_done(n_done: usize, n_rows: usize) -> String {
    format!("{} of {} rows", grouped(n_done), grouped(n_rows))
}

/// What was found in a file.
pub(crate) fn found(source: &str, counts: Counts) -> String {
    let mut text = format!("From {source}: {} found", count(counts.matched as usize, "film", "films"));
    for (n, what) in [(counts.ambiguous, "to decide on"), (counts.unmatched, "not in this catalogue")] {
        if n > 0 {
            text += &format!(", {} {what}", grouped(n as usize));
        }
    }
    text + "."
}

pub(crate) fn found_list(n: usize) -> String {
    format!("Found: {}", grouped(n))
}

pub(crate) fn not_found_list(n: usize) -> String {
    format!("Not in this catalogue: {}", grouped(n))
}

/// What will go on the shelf.
pub(crate) fn to_add(tally: &str) -> String {
    format!("This makes: {tally}.")
}

pub(crate) fn on_line(line: u32) -> String {
    format!("line {line}")
}

pub(crate) fn added(n: usize) -> String {
    format!("{} from your file. “{}” takes it back.", count(n, "film", "films"), super::UNDO)
}

/// A rating as a part of the best one, of 10 and of 5.
pub(crate) fn rating(part: f32) -> String {
    format!("{} of 10 ({} stars)", fixed(10.0 * part, 0), fixed(5.0 * part, 1))
}

pub(crate) const NO_DISLIKES: &str = "none";

/// `reason` is a sentence without its dot.
pub(crate) fn bad_shelf_file(reason: &str) -> String {
    format!("This file of a shelf is damaged: {reason}. Save it again from the page it comes from.")
}

pub(crate) fn more_rows(n: usize) -> String {
    format!("and {} more", grouped(n))
}
