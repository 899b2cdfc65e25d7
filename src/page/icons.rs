//! Line icons, drawn here so that they take the colour of their text.

use super::dom::{El, svg};
use crate::explorer::Taste;

/// An icon of 16 by 16; what it means is said by the button around it.
fn icon(path: &str) -> El {
    svg("svg", "icon").attr("viewBox", "0 0 16 16").attr("aria-hidden", "true").child(svg("path", "").attr("d", path))
}

pub(crate) fn heart() -> El {
    icon(
        "M8 13.5C3.8 10.6 2 8.4 2 6.1 2 4.3 3.4 3 5 3c1.2 0 2.3.7 3 1.9C8.7 3.7 9.8 3 11 3c1.6 0 3 1.3 3 3.1 0 2.3-1.8 4.5-6 7.4z",
    )
}

pub(crate) fn not_for_me() -> El {
    icon("M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2zM3.8 3.8l8.4 8.4")
}

pub(crate) fn cross() -> El {
    icon("M4 4l8 8M12 4l-8 8")
}

pub(crate) fn back() -> El {
    icon("M9.5 3.5L5 8l4.5 4.5")
}

pub(crate) fn magnifier() -> El {
    icon("M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 1 0 0-9zM10.4 10.4L14 14")
}

pub(crate) fn eye() -> El {
    icon(
        "M1.5 8C3 5.2 5.3 3.8 8 3.8S13 5.2 14.5 8C13 10.8 10.7 12.2 8 12.2S3 10.8 1.5 8zM8 6a2 2 0 1 0 0 4 2 2 0 1 0 0-4z",
    )
}

pub(crate) fn undo() -> El {
    icon("M6 3L3 6l3 3M3.2 6H10a3.2 3.2 0 0 1 0 6.5H6.5")
}

pub(crate) fn sliders() -> El {
    icon(
        "M2 5h5M11 5h3M9 3.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 1 0 0-3.6zM2 11h2M8 11h6M6 9.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 1 0 0-3.6z",
    )
}

pub(crate) fn chevron() -> El {
    icon("M4 6l4 4 4-4")
}

pub(crate) fn link() -> El {
    icon("M6.8 9.2l2.4-2.4M7.5 4.6l1-1a2.8 2.8 0 0 1 4 4l-1 1M8.5 11.4l-1 1a2.8 2.8 0 0 1-4-4l1-1")
}

pub(crate) fn save() -> El {
    icon("M8 2.5v7.5M5 7l3 3 3-3M2.5 11v2.5h11V11")
}

pub(crate) fn open() -> El {
    icon("M8 10V2.5M5 5.5l3-3 3 3M2.5 11v2.5h11V11")
}

pub(crate) fn bin() -> El {
    icon("M3 4.5h10M6.2 4.5V3h3.6v1.5M4.2 4.5l.6 9h6.4l.6-9")
}

pub(crate) fn forward() -> El {
    icon("M6.5 3.5L11 8l-4.5 4.5")
}

pub(crate) fn play() -> El {
    icon("M5 3l8 5-8 5z")
}

pub(crate) fn pause() -> El {
    icon("M5.5 3v10M10.5 3v10")
}

/// What the visitor thinks of a film.
pub(crate) fn taste(taste: Taste) -> El {
    match taste {
        Taste::Liked => heart(),
        Taste::Disliked => not_for_me(),
        Taste::Seen => eye(),
    }
}
