//! The page's mind without its body: what the visitor has chosen, what is shown of the hypergraph, where it stands on
//! the drawing, and why a film is recommended. Pure, deterministic, natively tested; no DOM.

mod ego;
mod layout;
mod presets;
mod state;
mod why;

pub use ego::{Ego, EgoHyperedge, EgoMember, Lens, Limits, Role, Vertex, ego};
pub use layout::{Canvas, Layout, Point, Side, layout};
pub use presets::{PRESETS, Preset};
pub use state::{Entry, SavedEntry, SavedShelf, Shelf, Taste, Trail};
pub use why::Why;
