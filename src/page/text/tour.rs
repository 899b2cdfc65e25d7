//! The guided tour, and what is for lecturers.

pub(crate) const START_TOUR: &str = "Take the tour";
pub(crate) const TOUR: &str = "Guided tour";
pub(crate) const NEXT: &str = "Next";
pub(crate) const PREVIOUS: &str = "Back";
pub(crate) const FINISH: &str = "Finish";
pub(crate) const LEAVE: &str = "Leave the tour";
pub(crate) const GO_THERE: &str = "Take me there";
pub(crate) const DO_IT: &str = "Do it for me";
pub(crate) const DONE: &str = "Done. See what has changed, then go on.";
pub(crate) const ENDED: &str = "The tour is over. Everything stays as you left it; the text below has the equations.";

pub(crate) const LECTURE: &str = "For a lecture";
pub(crate) const LECTURE_HINT: &str =
    "What you hide stays hidden in the address, so that a link opens the page as you leave it.";
pub(crate) const HIDE: &str = "Show";
pub(crate) const PRESENT: &str = "Large letters for a projector";
pub(crate) const PRINT: &str = "Print a handout";

pub(crate) fn step_of(step: usize, n_steps: usize) -> String {
    format!("Step {} of {n_steps}", step + 1)
}

/// `hide=` has asked for something that is not there.
pub(crate) fn unknown_part(name: &str, known: &str) -> String {
    format!("The address asks to hide “{name}”, which this page does not have. It has: {known}.")
}
