//! The page's mind without its body: what the visitor has chosen, what is shown of the hypergraph, where it stands on
//! the drawing, and why a film is recommended. Pure, deterministic, natively tested; no DOM.

mod compared;
mod comparison;
mod connections;
pub mod digits;
mod ego;
mod explore;
mod layout;
mod link;
mod map;
pub mod paths;
mod presets;
pub mod propagation;
mod race;
pub mod sankey;
mod shelf_file;
mod state;
mod view;
mod why;

pub use compared::{Compare, Compared, N_BARS, Positions};
pub use comparison::{
    Answer, N_COMPARED, Similar, SoftLabel, SoftLabelBars, cosines, interpolated, interpolated_logits, most_similar,
    n_effective, nearest, on_log_axis,
};
pub use connections::{Connection, Connections, connections};
pub use ego::{Ego, Lens, Limits, Role, Shown, Vertex, Wish, ego};
pub use explore::{ComparisonState, Explore, Form, HypergraphState, MapState, PropagationState, Tab};
pub use layout::{Band, Canvas, Label, Layout, Point, Side, Spot, layout};
pub use link::{Link, LinkError, MAX_LENGTH};
pub use map::{FilmMap, MAP_SIZE, MapClass, MapColour, MapFrame, MapLabel, labels, map_classes};
pub use presets::{PRESETS, Preset};
pub use race::{
    N_RUNS, N_WARM_UPS, PUBLISHED_MS, Replay, Times, clock_step, lengths, n_answers_a_run, ratio, wide_step_work,
    work_ratio,
};
pub use shelf_file::ShelfFile;
pub use state::{Entry, SavedEntry, SavedShelf, Shelf, Taste, Trail, Undo};
pub use view::{Centre, N_AT_A_TIME, View};
pub use why::Why;
