//! Line icons, drawn here so that they take the colour of their text.

use leptos::prelude::*;

/// An icon of 16 by 16; what it means is said by the button around it.
fn icon(path: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=path />
        </svg>
    }
}

pub(crate) fn heart() -> impl IntoView {
    icon(
        "M8 13.5C3.8 10.6 2 8.4 2 6.1 2 4.3 3.4 3 5 3c1.2 0 2.3.7 3 1.9C8.7 3.7 9.8 3 11 3c1.6 0 3 1.3 3 3.1 0 2.3-1.8 4.5-6 7.4z",
    )
}

pub(crate) fn not_for_me() -> impl IntoView {
    icon("M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2zM3.8 3.8l8.4 8.4")
}

pub(crate) fn cross() -> impl IntoView {
    icon("M4 4l8 8M12 4l-8 8")
}

pub(crate) fn back() -> impl IntoView {
    icon("M9.5 3.5L5 8l4.5 4.5")
}

pub(crate) fn magnifier() -> impl IntoView {
    icon("M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 1 0 0-9zM10.4 10.4L14 14")
}
